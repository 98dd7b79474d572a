/**
 * One running operation: finds the value of each fact, buying together what is wanted together.
 *
 * A fact of a node has one value in one operation, however many places ask for it. A row in hand answers at once, unless
 * a call that tells it too is made anyway. What rows do not say is collected from all nodes that stand ready, and the
 * cheapest set of calls that covers it is chosen for each group of nodes alike.
 */
import { GraphQLError, type GraphQLResolveInfo } from 'graphql';
import { ShopgraphError } from '../errors.ts';
import type { Endpoint } from '../providers/provider.ts';
import { nodePathsBelow, pathKeys, placeKey, placeOf, type Path } from './analysis.ts';
import { groupsAlike, purchasesFor, type IsFree, type Purchase } from './group.ts';
import { emptyKnowledge, type Knowledge, type Loaded, type Outcome } from './knowledge.ts';
import { createPendingLists } from './pending-lists.ts';
import { createRounds } from './rounds.ts';
import { createNodes, type GraphNode } from './node.ts';
import { saidByRow, toWants, type Want, type Wants } from './wants.ts';

/** What an operation needs to ask; `free`: asking now costs nothing. */
export interface Asker {
  (endpoint: Endpoint, params: object): Promise<Loaded>;
  readonly free: IsFree;
  /** Brings answers that are kept from before into reach, all in one read: `free` then knows of them. */
  readonly warm: (endpoint: Endpoint, params: readonly object[]) => Promise<void>;
}

export type Operation = ReturnType<typeof createOperation>;

export function createOperation(load: Asker) {
  const nodeOf = createNodes();
  const knowledge = new Map<GraphNode, Knowledge>();
  const wantsByPlace = new Map<string, Wants>();
  const wantsByObject = new WeakMap<object, Wants>();
  const reported = new Set<unknown>();
  const ready = new Set<GraphNode>();
  const knowledgeOf = (node: GraphNode): Knowledge => {
    let known = knowledge.get(node);
    if (!known) knowledge.set(node, (known = emptyKnowledge()));
    return known;
  };

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

  /** Adds what the place wants of the node; what no row says waits for the decision, taken when all nodes at hand have come. */
  const join = (node: GraphNode, known: Knowledge, place: Wants) => {
    if (known.places.has(place)) return;
    known.places.add(place);
    for (const want of place.values()) {
      if (known.wants.has(want.key)) continue;
      known.wants.set(want.key, want);
      const needsCall = want.offers.length > 0 && saidByRow(node, want) === undefined;
      if (needsCall && !isAsked(known, want)) known.undecided.add(want);
    }
    if (known.undecided.size === 0) return;
    ready.add(node);
    rounds.schedule();
  };

  const rounds = createRounds(() => {
    const nodes = [...ready];
    ready.clear();
    for (const node of nodes) dropSaid(node, knowledgeOf(node));
    for (const group of groupsAlike(nodes, (node) => pressing(knowledgeOf(node)), load.free)) {
      const purchases = purchasesFor(group.nodes.length, group.wants, group.free);
      for (const node of group.nodes) buy(node, knowledgeOf(node), purchases);
    }
  });
  const lists = createPendingLists(rounds.schedule);

  /** Rows have come since the want did. */
  const dropSaid = (node: GraphNode, { undecided }: Knowledge) => {
    for (const want of undecided) if (saidByRow(node, want) !== undefined) undecided.delete(want);
  };

  /** A list that is on its way may say it for nothing: such a want can wait. */
  const canWait = (want: Want) => want.rows.some(({ list }) => lists.isPending(list));
  const pressing = ({ undecided }: Knowledge) => [...undecided].filter((want) => !canWait(want));

  const buy = (node: GraphNode, known: Knowledge, purchases: readonly Purchase[]) => {
    for (const { id, source, args } of purchases) {
      const asked = load(source.asking.endpoint, source.asking.params(node, args));
      // One that is at hand for nothing may be chosen without being needed: then nobody hears its failure.
      asked.catch(() => undefined);
      known.asked.set(id, asked);
    }
    for (const want of known.undecided) {
      if (!canWait(want) || isAsked(known, want)) known.undecided.delete(want);
    }
    // Looked at again when a list has come, or with the next nodes.
    if (known.undecided.size > 0) ready.add(node);
  };

  const isAsked = ({ asked }: Knowledge, want: Want) => want.offers.some(({ id }) => asked.has(id));
  /** Whether a call that would tell the want may yet be made for the node. */
  const isOpen = ({ undecided }: Knowledge, want: Want) =>
    [...undecided].some(({ offers }) => offers.some(({ id }) => want.offers.some((offer) => offer.id === id)));

  const find = (node: GraphNode, known: Knowledge, want: Want): Outcome | Promise<Outcome> =>
    isAsked(known, want) || isOpen(known, want)
      ? settled(known, want).then(() => hear(node, known, want))
      : (sayRow(node, known, want) ?? { value: null });

  const settled = async (known: Knowledge, want: Want) => {
    while (isOpen(known, want)) await rounds.next();
  };

  /** The answers of the calls made for the node, in the order of precedence; then the row; then why there is none. */
  const hear = async (node: GraphNode, known: Knowledge, want: Want): Promise<Outcome> => {
    let failure: ShopgraphError | null = null;
    let answered = false;
    for (const { id, source } of want.offers) {
      let loaded: Loaded | undefined;
      try {
        loaded = await known.asked.get(id);
      } catch (error) {
        failure = graver(failure, error);
        continue;
      }
      if (!loaded) continue;
      if (loaded.data === null) {
        failure ??= new ShopgraphError('NOT_FOUND');
        continue;
      }
      try {
        const value = source.pick(loaded.data as object, want.args);
        if (value !== undefined) return { value };
        answered = true;
      } catch (error) {
        failure = graver(failure, saidOf(source.asking.endpoint, error));
      }
    }
    return sayRow(node, known, want) ?? (failure && !answered ? { failure } : { value: null });
  };

  const sayRow = (node: GraphNode, known: Knowledge, want: Want): Outcome | null => {
    const value = saidByRow(node, want);
    if (value === undefined) return null;
    known.saidByRow.add(want);
    return { value };
  };

  /** One error per failed call, one per unknown id; wherever else it is missing, the value is null. */
  const deliver = (outcome: Outcome, node: GraphNode, { path }: GraphQLResolveInfo): unknown => {
    if ('value' in outcome) return outcome.value;
    const { failure } = outcome;
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
      let outcome = known.outcomes.get(want.key);
      if (!outcome) known.outcomes.set(want.key, (outcome = find(node, known, want)));
      return outcome instanceof Promise
        ? outcome.then((then) => deliver(then, node, info))
        : deliver(outcome, node, info);
    },

    /** These nodes stand wherever the connection that `info` answers shows its nodes: what is wanted there is wanted together. */
    stand: (nodes: readonly GraphNode[], info: GraphQLResolveInfo): void => {
      const [first] = nodes;
      if (!first) return;
      for (const path of nodePathsBelow(info)) {
        const wants = wantsAt(info, path, first.type);
        for (const node of nodes) join(node, knowledgeOf(node), wants);
      }
    },

    /** A list of the endpoint is being asked for: what its rows may say is not bought before they have come. */
    listing: lists.during,

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

/** The calls that would have told what the rows said, had nothing else been bought for the node. */
function callsSaved({ saidByRow: said, asked }: Knowledge): number {
  const missed = [...said].filter(({ offers }) => offers.length > 0 && !offers.some(({ id }) => asked.has(id)));
  return missed.length === 0 ? 0 : purchasesFor(1, missed, new Set()).length;
}

/** A call's failure outweighs another's "unknown id". */
function graver(earlier: ShopgraphError | null, error: unknown): ShopgraphError {
  if (!(error instanceof ShopgraphError)) throw error;
  return earlier && earlier.code !== 'NOT_FOUND' ? earlier : error;
}

/** What a source finds wrong in the data is said of its endpoint. */
const saidOf = ({ provider, name }: Endpoint, error: unknown): unknown =>
  error instanceof ShopgraphError
    ? new ShopgraphError(error.code, { ...error.details, provider, endpoint: name })
    : error;
