// Guarantee: the stand-in for EchoTik answers up to ten ids at once as it would: in no order, with gaps, in not quite JSON.

import { describe, expect, it } from 'vitest';
import type { FaultName } from '../../src/sandbox/sandbox.ts';
import { documented, makeWorld, notable } from '../../src/sandbox/world.ts';
import type { Untyped } from '../serve.ts';
import { type Asking, asking, basic } from './asking.ts';

const world = makeWorld();
const { productId, creatorId, videoId, shopId } = documented;
const big = world.shops.get(notable.hundredProductShopId)!.products.map(({ id }) => id);
const sparse = world.shops.get(notable.sparseShopId)!.products;

const products = async ({ echotik }: Asking, ids: readonly string[]): Promise<Untyped[]> =>
  (await echotik('product/detail', { product_ids: ids.join(',') })).json.data;

describe('a batch', () => {
  it('costs one credit whatever its size, and comes in another order than asked', async () => {
    const its = await asking();
    const asked = big.slice(0, 10);
    const told = (await products(its, asked)).map((row) => row.product_id);
    expect(told).not.toEqual(asked);
    expect(told.toSorted()).toEqual(asked.toSorted());
    expect(its.sandbox.calls).toMatchObject([
      { provider: 'echotik', endpoint: 'products', params: { product_ids: asked.join(',') }, credits: 1 },
    ]);
  });

  it('leaves out without a word what is unknown or not collected', async () => {
    const its = await asking();
    const rows = await products(its, [productId, '1729999999999999999', notable.uncollectedProductId]);
    expect(rows.map((row) => row.product_id)).toEqual([productId]);
    expect(await products(its, ['1729999999999999999'])).toEqual([]);
    expect(
      await products(
        its,
        sparse.slice(0, 9).map(({ id }) => id),
      ),
    ).toHaveLength(6);
    const creators = await its.echotik('influencer/detail', {
      user_ids: `${creatorId},${notable.uncollectedCreatorId}`,
    });
    expect(creators.json.data.map((row: Untyped) => row.user_id)).toEqual([creatorId]);
    expect(its.sandbox.credits('echotik')).toBe(4);
  });

  it.each([
    ['eleven ids', 'product/detail', { product_ids: big.slice(0, 11).join(',') }],
    ['no id', 'product/detail', {}],
    ['a malformed id', 'video/detail', { video_ids: `${videoId},12x` }],
    ['ids of one that has no bulk form', 'seller/detail', { seller_ids: shopId }],
  ])('of %s is refused within HTTP 200, at no charge', async (_what, path, query) => {
    const { echotik, sandbox } = await asking();
    const { status, json } = await echotik(path, query);
    expect(status).toBe(200);
    expect(json).toMatchObject({ code: 400, data: null });
    expect(sandbox.credits()).toBe(0);
  });
});

describe('rows', () => {
  it('tell the documented entities', async () => {
    const its = await asking();
    const [product] = await products(its, [productId]);
    expect(product).toMatchObject({
      product_id: productId,
      seller_id: shopId,
      region: 'US',
      min_price: 24.9,
      max_price: 24.9,
    });
    expect(JSON.parse(product.skus)).toMatchObject([{ real_price: { currency: 'USD', sale_price_decimal: '24.90' } }]);
    const [creator] = (await its.echotik('influencer/detail', { user_ids: creatorId })).json.data;
    expect(creator).toMatchObject({ user_id: creatorId, unique_id: 'mia.glow', nick_name: 'Mia Glow ✨' });
    const [video] = (await its.echotik('video/detail', { video_ids: videoId })).json.data;
    expect(video).toMatchObject({ user_id: creatorId, unique_id: 'mia.glow', video_products: `[${productId}]` });
    expect(new Date(Number(video.create_time) * 1000).toISOString().slice(0, 10)).toBe('2024-05-28');
    const shops = (await its.echotik('seller/detail', { seller_id: shopId })).json.data;
    expect(shops).toMatchObject([{ seller_id: shopId, seller_name: 'Glow Beauty Co.', region: 'US' }]);
    expect(its.sandbox.calls.map(({ endpoint }) => endpoint)).toEqual(['products', 'creators', 'videos', 'shopDetail']);
  });

  it('say zero for what is not known, quote numbers, and hide digits', async () => {
    const its = await asking();
    const rows: Untyped[] = [];
    for (let from = 0; from < 100; from += 10) rows.push(...(await products(its, big.slice(from, from + 10))));
    expect(rows.some((row) => typeof row.min_price === 'string' && typeof row.review_count === 'string')).toBe(true);
    expect(rows.some((row) => Number(row.min_price) < Number(row.max_price))).toBe(true);
    expect(rows.filter((row) => row.min_price === row.max_price).length).toBeGreaterThan(50);
    const sparseRows = (await Promise.all(sparse.map(({ id }) => products(its, [id])))).flat();
    expect(sparseRows.some((row) => Number(row.product_rating) === 0 && Number(row.review_count) === 0)).toBe(true);
    expect(sparseRows.some((row) => Number(row.min_price) === 0)).toBe(true);
    expect(sparseRows.some((row) => String(row.skus).includes('"sale_price_decimal":"2?"'))).toBe(true);
    expect(sparseRows.some((row) => row.skus === '')).toBe(true);
  });

  it('hold characters that no JSON may hold', async () => {
    const its = await asking();
    const texts: string[] = [];
    for (let from = 0; from < 100; from += 10) {
      texts.push((await its.echotik('product/detail', { product_ids: big.slice(from, from + 10).join(',') })).text);
    }
    const raw = texts.filter((text) => text.includes('\u000b') && text.includes('\n'));
    expect(raw.length).toBeGreaterThan(0);
    for (const text of raw) expect(() => JSON.parse(text) as unknown).toThrow(SyntaxError);
  });

  it('have bare 19-digit ids when asked to', async () => {
    const { echotik } = await asking({ numericIds: true });
    expect((await echotik('product/detail', { product_ids: big[0]! })).text).toContain(`"product_id":${big[0]!},`);
  });
});

describe('refusals', () => {
  it('of a caller come as HTTP 401', async () => {
    const { echotik, sandbox } = await asking();
    const { username, password } = sandbox.echotik;
    const statusOf = async (headers: Record<string, string>) =>
      (await echotik('product/detail', { product_ids: productId }, headers)).status;
    expect(await statusOf({})).toBe(401);
    expect(await statusOf({ authorization: basic(username, 'wrong') })).toBe(401);
    expect(await statusOf({ authorization: `Bearer ${password}` })).toBe(401);
    expect(await statusOf({ authorization: basic(username, password) })).toBe(200);
    expect(sandbox.credits()).toBe(1);
    expect(JSON.stringify(sandbox.calls)).not.toContain(password);
  });

  const quota = 'Usage Limit Exceeded, Please Contact Administrator to Increase Quota';

  it.each<[FaultName, number, number, number | undefined]>([
    ['quota', 500, 0, 500],
    ['quota-bare', 500, 0, undefined],
    ['insufficient-credits', 500, 0, 500],
    ['rate-limit', 429, 1, 429],
    ['refused', 200, 0, 500],
    ['code', 200, 0, 500],
    ['upgrade', 200, 0, 1],
    ['unauthorized', 401, 0, 401],
    ['plan', 403, 0, 403],
    ['server-error', 500, 1, 500],
    ['unknown-path', 404, 1, 404],
    ['wrong-shape', 200, 1, 0],
    ['not-json', 200, 1, undefined],
    ['bad-gateway', 502, 0, undefined],
  ])('named %s answer %i, charge %i, and say code %s', async (fault, status, credits, code) => {
    const { echotik, sandbox } = await asking();
    sandbox.fail({ provider: 'echotik', fault });
    const refused = await echotik('product/detail', { product_ids: productId });
    expect([refused.status, refused.json?.code]).toEqual([status, code]);
    expect(refused.text.includes(quota)).toBe(['quota', 'quota-bare', 'insufficient-credits'].includes(fault));
    expect(sandbox.credits()).toBe(credits);
  });

  it.each([
    [401, 0],
    [7, 0],
    [0, 1],
  ])('within HTTP 200 may have any code: %i charges %i', async (code, credits) => {
    const { echotik, sandbox } = await asking();
    sandbox.fail({ fault: 'code', code });
    const refused = await echotik('product/detail', { product_ids: productId });
    expect([refused.status, refused.json.code]).toEqual([200, code]);
    expect(sandbox.credits()).toBe(credits);
  });

  it('meet a batch by any of its ids, and may answer with others', async () => {
    const its = await asking();
    its.sandbox.fail({ fault: 'other-id', id: big[3]!, times: 1 });
    const rows = await products(its, big.slice(0, 5));
    expect(rows.map((row) => row.product_id)).not.toContain(big[0]);
    expect(await products(its, big.slice(0, 5))).toHaveLength(5);
  });
});
