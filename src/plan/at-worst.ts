/** What it may come to while nobody fails: how many pages a window takes, and how often one looks for what is being collected. */
import type { Endpoint, Polling } from '../providers/provider.ts';
import type { AtWorst } from './estimate.ts';
import type { PageSizes } from './page-sizes.ts';
import { BARREN_MAX } from './walk.ts';
import { pagesFor } from './window.ts';

export function createAtWorst(sizesOf: (endpoint: Endpoint) => PageSizes, lookCredits: number): AtWorst {
  return {
    lookCredits,
    looksFor: ({ polling }) => (polling ? looksFor(polling) : 0),
    pagesOf: (endpoint, rows, isFromStart) => {
      // Each page has a row that is new, but for those that one puts up with.
      if (endpoint.pages === 'cursor') return Math.max(1, rows) + BARREN_MAX;
      const sizes = sizesOf(endpoint);
      const pages = pagesFor({ offset: 0, count: Math.max(1, rows) }, sizes.max()).length;
      // A short page of a size that has not come in full yet is doubted once; pages seldom begin where a window does.
      return pages + (sizes.isServed(sizes.max()) ? 0 : 1) + (isFromStart ? 0 : 2);
    },
  };
}

/** Until nobody looks any more. */
function looksFor({ firstMs, factor, waitMsMax, totalMs }: Polling): number {
  let looks = 0;
  for (let at = firstMs, waitMs = firstMs; at < totalMs; at += waitMs, looks++) {
    waitMs = Math.min(waitMs * factor, waitMsMax);
  }
  return looks;
}
