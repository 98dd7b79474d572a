/** What has to be bought for the nodes that a dry run comes to: surely, possibly, and in the regular course of things. */
import type { Endpoint } from '../providers/provider.ts';
import { pathName, type Path } from './analysis.ts';
import { choose } from './choose.ts';
import { openOf, toldBy, type Note, type Notes, type OfferNote, type WantNote } from './dry-nodes.ts';
import type { Reason } from './dry-walk.ts';
import type { NodeSet } from './estimate.ts';
import { nothing, purchasesFor } from './group.ts';
import type { GraphNode } from './node.ts';
import type { Tally } from './preview-tally.ts';
import { saidByRow, type Offer, type Want } from './wants.ts';

interface Options {
  readonly notes: Notes;
  readonly tally: Tally;
  /** The questions that fields ask by themselves: what they tell besides is bought with them. */
  readonly askedKeys: ReadonlySet<string>;
  /** Lists of which rows may yet come. */
  readonly listsComing: ReadonlySet<Endpoint>;
}

/** The least that is to be bought of the nodes, by what is counted; a request for several has its share in each. */
export type AtLeast = (weigh: (endpoint: Endpoint) => number) => number;

export interface Purchases {
  readonly atLeast: AtLeast;
  /** Nodes that want the same, and who could tell it. */
  readonly nodeSets: readonly NodeSet[];
  /** Whether the objects stand where they do whatever is bought. */
  readonly isCertain: (reason: Reason) => boolean;
}

/** Nodes that lack the same at the same place. */
interface Alike {
  readonly type: string;
  readonly at: Path;
  readonly wants: readonly Want[];
  count: number;
}

export function createPurchases({ notes, tally, askedKeys, listsComing }: Options): Purchases {
  const isAsked = ({ looks }: OfferNote) => looks.some(({ key }) => askedKeys.has(key));

  /** What may be bought for the want. */
  const openFor = (note: Note, { want, isInRow }: WantNote): readonly OfferNote[] =>
    isInRow || toldBy(note, want) ? [] : openOf(note, want);

  const open = new Map<GraphNode, Map<WantNote, readonly OfferNote[]>>();
  const possible = new Map<GraphNode, ReadonlySet<string>>();
  for (const note of notes.all()) {
    const byWant = new Map([...note.wants.values()].map((each) => [each, openFor(note, each)]));
    open.set(note.node, byWant);
    possible.set(note.node, new Set([...byWant.values()].flatMap((offers) => offers.map(({ offer }) => offer.id))));
  }

  const certain = new WeakMap<object, boolean>();
  /** Nobody who may yet be asked could say otherwise of what leads there. */
  const isCertain = (reason: Reason): boolean => {
    if (!reason) return true;
    let found = certain.get(reason);
    if (found === undefined) {
      found = reason.some(({ node, want, before }) => {
        const mayBe = possible.get(node);
        return isCertain(before) && !want.offers.some(({ id }) => mayBe?.has(id));
      });
      certain.set(reason, found);
    }
    return found;
  };

  const isSure = ({ node, looks }: Note, { want, reasons }: WantNote, offers: readonly OfferNote[]): boolean =>
    offers.length > 0 &&
    !offers.some((each) => isAsked(each) || each.looks.some(({ isComing }) => isComing)) &&
    // What has been asked in two ways may be held in one.
    want.offers.every(({ id }) => (looks.get(id)?.looks.length ?? 1) === 1) &&
    !want.rows.some(({ list }) => listsComing.has(list)) &&
    !saidByRow(node, want) &&
    reasons.some(isCertain);

  const groupOf = (groups: Map<string, Alike>, note: Note, lacking: ReadonlyMap<WantNote, readonly OfferNote[]>) => {
    const [first] = lacking.keys();
    if (!first) return;
    const wants = [...lacking].map(([{ want }, offers]) => ({ ...want, offers: offers.map(({ offer }) => offer) }));
    const ids = wants.map(({ key, offers }) => [key, ...offers.map(({ id }) => id)]);
    const key = JSON.stringify([note.node.type, pathName(first.at), ids]);
    const group = groups.get(key) ?? { type: note.node.type, at: first.at, wants, count: 0 };
    group.count++;
    groups.set(key, group);
  };

  const sure = new Map<string, Alike>();
  const regular = new Map<string, Alike>();
  /** Of one thing in two markets, what is asked may be the same. */
  const counted = new Set<string>();
  const bought = new Set(askedKeys);
  for (const note of notes.all()) {
    const { node } = note;
    const thing = `${node.type} ${node.id}`;
    const lacking = open.get(node)!;
    const surely = new Map([...lacking].filter(([each, offers]) => isSure(note, each, offers)));
    if (surely.size > 0 && counted.size < counted.add(thing).size) groupOf(sure, note, surely);
    const isLacking = ([{ want }, offers]: readonly [WantNote, readonly OfferNote[]]) =>
      offers.length > 0 && !saidByRow(node, want) && !offers.some(isAsked);
    groupOf(regular, note, new Map([...lacking].filter(isLacking)));
    for (const [{ want, at, places }, offers] of lacking) {
      for (const { id } of want.offers) {
        const offer = note.looks.get(id);
        if (!offer) continue;
        const { endpoint } = offer.offer.source.asking;
        tally.describe(endpoint, at, { fields: [want.field], places });
        for (const look of offer.looks) tally.look(endpoint, at, look);
      }
      for (const { offer, looks } of offers) {
        const { endpoint } = offer.source.asking;
        for (const { key, held } of looks) {
          if (held || bought.size === bought.add(key).size) continue;
          tally.add('max', endpoint, at, { calls: 1, credits: endpoint.credits });
        }
      }
    }
  }

  for (const { at, wants, count } of sure.values()) {
    const forced = new Map(
      wants.filter(({ offers }) => offers.length === 1).map(({ offers: [offer] }) => [offer!.id, offer!]),
    );
    for (const { source } of forced.values()) {
      const { endpoint } = source.asking;
      const calls = count / (endpoint.bulk?.max ?? 1);
      tally.add('min', endpoint, at, { calls, credits: calls * endpoint.credits });
    }
  }

  const sharers = new Map<string, number>();
  for (const { wants, count } of regular.values()) {
    for (const id of new Set(wants.flatMap(({ offers }) => offers.map((offer) => offer.id)))) {
      sharers.set(id, (sharers.get(id) ?? 0) + count);
    }
  }
  const nodeSets = [...regular.values()].map(({ type, at, wants, count }): NodeSet => {
    const alike = { count, wants, free: nothing, sharers };
    for (const { id, source } of purchasesFor(alike)) {
      const { endpoint } = source.asking;
      const all = endpoint.bulk ? sharers.get(id)! : count;
      const calls = (Math.ceil(all / (endpoint.bulk?.max ?? 1)) * count) / all;
      tally.describe(endpoint, at, { objects: count });
      tally.add('likely', endpoint, at, { calls, credits: calls * endpoint.credits });
    }
    return { type, at, alike };
  });

  return {
    nodeSets,
    isCertain,
    atLeast: (weigh) => [...sure.values()].reduce((sum, group) => sum + group.count * cheapest(group.wants, weigh), 0),
  };
}

/** For one node. */
function cheapest(wants: readonly Want[], weigh: (endpoint: Endpoint) => number): number {
  const offers = new Map<string, Offer>();
  for (const want of wants) for (const offer of want.offers) offers.set(offer.id, offer);
  const options = [...offers.values()].map(({ id, source: { asking } }) => {
    const { endpoint } = asking;
    return { id, credits: weigh(endpoint) / (endpoint.bulk?.max ?? 1), calls: 0 };
  });
  const chosen = choose(
    wants.map((want) => want.offers.map(({ id }) => id)),
    options,
  );
  return options.reduce((sum, { id, credits }) => sum + (chosen.includes(id) ? credits : 0), 0);
}
