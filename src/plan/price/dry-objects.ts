/** What fields lead to in a dry run: objects, of whatever they answer, by their types. */
import { defaultTypeResolver, isAbstractType, type GraphQLNamedOutputType, type GraphQLResolveInfo } from 'graphql';
import type { Item } from './dry-nodes.ts';
import { either } from './dry-reasons.ts';

/** Of which type it is. The graph's own abstract types tell at once. */
export const nameOf = (type: GraphQLNamedOutputType, value: unknown, context: object, info: GraphQLResolveInfo) =>
  isAbstractType(type) ? (type.resolveType ?? defaultTypeResolver)(value, context, info, type) : type.name;

/** An object, or a list of such, perhaps in lists; what is missing or failed leads nowhere. */
export function objectsIn(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) return isObject(value) ? [value] : [];
  return value.some(Array.isArray) ? value.flatMap(objectsIn) : value.filter(isObject);
}

const isObject = (value: unknown) => value != null && !(value instanceof Error);

export interface Typed extends Item {
  readonly type: string;
}

/** Each object once, with all ways to come to it. */
export function byType(found: readonly Typed[]): readonly (readonly [string, readonly Item[]])[] {
  const [first] = found;
  if (!first) return [];
  if (found.length === 1) return [[first.type, found]];
  const types = new Map<string, Map<unknown, Item>>();
  for (let index = 0; index < found.length; index++) {
    const object = found[index]!;
    let objects = types.get(object.type);
    if (!objects) types.set(object.type, (objects = new Map<unknown, Item>()));
    const before = objects.get(object.source);
    objects.set(object.source, before ? { ...object, reason: either(before.reason, object.reason) } : object);
  }
  return [...types].map(([type, objects]) => [type, [...objects.values()]]);
}
