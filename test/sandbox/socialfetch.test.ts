// Guarantee: the stand-in for SocialFetch tells a store by its address, page by page, in the documented keys.

import { describe, expect, it } from 'vitest';
import type { FaultName } from '../../src/sandbox/sandbox.ts';
import { documented, makeWorld, notable, storeUrlOf } from '../../src/sandbox/world.ts';
import { fixture } from '../contract/fixtures.ts';
import type { Untyped } from '../serve.ts';
import { type Asking, asking } from './asking.ts';

const url = notable.storeUrl;
const world = makeWorld();
const urlOf = (id: string) => storeUrlOf(world.shops.get(id)!);

const example = JSON.parse(fixture('socialfetch/storeProducts'));
const keysOf = (value: object) => Object.keys(value).toSorted();

async function walk({ store }: Asking, query: Record<string, string>): Promise<Untyped[]> {
  const pages: Untyped[] = [];
  for (let cursor: string | null = null; pages.length === 0 || cursor !== null;) {
    const page: Untyped = (await store({ ...query, ...(cursor !== null && { cursor }) })).json.data;
    pages.push(page);
    cursor = page.page.nextCursor;
  }
  return pages;
}

describe('a store', () => {
  it('is told in the keys of the documented example', async () => {
    const { store, sandbox } = await asking();
    const { status, json } = await store({ url });
    expect(status).toBe(200);
    expect(keysOf(json)).toEqual(keysOf(example));
    expect(keysOf(json.meta)).toEqual(keysOf(example.meta));
    expect(keysOf(json.data)).toEqual(keysOf(example.data));
    expect(keysOf(json.data.shop)).toEqual(keysOf(example.data.shop));
    const [row, shown] = [json.data.products[0], example.data.products[0]];
    expect(keysOf(row)).toEqual(keysOf(shown));
    for (const part of ['image', 'price', 'metrics', 'shop']) expect(keysOf(row[part])).toEqual(keysOf(shown[part]));
    expect(json.data.shop).toMatchObject({
      id: documented.shopId,
      storeUrl: url,
      region: 'US',
      onSellProductCount: 84,
    });
    expect(json.meta).toMatchObject({ creditsCharged: 1, version: 'v1' });
    expect(sandbox.calls).toMatchObject([
      { provider: 'socialfetch', endpoint: 'storeProducts', params: { url }, credits: 1 },
    ]);
  });

  it('gives each product once over its pages, for a credit each', async () => {
    const its = await asking({ storePageSize: 30 });
    const pages = await walk(its, { url });
    expect(pages.map(({ products, page }) => [products.length, page.hasMore])).toEqual([
      [30, true],
      [30, true],
      [24, false],
    ]);
    const ids = pages.flatMap(({ products }) => products.map(({ id }: { id: string }) => id));
    expect(new Set(ids)).toEqual(new Set(world.shops.get(documented.shopId)!.products.map(({ id }) => id)));
    expect(its.sandbox.credits('socialfetch')).toBe(3);
    its.sandbox.set({ storePageSize: 100 });
    expect(await walk(its, { url })).toHaveLength(1);
  });

  it('has twelve products to a page by default, and says nothing of an end that is exactly full', async () => {
    const its = await asking();
    expect((await its.store({ url })).json.data.products).toHaveLength(12);
    expect((await walk(its, { url: urlOf(notable.emptyShopId) })).map(({ products }) => products)).toEqual([[]]);
    its.sandbox.set({ storePageSize: 50 });
    expect(await walk(its, { url: urlOf(notable.hundredProductShopId) })).toHaveLength(2);
  });

  it("keeps to itself what it does not know, and leaves the end to the cursor, in the sparse shop's pages", async () => {
    const { store } = await asking();
    const { shop, products, page } = (await store({ url: urlOf(notable.sparseShopId) })).json.data;
    expect(shop).toMatchObject({ id: notable.sparseShopId, name: null, rating: null, soldCount: null });
    expect(page).toEqual({ nextCursor: null, hasMore: true });
    const prices = products.map(({ price }: Untyped) => price);
    expect(prices.some(({ current }: Untyped) => current === null)).toBe(true);
    expect(prices.some(({ current }: Untyped) => /^\d\?$/.test(current))).toBe(true);
    expect(prices.some(({ currencyCode }: Untyped) => currencyCode === 'Malaysian Ringgit')).toBe(true);
    expect(products.some(({ metrics }: Untyped) => metrics.reviews === null && metrics.rating === null)).toBe(true);
    expect(products.some((row: Untyped) => !('image' in row))).toBe(true);
    expect(products.some(({ image }: Untyped) => image === null)).toBe(true);
  });

  it('says what is saved, in decimals', async () => {
    const its = await asking({ storePageSize: 100 });
    const [{ products }] = await walk(its, { url });
    const discounted = products.filter(({ price }: Untyped) => price.original !== null);
    expect(discounted.length).toBeGreaterThan(20);
    for (const { price } of discounted) {
      expect(price.discountText).toMatch(/^\d\d?%$/);
      expect(Number(price.savingText)).toBeCloseTo(Number(price.original) - Number(price.current), 6);
    }
    expect(products.some(({ labels }: Untyped) => labels.length > 0)).toBe(true);
  });

  it('that nobody can find is an answer, and charged', async () => {
    const { store, sandbox } = await asking();
    const nowhere = { url: 'https://www.tiktok.com/shop/store/nobody/7499999999999999999' };
    expect((await store(nowhere)).json).toMatchObject({
      data: JSON.parse(fixture('socialfetch/storeProducts-not-found')).data,
      meta: { creditsCharged: 1 },
    });
    expect(sandbox.credits()).toBe(1);
  });

  it('is the same under another name in its address', async () => {
    const { store } = await asking();
    const renamed = `https://www.tiktok.com/shop/store/glow/${documented.shopId}`;
    expect((await store({ url: renamed })).json.data.shop.id).toBe(documented.shopId);
  });
});

describe('a cursor', () => {
  it('is good for the store and the region that it came with', async () => {
    const { store, sandbox } = await asking();
    const cursor: string = (await store({ url, region: 'GB' })).json.data.page.nextCursor;
    expect(JSON.parse(atob(cursor))).toEqual([expect.any(Number), expect.stringMatching(/^\d{16,19}$/)]);
    const refusals: Record<string, string>[] = [
      { cursor },
      { cursor, url },
      { cursor, url, region: 'US' },
      { cursor, url: urlOf(notable.hundredProductShopId), region: 'GB' },
      { cursor: 'x', url, region: 'GB' },
      { cursor: '', url, region: 'GB' },
    ];
    for (const query of refusals) {
      const { status, json } = await store(query);
      expect([status, json.error.code]).toEqual([400, 'bad_request']);
    }
    expect((await store({ cursor, url, region: 'GB' })).status).toBe(200);
    expect(sandbox.credits()).toBe(2);
  });
});

describe('refusals', () => {
  it('of a question name no charge', async () => {
    const { store, sandbox } = await asking();
    for (const query of [{}, { url, region: 'NL' }, { url: `https://${'x'.repeat(4096)}` }]) {
      const { status, json } = await store(query);
      expect(status).toBe(400);
      expect(json).toEqual({
        error: { code: 'bad_request', message: expect.any(String), requestId: expect.any(String) },
      });
    }
    expect(sandbox.credits()).toBe(0);
  });

  it('of a caller tell a missing key from a wrong one', async () => {
    const { store, at, sandbox } = await asking();
    const { baseUrl, apiKey } = sandbox.socialfetch;
    const codeOf = async (headers: Record<string, string>) => {
      const { status, json } = await store({ url }, headers);
      return [status, json.error.code];
    };
    expect(await codeOf({})).toEqual([402, 'payment_required']);
    expect(await codeOf({ 'x-api-key': 'sfk_wrong' })).toEqual([401, 'unauthorized']);
    expect(await codeOf({ authorization: `Bearer ${apiKey}` })).toEqual([402, 'payment_required']);
    const balance = await at(`${baseUrl}/v1/balance`, {}, { 'x-api-key': apiKey });
    expect(balance.json).toMatchObject({ data: { balance: 1000 }, meta: { creditsCharged: 0 } });
    expect((await at(`${baseUrl}/v1/nothing`, {})).json.error.code).toBe('not_found');
    expect(sandbox.credits()).toBe(0);
  });

  it.each([
    [400, 'bad_request', 0],
    [401, 'unauthorized', 0],
    [402, 'insufficient_credits', 0],
    [403, 'forbidden', 1],
    [404, 'not_found', 0],
    [429, 'temporarily_unavailable', 0],
    [500, 'internal_error', 1],
    [502, 'lookup_failed', 1],
    [503, 'temporarily_unavailable', 0],
  ])('on request answer %i %s and charge %i', async (status, code, credits) => {
    const { store, sandbox } = await asking();
    sandbox.fail({ fault: 'code', code: status, retryAfterS: 3 });
    const refused = await store({ url });
    expect([refused.status, refused.json.error.code, refused.headers.get('retry-after')]).toEqual([status, code, '3']);
    expect(sandbox.credits()).toBe(credits);
  });

  it.each<[FaultName, number, string | undefined]>([
    ['rate-limit', 503, 'temporarily_unavailable'],
    ['quota', 402, 'insufficient_credits'],
    ['quota-bare', 402, 'insufficient_credits'],
    ['insufficient-credits', 402, 'insufficient_credits'],
    ['upgrade', 402, 'payment_settlement_failed'],
    ['plan', 403, 'forbidden'],
    ['unauthorized', 401, 'unauthorized'],
    ['refused', 502, 'lookup_failed'],
    ['server-error', 500, 'internal_error'],
    ['unknown-path', 404, 'not_found'],
    ['code', 500, 'internal_error'],
    ['bad-gateway', 502, undefined],
    ['html-404', 404, undefined],
    ['not-json', 200, undefined],
    ['wrong-shape', 200, undefined],
  ])('named %s answer %i %s', async (fault, status, code) => {
    const { store, sandbox } = await asking();
    sandbox.fail({ fault });
    const refused = await store({ url });
    expect([refused.status, refused.json?.error?.code]).toEqual([status, code]);
  });

  it('may be another store, met by its id', async () => {
    const { store, sandbox } = await asking();
    sandbox.fail({ fault: 'other-id', id: documented.shopId });
    expect((await store({ url })).json.data.shop.id).not.toBe(documented.shopId);
    expect((await store({ url: urlOf(notable.oneProductShopId) })).json.data.shop.id).toBe(notable.oneProductShopId);
  });
});
