/** SocialFetch's manners: the key in a header, the price in every answer, and refusals told by their HTTP status first. */
import * as z from 'zod';
import { ShopgraphError, type ErrorCode } from '../../errors.ts';
import type { Provider, WireReply } from '../provider.ts';
import { Count } from '../values.ts';
import { retryAfterMs } from '../retry-after.ts';

const NAME = 'SOCIAL_FETCH';

export function socialfetch({ apiKey }: { apiKey: string }): Provider {
  return {
    name: NAME,
    secrets: [apiKey],
    authorize: (request) => ({ ...request, headers: { ...request.headers, 'x-api-key': apiKey } }),
    bill: ({ json }) => ({ charged: chargedBy(json) }),
    check: (reply, endpoint) => {
      const refusal = refusalOf(reply);
      if (!refusal) return;
      throw new ShopgraphError(refusal.code, {
        provider: NAME,
        endpoint: endpoint.name,
        retryAfterMs: retryAfterMs(reply),
        creditsCharged: chargedBy(reply.json) ?? (refusal.charged ? endpoint.credits : 0),
        reason: `HTTP ${reply.status} ${words(reply)}`,
      });
    },
  };
}

interface Refusal {
  code: ErrorCode;
  /** Whether the credit is kept; true where their pages do not say, or contradict each other. */
  charged: boolean;
}

/** Their authoritative word on the price; no refusal is documented to have one. */
const Billed = z.object({ meta: z.object({ creditsCharged: Count }) });

const chargedBy = (json: unknown): number | undefined => Billed.safeParse(json).data?.meta.creditsCharged;

/** Each key by itself: whatever the others look like, what is readable is read. */
const Body = z.object({ data: z.unknown().optional(), error: z.unknown().optional() });
const Told = z.object({
  code: z.string().optional().catch(undefined),
  message: z.string().optional().catch(undefined),
});

/** A status whose body is not JSON is a refusal all the same: their pages warn not to expect a body. */
function refusalOf({ status, json }: WireReply): Refusal | null {
  switch (status) {
    case 200:
      // Without data it is no answer of theirs; a store that is not found has data that says so.
      return isObject(Body.safeParse(json).data?.data) ? null : { code: 'UPSTREAM_BAD_DATA', charged: true };
    case 400:
      return { code: 'BAD_INPUT', charged: false };
    case 401:
      return { code: 'AUTH_FAILED', charged: false };
    case 402:
      return { code: isPaymentAsked(json) ? 'AUTH_FAILED' : 'QUOTA_EXHAUSTED', charged: false };
    case 403:
      return { code: 'FORBIDDEN', charged: true };
    // Only free routes are said to answer it. It shares its code with a 503, and so, we take it, its price.
    case 429:
      return { code: 'RATE_LIMITED', charged: false };
    case 503:
      return { code: 'UPSTREAM_UNAVAILABLE', charged: false };
  }
  // A 502 costs a credit on one page and none on another; of a 500 ("unexpected or billing error") none speaks.
  if (status >= 500) return { code: 'UPSTREAM_UNAVAILABLE', charged: true };
  // 404 is an unknown path, never an unknown store; redirects have no place here either.
  return { code: 'UPSTREAM_BAD_DATA', charged: true };
}

/** Who comes without a key may be asked to pay per call: then ours did not arrive, and no credits would help. */
const isPaymentAsked = (json: unknown): boolean =>
  ['payment_required', 'payment_settlement_failed'].includes(told(json)?.code ?? '');

const told = (json: unknown) => Told.safeParse(Body.safeParse(json).data?.error).data;

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

/** For the log: the code, which is stable, before the message, which is not. */
function words({ json, text }: WireReply): string {
  const { code, message } = told(json) ?? {};
  return code === undefined && message === undefined ? text : [code, message].filter(Boolean).join(': ');
}
