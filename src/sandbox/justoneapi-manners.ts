// Just One API's manners: its token, its envelope, its codes, and which of them are billed.

import type { FaultRule } from './faults.ts';
import { type Outcome, charged, free } from './manners.ts';
import { mishap, retryAfter } from './mishaps.ts';
import type { Question, Scene } from './provider.ts';
import { randomOf } from './random.ts';
import { type Reply, json } from './reply.ts';

/** The only token the sandbox knows. */
export const token = 'Sb4xT0k3nSb4xT0k3n';

const messages: Partial<Record<number, string>> = {
  0: '',
  100: 'INVALID TOKEN',
  201: 'NO CONTENT',
  202: 'The task is being processed. Retry later with the same itemId.',
  301: 'COLLECT FAILED, PLEASE RETRY',
  302: 'TOO FAST',
  303: 'DAILY QUOTA EXCEEDED',
  400: 'INVALID PARAMETERS',
  500: 'INTERNAL SERVER ERROR',
  600: 'PERMISSION DENIED',
  601: 'INSUFFICIENT BALANCE',
  602: 'TOKEN BUDGET EXCEEDED',
};

/** "No content" is billed. Of 101, 202, 300, 404, 503 and 602 their pages do not say: the credit is kept. */
const freeCodes = new Set([100, 301, 302, 303, 400, 500, 600, 601]);

interface Envelope {
  /** Their specification once called it a string. */
  isCodeText?: boolean;
  numericIds?: boolean;
  headers?: Record<string, string>;
  message?: string;
}

/** Whatever it says, by HTTP 200. */
export function envelope(code: number, data: unknown, { at, path }: Question, more: Envelope = {}): Reply {
  const said = {
    code: more.isCodeText ? String(code) : code,
    message: more.message ?? messages[code] ?? '',
    recordTime: `${new Date(at).toISOString().slice(0, 19)}+00:00`,
    requestId: randomOf(`${path} ${at}`).whole(1, 1e9).toString(36),
    data,
  };
  return json(200, said, more.headers, more.numericIds);
}

export const turnAway = (question: Question): Reply | undefined =>
  question.path === '/ping' || question.query.get('token') === token ? undefined : envelope(100, null, question);

/** A reply that is only a code. */
export const coded = (code: number, question: Question, headers: Record<string, string> = {}): Outcome =>
  (freeCodes.has(code) ? free : charged)(envelope(code, null, question, { headers }));

/** How the fault looks; undefined for 'other-id'. */
export function faulty(rule: FaultRule, { elsewhere }: Scene, question: Question): Outcome | undefined {
  const code = rule.fault === 'code' ? (rule.code ?? 500) : codeOf[rule.fault];
  if (code !== undefined) return coded(code, question, retryAfter(rule));
  if (rule.fault !== 'wrong-shape') return mishap(rule, elsewhere);
  return charged(envelope(0, { goods: { goods_name: 'Unexpected', amount: '1' } }, question));
}

const codeOf: Partial<Record<FaultRule['fault'], number>> = {
  'rate-limit': 302,
  quota: 303,
  'quota-bare': 303,
  'insufficient-credits': 601,
  upgrade: 602,
  plan: 600,
  unauthorized: 100,
  refused: 301,
  'server-error': 500,
  // What an unknown path answers is not documented.
  'unknown-path': 400,
};
