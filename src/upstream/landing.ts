/** What instances tell each other of a flight that has landed: that it has, and if it failed, how. */
import { isErrorCode, ShopgraphError, type ErrorCode } from '../errors.ts';

export interface Failure {
  /** Equal for all questions of one request. */
  readonly id?: string;
  readonly code: ErrorCode;
  readonly details: Pick<
    ShopgraphError['details'],
    'says' | 'provider' | 'endpoint' | 'retryAfterMs' | 'creditsCharged' | 'submittedAt'
  >;
}

export interface Landing {
  readonly key: string;
  /** As all who wait share it. */
  readonly failure?: Failure | undefined;
}

/** Null: said by another version of us, or not by us; who waits looks. */
export function landingOf(message: string): Landing | null {
  try {
    const landing = JSON.parse(message) as Landing;
    return typeof landing.key === 'string' && (!landing.failure || isErrorCode(landing.failure.code)) ? landing : null;
  } catch {
    return null;
  }
}

/** So many failures are remembered, of requests that carried several questions. */
const HEARD_MAX = 100;

/** One request that failed is one failure for all who hear of it, however many questions it carried. */
export function createFailures(owner: string) {
  const told = new WeakMap<ShopgraphError, string>();
  const heard = new Map<string, ShopgraphError>();
  let failures = 0;

  const failureOf = (error: unknown): Failure | undefined => {
    if (!(error instanceof ShopgraphError)) return undefined;
    const id = told.get(error) ?? `${owner}-${++failures}`;
    told.set(error, id);
    return failureTold(error, id);
  };

  const errorOf = ({ id, code, details }: Failure): ShopgraphError => {
    const error = heard.get(id ?? '') ?? new ShopgraphError(code, details);
    if (id !== undefined) heard.set(id, error);
    const [oldest = ''] = heard.keys();
    if (heard.size > HEARD_MAX) heard.delete(oldest);
    return error;
  };

  return { failureOf, errorOf };
}

/** About one asker's time or budget, or one instance's key or breaker: no other instance's concern. */
const personal: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  ...(['BUDGET_EXHAUSTED', 'DEADLINE_EXCEEDED', 'INTERNAL', 'AUTH_FAILED', 'CIRCUIT_OPEN'] as const),
]);

function failureTold(error: ShopgraphError, id: string): Failure | undefined {
  if (!isErrorCode(error.code) || personal.has(error.code)) return undefined;
  if (error.details.isCutShort) return undefined;
  const { says, provider, endpoint, retryAfterMs, creditsCharged, submittedAt } = error.details;
  return {
    id,
    code: error.code,
    details: {
      ...(says !== undefined && { says }),
      ...(provider !== undefined && { provider }),
      ...(endpoint !== undefined && { endpoint }),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
      ...(creditsCharged !== undefined && { creditsCharged }),
      ...(submittedAt !== undefined && { submittedAt }),
    },
  };
}
