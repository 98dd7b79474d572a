/** Documents are read up to a limit: of their length, of their depth, and of what their fragments make of them. */
import {
  getOperationAST,
  getVariableValues,
  GraphQLError,
  Kind,
  parse,
  specifiedRules,
  validate,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  type SelectionSetNode,
  type ValidationRule,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import { ShopgraphError } from './errors.ts';
import { limits } from './limits.ts';
import type { Document } from './plan/analysis.ts';

/** What is found out about a text, by the text. A document takes a hundred times as much as its text. */
export const byText = <Value extends object>() =>
  new LRUCache<string, Value>({ maxSize: 2 * 1024 * 1024, sizeCalculation: (_value, text) => text.length + 500 });

const documents = new WeakMap<GraphQLSchema, LRUCache<string, DocumentNode>>();

/** Those that have been read. What is found out about one is in terms of a schema: each schema has its own. */
export function documentsFor(schema: GraphQLSchema): LRUCache<string, DocumentNode> {
  const known = documents.get(schema) ?? byText<DocumentNode>();
  documents.set(schema, known);
  return known;
}

/** The same object for the same text, as long as it is kept. Throws as `readDocument` does. */
export function documentFor(schema: GraphQLSchema, text: string): DocumentNode {
  const kept = documentsFor(schema);
  const document = kept.get(text) ?? readDocument(text);
  kept.set(text, document);
  return document;
}

/** Throws `LIMIT_EXCEEDED`, or GraphQL's own error. */
export function readDocument(text: string): DocumentNode {
  const document = parseWithin(text);
  checkSize(document);
  return document;
}

/** What GraphQL finds wrong with it, up to a limit. */
export const mistakesIn = (
  schema: GraphQLSchema,
  document: DocumentNode,
  rules: readonly ValidationRule[] = specifiedRules,
): readonly GraphQLError[] => validate(schema, document, onceEach(rules), { maxErrors: limits.mistakes });

const faultless = new WeakMap<GraphQLSchema, WeakSet<DocumentNode>>();

/** The first of its mistakes; null: it has none, which is remembered. */
export function firstMistakeIn(schema: GraphQLSchema, document: DocumentNode): GraphQLError | null {
  const known = faultless.get(schema) ?? new WeakSet();
  faultless.set(schema, known);
  if (known.has(document)) return null;
  const [mistake] = mistakesIn(schema, document);
  if (!mistake) known.add(document);
  return mistake ?? null;
}

/** The plugin of `@defer` adds a rule of a name that is there: one for overlapping fields whose work has no bound. */
const onceEach = (rules: readonly ValidationRule[]) =>
  rules.filter(({ name }, at) => rules.findIndex((each) => each.name === name) === at);

interface Asked {
  readonly operationName?: string | null | undefined;
  /** As the client sent them. */
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined;
}

/** One operation of a valid document with its variables, as it is executed; or what is wrong with these. */
export function executableOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  { operationName, variables }: Asked = {},
): { readonly executable: Document } | { readonly errors: readonly GraphQLError[] } {
  const operation = getOperationAST(document, operationName);
  if (!operation) {
    const says =
      operationName == null
        ? 'It has several operations: say by `operationName` which one is meant.'
        : 'It has no operation of this `operationName`.';
    return { errors: [new GraphQLError(says)] };
  }
  if (!schema.getRootType(operation.operation)) {
    return { errors: [new GraphQLError(`The graph has no ${operation.operation}s.`, { nodes: operation })] };
  }
  const { coerced, errors } = getVariableValues(schema, operation.variableDefinitions ?? [], variables ?? {}, {
    maxErrors: 1,
  });
  if (!coerced) return { errors };
  const fragments = document.definitions.filter((each) => each.kind === Kind.FRAGMENT_DEFINITION);
  const named = fragments.map((each): [string, FragmentDefinitionNode] => [each.name.value, each]);
  return { executable: { schema, operation, fragments: Object.fromEntries(named), variableValues: coerced } };
}

/** A document that is too long is not read to its end. */
function parseWithin(source: string): DocumentNode {
  if (source.length > limits.characters) throw tooMuch(`The document has more than ${limits.characters} characters.`);
  try {
    return parse(source, { maxTokens: limits.tokens });
  } catch (error) {
    throw error instanceof Error && error.message.includes('Parsing aborted')
      ? tooMuch(`The document has more than ${limits.tokens} tokens.`)
      : error;
  }
}

/** What a selection amounts to, with all that its fragments bring. */
interface Size {
  depth: number;
  fields: number;
  aliases: number;
  directives: number;
  /** How often each name is selected at one place: by its path from here. */
  readonly names: Map<string, number>;
}

const empty = (): Size => ({ depth: 0, fields: 0, aliases: 0, directives: 0, names: new Map() });

/** Throws `LIMIT_EXCEEDED` as soon as there is too much; each fragment is measured once, however often it is spread. */
function checkSize({ definitions }: DocumentNode): void {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const each of definitions) if (each.kind === Kind.FRAGMENT_DEFINITION) fragments.set(each.name.value, each);
  const operations = definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION).length;
  if (operations > limits.operations) throw tooMuch(`The document has more than ${limits.operations} operations.`);
  if (fragments.size > limits.fragments) throw tooMuch(`The document has more than ${limits.fragments} fragments.`);
  const measured = new Map<string, Size>();

  const sizeOfFragment = (name: string): Size => {
    const known = measured.get(name);
    if (known) return known;
    // One that leads back to itself is refused when the document is validated.
    measured.set(name, empty());
    const fragment = fragments.get(name);
    const size = fragment ? sizeOf(fragment.selectionSet) : empty();
    measured.set(name, size);
    return size;
  };

  const sizeOf = ({ selections }: SelectionSetNode): Size => {
    const size = empty();
    for (const selection of selections) {
      size.directives += selection.directives?.length ?? 0;
      if (selection.kind === Kind.FIELD) addField(size, selection);
      else if (selection.kind === Kind.FRAGMENT_SPREAD) addFragment(size, sizeOfFragment(selection.name.value));
      else addFragment(size, sizeOf(selection.selectionSet));
      check(size);
    }
    return size;
  };

  const addField = (size: Size, { alias, name, selectionSet }: FieldNode) => {
    const below = selectionSet ? sizeOf(selectionSet) : empty();
    add(size, below, 1);
    size.fields++;
    if (alias) size.aliases++;
    const { value } = alias ?? name;
    addName(size, value, 1);
    for (const [path, count] of below.names) addName(size, `${value}.${path}`, count);
  };

  for (const each of definitions) {
    if (each.kind === Kind.OPERATION_DEFINITION || each.kind === Kind.FRAGMENT_DEFINITION) sizeOf(each.selectionSet);
  }
}

function addFragment(size: Size, fragment: Size): void {
  add(size, fragment, 0);
  for (const [name, count] of fragment.names) addName(size, name, count);
}

function add(size: Size, { depth, fields, aliases, directives }: Size, below: 0 | 1): void {
  size.depth = Math.max(size.depth, depth + below);
  size.fields += fields;
  size.aliases += aliases;
  size.directives += directives;
}

function addName({ names }: Size, name: string, count: number): void {
  const sum = (names.get(name) ?? 0) + count;
  if (sum > limits.sameName) throw tooMuch(`One name is selected more than ${limits.sameName} times at one place.`);
  names.set(name, sum);
}

function check({ depth, fields, aliases, directives }: Size): void {
  if (depth > limits.depth) throw tooMuch(`The document is more than ${limits.depth} fields deep.`);
  if (fields > limits.fields) throw tooMuch(`The operation has more than ${limits.fields} fields.`);
  if (aliases > limits.aliases) throw tooMuch(`The operation has more than ${limits.aliases} aliases.`);
  if (directives > limits.directives) throw tooMuch(`The operation has more than ${limits.directives} directives.`);
}

const tooMuch = (says: string) => new ShopgraphError('LIMIT_EXCEEDED', { says });
