/** Nodes that want the same and hold the same are chosen for together: a group has one cheapest set of calls. */
import type { Endpoint } from '../providers/provider.ts';
import { choose, type Option } from './choose.ts';
import type { GraphNode } from './node.ts';
import type { Offer, Want } from './wants.ts';

/** Whether asking now costs nothing. */
export type IsFree = (endpoint: Endpoint, params: object) => boolean;

/** A chosen call, with the arguments of the field that wants it. */
export interface Purchase extends Offer {
  readonly args: object;
}

interface Group {
  readonly nodes: GraphNode[];
  readonly wants: readonly Want[];
  readonly free: ReadonlySet<string>;
}

export function groupsAlike(nodes: Iterable<GraphNode>, wantsOf: (node: GraphNode) => Want[], isFree: IsFree): Group[] {
  const groups = new Map<string, Group>();
  for (const node of nodes) {
    const wants = wantsOf(node);
    const free = freeOffers(node, wants, isFree);
    const key = JSON.stringify([
      node.type,
      wants.map(({ key, isDeferred, offers }) => [key, isDeferred, offers.map(({ id }) => id)]),
      [...free],
    ]);
    const group = groups.get(key);
    if (group) group.nodes.push(node);
    else groups.set(key, { nodes: [node], wants, free });
  }
  return [...groups.values()];
}

/** Only where there is something to choose does it matter what is at hand for nothing. */
function freeOffers(node: GraphNode, wants: readonly Want[], isFree: IsFree): ReadonlySet<string> {
  const free = new Set<string>();
  if (wants.every(({ offers }) => offers.length === 1)) return free;
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
  const prompt = new Set(purchasesFor(1, told, new Set()).map(({ id }) => id));
  return ({ id }) => prompt.has(id);
}

/** The cheapest calls that tell the wants of `count` nodes. */
export function purchasesFor(
  count: number,
  wants: readonly Want[],
  free: ReadonlySet<string>,
  sharers: ReadonlyMap<string, number> = new Map(),
): Purchase[] {
  const purchases = new Map<string, Purchase>();
  for (const { offers, args } of wants) for (const offer of offers) purchases.set(offer.id, { ...offer, args });
  const options = [...purchases.values()].map(({ id, source }): Option => {
    const { credits, bulk } = source.asking.endpoint;
    const together = Math.max(count, bulk ? (sharers.get(id) ?? 0) : 0);
    // The group's part of what all would pay.
    const calls = free.has(id) ? 0 : (Math.ceil(together / (bulk?.max ?? 1)) * count) / together;
    return { id, calls, credits: calls * credits };
  });
  const ids = choose(
    wants.map(({ offers }) => offers.map(({ id }) => id)),
    options,
  );
  return ids.map((id) => purchases.get(id)!);
}
