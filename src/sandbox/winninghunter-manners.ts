// WinningHunter's manners: its key, the words it refuses with, what a refusal costs, and how each fault looks.

import type { IncomingHttpHeaders } from 'node:http';
import type { FaultRule } from './faults.ts';
import type { Scene } from './provider.ts';
import { type Reply, html, json } from './reply.ts';

/** The only key the sandbox knows: `wh_` and 48 hex digits, as theirs are. */
export const apiKey = 'wh_5a4d0b0c5a4d0b0c5a4d0b0c5a4d0b0c5a4d0b0c5a4d0b0c';

/** The key comes in X-API-Key, else as a Bearer token, else as ?api_key=. The first that is not empty decides. */
export function isAuthorized(headers: IncomingHttpHeaders, query: URLSearchParams): boolean {
  const bearer = /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1];
  return [headers['x-api-key'], bearer, query.get('api_key')].find(Boolean) === apiKey;
}

const refuse = (status: number, error: string, more: object = {}, headers: Record<string, string> = {}): Reply =>
  json(status, { success: false, error, ...more }, headers);

const quotaText = (limit: number) => `Monthly credit limit reached (${limit}). Resets next month.`;

export const refusals = {
  badRequest: (error: string) => refuse(400, error),
  unauthorized: () => refuse(401, 'Unauthorized'),
  plan: () => refuse(403, 'API access requires a Basic plan or higher.'),
  rate: (perMinute: number, headers: Record<string, string> = {}) =>
    refuse(429, `Rate limit exceeded. Max ${perMinute} requests per minute.`, {}, headers),
  quota: (limit: number) => refuse(429, quotaText(limit), { credits: { used: limit, limit, remaining: 0 } }),
  // One page of the documentation shows the quota refusal without its `credits`.
  quotaBare: (limit: number) => refuse(429, quotaText(limit)),
  serverError: () => refuse(500, 'Internal server error'),
};

interface Fault {
  reply: Reply;
  charged: boolean;
}

const free = (reply: Reply): Fault => ({ reply, charged: false });
const charged = (reply: Reply): Fault => ({ reply, charged: true });

/** How the fault looks; undefined for 'other-id', which the handler plays itself. */
export function faultReply({ fault, retryAfterS }: FaultRule, scene: Scene): Fault | undefined {
  const { ratePerMinute, monthlyCredits } = scene.behaviour;
  switch (fault) {
    case 'rate-limit':
      return free(
        refusals.rate(ratePerMinute, retryAfterS === undefined ? {} : { 'Retry-After': String(retryAfterS) }),
      );
    case 'quota':
      return free(refusals.quota(monthlyCredits));
    case 'quota-bare':
      return free(refusals.quotaBare(monthlyCredits));
    case 'server-error':
      return free(refusals.serverError());
    // A gateway in front of the provider answers: nobody says whether it was charged. The uncaught error is refunded.
    case 'bad-gateway':
      return free(html(502, '502 Bad Gateway'));
    case 'unauthorized':
      return free(refusals.unauthorized());
    case 'plan':
      return free(refusals.plan());
    // Some handlers leave out `success` and put a code where others put a sentence.
    case 'insufficient-credits':
      return free(json(403, { error: 'insufficient_credits', upgrade: 'premium' }));
    case 'unknown-path':
      return free(refuse(404, 'Unknown TikTok Shop endpoint'));
    case 'html-404':
      return free(html(404, '404 Not Found'));
    case 'redirect':
      return free(html(302, '302 Found', { Location: scene.elsewhere }));
    default:
      return keptFault(fault);
  }
}

/** Faults after which the credit is kept: the handler did its work, or nobody can tell. */
function keptFault(fault: FaultRule['fault']): Fault | undefined {
  switch (fault) {
    case 'refused':
      return charged(refuse(200, 'Upstream data source is temporarily unavailable'));
    case 'upgrade':
      return charged(json(200, { upgrade: 'premium', message: 'Upgrade to Premium to use this data.' }));
    case 'not-json':
      return charged({ kind: 'text', status: 200, contentType: 'text/plain; charset=utf-8', body: 'OK, see you soon' });
    case 'wrong-shape':
      return charged(json(200, { success: true, data: { product_title: 'Unexpected', unit_price: '1', gmv: [] } }));
    case 'huge':
    case 'drop':
    case 'hang':
      return charged({ kind: fault });
    default:
      return undefined;
  }
}
