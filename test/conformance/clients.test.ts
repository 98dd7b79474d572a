/** Clients as applications use them, over HTTP: each pages through 500 products to the end, no row lost or repeated. */
import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { productFigures } from '../../src/sandbox/products.ts';
import { makeWorld, notable } from '../../src/sandbox/world.ts';
import { graphql } from '../client/index.ts';
import { installed } from '../packages.ts';
import { serve, tally, type Served } from '../serve.ts';
import type { RelayWalked, Walked } from './clients/asking.ts';

const ProductsOfShop = graphql(`
  query ProductsOfShop($shop: ID!, $first: Int!, $after: String) {
    shop(id: $shop) {
      products(first: $first, after: $after, orderBy: { field: SALES }) {
        nodes {
          productId
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  }
`);

const shop = notable.fiveHundredProductShopId;
const world = makeWorld();
/** The world's own: what sells most first, ties by id. */
const inOrder = world.shops
  .get(shop)!
  .products.map((product) => ({ id: product.id, sales: productFigures(product, 30).sales }))
  .sort((a, b) => b.sales - a.sales || (a.id < b.id ? -1 : 1))
  .map(({ id }) => id);

const run = promisify(execFile);
const root = path.join(import.meta.dirname, '../..');
const tool = (file: string) => createRequire(import.meta.url).resolve(file);

let folder: string;
let served: Served;
beforeAll(async () => {
  folder = await installed('test/conformance/clients');
  await mkdir(path.join(folder, '.data'), { recursive: true });
  await run(process.execPath, [tool('relay-compiler/cli.js'), 'relay.config.json'], { cwd: folder });
});
beforeEach(async () => {
  served = await serve();
});
afterEach(async () => {
  await served[Symbol.asyncDispose]();
});

/** What the program prints, which runs with the package's own libraries. */
async function ran(program: readonly string[], first: number): Promise<unknown> {
  const told = [`${served.origin}/graphql`, shop, String(first)];
  const { stdout } = await run(process.execPath, [...program, ...told], { cwd: folder, timeout: 30_000 });
  return JSON.parse(stdout);
}

const relay = ['--import', './relay-compiled.ts', 'relay.ts'];

const page = (first: number, after: string | null) => served.ask(ProductsOfShop, { shop, first, after });

async function generated(first: number): Promise<Walked> {
  const productIds: string[] = [];
  let after: string | null = null;
  for (let requests = 1; requests <= 50; requests++) {
    const { data, errors } = await page(first, after);
    expect(errors).toBeUndefined();
    const { nodes, pageInfo } = data.shop!.products!;
    productIds.push(...nodes.map(({ productId }) => productId));
    if (!pageInfo.hasNextPage) return { productIds, hasNextPage: false, requests };
    after = pageInfo.endCursor ?? null;
  }
  throw new Error('The walk does not end.');
}

describe('500 products, each once and in order, for 10 calls', { timeout: 40_000 }, () => {
  const [apollo, urql] = [['apollo.ts'], ['urql.ts']].map((program) => (first: number) => ran(program, first));

  it.each([
    ['Apollo Client', 33, 16, apollo],
    ['Apollo Client', 100, 5, apollo],
    ['urql', 48, 11, urql],
    ['urql', 50, 10, urql],
    ['the generated client', 29, 18, generated],
  ])('by %s, %i a page, in %i requests', async (_client, first, requests, walk) => {
    expect(await walk!(first)).toEqual({ productIds: inOrder, hasNextPage: false, requests });
    expect(tally(served.sandbox.calls)).toEqual({ shopProducts: 10 });
  });

  it('by React and Relay, 37 a page, in 14 requests; all but the first are for more of a node', async () => {
    const { productIds, hasNextPage, requests, sent } = (await ran(relay, 37)) as RelayWalked;
    expect({ productIds, hasNextPage, requests }).toEqual({ productIds: inOrder, hasNextPage: false, requests: 14 });
    expect(sent.slice(0, 14)).toEqual(['relayShopQuery', ...Array<string>(13).fill('relayShopProductsQuery')]);
    expect(tally(served.sandbox.calls)).toMatchObject({ shopProducts: 10 });
  });
});

it('Relay asks again for one product of a list by its id alone, for the one call that its rating costs', async () => {
  const { sent, refetched } = (await ran(relay, 100)) as RelayWalked;
  expect(sent.slice(5)).toEqual(['relayShopProductQuery']);
  const product = world.products.get(inOrder.at(-1)!)!;
  expect(refetched).toEqual({ productId: product.id, rating: product.rating });
  expect(tally(served.sandbox.calls)).toEqual({ shopProducts: 10, productDetail: 1 });
}, 40_000);

it('the programs keep to the types of their clients, and to those that Relay makes of the schema', async () => {
  const tsc = path.join(root, 'node_modules/.bin/tsc');
  await expect(run(tsc, ['-p', folder])).resolves.toEqual({ stdout: '', stderr: '' });
}, 40_000);
