/**
 * Walks an operation over what is held: its fields are resolved as they will be, but nothing is asked. What a missing
 * answer would lead to is not walked; it is left to the declarations.
 */
import {
  defaultFieldResolver,
  defaultTypeResolver,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isObjectType,
  OperationTypeNode,
  type GraphQLAbstractType,
  type GraphQLNamedOutputType,
  type GraphQLResolveInfo,
} from 'graphql';
import type { Endpoint } from '../providers/provider.ts';
import { placeKey, placeOf, type Document, type FieldUse, type Path } from './analysis.ts';
import type { Notes, Via } from './dry-nodes.ts';
import type { Look } from './look.ts';
import type { GraphNode } from './node.ts';
import { argumentsOf, toWants, type Want, type Wants } from './wants.ts';

/** On account of what an object stands where it does: one of these facts leads there. Null: of nothing that is to be told. */
export type Reason = readonly Link[] | null;

interface Link {
  readonly node: GraphNode;
  readonly want: Want;
  /** On account of what that node is there. */
  readonly before: Reason;
}

/** A field that asks by itself, of one object. */
export interface AskedField {
  readonly endpoint: Endpoint;
  /** Where the object stands. */
  readonly at: Path;
  readonly use: FieldUse;
  readonly args: object;
  readonly reason: Reason;
  /** The questions that it came to. */
  readonly looks: readonly (Look & { readonly params: object })[];
}

/** A field of which it is not known what it answers, or that is not looked into. */
export interface Unwalked {
  readonly use: FieldUse;
  readonly path: NonNullable<Path>;
  /** Of objects that have it. */
  readonly count: number;
  readonly held: ReadonlySet<Endpoint>;
  /** What it asks itself has not been looked at either. */
  readonly isWhole: boolean;
}

export interface DryWorld {
  /** What resolvers work with: whatever they ask for that is not held fails with `missing`. */
  readonly contextOf: (told: Told) => object;
  readonly missing: Error;
}

interface Told {
  readonly looked: (look: Look, params: object) => void;
  /** The value of the fact that the field is about. */
  readonly fact: () => unknown;
}

/** Objects of one type at one place. */
interface Standing {
  readonly at: Path;
  readonly type: string;
  readonly via: Via;
  /** Each object once, however often it stands there. */
  readonly items: readonly Item[];
}

interface Item {
  readonly source: unknown;
  readonly reason: Reason;
}

/** More objects than these are not looked at one by one. */
const ITEMS_MAX = 1000;

const NO_FACT = () => undefined;

export async function dryWalk(document: Document, world: DryWorld, notes: Notes) {
  const { schema, operation, variableValues } = document;
  const asked: AskedField[] = [];
  const unwalked: Unwalked[] = [];
  let left = ITEMS_MAX;

  const priced = new Map<string, boolean>();
  /** Whether anything that is selected of such objects may cost something. */
  const isPriced = (path: Path, type: GraphQLNamedOutputType): boolean => {
    if (isAbstractType(type)) return schema.getPossibleTypes(type).some((each) => isPriced(path, each));
    if (!isObjectType(type)) return false;
    const key = placeKey(path, type.name);
    const known = priced.get(key);
    if (known !== undefined) return known;
    const found = [...placeOf(document, path, type.name).fields].some(
      ([name, { field }]) =>
        field.extensions.facts !== undefined ||
        field.extensions.asks !== undefined ||
        isPriced({ prev: path, key: name, typename: type.name }, getNamedType(field.type)),
    );
    priced.set(key, found);
    return found;
  };

  const infoOf = ({ field, nodes }: FieldUse, path: NonNullable<Path>, { type }: Standing): GraphQLResolveInfo => ({
    ...document,
    fieldName: field.name,
    fieldNodes: nodes,
    returnType: field.type,
    parentType: schema.getType(type) as GraphQLResolveInfo['parentType'],
    path,
    rootValue: undefined,
  });

  /** What stands below the objects, each type for itself. */
  const stand = async (here: Standing): Promise<Standing[]> => {
    const { at, type, items, via } = here;
    const { fields } = placeOf(document, at, type);
    const wants = toWants(fields, variableValues);
    if (wants.size > 0) await notes.add(nodesAmong(items), at, wants, via);
    const below: Standing[] = [];
    for (const [key, use] of fields) {
      const path = { prev: at, key, typename: type };
      below.push(...(await follow(here, use, path, wants)));
    }
    return below;
  };

  const follow = async (here: Standing, use: FieldUse, path: NonNullable<Path>, wants: Wants): Promise<Standing[]> => {
    const endpoint = use.field.extensions.asks as Endpoint | undefined;
    const type = getNamedType(use.field.type);
    const leads = isCompositeType(type) && isPriced(path, type);
    const args = endpoint || leads ? argumentsOf(use.field, use.nodes[0]!, variableValues) : null;
    if (!args) return [];
    const isFact = use.field.extensions.facts !== undefined;
    const via = endpoint ?? (isFact ? null : here.via);
    const held = new Set(via ? [via] : []);
    if (left <= 0 || operation.operation !== OperationTypeNode.QUERY) {
      unwalked.push({ use, path, count: here.items.length, held, isWhole: true });
      return [];
    }
    const want = isFact ? wants.get(String(path.key)) : undefined;
    const info = infoOf(use, path, here);
    const found = new Map<string, Map<unknown, Item>>();
    let unknown = 0;
    const answers = await Promise.all(here.items.map((item) => resolve(item, { use, args, info, endpoint, want })));
    for (const answer of answers) {
      if (answer === 'unknown') unknown++;
      else if (leads) for (const { name, item } of answer) enter(found, name, item);
    }
    if (leads && unknown > 0) unwalked.push({ use, path, count: unknown, held, isWhole: false });
    for (const objects of found.values()) left -= objects.size;
    return [...found].map(([name, objects]) => ({ at: path, type: name, via, items: [...objects.values()] }));
  };

  interface Resolving {
    readonly use: FieldUse;
    readonly args: object;
    readonly info: GraphQLResolveInfo;
    readonly endpoint: Endpoint | undefined;
    readonly want: Want | undefined;
  }

  /** What the field leads to from the object. */
  const resolve = async (
    { source, reason }: Item,
    { use, args, info, endpoint, want }: Resolving,
  ): Promise<'unknown' | { name: string; item: Item }[]> => {
    const looks: AskedField['looks'][number][] = [];
    let fact = NO_FACT as () => unknown;
    let through = reason;
    if (want) {
      const said = notes.valueOf(source as GraphNode, want);
      if (!said) return 'unknown';
      fact = () => said.value;
      through = [{ node: source as GraphNode, want, before: reason }];
    }
    const context = world.contextOf({ fact, looked: (look, params) => looks.push({ ...look, params }) });
    const answer = async (): Promise<'unknown' | { name: string; item: Item }[]> => {
      try {
        const value: unknown = await (use.field.resolve ?? defaultFieldResolver)(source, args, context, info);
        const objects = [value].flat(2).filter((each) => each != null && !(each instanceof Error));
        const type = getNamedType(use.field.type);
        if (!isCompositeType(type)) return [];
        return await Promise.all(
          objects.map(async (each) => ({
            name: isAbstractType(type) ? await nameOf(type, each, context, info) : type.name,
            item: { source: each, reason: through },
          })),
        );
      } catch (error) {
        return error === world.missing ? 'unknown' : [];
      }
    };
    const answered = await answer();
    if (endpoint) asked.push({ endpoint, at: info.path.prev, use, args, reason, looks });
    return answered;
  };

  const root = schema.getRootType(operation.operation);
  let level: Standing[] = root
    ? [{ at: undefined, type: root.name, via: null, items: [{ source: undefined, reason: null }] }]
    : [];
  while (level.length > 0) {
    const next: Standing[] = [];
    for (const each of level) next.push(...(await stand(each)));
    level = next;
  }
  return { asked, unwalked };
}

const nodesAmong = (items: readonly Item[]) =>
  items.map(({ source, reason }) => ({ node: source as GraphNode, reason }));

async function nameOf(type: GraphQLAbstractType, value: unknown, context: object, info: GraphQLResolveInfo) {
  return String(await (type.resolveType ?? defaultTypeResolver)(value, context, info, type));
}

function enter(found: Map<string, Map<unknown, Item>>, name: string, { source, reason }: Item): void {
  const objects = found.get(name) ?? new Map<unknown, Item>();
  found.set(name, objects);
  const before = objects.get(source);
  const both = before?.reason && reason ? [...before.reason, ...reason] : null;
  objects.set(source, { source, reason: before ? both : reason });
}
