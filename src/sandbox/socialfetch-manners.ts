// SocialFetch's manners: its key, the body of each refusal, and what a refusal costs.

import type { FaultRule } from './faults.ts';
import { type Outcome, charged, free } from './manners.ts';
import { mishap, retryAfter } from './mishaps.ts';
import type { Question, Scene } from './provider.ts';
import { type Reply, json } from './reply.ts';

/** The only key the sandbox knows. */
export const apiKey = 'sfk_5a4d0b0c5a4d0b0c5a4d0b0c5a4d0b0c';

const codes: Partial<Record<number, string>> = {
  400: 'bad_request',
  401: 'unauthorized',
  402: 'insufficient_credits',
  403: 'forbidden',
  404: 'not_found',
  // The free routes' rate limit and the overload share a code: only the status tells them apart.
  429: 'temporarily_unavailable',
  500: 'internal_error',
  502: 'lookup_failed',
  503: 'temporarily_unavailable',
};

/** Of the others their pages do not say, or contradict each other (502): the credit is kept. */
const freeOnes = new Set([400, 401, 402, 404, 429, 503]);

export function refuse(status: number, code = codes[status], headers: Record<string, string> = {}): Reply {
  const error = { code: code ?? 'internal_error', message: `Refused: ${code ?? status}.`, requestId: `req_${status}` };
  return json(status, { error }, headers);
}

/** Who brings no key is asked to pay for the single call. */
export function turnAway({ headers }: Question): Reply | undefined {
  const key = headers['x-api-key'];
  if (key === undefined || key === '') return refuse(402, 'payment_required');
  return key === apiKey ? undefined : refuse(401);
}

const refused = (status: number, headers?: Record<string, string>): Outcome =>
  (freeOnes.has(status) ? free : charged)(refuse(status, codes[status], headers));

/** How the fault looks; undefined for 'other-id'. */
export function faulty(rule: FaultRule, { elsewhere }: Scene): Outcome | undefined {
  switch (rule.fault) {
    case 'code':
      return refused(rule.code ?? 500, retryAfter(rule));
    case 'unauthorized':
      return refused(401);
    case 'quota':
    case 'quota-bare':
    case 'insufficient-credits':
      return refused(402);
    case 'upgrade':
      return free(refuse(402, 'payment_settlement_failed'));
    case 'plan':
      return refused(403);
    case 'unknown-path':
      return refused(404);
    // Paid routes know no rate limit: who asks too much is told that they are overloaded.
    case 'rate-limit':
      return refused(503, retryAfter(rule));
    case 'server-error':
      return refused(500);
    case 'refused':
      return refused(502);
    case 'wrong-shape':
      return charged(json(200, { data: { lookupStatus: 'found', items: [] }, meta: {} }));
    default:
      return mishap(rule, elsewhere);
  }
}
