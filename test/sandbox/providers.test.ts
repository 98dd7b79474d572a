// Guarantee: four providers in one world, each with its own meter, who disagree a little and never about who is who.

import { describe, expect, it } from 'vitest';
import { documented, makeWorld, notable } from '../../src/sandbox/world.ts';
import type { Untyped } from '../serve.ts';
import { asking } from './asking.ts';
import { paths } from './running.ts';

const { productId } = documented;

describe('meters', () => {
  it("count each provider's credits by themselves, and all together", async () => {
    const { get, product, store, echotik, sandbox } = await asking({
      strict: true,
      ratePerMinute: 1,
      monthlyCredits: 1,
    });
    await get(paths.productDetail(productId));
    for (let call = 0; call < 3; call++) expect((await product(productId)).json.message).toBe('');
    for (let call = 0; call < 4; call++) expect((await store({ url: notable.storeUrl })).status).toBe(200);
    await echotik('product/detail', { product_ids: productId });
    const slugs = ['winninghunter', 'justoneapi', 'socialfetch', 'echotik'] as const;
    expect(slugs.map((slug) => sandbox.credits(slug))).toEqual([1, 3, 4, 1]);
    expect(sandbox.credits()).toBe(9);
    expect((await get(paths.productDetail(productId))).status).toBe(429);
    sandbox.reset();
    expect(sandbox.credits()).toBe(0);
  });
});

describe('faults', () => {
  it('may be for one provider alone', async () => {
    const { get, product, echotik, sandbox } = await asking();
    sandbox.fail({ provider: 'winninghunter', fault: 'server-error' });
    sandbox.fail({ provider: 'echotik', fault: 'quota' });
    expect((await get(paths.productDetail(productId))).status).toBe(500);
    expect((await echotik('product/detail', { product_ids: productId })).status).toBe(500);
    expect((await product(productId)).json.message).toBe('');
  });

  it('give the credit back, and point elsewhere under the same provider', async () => {
    const { product, store, sandbox } = await asking();
    sandbox.fail({ provider: 'justoneapi', fault: 'wrong-shape', refunded: true });
    await product(productId);
    expect(sandbox.credits()).toBe(0);
    sandbox.fail({ provider: 'socialfetch', fault: 'redirect' });
    const location = (await store({ url: notable.storeUrl })).headers.get('location');
    expect(location).toMatch(/^http:\/\/localhost:\d+\/socialfetch\/elsewhere$/);
  });

  it('at WinningHunter, whose refusals have no code of their own, are a status', async () => {
    const { get, sandbox } = await asking();
    sandbox.fail({ fault: 'code', code: 418, times: 1 });
    expect((await get(paths.productDetail(productId))).status).toBe(418);
    sandbox.fail({ fault: 'code', times: 1 });
    expect((await get(paths.productDetail(productId))).status).toBe(500);
    expect(sandbox.credits()).toBe(0);
  });

  it.each([
    ['{"fault":"code","code":"7"}', '"code" must be a whole number'],
    ['{"fault":"drop","provider":"tiktok"}', '"provider" must be one of: winninghunter, justoneapi'],
  ])('are refused over HTTP: %s', async (body, sentence) => {
    const { sandbox } = await asking();
    const response = await fetch(`${sandbox.origin}/_sandbox/faults`, { method: 'POST', body });
    expect(response.status).toBe(400);
    expect(((await response.json()) as { error: string }).error).toContain(sentence);
  });

  it('and the newer options are set over HTTP', async () => {
    const { jdItem, store, product, sandbox } = await asking();
    const send = (method: string, path: string, body: object) =>
      fetch(`${sandbox.origin}/_sandbox${path}`, { method, body: JSON.stringify(body) });
    await send('PATCH', '', { jdPendingPolls: 0, storePageSize: 3 });
    await send('POST', '/faults', { provider: 'justoneapi', path: '/tiktok-shop/', fault: 'code', code: 303 });
    expect((await jdItem(documented.jdItemId)).json.code).toBe(0);
    expect((await store({ url: notable.storeUrl })).json.data.products).toHaveLength(3);
    expect((await product(productId)).json.code).toBe(303);
  });
});

describe('one product', () => {
  it('is the same at all providers, but for what changes from day to day', async () => {
    const { get, product, store, echotik } = await asking();
    const pageIn = (data: Untyped): Untyped => (data.product_base ? data : pageIn(data.data ?? data.product_info));
    const wh = (await get(paths.productDetail(productId))).json.data;
    const jo = pageIn((await product(productId)).json.data);
    const [et] = (await echotik('product/detail', { product_ids: productId })).json.data;
    const rows: Untyped[] = (await store({ url: notable.storeUrl })).json.data.products;
    const sf = rows.find((row) => row.id === productId);
    expect([wh.id, jo.product_id, et.product_id, sf.id]).toEqual(Array(4).fill(productId));
    expect([wh.rating, jo.product_detail_review.product_rating]).toEqual([4.7, 4.6]);
    expect(jo.product_base.title).toBe(`${String(wh.title)} – Glow Beauty Co. Official`);
    expect([et.product_name, sf.title]).toEqual([wh.title, wh.title]);
    expect([wh.price, jo.product_base.price.real_price, et.min_price, sf.price.current]).toEqual([
      24.9,
      '$24.90',
      24.9,
      '24.90',
    ]);
    const reviews = [jo.product_detail_review.review_count, et.review_count, sf.metrics.reviews];
    expect(new Set(reviews).size).toBeGreaterThan(1);
    expect(Math.max(...reviews) / Math.min(...reviews)).toBeLessThan(1.05);
  });

  it('differs by cents and tenths of a star at most', async () => {
    const { store } = await asking({ storePageSize: 100 });
    const { products } = makeWorld().shops.get(documented.shopId)!;
    const rows: Untyped[] = (await store({ url: notable.storeUrl })).json.data.products;
    const off = rows.map(({ id, price, metrics }) => {
      const own = products.find((product) => product.id === id)!;
      return [Math.abs(price.current * 100 - own.priceCents), Math.abs(metrics.rating - own.rating)] as const;
    });
    expect(Math.max(...off.map(([cents]) => cents))).toBeLessThan(11);
    expect(Math.max(...off.map(([, stars]) => stars))).toBeLessThan(0.11);
    expect(off.some(([cents]) => cents > 0.5)).toBe(true);
    expect(off.some(([, stars]) => stars > 0.05)).toBe(true);
  });
});
