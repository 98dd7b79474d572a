/** What has to be bought for the nodes that a dry run comes to: surely, possibly, and in the regular course of things. */
import type { Endpoint } from '../providers/provider.ts';
import type { Path } from './analysis.ts';
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

/** The least that is to be bought, by what is counted of an endpoint's calls. */
export type AtLeast = (weigh: (endpoint: Endpoint) => number) => number;

export interface Purchases {
  readonly atLeast: AtLeast;
  /** Nodes that want the same, and who could tell it. */
  readonly nodeSets: readonly NodeSet[];
  /** Whether the objects stand where they do whatever is bought. */
  readonly isCertain: (reason: Reason) => boolean;
}

/** A want of a node that may have to be bought. */
interface Lack extends WantNote {
  readonly open: readonly OfferNote[];
}

/** Nodes that lack the same at the same place. */
interface Alike {
  readonly type: string;
  readonly at: Path;
  readonly wants: readonly Want[];
  count: number;
}

export function createPurchases({ notes, tally, askedKeys, listsComing }: Options): Purchases {
  const lacks = new Map<GraphNode, readonly Lack[]>();
  /** Whom a node may yet be asked about. */
  const possible = new Map<GraphNode, ReadonlySet<string>>();
  for (const note of notes.all()) {
    const lacking = lacksOf(note);
    lacks.set(note.node, lacking);
    if (lacking.length === 0) continue;
    possible.set(note.node, new Set(lacking.flatMap(({ open }) => open.map(({ offer }) => offer.id))));
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

  const isAsked = ({ looks }: OfferNote) => looks.some(({ key }) => askedKeys.has(key));
  /** Neither a row nor a field that asks by itself says it. */
  const isUntold = (node: GraphNode, { want, open }: Lack) => !open.some(isAsked) && !saidByRow(node, want);
  const isSure = ({ looks }: Note, { want, open, reasons }: Lack): boolean =>
    !open.some((each) => each.looks.some(({ isComing }) => isComing)) &&
    // What has been asked in two ways may be held in one.
    want.offers.every(({ id }) => (looks.get(id)?.looks.length ?? 1) === 1) &&
    !want.rows.some(({ list }) => listsComing.has(list)) &&
    reasons.some(isCertain);

  const sure = createGroups();
  const regular = createGroups();
  /** Of one thing in two markets, what is asked may be the same. */
  const things = new Set<string>();
  const bought = new Set(askedKeys);
  for (const note of notes.all()) {
    const { node } = note;
    for (const { offer, at, looks } of note.looks.values()) {
      for (const look of looks) tally.look(offer.source.asking.endpoint, at, look);
    }
    const lacking = lacks.get(node)!;
    for (const { open } of lacking) {
      for (const { offer, at, looks } of open) {
        const { endpoint } = offer.source.asking;
        for (const { key, held } of looks) {
          if (held || bought.size === bought.add(key).size) continue;
          tally.add('max', endpoint, at, { calls: 1, credits: endpoint.credits });
        }
      }
    }
    const untold = lacking.filter((lack) => isUntold(node, lack));
    regular.enter(node, untold);
    const surely = untold.filter((lack) => isSure(note, lack));
    if (surely.length > 0 && things.size < things.add(`${node.type} ${node.id}`).size) sure.enter(node, surely);
  }
  describe(notes, tally);
  tallyForced(sure.all(), tally);

  return {
    nodeSets: tallyRegular(regular.all(), tally),
    isCertain,
    atLeast: (weigh) => sure.all().reduce((sum, group) => sum + group.count * cheapest(group.wants, weigh), 0),
  };
}

function lacksOf(note: Note): Lack[] {
  const lacking: Lack[] = [];
  for (const each of note.wants.values()) {
    if (each.isInRow) continue;
    const open = openOf(note, each.want);
    if (open.length > 0 && !toldBy(note, each.want)) lacking.push({ ...each, open });
  }
  return lacking;
}

/** What could be asked for which fields: told once for all nodes at a place. */
function describe(notes: Notes, tally: Tally): void {
  const described = new Map<Path, Set<Want>>();
  for (const { wants, looks } of notes.all()) {
    for (const { want, at, places } of wants.values()) {
      const there = described.get(at) ?? new Set();
      described.set(at, there);
      if (there.size === there.add(want).size && places.size === 1) continue;
      for (const { id } of want.offers) {
        const known = looks.get(id);
        if (known) tally.describe(known.offer.source.asking.endpoint, at, { fields: [want.field], places });
      }
    }
  }
}

function createGroups() {
  const groups = new Map<string, Alike>();
  return {
    enter: ({ type }: GraphNode, lacking: readonly Lack[]): void => {
      const [first] = lacking;
      if (!first) return;
      let key = type;
      for (const { want, open } of lacking) {
        key += `\n${want.key}`;
        for (const { offer } of open) key += `\t${offer.id}`;
      }
      const known = groups.get(key);
      if (known) known.count++;
      else {
        const wants = lacking.map(({ want, open }) => ({ ...want, offers: open.map(({ offer }) => offer) }));
        groups.set(key, { type, at: first.at, wants, count: 1 });
      }
    },
    all: (): readonly Alike[] => [...groups.values()],
  };
}

/** Who alone can tell something. */
function tallyForced(groups: readonly Alike[], tally: Tally): void {
  for (const { at, wants, count } of groups) {
    const alone = wants.flatMap(({ offers }) => (offers.length === 1 ? offers : []));
    for (const { source } of new Map(alone.map((offer) => [offer.id, offer])).values()) {
      const { endpoint } = source.asking;
      const calls = count / (endpoint.bulk?.max ?? 1);
      tally.add('min', endpoint, at, { calls, credits: calls * endpoint.credits });
    }
  }
}

/** As the operation will choose, if whoever is asked tells. */
function tallyRegular(groups: readonly Alike[], tally: Tally): NodeSet[] {
  const sharers = new Map<string, number>();
  for (const { wants, count } of groups) {
    const ids = new Set(wants.flatMap(({ offers }) => offers.map(({ id }) => id)));
    for (const id of ids) sharers.set(id, (sharers.get(id) ?? 0) + count);
  }
  return groups.map(({ type, at, wants, count }) => {
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
}

/** For one node, with its share in a request for several. */
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
