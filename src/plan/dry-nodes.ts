/** What is wanted of the nodes that a dry run comes to, and what is held of it: which calls are sure, and which are possible. */
import type { Endpoint } from '../providers/provider.ts';
import type { Path } from './analysis.ts';
import type { Reason } from './dry-reasons.ts';
import type { Look, Looker } from './look.ts';
import type { GraphNode } from './node.ts';
import type { Asking } from './sources.ts';
import { saidByRow, type Offer, type Want, type Wants } from './wants.ts';

/** The list whose rows led to the objects; null: none did. */
export type Via = Endpoint | null;

/** Of one node. */
export interface Note {
  readonly node: GraphNode;
  /** Where it stands. */
  readonly standings: NodeStanding[];
  /** By offer: the questions that it has been, which differ where the rows in hand did. */
  readonly looks: Map<string, OfferNote>;
}

interface NodeStanding {
  readonly at: Path;
  /** Each once. */
  readonly wants: readonly Want[];
  /** What the row that led there says of them. */
  readonly inRow: ReadonlySet<Want>;
  /** On account of what it stands there. */
  readonly reason: Reason;
}

export interface OfferNote {
  readonly offer: Offer;
  /** Where somebody wanted first what it could tell. */
  readonly at: Path;
  /** The fields' own ways of asking: those of them that can ask about the node. */
  readonly askings: Asking[];
  readonly looks: Look[];
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

/** Objects of one type at one place. */
export interface Standing {
  readonly at: Path;
  readonly type: string;
  readonly via: Via;
  /** Each object once, however often it stands there. */
  readonly items: readonly Item[];
}

export interface Item {
  readonly source: unknown;
  readonly reason: Reason;
}

/** Nodes at one place, and what is wanted of them. */
interface Wanting {
  readonly here: Standing;
  readonly wants: Wants;
}

interface Question {
  readonly offer: Offer;
  readonly params: object;
  readonly note: Note;
  readonly at: Path;
}

export type Notes = ReturnType<typeof createNotes>;

export function createNotes(load: Looker) {
  const notes = new Map<GraphNode, Note>();

  const noteOf = (node: GraphNode): Note => {
    let note = notes.get(node);
    if (!note) notes.set(node, (note = { node, standings: [], looks: new Map() }));
    return note;
  };

  /** What could be asked about the nodes, looked at in one go for each endpoint. */
  const look = async (level: readonly Wanting[]) => {
    const questions = new Map<Endpoint, Question[]>();
    for (const { here, wants } of level) {
      const { at, items } = here;
      const standing = items.map(({ source }) => noteOf(source as GraphNode));
      for (const { offer, args } of waysToAsk(wants)) {
        const { endpoint, params: paramsOf } = offer.source.asking;
        if (load.refusal(endpoint)) continue;
        const list = questions.get(endpoint) ?? [];
        questions.set(endpoint, list);
        for (const note of standing) {
          const params = paramsOf(note.node, args);
          if (params) list.push({ offer, params, note, at });
        }
      }
    }
    const looked = [...questions].map(async ([endpoint, asked]) => {
      const params = asked.map((each) => each.params);
      return { asked, looks: await load.look(endpoint, params) };
    });
    for (const { asked, looks } of await Promise.all(looked)) {
      for (const [index, { offer, note, at }] of asked.entries()) keep(note, offer, at, looks[index]!);
    }
  };

  const keep = ({ looks }: Note, offer: Offer, at: Path, now: Look) => {
    const { asking } = offer.source;
    const known = looks.get(offer.id);
    if (!known) looks.set(offer.id, { offer, at, askings: [asking], looks: [now] });
    else {
      if (!known.askings.includes(asking)) known.askings.push(asking);
      if (!known.looks.some(({ key }) => key === now.key)) known.looks.push(now);
    }
  };

  return {
    all: (): IterableIterator<Note> => notes.values(),

    add: async (level: readonly Wanting[]): Promise<void> => {
      await look(level);
      for (const { here, wants } of level) {
        const { at, via, items } = here;
        const different = [...new Map([...wants.values()].map((want) => [want.key, want])).values()];
        const sayable = different.filter(({ rows }) => rows.some(({ list }) => list === via));
        for (const { source, reason } of items) {
          const node = source as GraphNode;
          const said = sayable.filter((want) => isSaidIn(node, want, via));
          const inRow = said.length > 0 ? new Set(said) : noWants;
          noteOf(node).standings.push({ at, wants: different, inRow, reason });
        }
      }
    },

    /** What the fact is, as far as it is held; null: that is not known. */
    valueOf: (node: GraphNode, want: Want): { readonly value: unknown } | null => {
      const note = noteOf(node);
      const told = toldBy(note, want);
      if (told) return told;
      const said = saidByRow(node, want);
      if (said) return { value: said.value };
      return openOf(note, want).length > 0 ? null : { value: null };
    },
  };
}

const noWants: ReadonlySet<Want> = new Set();

/** What neither an answer that is held says, nor everywhere the row that led there. */
export function lacksOf(note: Note): readonly Lack[] {
  if (!hasOpen(note)) return [];
  const lacking = new Map<string, Lack & { isInRow: boolean; readonly reasons: Reason[] }>();
  for (const { at, wants, inRow, reason } of note.standings) {
    for (const want of wants) {
      const known = lacking.get(want.key);
      if (known) {
        known.isInRow &&= inRow.has(want);
        known.reasons.push(reason);
      } else if (!toldBy(note, want)) {
        const open = openOf(note, want);
        if (open.length > 0) lacking.set(want.key, { want, at, open, isInRow: inRow.has(want), reasons: [reason] });
      }
    }
  }
  return [...lacking.values()].filter(({ isInRow }) => !isInRow);
}

function hasOpen({ looks }: Note): boolean {
  for (const each of looks.values()) if (isOpen(each)) return true;
  return false;
}

/** The different calls that could tell the wants of a node, each with what it is asked by. */
function waysToAsk(wants: Wants) {
  const ways: { readonly offer: Offer; readonly args: object }[] = [];
  const seen = new Map<Asking, Set<string>>();
  for (const { offers, args } of wants.values()) {
    for (const offer of offers) {
      const { asking } = offer.source;
      const ids = seen.get(asking) ?? new Set();
      seen.set(asking, ids);
      if (ids.size < ids.add(offer.id).size) ways.push({ offer, args });
    }
  }
  return ways;
}

/** What an answer that is held says; null: none does. */
function toldBy({ node, looks }: Note, want: Want): { readonly value: unknown } | null {
  for (const { id, source } of want.offers) {
    const known = looks.get(id);
    // Asked in another way, it may say otherwise.
    if (!known?.askings.includes(source.asking) || isOpen(known)) continue;
    for (const { held } of known.looks) {
      if (held!.data === null && source.asking.endpoint.isPartial) continue;
      // Nobody else is asked about an unknown id.
      if (held!.data === null) return { value: null };
      const value = picked(node, want, source, held!.data as object);
      if (value !== undefined) return { value };
    }
  }
  return null;
}

/** The offers of the want that are not held. What an endpoint is asked for the sake of other facts is none of them. */
function openOf({ looks }: Note, want: Want): readonly OfferNote[] {
  const open: OfferNote[] = [];
  for (const { id, source } of want.offers) {
    const known = looks.get(id);
    if (known?.askings.includes(source.asking) && isOpen(known)) open.push(known);
  }
  return open;
}

const isOpen = ({ looks }: OfferNote): boolean => looks.some(({ held }) => !held);

/** Wrong data is no word. */
function picked(node: GraphNode, { args }: Want, { pick }: Offer['source'], data: object): unknown {
  try {
    return pick(data, args, node);
  } catch {
    return undefined;
  }
}

function isSaidIn(node: GraphNode, { rows }: Want, via: Via): boolean {
  return rows.some(
    ({ list, pick }) =>
      list === via && node.rows.some((held) => held.list === list && pick(held.row, node) !== undefined),
  );
}
