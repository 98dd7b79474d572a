/** The slice of a list that a client wants, and the fewest upstream pages that cover it. */

/** Rows [offset, offset + count) of a list. */
export interface Window {
  readonly offset: number;
  readonly count: number;
}

/** Rows [(number - 1) * size, number * size) of a list: what `limit=size&page=number` asks for. */
export interface Page {
  readonly size: number;
  readonly number: number;
}

export const startOf = ({ size, number }: Page): number => (number - 1) * size;
export const pageAt = (offset: number, size: number): Page => ({ size, number: Math.floor(offset / size) + 1 });

/** The pages of one size that overlap the window. */
export function pagesOfSize({ offset, count }: Window, size: number): Page[] {
  if (count === 0) return [];
  const [first, last] = [pageAt(offset, size).number, pageAt(offset + count - 1, size).number];
  return Array.from({ length: last - first + 1 }, (_, index) => ({ size, number: first + index }));
}

/**
 * The largest page that covers the window alone; else the fewest pages. A page costs the same whatever its size, so each
 * one is the page that holds the first missing row and reaches furthest.
 */
export function pagesFor({ offset, count }: Window, sizeMax: number): Page[] {
  const end = offset + count;
  const pages: Page[] = [];
  for (let at = offset; at < end; at = endOf(pages.at(-1)!)) pages.push(furthestPage(at, end, sizeMax));
  return pages;
}

function furthestPage(offset: number, end: number, sizeMax: number): Page {
  const reach = (size: number) => (Math.floor(offset / size) + 1) * size;
  let best = sizeMax;
  for (let size = sizeMax - 1; size > 0 && reach(best) < end; size--) if (reach(size) > reach(best)) best = size;
  return pageAt(offset, best);
}

const endOf = (page: Page): number => page.number * page.size;
