/** What it may come to while nobody fails: how many pages a window takes, and how often it is asked whether something has been collected. */
import type { Endpoint, Polling } from '../../providers/provider.ts';
import type { PageSizes } from '../page-sizes.ts';
import { BARREN_MAX } from '../walk.ts';
import { pagesFor } from '../window.ts';
import type { AtWorst } from './estimate.ts';

export function createAtWorst(sizesOf: (endpoint: Endpoint) => PageSizes, pollCredits: number): AtWorst {
  return {
    pollCredits,
    pollsFor: ({ polling }) => (polling ? pollsFor(polling) : 0),
    pagesOf: (endpoint, rows, isFromStart) => {
      // Each page has a row that is new, but for those that one puts up with.
      if (endpoint.pages === 'cursor') return Math.max(1, rows) + BARREN_MAX;
      const sizes = sizesOf(endpoint);
      const pages = pagesFor({ offset: 0, count: Math.max(1, rows) }, sizes.max()).length;
      // A short page is doubted once, since its total may say more; pages seldom begin where a window does.
      return pages + 1 + (isFromStart ? 0 : 2);
    },
  };
}

/** Until nobody asks any more. */
function pollsFor({ firstMs, factor, waitMsMax, totalMs }: Polling): number {
  let polls = 0;
  for (let at = firstMs, waitMs = firstMs; at < totalMs; at += waitMs, polls++) {
    waitMs = Math.min(waitMs * factor, waitMsMax);
  }
  return polls;
}
