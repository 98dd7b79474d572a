/** What goes wrong: said clearly, once, where it happened; never in the provider's words, and nothing else is lost. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FaultName } from '../../src/sandbox/sandbox.ts';
import { documented } from '../../src/sandbox/world.ts';
import { serve, type Served } from '../serve.ts';

const { shopId, productId, creatorId } = documented;

let served: Served;
beforeEach(async () => {
  served = await serve({ only: ['winninghunter'] });
});
afterEach(async () => {
  await served[Symbol.asyncDispose]();
});

describe('bad input costs nothing and says what to do', () => {
  it.each([
    ['an impossible period', `{ shop(id: "${shopId}") { totals(period: LAST_14_DAYS) { sales } } }`, /LAST_14_DAYS/],
    ['90 days of a video', `{ video(id: "1") { metrics(period: LAST_90_DAYS) { views } } }`, /VideoPeriod/],
    ['an unknown field', `{ shop(id: "${shopId}") { revenue } }`, /Cannot query field "revenue"/],
    ['a document that does not parse', `{ shop(id: "1" { id } }`, /Syntax Error/],
    ['an id that is neither', `{ shop(id: "glow") { name } }`, /"glow" is not a global id/],
    [
      'an id of another type',
      `{ shop(id: "${Buffer.from(`Product:${productId}`).toString('base64url')}") { name } }`,
      /a Product, not of a Shop/,
    ],
    [
      'an id of another region',
      `{ shop(id: "${Buffer.from(`Shop:US.${shopId}`).toString('base64url')}", region: FR) { name } }`,
      /region FR/,
    ],
    ['a negative id', `{ product(id: "-5") { title } }`, /not a global id/],
    ['an id of 21 digits', `{ product(id: "123456789012345678901") { title } }`, /not a global id/],
    ['digits where any node could be meant', `{ node(id: "${shopId}") { id } }`, /not a global id/],
    ['too many nodes', `{ nodes(ids: [${Array.from({ length: 101 }, () => '"x"').join()}]) { id } }`, /At most 100/],
    [
      'a first below zero',
      `{ shop(id: "${shopId}") { products(first: -1) { nodes { title } } } }`,
      /between 0 and 100/,
    ],
    [
      'a first beyond 100',
      `{ shop(id: "${shopId}") { products(first: 101) { nodes { title } } } }`,
      /between 0 and 100/,
    ],
    ['an empty query for suggestions', `{ suggestions(type: SHOP, query: "  ") { id } }`, /1 to 200 characters/],
    [
      'an endless query for suggestions',
      `{ suggestions(type: SHOP, query: "${'x'.repeat(201)}") { id } }`,
      /1 to 200 characters/,
    ],
    [
      'a global id with a market that is none',
      `{ shop(id: "${Buffer.from(`Shop:XX.${shopId}`).toString('base64url')}") { name } }`,
      /not a global id/,
    ],
    [
      'a global id with a market where there is none',
      `{ video(id: "${Buffer.from(`Video:US.${productId}`).toString('base64url')}") { caption } }`,
      /not a global id/,
    ],
  ])('%s', async (_what, operation, says) => {
    const { errors, calls, headers } = await served.ask(operation);
    expect(errors).toHaveLength(1);
    expect(errors?.[0]?.message).toMatch(says);
    expect(errors?.[0]?.extensions).toMatchObject({ retryable: false });
    expect(['BAD_INPUT', 'LIMIT_EXCEEDED']).toContain(errors?.[0]?.extensions.code);
    expect(calls).toEqual([]);
    expect(headers.get('x-shopgraph-calls')).toBe('0');
  });
});

describe('one bad id among good ones', () => {
  it('is null and an error in its own place', async () => {
    const good = Buffer.from(`Product:${productId}`).toString('base64url');
    const { data, errors } = await served.ask('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids: ['x', good] });
    expect(data.nodes).toEqual([null, { id: good }]);
    expect(errors).toMatchObject([{ path: ['nodes', 0], extensions: { code: 'BAD_INPUT' } }]);
  });
});

describe('lists in lists in lists', () => {
  it('end where the answer has thousands of rows, with one error', async () => {
    const products = (below: string) => `products(first: 84) { nodes { shop { ${below} } } }`;
    await using wide = await serve({ only: ['winninghunter'], env: { MAX_CREDITS_PER_OPERATION: '1000000' } });
    const { errors, calls } = await wide.ask(`{ shop(id: "${shopId}") { ${products(products(products('shopId')))} } }`);
    expect(errors).toMatchObject([{ extensions: { code: 'LIMIT_EXCEEDED' } }]);
    expect(calls).toHaveLength(2);
  });
});

describe('an id that nobody knows', () => {
  it('has null fields and one error, at the node', async () => {
    const { data, errors } = await served.ask(
      `{ product(id: "99") { productId title rating totals { sales } shop { name } } creator(id: "${creatorId}") { totals { sales } } }`,
    );
    expect(data).toEqual({
      product: { productId: '99', title: null, rating: null, totals: null, shop: null },
      creator: { totals: { sales: 3380 } },
    });
    expect(errors).toMatchObject([
      { message: 'No provider knows this id.', path: ['product'], extensions: { code: 'NOT_FOUND', retryable: false } },
    ]);
  });

  it('has an empty list, and an empty history', async () => {
    const { data, errors } = await served.ask(`{ shop(id: "99") { products { totalCount nodes { id } } } }`);
    expect(errors).toBeUndefined();
    expect(data.shop.products).toEqual({ totalCount: 0, nodes: [] });
  });
});

describe('one failing call', () => {
  it.each<[FaultName, string, boolean, number]>([
    ['server-error', 'UPSTREAM_UNAVAILABLE', true, 4],
    ['bad-gateway', 'UPSTREAM_UNAVAILABLE', true, 4],
    ['drop', 'UPSTREAM_UNAVAILABLE', true, 3],
    ['rate-limit', 'RATE_LIMITED', true, 8],
    ['quota', 'QUOTA_EXHAUSTED', false, 1],
    ['quota-bare', 'QUOTA_EXHAUSTED', false, 1],
    ['insufficient-credits', 'QUOTA_EXHAUSTED', false, 1],
    ['unauthorized', 'AUTH_FAILED', false, 1],
    ['plan', 'FORBIDDEN', false, 1],
    ['upgrade', 'FORBIDDEN', false, 1],
    ['refused', 'UPSTREAM_BAD_DATA', false, 1],
    ['html-404', 'UPSTREAM_BAD_DATA', false, 1],
    ['unknown-path', 'UPSTREAM_BAD_DATA', false, 1],
    ['not-json', 'UPSTREAM_BAD_DATA', false, 1],
    ['wrong-shape', 'UPSTREAM_BAD_DATA', false, 1],
    ['other-id', 'UPSTREAM_BAD_DATA', false, 1],
    ['redirect', 'UPSTREAM_BAD_DATA', false, 1],
  ])('(%s) is null and one %s, and everything else is there', async (fault, code, retryable, attempts) => {
    served.sandbox.fail({ path: 'product-detail/', id: productId, fault });
    const { data, errors, calls } = await served.ask(
      `{ shop(id: "${shopId}") { name products(first: 3) { nodes { productId title rating image { url } } } } product(id: "${productId}") { rating } }`,
    );
    expect(errors).toHaveLength(1);
    expect(errors?.[0]).toMatchObject({
      extensions: { code, retryable, provider: 'WINNING_HUNTER', endpoint: 'productDetail' },
    });
    expect(calls.filter(({ params }) => params.id === productId)).toHaveLength(attempts);
    expect(data.shop.name).toBe('Glow Beauty Co.');
    const [first, ...others] = data.shop.products.nodes;
    expect(first).toEqual({ productId, title: 'Vitamin C Serum', rating: null, image: null });
    expect(others).toHaveLength(2);
    for (const other of others) expect(other.rating).not.toBeNull();

    const told = JSON.stringify({ errors });
    expect(told).not.toMatch(/credit limit|internal server error|unauthorized|premium|http|wh_/i);
  });

  it('keeps nothing from being told that a list says which comes later', async () => {
    served.sandbox.fail({ path: 'product-detail/', fault: 'not-json' });
    served.sandbox.fail({ path: 'product/queryList', fault: 'slow', latencyMs: 300 });
    const { data, errors } = await served.ask(
      `{ product(id: "${productId}") { title rating } shop(id: "${shopId}") { products(first: 1) { nodes { productId } } } }`,
    );
    expect(data.shop.products.nodes).toEqual([{ productId }]);
    expect(data.product).toEqual({ title: 'Vitamin C Serum', rating: null });
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['UPSTREAM_BAD_DATA']);
  });

  it('of a list is a null list, and one error under however many names', async () => {
    served.sandbox.fail({ path: 'queryList', fault: 'quota' });
    const { data, errors } = await served.ask(
      `{ shop(id: "${shopId}") { name a: products(first: 5) { nodes { title } } b: products(first: 10) { totalCount } } }`,
    );
    expect(data.shop).toEqual({ name: 'Glow Beauty Co.', a: null, b: null });
    expect(errors).toHaveLength(1);
  });

  it('that recovers is not seen, and each attempt is on the receipt', async () => {
    served.sandbox.fail({ path: 'shop-detail', fault: 'server-error', times: 2 });
    const { data, errors, extensions } = await served.ask(`{ shop(id: "${shopId}") { name } }`);
    expect(errors).toBeUndefined();
    expect(data.shop.name).toBe('Glow Beauty Co.');
    expect(extensions?.cost).toMatchObject({ calls: 3, credits: { WINNING_HUNTER: 1 } });
  });

  it('is asked again by the next operation', async () => {
    served.sandbox.fail({ path: 'shop-detail', fault: 'wrong-shape', times: 1 });
    await served.ask(`{ shop(id: "${shopId}") { name } }`);
    const { data } = await served.ask(`{ shop(id: "${shopId}") { name } }`);
    expect(data.shop.name).toBe('Glow Beauty Co.');
  });

  it('for want of credits is the last one until they return; what is known is still served', async () => {
    await served.ask(`{ shop(id: "${shopId}") { name } }`);
    served.sandbox.fail({ path: 'queryList', fault: 'quota' });
    await served.ask(`{ shop(id: "${shopId}") { products { totalCount } } }`);
    const { data, errors, calls } = await served.ask(`{ shop(id: "${shopId}") { name totals { sales } } }`);
    expect(calls).toEqual([]);
    expect(data.shop).toEqual({ name: 'Glow Beauty Co.', totals: null });
    expect(errors).toMatchObject([
      { extensions: { code: 'QUOTA_EXHAUSTED', retryAfterMs: expect.any(Number) as number } },
    ]);
  });
});
