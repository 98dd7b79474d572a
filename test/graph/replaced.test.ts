/** Who is asked next, and what is told where nobody can be: the corners where several providers meet budgets, time, rows and markets. */
import { performance } from 'node:perf_hooks';
import { afterEach, expect, it } from 'vitest';
import type { FaultRule } from '../../src/sandbox/faults.ts';
import { documented, makeWorld, notable } from '../../src/sandbox/world.ts';
import { systemClock } from '../../src/upstream/clock.ts';
import { serve, tally, type GraphError, type Served } from '../serve.ts';

const { shopId, productId } = documented;
const world = makeWorld();
let served: Served;
const started = async (options: Parameters<typeof serve>[0] = {}) => (served = await serve(options));
afterEach(() => served[Symbol.asyncDispose]());
const down = (provider: NonNullable<FaultRule['provider']>): FaultRule => ({ provider, fault: 'server-error' });
const codes = (errors: GraphError[] | undefined) =>
  errors?.map(({ extensions: { code, provider }, path }) => [code, provider, path?.join('.')]);

it("the month's budget of one provider is used up: another is asked", async () => {
  const { ask } = await started({ env: { WINNINGHUNTER_MONTHLY_CREDITS: '0' } });
  const { data, errors } = await ask(`{ product(id: "${productId}") { title rating } }`);
  expect(codes(errors)).toBeUndefined();
  expect(data.product.title).toEqual(expect.any(String));
});

it('a provider whose line is too long is replaced', async () => {
  const { ask } = await started({ env: { WINNINGHUNTER_RATE_PER_MINUTE: '1' } });
  await ask(`{ product(id: "${productId}") { profileSales } }`);
  const { data, errors } = await ask(`{ product(id: "${world.shops.get(shopId)!.products[3]!.id}") { title rating } }`);
  expect(codes(errors)).toBeUndefined();
  expect(data.product.title).toEqual(expect.any(String));
});

it('what is at hand for nothing is told, though the budget is used up', async () => {
  const { ask } = await started();
  await ask(`{ product(id: "${productId}") { reviewCount } }`);
  const alone = await ask(`{ product(id: "${productId}") { rating } }`, {}, { 'x-max-credits': '0' });
  expect(alone.data.product.rating).toEqual(expect.any(Number));
  const { data, errors } = await ask(
    `{ product(id: "${productId}") { rating image { url } } }`,
    {},
    { 'x-max-credits': '0' },
  );
  expect(codes(errors)).toEqual([['BUDGET_EXHAUSTED', undefined, 'product.image']]);
  expect(data.product.rating).toEqual(expect.any(Number));
});

it('a failed source is told where the others answered without the fact', async () => {
  const { ask, sandbox } = await started();
  sandbox.fail(down('echotik'));
  const { data, errors } = await ask(`{ product(id: "${notable.roundedReviewsProductId}") { reviewCount } }`);
  expect([data.product.reviewCount, codes(errors)?.[0]?.[0]]).toEqual([null, 'UPSTREAM_UNAVAILABLE']);
});

it('an unconfigured provider is told, whatever is selected beside', async () => {
  const { ask } = await started({ only: ['winninghunter'] });
  const { data, errors } = await ask(`{ product(id: "${productId}") { title reviewCount } }`);
  expect([data.product.reviewCount, codes(errors)?.[0]]).toEqual([
    null,
    ['NOT_CONFIGURED', 'ECHOTIK', 'product.reviewCount'],
  ]);
});

it('where nobody who is configured can be asked, the error says who is not', async () => {
  const { ask } = await started({ only: ['winninghunter', 'justoneapi'] });
  const { data, errors, calls } = await ask(`{ product(id: "${productId}", region: DE) { price { amount } } }`);
  expect([data.product.price, calls]).toEqual([null, []]);
  expect(codes(errors)?.[0]?.slice(0, 2)).toEqual(['NOT_CONFIGURED', 'ECHOTIK']);
});

it('waiting for a list does not spin', async () => {
  const { ask, sandbox } = await started({ deps: { clock: systemClock } });
  sandbox.fail({ provider: 'winninghunter', path: 'product-detail/', fault: 'wrong-shape' });
  sandbox.fail({ provider: 'winninghunter', path: 'queryList', fault: 'hang' });
  const other = [...world.shops.keys()][9]!;
  const before = performance.eventLoopUtilization();
  await ask(
    `{ shop(id: "${other}") { products(first: 3) { nodes { productId } } } product(id: "${productId}") { price { amount } profileSales } }`,
    {},
    { 'x-deadline-ms': '1500' },
  );
  expect(performance.eventLoopUtilization(before).utilization).toBeLessThan(0.6);
});

it('a suggestion that is on its way is waited for', async () => {
  const { ask } = await started();
  const { calls } = await ask(
    `{ suggestions(type: PRODUCT, query: "vitamin c", first: 1) { node { ... on Product { productId title } } } product(id: "${productId}") { title } }`,
  );
  expect(tally(calls)).toEqual({ suggestions: 1 });
});

it('nodes that want different facts share the bulk calls', async () => {
  const { ask } = await started();
  const ids = world.shops
    .get(shopId)!
    .products.slice(0, 8)
    .map(({ id }) => id);
  const { calls } = await ask(
    `{ ${ids.map((id, i) => `p${i}: product(id: "${id}") { ${['rating', 'title', 'rating title', 'shop { shopId }', 'rating shop { shopId }', 'title shop { shopId }', 'title rating shop { shopId }'][i % 7]} }`).join(' ')} }`,
  );
  expect(calls.length).toBe(1);
});

it("one shop in two markets: neither shows the other's currency or way back", async () => {
  const { ask } = await started({ only: ['winninghunter'] });
  const below = '{ products(first: 1) { nodes { price { currency currencyBasis } shop { id region } } } }';
  const { data } = await ask(
    `{ fr: shop(id: "${shopId}", region: FR) { id ...P } us: shop(id: "${shopId}", region: US) { id ...P } } fragment P on Shop ${below}`,
  );
  expect(data.us.products.nodes[0].price.currency).not.toBe('EUR');
  expect(data.us.products.nodes[0].shop.region).toBe('US');
  expect(data.us.products.nodes[0].shop.id).not.toBe(data.fr.id);
});

it('a list that lands later does not make an answer unheard', async () => {
  const { ask, sandbox } = await started({ sandbox: { latencyMs: 10 } });
  const shop = [...world.shops.values()].find((each) => each.country === 'US' && each.id !== shopId)!;
  // Asked once more, it fails after the list has landed.
  sandbox.fail({ provider: 'winninghunter', path: 'product-detail/', fault: 'server-error' });
  const { data, calls } = await ask(
    `{ product(id: "${shop.products[0]!.id}") { description profileSales rating provenance { field provider } } shop(id: "${shop.id}", region: DE) { products(first: 20) { nodes { productId } } } }`,
  );
  expect(tally(calls.filter(({ status }) => status === 200))).toEqual({ shopProducts: 1, productDetail: 1 });
  expect(data.product.provenance).toContainEqual({ field: 'rating', provider: 'JUST_ONE_API' });
});

it('provenance of an answer that is unheard', async () => {
  const { ask } = await started();
  await ask(`{ product(id: "${productId}") { title } }`);
  const one = await ask(`{ product(id: "${productId}") { rating title provenance { field provider cache } } }`);
  const { data } = await ask(
    `{ product(id: "${productId}") { reviewCount rating title provenance { field provider cache } } }`,
  );
  expect(data.product.rating).toBe(one.data.product.rating);
});

const sparse = world.shops.get(notable.sparseShopId)!.products;
const nodesOf = (ids: readonly string[]) =>
  JSON.stringify(ids.map((id) => Buffer.from(`Product:${id}`).toString('base64url')));

it('a price that one provider withholds is told by another', async () => {
  const { ask } = await started();
  const id = sparse[0]!.id;
  const alone = await ask(`{ product(id: "${id}") { price { amount } } }`);
  await served[Symbol.asyncDispose]();
  const other = await started();
  const { data, errors, calls } = await other.ask(
    `{ product(id: "${id}") { price { amount } priceMasked provenance { field provider } } }`,
  );
  expect(data.product.price).toEqual(alone.data.product.price);
  expect([errors, tally(calls)]).toEqual([undefined, { productDetail: 2 }]);
});

it('zero is unknown, and not an answer', async () => {
  const { ask } = await started({ only: ['justoneapi', 'echotik'] });
  const priceless = sparse.find(({ quirk }) => quirk === 'null-price')!.id;
  const alone = await ask(`{ product(id: "${priceless}") { price { amount } } }`);
  expect(alone.data.product.price).not.toBeNull();
  await served[Symbol.asyncDispose]();
  const other = await started({ only: ['justoneapi', 'echotik'] });
  const ids = [
    priceless,
    ...world.shops
      .get(shopId)!
      .products.slice(0, 5)
      .map(({ id }) => id),
  ];
  const { data } = await other.ask(`{ nodes(ids: ${nodesOf(ids)}) { ... on Product { price { amount } } } }`);
  expect(data.nodes[0].price).toEqual(alone.data.product.price);
});

it('a provider that hangs is replaced in time', async () => {
  const { ask, sandbox } = await started({ deps: { clock: systemClock } });
  sandbox.fail({ provider: 'winninghunter', fault: 'hang' });
  const { data, errors } = await ask(`{ product(id: "${productId}") { title } }`, {}, { 'x-deadline-ms': '2000' });
  expect([data.product.title, errors]).toEqual([expect.any(String), undefined]);
});

it('a question that hangs for another operation is not joined for ever, where a healthy provider costs one credit', async () => {
  const { ask, sandbox } = await started({ deps: { clock: systemClock } });
  sandbox.fail({ provider: 'echotik', fault: 'hang' });
  const slow = ask(`{ product(id: "${productId}") { reviewCount } }`, {}, { 'x-deadline-ms': '3000' });
  await new Promise((r) => setTimeout(r, 100));
  const { data, errors } = await ask(`{ product(id: "${productId}") { title } }`, {}, { 'x-deadline-ms': '2000' });
  await slow;
  expect([data.product.title, errors]).toEqual([expect.any(String), undefined]);
});
