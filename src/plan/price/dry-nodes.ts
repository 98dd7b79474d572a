/** The nodes that a dry run comes to, and who is looked at for what is wanted of them. */
import type { Endpoint } from '../../providers/provider.ts';
import type { Path } from '../analysis.ts';
import type { Look, Looker } from '../look.ts';
import type { GraphNode, Via } from '../node.ts';
import { paramsFor } from '../sources.ts';
import { byKey, eachOnce, type Offer, type Want, type Wants } from '../wants.ts';
import {
  firstPlaceOf,
  isLeading,
  lookAtOffer,
  toldBy,
  valueIn,
  type Note,
  type OfferNote,
  type Found,
} from './dry-note.ts';
import type { Reason } from './dry-reasons.ts';

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

/** To one endpoint. */
interface Questions {
  readonly params: object[];
  /** Of each: whose it is. */
  readonly of: OfferNote[];
}

export type Notes = ReturnType<typeof createNotes>;

export function createNotes(load: Looker) {
  const notes = new Map<GraphNode, Note>();

  const stand = ({ here, wants, leading }: Wanting): readonly Note[] => {
    const { at, via, items } = here;
    const different = eachOnce(wants);
    return items.map(({ source, reason }) => {
      const node = source as GraphNode;
      const standing = { at, wants: different, leading, via, rowCount: node.rows.length, reason };
      const known = notes.get(node);
      const note = known ?? { node, standings: [standing], looks: [], untold: different };
      if (known) known.standings.push(standing);
      else notes.set(node, note);
      return note;
    });
  };

  /** In the order of precedence, until somebody tells. */
  const look = async (level: ReadonlySet<Note>) => {
    for (const note of level) {
      if (note.standings.length > 1) note.untold = byKey(note.standings.flatMap(({ wants }) => wants));
    }
    let looking = [...level];
    for (let rank = 0; looking.length > 0; rank++) {
      const later = lookAt(rank, looking);
      if (later) await later;
      let alike: readonly Want[] = [];
      for (const note of looking) alike = note.untold = stillUntold(note, rank, alike);
      looking = looking.filter(({ untold }) => untold.some(({ offers }) => offers.length > rank + 1));
    }
  };

  /** In one go for each endpoint. Null: that is done. */
  const lookAt = (rank: number, looking: readonly Note[]): Promise<unknown> | null => {
    const questions = new Map<Endpoint, Questions>();
    let lacking: readonly Want[] = [];
    let next: readonly Next[] = [];
    for (let index = 0; index < looking.length; index++) {
      const note = looking[index]!;
      // Nodes that lack the same stand one after the other.
      if (note.untold !== lacking) {
        lacking = note.untold;
        const isAll = rank === 0 && note.standings.length === 1;
        next = (isAll ? firstOf(lacking) : nextOf(lacking, rank)).filter(
          ({ offer }) => !load.refusal(offer.source.asking.endpoint),
        );
      }
      for (let nth = 0; nth < next.length; nth++) {
        const { want, offer } = next[nth]!;
        const { endpoint } = offer.source.asking;
        let asked = questions.get(endpoint);
        if (!asked) questions.set(endpoint, (asked = { params: [], of: [] }));
        enter(asked, note, want, offer);
      }
    }
    const later: Promise<void>[] = [];
    for (const [endpoint, { params, of }] of questions) {
      const looks = load.look(endpoint, params);
      if (looks instanceof Promise)
        later.push(
          looks.then((then) => {
            keepAll(of, then);
          }),
        );
      else keepAll(of, looks);
    }
    return later.length > 0 ? Promise.all(later) : null;
  };

  return {
    all: (): IterableIterator<Note> => notes.values(),

    add: (level: readonly Wanting[]): Promise<void> => look(new Set(level.flatMap(stand))),

    /** What the fact is, as far as it is held; null: that is not known. */
    valueOf: (node: GraphNode, want: Want): Found | null => valueIn(notes.get(node)!, want),
  };
}

/** Who is next in precedence for a want. */
interface Next {
  readonly want: Want;
  readonly offer: Offer;
}

/** Of all that is wanted at a place, as long as that is known. */
const firsts = new WeakMap<readonly Want[], readonly Next[]>();

function firstOf(wants: readonly Want[]): readonly Next[] {
  let first = firsts.get(wants);
  if (!first) firsts.set(wants, (first = nextOf(wants, 0)));
  return first;
}

/** A call that several wants share is there once, unless it is about other nodes. */
function nextOf(wants: readonly Want[], rank: number): readonly Next[] {
  const next: Next[] = [];
  for (const want of wants) {
    const offer = want.offers[rank];
    if (!offer) continue;
    const { id, source } = offer;
    const isThere = next.some((known) => known.offer.id === id && known.offer.source.isAbout === source.isAbout);
    if (!isThere) next.push({ want, offer });
  }
  return next;
}

/** After all of this rank have been looked at. `alike`: what the node before it lacks, which is given again if this one lacks the same. */
function stillUntold(note: Note, rank: number, alike: readonly Want[]): readonly Want[] {
  const { untold } = note;
  const left: Want[] = [];
  for (let index = 0; index < untold.length; index++) {
    const want = untold[index]!;
    // Where it leads says whoever comes first; of all else it is enough that somebody tells.
    const heard = isLeading(note, want) ? lookedAt(note, want, rank + 1) : want.offers.length;
    if (!toldBy(note, want, heard)) left.push(want);
  }
  if (left.length === untold.length) return untold;
  return left.length === alike.length && left.every((want, index) => want === alike[index]) ? alike : left;
}

/** How many of the want's first offers have been looked at: these, and those behind them that other wants brought about. */
function lookedAt(note: Note, { offers }: Want, many: number): number {
  let looked = many;
  while (looked < offers.length && lookAtOffer(note, offers[looked]!.id)?.standings === note.standings.length) looked++;
  return looked;
}

/** Unless the offer cannot be asked about the node, or has been looked at already where it stands. */
function enter(asked: Questions, note: Note, want: Want, offer: Offer): void {
  const standings = note.standings.length;
  let of = lookAtOffer(note, offer.id);
  if (of?.standings === standings) return;
  const params = paramsFor(offer.source, note.node, want.args);
  if (!params) return;
  if (of) of.standings = standings;
  else {
    of = { offer, at: firstPlaceOf(note.standings, want), standings, looks: none, isOpen: false };
    note.looks.push(of);
  }
  asked.params.push(params);
  asked.of.push(of);
}

function keepAll(of: readonly OfferNote[], looks: readonly Look[]): void {
  for (let index = 0; index < of.length; index++) keep(of[index]!, looks[index]!);
}

const none: readonly Look[] = [];

function keep(of: OfferNote, now: Look): void {
  const { looks } = of;
  for (let index = 0; index < looks.length; index++) if (looks[index]!.key === now.key) return;
  of.looks = looks.length === 0 ? [now] : [...looks, now];
  of.isOpen ||= !now.held;
}
