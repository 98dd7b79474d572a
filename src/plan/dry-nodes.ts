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

interface Standing {
  readonly node: GraphNode;
  readonly reason: Reason;
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
  const look = async (nodes: readonly GraphNode[], at: Path, wants: readonly Want[]) => {
    const questions = new Map<Endpoint, { readonly offer: Offer; readonly params: object; readonly note: Note }[]>();
    const seen = new Map<Asking, Set<string>>();
    for (const { offer, args } of wants.flatMap(({ offers, args: given }) =>
      offers.map((each) => ({ offer: each, args: given })),
    )) {
      const { asking } = offer.source;
      const { endpoint, params: paramsOf } = asking;
      const ids = seen.get(asking) ?? new Set();
      seen.set(asking, ids);
      if (ids.size === ids.add(offer.id).size || load.refusal(endpoint)) continue;
      const list = questions.get(endpoint) ?? [];
      questions.set(endpoint, list);
      for (const node of nodes) {
        const params = paramsOf(node, args);
        if (params) list.push({ offer, params, note: noteOf(node) });
      }
    }
    const looked = [...questions].map(async ([endpoint, asked]) => {
      const looks = await load.look(
        endpoint,
        asked.map(({ params }) => params),
      );
      asked.forEach(({ offer, note }, index) => {
        keep(note, offer, at, looks[index]!);
      });
    });
    await Promise.all(looked);
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

    add: async (standing: readonly Standing[], at: Path, wants: Wants, via: Via): Promise<void> => {
      const wanted = [...new Map([...wants.values()].map((want) => [want.key, want])).values()];
      await look(
        standing.map(({ node }) => node),
        at,
        wanted,
      );
      for (const { node, reason } of standing) addTo(noteOf(node), wanted, at, via, reason);
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
