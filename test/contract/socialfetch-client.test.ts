/**
 * Guards how SocialFetch's refusals are understood: by the HTTP status first, each one code and a price.
 *
 * No page shows a whole refusal; the fixtures put the documented codes into the documented envelope.
 */
import { describe, expect, it } from 'vitest';
import type { ErrorCode, ShopgraphError } from '../../src/errors.ts';
import type { WireReply } from '../../src/providers/provider.ts';
import { socialfetch } from '../../src/providers/socialfetch/client.ts';
import { storeProducts } from '../../src/providers/socialfetch/contract.ts';
import { documentedIn, fixture } from './fixtures.ts';
import { refusalBy, replyOf } from './replies.ts';

const apiKey = 'sfk_0123456789abcdef';
const provider = socialfetch({ apiKey });
const shown = (name: string) => fixture(`socialfetch/refusals/${name}`);
const html = '<!DOCTYPE html><html><body>Bad gateway</body></html>';

function refusalOf(reply: WireReply): ShopgraphError {
  const refusal = refusalBy(provider, reply, storeProducts);
  if (!refusal) throw new Error('the reply was taken for an answer');
  return refusal;
}

const cases: [what: string, status: number, text: string, code: ErrorCode, charged: boolean][] = [
  ['400', 400, shown('bad-request'), 'BAD_INPUT', false],
  ['401', 401, shown('unauthorized'), 'AUTH_FAILED', false],
  ['402 for want of credits', 402, shown('insufficient-credits'), 'QUOTA_EXHAUSTED', false],
  ['402 without a code', 402, '', 'QUOTA_EXHAUSTED', false],
  ['402 that asks for a payment: the key did not arrive', 402, shown('payment-required'), 'AUTH_FAILED', false],
  ['402 of a payment that failed', 402, shown('payment-settlement-failed'), 'AUTH_FAILED', false],
  ['403', 403, shown('forbidden'), 'FORBIDDEN', true],
  ['404, which is an unknown path', 404, shown('unknown-path'), 'UPSTREAM_BAD_DATA', true],
  ['429, though its code is that of a 503', 429, shown('temporarily-unavailable'), 'RATE_LIMITED', false],
  ['500', 500, shown('internal-error'), 'UPSTREAM_UNAVAILABLE', true],
  ['502, which may be charged', 502, shown('lookup-failed'), 'UPSTREAM_UNAVAILABLE', true],
  ['502 as HTML', 502, html, 'UPSTREAM_UNAVAILABLE', true],
  ['503, though its code is that of a 429', 503, shown('temporarily-unavailable'), 'UPSTREAM_UNAVAILABLE', false],
  ['504 as HTML', 504, html, 'UPSTREAM_UNAVAILABLE', true],
  ['503 that speaks of credits: the status decides', 503, shown('insufficient-credits'), 'UPSTREAM_UNAVAILABLE', false],
  ['200 with a refusal', 200, shown('internal-error'), 'UPSTREAM_BAD_DATA', true],
  ['200 as HTML', 200, html, 'UPSTREAM_BAD_DATA', true],
  ['200 with nothing', 200, '', 'UPSTREAM_BAD_DATA', true],
  ['200 with null', 200, 'null', 'UPSTREAM_BAD_DATA', true],
  ['200 without data', 200, '{"data":null,"meta":{}}', 'UPSTREAM_BAD_DATA', true],
  ['200 with a list', 200, '{"data":[]}', 'UPSTREAM_BAD_DATA', true],
  ['204', 204, '', 'UPSTREAM_BAD_DATA', true],
  ['302', 302, '', 'UPSTREAM_BAD_DATA', true],
];

describe('a refusal', () => {
  it.each(cases)('%s', (_, status, text, code, charged) => {
    expect(refusalOf(replyOf(status, text)).extensions).toEqual({
      code,
      retryable: ['RATE_LIMITED', 'UPSTREAM_UNAVAILABLE'].includes(code),
      provider: 'SOCIAL_FETCH',
      endpoint: 'storeProducts',
      creditsCharged: charged ? 1 : 0,
    });
  });

  it('that is documented is in the table above', () => {
    const texts = new Set(cases.map(([, , text]) => text));
    expect(documentedIn('socialfetch/refusals').filter((name) => !texts.has(shown(name)))).toEqual([]);
  });

  it.each([0, 1, 3])('that says its price is believed: %s', (credits) => {
    const text = `{"error":{"code":"lookup_failed"},"meta":{"creditsCharged":${String(credits)}}}`;
    expect(refusalOf(replyOf(502, text)).details.creditsCharged).toBe(credits);
  });

  it.each(['"error":"text"', '"error":null', '"error":[]', '"error":{"code":5,"message":{}}', '"meta":7', '"meta":{}'])(
    'in a form nobody documented is understood by its status: %s',
    (member) => {
      expect(refusalOf(replyOf(402, `{${member}}`)).extensions).toMatchObject({ code: 'QUOTA_EXHAUSTED' });
      expect(refusalOf(replyOf(502, `{${member}}`)).extensions).toMatchObject({ creditsCharged: 1 });
    },
  );

  it('keeps its words and its address to the log', () => {
    const error = refusalOf(replyOf(402, shown('insufficient-credits')));
    expect(error.details.reason).toBe('HTTP 402 insufficient_credits: Insufficient credits');
    expect(error.message + JSON.stringify(error.extensions)).not.toMatch(/insufficient|checkout|http/i);
  });
});

describe('the wait that a 503 asks for', () => {
  const date = 'Wed, 02 Jan 2030 10:00:00 GMT';
  it.each([
    ['0', 0],
    ['5', 5000],
    ['Wed, 02 Jan 2030 10:00:07 GMT', 7000],
    ['Wed, 02 Jan 2030 09:00:00 GMT', 0],
    ['soon', undefined],
    ['', undefined],
    ['-1', undefined],
    ['1.5', undefined],
  ])('%j', (value, waitMs) => {
    const headers = { 'retry-after': value, date };
    const text = shown('temporarily-unavailable');
    expect(refusalOf(replyOf(503, text, headers)).details.retryAfterMs).toBe(waitMs);
  });
});

describe('an answer', () => {
  it.each(documentedIn('socialfetch'))('%s is no refusal, and says what it cost', (name) => {
    const reply = replyOf(200, fixture(`socialfetch/${name}`));
    expect(() => {
      provider.check(reply, storeProducts);
    }).not.toThrow();
    expect(provider.bill?.(reply)).toEqual({ charged: 1 });
  });

  it.each(['{}', 'null', '{"meta":null}', '{"meta":{"creditsCharged":"x"}}', '{"meta":{"creditsCharged":-1}}', '<'])(
    'that says no price that could be read has none: %s',
    (text) => {
      expect(provider.bill?.(replyOf(200, text))).toEqual({ charged: undefined });
    },
  );
});

it('a request bears the key in its header, never in its URL', () => {
  const request = { method: 'GET', path: '/p', query: { a: '1' }, headers: { accept: 'x' }, body: null } as const;
  expect(provider.authorize(request)).toEqual({ ...request, headers: { accept: 'x', 'x-api-key': apiKey } });
  expect(provider.secrets).toEqual([apiKey]);
});
