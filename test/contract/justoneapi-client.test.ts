/** Guards how Just One API's refusals are understood: each code becomes one of ours and a price, whatever the HTTP status. */
import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../src/errors.ts';
import { justoneapi } from '../../src/providers/justoneapi/client.ts';
import * as contract from '../../src/providers/justoneapi/contract.ts';
import type { Endpoint, Provider, WireReply } from '../../src/providers/provider.ts';
import { toRequest } from '../../src/upstream/request.ts';
import { documentedIn, fixture } from './fixtures.ts';
import { refusalBy, replyOf as anyReplyOf } from './replies.ts';

const token = 'jo_0123456789abcdef';
const provider = justoneapi({ token, frVersion: 'v2', jdVersion: 'v2' });

const replyOf = (text: string, status = 200, headers: WireReply['headers'] = {}) => anyReplyOf(status, text, headers);
const refusalOf = (reply: WireReply, endpoint: Endpoint = contract.productDetail) =>
  refusalBy(provider, reply, endpoint);

const envelope = (code: number | string, more = '"data":null,"message":"words of theirs"') =>
  `{"code":${JSON.stringify(code)},${more}}`;
const shown = (name: string) => fixture(`justoneapi/refusals/${name}`);

interface Case {
  says: number;
  code: ErrorCode;
  /** Whether the call is, or may be, billed. */
  charged: boolean;
  retryable?: true;
  resets?: 'day';
  /** Of the documented wording. */
  name?: string;
}

const cases: Case[] = [
  { says: 100, code: 'AUTH_FAILED', charged: false, name: 'token' },
  { says: 101, code: 'UPSTREAM_BAD_DATA', charged: true },
  { says: 202, code: 'PENDING', charged: true, retryable: true },
  { says: 300, code: 'UPSTREAM_BAD_DATA', charged: true },
  { says: 301, code: 'COLLECTION_FAILED', charged: false, retryable: true, name: 'collection-failed' },
  { says: 302, code: 'RATE_LIMITED', charged: false, retryable: true, name: 'rate' },
  { says: 303, code: 'QUOTA_EXHAUSTED', charged: false, resets: 'day', name: 'quota' },
  { says: 400, code: 'BAD_INPUT', charged: false, name: 'parameters' },
  { says: 500, code: 'UPSTREAM_UNAVAILABLE', charged: false, retryable: true, name: 'server-error' },
  { says: 503, code: 'UPSTREAM_UNAVAILABLE', charged: true, retryable: true },
  { says: 600, code: 'FORBIDDEN', charged: false, name: 'permission' },
  { says: 601, code: 'QUOTA_EXHAUSTED', charged: false, name: 'balance' },
  { says: 602, code: 'QUOTA_EXHAUSTED', charged: true, name: 'budget' },
  { says: 777, code: 'UPSTREAM_BAD_DATA', charged: true },
];

describe.each(cases)('code $says is $code', ({ says, code, charged, retryable = false, resets, name }) => {
  const extensions = {
    code,
    retryable,
    provider: 'JUST_ONE_API',
    endpoint: 'productDetail',
    creditsCharged: charged ? 1 : 0,
  };
  const texts = [envelope(says), envelope(String(says)), ...(name === undefined ? [] : [shown(name)])];

  it.each(texts)('%s', (text) => {
    const refusal = refusalOf(replyOf(text));
    expect(refusal?.extensions).toEqual(extensions);
    expect(refusal?.details.resets).toBe(resets);
  });

  it.each([200, 201, 400, 401, 403, 404, 429, 500, 502, 503])('with HTTP status %d: the code decides', (status) => {
    expect(refusalOf(replyOf(envelope(says), status))?.extensions).toEqual(extensions);
  });

  it('costs what the endpoint costs', () => {
    const dear = { ...contract.productDetail, credits: 5 };
    expect(refusalOf(replyOf(envelope(says)), dear)?.details.creditsCharged).toBe(charged ? 5 : 0);
  });

  it("keeps the provider's words from the public and tells them to the log", () => {
    const refusal = refusalOf(replyOf(envelope(says)));
    expect(`${refusal?.message ?? ''}${JSON.stringify(refusal?.extensions)}`).not.toContain('words of theirs');
    expect(refusal?.details.reason).toBe(`HTTP 200 code ${says} words of theirs`);
  });
});

it('each refusal whose wording is documented is in the table', () => {
  expect(documentedIn('justoneapi/refusals').toSorted()).toEqual(cases.flatMap(({ name }) => name ?? []).toSorted());
});

describe('an answer is no refusal', () => {
  it.each([0, '0', 201, '201', 404])('code %s, on any HTTP status', (code) => {
    for (const status of [200, 404, 500]) expect(refusalOf(replyOf(envelope(code), status))).toBeNull();
  });

  it.each(documentedIn('justoneapi'))('%s', (name) => {
    const reply = replyOf(fixture(`justoneapi/${name}`));
    for (const endpoint of [contract.productDetail, contract.jdItem]) expect(refusalOf(reply, endpoint)).toBeNull();
  });
});

describe('without an envelope the HTTP status decides', () => {
  it.each<[number, ErrorCode, number]>([
    [200, 'UPSTREAM_BAD_DATA', 1],
    [204, 'UPSTREAM_BAD_DATA', 1],
    [302, 'UPSTREAM_BAD_DATA', 1],
    [400, 'BAD_INPUT', 0],
    [401, 'AUTH_FAILED', 0],
    [403, 'FORBIDDEN', 0],
    [404, 'UPSTREAM_BAD_DATA', 1],
    [414, 'UPSTREAM_BAD_DATA', 1],
    [429, 'RATE_LIMITED', 0],
    [500, 'UPSTREAM_UNAVAILABLE', 0],
    [502, 'UPSTREAM_UNAVAILABLE', 1],
    [503, 'UPSTREAM_UNAVAILABLE', 1],
    [504, 'UPSTREAM_UNAVAILABLE', 1],
  ])('%d is %s, charged %d', (status, code, creditsCharged) => {
    for (const text of ['<html><title>Oops</title></html>', '', 'null', '[]', '{"status":1}', '{"code":"abc"}'])
      expect(refusalOf(replyOf(text, status))?.extensions, text).toMatchObject({ code, creditsCharged });
  });

  it.each(['1.5', 'null', 'true', '""', '" 0"', '"0x0"', '-1', '{}', '1e400'])('as where `code` is %s', (code) => {
    expect(refusalOf(replyOf(`{"code":${code},"data":{}}`))?.code).toBe('UPSTREAM_BAD_DATA');
  });
});

describe("JD's V2 route answers direct calls with instructions", () => {
  const words = 'Direct calls do not fetch data. Use Task Management in the dashboard.';
  it.each([
    ['as the message', envelope(0, `"data":null,"message":${JSON.stringify(words)}`)],
    ['as the data', envelope(0, `"data":${JSON.stringify(words)},"message":""`)],
    ['inside the data, deeper', envelope(0, `"data":{"task":{"tip":${JSON.stringify(words)}}},"message":null`)],
    ['inside the data', envelope('0', `"data":{"tip":${JSON.stringify(words)},"taskId":null},"message":null`)],
    ['with "pending"', envelope(202, `"data":null,"message":${JSON.stringify(words)}`)],
  ])('%s: told as such, for the configuration to mend', (_, text) => {
    const refusal = refusalOf(replyOf(text), contract.jdItem);
    expect(refusal?.message).toBe(
      "The provider's V2 route does not return data directly. Another version can be configured.",
    );
    expect(refusal?.extensions).toEqual({
      code: 'NOT_CONFIGURED',
      retryable: false,
      provider: 'JUST_ONE_API',
      endpoint: 'jdItem',
      creditsCharged: 1,
    });
  });

  it('which is not read into an item, into another endpoint, or into another refusal', () => {
    const item = fixture('justoneapi/jdItem').replace('生日礼物', 'dashboard camera');
    expect(refusalOf(replyOf(item), contract.jdItem)).toBeNull();
    expect(refusalOf(replyOf(envelope(0, `"data":"dashboard"`)))).toBeNull();
    const broke = envelope(601, '"data":null,"message":"Recharge in the dashboard"');
    expect(refusalOf(replyOf(broke), contract.jdItem)?.code).toBe('QUOTA_EXHAUSTED');
  });

  it('which is not read into a small item', () => {
    const item = envelope(0, '"data":{"product":{"skuId":"1","skuName":"dashboard camera"}},"message":"dashboard"');
    expect(refusalOf(replyOf(item), contract.jdItem)).toBeNull();
  });
});

describe('an item that is still being collected', () => {
  it.each([
    ['by the code', envelope(202, '"data":null,"message":"task pending"')],
    ['by the code alone', envelope('202', '"data":{"taskId":"1"}')],
    ['by a status', envelope(0, '"data":{"status":"PENDING"},"message":""')],
    ['by a state', envelope(0, '"data":{"taskId":"1","state":"in_progress"}')],
    ['by the state of a task', envelope(0, '"data":{"itemId":"1","taskStatus":"Queued","item":null}')],
    ['in snake case', envelope('0', '"data":{"task_status":"submitted"}')],
    ['one level deeper', envelope(0, '"data":{"task":{"id":"1","status":"running"}}')],
    ['in a list of one', envelope(0, '"data":[{"status":"waiting"}]')],
    ['with the code of "no content"', envelope(201, '"data":{"status":"processing"}')],
    ['by the message, where there are no data', envelope(0, '"data":null,"message":"Task pending, retry later."')],
    ['by the message, in Chinese', envelope(0, '"data":{},"message":"任务处理中"')],
  ])('%s', (_, text) => {
    const refusal = refusalOf(replyOf(text), contract.jdItem);
    expect(refusal?.message).toBe('The provider is still collecting this. Ask again later.');
    expect(refusal?.extensions).toEqual({
      code: 'PENDING',
      retryable: true,
      provider: 'JUST_ONE_API',
      endpoint: 'jdItem',
      // What a look at a task costs is not documented.
      creditsCharged: 1,
    });
  });

  it.each([
    ['done', '"data":{"status":"SUCCESS"}'],
    ['without a word', '"data":{"taskId":"1"}'],
    ['with a number for a status', '"data":{"status":1}'],
    ['with nothing but good wishes', '"data":null,"message":"success"'],
    ['with data of another kind', '"data":{"note":"pending"},"message":"pending"'],
    ['with much', `"data":{"status":"pending",${Array.from({ length: 20 }, (_, n) => `"k${n}":1`).join()}}`],
    ['an item', '"data":{"status":"running","product":{"skuId":"1","skuName":"running shoes"}},"message":"pending"'],
    ['an item, deeper', '"data":{"status":"running","data":{"item":{"product":{"skuId":"1","skuName":"a"}}}}'],
  ])('is not read into an answer that is %s', (_, more) => {
    expect(refusalOf(replyOf(envelope(0, more)), contract.jdItem)).toBeNull();
  });

  it('is never read into a product of TikTok, nor into another refusal', () => {
    expect(refusalOf(replyOf(envelope(0, '"data":{"status":"pending"}')))).toBeNull();
    const broke = envelope(601, '"data":{"status":"pending"},"message":"pending"');
    expect(refusalOf(replyOf(broke), contract.jdItem)?.code).toBe('QUOTA_EXHAUSTED');
  });
});

it('the wait is obeyed where one is asked for, in seconds', () => {
  const waitOf = (header: string) =>
    refusalOf(replyOf(envelope(302), 429, { 'retry-after': header }))?.details.retryAfterMs;
  expect(['0', '7', 'soon', '', '-1', '1.5'].map(waitOf)).toEqual([
    0,
    7000,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

it('the log is never told the data: cookies of others have been seen in it', () => {
  expect(refusalOf(replyOf(envelope(500, '"data":{"cookie":"c00kie"}')))?.details.reason).toBe('HTTP 200 code 500');
  for (const text of ['{"cookie":"c00kie"}', '{"code":0,"data":{"cookie":"c00kie"', ' [{"cookie":"c00kie"'])
    expect(refusalOf(replyOf(text))?.details.reason).toBe('HTTP 200 JSON of another form');
  expect(refusalOf(replyOf('<html>Oops', 502))?.details.reason).toBe('HTTP 502 <html>Oops');
});

describe('a request', () => {
  const signed = (client: Provider, endpoint: Endpoint, params: object) => {
    const { path, query } = client.authorize(toRequest({ endpoint, params: endpoint.params.parse(params) }));
    return `${path}?${new URLSearchParams(query).toString()}`;
  };
  const regions = ['US', 'GB', 'FR', 'SG', 'MY', 'PH', 'TH', 'VN', 'ID'];

  it.each(['v1', 'v2'] as const)(
    'for a product in France asks version %s, elsewhere V1, which alone knows it',
    (frVersion) => {
      const client = justoneapi({ token, frVersion, jdVersion: 'v3' });
      for (const region of regions)
        expect(signed(client, contract.productDetail, { productId: '1', region })).toBe(
          `/api/tiktok-shop/get-product-detail/${region === 'FR' ? frVersion : 'v1'}?productId=1&region=${region}&token=${token}`,
        );
    },
  );

  it.each(['v1', 'v2', 'v3'] as const)('for an item of JD asks version %s', (jdVersion) => {
    const client = justoneapi({ token, frVersion: 'v2', jdVersion });
    expect(signed(client, contract.jdItem, { itemId: '100117219515' })).toBe(
      `/api/jd/get-item-detail/${jdVersion}?itemId=100117219515&token=${token}`,
    );
  });

  it('is signed with the token in its query, whatever stood there, and is else left as it was', () => {
    const request = {
      method: 'GET',
      path: contract.jdItem.path,
      query: { itemId: '1', token: 'x' },
      headers: { accept: 'x' },
      body: null,
    } as const;
    expect(provider.authorize(request)).toEqual({
      ...request,
      path: `${request.path}/v2`,
      query: { itemId: '1', token },
    });
    expect(request.query.token).toBe('x');
    expect(provider.secrets).toEqual([token]);
  });
});
