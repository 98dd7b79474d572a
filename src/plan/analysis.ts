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
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
// What graphql-js itself reads a selection with: fragments once each, @skip and @include obeyed.
import { collectFields, collectSubfields } from 'graphql/execution/collectFields.js';
import { withoutDeferred, type Selections } from './deferral.ts';

/** A response path without list indexes, and one object type that may stand there. */
export interface Place {
  readonly type: GraphQLObjectType;
  /** By response name: the alias, or the field's name. */
  readonly fields: ReadonlyMap<string, FieldUse>;
}

export interface FieldUse {
  readonly field: GraphQLField<unknown, unknown>;
  /** Where it stands. */
  readonly path: StaticPath;
  /** All that select it under this name: validation has made sure that they have the same arguments. */
  readonly nodes: readonly FieldNode[];
  /** Those of them that the first part of the answer has; none where all stand in fragments under `@defer`. */
  readonly prompt: readonly FieldNode[];
}

/** Whether the first part of the answer can do without it. */
export const isDeferred = ({ prompt }: FieldUse): boolean => prompt.length === 0;

/** Whether the field that `info` stands for is selected under `@defer` alone. */
export function isDeferredHere(info: GraphQLResolveInfo): boolean {
  const here = placeOf(info, info.path.prev, info.parentType.name).fields.get(String(info.path.key));
  return here !== undefined && isDeferred(here);
}

export type Path = GraphQLResolveInfo['path'] | undefined;

/** A response path without list indexes. There is one for each field as long as its operation is known, so it remembers. */
export class StaticPath {
  readonly prev: StaticPath | undefined;
  readonly key: string;
  readonly typename: string;
  /** As `pathName` has it. */
  readonly name: string;
  /** What has been read there, by type. */
  readonly places = new Map<string, Place>();

  constructor(prev: StaticPath | undefined, key: string, typename: string) {
    this.prev = prev;
    this.key = key;
    this.typename = typename;
    this.name = prev ? `${prev.name}.${key}` : key;
  }
}

/** A response path from the root down, as errors have it. */
export function pathKeys(path: Path): (string | number)[] {
  const keys: (string | number)[] = [];
  for (let at = path; at; at = at.prev) keys.unshift(at.key);
  return keys;
}

/** Response names, joined by dots, without list indexes; empty for the operation itself. */
export function pathName(path: Path): string {
  if (path instanceof StaticPath) return path.name;
  let name = '';
  for (let at = path; at; at = at.prev) {
    if (typeof at.key === 'string') name = name === '' ? at.key : `${at.key}.${name}`;
  }
  return name;
}

/** Equal for all objects that stand at one place. */
export const placeKey = (path: Path, type: string): string => `${pathName(path)}|${type}`;

/** The names of the fields that are selected of the object which this field answers. */
export function selectedBelow(info: GraphQLResolveInfo): ReadonlySet<string> {
  return namesIn(placeOf(info, info.path, getNamedType(info.returnType).name));
}

export const namesIn = ({ fields }: Place): ReadonlySet<string> =>
  new Set([...fields.values()].map(({ field }) => field.name));

/** Of the connections at places, as long as these are known. */
const nodePaths = new WeakMap<Place, readonly NodePath[]>();

interface NodePath {
  readonly path: Path;
  readonly type: string;
}

/** Where the nodes of the connection at this path stand, and of which type: below `nodes`, and below `edges { node }`. */
export function nodePathsBelow(document: Document, path: Path, connection: string): readonly NodePath[] {
  const place = placeOf(document, path, connection);
  const known = nodePaths.get(place);
  if (known) return known;
  const below = ({ fields }: Place, name: string) =>
    [...fields.values()]
      .filter(({ field }) => field.name === name)
      .map(({ field, path: there }) => ({ path: there, type: getNamedType(field.type).name }));
  const edges = below(place, 'edges').map((edge) => placeOf(document, edge.path, edge.type));
  const found = [...below(place, 'nodes'), ...edges.flatMap((edge) => below(edge, 'node'))];
  nodePaths.set(place, found);
  return found;
}

/** What is selected of the objects of this type that stand at this path; of the operation's root, the path is undefined. */
export const placeOf = (document: Document, path: Path, type: string): Place =>
  rememberedAt(path, type) ?? read(document, placesOf(document), path, type);

const rememberedAt = (path: Path, type: string) => (path instanceof StaticPath ? path.places.get(type) : undefined);

/** An operation as it is executed. */
export interface Document extends Selections {
  readonly schema: GraphQLSchema;
  readonly variableValues: Record<string, unknown>;
}

interface Read {
  /** The same without what is deferred; null where nothing is. */
  readonly prompt: Selections | null;
  /** The variables that decide which fields are there at all. */
  readonly conditions: readonly string[];
  /** What `@defer` takes those for that have no value. */
  readonly byDefault: Readonly<Record<string, boolean>>;
  readonly places: Map<string, Map<string, Place>>;
}
/** Per operation: ten boolean variables already have a thousand combinations. */
const COMBINATIONS_MAX = 64;
const operations = new WeakMap<OperationDefinitionNode, Read>();

/** The places read so far of this operation, with these values of its boolean variables. */
function placesOf({ operation, fragments, variableValues }: Document): Map<string, Place> {
  const known = readOf({ operation, fragments });
  const combination = known.conditions.map((name) => String(variableValues[name])).join();
  let places = known.places.get(combination);
  if (!places) {
    if (known.places.size >= COMBINATIONS_MAX) known.places.clear();
    known.places.set(combination, (places = new Map<string, Place>()));
  }
  return places;
}

function readOf({ operation, fragments }: Selections): Read {
  const known = operations.get(operation);
  if (known) return known;
  const conditions = conditionVariables(operation, fragments);
  const byDefault = Object.fromEntries(conditions.map((name) => [name, true]));
  const made: Read = { prompt: withoutDeferred({ operation, fragments }), conditions, byDefault, places: new Map() };
  operations.set(operation, made);
  return made;
}

function read(document: Document, places: Map<string, Place>, path: Path, typeName: string): Place {
  const key = placeKey(path, typeName);
  const place = places.get(key) ?? readPlace(document, places, path, typeName);
  places.set(key, place);
  if (path instanceof StaticPath) path.places.set(typeName, place);
  return place;
}

function readPlace(document: Document, places: Map<string, Place>, path: Path, typeName: string): Place {
  const type = document.schema.getType(typeName) as GraphQLObjectType;
  const { prompt } = readOf(document);
  const above = fieldAt(document, places, path);
  const all = nodesBelow(document, document, above, type);
  const atFirst = prompt ? nodesBelow(document, prompt, above, type) : all;
  const fields = new Map<string, FieldUse>();
  for (const [name, nodes] of all) {
    const field = type.getFields()[nodes[0]!.name.value];
    if (!field) continue;
    const at = new StaticPath(above?.path, name, typeName);
    fields.set(name, { field, path: at, nodes, prompt: atFirst.get(name) ?? [] });
  }
  return { type, fields };
}

/** The field of this path, which the place of its parent knows; null: the operation itself. */
function fieldAt(document: Document, places: Map<string, Place>, path: Path): FieldUse | null {
  let at = path;
  while (at && typeof at.key === 'number') at = at.prev;
  return at ? (read(document, places, at.prev, at.typename!).fields.get(String(at.key)) ?? null) : null;
}

/** What stands in braces behind it. */
function nodesBelow(
  document: Document,
  /** The document itself, or its first part. */
  selections: Selections,
  above: FieldUse | null,
  type: GraphQLObjectType,
): ReadonlyMap<string, readonly FieldNode[]> {
  const { schema, variableValues } = document;
  const { operation, fragments } = selections;
  const isWhole = selections === document;
  const values = isWhole ? variableValues : { ...readOf(document).byDefault, ...variableValues };
  if (!above) return collectFields(schema, fragments, values, type, operation.selectionSet);
  return collectSubfields(schema, fragments, values, type, isWhole ? above.nodes : above.prompt);
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
