/** What this process has learned of the largest page that a provider's list serves: nowhere documented. */
import type { Endpoint } from '../providers/provider.ts';

export interface PageSizes {
  /** The largest page to ask for. */
  readonly max: () => number;
  /** Whether a page of this size, or a larger one, has come back in full. */
  readonly isServed: (size: number) => boolean;
  readonly served: (size: number) => void;
  /** A page has been clamped to `got` rows. `page` names it among all pages of all lists. */
  readonly suspect: (got: number, page: string) => void;
  /** The same, which goes on to learn by itself. */
  readonly copy: () => PageSizes;
}

/** One clamped page may be a hiccup; two different ones with as many rows are a rule. */
const PAGES_TO_BE_SURE = 2;

export function createPageSizes(configuredMax: (endpoint: Endpoint) => number): (endpoint: Endpoint) => PageSizes {
  const known = new Map<Endpoint, PageSizes>();
  return (endpoint) => {
    let sizes = known.get(endpoint);
    if (!sizes) known.set(endpoint, (sizes = learn(configuredMax(endpoint))));
    return sizes;
  };
}

function learn(
  configuredMax: number,
  servedBefore = 0,
  shortBefore: ReadonlyMap<number, ReadonlySet<string>> = new Map(),
): PageSizes {
  const short = new Map([...shortBefore].map(([got, pages]) => [got, new Set(pages)]));
  let max = configuredMax;
  let servedMax = servedBefore;
  return {
    copy: () => learn(max, servedMax, short),
    max: () => max,
    isServed: (size) => size <= servedMax,
    served: (size) => {
      servedMax = Math.max(servedMax, size);
    },
    suspect: (got, page) => {
      servedMax = Math.min(servedMax, got);
      const pages = short.get(got) ?? new Set();
      short.set(got, pages.add(page));
      if (pages.size >= PAGES_TO_BE_SURE) max = Math.min(max, got);
    },
  };
}
