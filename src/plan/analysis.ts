/**
 * An operation read once: which fields, with which arguments, are selected of which type at which place.
 *
 * A place is read when it is first asked for: fragments let a short document name far more places than any answer has.
 */
import {
  getNamedType,
  Kind,
  visit,
  type DirectiveNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
// What graphql-js itself reads a selection with: fragments once each, @skip and @include obeyed.
import { collectFields, collectSubfields } from 'graphql/execution/collectFields.js';

/** A response path without list indexes, and one object type that may stand there. */
export interface Place {
  readonly type: GraphQLObjectType;
  /** By response name: the alias, or the field's name. */
  readonly fields: ReadonlyMap<string, FieldUse>;
}

export interface FieldUse {
  readonly field: GraphQLField<unknown, unknown>;
  /** All that select it under this name: validation has made sure that they have the same arguments. */
  readonly nodes: readonly FieldNode[];
}

export type Path = GraphQLResolveInfo['path'] | undefined;

/** A response path from the root down, as errors have it. */
export function pathKeys(path: Path): (string | number)[] {
  const keys: (string | number)[] = [];
  for (let at = path; at; at = at.prev) keys.unshift(at.key);
  return keys;
}

/** Equal for all objects that stand at one place. */
export const placeKey = (path: Path, type: string): string =>
  `${pathKeys(path)
    .filter((key) => typeof key === 'string')
    .join('.')}|${type}`;

/** The names of the fields that are selected of the object which this field answers. */
export function selectedBelow(info: GraphQLResolveInfo): ReadonlySet<string> {
  return namesIn(placeOf(info, info.path, getNamedType(info.returnType).name));
}

export const namesIn = ({ fields }: Place): ReadonlySet<string> =>
  new Set([...fields.values()].map(({ field }) => field.name));

/** Where the nodes of the connection that this field answers stand: below `nodes`, and below `edges { node }`. */
export function nodePathsBelow(info: GraphQLResolveInfo): NonNullable<Path>[] {
  const below = (path: Path, type: string, name: string) =>
    [...placeOf(info, path, type).fields]
      .filter(([, { field }]) => field.name === name)
      .map(([key, { field }]) => ({ path: { prev: path, key, typename: type }, type: getNamedType(field.type).name }));
  const connection = getNamedType(info.returnType).name;
  const edges = below(info.path, connection, 'edges');
  return [
    ...below(info.path, connection, 'nodes'),
    ...edges.flatMap((edge) => below(edge.path, edge.type, 'node')),
  ].map(({ path }) => path);
}

/** What is selected of the objects of this type that stand at this path; of the operation's root, the path is undefined. */
export const placeOf = (info: GraphQLResolveInfo, path: Path, type: string): Place =>
  read(info, placesOf(info), path, type);

interface Document {
  readonly schema: GraphQLSchema;
  readonly operation: OperationDefinitionNode;
  readonly fragments: Record<string, FragmentDefinitionNode>;
  readonly variableValues: Record<string, unknown>;
}

interface Read {
  /** The variables that decide which fields are there at all. */
  readonly conditions: readonly string[];
  readonly places: Map<string, Map<string, Place>>;
}
/** Per operation: ten boolean variables already have a thousand combinations. */
const COMBINATIONS_MAX = 64;
const operations = new WeakMap<OperationDefinitionNode, Read>();

/** The places read so far of this operation, with these values of its boolean variables. */
function placesOf({ operation, fragments, variableValues }: Document): Map<string, Place> {
  let known = operations.get(operation);
  if (!known)
    operations.set(
      operation,
      (known = { conditions: conditionVariables(operation, fragments), places: new Map<string, Map<string, Place>>() }),
    );
  const combination = known.conditions.map((name) => String(variableValues[name])).join();
  let places = known.places.get(combination);
  if (!places) {
    if (known.places.size >= COMBINATIONS_MAX) known.places.clear();
    known.places.set(combination, (places = new Map<string, Place>()));
  }
  return places;
}

function read(document: Document, places: Map<string, Place>, path: Path, typeName: string): Place {
  const key = placeKey(path, typeName);
  const known = places.get(key);
  if (known) return known;
  const type = document.schema.getType(typeName) as GraphQLObjectType;
  const fields = new Map<string, FieldUse>();
  for (const [name, nodes] of selectedAt(document, places, path, type)) {
    const field = type.getFields()[nodes[0]!.name.value];
    if (field) fields.set(name, { field, nodes });
  }
  const place: Place = { type, fields };
  places.set(key, place);
  return place;
}

/** What stands in braces behind the field of this path, which the place of its parent knows. */
function selectedAt(document: Document, places: Map<string, Place>, path: Path, type: GraphQLObjectType) {
  const { schema, fragments, variableValues, operation } = document;
  let field = path;
  while (field && typeof field.key === 'number') field = field.prev;
  if (!field) return collectFields(schema, fragments, variableValues, type, operation.selectionSet);
  const parent = read(document, places, field.prev, field.typename!);
  return collectSubfields(schema, fragments, variableValues, type, parent.fields.get(String(field.key))?.nodes ?? []);
}

function conditionVariables(operation: OperationDefinitionNode, fragments: Document['fragments']): string[] {
  const names = new Set<string>();
  const find = {
    Directive: (directive: DirectiveNode) => {
      for (const { value } of directive.arguments ?? []) if (value.kind === Kind.VARIABLE) names.add(value.name.value);
    },
  };
  visit(operation, find);
  for (const fragment of Object.values(fragments)) visit(fragment, find);
  return [...names];
}
