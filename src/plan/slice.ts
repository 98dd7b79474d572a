/**
 * The rows of a window, from the fewest pages: those in hand first, then those that must be bought.
 *
 * The largest page is not documented anywhere, so a provider may serve fewer rows than asked and count its pages by that:
 * a clamp. A page that is short although `total` says more is taken as clamped, and so is a short further page as long as no page of its
 * size has been seen full. Its rows are not where they were expected, unless it is the first page: they are not used, and the window is
 * solved again with pages as small as the one that came, which both a clamped and an unclamped list serve alike.
 */
import { ShopgraphError } from '../errors.ts';
import type { Endpoint } from '../providers/provider.ts';
import type { PageSizes } from './page-sizes.ts';
import { pagesFor, pagesOfSize, startOf, type Page, type Window } from './window.ts';

export interface PageOfRows<Row> {
  readonly rows: readonly Row[];
  /** How many the list has, as the provider says; null if it says nothing. */
  readonly total: number | null;
  readonly fetchedAt: number;
}

/** One list, whose pages can be asked for. */
export interface Pages<Row> {
  /** Names the list among all lists. */
  readonly name: string;
  readonly endpoint: Endpoint;
  readonly load: (page: Page) => Promise<PageOfRows<Row>>;
  /** Brings pages that are kept from before into reach; then tells which cost nothing now. */
  readonly warm: (pages: readonly Page[]) => readonly boolean[] | Promise<readonly boolean[]>;
  readonly sizes: PageSizes;
}

export interface Slice<Row> {
  readonly rows: readonly PlacedRow<Row>[];
  readonly hasNextPage: boolean;
  readonly total: number | null;
  /** The oldest of the answers that it is made of. */
  readonly fetchedAt: number;
}

export interface PlacedRow<Row> {
  /** From 0. */
  readonly offset: number;
  /** The size of the page that held it. */
  readonly pageSize: number;
  readonly row: Row;
}

/** `likelySizes`: sizes of pages that other windows of the list were made of, and that may thus be in hand. */
export async function slice<Row extends { id: string }>(
  pages: Pages<Row>,
  window: Window,
  likelySizes: readonly number[],
): Promise<Slice<Row>> {
  // An empty window still asks whether there is a row after it.
  const wanted = { offset: window.offset, count: Math.max(window.count, 1) };
  const sheet = openSheet<Row>(pages, window);

  // The row after the window is looked for as well, as long as looking costs nothing.
  const ahead = { offset: window.offset, count: window.count + 1 };
  const sizes = new Set([sheet.sizeMax(), ...likelySizes]);
  const likely = [...sizes].flatMap((size) =>
    pagesOfSize(pages.sizes.isServed(size) ? ahead : widened(ahead, size), size),
  );
  const warmed = pages.warm(likely);
  const isInHand = warmed instanceof Promise ? await warmed : warmed;
  const inHand = likely.filter((_, index) => isInHand[index]);
  // What is still in the air may fail: that is told when the page turns out to be needed.
  const held = await Promise.allSettled(inHand.map(pages.load));
  held.forEach((answer, index) => {
    if (answer.status === 'fulfilled') sheet.enter(inHand[index]!, answer.value);
  });

  for (let gap = sheet.gapIn(wanted); gap; gap = sheet.gapIn(wanted)) {
    const next = pagesFor(gap, sheet.sizeMax());
    // Further pages are bought at once only if they surely hold rows, and surely those that belong there.
    const isSure = (page: Page) => startOf(page) < sheet.countSure() && pages.sizes.isServed(page.size);
    const certain = next.filter((page, index) => index === 0 || isSure(page));
    const answers = await Promise.all(certain.map(pages.load));
    answers.forEach((answer, index) => {
      sheet.enter(certain[index]!, answer);
    });
  }
  return sheet.read(window);
}

/** By the page before: if it is in hand and full, it vouches for a short one after it. */
function widened({ offset, count }: Window, size: number): Window {
  const from = Math.max(0, offset - size);
  return { offset: from, count: count + offset - from };
}

function openSheet<Row extends { id: string }>({ name, endpoint, sizes }: Pages<Row>, window: Window) {
  /** Of the window, and the one after it. */
  const rows = new Map<number, PlacedRow<Row>>();
  let sizeMax = sizes.max();
  let clampSeen = false;
  let doubted: { got: number; end: number; name: string } | null = null;
  let end = Infinity;
  let total: number | null = null;
  let totalIsRepeated = false;
  let fetchedAt = Infinity;

  const place = (page: Page, answer: PageOfRows<Row>) => {
    const start = startOf(page);
    const from = Math.max(start, window.offset);
    const end = Math.min(start + answer.rows.length, window.offset + Math.max(window.count, 1) + 1);
    for (let offset = from; offset < end; offset++) {
      if (!rows.has(offset)) rows.set(offset, { offset, pageSize: page.size, row: answer.rows[offset - start]! });
    }
  };

  const clamp = (page: Page, got: number) => {
    if (!clampSeen) sizeMax = Math.min(sizeMax, got);
    clampSeen = true;
    doubted = { got, end: startOf(page) + got, name: `${name} ${page.size} ${page.number}` };
  };

  /** Rows after those of the short page prove that it was clamped, which holds for other lists as well. */
  const confirm = (page: Page, got: number) => {
    if (doubted && page.size <= doubted.got && got > 0 && startOf(page) + got > doubted.end) {
      sizes.suspect(doubted.got, doubted.name);
    }
  };

  const enter = (page: Page, answer: PageOfRows<Row>) => {
    const got = answer.rows.length;
    if (got > page.size) throw tooManyRows(endpoint);
    total = answer.total;
    totalIsRepeated ||= total === page.size;
    fetchedAt = Math.min(fetchedAt, answer.fetchedAt);
    if (got === page.size) sizes.served(page.size);
    confirm(page, got);

    const lacksRows = total !== null && total > startOf(page) + got;
    // A further page that is short may be the last one, or a clamped one that holds other rows.
    const isUncertain = page.number > 1 && !sizes.isServed(page.size);
    const isShort = got > 0 && got < page.size;
    // If pages of the smaller size are short as well, the list does end there, and it is the total that is wrong.
    const isClamped = isShort && (lacksRows || isUncertain) && (!clampSeen || page.size > sizeMax);
    if (isClamped) clamp(page, got);
    else if (got < page.size) end = Math.min(end, startOf(page) + got);
    if (!isClamped || page.number === 1) place(page, answer);
  };

  /** A total that repeats the limit says nothing. */
  const countSaid = () => (total === null || totalIsRepeated ? null : total);

  return {
    enter,
    sizeMax: () => sizeMax,
    /** Rows that the list is known to have. */
    countSure: () => countSaid() ?? 0,
    gapIn: (window: Window) => firstGap(window, Math.min(end, countSaid() ?? Infinity), rows),
    read: ({ offset, count }: Window): Slice<Row> => {
      const after = offset + count;
      const mayHaveMore = rows.has(after) || (countSaid() ?? Infinity) > after;
      return {
        rows: inOrder(rows, offset, after),
        hasNextPage: after < end && mayHaveMore,
        total,
        fetchedAt,
      };
    },
  };
}

/** Where they stand in the list cannot be known. */
const tooManyRows = ({ provider, name }: Endpoint) =>
  new ShopgraphError('UPSTREAM_BAD_DATA', { provider, endpoint: name, reason: 'more rows than asked for' });

function firstGap({ offset, count }: Window, end: number, rows: ReadonlyMap<number, unknown>): Window | null {
  const stop = Math.min(offset + count, end);
  let from = offset;
  while (from < stop && rows.has(from)) from++;
  let to = from;
  while (to < stop && !rows.has(to)) to++;
  return to > from ? { offset: from, count: to - from } : null;
}

/** Each item once: a list that changed between two pages may show it twice. */
function inOrder<Row extends { id: string }>(
  rows: ReadonlyMap<number, PlacedRow<Row>>,
  from: number,
  to: number,
): PlacedRow<Row>[] {
  const seen = new Set<string>();
  const placed: PlacedRow<Row>[] = [];
  for (let offset = from; offset < to; offset++) {
    const each = rows.get(offset);
    if (each && seen.size < seen.add(each.row.id).size) placed.push(each);
  }
  return placed;
}
