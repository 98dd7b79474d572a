/**
 * Walks an operation over what is held: its fields are resolved as they will be, but nothing is asked. What a missing
 * answer would lead to is not walked; it is left to the declarations.
 */
import { getNamedType, isCompositeType, isNonNullType, OperationTypeNode, type GraphQLResolveInfo } from 'graphql';
import type { Endpoint } from '../../providers/provider.ts';
import { placeOf, type Document, type FieldUse, type Path } from '../analysis.ts';
import type { Via } from '../node.ts';
import { argumentsOf, toWants, type Wants } from '../wants.ts';
import { costlyAt, isPriced } from './costing-types.ts';
import type { Notes, Standing, Wanting } from './dry-nodes.ts';
import { byType, type Typed } from './dry-objects.ts';
import type { Reason } from './dry-reasons.ts';
import { createResolver, type DryWorld, type Field, type Looked, type Resolved } from './dry-resolve.ts';
import type { Estimator } from './estimate.ts';
import type { Estimate } from './estimated.ts';

/** A field that asks by itself, of one object. */
export interface AskedField {
  readonly endpoint: Endpoint;
  /** Where the object stands. */
  readonly at: Path;
  readonly use: FieldUse;
  readonly args: object;
  readonly reason: Reason;
  /** The questions that it came to. */
  readonly looks: readonly Looked[];
}

/** What is not known or not looked into: for the declarations to say. */
export type Unwalked = (estimator: Estimator) => Estimate;

/** So much is looked at one by one: objects, and questions about them. It takes some milliseconds. */
const LOOKS_MAX = 1000;

export async function dryWalk(document: Document, world: DryWorld, notes: Notes) {
  const { schema, operation, variableValues } = document;
  const asked: AskedField[] = [];
  const unwalked: Unwalked[] = [];
  let left = LOOKS_MAX;
  /** Why a field of the operation itself fails that has to have a value: nothing is answered, and perhaps nothing asked. */
  let refusal = null as string | null;
  const isVital = ({ field, path }: FieldUse): boolean =>
    path.prev === undefined && isNonNullType(field.type) && field.args.length > 0;

  const resolver = createResolver(world, notes, ({ use }, error) => {
    if (isVital(use)) refusal ??= `\`${use.field.name}\`: ${error.message}`;
  });

  const infoOf = ({ field, nodes, path }: FieldUse, { type }: Standing): GraphQLResolveInfo => ({
    ...document,
    fieldName: field.name,
    fieldNodes: nodes,
    returnType: field.type,
    parentType: schema.getType(type) as GraphQLResolveInfo['parentType'],
    path,
    rootValue: undefined,
  });

  /** What stands below the objects of a level, each type at each place for itself. */
  const descend = async (level: readonly Standing[]): Promise<Standing[]> => {
    const walked: Walked[] = [];
    for (const here of level) {
      const each = within(here);
      if (each) walked.push(each);
    }
    await notes.add(walked.filter(({ wants }) => wants.size > 0));
    const resolving: Resolving[] = [];
    for (const { here, uses, wants } of walked) {
      for (const use of uses) {
        const field = toFollow(here, use, wants);
        if (field) resolving.push({ field, answers: here.items.map((item) => resolver.resolve(item, field)) });
      }
    }
    const found: Standing[] = [];
    for (const { field, answers } of resolving) {
      // Most are there at once, and nobody waits for these.
      for (let index = 0; index < answers.length; index++) {
        const answer = answers[index];
        if (answer instanceof Promise) answers[index] = await answer;
      }
      below(field, answers as readonly Resolved[], found);
    }
    return found;
  };

  interface Walked extends Wanting {
    readonly uses: readonly FieldUse[];
  }

  /** Null: they are too many. */
  const within = (here: Standing): Walked | null => {
    const { at, type, items, via } = here;
    const place = placeOf(document, at, type);
    const wants = toWants(place.fields, variableValues);
    left -= items.length * (1 + questionsIn(wants));
    const uses = at ? costlyAt(document, place).fields : [...place.fields.values()];
    if (left >= 0) return { here, uses, wants, leading: uses.flatMap(({ path }) => wants.get(path.key) ?? []) };
    unwalked.push((by) => by.ofObjects({ path: at, type }, items.length, via));
    return null;
  };

  interface Followed extends Field {
    readonly here: Standing;
    /** What it asks by itself. */
    readonly endpoint: Endpoint | undefined;
    readonly via: Via;
    /** Whether anything that stands below may cost something. */
    readonly leads: boolean;
  }

  /** Null: it costs nothing, or is not resolved here. */
  const toFollow = (here: Standing, use: FieldUse, wants: Wants): Followed | null => {
    const { asks, facts } = use.field.extensions;
    const endpoint = asks as Endpoint | undefined;
    const type = getNamedType(use.field.type);
    const leads = isCompositeType(type) && isPriced(document, use.path, type);
    if (!endpoint && !leads && !isVital(use)) return null;
    const args = argumentsOf(use, variableValues);
    if (!args) {
      if (isVital(use)) refusal ??= `An argument of \`${use.field.name}\` is wrong.`;
      return null;
    }
    const via = endpoint ?? (facts ? null : here.via);
    // Rows take their time, whatever is wanted of them.
    if (endpoint?.pages && 'first' in args) left -= here.items.length * Number(args.first);
    if (left < 0 || operation.operation !== OperationTypeNode.QUERY) {
      unwalked.push((by) => by.ofWhole(use, here.items.length, via));
      return null;
    }
    const want = facts ? wants.get(use.path.key) : undefined;
    return {
      here,
      use,
      args,
      info: infoOf(use, here),
      endpoint,
      via,
      leads,
      fact: want ? resolver.factOf(want) : null,
    };
  };

  interface Resolving {
    readonly field: Followed;
    /** For each of the objects. */
    readonly answers: (Resolved | Promise<Resolved>)[];
  }

  /** What the field leads to, by its answers. */
  const below = (
    { here, use, args, endpoint, via, leads }: Followed,
    answers: readonly Resolved[],
    standings: Standing[],
  ): void => {
    const found: Typed[] = [];
    let unknown = 0;
    // What a field reads on its way says something of what it leads to, as a list's rows do.
    let read = via;
    for (let index = 0; index < answers.length; index++) {
      const { objects, looks } = answers[index]!;
      if (endpoint) asked.push({ endpoint, at: here.at, use, args, reason: here.items[index]!.reason, looks });
      if (looks.length > 0) read = looks.at(-1)!.endpoint;
      if (!objects) unknown++;
      else if (leads) for (let nth = 0; nth < objects.length; nth++) found.push(objects[nth]!);
    }
    if (leads && unknown > 0) unwalked.push((by) => by.ofField(use, unknown, via));
    for (const [type, items] of byType(found)) standings.push({ at: use.path, type, via: read, items });
  };

  const root = schema.getRootType(operation.operation);
  let level: Standing[] = root
    ? [{ at: undefined, type: root.name, via: null, items: [{ source: undefined, reason: null }] }]
    : [];
  while (level.length > 0) level = await descend(level);
  return { asked, unwalked, refusal };
}

/** Of a place, as long as that is known. */
const questionCounts = new WeakMap<Wants, number>();

/** That could be asked about each node, at most. */
function questionsIn(wants: Wants): number {
  let count = questionCounts.get(wants);
  if (count === undefined) {
    const ids = [...wants.values()].flatMap(({ offers }) => offers.map(({ id }) => id));
    questionCounts.set(wants, (count = new Set(ids).size));
  }
  return count;
}
