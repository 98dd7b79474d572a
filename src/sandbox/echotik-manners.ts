// EchoTik's manners: its account, its envelope, how it refuses, and the characters that make its JSON no JSON.

import type { FaultRule } from './faults.ts';
import { type Outcome, charged, free } from './manners.ts';
import { mishap, retryAfter } from './mishaps.ts';
import type { Question, Scene } from './provider.ts';
import { type Reply, json } from './reply.ts';

/** The only account the sandbox knows. */
export const account = { username: '250601000000000001', password: 'f3a1c9d27b6e4805' };

const credentials = `Basic ${btoa(`${account.username}:${account.password}`)}`;

/** Stand for characters that no JSON text may hold, but theirs does. */
export const rawTab = '\ue000';
export const rawNewline = '\ue001';

export function rows(data: object[], numericIds: boolean): Reply {
  const reply = json(200, { code: 0, message: 'success', data, requestId: 'sandbox' }, {}, numericIds);
  if (reply.kind !== 'text') return reply;
  return { ...reply, body: reply.body.replaceAll(rawTab, '\u000b').replaceAll(rawNewline, '\n') };
}

export const refuse = (status: number, code: number, message: string, headers: Record<string, string> = {}): Reply =>
  json(status, { code, message, data: null, requestId: 'sandbox' }, headers);

const unauthorized = () => refuse(401, 401, 'auth error');

export const turnAway = ({ headers }: Question): Reply | undefined =>
  headers.authorization === credentials ? undefined : unauthorized();

const quotaText = 'Usage Limit Exceeded, Please Contact Administrator to Increase Quota';

/** How the fault looks; undefined for 'other-id'. A code other than 0 is not billed; of a status nobody says: it is kept. */
export function faulty(rule: FaultRule, { elsewhere }: Scene): Outcome | undefined {
  switch (rule.fault) {
    case 'code':
      return coded(rule.code ?? 500);
    case 'unauthorized':
      return free(unauthorized());
    // HTTP 500, in a form that nobody shows: once within the envelope, once bare.
    case 'quota':
    case 'insufficient-credits':
      return free(refuse(500, 500, quotaText));
    case 'quota-bare':
      return free({ kind: 'text', status: 500, contentType: 'text/plain; charset=utf-8', body: quotaText });
    // TikTok has turned them away.
    case 'refused':
      return coded(500);
    case 'upgrade':
      return coded(1);
    case 'plan':
      return free(refuse(403, 403, 'Forbidden'));
    case 'unknown-path':
      return charged(refuse(404, 404, 'Not Found'));
    case 'rate-limit':
      return charged(refuse(429, 429, 'Too Many Requests', retryAfter(rule)));
    case 'server-error':
      return charged(refuse(500, 500, 'Internal Server Error'));
    case 'wrong-shape':
      return charged(json(200, { code: 0, message: 'success', data: { list: [] }, requestId: 'sandbox' }));
    default:
      return mishap(rule, elsewhere);
  }
}

const coded = (code: number): Outcome =>
  code === 0 ? charged(rows([], false)) : free(refuse(200, code, `code ${code}`));
