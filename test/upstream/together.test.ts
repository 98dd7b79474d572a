/** Guards what travels together on the wire: one request for several questions, and to each its own rows, digit for digit. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { ShopgraphError } from '../../src/errors.ts';
import { parseJson } from '../../src/json.ts';
import { echotik } from '../../src/providers/echotik/client.ts';
import * as et from '../../src/providers/echotik/contract.ts';
import type { Endpoint } from '../../src/providers/provider.ts';
import { decode, decodeTogether } from '../../src/upstream/decode.ts';
import type { Answer, Call } from '../../src/upstream/pipeline.ts';
import { toRequest } from '../../src/upstream/request.ts';
import { aCall, anAsker, anEndpoint, failureOf } from './calls.ts';
import { provider, says, senderTo } from './world.ts';

const { products } = et;
const bulk = products.bulk!;
const at = Date.UTC(2030, 0, 1);

const call = (id: string, endpoint: Endpoint = products): Call => ({
  ...{ endpoint, asker: anAsker(), key: `${endpoint.name} ${id}` },
  params: endpoint.params.parse({ [endpoint.bulk!.param]: id }),
});
const together = (...ids: string[]): Call => {
  const calls = ids.map((id) => call(id));
  return { ...calls[0]!, together: calls };
};
const key = (id: string) => `products ${id}`;

const told = (text: string, ...ids: string[]) =>
  decodeTogether(
    ids.map((id) => call(id)),
    { ...products, bulk },
    parseJson(text),
    at,
  );
const reply = (...rows: string[]) => `{"code":0,"message":"success","data":[${rows.join(',')}],"requestId":"r"}`;
const row = (id: string, more = '') => `{"product_id":${id}${more}}`;

const answerIn = (parts: ReadonlyMap<string, Answer | ShopgraphError>, id: string): Answer => {
  const part = parts.get(key(id));
  if (!part || part instanceof ShopgraphError) throw part ?? new Error(`nothing of ${id}`);
  return part;
};
const failureIn = (parts: ReadonlyMap<string, Answer | ShopgraphError>, id: string) => {
  const part = parts.get(key(id));
  return part instanceof ShopgraphError ? part : undefined;
};

const [A, B, C] = ['1729527313880355335', '1729527313880355336', '1729527313880355337'] as const;

describe('the request', () => {
  it('joins the values of the param under its other name, and sends it by no other', () => {
    expect(toRequest(together(A, B, C))).toMatchObject({
      ...{ method: 'GET', path: products.path, body: null },
      query: { product_ids: `${A},${B},${C}` },
    });
    expect(Object.keys(toRequest(together(A)).query)).toEqual(['product_ids']);
  });

  it('of a question by itself is of the same form', () => {
    expect(toRequest(call(A)).query).toEqual({ product_ids: A });
    expect(toRequest(together(A)).query).toEqual({ product_ids: A });
  });

  it('keeps what the questions have in common, in a body as in a query', () => {
    const posted = anEndpoint({
      ...{
        method: 'POST',
        path: '/things/{region}',
        params: z.object({ id: z.string(), region: z.string(), page: z.int() }),
      },
      bulk: { param: 'id', as: 'ids', key: 'id', max: 10 },
    });
    const of = (id: string): Call => ({ ...aCall(id, posted), params: { id, region: 'US', page: 2 } });
    const request = toRequest({ ...of('1'), together: [of('1'), of('2')] });
    expect([request.path, JSON.parse(request.body!)]).toEqual(['/things/US', { page: 2, ids: '1,2' }]);
  });
});

describe('the reply', () => {
  it('is told to each by its id, in whatever order the rows come and however the id is written', () => {
    const parts = told(reply(row(C, ',"product_name":"c"'), row(`"${A}"`, ',"product_name":"a"')), A, B, C);
    expect([A, C].map((id) => answerIn(parts, id).data)).toMatchObject([
      { product_id: A, product_name: 'a' },
      { product_id: C, product_name: 'c' },
    ]);
    expect(answerIn(parts, B).data).toBeNull();
    expect([...parts.keys()]).toEqual([A, B, C].map(key));
  });

  it.each(['[]', 'null'])('that has no rows (%s) knows none of them', (data) => {
    const parts = told(`{"code":0,"data":${data}}`, A, B);
    expect([A, B].map((id) => answerIn(parts, id).data)).toEqual([null, null]);
  });

  it('is kept for each as a text of its own, which is read as what was told', () => {
    const more = [
      ',"min_price":24.90,"max_price":"24.90","seller_id":7495000000000000001',
      ',"min_price":24.9,"product_rating":4.70',
      '',
    ];
    const parts = told(reply(...[A, B, C].map((id, nth) => row(id, more[nth]))), A, B, C);
    for (const id of [A, B, C]) {
      const { data, text, bytes } = answerIn(parts, id);
      expect(decode(call(id), parseJson(text!))).toEqual(data);
      expect(bytes).toBe(text!.length);
      for (const other of [A, B, C]) expect(text!.includes(other)).toBe(id === other);
    }
    expect(answerIn(parts, A).data).toMatchObject({
      product_id: A,
      min_price: '24.90',
      max_price: '24.90',
      seller_id: '7495000000000000001',
    });
    expect(answerIn(parts, B).data).toMatchObject({ min_price: '24.9' });
  });

  it('is kept so for any numbers, texts and order, in 500 random replies', () => {
    const number = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
      fc.bigInt({ min: -(10n ** 25n), max: 10n ** 25n }).map(String),
      fc.tuple(fc.nat(), fc.nat({ max: 999 })).map(([whole, part]) => `${whole}.${part}0`),
      fc.constantFrom('-0', '0.0', '1e5', '1E-7', '24.90'),
    );
    const anything = anEndpoint({
      ...{ name: 'products', params: products.params, bulk },
      data: z.object({ data: z.array(z.unknown()).nullable() }).loose(),
    }) as typeof products;
    const rows = fc.uniqueArray(
      fc.record({
        id: fc.bigInt({ min: 10_000n, max: 10n ** 19n - 1n }).map(String),
        value: number,
        text: fc.string({ unit: 'binary' }),
      }),
      { selector: ({ id }) => id, minLength: 1, maxLength: 10 },
    );
    fc.assert(
      fc.property(rows, number, (given, extra) => {
        const texts = given.map(
          ({ id, value, text }) => `{"product_id":${id},"v":${value},"t":${JSON.stringify(text)}}`,
        );
        const json = parseJson(`{"x":${extra},"data":[${texts.toReversed().join(',')}]}`);
        const calls = given.map(({ id }) => call(id, anything));
        const parts = decodeTogether(calls, { ...anything, bulk }, json, at);
        for (const each of calls) {
          const { data, text } = parts.get(each.key) as Answer;
          expect(decode(each, parseJson(text!))).toEqual(data);
        }
        given.forEach(({ id, text, value }) => {
          const { data } = (parts.get(key(id)) as Answer).data as { data: { v: unknown; t: string }[] };
          expect(data).toHaveLength(1);
          expect(data[0]!.t).toBe(text);
          expect(data[0]!.v).toEqual((parseJson(`{"v":${value}}`) as { v: unknown }).v);
        });
      }),
      { numRuns: 500 },
    );
  });
});

describe('a bad row', () => {
  it('fails those whom it is about, with one error, and nobody else', () => {
    const bad = ',"product_name":5';
    const parts = told(reply(row(A, bad), row(B), row(C, bad)), A, B, C);
    expect(answerIn(parts, B).data).toMatchObject({ product_id: B });
    expect(failureIn(parts, A)).toMatchObject({ code: 'UPSTREAM_BAD_DATA', details: { creditsCharged: 1 } });
    expect(failureIn(parts, C)).toBe(failureIn(parts, A));
  });

  it('beside another of the same id fails it, unless both are the same', () => {
    const parts = told(reply(row(A, ',"product_name":"x"'), row(A, ',"product_name":"y"'), row(B), row(B)), A, B);
    expect(failureIn(parts, A)?.code).toBe('UPSTREAM_BAD_DATA');
    expect(answerIn(parts, B).data).toMatchObject({ product_id: B });
  });

  it.each([
    ['without an id', '{"product_name":"x"}'],
    ['whose id is null', '{"product_id":null}'],
    ['whose id has lost its digits', '{"product_id":"1.729527313880355e18"}'],
    ['that is none', 'null'],
    ['that is a text', '"x"'],
    ['that nobody asked for', row('1729527313880359999')],
  ])('%s may be anybody’s: who has no row is not told that it is unknown', (_what, bad) => {
    const parts = told(reply(row(A), bad), A, B);
    expect(answerIn(parts, A).data).toMatchObject({ product_id: A });
    expect(failureIn(parts, B)?.code).toBe('UPSTREAM_BAD_DATA');
  });

  it('in answer to a single question is no "unknown" either', () => {
    expect(failureIn(told(reply(row(B)), A), A)?.code).toBe('UPSTREAM_BAD_DATA');
  });
});

it.each(['{"code":0}', '{"code":0,"data":{}}', '{"code":0,"data":"x"}', '5', 'null', '[]'])(
  'a reply that is no list of rows (%s) is bad data, for all',
  (text) => {
    expect(() => told(text, A, B)).toThrow(expect.objectContaining({ code: 'UPSTREAM_BAD_DATA' }) as Error);
  },
);

describe('on the wire', () => {
  const sending = async (body: string) => {
    const { origin, received } = await provider(says(body));
    const sender = senderTo(origin, { provider: echotik({ username: 'u', password: 'a password' }) });
    return { ask: sender.ask, received };
  };

  it('ten questions are one request, and what is told of them lands by their keys', async () => {
    const { ask, received } = await sending(reply(row(B), row(A)));
    const { parts } = await ask(together(A, B, C));
    expect(received.map(({ url }) => new URL(url, 'http://x').searchParams.get('product_ids'))).toEqual([
      `${A},${B},${C}`,
    ]);
    expect([A, B, C].map((id) => answerIn(parts!, id).data)).toMatchObject([
      { product_id: A },
      { product_id: B },
      null,
    ]);
  });

  it('a reply of which nobody can read anything is an attempt that has failed', async () => {
    const { ask } = await sending(reply(row(A, ',"product_name":5')));
    expect(await failureOf(ask(together(A)))).toMatchObject({
      code: 'UPSTREAM_BAD_DATA',
      details: { creditsCharged: 1 },
    });
  });

  it('a reply of which somebody can read something is not', async () => {
    const { ask } = await sending(reply(row(A, ',"product_name":5'), row(B)));
    const { parts } = await ask(together(A, B));
    expect([failureIn(parts!, A)?.code, answerIn(parts!, B).data]).toMatchObject([
      'UPSTREAM_BAD_DATA',
      { product_id: B },
    ]);
  });

  it('a refusal repeats none of the ids that were asked for', async () => {
    const { ask } = await sending(`{"code":400,"message":"invalid ${C} of ${A},${B}"}`);
    const { details } = await failureOf(ask(together(A, B, C)));
    for (const id of [A, B, C]) expect(details.reason).not.toContain(id);
  });
});
