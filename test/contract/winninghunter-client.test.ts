/** Guards how WinningHunter's refusals are understood: each becomes one code and a price, and its words stay out of the public's sight. */
import { describe, expect, it } from 'vitest';
import type { ErrorCode, ShopgraphError } from '../../src/errors.ts';
import type { WireReply } from '../../src/providers/provider.ts';
import * as contract from '../../src/providers/winninghunter/contract.ts';
import { winninghunter } from '../../src/providers/winninghunter/client.ts';
import { documentedIn, fixture } from './fixtures.ts';
import { refusalBy, replyOf } from './replies.ts';

const apiKey = 'wh_0123456789abcdef0123456789abcdef0123456789abcdef';
const provider = winninghunter({ apiKey });
const html = (title: string) => `<!DOCTYPE html><html><head><title>${title}</title></head></html>`;

function refusalOf(reply: WireReply, endpoint = contract.shopDetail): ShopgraphError {
  const refusal = refusalBy(provider, reply, endpoint);
  if (!refusal) throw new Error('the reply was taken for an answer');
  return refusal;
}

interface Case {
  what: string;
  status: number;
  text: string;
  code: ErrorCode;
  /** Whether the credit is, or may be, kept. */
  charged: boolean;
  retryable?: true;
}

const shown = (name: string) => fixture(`winninghunter/refusals/${name}`);

const cases: Case[] = [
  { what: '401', status: 401, text: shown('unauthorized'), code: 'AUTH_FAILED', charged: false },
  { what: '403 for the plan', status: 403, text: shown('plan'), code: 'FORBIDDEN', charged: false },
  {
    what: '403 for used up credits',
    status: 403,
    text: shown('insufficient-credits'),
    code: 'QUOTA_EXHAUSTED',
    charged: false,
  },
  { what: '400', status: 400, text: shown('bad-request'), code: 'BAD_INPUT', charged: true },
  { what: '404 as JSON', status: 404, text: shown('unknown-path'), code: 'UPSTREAM_BAD_DATA', charged: true },
  { what: '404 as HTML', status: 404, text: html('404 Not Found'), code: 'UPSTREAM_BAD_DATA', charged: true },
  { what: '414 as HTML', status: 414, text: html('414 URI Too Long'), code: 'UPSTREAM_BAD_DATA', charged: true },
  {
    what: '429 for the rate',
    status: 429,
    text: shown('rate'),
    code: 'RATE_LIMITED',
    charged: false,
    retryable: true,
  },
  {
    what: '429 for the month, with credits',
    status: 429,
    text: shown('quota'),
    code: 'QUOTA_EXHAUSTED',
    charged: false,
  },
  {
    what: '429 for the month, without credits',
    status: 429,
    text: shown('quota-bare'),
    code: 'QUOTA_EXHAUSTED',
    charged: false,
  },
  {
    what: '429 as HTML',
    status: 429,
    text: html('429 Too Many Requests'),
    code: 'RATE_LIMITED',
    charged: false,
    retryable: true,
  },
  {
    what: '429 for the rate, that says no credits',
    status: 429,
    text: '{"success":false,"error":"Rate limit exceeded. Max 60 requests per minute.","credits":null}',
    code: 'RATE_LIMITED',
    charged: false,
    retryable: true,
  },
  {
    what: '500',
    status: 500,
    text: shown('server-error'),
    code: 'UPSTREAM_UNAVAILABLE',
    charged: false,
    retryable: true,
  },
  {
    what: '502 as HTML',
    status: 502,
    text: html('502 Bad Gateway'),
    code: 'UPSTREAM_UNAVAILABLE',
    charged: false,
    retryable: true,
  },
  { what: '200 with an upgrade', status: 200, text: shown('upgrade'), code: 'FORBIDDEN', charged: true },
  {
    what: '200 that is no success',
    status: 200,
    text: '{"success":false,"error":"Upstream data source is temporarily unavailable"}',
    code: 'UPSTREAM_BAD_DATA',
    charged: true,
  },
  {
    what: '200 that is no success, though it has data',
    status: 200,
    text: '{"success":false,"error":"half done","data":{"name":"a"}}',
    code: 'UPSTREAM_BAD_DATA',
    charged: true,
  },
  { what: '200 for the month', status: 200, text: shown('quota'), code: 'QUOTA_EXHAUSTED', charged: true },
  { what: '200 as HTML', status: 200, text: html('Sign in'), code: 'UPSTREAM_BAD_DATA', charged: true },
  { what: '200 with a bare text', status: 200, text: 'OK, see you soon', code: 'UPSTREAM_BAD_DATA', charged: true },
  { what: '200 with nothing', status: 200, text: '', code: 'UPSTREAM_BAD_DATA', charged: true },
  { what: '200 with null', status: 200, text: 'null', code: 'UPSTREAM_BAD_DATA', charged: true },
  { what: '204', status: 204, text: '', code: 'UPSTREAM_BAD_DATA', charged: true },
  { what: '302', status: 302, text: '', code: 'UPSTREAM_BAD_DATA', charged: true },
];

describe('a refusal', () => {
  it.each(cases)('$what is $code', ({ status, text, code, charged, retryable = false }) => {
    const error = refusalOf(replyOf(status, text));
    expect(error.code).toBe(code);
    expect(error.extensions).toEqual({
      code,
      retryable,
      provider: 'WINNING_HUNTER',
      endpoint: 'shopDetail',
      creditsCharged: charged ? 1 : 0,
    });
  });

  it('that is documented is in the table above', () => {
    const texts = new Set(cases.map(({ text }) => text));
    const names = documentedIn('winninghunter/refusals');
    expect(names.length).toBeGreaterThan(0);
    expect(names.filter((name) => !texts.has(shown(name)))).toEqual([]);
  });

  it('costs what the endpoint costs', () => {
    const dear = { ...contract.shopDetail, credits: 5 };
    const upgrade = replyOf(200, shown('upgrade'));
    expect(() => {
      provider.check(upgrade, dear);
    }).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ creditsCharged: 5 }) as unknown }) as Error,
    );
  });
});

describe('an answer is no refusal', () => {
  const answers = documentedIn('winninghunter').map((name): [string, string] => [
    name,
    fixture(`winninghunter/${name}`),
  ]);
  it.each<[string, string]>([
    ...answers,
    ['without `success`', '{"data":{"name":"a"}}'],
    ['with an error that is null', '{"success":true,"error":null,"message":null,"data":{"name":"a"}}'],
    ['with a message that is no text', '{"success":true,"message":{"level":"info"},"data":{"name":"a"}}'],
    ['of an unknown id', '{"success":true,"data":null}'],
    ['with what is left of the credits', '{"success":true,"data":[],"credits":{"remaining":0},"credits_remaining":0}'],
    ['with data and a hint to upgrade', '{"success":true,"data":{"name":"a"},"upgrade":"premium"}'],
  ])('%s', (_, text) => {
    expect(() => {
      provider.check(replyOf(200, text), contract.shopDetail);
    }).not.toThrow();
  });
});

describe('the wait that a 429 asks for', () => {
  const waitOf = (headers: WireReply['headers'], status = 429, text = shown('rate')) =>
    refusalOf(replyOf(status, text, headers)).details.retryAfterMs;
  const date = 'Wed, 02 Jan 2030 10:00:00 GMT';

  it.each([
    ['0', 0],
    ['1', 1000],
    ['120', 120_000],
  ])('is read from seconds: %s', (seconds, waitMs) => {
    expect(waitOf({ 'retry-after': seconds })).toBe(waitMs);
    expect(refusalOf(replyOf(429, shown('rate'), { 'retry-after': seconds })).extensions).toMatchObject({
      retryAfterMs: waitMs,
    });
  });

  it("is read from a date, by the provider's own clock", () => {
    expect(waitOf({ 'retry-after': 'Wed, 02 Jan 2030 10:00:07 GMT', date })).toBe(7000);
  });

  it('is never less than nothing', () => {
    expect(waitOf({ 'retry-after': 'Wed, 02 Jan 2030 09:00:00 GMT', date })).toBe(0);
  });

  it.each([
    ['no header', {}],
    ['words', { 'retry-after': 'soon', date }],
    ['nothing', { 'retry-after': '', date }],
    ['a date without the provider’s own', { 'retry-after': 'Wed, 02 Jan 2030 10:00:07 GMT' }],
    ['a fraction, which the standard does not know', { 'retry-after': '1.5', date }],
    ['less than nothing', { 'retry-after': '-1', date }],
  ])('is not known from %s', (_, headers) => {
    expect(waitOf(headers)).toBeUndefined();
  });

  it('is obeyed of a 503 too, where it is at home', () => {
    expect(waitOf({ 'retry-after': '5' }, 503, html('503 Service Unavailable'))).toBe(5000);
  });

  it('is told of any refusal: a quota has an end as well', () => {
    expect(waitOf({ 'retry-after': '5' }, 429, shown('quota'))).toBe(5000);
  });
});

describe('what the public is told', () => {
  /** What a body says in words. */
  const wordsOf = (text: string) =>
    [...text.matchAll(/"(?:error|message|upgrade)":\s*"([^"]+)"|<title>([^<]+)/g)].map(
      ([, quoted, title]) => quoted ?? title,
    );

  it.each(cases.filter(({ text }) => wordsOf(text).length > 0))(
    "of $what holds none of the provider's words, nor the key",
    ({ status, text }) => {
      const { message, extensions } = refusalOf(
        replyOf(status, text.replace(/("(?:error|message)":\s*")|<title>/, `$&${apiKey} `)),
      );
      const told = message + JSON.stringify(extensions);
      expect(told).not.toContain(apiKey);
      for (const words of wordsOf(text)) expect(told).not.toContain(words);
    },
  );
});

describe('what the log is told', () => {
  it("is the status and the provider's words, for whoever looks into it", () => {
    expect(refusalOf(replyOf(401, shown('unauthorized'))).details.reason).toBe('HTTP 401 Unauthorized');
    expect(refusalOf(replyOf(200, shown('upgrade'))).details.reason).toContain('Upgrade to Premium');
  });
});

it('a request is signed with the key in its header, and is else left as it was', () => {
  const request = {
    method: 'POST',
    path: '/p',
    query: { a: '1' },
    headers: { accept: 'application/json' },
    body: '{}',
  } as const;
  expect(provider.authorize(request)).toEqual({
    ...request,
    headers: { accept: 'application/json', 'x-api-key': apiKey },
  });
  expect(request.headers).toEqual({ accept: 'application/json' });
});
