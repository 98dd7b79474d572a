// Guarantee: what live data and careless callers do can be met in the sandbox first.

import { describe, expect, it } from 'vitest';
import { documented, makeWorld, notable } from '../../src/sandbox/world.ts';
import { paths, running } from './running.ts';

const nobody = '7495000000000000001';

describe('live data', () => {
  it('sends bare 19-digit ids without losing a digit when asked to', async () => {
    const { post, get, sandbox } = await running({ numericIds: true });
    const [product] = makeWorld().shops.get(notable.oneProductShopId)!.products;
    const list = await post(paths.shopProducts, { id: notable.oneProductShopId });
    expect(list.text).toContain(`"id":${product!.id},`);
    expect(String(list.json.data[0].id)).not.toBe(product!.id);
    const detail = await get(paths.productDetail(product!.id));
    expect(detail.text).toContain(`"shop_id":${notable.oneProductShopId},`);
    const video = await get(paths.video(notable.mostViewedVideoId));
    expect(video.text).toMatch(/"creator_id":\d+,"product_id":\d{19},/);
    sandbox.set({ numericIds: false });
    expect((await post(paths.shopProducts, { id: notable.oneProductShopId })).json.data[0].id).toBe(product!.id);
  });

  it('leaves out, nulls, empties and quotes values in the sparse shop', async () => {
    const { post, get } = await running();
    const { data: rows } = (await post(paths.shopProducts, { id: notable.sparseShopId })).json;
    expect(rows.some((row: object) => !('price' in row))).toBe(true);
    expect(rows.some((row: { price: unknown }) => row.price === null)).toBe(true);
    const quoted = rows.find((row: { price: unknown }) => typeof row.price === 'string');
    expect(quoted.price).toMatch(/^\d+\.\d\d$/);
    expect(quoted.sales).toMatch(/^\d+$/);
    const details = await Promise.all(
      rows.map(async (row: { id: string }) => (await get(paths.productDetail(row.id))).json.data),
    );
    expect(details.some((detail) => detail.rating === null)).toBe(true);
    expect(details.some((detail) => detail.image === '')).toBe(true);
    expect(details.some((detail) => !('image' in detail))).toBe(true);
    const histories = await Promise.all(
      rows.map(async (row: { id: string }) => (await post(paths.productHistory, { id: row.id })).json.data),
    );
    expect(histories.map((points) => points.length).sort()).toEqual([11, ...Array<number>(11).fill(30)]);
  });

  it('may repeat the limit as the total', async () => {
    const { post } = await running({ totalRepeatsLimit: true });
    const answer = (await post(paths.shopProducts, { id: documented.shopId, limit: 10 })).json;
    expect([answer.data.length, answer.total]).toEqual([10, 10]);
  });

  it('answers an unknown id with a success without data, and charges for it', async () => {
    const { post, get, sandbox } = await running();
    for (const path of [paths.shopDetail, paths.shopTotals, paths.productTotals, paths.creatorTotals]) {
      expect((await post(path, { id: nobody })).json).toEqual({ success: true, data: null });
    }
    for (const path of [paths.productDetail(nobody), paths.video(nobody), paths.videoMetrics(nobody, 7)]) {
      expect((await get(path)).json).toEqual({ success: true, data: null });
    }
    for (const path of [paths.shopProducts, paths.creatorProducts]) {
      expect((await post(path, { id: nobody })).json).toEqual({ success: true, data: [], page: 1, total: 0 });
    }
    expect((await post(paths.productHistory, { id: nobody })).json).toEqual({ success: true, data: [] });
    expect(sandbox.credits()).toBe(10);
  });
});

describe('careless callers', () => {
  it.each([
    ['a missing id', paths.shopDetail, {}, 'id is required'],
    ['an id as a number', paths.shopDetail, { id: 7493920192384910 }, 'id must be a string'],
    ['another period', paths.shopTotals, { id: '1', period: 14 }, 'period must be one of 1, 7, 30, 90'],
    ['page 0', paths.shopProducts, { id: '1', page: 0 }, 'page must be a positive integer'],
    ['limit 0', paths.shopProducts, { id: '1', limit: 0 }, 'limit must be a positive integer'],
    ['another sort', paths.shopProducts, { id: '1', sort: 'rating' }, 'sort must be one of revenue, sales, price'],
    ['another order', paths.shopProducts, { id: '1', order: 'up' }, 'order must be one of desc, asc'],
    ['broken JSON', paths.shopDetail, '{"id":', 'The request body is not valid JSON'],
    ['JSON of another kind', paths.shopDetail, '[1]', 'The request body must be a JSON object'],
  ])('are told about %s', async (_what, path, body, error) => {
    const { post } = await running();
    const answer = await post(path, body);
    expect(answer.status).toBe(400);
    expect(answer.json).toEqual({ success: false, error });
  });

  it('learn that a video has no 90 days', async () => {
    const { get } = await running();
    expect((await get(paths.videoMetrics(documented.videoId, 90))).status).toBe(400);
  });

  it('get a 404 for another path or verb: JSON under the API, HTML elsewhere, free of charge', async () => {
    const { post, get, sandbox } = await running();
    for (const answer of [await get(paths.shopDetail), await post(`${paths.shopDetail}/`, { id: '1' })]) {
      expect(answer.status).toBe(404);
      expect(answer.json).toEqual({ success: false, error: 'Unknown TikTok Shop endpoint' });
    }
    const elsewhere = await get('/api/v2/videos/1/');
    expect([elsewhere.status, elsewhere.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8']);
    expect(sandbox.calls.map(({ endpoint, credits }) => [endpoint, credits])).toEqual(Array(3).fill(['unknown', 0]));
  });
});

describe('suggestions and credits', () => {
  it('finds entities by a part of their name, in one country', async () => {
    const { get } = await running();
    const found = async (query: string) => (await get(paths.suggestions(query))).json;
    expect(await found('type=shops&q=GLOW')).toEqual({
      success: true,
      suggestions: [{ id: documented.shopId, name: 'Glow Beauty Co.' }],
    });
    expect((await found('type=shops&q=glow&country=DE')).suggestions).toEqual([]);
    expect((await found('type=shops&q=nordlicht&country=de')).suggestions).toHaveLength(1);
    expect((await found('type=products&q=serum')).suggestions).toHaveLength(10);
    expect((await found('type=products&q=a&limit=99')).suggestions).toHaveLength(20);
    expect((await found('type=videos&q=changed my')).suggestions[0].id).toBe(documented.videoId);
    expect((await found('type=creators&q=mia.')).suggestions[0].id).toBe(documented.creatorId);
    expect((await found('type=categories&q=skin')).suggestions).toHaveLength(1);
    expect((await found('type=shops&q=')).suggestions).toEqual([]);
    const wrong = await get(paths.suggestions('type=brands&q=a'));
    expect([wrong.status, wrong.json]).toEqual([400, { success: false, error: 'Invalid entity type' }]);
  });

  it('charges a credit for asking about credits', async () => {
    const { get } = await running({ monthlyCredits: 100 });
    await get(paths.productDetail(documented.productId));
    expect((await get(paths.credits)).json).toEqual({
      success: true,
      credits: { used: 2, limit: 100, remaining: 98 },
    });
  });
});
