// Guarantee: whatever the world says, in the words of whichever provider, our contracts can read and name the right entity.

import { describe, expect, it } from 'vitest';
import { parseJson } from '../../src/json.ts';
import { echotik } from '../../src/providers/echotik/client.ts';
import * as et from '../../src/providers/echotik/contract.ts';
import * as jo from '../../src/providers/justoneapi/contract.ts';
import type { Endpoint } from '../../src/providers/provider.ts';
import * as sf from '../../src/providers/socialfetch/contract.ts';
import { jdItems } from '../../src/sandbox/jd-items.ts';
import { makeWorld, notable, storeUrlOf } from '../../src/sandbox/world.ts';
import type { Untyped } from '../serve.ts';
import { asking } from './asking.ts';

const world = makeWorld();

function read(endpoint: Endpoint, text: string): Untyped {
  const { success, data, error } = endpoint.data.safeParse(parseJson(text));
  if (!success) throw new Error(`${endpoint.name} cannot read ${text.slice(0, 500)}`, { cause: error });
  return data;
}

const mended = echotik({ username: 'u', password: 'p' }).clean!;

describe.each([false, true])('with ids as bare numbers: %s', (numericIds) => {
  it("every product's raw page is read, with the currency of its country", async () => {
    const { product } = await asking({ numericIds });
    const codes: Partial<Record<string, string>> = { US: 'USD', GB: 'GBP', MY: 'MYR', ID: 'IDR' };
    for (const { id, country, shopId, priceCents } of world.products.values()) {
      const page = read(jo.productDetail, (await product(id)).text);
      expect(page).toMatchObject({ productId: id, sellerId: shopId, title: expect.any(String) });
      if (page.currency) expect(page.currency).toBe(codes[country] ?? 'EUR');
      if (page.price) expect(Math.abs(Number(page.price) * 100 - priceCents)).toBeLessThan(11);
    }
  });

  it("every store's page is read to its end", async () => {
    const { store } = await asking({ numericIds, storePageSize: 40 });
    for (const shop of world.shops.values()) {
      const ids: string[] = [];
      for (let cursor: string | null | undefined; cursor !== null;) {
        const query = { url: storeUrlOf(shop), region: 'GB', ...(cursor !== undefined && { cursor }) };
        const page = read(sf.storeProducts, (await store(query)).text);
        expect(page.shop.id).toBe(shop.id);
        ids.push(...page.rows.map((row: Untyped) => row.id));
        cursor = page.nextCursor;
      }
      expect(ids.toSorted()).toEqual(shop.products.map(({ id }) => id).toSorted());
    }
  });

  it.each([
    ['product/detail', 'product_ids', et.products, world.products, 'product_id', 4],
    ['influencer/detail', 'user_ids', et.creators, world.creators, 'user_id', 1],
    ['video/detail', 'video_ids', et.videos, world.videos, 'video_id', 0],
    ['seller/detail', 'seller_id', et.shopDetail, world.shops, 'seller_id', 0],
  ] as const)('every row of %s is read, or missing', async (path, param, endpoint, entities, key, missing) => {
    const its = await asking({ numericIds });
    let none = 0;
    for (const id of entities.keys()) {
      const row = read(endpoint, mended((await its.echotik(path, { [param]: id })).text));
      if (row === null) none++;
      else expect(row[key]).toBe(id);
    }
    expect(none).toBe(missing);
  });
});

it('every JD item is read, by each version, and unknown ones are nobody', async () => {
  const { jdItem, product, store } = await asking({ jdPendingPolls: 0 });
  for (const { id, isBook } of jdItems.values()) {
    for (const version of ['v1', 'v2', 'v3']) {
      const item = read(jo.jdItem, (await jdItem(id, version)).text);
      expect(item).toMatchObject({ itemId: id, isBook });
      expect(item.title).not.toContain('&amp;');
    }
  }
  expect(read(jo.jdItem, (await jdItem('99', 'v1')).text)).toBeNull();
  expect(read(jo.productDetail, (await product('1729999999999999999')).text)).toBeNull();
  const nowhere = 'https://www.tiktok.com/shop/store/nobody/7499999999999999999';
  expect(read(sf.storeProducts, (await store({ url: nowhere })).text)).toBeNull();
});

it('what is masked or rounded is known to be', async () => {
  const { product } = await asking();
  const readPage = async (id: string) => read(jo.productDetail, (await product(id)).text);
  expect(await readPage(notable.maskedPriceProductId)).toMatchObject({ price: null, priceMasked: true });
  expect(await readPage(notable.roundedReviewsProductId)).toMatchObject({ reviewCountRounded: true });
  const grouped = await readPage(notable.groupedReviewsProductId);
  expect(grouped.reviewCount).toBeGreaterThan(999);
  expect(grouped).not.toHaveProperty('reviewCountRounded');
});
