/** The public page of a shop: every product once, a page of the provider at most once, and nothing for an address that is none. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { documented, makeWorld, notable, storeUrlOf } from '../../src/sandbox/world.ts';
import { impatient, serve, tally, type Served } from '../serve.ts';

const { shopId } = documented;
const { storeUrl } = notable;
const shops = makeWorld().shops;
const urlOf = (id: string) => storeUrlOf(shops.get(id)!);
const nowhere = 'https://www.tiktok.com/shop/store/nobody/99';

let served: Served;
beforeEach(async () => {
  served = await serve();
});
afterEach(async () => {
  await served[Symbol.asyncDispose]();
});

const StorefrontWindow = `
  query ($url: URL!, $region: Region, $first: Int!, $after: String) {
    storefront(url: $url, region: $region) {
      products(first: $first, after: $after) {
        edges { cursor node { productId } }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      }
    }
  }`;

interface Asked {
  readonly url?: string;
  readonly region?: string;
  readonly after?: string | null;
}
interface Products {
  readonly edges: readonly { readonly cursor: string; readonly node: { readonly productId: string } }[];
  readonly pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string; endCursor: string };
}

async function page(first: number, asked: Asked = {}, from = served) {
  const { data, errors, calls } = await from.ask(StorefrontWindow, { url: storeUrl, first, ...asked });
  return { products: data?.storefront?.products as Products, data, errors, calls };
}

async function walk(first: number, asked: Asked = {}, from = served, onStep?: () => void) {
  const ids: string[] = [];
  let after: string | null = null;
  for (let step = 0; step < 300; step++) {
    onStep?.();
    const { products } = await page(first, { ...asked, after }, from);
    ids.push(...products.edges.map(({ node }) => node.productId));
    if (!products.pageInfo.hasNextPage) return ids;
    after = products.pageInfo.endCursor;
  }
  throw new Error('the walk did not end');
}

const field = (selection: string, url = storeUrl) => served.ask(`{ storefront(url: "${url}") { ${selection} } }`);

describe('walking a storefront', () => {
  const productsOf = (id: string) =>
    shops
      .get(id)!
      .products.map((product) => product.id)
      .sort();

  it.each([1, 7, 10, 33, 100])('by %i yields each of 84 products once, a call for each 12', async (first) => {
    const ids = await walk(first);
    expect(ids.toSorted()).toEqual(productsOf(shopId));
    expect(tally(served.sandbox.calls)).toEqual({ storeProducts: 7 });
  });

  it.each([
    ['50 by 7, in pages of 25', notable.fiftyProductShopId, 7, 25, 2],
    ['one product', notable.oneProductShopId, 5, 12, 1],
    ['no products', notable.emptyShopId, 5, 12, 1],
    ['a store that says little of itself', notable.sparseShopId, 5, 5, 3],
  ])('of %s, too', async (_what, id, first, storePageSize, calls) => {
    served.sandbox.set({ storePageSize });
    expect((await walk(first, { url: urlOf(id) })).toSorted()).toEqual(productsOf(id));
    expect(served.sandbox.calls).toHaveLength(calls);
  });

  it('yields the same order for any first', async () => {
    expect(await walk(7)).toEqual(await walk(33));
  });

  it('buys no page twice, though all pages have been forgotten from one window to the next', async () => {
    let now = Date.now();
    await using forgetful = await serve({ deps: { clock: impatient(() => now) } });
    const ids = await walk(12, {}, forgetful, () => {
      now += 100 * 3_600_000;
    });
    expect(ids).toHaveLength(84);
    expect(forgetful.sandbox.calls).toHaveLength(7);
  });

  it('asks for the address and the market with each page', async () => {
    await walk(50, { region: 'GB' });
    for (const { params } of served.sandbox.calls) expect(params).toMatchObject({ url: storeUrl, region: 'GB' });
    expect(served.sandbox.calls).toHaveLength(7);
  });

  it('tells where it stands', async () => {
    const first = await page(12);
    expect(first.products.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    expect(first.products.pageInfo.startCursor).toBe(first.products.edges[0]!.cursor);
    expect(first.products.pageInfo.endCursor).toBe(first.products.edges[11]!.cursor);
    const { pageInfo } = (await page(100, { after: first.products.edges[0]!.cursor })).products;
    expect(pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
  });
});

describe('what a storefront costs', () => {
  it('its figures: one call', async () => {
    const { data, calls, extensions } = await field(
      'soldCount reviewCount followerCount videoCount onSaleProductCount rating',
    );
    const { products, rating, followers } = shops.get(shopId)!;
    const soldCount = products.reduce((sum, product) => sum + product.soldCount, 0);
    expect(data.storefront).toMatchObject({ soldCount, followerCount: followers, onSaleProductCount: 84, rating });
    expect(calls).toHaveLength(1);
    expect(extensions?.cost).toMatchObject({ credits: { SOCIAL_FETCH: 1 }, avoided: { cache: 0, coalesced: 0 } });
  });

  it('its figures and its first products: the same one call', async () => {
    const { data, calls, extensions } = await field('soldCount products(first: 12) { nodes { productId } }');
    expect(data.storefront.products.nodes).toHaveLength(12);
    expect(calls).toHaveLength(1);
    expect(extensions?.cost).toMatchObject({ calls: 1, avoided: { cache: 0, coalesced: 0 } });
  });

  it("its figures, and its shop's name, logo and rating, which the page says as well: the same one call", async () => {
    const { data, calls } = await field('soldCount shop { name rating logo { url } provenance { field provider } }');
    expect(tally(calls)).toEqual({ storeProducts: 1 });
    expect(data.storefront.shop).toMatchObject({ name: 'Glow Beauty Co.', rating: expect.any(Number) as number });
    expect(data.storefront.shop.provenance).toContainEqual({ field: 'name', provider: 'SOCIAL_FETCH' });
  });

  it('a product that stands in it: what its row tells is not bought, and is told where the product was asked for before', async () => {
    const { id, title } = shops.get(shopId)!.products[0]!;
    const product = `node(id: "${Buffer.from(`Product:US.${id}`).toString('base64url')}")`;
    const page = `storefront(url: "${storeUrl}", region: US) { products(first: 1) { nodes { url } } }`;
    const { data, calls } = await served.ask(`{ ${product} { ... on Product { title url } } ${page} }`);
    expect(data.node).toEqual({ title, url: data.storefront.products.nodes[0].url });
    expect(tally(calls)).toEqual({ storeProducts: 1 });
  });

  it('a product that leads to it: what its row alone tells is told where it stands', async () => {
    const page = `storefront(url: "${storeUrl}", region: US) { products(first: 1) { nodes { id url } } }`;
    const { id } = (await served.ask(`{ ${page} }`)).data.storefront.products.nodes[0];
    const { data } = await served.ask(`{ node(id: "${id}") { ... on Product { url shop { ${page} } } } }`);
    expect(data.node.url).toBeNull();
    expect(data.node.shop.storefront.products.nodes).toEqual([
      { id, url: expect.stringContaining('https:') as string },
    ]);
  });

  it('its address and its shop: nothing', async () => {
    const { data, calls } = await served.ask(
      `{ storefront(url: "${storeUrl}/?enter_from=x", region: US) { __typename url shop { id shopId } } }`,
    );
    expect(data.storefront).toEqual({
      __typename: 'Storefront',
      url: storeUrl,
      shop: { id: Buffer.from(`Shop:US.${shopId}`).toString('base64url'), shopId },
    });
    expect(calls).toEqual([]);
  });

  it.each([
    ['no rows', 'products(first: 0) { edges { cursor } nodes { id } }', 0],
    ['no rows, but whether there are any', 'products(first: 0) { pageInfo { hasNextPage } }', 1],
    ['no rows, but when they were', 'products(first: 0) { asOf }', 1],
    ['as many rows as a page has', 'products(first: 12) { nodes { id } pageInfo { hasNextPage } }', 1],
    ['one row more', 'products(first: 13) { nodes { id } }', 2],
  ])('%s', async (_what, selection, price) => {
    const { errors, calls } = await field(selection);
    expect(errors).toBeUndefined();
    expect(calls).toHaveLength(price);
  });

  it('of two windows, of the same by other names, and by the market that is meant anyway: each page once', async () => {
    const { endCursor } = (await page(7)).products.pageInfo;
    await served[Symbol.asyncDispose]();
    served = await serve();
    const products = (name: string, args: string) => `${name}: products(${args}) { nodes { productId } }`;
    const { data, calls, errors } = await served.ask(`{
      a: storefront(url: "${storeUrl}") { soldCount ${products('x', 'first: 30')} ${products('y', 'first: 30')} }
      b: storefront(url: "${storeUrl}", region: US) { ${products('x', `first: 10, after: "${endCursor}"`)} }
    }`);
    expect(errors).toBeUndefined();
    expect(data.a.x).toEqual(data.a.y);
    expect(data.b.x.nodes).toEqual(data.a.x.nodes.slice(7, 17));
    expect(calls).toHaveLength(3);
  });

  it('of a window that goes on elsewhere: not the first page', async () => {
    const { endCursor } = (await page(12)).products.pageInfo;
    await served[Symbol.asyncDispose]();
    served = await serve();
    const { products, calls } = await page(12, { after: endCursor });
    expect(products.edges).toHaveLength(12);
    expect(calls).toHaveLength(1);
    expect(calls[0]?.params.cursor).toEqual(expect.any(String));
  });
});

describe('what an edge says', () => {
  it('is how the page shows the product', async () => {
    const { data, errors } = await field(
      'products(first: 84) { edges { labels { text type } discountText savingText trustLabel shipFrom node { productId } } asOf }',
    );
    expect(errors).toBeUndefined();
    const { edges, asOf } = data.storefront.products;
    expect(edges).toContainEqual(
      expect.objectContaining({
        labels: [
          { text: 'Free shipping', type: 3 },
          { text: 'Sale', type: null },
        ],
      }),
    );
    for (const name of ['discountText', 'savingText', 'trustLabel', 'shipFrom']) {
      const said = edges.map((edge: Record<string, unknown>) => edge[name]);
      expect(said).toContainEqual(expect.any(String));
      expect(said).toContain(null);
    }
    expect(Math.abs(Date.parse(asOf as string) - Date.now())).toBeLessThan(60_000);
  });
});

describe('an address that nobody knows', () => {
  const everything = 'soldCount rating products(first: 5) { nodes { id } }';

  it('is null and one error, paid once and remembered', async () => {
    const first = await field(everything, nowhere);
    expect(first.data).toEqual({ storefront: null });
    expect(first.errors).toMatchObject([{ path: ['storefront'], extensions: { code: 'NOT_FOUND', retryable: false } }]);
    expect(first.calls).toHaveLength(1);
    const again = await field('products { nodes { id } }', nowhere);
    expect(again.data).toEqual({ storefront: null });
    expect(again.errors).toHaveLength(1);
    expect(again.calls).toEqual([]);
  });

  it('is one error by whatever names it is asked for', async () => {
    const { data, errors, calls } = await served.ask(
      `{ a: storefront(url: "${nowhere}") { ${everything} } b: storefront(url: "${nowhere}") { rating } }`,
    );
    expect(data).toEqual({ a: null, b: null });
    expect(errors).toHaveLength(1);
    expect(calls).toHaveLength(1);
  });
});

describe('a call that fails', () => {
  it('is one error, and what does not need it is there', async () => {
    served.sandbox.fail({ path: '/v1/tiktok/shop/products', fault: 'refused', times: 9 });
    const { data, errors } = await field('url soldCount rating shop { shopId } products { nodes { id } }');
    expect(data.storefront).toEqual({ url: storeUrl, soldCount: null, rating: null, shop: { shopId }, products: null });
    expect(errors).toMatchObject([{ extensions: { provider: 'SOCIAL_FETCH', endpoint: 'storeProducts' } }]);
  });
});

it('what is said of another store is no answer', async () => {
  served.sandbox.fail({ provider: 'socialfetch', fault: 'other-id' });
  const { data, errors } = await field('soldCount products { nodes { id } }');
  expect(data.storefront).toEqual({ soldCount: null, products: null });
  expect(errors?.map(({ extensions: { code } }) => code)).toEqual(['UPSTREAM_BAD_DATA']);
});

describe('a hostile address costs nothing', () => {
  const path = `/shop/store/glow/${shopId}`;
  it.each([
    `http://127.0.0.1${path}`,
    `http://169.254.169.254/latest/meta-data/`,
    `http://www.tiktok.com${path}`,
    `https://tiktok.com.evil.test${path}`,
    `https://www.tiktok.com@evil.test${path}`,
    `https://me:secret@www.tiktok.com${path}`,
    `https://www.tiktok.com:8443${path}`,
    `https://www.tiktok.com:443${path}`,
    `https://www.tiktok.com\\@evil.test${path}`,
    `https://www.tik\tok.com${path}`,
    `https://www.t\u0131ktok.com${path}`,
    `https://www.\uFF54iktok.com${path}`,
    `https://www\u3002tiktok.com${path}`,
    ` https://www.tiktok.com${path}`,
    `https://www.tiktok.com/a/..${path}`,
    `https://www.tiktok.com${path}#@evil.test`,
    `file:///etc/passwd`,
    `javascript:alert(1)`,
  ])('and is refused clearly: %j', async (url) => {
    const inline = await served.ask(`{ storefront(url: ${JSON.stringify(url)}) { soldCount } }`);
    const given = await served.ask('query ($url: URL!) { storefront(url: $url) { soldCount } }', { url });
    for (const { data, errors, calls } of [inline, given]) {
      expect(data).toEqual({ storefront: null });
      expect(errors).toMatchObject([
        { message: expect.stringContaining('https://www.tiktok.com/shop/store/'), extensions: { code: 'BAD_INPUT' } },
      ]);
      expect(calls).toEqual([]);
    }
  });

  it.each(['', 'glow', '//www.tiktok.com/shop', 'https://'])('nor is %j a URL at all', async (url) => {
    const { errors, calls } = await served.ask('query ($url: URL!) { storefront(url: $url) { soldCount } }', { url });
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_INPUT' } }]);
    expect(calls).toEqual([]);
  });
});

describe('a cursor', () => {
  const rewritten = (cursor: string, from: RegExp, to: string) =>
    Buffer.from(Buffer.from(cursor, 'base64url').toString().replace(from, to)).toString('base64url');

  it.each<[string, (cursor: string) => string, object?]>([
    ['broken', (cursor) => cursor.slice(1)],
    ['empty', () => ''],
    ['endless', (cursor) => cursor.repeat(2000)],
    ['of another version', (cursor) => rewritten(cursor, /^\d+/, '999')],
    ['with another row', (cursor) => rewritten(cursor, /^(\d+\.[^.]+\.)\d+/, '$17')],
    ["with another of the provider's", (cursor) => rewritten(cursor, /.$/, '_')],
    ['of another store', (cursor) => cursor, { url: urlOf(notable.fiftyProductShopId) }],
    ['of another market', (cursor) => cursor, { region: 'GB' }],
  ])('%s is refused before any call', async (_what, spoil, asked = {}) => {
    const { products } = await page(3, { after: (await page(12)).products.pageInfo.endCursor });
    const { data, errors, calls } = await page(3, { after: spoil(products.edges[2]!.cursor), ...asked });
    expect(data).toEqual({ storefront: { products: null } });
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_CURSOR', retryable: false } }]);
    expect(calls).toEqual([]);
  });

  it('of a shop in the books is none of its storefront, nor the other way round', async () => {
    const { data } = await served.ask(`{ shop(id: "${shopId}") { products(first: 1) { edges { cursor } } } }`);
    expect((await page(3, { after: data.shop.products.edges[0].cursor as string })).errors).toHaveLength(1);
    const { endCursor } = (await page(3)).products.pageInfo;
    const { errors } = await served.ask(`{ shop(id: "${shopId}") { products(after: "${endCursor}") { totalCount } } }`);
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_CURSOR' } }]);
  });

  it.each([-1, 101])('does not matter where `first` is %i: that is refused, unpaid', async (first) => {
    const { errors, calls } = await page(first);
    expect(errors).toMatchObject([{ path: ['storefront', 'products'], extensions: { code: 'BAD_INPUT' } }]);
    expect(calls).toEqual([]);
  });
});

describe("a shop's storefront", () => {
  it('is found by the address given', async () => {
    const { data, calls } = await served.ask(
      `{ shop(id: "${shopId}", region: GB) { storefront(url: "${storeUrl}") { url soldCount shop { id } } id } }`,
    );
    const { storefront, id } = data.shop;
    expect(storefront).toEqual({ url: storeUrl, soldCount: expect.any(Number), shop: { id } });
    expect(calls).toMatchObject([{ params: { region: 'GB' } }]);
  });

  it.each([
    ['no address', '', /Give the `url`/],
    ["another shop's", `(url: "${urlOf(notable.oneProductShopId)}")`, /not the storefront of shop/],
    ['a hostile one', '(url: "http://127.0.0.1/")', /not the address of a TikTok Shop store/],
  ])('of which %s is given is refused, unpaid', async (_what, args, says) => {
    const { data, errors, calls } = await served.ask(`{ shop(id: "${shopId}") { storefront${args} { soldCount } } }`);
    expect(data).toEqual({ shop: { storefront: null } });
    expect(errors).toMatchObject([{ message: expect.stringMatching(says), extensions: { code: 'BAD_INPUT' } }]);
    expect(calls).toEqual([]);
  });

  it('needs no address where the operation came by it', async () => {
    const { data, errors, calls } = await field('soldCount shop { storefront { soldCount } }');
    expect(errors).toBeUndefined();
    expect(data.storefront.shop.storefront.soldCount).toBe(data.storefront.soldCount);
    expect(calls).toHaveLength(1);
  });
});
