// Guarantee: the sandbox answers the provider's documented examples verbatim.

import { describe, expect, it } from 'vitest';
import { documented } from '../../src/sandbox/world.ts';
import { paths, running } from './running.ts';

const { shopId, productId, creatorId, videoId } = documented;

describe('documented examples', () => {
  it('answers the detail routes word for word', async () => {
    const { post, get, sandbox } = await running();
    expect((await post(paths.shopDetail, { id: shopId, country: 'US' })).json).toEqual({
      success: true,
      data: {
        id: '7493920192384910',
        name: 'Glow Beauty Co.',
        country: 'US',
        logo: 'https://cdn.example.com/shops/glow.png',
        products_count: 84,
        creators_count: 312,
        rating: 4.8,
      },
    });
    expect((await get(paths.productDetail(productId))).json).toEqual({
      success: true,
      data: {
        id: '1729384756102394',
        title: 'Vitamin C Brightening Serum',
        shop_id: '7493920192384910',
        price: 24.9,
        revenue: 312540,
        sales: 12550,
        rating: 4.7,
        image: 'https://cdn.example.com/products/serum.jpg',
      },
    });
    expect((await get(paths.video(videoId))).json).toEqual({
      success: true,
      data: {
        id: '7361029384756102',
        caption: 'This serum changed my skin',
        creator_id: '6892301928374615',
        product_id: '1729384756102394',
        posted_at: '2024-05-28',
      },
    });
    expect(sandbox.calls.map((call) => call.endpoint)).toEqual(['shopDetail', 'productDetail', 'video']);
    expect(sandbox.credits()).toBe(3);
  });

  it('answers the totals of 30 days word for word', async () => {
    const { post, get } = await running();
    const totalOf = async (path: string, id: string) => (await post(path, { id, period: 30 })).json;
    expect(await totalOf(paths.shopTotals, shopId)).toEqual({
      success: true,
      data: { revenue: 1284500, sales: 51380, avg_price: 24.99, conversion_rate: 0.037, period: 30 },
    });
    expect(await totalOf(paths.productTotals, productId)).toEqual({
      success: true,
      data: { revenue: 312540, sales: 12550, avg_price: 24.9, period: 30 },
    });
    expect(await totalOf(paths.creatorTotals, creatorId)).toEqual({
      success: true,
      data: { revenue: 84200, sales: 3380, videos: 47, followers: 512000, period: 30 },
    });
    expect((await get(paths.videoMetrics(videoId, 30))).json).toEqual({
      success: true,
      data: { views: 1840000, likes: 92400, comments: 3120, shares: 8800, period: 30 },
    });
  });

  it('begins the lists with the documented row, under its short title', async () => {
    const { post } = await running();
    const inShop = (
      await post(paths.shopProducts, {
        id: shopId,
        page: 1,
        limit: 20,
        period: 30,
        sort: 'revenue',
        order: 'desc',
      })
    ).json;
    expect(inShop).toMatchObject({ success: true, page: 1, total: 84 });
    expect(inShop.data).toHaveLength(20);
    expect(inShop.data[0]).toEqual({
      id: '1729384756102394',
      title: 'Vitamin C Serum',
      price: 24.9,
      revenue: 312540,
      sales: 12550,
    });
    const ofCreator = (await post(paths.creatorProducts, { id: creatorId, page: 1, limit: 20, period: 30 })).json;
    expect(ofCreator).toMatchObject({ success: true, page: 1, total: 23 });
    expect(ofCreator.data[0]).toEqual({
      id: '1729384756102394',
      title: 'Vitamin C Serum',
      revenue: 42100,
      sales: 1680,
    });
  });

  it('begins the history with the two documented days', async () => {
    const { post } = await running();
    const { data } = (await post(paths.productHistory, { id: productId, period: 30 })).json;
    expect(data).toHaveLength(30);
    expect(data.slice(0, 2)).toEqual([
      { date: '2024-06-01', revenue: 10840, sales: 435 },
      { date: '2024-06-02', revenue: 11290, sales: 452 },
    ]);
    expect(data.at(-1).date).toBe('2024-06-30');
  });

  it('refuses a missing or wrong key as documented, at no charge', async () => {
    const { post, sandbox } = await running();
    const { apiKey } = sandbox.winninghunter;
    const ask = async (headers: Record<string, string>, query = '') =>
      await post(paths.shopDetail + query, { id: shopId }, headers);
    const refused = await ask({});
    expect(refused.status).toBe(401);
    expect(refused.json).toEqual({ success: false, error: 'Unauthorized' });
    expect((await ask({ 'X-API-Key': 'wh_wrong', Authorization: `Bearer ${apiKey}` })).status).toBe(401);
    expect((await ask({ Authorization: apiKey })).status).toBe(401);
    expect(sandbox.credits()).toBe(0);
    expect((await ask({ 'x-api-key': apiKey })).status).toBe(200);
    expect((await ask({ Authorization: `Bearer ${apiKey}` })).status).toBe(200);
    expect((await ask({}, `?api_key=${apiKey}`)).status).toBe(200);
    expect(JSON.stringify(sandbox.calls)).not.toContain(apiKey);
  });
});
