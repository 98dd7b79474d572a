/** What may pass is asked again, a few times, later and later. A timeout is not: its answer may have been sold. */
import { ShopgraphError, type ErrorCode } from '../errors.ts';
import { sleepWhileWaiting, type Asker } from './asker.ts';
import type { Clock } from './clock.ts';
import type { Step } from './pipeline.ts';

interface Rule {
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly attemptsMax: number;
  /** Of these, such as failed: another provider may know the same, and waits to be asked. Being told to slow down is no failure. */
  readonly failedMax: number;
  /** Of these, such as may have been charged though they brought no answer. */
  readonly chargedMax: number;
  readonly waitMsMin: number;
  readonly waitMsMax: number;
  /** The longest wait that a provider may ask for; where it wants more, the client may ask again itself. */
  readonly retryAfterMsMax: number;
}

/** No answer was given, so none was sold: refused for now, failed over there, or broken off before a word came back. */
const unsold: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'RATE_LIMITED',
  'UPSTREAM_UNAVAILABLE',
  'COLLECTION_FAILED',
]);

/** Said by us and not by the provider. */
const ours: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['BUDGET_EXHAUSTED', 'DEADLINE_EXCEEDED']);

export function retry(rule: Rule): Step {
  return (next) => async (call) => {
    let failure: ShopgraphError | undefined;
    let failed = 0;
    let charged = 0;
    for (let attempt = 1; ; attempt++) {
      try {
        return await next(call);
      } catch (error) {
        if (!(error instanceof ShopgraphError)) throw error;
        // What stands in the way of another attempt is not why the answer is missing.
        if (ours.has(error.code)) throw failure ? cutShort(failure) : error;
        if (error.code !== 'RATE_LIMITED') failed++;
        if (error.details.creditsCharged !== 0) charged++;
        // What could not be collected is looked for no more: asking again would buy it again.
        const isOver = call.isPoll === true && error.code === 'COLLECTION_FAILED';
        const isLast = isOver || isSpent(rule, { attempt, failed, charged });
        const waitMs = error.details.retryAfterMs ?? backoffMs(rule, attempt);
        if (!unsold.has(error.code) || isLast || waitMs > rule.retryAfterMsMax) throw error;
        if (!hasTime(rule, call.asker, waitMs)) throw cutShort(error);
        failure = error;
        const endsAt = rule.clock.now() + waitMs;
        // Woken when all have left, it sleeps on if another has come since.
        for (let isOver = false; !isOver;) {
          isOver = await sleepWhileWaiting(rule.clock, call.asker, endsAt - rule.clock.now());
          if (!call.asker.isWaiting()) throw cutShort(error);
        }
        call.asker.meter.retried();
      }
    }
  };
}

const isSpent = (
  { attemptsMax, failedMax, chargedMax }: Rule,
  { attempt, failed, charged }: Record<'attempt' | 'failed' | 'charged', number>,
) => attempt >= attemptsMax || failed >= failedMax || charged >= chargedMax;

const cutShort = ({ code, details }: ShopgraphError) => new ShopgraphError(code, { ...details, isCutShort: true });

const hasTime = ({ clock }: Rule, asker: Asker, waitMs: number): boolean =>
  asker.isWaiting() && clock.now() + waitMs < asker.deadline;

/** Between half and the whole of an exponentially growing wait, so that many waiters do not return at once. */
function backoffMs({ random, waitMsMin, waitMsMax }: Rule, attempt: number): number {
  const wholeMs = Math.min(waitMsMin * 2 ** attempt, waitMsMax);
  return (wholeMs * (1 + random())) / 2;
}
