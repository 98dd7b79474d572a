/** How long answers are good for. */
import type { Answer, Call } from './pipeline.ts';

/** "Unknown id" is believed for less long than what is known: the provider may not have collected it yet. */
const UNKNOWN_FRESH_MS_MAX = 600_000;

/** For how long after its time an answer is better than none. */
export const STALE_MS = 86_400_000;

/** Until when the answer may be reused, in ms since the epoch. */
export function freshUntil({ endpoint, params }: Call, { data, fetchedAt }: Answer): number {
  const { ttlMs } = endpoint;
  const freshMs = typeof ttlMs === 'number' ? ttlMs : ttlMs(params);
  if (data == null) return fetchedAt + Math.min(freshMs, UNKNOWN_FRESH_MS_MAX);
  const goodUntil = endpoint.goodUntil?.(data) ?? Infinity;
  // What was over when it came says nothing of the rest.
  return Math.min(fetchedAt + freshMs, goodUntil > fetchedAt ? goodUntil : Infinity);
}

/** Whether answers of the endpoint are kept at all. */
export const isKept = ({ endpoint: { ttlMs } }: Call): boolean => ttlMs !== 0;
