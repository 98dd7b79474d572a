/** Nodes that want the same and hold the same are chosen for together: a group has one cheapest set of calls. */
import type { Endpoint } from '../providers/provider.ts';
import { choose, coversOf, type Option } from './choose.ts';
import type { GraphNode } from './node.ts';
import type { Offer, Want } from './wants.ts';

/** Whether asking now costs nothing. */
export type IsFree = (endpoint: Endpoint, params: object) => boolean;

/** A chosen call, with the arguments of the field that wants it. */
export interface Purchase extends Offer {
  readonly args: object;
}

/** Where nothing is at hand for nothing. */
export const noneFree: ReadonlySet<string> = new Set();

interface Group extends Wanted {
  readonly nodes: GraphNode[];
  readonly free: ReadonlySet<string>;
}

/** What is to be decided of a node. */
interface Wanted {
  readonly wants: readonly Want[];
  /** What a list that is on its way may say for nothing: nothing is bought for it, and what is bought had better tell it, too. */
  readonly waiting: readonly Want[];
}

export function groupsAlike(
  nodes: Iterable<GraphNode>,
  wantedOf: (node: GraphNode) => Wanted,
  isFree: IsFree,
): Group[] {
  const groups = new Map<string, Group>();
  const toKey = ({ key, isDeferred, offers }: Want) => [key, isDeferred, offers.map(({ id }) => id)];
  for (const node of nodes) {
    const { wants, waiting } = wantedOf(node);
    const free = freeOffers(node, wants, isFree);
    const key = JSON.stringify([node.type, wants.map(toKey), waiting.map(toKey), [...free]]);
    const group = groups.get(key);
    if (group) group.nodes.push(node);
    else groups.set(key, { nodes: [node], wants, waiting, free });
  }
  return [...groups.values()];
}

function freeOffers(node: GraphNode, wants: readonly Want[], isFree: IsFree): ReadonlySet<string> {
  const free = new Set<string>();
  const looked = new Set<string>();
  for (const { offers, args } of wants) {
    for (const { id, source } of offers) {
      if (looked.has(id)) continue;
      looked.add(id);
      if (isFree(source.asking.endpoint, source.asking.params(node, args)!)) free.add(id);
    }
  }
  return free;
}

/** What is chosen for a group. */
export interface Choice extends Group {
  readonly purchases: readonly Purchase[];
}

/**
 * Where some calls cost nothing and others do, the first alone, with what they tell: their answers may lead to lists
 * whose rows say what would be bought.
 */
export function atHandFirst(choices: readonly Choice[]): readonly Choice[] {
  const all = choices.flatMap(({ purchases, free }) => purchases.map(({ id }) => free.has(id)));
  return all.includes(true) && all.includes(false) ? choices.map(atHand) : choices;
}

function atHand(choice: Choice): Choice {
  const purchases = choice.purchases.filter(({ id }) => choice.free.has(id));
  const isTold = ({ offers }: Want) => purchases.some(({ id }) => offers.some((offer) => offer.id === id));
  return { ...choice, purchases, wants: choice.wants.filter(isTold) };
}

/** By offer: how many nodes, of all groups, it would have to be paid for. Groups share the calls of a bulk endpoint. */
export function sharersOf(groups: readonly Group[]): Map<string, number> {
  const sharers = new Map<string, number>();
  for (const { nodes, wants, free } of groups) {
    const ids = new Set(wants.flatMap(({ offers }) => offers.map(({ id }) => id)));
    for (const id of ids) if (!free.has(id)) sharers.set(id, (sharers.get(id) ?? 0) + nodes.length);
  }
  return sharers;
}

/** Of the calls bought for these wants, those that the first part of the answer waits for: the fewest that tell what is not deferred. */
export function promptOf(purchases: readonly Purchase[], wants: readonly Want[]): (purchase: Purchase) => boolean {
  if (!wants.some(({ isDeferred }) => isDeferred)) return () => true;
  const bought = new Set(purchases.map(({ id }) => id));
  const told = wants
    .filter(({ isDeferred }) => !isDeferred)
    .map((want) => ({ ...want, offers: want.offers.filter(({ id }) => bought.has(id)) }));
  const prompt = new Set(purchasesFor({ count: 1, wants: told, free: noneFree }).map(({ id }) => id));
  return ({ id }) => prompt.has(id);
}

/** So many nodes that want the same, and what can be asked of each for nothing. */
export interface Alike {
  readonly count: number;
  readonly wants: readonly Want[];
  /** What the calls had better tell besides, if that costs no more. */
  readonly waiting?: readonly Want[];
  readonly free: ReadonlySet<string>;
  /** By offer: how many nodes would be asked about together, where they are more. */
  readonly sharers?: ReadonlyMap<string, number>;
}

/** The cheapest calls that tell the wants. */
export function purchasesFor(alike: Alike): Purchase[] {
  const purchases = offersOf(alike.wants);
  const chosen = choose(idsOf(alike.wants), optionsFor(alike, purchases), idsOf(alike.waiting ?? []));
  return chosen.map((id) => purchases.get(id)!);
}

/** Calls that together tell the wants of all nodes, without one too many. */
export interface CallSet {
  readonly endpoints: readonly Endpoint[];
  readonly calls: number;
  readonly credits: number;
}

/** Every such set, the cheapest first: the proof that nothing cheaper would do. */
export function callSetsFor(alike: Alike): CallSet[] {
  const purchases = offersOf(alike.wants);
  return coversOf(idsOf(alike.wants), optionsFor(alike, purchases)).map(({ ids, ...price }) => ({
    ...price,
    endpoints: ids.filter((id) => !alike.free.has(id)).map((id) => purchases.get(id)!.source.asking.endpoint),
  }));
}

/** The credits that leaving out some of the wants would save. */
export function savingOf(alike: Alike, without: readonly Want[]): number {
  const priceOf = (wants: readonly Want[]) => callSetsFor({ ...alike, wants })[0]?.credits ?? 0;
  return priceOf(alike.wants) - priceOf(alike.wants.filter((want) => !without.includes(want)));
}

const idsOf = (wants: readonly Want[]) => wants.map(({ offers }) => offers.map(({ id }) => id));

function offersOf(wants: readonly Want[]): Map<string, Purchase> {
  const purchases = new Map<string, Purchase>();
  for (const { offers, args } of wants) for (const offer of offers) purchases.set(offer.id, { ...offer, args });
  return purchases;
}

const optionsFor = ({ count, free, sharers }: Alike, purchases: ReadonlyMap<string, Purchase>): Option[] =>
  [...purchases.values()].map(({ id, source }) => {
    const { credits, bulk } = source.asking.endpoint;
    const together = Math.max(count, bulk ? (sharers?.get(id) ?? 0) : 0);
    // The group's part of what all would pay.
    const calls = free.has(id) ? 0 : (Math.ceil(together / (bulk?.max ?? 1)) * count) / together;
    return { id, calls, credits: calls * credits };
  });
