/** EchoTik's manners: a user name and password, a code inside the reply, a quota that looks like a broken server, and text that is not quite JSON. */
import * as z from 'zod';
import { ShopgraphError, type ErrorCode } from '../../errors.ts';
import type { Provider, WireReply } from '../provider.ts';
import { Float } from '../values.ts';
import { retryAfterMs } from '../retry-after.ts';

const NAME = 'ECHOTIK';

export function echotik({ username, password }: { username: string; password: string }): Provider {
  const credentials = Buffer.from(`${username}:${password}`).toString('base64');
  return {
    name: NAME,
    secrets: [password, credentials],
    login: [username],
    authorize: (request) => ({ ...request, headers: { ...request.headers, authorization: `Basic ${credentials}` } }),
    clean: withoutControls,
    check: (reply, endpoint) => {
      const refusal = refusalOf(reply);
      if (!refusal) return;
      throw new ShopgraphError(refusal.code, {
        provider: NAME,
        endpoint: endpoint.name,
        retryAfterMs: retryAfterMs(reply),
        creditsCharged: refusal.charged ? endpoint.credits : 0,
        reason: `HTTP ${reply.status} ${words(reply)}`,
      });
    },
  };
}

/**
 * Their texts may hold control characters that JSON forbids, in descriptions mostly. Each becomes a space: between values it
 * is one already, within a text it is as good as one, and within a number it stays an error. Removed, it would join digits.
 */
const withoutControls = (text: string): string => text.replace(/[\u0000-\u001f]/g, ' ');

interface Refusal {
  code: ErrorCode;
  /** Whether the call counts; true where nobody says. */
  charged: boolean;
}

const Envelope = z.object({
  code: Float.optional().catch(undefined),
  message: z.string().optional().catch(undefined),
  msg: z.string().optional().catch(undefined),
});

function refusalOf(reply: WireReply): Refusal | null {
  const { status } = reply;
  const { code, message, msg } = Envelope.safeParse(reply.json).data ?? {};
  // First of all: an answer's own texts may say anything.
  if (status === 200 && code === 0) return null;
  const said = message ?? msg ?? '';
  // HTTP 500, in a form that nobody shows, and no try will mend it: their staff raise a quota by hand. Of a 200 the envelope alone
  // is believed: products are described in any words.
  if (/usage limit exceeded/i.test(status === 200 ? said : reply.text))
    return { code: 'QUOTA_EXHAUSTED', charged: false };
  // Of 401 alone their pages speak; the rest is what a careful client of theirs takes for the same. No account, no charge.
  const isUnknown = [status, code].some((each) => each === 401 || each === 403);
  if (isUnknown || /auth error|unauthorized/i.test(said)) return { code: 'AUTH_FAILED', charged: false };
  if (status === 429) return { code: 'RATE_LIMITED', charged: true };
  if (status >= 500) return { code: 'UPSTREAM_UNAVAILABLE', charged: true };
  if (status === 400) return { code: 'BAD_INPUT', charged: true };
  // TikTok has turned them away: said of their live routes, as is that it counts for nothing.
  if (status === 200 && code === 500) return { code: 'UPSTREAM_UNAVAILABLE', charged: false };
  // 200 as a code passes for success with some clients, but nobody has seen it come.
  return { code: 'UPSTREAM_BAD_DATA', charged: true };
}

function words({ json, text }: WireReply): string {
  const said = Envelope.safeParse(json).data;
  return said?.message ?? said?.msg ?? text;
}
