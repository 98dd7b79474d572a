/** Several providers tell the same facts: the cheapest are asked, one that fails is replaced, and it is told whose word each is. */
import { afterEach, describe, expect, it } from 'vitest';
import type { FaultRule } from '../../src/sandbox/faults.ts';
import { documented, notable } from '../../src/sandbox/world.ts';
import { systemClock } from '../../src/upstream/clock.ts';
import { serve, tally, type Served } from '../serve.ts';

const { shopId, productId, creatorId, videoId } = documented;
const { sparseShopId, uncollectedProductId, uncollectedCreatorId, frenchProductId } = notable;

let served: Served;
const started = async (options: Parameters<typeof serve>[0] = {}) => (served = await serve(options));
afterEach(() => served[Symbol.asyncDispose]());

const down = (provider: NonNullable<FaultRule['provider']>): FaultRule => ({ provider, fault: 'server-error' });
const listed = (facts: string, first = 20, shop = shopId) =>
  `{ shop(id: "${shop}") { products(first: ${first}) { nodes { productId ${facts} } } } }`;
interface Listed {
  readonly productId: string;
  readonly title: string | null;
  readonly rating: number | null;
  readonly reviewCount: number | null;
}

describe('the choice among providers', () => {
  it('is the bulk one for facts of a whole list: ten products a call', async () => {
    const { ask } = await started();
    const { data, errors, calls, extensions } = await ask(listed('title rating reviewCount'));
    expect(errors).toBeUndefined();
    expect(tally(calls)).toEqual({ shopProducts: 1, products: 2 });
    expect(extensions?.cost.credits).toEqual({ WINNING_HUNTER: 1, ECHOTIK: 2 });
    const nodes = data.shop.products.nodes as Listed[];
    expect(nodes.every(({ rating, reviewCount }) => rating !== null && reviewCount !== null)).toBe(true);
    // Asked again, for one fact more that the same answers hold.
    expect((await ask(listed('rating reviewCount shop { shopId }'))).calls).toEqual([]);
  });

  it('is the bulk one for what two lists have in common, though one of them comes later', async () => {
    const { ask, sandbox } = await started();
    sandbox.fail({ path: 'queryList', fault: 'slow', latencyMs: 300, times: 1 });
    const list = (id: string, facts: string) => `shop(id: "${id}") { products(first: 2) { nodes { ${facts} } } }`;
    const { errors, calls } = await ask(`{ a: ${list(shopId, 'rating')} b: ${list(sparseShopId, 'title rating')} }`);
    expect(errors).toBeUndefined();
    expect(tally(calls)).toEqual({ shopProducts: 2, products: 1 });
  });

  it('is a call per product where that one is not configured', async () => {
    const { ask } = await started({ only: ['winninghunter', 'justoneapi', 'socialfetch'] });
    const { errors, calls } = await ask(listed('title rating reviewCount'));
    expect(errors).toBeUndefined();
    expect(tally(calls)).toEqual({ shopProducts: 1, productDetail: 20 });
  });

  it('is not the bulk one where another has to be asked anyway', async () => {
    const { ask } = await started();
    expect(tally((await ask(listed('rating image { url }'))).calls)).toEqual({ shopProducts: 1, productDetail: 20 });
  });

  it('is the first that is declared, where all cost the same', async () => {
    const { ask } = await started();
    const { calls } = await ask(`{ product(id: "${productId}") { title price { amount } image { url } rating } }`);
    expect(calls.map(({ provider, endpoint }) => `${provider} ${endpoint}`)).toEqual(['winninghunter productDetail']);
  });

  it('is what is at hand from before, though another would be cheaper', async () => {
    const { ask } = await started();
    await ask(listed('image { url }'));
    expect((await ask(listed('rating'))).calls).toEqual([]);
  });

  it('of many nodes by their ids is one call for ten', async () => {
    const { ask } = await started();
    const ids = `["${videoId}", "${notable.mostViewedVideoId}"]`.replaceAll(/\d+/g, (id) =>
      Buffer.from(`Video:${id}`).toString('base64url'),
    );
    const { data, calls } = await ask(`{ nodes(ids: ${ids}) { ... on Video { caption creator { name handle } } } }`);
    expect(tally(calls)).toEqual({ videos: 1, creators: 1 });
    expect(data.nodes[0]).toEqual({
      caption: 'This serum changed my skin',
      creator: { name: 'Mia Glow ✨', handle: 'mia.glow' },
    });
  });

  it('is the same for all who ask at once: each id is bought once', async () => {
    const { ask, sandbox } = await started({ sandbox: { latencyMs: 20 } });
    await Promise.all([...Array(10).keys()].map((n) => ask(listed('rating reviewCount', 11 + n))));
    const asked = sandbox.calls
      .filter(({ endpoint }) => endpoint === 'products')
      .flatMap(({ params }) => String(params.product_ids).split(','));
    expect(asked.length).toBe(new Set(asked).size);
  });
});

describe('a provider that fails', () => {
  it('is replaced within the operation, and nothing is missing', async () => {
    const { ask, sandbox } = await started();
    sandbox.fail(down('echotik'));
    const { data, errors, calls } = await ask(
      listed('title rating reviewCount provenance { field provider failed { provider code } }'),
    );
    expect(errors).toBeUndefined();
    const answered = calls.filter(({ status }) => status === 200);
    expect(tally(answered)).toEqual({ shopProducts: 1, productDetail: 20 });
    for (const { rating, reviewCount, provenance } of data.shop.products.nodes) {
      expect([typeof rating, typeof reviewCount]).toEqual(['number', 'number']);
      expect(provenance).toContainEqual({
        ...{ field: 'rating', provider: 'JUST_ONE_API' },
        failed: [{ provider: 'ECHOTIK', code: 'UPSTREAM_UNAVAILABLE' }],
      });
    }
  });

  it('of several that could tell a fact is no error, and provenance says so', async () => {
    const { ask, sandbox } = await started();
    sandbox.fail(down('winninghunter'));
    const { data, errors } = await ask(
      `{ product(id: "${productId}") { title price { amount currency currencyBasis } image { url }
          provenance { field provider endpoint cache failed { provider endpoint code } } } }`,
    );
    expect(errors).toBeUndefined();
    const { title, price, image, provenance } = data.product;
    expect([title, price, image.url]).toEqual([
      expect.stringContaining('Vitamin C Brightening Serum'),
      { amount: '24.90', currency: 'USD', currencyBasis: 'REPORTED' },
      expect.stringMatching(/^https:/),
    ]);
    const failed = [{ provider: 'WINNING_HUNTER', endpoint: 'productDetail', code: 'UPSTREAM_UNAVAILABLE' }];
    expect(provenance).toEqual(
      ['title', 'price', 'image'].map((field) => ({
        ...{ field, provider: 'JUST_ONE_API', endpoint: 'productDetail', cache: 'MISS', failed },
      })),
    );
  });

  it('is one error where a fact has no other source, and the others are there', async () => {
    const { ask, sandbox } = await started();
    sandbox.fail(down('winninghunter'));
    const { data, errors } = await ask(
      `{ product(id: "${productId}") { title profileSales totals { sales } profileRevenue { amount } } }`,
    );
    expect(data.product).toMatchObject({ title: expect.any(String) as string, profileSales: null, totals: null });
    expect(errors?.map(({ extensions: { code, endpoint } }) => [code, endpoint])).toEqual([
      ['UPSTREAM_UNAVAILABLE', 'productDetail'],
      ['UPSTREAM_UNAVAILABLE', 'productTotals'],
    ]);
  });

  it.each(['quota', 'unauthorized', 'wrong-shape', 'not-json'] as const)(
    '(%s) is replaced, however it fails',
    async (fault) => {
      const { ask, sandbox } = await started();
      sandbox.fail({ provider: 'winninghunter', fault });
      const { data, errors } = await ask(`{ product(id: "${productId}") { title rating } }`);
      expect(errors).toBeUndefined();
      expect(data.product).toEqual({ title: expect.any(String) as string, rating: expect.any(Number) as number });
    },
  );

  it('with all the others is one error', async () => {
    const { ask, sandbox } = await started();
    for (const provider of ['winninghunter', 'justoneapi', 'echotik'] as const) sandbox.fail(down(provider));
    const { data, errors } = await ask(`{ product(id: "${productId}") { title } }`);
    expect([data.product, errors?.length]).toEqual([{ title: null }, 1]);
  });
});

it('a list that is slow is waited for as long as another is who may be replaced: then what its rows may tell is bought', async () => {
  const { ask, sandbox } = await started({ env: { DEADLINE_MS: '2000' }, deps: { clock: systemClock } });
  sandbox.fail({ path: 'queryList', fault: 'slow', latencyMs: 3000 });
  const { data, errors, calls } = await ask(
    `{ product(id: "${productId}") { title } shop(id: "${shopId}") { products(first: 1) { nodes { title } } } }`,
  );
  expect(data).toEqual({ product: { title: 'Vitamin C Brightening Serum' }, shop: { products: null } });
  expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['DEADLINE_EXCEEDED']);
  expect(tally(calls)).toEqual({ shopProducts: 1, productDetail: 1 });
});

describe('a provider that is not configured', () => {
  it('is one error for all facts that only it knows', async () => {
    const { ask } = await started({ only: ['winninghunter'] });
    const { data, errors, calls } = await ask(
      `{ a: creator(id: "${creatorId}") { name handle } b: creator(id: "${uncollectedCreatorId}") { name totals { sales } } }`,
    );
    expect([data.a, data.b.name]).toEqual([{ name: null, handle: null }, null]);
    expect(errors?.map(({ extensions: { code, provider } }) => [code, provider])).toEqual([
      ['NOT_CONFIGURED', 'ECHOTIK'],
    ]);
    expect(tally(calls)).toEqual({ creatorTotals: 1 });
  });

  it('goes unnoticed where another knows', async () => {
    const { ask } = await started({ only: ['echotik'] });
    const { data, errors } = await ask(`{ product(id: "${productId}") { title rating shop { shopId } } }`);
    expect([data.product, errors]).toEqual([
      { title: 'Vitamin C Brightening Serum', rating: 4.8, shop: { shopId } },
      undefined,
    ]);
  });
});

describe('what a provider has not collected', () => {
  it('another is asked for', async () => {
    const { ask } = await started();
    const { data, errors, calls } = await ask(listed('rating reviewCount', 20, sparseShopId));
    const nodes = data.shop.products.nodes as Listed[];
    expect(nodes.map((node) => node.productId)).toContain(uncollectedProductId);
    expect(errors).toBeUndefined();
    const { products, productDetail } = tally(calls);
    expect(products).toBe(Math.ceil(nodes.length / 10));
    expect(productDetail).toBeGreaterThan(0);
    expect(productDetail).toBeLessThan(nodes.length);
    expect((await ask(listed('rating reviewCount', 20, sparseShopId))).calls).toEqual([]);
  });

  it('is null without an error where nobody else could know', async () => {
    const { ask } = await started();
    const { data, errors } = await ask(`{ creator(id: "${uncollectedCreatorId}") { name } }`);
    expect([data.creator, errors]).toEqual([{ name: null }, undefined]);
  });

  it('is asked of nobody else where one who knows all does not know it', async () => {
    const { ask } = await started();
    const { data, errors, calls } = await ask('{ product(id: "1730204766200000000") { title price { amount } } }');
    expect([data.product, errors?.length]).toEqual([{ title: null, price: null }, 1]);
    expect(calls.map(({ provider }) => provider)).toEqual(['winninghunter']);
  });

  it('is NOT_FOUND where those who know all do not know it', async () => {
    const { ask } = await started();
    const { data, errors } = await ask('{ product(id: "1730204766200000000") { title rating reviewCount } }');
    expect(data.product).toEqual({ title: null, rating: null, reviewCount: null });
    expect(errors?.map(({ extensions: { code }, path }) => [code, path])).toEqual([['NOT_FOUND', ['product']]]);
  });
});

describe('a market', () => {
  it('is part of what is asked, and of the id', async () => {
    const { ask } = await started();
    const operation = `{ product(id: "${frenchProductId}", region: FR) { id region price { amount currency currencyBasis } } }`;
    const { data, calls } = await ask(operation);
    expect(calls.map(({ path, params }) => [path, params.region])).toEqual([
      ['/api/tiktok-shop/get-product-detail/v2', 'FR'],
    ]);
    expect(data.product).toMatchObject({ region: 'FR', price: { currency: 'EUR' } });
    const again = await ask(`{ node(id: "${data.product.id}") { ... on Product { region price { amount } } } }`);
    expect([again.calls, again.data.node.price.amount]).toEqual([[], data.product.price.amount]);
  });

  it('in which a shop is asked about gives its prices their currency, which is told as inferred', async () => {
    const { ask } = await started({ only: ['winninghunter'] });
    const price = '{ products(first: 1) { nodes { price { currency currencyBasis } provenance { basis } } } }';
    const { data } = await ask(
      `{ known: shop(id: "${shopId}", region: US) ${price} unknown: shop(id: "${shopId}") ${price} }`,
    );
    expect(data.known.products.nodes[0]).toEqual({
      ...{ price: { currency: 'USD', currencyBasis: 'INFERRED' }, provenance: [{ basis: 'INFERRED' }] },
    });
  });
});

describe('provenance', () => {
  it('tells whose word each fact is, how old, and who says otherwise among those at hand', async () => {
    const { ask } = await started();
    const operation = `{ product(id: "${productId}") { rating reviewCount image { url }
      provenance { field provider endpoint cache ageSeconds basis conflicts { provider value } } } }`;
    await ask(listed('rating reviewCount', 1));
    const { data, calls } = await ask(
      `{ product(id: "${productId}") { rating image { url } description provenance { field provider cache conflicts { provider value } } } }`,
    );
    expect(tally(calls)).toEqual({ productDetail: 1 });
    const rating = data.product.provenance.find(({ field }: { field: string }) => field === 'rating');
    expect([rating.provider, rating.cache]).toEqual(['ECHOTIK', 'FRESH']);
    expect(rating.conflicts).toEqual([{ provider: 'JUST_ONE_API', value: '4.6' }]);
    const again = await ask(operation);
    expect(again.calls).toEqual([]);
    expect(again.data.product.provenance.map(({ cache }: { cache: string }) => cache)).toEqual([
      'FRESH',
      'FRESH',
      'FRESH',
    ]);
  });

  it('of a row says that a list brought it', async () => {
    const { ask } = await started();
    const { data } = await ask(listed('title provenance { field provider endpoint cache conflicts { value } }', 1));
    expect(data.shop.products.nodes[0].provenance).toEqual([
      { field: 'title', provider: 'WINNING_HUNTER', endpoint: 'shopProducts', cache: 'LIST_SEEDED', conflicts: [] },
    ]);
  });
});

it('what is suggested by its name leads to a node, whose name costs nothing more', async () => {
  const { ask } = await started();
  const { data, calls } = await ask(
    `{ suggestions(type: PRODUCT, query: "vitamin c", first: 1) { id name node { id ... on Product { productId title } } }
       categories: suggestions(type: CATEGORY, query: "a", first: 1) { node { id } } }`,
  );
  expect(data.suggestions[0].node).toMatchObject({ productId, title: data.suggestions[0].name });
  expect(data.categories.every(({ node }: { node: unknown }) => node === null)).toBe(true);
  expect(tally(calls)).toEqual({ suggestions: 2 });
});
