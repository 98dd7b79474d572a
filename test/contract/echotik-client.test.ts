/**
 * Guards how EchoTik's refusals are understood: a quota behind HTTP 500, a code inside the reply, and text that is not quite JSON.
 *
 * No page shows a whole refusal; the fixtures put the known texts into the documented envelope, one beside it.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ErrorCode, ShopgraphError } from '../../src/errors.ts';
import { parseJson } from '../../src/json.ts';
import { echotik } from '../../src/providers/echotik/client.ts';
import { products } from '../../src/providers/echotik/contract.ts';
import type { WireReply } from '../../src/providers/provider.ts';
import { documentedIn, fixture } from './fixtures.ts';
import { refusalBy, replyOf } from './replies.ts';

const provider = echotik({ username: 'someone', password: 'pässword:1' });
const shown = (name: string) => fixture(`echotik/refusals/${name}`);
const html = '<!DOCTYPE html><html><body>Service unavailable</body></html>';
const quotaText = 'Usage Limit Exceeded, Please Contact Administrator to Increase Quota';

function refusalOf(reply: WireReply): ShopgraphError {
  const refusal = refusalBy(provider, reply, products);
  if (!refusal) throw new Error('the reply was taken for an answer');
  return refusal;
}

const cases: [what: string, status: number, text: string, code: ErrorCode, charged: boolean][] = [
  ['500 of a quota', 500, shown('quota'), 'QUOTA_EXHAUSTED', false],
  ['500 of a quota, as bare text', 500, quotaText, 'QUOTA_EXHAUSTED', false],
  ['500 of a quota, under another key', 500, `{"error":"${quotaText}"}`, 'QUOTA_EXHAUSTED', false],
  ['500 of a quota, in another case', 500, quotaText.toUpperCase(), 'QUOTA_EXHAUSTED', false],
  ['429 of a quota', 429, shown('quota'), 'QUOTA_EXHAUSTED', false],
  ['200 of a quota', 200, shown('quota'), 'QUOTA_EXHAUSTED', false],
  ['500 of anything else', 500, '{"code":500,"message":"error","data":null}', 'UPSTREAM_UNAVAILABLE', true],
  ['500 as HTML', 500, html, 'UPSTREAM_UNAVAILABLE', true],
  ['503 as HTML', 503, html, 'UPSTREAM_UNAVAILABLE', true],
  ['401 without a body', 401, '', 'AUTH_FAILED', false],
  ['401 with one', 401, '{"code":401,"message":"Unauthorized"}', 'AUTH_FAILED', false],
  ['403', 403, '', 'AUTH_FAILED', false],
  ['200 whose code is 401', 200, '{"code":401,"message":"no"}', 'AUTH_FAILED', false],
  ['200 whose code is "403"', 200, '{"code":"403","message":"no"}', 'AUTH_FAILED', false],
  ['200 that speaks of an auth error', 200, '{"code":7,"msg":"Auth Error"}', 'AUTH_FAILED', false],
  ['429', 429, '', 'RATE_LIMITED', true],
  ['429 as HTML', 429, html, 'RATE_LIMITED', true],
  ['400', 400, '{"code":400,"message":"bad"}', 'BAD_INPUT', true],
  ['404', 404, html, 'UPSTREAM_BAD_DATA', true],
  ['200 whose code is 500: turned away by TikTok', 200, shown('risk-control'), 'UPSTREAM_UNAVAILABLE', false],
  ['200 whose code is none we know', 200, shown('other-code'), 'UPSTREAM_BAD_DATA', true],
  ['200 whose code is 200', 200, '{"code":200,"message":"success","data":[]}', 'UPSTREAM_BAD_DATA', true],
  ['200 without a code', 200, '{"data":[]}', 'UPSTREAM_BAD_DATA', true],
  ['200 whose code is null', 200, '{"code":null,"data":[]}', 'UPSTREAM_BAD_DATA', true],
  ['200 whose code is empty', 200, '{"code":"","data":[]}', 'UPSTREAM_BAD_DATA', true],
  ['200 whose code is false', 200, '{"code":false,"data":[]}', 'UPSTREAM_BAD_DATA', true],
  ['200 as HTML', 200, html, 'UPSTREAM_BAD_DATA', true],
  ['200 with a list', 200, '[]', 'UPSTREAM_BAD_DATA', true],
  ['200 with nothing', 200, '', 'UPSTREAM_BAD_DATA', true],
  ['204', 204, '', 'UPSTREAM_BAD_DATA', true],
  ['302', 302, '', 'UPSTREAM_BAD_DATA', true],
];

describe('a refusal', () => {
  it.each(cases)('%s', (_, status, text, code, charged) => {
    expect(refusalOf(replyOf(status, text)).extensions).toEqual({
      code,
      retryable: ['RATE_LIMITED', 'UPSTREAM_UNAVAILABLE'].includes(code),
      provider: 'ECHOTIK',
      endpoint: 'products',
      creditsCharged: charged ? 1 : 0,
    });
  });

  it('that is shown is in the table above', () => {
    const texts = new Set(cases.map(([, , text]) => text));
    expect(documentedIn('echotik/refusals').filter((name) => !texts.has(shown(name)))).toEqual([]);
  });

  it('of a quota does not say when it returns: nobody knows', () => {
    expect(refusalOf(replyOf(500, shown('quota'))).details.resets).toBeUndefined();
  });

  it.each([
    ['5', 5000],
    ['soon', undefined],
    ['1.5', undefined],
  ])('that asks for a wait of %j, which is nowhere documented, is obeyed if it can be read', (value, waitMs) => {
    expect(refusalOf(replyOf(429, '', { 'retry-after': value })).details.retryAfterMs).toBe(waitMs);
  });

  it('keeps its words to the log', () => {
    const error = refusalOf(replyOf(500, shown('quota')));
    expect(error.details.reason).toBe(`HTTP 500 ${quotaText}`);
    expect(error.message + JSON.stringify(error.extensions)).not.toMatch(/administrator|usage limit/i);
  });
});

describe('an answer', () => {
  it.each([
    ...documentedIn('echotik').map((name) => fixture(`echotik/${name}`)),
    '{"code":0,"message":"success","data":null}',
    '{"code":0,"data":[]}',
    '{"code":"0","data":[]}',
    '{"code":0,"message":7,"msg":null,"data":[]}',
    `{"code":0,"message":"success","data":[{"product_id":"12345","product_name":"${quotaText}, unauthorized"}]}`,
  ])('is no refusal, whatever its products are called: %#', (text) => {
    expect(() => {
      provider.check(replyOf(200, text), products);
    }).not.toThrow();
  });

  it.each([quotaText, 'Unauthorized', 'auth error'])(
    'that cannot be read is bad data, though a product is described by %j',
    (words) => {
      const text = `{"code":0,"data":[{"product_name":"a\u0001 ${words}"}]}`;
      expect(refusalOf(replyOf(200, text)).code).toBe('UPSTREAM_BAD_DATA');
    },
  );
});

describe('control characters', () => {
  const clean = provider.clean!;
  const controls = Array.from({ length: 32 }, (_, code) => String.fromCharCode(code));

  it('in a description no longer keep the reply from being read', () => {
    for (const control of controls) {
      const text = `{"code":0,"data":[{"product_name":"a${control}b"}]}`;
      expect(() => parseJson(text)).toThrow();
      expect(parseJson(clean(text))).toEqual({ code: 0, data: [{ product_name: 'a b' }] });
    }
  });

  it('between values are read over, within a number they stay an error: digits are never joined', () => {
    for (const control of controls) {
      expect(parseJson(clean(`{${control}"a":${control}1}`))).toEqual({ a: 1 });
      expect(() => parseJson(clean(`{"a":1${control}2}`))).toThrow();
    }
  });

  it('that are escaped, and all other text, stay as they are', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(0, 2, '\t'), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(parseJson(clean(text))).toEqual(parseJson(text));
      }),
    );
  });
});

it('a request is signed with name and password, of which no trace may be kept', () => {
  const request = { method: 'GET', path: '/p', query: { a: '1' }, headers: { accept: 'x' }, body: null } as const;
  // base64 of the UTF-8 of `someone:pässword:1`
  const base64 = 'c29tZW9uZTpww6Rzc3dvcmQ6MQ==';
  expect(provider.authorize(request)).toEqual({
    ...request,
    headers: { accept: 'x', authorization: `Basic ${base64}` },
  });
  expect(provider.secrets).toEqual(['pässword:1', base64]);
});
