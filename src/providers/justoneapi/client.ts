/** Just One API's manners: the token in the query, and one envelope whose `code` says yes or no, whatever the HTTP status. */
import * as z from 'zod';
import { ShopgraphError, type ErrorCode } from '../../errors.ts';
import type { Endpoint, Provider, WireReply, WireRequest } from '../provider.ts';
import { retryAfterMs } from '../retry-after.ts';
import { isInstruction, isPending } from './collected.ts';
import { jdItem } from './contract.ts';

const NAME = 'JUST_ONE_API';

interface Account {
  readonly token: string;
  /** Of the TikTok Shop route, for France: each is documented for it. */
  readonly frVersion: 'v1' | 'v2';
  readonly jdVersion: 'v1' | 'v2' | 'v3';
}

export function justoneapi({ token, frVersion, jdVersion }: Account): Provider {
  const versionOf = ({ path, query }: WireRequest): string => {
    if (path === jdItem.path) return jdVersion;
    return query.region === 'FR' ? frVersion : 'v1';
  };
  return {
    name: NAME,
    secrets: [token],
    // Each route has its version at its end.
    authorize: (request) => ({
      ...request,
      path: `${request.path}/${versionOf(request)}`,
      query: { ...request.query, token },
    }),
    check: (reply, endpoint) => {
      const refusal = refusalOf(reply, endpoint);
      if (!refusal) return;
      const { code, says, resets } = refusal;
      throw new ShopgraphError(code, {
        provider: NAME,
        endpoint: endpoint.name,
        retryAfterMs: retryAfterMs(reply),
        resets,
        ...(says !== undefined && { says }),
        creditsCharged: refusal.charged ? endpoint.credits : 0,
        reason: `HTTP ${reply.status} ${words(reply)}`,
      });
    },
  };
}

interface Refusal {
  readonly code: ErrorCode;
  /** Whether the call is billed; true where their pages do not say. */
  readonly charged: boolean;
  readonly says?: string;
  readonly resets?: 'day';
}

// What asking again costs is not documented.
const pending: Refusal = { code: 'PENDING', charged: true };

/** By their `code`. Null: the reply carries an answer. What is not here (101 and 300, listed but never explained, too) is `strange`. */
const refusals = new Map<number, Refusal | null>([
  [0, null],
  [100, { code: 'AUTH_FAILED', charged: false }],
  // "No content": the id is unknown, and the call is billed. Gone from the newest list of codes, still in the guide.
  [201, null],
  // Listed, not explained; it came with the first routes that collect.
  [202, pending],
  [301, { code: 'COLLECTION_FAILED', charged: false }],
  [302, { code: 'RATE_LIMITED', charged: false }],
  // In which time zone their day begins is not documented.
  [303, { code: 'QUOTA_EXHAUSTED', charged: false, resets: 'day' }],
  [400, { code: 'BAD_INPUT', charged: false }],
  // Listed, not explained: read as "unknown id". Whether it is billed is not documented, so it counts.
  [404, null],
  [500, { code: 'UPSTREAM_UNAVAILABLE', charged: false }],
  [503, { code: 'UPSTREAM_UNAVAILABLE', charged: true }],
  [600, { code: 'FORBIDDEN', charged: false }],
  // The account's balance, and the token's own budget: neither returns by itself.
  [601, { code: 'QUOTA_EXHAUSTED', charged: false }],
  [602, { code: 'QUOTA_EXHAUSTED', charged: true }],
]);

/** Their pages say that HTTP is always 200, their specification declares these; the `code` that each stands for. */
const codeOfStatus = new Map([
  [400, 400],
  [401, 100],
  [403, 600],
  [429, 302],
  [500, 500],
  [503, 503],
]);

const strange: Refusal = { code: 'UPSTREAM_BAD_DATA', charged: true };

/** JD's V2 route fetches nothing when it is called: it tells how to submit a task in their dashboard. The provider is not down for that. */
const instructed: Refusal = {
  code: 'NOT_CONFIGURED',
  charged: true,
  says: "The provider's V2 route does not return data directly. Another version can be configured.",
};

const Envelope = z.object({
  // A string in the specifications before 2026-07-23, a number in each example.
  code: z.union([z.int(), z.string().regex(/^\d{1,9}$/)]).transform(Number),
  data: z.unknown().optional(),
  message: z.unknown().optional(),
});

function refusalOf({ status, json }: WireReply, { name }: Endpoint): Refusal | null {
  const envelope = Envelope.safeParse(json).data;
  if (!envelope) return refusalOfStatus(status);
  const refusal = refusals.get(envelope.code);
  if (refusal === undefined) return strange;
  if (name !== jdItem.name || (refusal !== null && refusal !== pending)) return refusal;
  if (isInstruction(envelope)) return instructed;
  return isPending(envelope) ? pending : refusal;
}

function refusalOfStatus(status: number): Refusal {
  const code = codeOfStatus.get(status);
  if (code !== undefined) return refusals.get(code) ?? strange;
  // Said by whatever stands before their server; what it cost is not known.
  return status >= 500 ? { code: 'UPSTREAM_UNAVAILABLE', charged: true } : strange;
}

/** For the log: never `data`, where cookies and tokens of others have been seen. */
function words({ json, text }: WireReply): string {
  const envelope = Envelope.safeParse(json).data;
  // JSON that breaks off holds data, too.
  if (!envelope) return json === undefined && !/^\s*[[{]/.test(text) ? text : 'JSON of another form';
  return `code ${envelope.code} ${typeof envelope.message === 'string' ? envelope.message : ''}`.trimEnd();
}
