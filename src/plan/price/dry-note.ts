/** What a dry run knows of a node: where it stands, what is wanted of it there, and what is held of that. */
import type { Path } from '../analysis.ts';
import type { Look } from '../look.ts';
import type { GraphNode, Via } from '../node.ts';
import { saidByRow, type Offer, type Want } from '../wants.ts';
import type { Reason } from './dry-reasons.ts';

/** Of one node. */
export interface Note {
  readonly node: GraphNode;
  /** Where it stands. */
  readonly standings: NodeStanding[];
  /** By offer, which are few. Who comes after one that tells is not looked at. */
  readonly looks: OfferNote[];
  /** The wants that no answer says which is held. */
  untold: readonly Want[];
}

export interface NodeStanding {
  readonly at: Path;
  /** Each once. */
  readonly wants: readonly Want[];
  /** Those that lead to something that may cost. */
  readonly leading: readonly Want[];
  /** The list whose row led there. */
  readonly via: Via;
  /** So many rows were in hand when it was met. */
  readonly rowCount: number;
  /** On account of what it stands there. */
  readonly reason: Reason;
}

export interface OfferNote {
  readonly offer: Offer;
  /** Where somebody wanted first what it could tell. */
  readonly at: Path;
  /** In so many places the node stood when it was looked at last: there may be other rows in hand since. */
  standings: number;
  /** What is known of the questions that it came to, each once. */
  looks: readonly Look[];
  /** Whether not all of that is held. */
  isOpen: boolean;
}

/** A want of a node that may have to be bought. */
export interface Lack {
  readonly want: Want;
  /** Where it was met first. */
  readonly at: Path;
  /** On account of what the node stands where it is wanted, for each place. */
  readonly reasons: readonly Reason[];
  readonly open: readonly OfferNote[];
}

/** Undefined: it has not been looked at. */
export function lookAtOffer({ looks }: Note, id: string): OfferNote | undefined {
  for (let index = 0; index < looks.length; index++) if (looks[index]!.offer.id === id) return looks[index];
  return undefined;
}

/** Where the fact was wanted first. */
export function firstPlaceOf(standings: readonly NodeStanding[], want: Want): Path {
  for (let index = 0; index < standings.length; index++) {
    const { at, wants } = standings[index]!;
    if (isAmong(wants, want)) return at;
  }
  return undefined;
}

export function isLeading({ standings }: Note, want: Want): boolean {
  for (let index = 0; index < standings.length; index++) if (isAmong(standings[index]!.leading, want)) return true;
  return false;
}

function isAmong(wants: readonly Want[], { key }: Want): boolean {
  for (let index = 0; index < wants.length; index++) if (wants[index]!.key === key) return true;
  return false;
}

/** What neither an answer that is held says, nor everywhere the row that led there. */
export function lacksOf(note: Note): readonly Lack[] {
  if (note.untold.length === 0) return [];
  const untold = new Set(note.untold.map(({ key }) => key));
  const lacking = new Map<string, Lack & { isInRow: boolean; readonly reasons: Reason[] }>();
  for (const standing of note.standings) {
    const { at, wants, reason } = standing;
    for (const want of wants) {
      if (!untold.has(want.key)) continue;
      const known = lacking.get(want.key);
      if (known) {
        known.isInRow &&= isInRow(note, standing, want);
        known.reasons.push(reason);
      } else {
        const open = openOf(note, want);
        if (open.length === 0) continue;
        lacking.set(want.key, { want, at, open, isInRow: isInRow(note, standing, want), reasons: [reason] });
      }
    }
  }
  return [...lacking.values()].filter(({ isInRow }) => !isInRow);
}

export interface Found {
  readonly value: unknown;
}

/** What the fact is, as far as it is held; null: that is not known. */
export function valueIn(note: Note, want: Want): Found | null {
  const told = toldBy(note, want, want.offers.length);
  if (told) return told;
  const said = saidByRow(note.node, want);
  if (said) return { value: said.value };
  return openOf(note, want).length > 0 ? null : { value: null };
}

/** What an answer that is held says, of the first so many offers; null: none does. */
export function toldBy(note: Note, want: Want, many: number): Found | null {
  for (let rank = 0; rank < many && rank < want.offers.length; rank++) {
    const { id, source } = want.offers[rank]!;
    const known = lookAtOffer(note, id);
    if (!known || known.isOpen || source.isAbout?.(note.node) === false) continue;
    for (let index = 0; index < known.looks.length; index++) {
      const { held } = known.looks[index]!;
      if (held!.data === null && source.asking.endpoint.isPartial) continue;
      // Nobody else is asked about an unknown id.
      if (held!.data === null) return { value: null };
      const value = picked(note.node, want, source, held!.data as object);
      if (value !== undefined) return { value };
    }
  }
  return null;
}

/** The offers of the want that are not held. What an endpoint is asked for the sake of other facts is none of them. */
function openOf(note: Note, want: Want): readonly OfferNote[] {
  const open: OfferNote[] = [];
  for (const { id, source } of want.offers) {
    const known = lookAtOffer(note, id);
    if (known?.isOpen && source.isAbout?.(note.node) !== false) open.push(known);
  }
  return open;
}

/** Wrong data is no word. */
function picked(node: GraphNode, { args }: Want, { pick }: Offer['source'], data: object): unknown {
  try {
    return pick(data, args, node);
  } catch {
    return undefined;
  }
}

/** Whether a row of the list that led there says it. */
function isInRow({ node }: Note, { via, rowCount }: NodeStanding, { rows }: Want): boolean {
  const inHand = node.rows.slice(0, rowCount).filter(({ list }) => list === via);
  return rows.some(({ list, pick }) => list === via && inHand.some(({ row }) => pick(row, node) !== undefined));
}
