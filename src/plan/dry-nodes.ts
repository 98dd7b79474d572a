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
  /** By offer. Who comes after one that tells is not looked at. */
  readonly looks: Map<string, OfferNote>;
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
  /** The fields' own ways of asking: those of them that can ask about the node. */
  readonly askings: Asking[];
  /** The questions that it has been, which differ where the rows in hand did. */
  readonly params: object[];
  /** What is known of them, each once. */
  looks: readonly Look[];
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

/** Objects at one place, and what is wanted of them: of nodes alone. */
export interface Wanting {
  readonly here: Standing;
  readonly wants: Wants;
  /** Those that lead to something that may cost. */
  readonly leading: readonly Want[];
}

interface Question {
  readonly params: object;
  readonly of: OfferNote;
}

export type Notes = ReturnType<typeof createNotes>;

export function createNotes(load: Looker) {
  const notes = new Map<GraphNode, Note>();

  const stand = ({ here, wants, leading }: Wanting): readonly Note[] => {
    const { at, via, items } = here;
    const different = eachOnce([...wants.values()]);
    return items.map(({ source, reason }) => {
      const node = source as GraphNode;
      const standing = { at, wants: different, leading, via, rowCount: node.rows.length, reason };
      const known = notes.get(node);
      const note = known ?? { node, standings: [standing], looks: new Map(), untold: different };
      if (known) known.standings.push(standing);
      else notes.set(node, note);
      return note;
    });
  };

  /** In the order of precedence, until somebody tells. */
  const look = async (level: ReadonlySet<Note>) => {
    for (const note of level) {
      if (note.standings.length > 1) note.untold = eachOnce(note.standings.flatMap(({ wants }) => wants));
    }
    let looking = [...level];
    for (let rank = 0; looking.length > 0; rank++) {
      await lookAt(rank, looking);
      for (const note of looking) {
        // Where it leads says whoever comes first; of all else it is enough that somebody tells.
        const heard = (want: Want) => (isLeading(note, want) ? rank + 1 : want.offers.length);
        note.untold = note.untold.filter((want) => !toldBy(note, want, heard(want)));
      }
      looking = looking.filter(({ untold }) => untold.some(({ offers }) => offers.length > rank + 1));
    }
  };

  /** In one go for each endpoint. */
  const lookAt = async (rank: number, looking: readonly Note[]) => {
    const questions = new Map<Endpoint, Question[]>();
    for (const note of looking) {
      for (const want of note.untold) {
        const offer = want.offers[rank];
        if (!offer || load.refusal(offer.source.asking.endpoint)) continue;
        const question = questionOf(note, want, offer);
        if (!question) continue;
        const { endpoint } = offer.source.asking;
        const before = questions.get(endpoint);
        if (before) before.push(question);
        else questions.set(endpoint, [question]);
      }
    }
    const looked = [...questions].map(async ([endpoint, asked]) => {
      const looks = await load.look(
        endpoint,
        asked.map(({ params }) => params),
      );
      asked.forEach(({ of }, index) => {
        keep(of, looks[index]!);
      });
    });
    await Promise.all(looked);
  };

  return {
    all: (): IterableIterator<Note> => notes.values(),

    add: (level: readonly Wanting[]): Promise<void> => look(new Set(level.flatMap(stand))),

    /** What the fact is, as far as it is held; null: that is not known. */
    valueOf: (node: GraphNode, want: Want): { readonly value: unknown } | null => {
      const note = notes.get(node)!;
      const told = toldBy(note, want);
      if (told) return told;
      const said = saidByRow(node, want);
      if (said) return { value: said.value };
      return openOf(note, want).length > 0 ? null : { value: null };
    },
  };
}

function eachOnce(wants: readonly Want[]): readonly Want[] {
  const different = new Map<string, Want>();
  for (const want of wants) if (!different.has(want.key)) different.set(want.key, want);
  return [...different.values()];
}

const isLeading = ({ standings }: Note, { key }: Want): boolean =>
  standings.some(({ leading }) => leading.some((want) => want.key === key));

/** Null: the offer cannot be asked about the node, or has been looked at already. */
function questionOf({ node, standings, looks }: Note, want: Want, offer: Offer): Question | null {
  const { asking } = offer.source;
  const known = looks.get(offer.id);
  const isKnown = known?.askings.includes(asking) === true;
  // Where it stands anew there may be other rows in hand.
  if (isKnown && standings.length === 1) return null;
  const params = asking.params(node, want.args);
  if (!params) return null;
  if (!known) {
    const { at } = standings.find(({ wants }) => wants.includes(want))!;
    const of: OfferNote = { offer, at, askings: [asking], params: [params], looks: [] };
    looks.set(offer.id, of);
    return { params, of };
  }
  if (!isKnown) known.askings.push(asking);
  if (known.params.some((before) => isAlike(before, params))) return null;
  known.params.push(params);
  return { params, of: known };
}

function keep(of: OfferNote, now: Look): void {
  if (!of.looks.some(({ key }) => key === now.key)) of.looks = [...of.looks, now];
}

function isAlike(one: object, other: object): boolean {
  const entries = Object.entries(one);
  return (
    entries.length === Object.keys(other).length &&
    entries.every(([key, value]) => (other as Record<string, unknown>)[key] === value)
  );
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

/** What an answer that is held says, of the first so many offers; null: none does. */
function toldBy({ node, looks }: Note, want: Want, many = want.offers.length): { readonly value: unknown } | null {
  for (let rank = 0; rank < many && rank < want.offers.length; rank++) {
    const { id, source } = want.offers[rank]!;
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

/** Whether a row of the list that led there says it. */
function isInRow({ node }: Note, { via, rowCount }: NodeStanding, { rows }: Want): boolean {
  const inHand = node.rows.slice(0, rowCount).filter(({ list }) => list === via);
  return rows.some(({ list, pick }) => list === via && inHand.some(({ row }) => pick(row, node) !== undefined));
}
