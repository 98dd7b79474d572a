/** The nodes that a dry run comes to, and who is looked at for what is wanted of them. */
import type { Endpoint } from '../providers/provider.ts';
import type { Path } from './analysis.ts';
import { isLeading, toldBy, valueIn, type Note, type OfferNote, type Found, type Via } from './dry-note.ts';
import type { Reason } from './dry-reasons.ts';
import type { Look, Looker } from './look.ts';
import type { GraphNode } from './node.ts';
import type { Offer, Want, Wants } from './wants.ts';

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
    valueOf: (node: GraphNode, want: Want): Found | null => valueIn(notes.get(node)!, want),
  };
}

function eachOnce(wants: readonly Want[]): readonly Want[] {
  const different = new Map<string, Want>();
  for (const want of wants) if (!different.has(want.key)) different.set(want.key, want);
  return [...different.values()];
}

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
