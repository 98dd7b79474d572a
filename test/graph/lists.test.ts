/** Connections through the whole server: every row once, few calls, and no cursor but its own list's. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { documented, notable } from '../../src/sandbox/world.ts';
import { graphql } from '../client/index.ts';
import { serve, type Served } from '../serve.ts';

const { shopId, creatorId } = documented;

const ShopPage = graphql(`
  query ShopPage($id: ID!, $first: Int!, $after: String, $period: Period!, $order: ShopProductOrder!) {
    shop(id: $id) {
      products(first: $first, after: $after, period: $period, orderBy: $order) {
        totalCount
        edges {
          cursor
          rank
          sales
          node {
            productId
          }
        }
        pageInfo {
          hasNextPage
          hasPreviousPage
          startCursor
          endCursor
        }
      }
    }
  }
`);

let served: Served;
beforeEach(async () => {
  served = await serve();
});
afterEach(async () => {
  await served[Symbol.asyncDispose]();
});

const page = async (first: number, after: string | null = null, more: object = {}) => {
  const variables = { id: shopId, first, after, period: 'LAST_30_DAYS' as const, order: {}, ...more };
  const { data, errors, calls } = await served.ask(ShopPage, variables);
  return { products: data.shop?.products, errors, calls };
};

async function walk(id: string, firsts: readonly number[]) {
  const seen: { productId: string; rank: number; sales: number }[] = [];
  let after: string | null = null;
  for (let step = 0; step < 300; step++) {
    const { products } = await page(firsts[step % firsts.length]!, after, { id, order: { field: 'SALES' } });
    seen.push(...(products?.edges ?? []).map(({ rank, sales, node }) => ({ rank, sales: sales ?? -1, ...node })));
    if (!products?.pageInfo.hasNextPage) return seen;
    after = products.pageInfo.endCursor ?? after;
  }
  throw new Error('the walk did not end');
}

describe('walking a list', () => {
  it.each([
    ['84 products by 7', shopId, [7], 84, 2],
    ['84 products by 100', shopId, [100], 84, 2],
    ['84 products by 1, 20, 3', shopId, [1, 20, 3], 84, 2],
    ['100 products by 33', notable.hundredProductShopId, [33], 100, 2],
    ['50 products by 20, of which the total equals the page', notable.fiftyProductShopId, [20], 50, 2],
    ['1 product', notable.oneProductShopId, [20], 1, 1],
    ['no products', notable.emptyShopId, [20], 0, 1],
  ])('%s yields each once, in order, in few calls', async (_what, id, firsts, total, callsMax) => {
    const seen = await walk(id, firsts);
    expect(seen.map(({ rank }) => rank)).toEqual(Array.from({ length: total }, (_, index) => index + 1));
    expect(new Set(seen.map(({ productId }) => productId)).size).toBe(total);
    expect(seen.map(({ sales }) => sales)).toEqual(seen.map(({ sales }) => sales).sort((a, b) => b - a));
    expect(served.sandbox.calls.length).toBeLessThanOrEqual(callsMax);
  });

  it('yields each once from a provider that quietly serves smaller pages', async () => {
    served.sandbox.set({ pageMax: 20 });
    expect((await walk(shopId, [7])).map(({ rank }) => rank)).toEqual(
      Array.from({ length: 84 }, (_, index) => index + 1),
    );
    expect(served.sandbox.calls.length).toBeLessThanOrEqual(7);
  });

  it('yields each once where the total merely repeats the limit', async () => {
    served.sandbox.set({ totalRepeatsLimit: true });
    expect(await walk(shopId, [30])).toHaveLength(84);
  });

  it('tells where it stands', async () => {
    const first = await page(20);
    expect(first.products).toMatchObject({ totalCount: 84, pageInfo: { hasNextPage: true, hasPreviousPage: false } });
    expect(first.products?.pageInfo.startCursor).toBe(first.products?.edges[0]?.cursor);
    expect(first.products?.pageInfo.endCursor).toBe(first.products?.edges[19]?.cursor);
    const last = await page(20, (await page(64)).products?.pageInfo.endCursor);
    expect(last.products?.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
    expect(last.products?.edges).toHaveLength(20);
  });

  it('of a creator pages as well', async () => {
    const { data } = await served.ask(
      `{ creator(id: "${creatorId}") { products(first: 100) { totalCount edges { rank node { productId } } pageInfo { hasNextPage } } } }`,
    );
    expect(data.creator.products.edges).toHaveLength(23);
    expect(data.creator.products.pageInfo.hasNextPage).toBe(false);
  });
});

describe('a cursor', () => {
  const cursorOf = async () => (await page(3)).products!.edges[2]!.cursor;
  const rewritten = (cursor: string, from: RegExp, to: string) =>
    Buffer.from(Buffer.from(cursor, 'base64url').toString().replace(from, to)).toString('base64url');

  it.each<[string, (cursor: string) => string]>([
    ['broken', (cursor) => cursor.slice(1)],
    ['not a cursor at all', () => 'x'],
    ['empty', () => ''],
    ['of another version', (cursor) => rewritten(cursor, /^\d+/, '999')],
    ['before the list', (cursor) => rewritten(cursor, /\.\d+\.\d+$/, '.-5.50')],
    ['with something added', (cursor) => `${cursor}==`],
    ['with a page of no size', (cursor) => rewritten(cursor, /\.\d+$/, '.0')],
  ])('%s is refused before any call', async (_what, spoil) => {
    const cursor = spoil(await cursorOf());
    const { products, errors, calls } = await page(3, cursor);
    expect(products).toBeNull();
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_CURSOR', retryable: false } }]);
    expect(calls).toEqual([]);
  });

  it.each([
    ['another shop', { id: notable.fiftyProductShopId }],
    ['another period', { period: 'LAST_7_DAYS' }],
    ['another order', { order: { field: 'PRICE' } }],
    ['another direction', { order: { direction: 'ASC' } }],
  ])('of a list with %s is refused before any call', async (_what, other) => {
    const { errors, calls } = await page(3, await cursorOf(), other);
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_CURSOR' } }]);
    expect(calls).toEqual([]);
  });

  it('of a creator is refused by a shop', async () => {
    const { data } = await served.ask(
      `{ creator(id: "${creatorId}") { products(first: 1) { pageInfo { endCursor } } } }`,
    );
    const { errors } = await page(3, data.creator.products.pageInfo.endCursor as string);
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_CURSOR' } }]);
  });
});
