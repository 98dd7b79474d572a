/** What is wanted of the nodes that a dry run comes to, and what is held of it: which calls are sure, and which are possible. */
import type { Endpoint } from '../providers/provider.ts';
import type { Path } from './analysis.ts';
import type { Reason } from './dry-walk.ts';
import type { Look, Looker } from './look.ts';
import type { GraphNode } from './node.ts';
import type { Asking } from './sources.ts';
import { saidByRow, type Offer, type Want, type Wants } from './wants.ts';

/** The list whose rows led to the objects; null: none did. */
export type Via = Endpoint | null;

/** Of one node. */
export interface Note {
  readonly node: GraphNode;
  readonly wants: Map<string, WantNote>;
  /** By offer: the questions that it has been, which differ where the rows in hand did. */
  readonly looks: Map<string, OfferNote>;
}

export interface OfferNote {
  readonly offer: Offer;
  /** Where somebody wanted first what it could tell. */
  readonly at: Path;
  /** The fields' own ways of asking: those of them that can ask about the node. */
  readonly askings: Set<Asking>;
  readonly looks: Look[];
}

export interface WantNote {
  readonly want: Want;
  /** Where it was met first. */
  readonly at: Path;
  readonly places: Set<Path>;
  /** Wherever it is wanted, the row that led there says it. */
  isInRow: boolean;
  /** On account of what the node stands where it is wanted, for each place. */
  readonly reasons: Reason[];
}

/** Nodes at one place. */
interface Wanting {
  readonly at: Path;
  readonly wants: Wants;
  readonly via: Via;
  readonly nodes: readonly { readonly node: GraphNode; readonly reason: Reason }[];
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
    if (!note) notes.set(node, (note = { node, wants: new Map(), looks: new Map() }));
    return note;
  };

  /** What could be asked about the nodes, looked at in one go for each endpoint. */
  const look = async (level: readonly Wanting[]) => {
    const questions = new Map<Endpoint, Question[]>();
    for (const { nodes, at, wants } of level) {
      for (const { offer, args } of waysToAsk(wants)) {
        const { endpoint, params: paramsOf } = offer.source.asking;
        if (load.refusal(endpoint)) continue;
        const list = questions.get(endpoint) ?? [];
        questions.set(endpoint, list);
        for (const { node } of nodes) {
          const params = paramsOf(node, args);
          if (params) list.push({ offer, params, note: noteOf(node), at });
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
    const known = looks.get(offer.id);
    if (!known) looks.set(offer.id, { offer, at, askings: new Set([offer.source.asking]), looks: [now] });
    else {
      known.askings.add(offer.source.asking);
      if (!known.looks.some(({ key }) => key === now.key)) known.looks.push(now);
    }
  };

  const addTo = ({ node, wants: known }: Note, wants: readonly Want[], at: Path, via: Via, reason: Reason) => {
    for (const want of wants) {
      const isInRow = via !== null && isSaidIn(node, want, via);
      const before = known.get(want.key);
      if (!before) known.set(want.key, { want, at, places: new Set([at]), isInRow, reasons: [reason] });
      else {
        before.places.add(at);
        before.isInRow &&= isInRow;
        before.reasons.push(reason);
      }
    }
  };

  return {
    all: (): IterableIterator<Note> => notes.values(),

    add: async (level: readonly Wanting[]): Promise<void> => {
      await look(level);
      for (const { nodes, at, wants, via } of level) {
        const wanted = [...new Map([...wants.values()].map((want) => [want.key, want])).values()];
        for (const { node, reason } of nodes) addTo(noteOf(node), wanted, at, via, reason);
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

/** The different ones. */
function waysToAsk(wants: Wants) {
  const ways: { readonly offer: Offer; readonly args: object }[] = [];
  for (const { offers, args } of wants.values()) {
    for (const offer of offers) {
      const isKnown = ways.some((way) => way.offer.id === offer.id && way.offer.source.asking === offer.source.asking);
      if (!isKnown) ways.push({ offer, args });
    }
  }
  return ways;
}

/** What an answer that is held says; null: none does. */
export function toldBy({ node, looks }: Note, want: Want): { readonly value: unknown } | null {
  for (const { id, source } of want.offers) {
    const known = looks.get(id);
    // Asked in another way, it may say otherwise.
    if (!known?.askings.has(source.asking) || isOpen(known)) continue;
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
export function openOf({ looks }: Note, want: Want): readonly OfferNote[] {
  const open: OfferNote[] = [];
  for (const { id, source } of want.offers) {
    const known = looks.get(id);
    if (known?.askings.has(source.asking) && isOpen(known)) open.push(known);
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

function isSaidIn(node: GraphNode, { rows }: Want, via: Endpoint): boolean {
  return rows.some(
    ({ list, pick }) =>
      list === via && node.rows.some((held) => held.list === list && pick(held.row, node) !== undefined),
  );
}
