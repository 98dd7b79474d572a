/** An operation read once: which fields, with which arguments, are selected of which type at which place. */
import {
  getNamedType,
  isAbstractType,
  isCompositeType,
  isObjectType,
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
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';

/** A response path without list indexes, and one object type that may stand there. */
export interface Place {
  readonly type: GraphQLObjectType;
  /** By response name: the alias, or the field's name. */
  readonly fields: ReadonlyMap<string, FieldUse>;
}

export interface FieldUse {
  readonly field: GraphQLField<unknown, unknown>;
  /** One of the nodes that select it: validation has made sure that all have the same arguments. */
  readonly node: FieldNode;
}

/** Keyed by `placeKey`. */
export type Analysis = ReadonlyMap<string, Place>;

type Path = GraphQLResolveInfo['path'] | undefined;

export const placeKey = (path: Path, type: string): string =>
  keyOf(
    pathKeys(path)
      .filter((key) => typeof key === 'string')
      .join('.'),
    type,
  );

const keyOf = (path: string, type: string): string => `${path}|${type}`;

/** A response path from the root down, as errors have it. */
export function pathKeys(path: Path): (string | number)[] {
  const keys: (string | number)[] = [];
  for (let at = path; at; at = at.prev) keys.unshift(at.key);
  return keys;
}

/** The names of the fields that are selected of the object which this field answers. */
export function selectedBelow(info: GraphQLResolveInfo): ReadonlySet<string> {
  const place = analysisOf(info).get(placeKey(info.path, getNamedType(info.returnType).name));
  return new Set([...(place?.fields.values() ?? [])].map(({ field }) => field.name));
}

interface Document {
  readonly schema: GraphQLSchema;
  readonly operation: OperationDefinitionNode;
  readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>;
  readonly variableValues: Readonly<Record<string, unknown>>;
}

interface Read {
  /** The variables that decide which fields are there at all. */
  readonly conditions: readonly string[];
  readonly byConditions: Map<string, Analysis>;
}
/** Per operation: ten boolean variables already have a thousand combinations. */
const ANALYSES_MAX = 64;
const readOperations = new WeakMap<OperationDefinitionNode, Read>();

/** The analysis of the operation that runs; made once per operation and values of its boolean variables. */
export function analysisOf(info: GraphQLResolveInfo): Analysis {
  const { operation, fragments, variableValues } = info;
  let read = readOperations.get(operation);
  if (!read) {
    read = { conditions: conditionVariables(operation, fragments), byConditions: new Map() };
    readOperations.set(operation, read);
  }
  const key = read.conditions.map((name) => String(variableValues[name])).join();
  let analysis = read.byConditions.get(key);
  if (!analysis) {
    analysis = analyse(info);
    if (read.byConditions.size >= ANALYSES_MAX) read.byConditions.clear();
    read.byConditions.set(key, analysis);
  }
  return analysis;
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

function analyse(document: Document): Analysis {
  const places = new Map<string, Place>();
  const root = document.schema.getRootType(document.operation.operation);
  if (root) addPlace(document, places, '', root, [document.operation.selectionSet]);
  return places;
}

function addPlace(
  document: Document,
  places: Map<string, Place>,
  path: string,
  type: GraphQLObjectType,
  selectionSets: readonly SelectionSetNode[],
) {
  const selected = new Map<string, FieldNode[]>();
  for (const { selections } of selectionSets) collect(document, type, selections, selected);
  const fields = new Map<string, FieldUse>();
  for (const [name, nodes] of selected) {
    const [node] = nodes as [FieldNode];
    const field = type.getFields()[node.name.value];
    if (!field) continue;
    fields.set(name, { field, node });
    const below = nodes.flatMap((each) => each.selectionSet ?? []);
    for (const target of possibleTypes(document.schema, field)) {
      addPlace(document, places, path === '' ? name : `${path}.${name}`, target, below);
    }
  }
  places.set(keyOf(path, type.name), { type, fields });
}

function possibleTypes(schema: GraphQLSchema, field: GraphQLField<unknown, unknown>): readonly GraphQLObjectType[] {
  const type = getNamedType(field.type);
  if (!isCompositeType(type)) return [];
  return isObjectType(type) ? [type] : schema.getPossibleTypes(type);
}

function collect(
  document: Document,
  type: GraphQLObjectType,
  selections: readonly SelectionNode[],
  into: Map<string, FieldNode[]>,
) {
  for (const selection of selections) {
    if (!isIncluded(selection, document.variableValues)) continue;
    if (selection.kind === Kind.FIELD) {
      const name = selection.alias?.value ?? selection.name.value;
      const nodes = into.get(name);
      if (nodes) nodes.push(selection);
      else into.set(name, [selection]);
      continue;
    }
    const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : document.fragments[selection.name.value];
    if (fragment && applies(document.schema, fragment.typeCondition?.name.value, type)) {
      collect(document, type, fragment.selectionSet.selections, into);
    }
  }
}

function applies(schema: GraphQLSchema, condition: string | undefined, type: GraphQLObjectType): boolean {
  if (condition === undefined || condition === type.name) return true;
  const named = schema.getType(condition);
  return isAbstractType(named) && schema.isSubType(named, type);
}

/** `@skip` and `@include`. */
function isIncluded(selection: SelectionNode, variables: Document['variableValues']): boolean {
  return (selection.directives ?? []).every(({ name, arguments: given }) => {
    if (name.value !== 'skip' && name.value !== 'include') return true;
    const value = given?.[0]?.value;
    const holds =
      value?.kind === Kind.VARIABLE ? variables[value.name.value] : value?.kind === Kind.BOOLEAN && value.value;
    return (name.value === 'include') === Boolean(holds);
  });
}
