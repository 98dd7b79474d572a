/** What has to be bought for the nodes that a dry run comes to: surely, possibly, and in the regular course of things. */
import type { Endpoint } from '../../providers/provider.ts';
import type { Path } from '../analysis.ts';
import { choose } from '../choose.ts';
import { noneFree, purchasesFor } from '../group.ts';
import type { GraphNode } from '../node.ts';
import { saidByRow, type Offer, type Want } from '../wants.ts';
import type { Notes } from './dry-nodes.ts';
import { lacksOf, lookAtOffer, type Lack, type NodeStanding, type Note, type OfferNote } from './dry-note.ts';
import { createCertainty, type IsCertain } from './dry-reasons.ts';
import type { AtWorst } from './estimate.ts';
import type { Tally } from './preview-tally.ts';

interface Options {
  readonly notes: Notes;
  readonly tally: Tally;
  /** The questions that fields ask by themselves: what they tell besides is bought with them. */
  readonly askedKeys: ReadonlySet<string>;
  /** Lists of which rows may yet come. */
  readonly listsComing: ReadonlySet<Endpoint>;
  readonly atWorst: AtWorst;
}

/** The least that is to be bought, by what is counted of an endpoint's calls. */
export type AtLeast = (weigh: (endpoint: Endpoint) => number) => number;

export interface Purchases {
  readonly atLeast: AtLeast;
  readonly isCertain: IsCertain;
}

/** Nodes that lack the same at the same place. */
interface Group {
  readonly type: string;
  readonly at: Path;
  readonly wants: readonly Want[];
  /** By offer: where it is asked for. */
  readonly places: ReadonlyMap<string, Path>;
  count: number;
}

/** Where it is asked for: there the calls count. */
type PlaceOf = (of: OfferNote) => Path;

export function createPurchases({ notes, tally, askedKeys, listsComing, atWorst }: Options): Purchases {
  const lacks = new Map<Note, readonly Lack[]>();
  /** Whom a node may yet be asked about. */
  const possible = new Map<GraphNode, ReadonlySet<string>>();
  for (const note of notes.all()) {
    const lacking = lacksOf(note);
    if (lacking.length === 0) continue;
    lacks.set(note, lacking);
    possible.set(note.node, new Set(lacking.flatMap(({ open }) => open.map(({ offer }) => offer.id))));
  }

  const isCertain = createCertainty(possible);
  const isAsked = ({ looks }: OfferNote) => looks.some(({ key }) => askedKeys.has(key));
  /** Neither a row nor a field that asks by itself says it. */
  const isUntold = (node: GraphNode, { want, open }: Lack) => !open.some(isAsked) && !saidByRow(node, want);
  const isSure = (note: Note, { want, open, reasons }: Lack): boolean =>
    !open.some((each) => each.looks.some(({ isComing }) => isComing)) &&
    // What has been asked in two ways may be held in one.
    want.offers.every(({ id }) => (lookAtOffer(note, id)?.looks.length ?? 1) === 1) &&
    !want.rows.some(({ list }) => listsComing.has(list)) &&
    reasons.some((reason) => isCertain(reason));

  /** By question: where it was met first, of all nodes. */
  const places = new Map<string, Path>();
  const placeOf: PlaceOf = ({ at, looks }) => {
    const met = looks.find(({ key, held }) => !held && places.has(key));
    return met ? places.get(met.key) : at;
  };

  const sure = createGroups(placeOf);
  const regular = createGroups(placeOf);
  /** Of one thing in two markets, what is asked may be the same. */
  const surely = new Set<string>();
  const isNew = ({ open }: Lack) => !keysOf(open).some((key) => surely.has(key));
  for (const note of notes.all()) {
    const { node } = note;
    tallyHeld(note, tally);
    const lacking = lacks.get(note);
    if (!lacking) continue;
    for (const { at, open } of lacking) {
      for (const { offer, looks } of open) {
        const { endpoint } = offer.source.asking;
        for (const look of looks) {
          if (look.held) continue;
          tally.look(endpoint, at, look);
          if (places.has(look.key)) continue;
          places.set(look.key, at);
          if (askedKeys.has(look.key)) continue;
          const polls = atWorst.pollsFor(endpoint);
          const credits = endpoint.credits + polls * atWorst.pollCredits;
          tally.add('max', endpoint, at, { calls: 1 + polls, credits });
        }
      }
    }
    const untold = lacking.filter((lack) => isUntold(node, lack));
    regular.enter(node, untold);
    const needed = untold.filter((lack) => isSure(note, lack) && isNew(lack));
    sure.enter(node, needed);
    for (const { open } of needed) for (const key of keysOf(open)) surely.add(key);
  }
  describe(notes, tally, placeOf);
  tallyForced(sure.all(), tally);
  tallyRegular(regular.all(), tally);

  return {
    isCertain,
    atLeast: (weigh) => sure.all().reduce((sum, group) => sum + group.count * cheapest(group.wants, weigh), 0),
  };
}

function tallyHeld({ looks }: Note, tally: Tally): void {
  for (let index = 0; index < looks.length; index++) {
    const { offer, at, looks: known } = looks[index]!;
    for (let nth = 0; nth < known.length; nth++) {
      if (known[nth]!.held) tally.look(offer.source.asking.endpoint, at, known[nth]!);
    }
  }
}

const keysOf = (open: readonly OfferNote[]): readonly string[] =>
  open.flatMap(({ looks }) => looks.map(({ key }) => key));

/** For which fields who is asked: told once for all nodes that stand in one place alone, and of whom the same is asked there. */
function describe(notes: Notes, tally: Tally, placeOf: PlaceOf): void {
  // Nodes of one place come one after the other.
  let here: Path;
  const described = new Set<string>();
  for (const { standings, looks } of notes.all()) {
    const isAlone = standings.length === 1;
    const [{ at }] = standings as [NodeStanding];
    if (at !== here) described.clear();
    here = at;
    for (const look of looks) {
      const place = placeOf(look);
      if (isAlone && place === here && described.size === described.add(look.offer.id).size) continue;
      describeOffer(look.offer, place, standings, tally);
    }
  }
}

function describeOffer({ id, source }: Offer, place: Path, standings: readonly NodeStanding[], tally: Tally): void {
  const { endpoint } = source.asking;
  for (const { at, wants } of standings) {
    for (const want of wants) {
      if (isOffered(want, id)) tally.describe(endpoint, place, want.field, at);
    }
  }
}

function isOffered({ offers }: Want, id: string): boolean {
  for (const offer of offers) if (offer.id === id) return true;
  return false;
}

function createGroups(placeOf: PlaceOf) {
  const groups = new Map<string, Group>();
  const numbers = new Map<Path, number>();
  const placeNumber = (at: Path): number => {
    let number = numbers.get(at);
    if (number === undefined) numbers.set(at, (number = numbers.size));
    return number;
  };
  return {
    enter: ({ type }: GraphNode, lacking: readonly Lack[]): void => {
      const [first] = lacking;
      if (!first) return;
      let key = type;
      for (const { want, open } of lacking) {
        key += `\n${want.key}`;
        for (const each of open) key += `\t${each.offer.id} ${placeNumber(placeOf(each))}`;
      }
      const known = groups.get(key);
      if (known) known.count++;
      else {
        const wants = lacking.map(({ want, open }) => ({ ...want, offers: open.map(({ offer }) => offer) }));
        const places = new Map(
          lacking.flatMap(({ open }) => open.map((each) => [each.offer.id, placeOf(each)] as const)),
        );
        groups.set(key, { type, at: first.at, wants, places, count: 1 });
      }
    },
    all: (): readonly Group[] => [...groups.values()],
  };
}

/** Who alone can tell something. */
function tallyForced(groups: readonly Group[], tally: Tally): void {
  for (const { wants, places, count } of groups) {
    const alone = wants.flatMap(({ offers }) => (offers.length === 1 ? offers : []));
    for (const { id, source } of new Map(alone.map((offer) => [offer.id, offer])).values()) {
      const { endpoint } = source.asking;
      const calls = count / (endpoint.bulk?.max ?? 1);
      tally.add('min', endpoint, places.get(id), { calls, credits: calls * endpoint.credits });
    }
  }
}

/** As the operation will choose, if whoever is asked tells. */
function tallyRegular(groups: readonly Group[], tally: Tally): void {
  const sharers = new Map<string, number>();
  for (const { wants, count } of groups) {
    const ids = new Set(wants.flatMap(({ offers }) => offers.map(({ id }) => id)));
    for (const id of ids) sharers.set(id, (sharers.get(id) ?? 0) + count);
  }
  for (const { type, at, wants, places, count } of groups) {
    const alike = { count, wants, free: noneFree, sharers };
    const nodeSet = { type, at, alike };
    for (const { id, source } of purchasesFor(alike)) {
      const { endpoint } = source.asking;
      const all = endpoint.bulk ? sharers.get(id)! : count;
      const calls = (Math.ceil(all / (endpoint.bulk?.max ?? 1)) * count) / all;
      const place = places.get(id);
      tally.count(endpoint, place, count);
      tally.choose(endpoint, place, { offer: id, nodeSet });
      tally.add('likely', endpoint, place, { calls, credits: calls * endpoint.credits });
    }
  }
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
