// Guarantee: everything the sandbox says, route by route, is told from one consistent world.

import { describe, expect, it } from 'vitest';
import { documented, makeWorld, notable } from '../../src/sandbox/world.ts';
import { type Running, paths, running } from './running.ts';

interface Row {
  id: string;
  title: string;
  price: number;
  revenue: number;
  sales: number;
}

const cents = (amount: number) => Math.round(amount * 100);
const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0);

async function allRows({ post }: Running, body: object, limit = 50): Promise<Row[]> {
  const rows: Row[] = [];
  for (let page = 1; ; page++) {
    const { data, total } = (await post(paths.shopProducts, { ...body, page, limit })).json;
    rows.push(...data);
    if (data.length < limit) {
      expect(rows).toHaveLength(total);
      return rows;
    }
  }
}

describe('the world', () => {
  it('is the same each time, and has the promised sizes', () => {
    const world = makeWorld();
    expect(JSON.stringify([...makeWorld().products.values()])).toBe(JSON.stringify([...world.products.values()]));
    const sizeOf = (id: string) => world.shops.get(id)!.products.length;
    const { shops, products, creators, videos } = world;
    expect([shops.size, products.size, creators.size, videos.size]).toEqual([15, 1001, 40, 161]);
    expect(sizeOf(documented.shopId)).toBe(84);
    expect(sizeOf(notable.emptyShopId)).toBe(0);
    expect(sizeOf(notable.oneProductShopId)).toBe(1);
    expect(sizeOf(notable.fiftyProductShopId)).toBe(50);
    expect(sizeOf(notable.hundredProductShopId)).toBe(100);
    expect(sizeOf(notable.fiveHundredProductShopId)).toBe(500);
    for (const entities of Object.values(world) as Map<string, unknown>[]) {
      for (const id of entities.keys()) {
        if (Object.values(documented).includes(id)) continue;
        expect(id).toMatch(/^[1-9]\d{18}$/);
        expect(String(Number(id))).not.toBe(id);
      }
    }
  });

  it('gives no two products of a shop the same title, and keeps creators out of the longest', () => {
    const { shops, creators } = makeWorld();
    for (const { products } of shops.values()) {
      expect(new Set(products.map(({ title }) => title)).size).toBe(products.length);
    }
    const promoted = [...creators.values()].flatMap(({ promotions }) =>
      promotions.map(({ product }) => product.shopId),
    );
    expect(promoted).not.toContain(notable.fiveHundredProductShopId);
  });

  it.each([1, 7, 30, 90])('sums a shop of its list, and a product of its history, over %i days', async (period) => {
    const its = await running();
    const id = notable.hundredProductShopId;
    const rows = await allRows(its, { id, period });
    const totals = (await its.post(paths.shopTotals, { id, period })).json.data;
    expect(cents(totals.revenue)).toBe(sum(rows.map((row) => cents(row.revenue))));
    expect(totals.sales).toBe(sum(rows.map((row) => row.sales)));

    for (const row of rows.slice(0, 5)) {
      const history: Row[] = (await its.post(paths.productHistory, { id: row.id, period })).json.data;
      expect(history).toHaveLength(period);
      const product = (await its.post(paths.productTotals, { id: row.id, period })).json.data;
      expect(product).toMatchObject({ revenue: row.revenue, sales: row.sales, period });
      expect(sum(history.map((point) => cents(point.revenue)))).toBe(cents(row.revenue));
      expect(sum(history.map((point) => point.sales))).toBe(row.sales);
      expect(Math.abs(product.avg_price - row.revenue / row.sales)).toBeLessThan(0.011);
    }
  });

  it('says in a detail what the lists and the totals of 30 days say', async () => {
    const its = await running();
    const rows = await allRows(its, { id: notable.fiftyProductShopId });
    for (const row of rows.slice(0, 5)) {
      const detail = (await its.get(paths.productDetail(row.id))).json.data;
      expect(detail).toMatchObject({ ...row, shop_id: notable.fiftyProductShopId });
    }
  });

  it('sums a creator of its products, and attributes no more than was sold', async () => {
    const { post } = await running();
    const world = makeWorld();
    for (const creator of world.creators.values()) {
      for (const period of [7, 30]) {
        const rows: Row[] = (await post(paths.creatorProducts, { id: creator.id, period, limit: 50 })).json.data;
        const totals = (await post(paths.creatorTotals, { id: creator.id, period })).json.data;
        expect(sum(rows.map((row) => cents(row.revenue)))).toBe(cents(totals.revenue));
        expect(sum(rows.map((row) => row.sales))).toBe(totals.sales);
        expect(rows.map((row) => row.revenue)).toEqual(rows.map((row) => row.revenue).sort((a, b) => b - a));
        for (const row of rows) {
          const product = (await post(paths.productTotals, { id: row.id, period })).json.data;
          expect(row.revenue).toBeLessThanOrEqual(product.revenue);
          expect(row.sales).toBeLessThanOrEqual(product.sales);
        }
      }
    }
  });

  it('joins videos to creators and products, and counts past 32 bits', async () => {
    const { get } = await running();
    const world = makeWorld();
    for (const video of world.videos.values()) {
      const creator = world.creators.get(video.creatorId)!;
      expect(creator.promotions.map((promotion) => promotion.product.id)).toContain(video.productId);
      const [day, week, month] = [video.metrics[1], video.metrics[7], video.metrics[30]];
      expect(day.views <= week.views && week.views <= month.views).toBe(true);
    }
    const most = (await get(paths.videoMetrics(notable.mostViewedVideoId, 30))).json.data;
    expect(most.views).toBe(3_184_000_000);
  });
});

describe('lists', () => {
  it.each([
    { sort: 'revenue', order: 'desc' },
    { sort: 'sales', order: 'asc' },
    { sort: 'price', order: 'desc' },
    { sort: 'price', order: 'asc' },
  ] as const)('walked by page give each product once, by $sort $order, ties by id', async ({ sort, order }) => {
    const its = await running();
    const body = { id: documented.shopId, sort, order };
    const rows = await allRows(its, body, 7);
    expect(new Set(rows.map((row) => row.id)).size).toBe(84);
    const direction = order === 'asc' ? 1 : -1;
    for (const [index, row] of rows.slice(1).entries()) {
      const before = rows[index]!;
      const step = direction * (row[sort] - before[sort]);
      expect(step > 0 || (step === 0 && before.id < row.id)).toBe(true);
    }
    expect(await allRows(its, body, 50)).toEqual(rows);
  });

  it('end with an empty page, exactly full ones too', async () => {
    const { post } = await running();
    const lengths = async (id: string, page: number) => {
      const { data, total } = (await post(paths.shopProducts, { id, page, limit: 50 })).json;
      return [data.length, total];
    };
    expect(await lengths(notable.emptyShopId, 1)).toEqual([0, 0]);
    expect(await lengths(notable.oneProductShopId, 1)).toEqual([1, 1]);
    expect(await lengths(notable.fiftyProductShopId, 1)).toEqual([50, 50]);
    expect(await lengths(notable.fiftyProductShopId, 2)).toEqual([0, 50]);
    expect(await lengths(notable.hundredProductShopId, 2)).toEqual([50, 100]);
    expect(await lengths(notable.hundredProductShopId, 3)).toEqual([0, 100]);
    expect(await lengths(notable.fiveHundredProductShopId, 10)).toEqual([50, 500]);
    expect(await lengths(notable.fiveHundredProductShopId, 11)).toEqual([0, 500]);
  });

  it('clamp a larger limit without a word, and count clamped pages', async () => {
    const { post, sandbox } = await running({ pageMax: 30 });
    const page = async (number: number) =>
      (await post(paths.shopProducts, { id: documented.shopId, page: number, limit: 84 })).json.data as Row[];
    const pages = [await page(1), await page(2), await page(3)];
    expect(pages.map((rows) => rows.length)).toEqual([30, 30, 24]);
    expect(new Set(pages.flat().map((row) => row.id)).size).toBe(84);
    sandbox.set({ pageMax: 100 });
    expect(await page(1)).toEqual(pages.flat());
  });
});
