/** What may pass is asked again, a few times, later and later. A timeout is not: its answer may have been sold. */
import { ShopgraphError, type ErrorCode } from '../errors.ts';
import { sleep, type Clock } from './clock.ts';
import type { Step } from './pipeline.ts';

interface Rule {
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly attemptsMax: number;
  readonly waitMsMin: number;
  readonly waitMsMax: number;
}

/** No answer was given, so none was sold: refused for now, failed over there, or broken off before a word came back. */
const unsold: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['RATE_LIMITED', 'UPSTREAM_UNAVAILABLE']);

export function retry(rule: Rule): Step {
  return (next) => async (call) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await next(call);
      } catch (error) {
        if (!(error instanceof ShopgraphError) || !unsold.has(error.code)) throw error;
        const waitMs = error.details.retryAfterMs ?? backoffMs(rule, attempt);
        // A provider that wants a longer wait than ours is told no: the client may ask again itself.
        if (attempt === rule.attemptsMax || waitMs > rule.waitMsMax) throw error;
        await sleep(rule.clock, waitMs);
      }
    }
  };
}

/** Between half and the whole of an exponentially growing wait, so that many waiters do not return at once. */
function backoffMs({ random, waitMsMin, waitMsMax }: Rule, attempt: number): number {
  const wholeMs = Math.min(waitMsMin * 2 ** attempt, waitMsMax);
  return (wholeMs * (1 + random())) / 2;
}
