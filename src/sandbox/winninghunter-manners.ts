// WinningHunter's manners: its key, the words it refuses with, what a refusal costs, and how each fault looks.

import type { IncomingHttpHeaders } from 'node:http';
import type { FaultRule } from './faults.ts';
import { type Outcome, charged, free } from './manners.ts';
import { mishap, retryAfter } from './mishaps.ts';
import type { Scene } from './provider.ts';
import { type Reply, json } from './reply.ts';

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

/** How the fault looks; undefined for 'other-id', which the handler plays itself. */
export function faultReply(rule: FaultRule, scene: Scene): Outcome | undefined {
  const { ratePerMinute, monthlyCredits } = scene.behaviour;
  switch (rule.fault) {
    case 'rate-limit':
      return free(refusals.rate(ratePerMinute, retryAfter(rule)));
    case 'quota':
      return free(refusals.quota(monthlyCredits));
    case 'quota-bare':
      return free(refusals.quotaBare(monthlyCredits));
    // The uncaught error is refunded.
    case 'server-error':
      return free(refusals.serverError());
    case 'unauthorized':
      return free(refusals.unauthorized());
    case 'plan':
      return free(refusals.plan());
    // Some handlers leave out `success` and put a code where others put a sentence.
    case 'insufficient-credits':
      return free(json(403, { error: 'insufficient_credits', upgrade: 'premium' }));
    case 'unknown-path':
      return free(refuse(404, 'Unknown TikTok Shop endpoint'));
    // Its refusals have no code but the status.
    case 'code':
      return free(refuse(rule.code ?? 500, 'Something is wrong'));
    // The handler did its work: the credit is kept.
    case 'refused':
      return charged(refuse(200, 'Upstream data source is temporarily unavailable'));
    case 'upgrade':
      return charged(json(200, { upgrade: 'premium', message: 'Upgrade to Premium to use this data.' }));
    case 'wrong-shape':
      return charged(json(200, { success: true, data: { product_title: 'Unexpected', unit_price: '1', gmv: [] } }));
    default:
      return mishap(rule, scene.elsewhere);
  }
}
