/**
 * The rows of a window of a list whose pages hang together by cursors: each page says where the next one is, so that they
 * are asked for one after the other, and none that is not surely needed.
 */
import { listName } from './cursor.ts';

export interface LinkedPage<Row> {
  readonly rows: readonly Row[];
  /** Of the next page; null: there is none. */
  readonly nextCursor: string | null;
  readonly fetchedAt: number;
}

/** Where a walk goes on. */
export interface Place {
  /** The provider's cursor of the page; null: the first page. */
  readonly cursor: string | null;
  /** Of the row in the page, from 0. */
  readonly index: number;
  /** How many pages the walk has come to, this one included. */
  readonly pages: number;
  /** Names a page that it came through, by its cursor. Back there, it would go round for ever. */
  readonly mark: string;
}

export interface WalkedRow<Row> {
  readonly row: Row;
  /** Where the row after it is. */
  readonly next: Place;
}

export interface Walked<Row> {
  readonly rows: readonly WalkedRow<Row>[];
  readonly hasNextPage: boolean;
  /** Where to go on instead of after the last row; null but where the walk was given up. */
  readonly resume: Place | null;
  /** The oldest of the answers that it is made of. */
  readonly fetchedAt: number;
}

export const START: Place = { cursor: null, index: 0, pages: 1, mark: '' };

/** Pages without a new row that one window follows, in case there are rows after them. */
export const BARREN_MAX = 10;

/** A row is known by its id: one that the window has, or that stood before its beginning in the same page, is skipped. */
export async function walk<Row extends { id: string }>(
  load: (cursor: string | null) => Promise<LinkedPage<Row>>,
  from: Place,
  count: number,
): Promise<Walked<Row>> {
  const rows: WalkedRow<Row>[] = [];
  const seen = new Set<string>();
  let fetchedAt = Infinity;
  let barren = 0;
  for (let at = from; ;) {
    const page = await load(at.cursor);
    const onward = pageAfter(at, page.nextCursor);
    const wanted = count - rows.length;
    const fresh = newIn(page, at, seen);
    const last = fresh.at(-1);
    for (const index of fresh.slice(0, wanted)) {
      const next = index === last && onward ? onward : { ...at, index: index + 1 };
      rows.push({ row: page.rows[index]!, next });
    }
    fetchedAt = Math.min(fetchedAt, page.fetchedAt);
    const isDone = rows.length === count || !onward;
    if (isDone) return { rows, hasNextPage: fresh.length > wanted || onward !== null, resume: null, fetchedAt };
    if (fresh.length === 0 && ++barren === BARREN_MAX) return { rows, hasNextPage: true, resume: onward, fetchedAt };
    at = onward;
  }
}

/** The indexes of the page's rows, from that place on, that have not been seen; now they have. */
function newIn<Row extends { id: string }>({ rows }: LinkedPage<Row>, { index }: Place, seen: Set<string>): number[] {
  const fresh: number[] = [];
  rows.forEach(({ id }, at) => {
    if (at >= index && !seen.has(id)) fresh.push(at);
    seen.add(id);
  });
  return fresh;
}

/**
 * Null at the end, which is also where a cursor leads back. That is noticed as in Brent's algorithm: the mark is moved to the
 * 2nd, 4th, 8th ... page, and sooner or later every circle is as short as the way from there to the next.
 */
function pageAfter({ cursor, pages, mark }: Place, next: string | null): Place | null {
  if (next === null || next === cursor) return null;
  const name = listName(next);
  if (name === mark) return null;
  const isPowerOfTwo = ((pages + 1) & pages) === 0;
  return { cursor: next, index: 0, pages: pages + 1, mark: isPowerOfTwo ? name : mark };
}
