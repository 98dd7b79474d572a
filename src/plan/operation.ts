/**
 * One running operation: finds the value of each fact, buying together what is wanted together.
 *
 * A fact of a node has one value in one operation, however many places ask for it. A row in hand answers at once, unless
 * a call that tells it too is made anyway. What rows do not say is bought.
 */
import { getNamedType, GraphQLError, type GraphQLResolveInfo } from 'graphql';
import type { Endpoint } from '../providers/provider.ts';
import { isDeferredHere, nodePathsBelow, pathKeys, placeKey, placeOf, type Path } from './analysis.ts';
import { createBuying, type Asker } from './buying.ts';
import { noneFree, purchasesFor } from './group.ts';
import type { Explaining } from './explanation.ts';
import { createHearing } from './hearing.ts';
import { emptyKnowledge, type Knowledge, type Outcome } from './knowledge.ts';
import { createNodes, type GraphNode } from './node.ts';
import { witness, type Testimony } from './provenance.ts';
import { saidByRow, toWants, type Want, type Wants } from './wants.ts';

export type Operation = ReturnType<typeof createOperation>;

/** `explaining`: told where each value is from. */
export function createOperation(load: Asker, explaining: Explaining | null = null) {
  const nodeOf = createNodes();
  const knowledge = new Map<GraphNode, Knowledge>();
  const wantsByPlace = new Map<string, Wants>();
  const wantsByObject = new Map<object, Wants>();
  const reported = new Set<unknown>();
  const knowledgeOf = (node: GraphNode): Knowledge => {
    let known = knowledge.get(node);
    if (!known) knowledge.set(node, (known = emptyKnowledge()));
    return known;
  };
  const buying = createBuying(load, knowledgeOf, explaining);
  const find = createHearing(load, buying);
  const { join } = buying;

  /** The facts selected at a place. */
  const wantsAt = (info: GraphQLResolveInfo, path: Path, type: string): Wants => {
    const key = placeKey(path, type);
    let wants = wantsByPlace.get(key);
    if (!wants) wantsByPlace.set(key, (wants = toWants(placeOf(info, path, type).fields, info.variableValues)));
    return wants;
  };

  /** The facts selected where this object stands: all its fields share the path that leads to it. */
  const wantsHere = (info: GraphQLResolveInfo): Wants => {
    const here = info.path.prev as object;
    let wants = wantsByObject.get(here);
    if (!wants) wantsByObject.set(here, (wants = wantsAt(info, info.path.prev, info.parentType.name)));
    return wants;
  };

  /** What is selected of the nodes of the connection that `info` answers. */
  const wantsBelow = (info: GraphQLResolveInfo): Want[] =>
    nodePathsBelow(info, info.path, getNamedType(info.returnType).name).flatMap(({ path, type }) => [
      ...wantsAt(info, path, type).values(),
    ]);

  const outcomeOf = (node: GraphNode, known: Knowledge, want: Want): Outcome | Promise<Outcome> => {
    const { outcomes, outcomesLater } = known;
    const found = outcomes.get(want.key) ?? (want.isDeferred ? outcomesLater.get(want.key) : undefined);
    if (found && !isUntold(found)) return found;
    // Nobody could tell it where it was met first; since then a row may have come that does.
    const outcome = found ? (saidByRow(node, want) ?? found) : find(node, known, want);
    const kept = want.isDeferred ? outcomesLater : outcomes;
    kept.set(want.key, outcome);
    if (outcome instanceof Promise) {
      outcome.then(
        (then) => kept.set(want.key, then),
        () => undefined,
      );
    }
    return outcome;
  };

  /** One error per failed call, one per unknown id; wherever else it is missing, the value is null. */
  const deliver = (outcome: Outcome, node: GraphNode, { path }: GraphQLResolveInfo): unknown => {
    if ('value' in outcome) {
      if (outcome.said) explaining?.fact(path, outcome.said);
      return outcome.value;
    }
    const { failure } = outcome;
    explaining?.failed(path, failure);
    const isUnknownId = failure.code === 'NOT_FOUND';
    const subject = isUnknownId ? node : failure;
    if (reported.has(subject)) return null;
    reported.add(subject);
    if (!isUnknownId) throw failure;
    throw new GraphQLError(failure.message, { path: pathKeys(path.prev), originalError: failure });
  };

  return {
    node: nodeOf,

    /** The value of the field that `info` stands for; throws what GraphQL is to report. */
    fact: (node: GraphNode, info: GraphQLResolveInfo): unknown => {
      const place = wantsHere(info);
      const want = place.get(String(info.path.key));
      if (!want) throw new Error(`no facts are declared for ${info.parentType.name}.${info.fieldName}`);
      const known = knowledgeOf(node);
      join(node, known, place);
      const outcome = outcomeOf(node, known, want);
      return outcome instanceof Promise
        ? outcome.then((then) => deliver(then, node, info))
        : deliver(outcome, node, info);
    },

    /** These nodes stand wherever the connection that `info` answers shows its nodes: what is wanted there is wanted together. */
    stand: (nodes: readonly GraphNode[], info: GraphQLResolveInfo): void => {
      const [first] = nodes;
      if (!first) return;
      for (const { path } of nodePathsBelow(info, info.path, getNamedType(info.returnType).name)) {
        const wants = wantsAt(info, path, first.type);
        for (const node of nodes) join(node, knowledgeOf(node), wants);
      }
    },

    /** While `asked` is under way, what the rows of the list may say is not bought. */
    listing: <Answer>(list: Endpoint, info: GraphQLResolveInfo, asked: () => Promise<Answer>): Promise<Answer> => {
      let sought: readonly Want[] | undefined;
      const seeks = () => (sought ??= wantsBelow(info).filter(({ rows }) => !rows.some((row) => row.list === list)));
      return buying.listing({ list, isDeferred: isDeferredHere(info), seeks }, asked);
    },

    /** Whose word each of the facts is that are selected beside the field that `info` stands for. Buys nothing of its own. */
    provenance: async (node: GraphNode, info: GraphQLResolveInfo): Promise<Testimony[]> => {
      const place = wantsHere(info);
      const known = knowledgeOf(node);
      join(node, known, place);
      const isLater = isDeferredHere(info);
      const beside = [...place.values()].filter(({ isDeferred }) => isLater || !isDeferred);
      const wants = new Map(beside.map((want) => [want.key, want]));
      const told = [...wants.values()].map(async (want) =>
        witness(load, node, known, want, await outcomeOf(node, known, want)),
      );
      return (await Promise.all(told)).filter((testimony) => testimony !== null);
    },

    /** For what is not a fact: the answer, or null and the one error that its failed call is worth. */
    once: async <Answer>(asked: Promise<Answer>): Promise<Answer | null> => {
      try {
        return await asked;
      } catch (failure) {
        if (reported.has(failure)) return null;
        reported.add(failure);
        throw failure;
      }
    },

    /** Calls that rows have made unnecessary so far. */
    avoidedByRows: (): number => [...knowledge.values()].reduce((calls, known) => calls + callsSaved(known), 0),
  };
}

/** Nobody has said anything of it, or only why not. */
const isUntold = (outcome: Outcome | Promise<Outcome>): boolean => !('said' in outcome || outcome instanceof Promise);

/** The calls that would have told what the rows said, had nothing else been bought for the node. */
function callsSaved({ saidByRow: said, asked }: Knowledge): number {
  const missed = [...said].filter(({ offers }) => offers.length > 0 && !offers.some(({ id }) => asked.has(id)));
  return missed.length === 0 ? 0 : purchasesFor({ count: 1, wants: missed, free: noneFree }).length;
}
