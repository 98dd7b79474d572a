/** WinningHunter's manners: the key in a header, one error shape, two different 429s, and refusals with HTTP 200. */
import * as z from 'zod';
import { ShopgraphError, type ErrorCode } from '../../errors.ts';
import type { Provider, WireReply } from '../provider.ts';
import { retryAfterMs } from '../retry-after.ts';

const NAME = 'WINNING_HUNTER';

export function winninghunter({ apiKey }: { apiKey: string }): Provider {
  return {
    name: NAME,
    secrets: [apiKey],
    authorize: (request) => ({ ...request, headers: { ...request.headers, 'x-api-key': apiKey } }),
    bill: ({ json }) => ({ used: Account.safeParse(json).data?.credits.used }),
    check: (reply, endpoint) => {
      const refusal = refusalOf(reply);
      if (!refusal) return;
      throw new ShopgraphError(refusal.code, {
        provider: NAME,
        endpoint: endpoint.name,
        retryAfterMs: retryAfterMs(reply),
        resets: refusal.resets,
        creditsCharged: refusal.charged ? endpoint.credits : 0,
        reason: `HTTP ${reply.status} ${words(reply)}`,
      });
    },
  };
}

interface Refusal {
  code: ErrorCode;
  /** Whether the credit is kept; true where their pages do not say. */
  charged: boolean;
  /** Their credits are monthly; one quota, of the smallest plan, is daily. */
  resets?: 'day' | 'month';
}

const Body = z.object({
  success: z.unknown().optional(),
  error: z.unknown().optional(),
  message: z.unknown().optional(),
  upgrade: z.unknown().optional(),
  credits: z.unknown().optional(),
  data: z.unknown().optional(),
});

/** Told with the refusal of what would exceed the month's credits. */
const Account = z.object({ credits: z.object({ used: z.number() }) });

function refusalOf({ status, json }: WireReply): Refusal | null {
  const body = Body.safeParse(json).data;
  if (status === 401) return { code: 'AUTH_FAILED', charged: false };
  if (status === 403) {
    const isQuota = body?.error === 'insufficient_credits';
    return isQuota ? { code: 'QUOTA_EXHAUSTED', charged: false, resets: 'day' } : { code: 'FORBIDDEN', charged: false };
  }
  if (status === 429) return isQuota(body) ? monthlyQuota(false) : { code: 'RATE_LIMITED', charged: false };
  if (status >= 500) return { code: 'UPSTREAM_UNAVAILABLE', charged: false };
  if (status === 400) return { code: 'BAD_INPUT', charged: true };
  // 404 is an unknown path, never an unknown id; 414 and redirects have no place here either.
  if (status !== 200 || !body) return { code: 'UPSTREAM_BAD_DATA', charged: true };
  if (body.upgrade !== undefined && body.data === undefined) return { code: 'FORBIDDEN', charged: true };
  if (body.success === false) return isQuota(body) ? monthlyQuota(true) : { code: 'UPSTREAM_BAD_DATA', charged: true };
  return null;
}

const monthlyQuota = (charged: boolean): Refusal => ({ code: 'QUOTA_EXHAUSTED', charged, resets: 'month' });

/** The quota's body is shown with a `credits` object on one page and without it on another. */
function isQuota(body: z.output<typeof Body> | undefined): boolean {
  return (
    (typeof body?.credits === 'object' && body.credits !== null) ||
    /monthly credit limit/i.test(textOf(body?.error) ?? '')
  );
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

function words({ json, text }: WireReply): string {
  const body = Body.safeParse(json).data;
  return textOf(body?.error) ?? textOf(body?.message) ?? text;
}
