/**
 * Decides which calls are made for the nodes of an operation: the cheapest that tell what no row says.
 *
 * What is wanted is collected from all nodes that stand ready, and chosen together for each group of nodes alike.
 */
import type { ShopgraphError } from '../errors.ts';
import type { Endpoint } from '../providers/provider.ts';
import type { Explaining } from './explanation.ts';
import { atHandFirst, groupsAlike, promptOf, purchasesFor, sharersOf, type IsFree, type Purchase } from './group.ts';
import type { Knowledge, Loaded } from './knowledge.ts';
import type { GraphNode } from './node.ts';
import { createPendingLists } from './pending-lists.ts';
import { createRounds } from './rounds.ts';
import { paramsFor } from './sources.ts';
import { saidByRow, type Offer, type Want, type Wants } from './wants.ts';

/** What an operation needs to ask. */
export interface Asker {
  (endpoint: Endpoint, params: object): Promise<Loaded>;
  /** Asking now costs nothing. */
  readonly free: IsFree;
  /** Brings answers that are kept from before into reach, all in one read; then tells which are free. */
  readonly warm: (endpoint: Endpoint, params: readonly object[]) => readonly boolean[] | Promise<readonly boolean[]>;
  /** The fresh answer that is at hand, if there is one; looking counts as nothing. */
  readonly held: (endpoint: Endpoint, params: object) => Loaded | undefined;
  /** Why the endpoint can never be asked: always the same error. */
  readonly refusal: (endpoint: Endpoint) => ShopgraphError | null;
  /** Resolves when half of the time is over that is left now. */
  readonly late: () => Promise<undefined>;
}

interface Question {
  readonly endpoint: Endpoint;
  readonly params: object;
}

export type Buying = ReturnType<typeof createBuying>;

export function createBuying(
  load: Asker,
  knowledgeOf: (node: GraphNode) => Knowledge,
  explaining: Explaining | null = null,
) {
  const ready = new Set<GraphNode>();

  /** Those that could still be asked about the node, in the declared order. */
  const offersLeft = (node: GraphNode, { asked }: Knowledge, want: Want): readonly Offer[] => {
    const isLeft = ({ id, source }: Offer) =>
      !asked.has(id) && !load.refusal(source.asking.endpoint) && paramsFor(source, node, want.args) !== null;
    return want.offers.every(isLeft) ? want.offers : want.offers.filter(isLeft);
  };
  /** Whether a call that tells it has been made; for what is not deferred, one that was made for such. */
  const isAsked = ({ asked, later }: Knowledge, want: Want) =>
    want.offers.some(({ id }) => asked.has(id) && (want.isDeferred || !later.has(id)));
  /** Likewise, whether one may yet be made, or a row may come that says it. */
  const isOpen = ({ undecided }: Knowledge, want: Want) =>
    [...undecided].some(
      ({ key, offers, isDeferred }) =>
        (want.isDeferred || !isDeferred) &&
        (key === want.key || offers.some(({ id }) => want.offers.some((offer) => offer.id === id))),
    );

  /** Adds what the place wants of the node; what no row says waits for the decision, taken when all nodes at hand have come. */
  const join = (node: GraphNode, known: Knowledge, place: Wants) => {
    if (known.places.has(place)) return;
    known.places.add(place);
    for (const want of place.values()) {
      const before = known.wants.get(want.key);
      if (before && (want.isDeferred || !before.isDeferred)) continue;
      known.wants.set(want.key, want);
      if (before) known.undecided.delete(before);
      // One that was made for deferred wants tells it, too: no other is bought in its place.
      const isTold = want.offers.some(({ id }) => known.asked.has(id)) || saidByRow(node, want) !== null;
      const canBeTold = want.rows.length > 0 || offersLeft(node, known, want).length > 0;
      if (!isTold && canBeTold) known.undecided.add(want);
    }
    if (known.undecided.size > 0) schedule(node);
  };
  const schedule = (node: GraphNode) => {
    ready.add(node);
    rounds.schedule();
  };

  let prepared: readonly GraphNode[] = [];
  const prepare = () => {
    prepared = [...ready];
    return warm(prepared.map(openQuestions));
  };

  const decide = () => {
    const nodes = prepared;
    for (const node of nodes) ready.delete(node);
    // Of those that have come meanwhile it is not known what is kept.
    if (ready.size > 0) rounds.schedule();
    for (const node of nodes) dropDecided(node, knowledgeOf(node));
    const groups = groupsAlike(nodes, wantedOf, load.free);
    const sharers = sharersOf(groups);
    const choices = groups.map((group) => ({
      ...group,
      purchases: purchasesFor({ ...group, count: group.nodes.length, sharers }),
    }));
    const taken = atHandFirst(choices);
    // What is left is decided when all that is at hand has been heard.
    if (taken !== choices) rounds.schedule();
    explaining?.chose(taken.filter(({ wants }) => wants.length > 0));
    for (const { nodes: alike, wants, purchases, free } of taken) {
      const prompt = promptOf(purchases, wants);
      for (const node of alike) {
        buy(node, knowledgeOf(node), purchases, prompt);
        if (free.size > 0) takePreferred(node, knowledgeOf(node), wants);
      }
    }
  };
  // First, since answers that are kept from before cost nothing.
  const rounds = createRounds({ prepare, decide });
  const lists = createPendingLists(rounds.schedule, load.late);

  /** A row has come since the want did, or nobody is left who could be asked. */
  const dropDecided = (node: GraphNode, known: Knowledge) => {
    const isLeft = (want: Want) => lists.mayTell(want) || offersLeft(node, known, want).length > 0;
    for (const want of known.undecided) if (saidByRow(node, want) || !isLeft(want)) known.undecided.delete(want);
  };

  /** A list that is on its way may say it for nothing, or bring those who share its call. */
  const canWait = (want: Want) => lists.mayTell(want) || lists.mayShare(want);
  const wantedOf = (node: GraphNode) => {
    const known = knowledgeOf(node);
    const wants: Want[] = [];
    const waiting: Want[] = [];
    for (const want of known.undecided) {
      const offers = offersLeft(node, known, want);
      const open = offers === want.offers ? want : { ...want, offers };
      (canWait(open) ? waiting : wants).push(open);
    }
    return { wants, waiting };
  };

  /** Null: nothing has to be waited for. */
  const warm = (nodes: readonly (readonly Question[])[]): Promise<void> | null => {
    const questions = Map.groupBy(nodes.flat(), ({ endpoint }) => endpoint);
    const later: Promise<unknown>[] = [];
    for (const [endpoint, asked] of questions) {
      const warmed = load.warm(
        endpoint,
        asked.map(({ params }) => params),
      );
      if (warmed instanceof Promise) later.push(warmed);
    }
    return later.length > 0 ? Promise.all(later).then(() => undefined) : null;
  };
  /** All that could be asked about the node. */
  const openQuestions = (node: GraphNode): Question[] => {
    const questions = new Map<string, Question>();
    for (const want of wantedOf(node).wants) {
      if (saidByRow(node, want)) continue;
      for (const { id, source } of want.offers) {
        if (questions.has(id)) continue;
        const { endpoint, params } = source.asking;
        questions.set(id, { endpoint, params: params(node, want.args)! });
      }
    }
    return [...questions.values()];
  };

  const buy = (
    node: GraphNode,
    known: Knowledge,
    purchases: readonly Purchase[],
    prompt: (purchase: Purchase) => boolean,
  ) => {
    for (const purchase of purchases) {
      const { id, source, args } = purchase;
      ask(known, id, source.asking.endpoint, source.asking.params(node, args)!);
      if (!prompt(purchase)) known.later.add(id);
    }
    // One that can wait is decided by a call that is made just now; by those before, it has been heard already.
    const isBought = ({ offers }: Want) => purchases.some(({ id }) => offers.some((offer) => offer.id === id));
    for (const want of known.undecided) if (isBought(want)) known.undecided.delete(want);
    // Looked at again in the next round: with the next nodes, or when a list has come.
    if (known.undecided.size > 0) ready.add(node);
  };

  /** An answer at hand whose word stands over that of whoever has been chosen is heard, too: the fact is the same in each operation. */
  const takePreferred = (node: GraphNode, known: Knowledge, wants: readonly Want[]) => {
    for (const { offers, args } of wants) {
      for (const { id, source } of offers) {
        if (known.asked.has(id)) break;
        const params = source.asking.params(node, args)!;
        if (load.held(source.asking.endpoint, params)) ask(known, id, source.asking.endpoint, params);
      }
    }
  };

  const ask = (known: Knowledge, id: string, endpoint: Endpoint, params: object) => {
    const asked = load(endpoint, params);
    // One that is at hand for nothing may be chosen without being needed: then nobody hears its failure.
    asked.catch(() => undefined);
    known.asked.set(id, asked);
  };

  /** Asks those that cost nothing; whether there are any. */
  const takeFree = (node: GraphNode, known: Knowledge, want: Want): boolean => {
    let isAny = false;
    for (const { id, source } of offersLeft(node, known, want)) {
      const params = source.asking.params(node, want.args)!;
      if (!load.free(source.asking.endpoint, params)) continue;
      ask(known, id, source.asking.endpoint, params);
      isAny = true;
    }
    return isAny;
  };

  return {
    join,
    isOpen,
    isAsked,
    offersLeft,
    takeFree,
    /** Wants it of somebody else: those asked so far did not tell. */
    askOn: (node: GraphNode, known: Knowledge, want: Want) => {
      known.undecided.add(want);
      schedule(node);
    },
    /** Resolves when no call that would tell the want remains to be chosen. */
    settled: async (known: Knowledge, want: Want) => {
      while (isOpen(known, want)) await rounds.next();
    },
    /** Resolves after the next round, when a list may have come that says it. Null: none is on its way. */
    listed: (want: Want): Promise<void> | null => (lists.mayTell(want) ? rounds.next() : null),
    /** A list of the endpoint is being asked for: what its rows may say is not bought before they have come. */
    listing: lists.during,
  };
}
