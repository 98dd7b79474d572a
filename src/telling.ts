/** What is told of a running server: JSON lines for its log, numbers for Prometheus. Neither holds a document, a variable or a key. */
import type { Logger } from 'pino';
import type { Answered } from './http/receipts.ts';
import type { Metrics } from './metrics.ts';
import type { Observe } from './upstream/ledger.ts';
import type { Trouble, TroubleKind } from './upstream/store.ts';

const complaints = {
  answers: 'answers are not kept',
  credits: 'what is spent is not kept',
  redis: 'Redis does not answer',
} as const;

export type Concern = keyof typeof complaints;

export function createTelling(log: Logger, metrics: Metrics) {
  const attempted: Observe = ({ endpoint: { provider, name }, payment }, { error, ...ended }) => {
    metrics.attempt({ provider, endpoint: name }, ended);
    if (!error) return;
    const { code, details } = error;
    const told = { requestId: payment?.requestId, provider, endpoint: name, code, reason: details.reason };
    // What is being collected has not failed.
    if (code === 'PENDING') log.debug(told, 'call pending');
    else log.warn(told, 'call failed');
  };

  const answered = ({ asking: { requestId, caller }, operationName, receipt, tookMs, codes }: Answered) => {
    metrics.answered(receipt);
    const { calls, credits, queuedMs, retries } = receipt;
    const who = { requestId, caller: caller.name, operationName };
    log.info({ ...who, tookMs: Math.round(tookMs * 10) / 10, calls, credits, queuedMs, retries, codes }, 'answered');
  };

  /** Said once of each kind, and counted. */
  const troubleWith = (concern: Concern): Trouble => {
    const told = new Set<TroubleKind>();
    return (kind, error) => {
      metrics.storeTrouble(concern, kind);
      if (!told.has(kind)) log.error({ err: error, kind }, complaints[concern]);
      told.add(kind);
    };
  };

  const redisIs = (isUp: boolean) => {
    metrics.redisUp(isUp);
    if (isUp) log.info('Redis is there: instances share what they have');
    else log.warn('Redis is away: this instance goes on alone');
  };

  const unexpected = (error: unknown) => {
    log.error({ err: error }, 'unexpected error');
  };

  return { attempted, answered, troubleWith, redisIs, unexpected };
}
