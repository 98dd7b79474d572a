// Guarantee: the stand-in for Just One API answers raw product pages with what makes them hard, and charges by its codes.

import { describe, expect, it } from 'vitest';
import type { FaultName } from '../../src/sandbox/sandbox.ts';
import { documented, makeWorld, notable } from '../../src/sandbox/world.ts';
import type { Untyped } from '../serve.ts';
import { asking } from './asking.ts';

const { productId } = documented;
const world = makeWorld();
const sparse = world.shops.get(notable.sparseShopId)!.products;

/** The page within the reply's `data`, whatever it is wrapped in. */
const pageIn = (data: Untyped): Untyped => (data.product_base ? data : pageIn(data.data ?? data.product_info));

describe("a product's page", () => {
  it('comes in an envelope, raw and large, full of the affairs of others', async () => {
    const { product, sandbox } = await asking();
    const { status, text, json } = await product(productId);
    expect(status).toBe(200);
    expect(json).toMatchObject({ message: '', requestId: expect.any(String), data: expect.any(Object) });
    expect(json.recordTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/);
    expect(text.length).toBeGreaterThan(30_000);
    const page = pageIn(json.data);
    expect(page).toMatchObject({ product_id: productId, seller_id: documented.shopId });
    expect(page.recommend_products.some((each: Untyped) => each.product_id !== productId)).toBe(true);
    expect(page.cookie).toContain('tt_chain_token');
    expect(sandbox.calls).toMatchObject([
      {
        provider: 'justoneapi',
        endpoint: 'productDetail',
        path: '/api/tiktok-shop/get-product-detail/v1',
        params: { productId },
        credits: 1,
      },
    ]);
    expect(JSON.stringify(sandbox.calls)).not.toContain(sandbox.justoneapi.token);
  });

  it('lies at varying depth, under a code that is a number or a string', async () => {
    const { product } = await asking();
    const depths = new Set<string>();
    const codes = new Set<unknown>();
    for (const { id } of world.shops.get(notable.fiftyProductShopId)!.products) {
      const { code, data } = (await product(id)).json;
      depths.add(data.product_base ? 'data' : data.data.product_base ? 'data.data' : 'data.data.product_info');
      codes.add(code);
    }
    expect(depths).toEqual(new Set(['data', 'data.data', 'data.data.product_info']));
    expect(codes).toEqual(new Set([0, '0']));
  });

  it("shows prices in the country's own spelling", async () => {
    const { product } = await asking();
    const priceOf = async (id: string) => pageIn((await product(id)).json.data).product_base.price;
    expect(await priceOf(productId)).toMatchObject({ real_price: '$24.90', currency: 'USD' });
    const french = await priceOf(notable.frenchProductId);
    expect(french.real_price).toMatch(/^\d+,\d\d\u00a0€$/);
    const indonesian = [...world.products.values()].find(({ country }) => country === 'ID')!;
    expect((await priceOf(indonesian.id)).real_price).toMatch(/^Rp\d{1,3}(\.\d{3})+$/);
  });

  it('hides, empties and leaves out in the sparse shop, and abbreviates elsewhere', async () => {
    const { product } = await asking();
    const pages = await Promise.all(sparse.map(async ({ id }) => pageIn((await product(id)).json.data)));
    expect(sparse[0]!.id).toBe(notable.maskedPriceProductId);
    expect(pages[0].product_base.price).toMatchObject({ real_price: 'RM2?', min_sku_price: '2?', max_sku_price: '' });
    expect(pages.some(({ product_base: base }) => base.desc_detailv3.ec_rich_blocks?.length > 1)).toBe(true);
    expect(pages.some(({ product_base: base }) => String(base.desc_detailv3).includes('<script>'))).toBe(true);
    expect(pages.some(({ product_base: base }) => base.price?.real_price === '')).toBe(true);
    expect(pages.some((page) => !('price' in page.product_base) && !('product_detail_review' in page))).toBe(true);
    expect(pages.some(({ product_base: base }) => base.images.length === 0)).toBe(true);
    expect(pages.some(({ product_base: base }) => /^\d+$/.test(String(base.sold_count)))).toBe(true);
    const reviewsOf = async (id: string) => pageIn((await product(id)).json.data).product_detail_review;
    const rounded = await reviewsOf(notable.roundedReviewsProductId);
    expect(rounded.review_count_str).toMatch(/^\d+(\.\d)?K$/);
    expect(rounded).not.toHaveProperty('review_count');
    expect(rounded).not.toHaveProperty('review_count_str_v2');
    const grouped = await reviewsOf(notable.groupedReviewsProductId);
    expect(grouped.review_count_str_v2).toMatch(/^\d+,\d{3}$/);
    expect(grouped).not.toHaveProperty('review_count');
  });

  it('signs its pictures, for two days from when it was asked', async () => {
    const now = Date.parse('2026-07-14T12:00:00Z');
    const { product } = await asking({ now: () => now });
    const [image] = pageIn((await product(productId)).json.data).product_base.images;
    const expires = new URL(image.url_list[0]).searchParams.get('x-expires');
    expect(Number(expires) * 1000).toBe(now + 2 * 86_400_000);
  });

  it('has bare 19-digit ids when asked to', async () => {
    const { product } = await asking({ numericIds: true });
    expect((await product(notable.frenchProductId)).text).toContain(`"product_id":${notable.frenchProductId},`);
  });
});

describe('a question', () => {
  it('is for a region of its version, whose own default holds', async () => {
    const { product, sandbox } = await asking();
    const codeOf = async (query: Record<string, string>, version: string) =>
      Number((await product(notable.frenchProductId, query, version)).json.code);
    expect(await codeOf({}, 'v1')).toBe(0);
    expect(await codeOf({ region: 'FR' }, 'v1')).toBe(0);
    expect(await codeOf({}, 'v2')).toBe(0);
    expect(await codeOf({ region: 'US' }, 'v2')).toBe(400);
    expect(await codeOf({ region: 'DE' }, 'v1')).toBe(400);
    expect(Number((await product('')).json.code)).toBe(400);
    expect(sandbox.credits('justoneapi')).toBe(3);
  });

  it('for an id that nobody knows is answered "no content", and charged', async () => {
    const { product, jdItem, sandbox } = await asking();
    expect((await product('1729999999999999999')).json).toMatchObject({ code: 201, data: null });
    expect((await jdItem('99', 'v1')).json).toMatchObject({ code: 201, data: null });
    expect(sandbox.credits()).toBe(2);
  });

  it('without the token is refused by HTTP 200, at no charge', async () => {
    const { product, at, sandbox } = await asking();
    for (const token of ['', 'wrong']) {
      const refused = await product(productId, { token });
      expect(refused.status).toBe(200);
      expect(refused.json).toMatchObject({ code: 100, data: null });
    }
    expect((await at(`${sandbox.justoneapi.baseUrl}/ping`, {})).json.code).toBe(0);
    expect((await at(`${sandbox.justoneapi.baseUrl}/api/nothing`, {})).status).toBe(404);
    expect(sandbox.calls.map(({ endpoint }) => endpoint)).toEqual([
      'productDetail',
      'productDetail',
      'ping',
      'unknown',
    ]);
    expect(sandbox.credits()).toBe(0);
  });
});

describe('faults', () => {
  it.each([
    [100, 0],
    [101, 1],
    [201, 1],
    [202, 1],
    [300, 1],
    [301, 0],
    [302, 0],
    [303, 0],
    [400, 0],
    [404, 1],
    [500, 0],
    [503, 1],
    [600, 0],
    [601, 0],
    [602, 1],
  ])('with code %i charge %i', async (code, credits) => {
    const { product, sandbox } = await asking();
    sandbox.fail({ provider: 'justoneapi', fault: 'code', code, times: 1 });
    const failed = await product(productId);
    expect(failed.status).toBe(200);
    expect(failed.json).toMatchObject({ code, data: null });
    expect(sandbox.credits('justoneapi')).toBe(credits);
    expect(pageIn((await product(productId)).json.data).product_id).toBe(productId);
  });

  it.each<[FaultName, number | undefined]>([
    ['rate-limit', 302],
    ['quota', 303],
    ['quota-bare', 303],
    ['insufficient-credits', 601],
    ['upgrade', 602],
    ['plan', 600],
    ['unauthorized', 100],
    ['refused', 301],
    ['server-error', 500],
    ['unknown-path', 400],
    ['code', 500],
    ['wrong-shape', 0],
    ['not-json', undefined],
    ['bad-gateway', undefined],
  ])('of another name, %s, answer code %s', async (fault, code) => {
    const { product, sandbox } = await asking();
    sandbox.fail({ fault });
    expect((await product(productId)).json?.code).toBe(code);
  });

  it('may answer with another product', async () => {
    const { product, sandbox } = await asking();
    sandbox.fail({ fault: 'other-id', id: productId });
    expect(pageIn((await product(productId)).json.data).product_id).not.toBe(productId);
  });
});
