/** The price before: corners in which what is bought could fall outside of what was told, or be told for what it is not. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { documented, makeWorld, notable, storeUrlOf } from '../../src/sandbox/world.ts';
import { serve, type Served, type Untyped } from '../serve.ts';

const dry = async (served: Served, query: string): Promise<Untyped> =>
  ((await served.ask(query, {}, { 'x-shopgraph-dry-run': '1' })) as Untyped).extensions.cost.estimated;

async function expectWithin(served: Served, query: string) {
  const { calls, providers } = await dry(served, query);
  const { cost } = (await served.ask(query)).extensions!;
  expect(cost.calls).toBeGreaterThanOrEqual(calls.min);
  expect(cost.calls).toBeLessThanOrEqual(calls.max);
  for (const { provider, credits } of providers) {
    expect((cost.credits as Untyped)[provider] ?? 0, provider).toBeGreaterThanOrEqual(credits.min);
    expect((cost.credits as Untyped)[provider] ?? 0, provider).toBeLessThanOrEqual(credits.max);
  }
  return { calls, cost };
}

const url = storeUrlOf(makeWorld().shops.get(notable.hundredProductShopId)!);
const nowhere = 'https://www.tiktok.com/shop/store/nope/7493920000000000000';
const jd = (id: string) => Buffer.from(`JdProduct:${id}`).toString('base64url');
const tooMany = JSON.stringify(Array.from({ length: 101 }, (_, index) => `a${index}`));

describe('the real run lies within what the dry run told', () => {
  it.each([
    ['polls of a node of JD', `{ node(id: "${jd(documented.jdItemId)}") { ... on JdProduct { title } } }`],
    [
      'address met by a page that costs nothing',
      `{ storefront(url: "${url}") { url } shop(id: "${notable.hundredProductShopId}") { storefront { followerCount } } }`,
    ],
    [
      'address that is met too late',
      `{ shop(id: "${notable.hundredProductShopId}") { storefront { followerCount } } storefront(url: "${url}") { shop { name } } }`,
    ],
    [
      'the default market, spelled out',
      `{ storefront(url: "${url}") { followerCount shop { storefront(region: US) { reviewCount } } } }`,
    ],
    ['below a page that may be none', `{ storefront(url: "${nowhere}") { followerCount shop { creatorCount } } }`],
    [
      'non-null root field refused',
      `{ nodes(ids: ${tooMany}) { id } shop(id: "${documented.shopId}") { name creatorCount } }`,
    ],
  ])('%s', async (_what, query) => {
    await using served = await serve();
    await expectWithin(served, query);
  });

  it('a total that repeats the limit, after a full page', async () => {
    await using served = await serve({ sandbox: { totalRepeatsLimit: true } });
    await served.ask(`{ shop(id: "${notable.hundredProductShopId}") { products(first: 5) { totalCount } } }`);
    await expectWithin(served, `{ shop(id: "${notable.oneProductShopId}") { products(first: 5) { edges { rank } } } }`);
  });
});

describe('what the dry run says of it', () => {
  it('a figure of a page is one call', async () => {
    await using served = await serve();
    expect((await dry(served, `{ storefront(url: "${url}") { followerCount } }`)).calls).toEqual({ min: 1, max: 1 });
  });

  it('the steps keep what is likely, and which questions are absent', async () => {
    await using served = await serve();
    const list = (below: string) => `{ storefront(url: "${url}") { products(first: 1) { ${below} } } }`;
    await served.ask(list('nodes { title }'));
    const { steps, likely, calls } = await dry(
      served,
      list('edges { node { history { period } title } } nodes { profileSales title }'),
    );
    expect(calls).toEqual({ min: 2, max: 2 });
    expect(likely.calls).toBe(2);
    expect(steps.find((each: Untyped) => each.endpoint === 'productDetail')).toMatchObject({
      calls: { min: 1, max: 1 },
      likely: { calls: 1 },
      cache: { absent: 1 },
    });
  });

  it('nothing is learned by it: neither page sizes', async () => {
    const shop = [...makeWorld().shops.values()].find(({ products }) => products.length === 61)!;
    const full = `{ shop(id: "${notable.hundredProductShopId}") { products(first: 50) { totalCount } } }`;
    await using elsewhere = await serve();
    const first = await elsewhere.ask(`{ shop(id: "${shop.id}") { products(first: 50) { pageInfo { endCursor } } } }`);
    const after: string = first.data.shop.products.pageInfo.endCursor;
    const costs = [];
    for (const isDry of [false, true]) {
      const folder = mkdtempSync(path.join(tmpdir(), 'shopgraph-'));
      const world = await startSandbox();
      const before = await serve({ world, env: { DATA_DIR: folder } });
      await before.ask(full);
      await before[Symbol.asyncDispose]();
      const again = await serve({ world, env: { DATA_DIR: folder } });
      if (isDry) await dry(again, full);
      costs.push(
        (await again.ask(`{ shop(id: "${shop.id}") { products(first: 20, after: "${after}") { nodes { title } } } }`))
          .calls.length,
      );
      await again[Symbol.asyncDispose]();
      await world.close();
      rmSync(folder, { recursive: true });
    }
    expect(costs[1]).toBe(costs[0]);
  });

  it('the same thing in two markets: likely is not more than most, and different questions are both sure', async () => {
    await using served = await serve();
    const both = (field: string) =>
      `{ a: product(id: "${documented.productId}", region: US) { ${field} } b: product(id: "${documented.productId}", region: FR) { ${field} } }`;
    const { likely, calls } = await dry(served, both('totals { sales }'));
    expect(calls).toEqual({ min: 1, max: 1 });
    expect(likely.calls).toBe(1);
    expect((await dry(served, both('priceMasked'))).calls).toEqual({ min: 2, max: 2 });
  });

  it('a held page says the name of its shop: nothing more may be bought', async () => {
    await using served = await serve();
    const query = `{ storefront(url: "${url}") { followerCount shop { name } } }`;
    await served.ask(query);
    expect((await dry(served, query)).calls).toEqual({ min: 0, max: 0 });
  });
});
