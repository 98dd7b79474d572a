// Guarantee: JD's items come in JD's raw shape, at once or by a task that is bought once however often it is looked at.

import { describe, expect, it } from 'vitest';
import type { FaultName } from '../../src/sandbox/sandbox.ts';
import { jdItems } from '../../src/sandbox/jd-items.ts';
import { documented, notable } from '../../src/sandbox/world.ts';
import { asking } from './asking.ts';

const { jdItemId } = documented;
const HOUR = 3_600_000;

describe('an item', () => {
  it.each(['v1', 'v3'])('of %s comes at once, with what JD leaves raw', async (version) => {
    const { jdItem, sandbox } = await asking();
    const { data } = (await jdItem(jdItemId, version)).json;
    expect(data).toMatchObject({
      errCode: '0',
      product: { skuId: jdItemId, book: 'false', isDelete: '1', imageurl: expect.stringMatching(/^jfs\/t1\//) },
      priceFloor: { price: '6??', ext: { jdPrice: '6??', realPriceExt: { ORIGINAL: { salePrice: '1390.00' } } } },
      stock: { promiseResult: expect.stringContaining('<b>'), self_D: { shopId: 1_000_000_017 } },
    });
    expect(JSON.parse(data.promov2[0].pis[0].customtag)).toEqual({ p: '1390.00' });
    expect(sandbox.calls).toMatchObject([{ endpoint: 'jdItem', params: { itemId: jdItemId }, credits: 1 }]);
  });

  it('is one of a few: masked or not, a book, of a shop without a name', async () => {
    const { jdItem } = await asking();
    const items = await Promise.all([...jdItems.keys()].map(async (id) => (await jdItem(id, 'v1')).json.data));
    expect(items.some(({ product }) => product.book === 'true')).toBe(true);
    expect(items.some(({ stock }) => !('shopName' in stock.self_D))).toBe(true);
    expect((await jdItem(notable.pricedJdItemId, 'v1')).json.data.priceFloor.price).toBe('129.00');
  });
});

describe('a task', () => {
  it('is charged when it is submitted, and pending until it is done', async () => {
    const { jdItem, sandbox } = await asking({ jdPendingPolls: 3 });
    const codes: unknown[] = [];
    for (let call = 0; call < 5; call++) codes.push((await jdItem(jdItemId)).json.code);
    expect(codes).toEqual([202, 202, 202, 0, 0]);
    expect((await jdItem(jdItemId)).json.data.product.skuId).toBe(jdItemId);
    expect(sandbox.calls.map(({ credits }) => credits)).toEqual([1, 0, 0, 0, 0, 0]);
    expect(sandbox.credits('justoneapi')).toBe(1);
  });

  it('answers pending once by default, and not at all if it may be done at once', async () => {
    const { jdItem, sandbox } = await asking();
    expect((await jdItem(jdItemId)).json).toMatchObject({ code: 202, data: { status: 'pending' } });
    expect((await jdItem(jdItemId)).json.code).toBe(0);
    sandbox.set({ jdPendingPolls: 0 });
    expect((await jdItem(notable.pricedJdItemId)).json.code).toBe(0);
    expect(sandbox.credits()).toBe(2);
  });

  it("is each item's own, and its result is kept for an hour", async () => {
    let now = 0;
    const { jdItem, sandbox } = await asking({ now: () => now });
    await jdItem(jdItemId);
    await jdItem(notable.pricedJdItemId);
    expect(sandbox.credits()).toBe(2);
    now = HOUR - 1;
    expect((await jdItem(jdItemId)).json.code).toBe(0);
    now = HOUR;
    expect((await jdItem(jdItemId)).json.code).toBe(202);
    expect(sandbox.credits()).toBe(3);
  });

  it('for an unknown item is charged as well', async () => {
    const { jdItem, sandbox } = await asking();
    expect((await jdItem('99')).json.code).toBe(202);
    expect((await jdItem('99')).json).toMatchObject({ code: 201, data: null });
    expect(sandbox.calls.map(({ credits }) => credits)).toEqual([1, 0]);
  });

  it.each<[FaultName, number]>([
    ['drop', 1],
    ['not-json', 1],
    ['rate-limit', 0],
  ])('survives a %s: %i were bought before, and one in all', async (fault, bought) => {
    const { jdItem, sandbox } = await asking();
    sandbox.fail({ fault, times: 1 });
    await jdItem(jdItemId).catch(() => 'cut');
    expect(sandbox.credits()).toBe(bought);
    const codes = [(await jdItem(jdItemId)).json.code, (await jdItem(jdItemId)).json.code];
    expect(codes).toEqual(bought ? [0, 0] : [202, 0]);
    sandbox.fail({ fault: 'drop', times: 1 });
    await jdItem(jdItemId).catch(() => 'cut');
    expect(sandbox.credits()).toBe(1);
  });

  it('is forgotten on a reset', async () => {
    const { jdItem, sandbox } = await asking();
    await jdItem(jdItemId);
    sandbox.reset();
    expect((await jdItem(jdItemId)).json.code).toBe(202);
    expect(sandbox.credits()).toBe(1);
  });

  it('is not even made where the route only instructs', async () => {
    const { jdItem, sandbox } = await asking({ jdInstructs: true });
    const { code, data, message } = (await jdItem(jdItemId)).json;
    expect([code, data]).toEqual([0, null]);
    expect(message).toContain('Task Management');
    sandbox.set({ jdInstructs: false });
    expect((await jdItem(jdItemId)).json.code).toBe(202);
  });
});
