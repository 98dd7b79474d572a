// Guarantee: each way in which the provider may fail can be had on request, and charges what the provider would.

import { describe, expect, it } from 'vitest';
import type { FaultName } from '../../src/sandbox/sandbox.ts';
import { documented, notable } from '../../src/sandbox/world.ts';
import { paths, running } from './running.ts';

const detail = paths.productDetail(documented.productId);
const quotaText = 'Monthly credit limit reached (20000). Resets next month.';

describe('faults', () => {
  it.each<[FaultName, number, number, object | undefined]>([
    ['rate-limit', 429, 0, { success: false, error: 'Rate limit exceeded. Max 60 requests per minute.' }],
    ['quota', 429, 0, { success: false, error: quotaText, credits: { used: 20000, limit: 20000, remaining: 0 } }],
    ['quota-bare', 429, 0, { success: false, error: quotaText }],
    ['server-error', 500, 0, { success: false, error: 'Internal server error' }],
    ['bad-gateway', 502, 0, undefined],
    ['refused', 200, 1, { success: false, error: expect.any(String) }],
    ['upgrade', 200, 1, { upgrade: 'premium', message: expect.any(String) }],
    ['unauthorized', 401, 0, { success: false, error: 'Unauthorized' }],
    ['plan', 403, 0, { success: false, error: expect.any(String) }],
    ['insufficient-credits', 403, 0, { error: 'insufficient_credits', upgrade: 'premium' }],
    ['unknown-path', 404, 0, { success: false, error: 'Unknown TikTok Shop endpoint' }],
    ['html-404', 404, 0, undefined],
    ['not-json', 200, 1, undefined],
    ['wrong-shape', 200, 1, { success: true, data: expect.any(Object) }],
    ['redirect', 302, 0, undefined],
  ])('%s answers %i and charges %i', async (fault, status, credits, body) => {
    const { get, sandbox } = await running();
    sandbox.fail({ fault, times: 1 });
    const failed = await get(detail);
    expect(failed.status).toBe(status);
    expect(failed.json).toEqual(body);
    expect(sandbox.calls[0]).toMatchObject({ endpoint: 'productDetail', status, credits });
    expect(sandbox.credits()).toBe(credits);
    expect((await get(detail)).json.data.id).toBe(documented.productId);
  });

  it('strike where and as often as the rule says', async () => {
    const { post, get, sandbox } = await running();
    const totals = async (id: string) => (await post(paths.shopTotals, { id })).status;
    sandbox.fail({ path: 'POST /api/v1/tiktok-shop/shop-detail/total', id: documented.shopId, fault: 'server-error' });
    expect((await get(detail)).status).toBe(200);
    expect(await totals(notable.oneProductShopId)).toBe(200);
    expect(await totals(documented.shopId)).toBe(500);
    expect(await totals(documented.shopId)).toBe(500);
    sandbox.reset();
    expect(await totals(documented.shopId)).toBe(200);
    sandbox.fail({ path: '/product-detail/', fault: 'rate-limit', times: 1, retryAfterS: 7 });
    const limited = await get(detail);
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '7']);
    expect((await get(detail)).status).toBe(200);
  });

  it('strike about as often as their chance says, and the same calls when the run is repeated', async () => {
    const { get, sandbox } = await running();
    const run = async () => {
      sandbox.reset();
      sandbox.fail({ path: '/nowhere', fault: 'unauthorized', chance: 0.5 });
      sandbox.fail({ fault: 'rate-limit', chance: 0.3 });
      // Of those that the rule before it spared.
      sandbox.fail({ fault: 'server-error', chance: 0.5, times: 60 });
      const statuses: number[] = [];
      for (let n = 0; n < 400; n++) statuses.push((await get(detail)).status);
      return statuses;
    };
    const statuses = await run();
    const count = (status: number) => statuses.filter((each) => each === status).length;
    expect(count(429)).toBeGreaterThan(90);
    expect(count(429)).toBeLessThan(150);
    expect(count(500)).toBe(60);
    expect(statuses.lastIndexOf(500)).toBeGreaterThan(120);
    expect(count(429) + count(500) + count(200)).toBe(400);
    expect(sandbox.credits()).toBe(count(200));
    expect(await run()).toEqual(statuses);
  });

  it.each([
    [0, 0],
    [1, 20],
  ])('with a chance of %i strike %i of 20 calls', async (chance, struck) => {
    const { get, sandbox } = await running();
    sandbox.fail({ fault: 'rate-limit', chance });
    for (let n = 0; n < 20; n++) await get(detail);
    expect(sandbox.calls.filter(({ status }) => status === 429)).toHaveLength(struck);
  });

  it('that are slow give the right answer, at its price, that much later', async () => {
    const { get, sandbox } = await running();
    const right = await get(detail);
    sandbox.fail({ fault: 'slow', latencyMs: 120, times: 1 });
    const startedAt = performance.now();
    expect((await get(detail)).json).toEqual(right.json);
    expect(performance.now() - startedAt).toBeGreaterThan(100);
    expect(sandbox.calls.map(({ credits }) => credits)).toEqual([1, 1]);
  });

  it.each<FaultName>(['drop', 'not-json', 'rate-limit', 'other-id'])(
    'charge nothing for a %s whose credit is given back, and for the next answer one',
    async (fault) => {
      const { get, sandbox } = await running();
      sandbox.fail({ fault, refunded: true, times: 1 });
      await get(detail).catch(() => 'cut');
      expect(sandbox.calls.map(({ credits }) => credits)).toEqual([0]);
      expect(sandbox.credits()).toBe(0);
      await get(detail);
      expect(sandbox.calls.map(({ credits }) => credits)).toEqual([0, 1]);
      expect(sandbox.credits()).toBe(1);
    },
  );

  it('speak of another entity than the one asked', async () => {
    const { get, sandbox } = await running();
    sandbox.fail({ fault: 'other-id' });
    const { data } = (await get(detail)).json;
    expect(Object.keys(data)).toContain('shop_id');
    expect(data.id).not.toBe(documented.productId);
  });

  it('point elsewhere in a way that shows when it is followed', async () => {
    const { get, sandbox } = await running();
    sandbox.fail({ fault: 'redirect' });
    const location = (await get(detail)).headers.get('location');
    expect(location).toBe(`http://localhost:${new URL(sandbox.origin).port}/winninghunter/elsewhere`);
  });

  it('stream 32 MB', async () => {
    const { get, sandbox } = await running();
    sandbox.fail({ fault: 'huge' });
    expect((await get(detail)).text.length).toBeGreaterThan(32 * 1024 * 1024);
  });

  it('cut the connection', async () => {
    const { get, sandbox } = await running();
    sandbox.fail({ fault: 'drop' });
    await expect(get(detail)).rejects.toThrow();
    expect(sandbox.calls[0]).toMatchObject({ status: 0, credits: 1 });
  });

  it('hang until the sandbox closes, which it does at once, delayed answers included', async () => {
    const { post, get, sandbox } = await running();
    sandbox.fail({ path: 'GET', fault: 'hang' });
    const hanging = get(detail).catch(() => 'cut');
    await expect.poll(() => sandbox.calls.length).toBe(1);
    sandbox.set({ latencyMs: 3_600_000 });
    const delayed = post(paths.shopDetail, { id: documented.shopId }).catch(() => 'cut');
    await expect.poll(() => sandbox.calls.length).toBe(2);
    await sandbox.close();
    expect(await Promise.all([hanging, delayed])).toEqual(['cut', 'cut']);
  });
});
