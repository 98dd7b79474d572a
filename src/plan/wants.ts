/** What is wanted of the nodes at a place: the facts selected there, and what could tell each of them. */
import { BREAK, getArgumentValues, visit, type FieldNode } from 'graphql';
import { isDeferred, type FieldUse } from './analysis.ts';
import type { Said } from './knowledge.ts';
import type { GraphNode } from './node.ts';
import type { Asking, EndpointSource, RowSource, Source } from './sources.ts';

/** A fact wanted of a node: the field with its arguments. */
export interface Want {
  /** Equal for the same fact, whatever its alias. */
  readonly key: string;
  /** The field's name. */
  readonly field: string;
  readonly args: object;
  /** Under `@defer`: the first part of the answer does without it. */
  readonly isDeferred: boolean;
  readonly rows: readonly RowSource[];
  /** In the declared order, which is their precedence. */
  readonly offers: readonly Offer[];
}

/** A call that would tell a fact. Equal ids: the same call for the same node. */
export interface Offer {
  readonly id: string;
  readonly source: EndpointSource;
}

/** The wants of one place, by response name. */
export type Wants = ReadonlyMap<string, Want>;

type Fields = ReadonlyMap<string, FieldUse>;
type Variables = Record<string, unknown>;

/** Of places where no argument is a variable: as long as the operation is known, for all requests. */
const constant = new WeakMap<Fields, Wants>();

export function toWants(fields: Fields, variables: Variables): Wants {
  const known = constant.get(fields);
  if (known) return known;
  const wants = readWants(fields, variables);
  if (![...fields.values()].some(({ nodes }) => hasVariables(nodes[0]!))) constant.set(fields, wants);
  return wants;
}

/** Of a place, as long as that is known. */
const different = new WeakMap<Wants, readonly Want[]>();

/** The different facts among the wants of a place. */
export function eachOnce(wants: Wants): readonly Want[] {
  let found = different.get(wants);
  if (!found) different.set(wants, (found = byKey(wants.values())));
  return found;
}

export function byKey(wants: Iterable<Want>): readonly Want[] {
  const first = new Map<string, Want>();
  for (const want of wants) if (!first.has(want.key)) first.set(want.key, want);
  return [...first.values()];
}

function hasVariables({ arguments: args = [] }: FieldNode): boolean {
  let found = false;
  for (const each of args) visit(each, { Variable: () => ((found = true), BREAK) });
  return found;
}

function readWants(fields: Fields, variables: Variables): Wants {
  const wants = new Map<string, Want>();
  for (const [name, use] of fields) {
    const { field } = use;
    const sources = field.extensions.facts as readonly Source[] | undefined;
    const args = sources && argumentsOf(use, variables);
    if (!args) continue;
    const question = JSON.stringify(args);
    wants.set(name, {
      key: `${field.name} ${question}`,
      field: field.name,
      args,
      isDeferred: isDeferred(use),
      rows: sources.filter((source) => 'list' in source),
      offers: sources
        .filter((source) => 'asking' in source)
        .map((source) => ({ id: offerId(source, question), source })),
    });
  }
  return wants;
}

/** Of fields without variables in their arguments, likewise. */
const constantArguments = new WeakMap<FieldUse, object | null>();
const none = {};

/** Null where they are wrong: then GraphQL reports the field, and the facts beside it are whole. */
export function argumentsOf(use: FieldUse, variables: Variables): object | null {
  if (use.field.args.length === 0) return none;
  const known = constantArguments.get(use);
  if (known !== undefined) return known;
  const read = readArguments(use, variables);
  if (!hasVariables(use.nodes[0]!)) constantArguments.set(use, Object.freeze(read));
  return read;
}

function readArguments({ field, nodes }: FieldUse, variables: Variables): object | null {
  try {
    return getArgumentValues(field, nodes[0]!, variables);
  } catch {
    return null;
  }
}

/** Each the same string for all that share the call: strings that are one are compared at once. */
const callIds = new WeakMap<Asking, string>();

function offerId({ asking }: EndpointSource, question: string): string {
  let id = callIds.get(asking);
  if (id === undefined) callIds.set(asking, (id = `${asking.endpoint.provider} ${asking.endpoint.name}`));
  return asking.usesArgs ? `${id} ${question}` : id;
}

/** What a row in hand says of the fact: a value, or null for "nothing". Null itself: no row speaks of it. */
export function saidByRow(node: GraphNode, want: Want): SaidByRow | null {
  for (const { list, pick } of want.rows) {
    for (const held of node.rows) {
      const value = held.list === list ? pick(held.row, node) : undefined;
      if (value !== undefined) return { value, said: { endpoint: list, fetchedAt: held.fetchedAt, from: 'row' } };
    }
  }
  return null;
}

interface SaidByRow {
  readonly value: unknown;
  readonly said: Said;
}
