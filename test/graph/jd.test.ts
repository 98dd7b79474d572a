/** Guards JD.com's products, end to end: one task for all who wait, pending as a state, and each way to fail as one. */
import { describe, expect, it } from 'vitest';
import { documented, notable } from '../../src/sandbox/ids.ts';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { systemClock, type Clock } from '../../src/upstream/clock.ts';
import { startRedis } from '../redis.ts';
import { serve, tally, type Answer, type Served, type Untyped } from '../serve.ts';

const masked = documented.jdItemId;
const priced = notable.pricedJdItemId;
const unknown = '99999999';

/** The world's own time, so many times as fast: what is waited for in it takes a moment here. */
const SPEED = 20;
function fastClock(): Clock {
  const startedAt = Date.now();
  return {
    now: () => startedAt + (Date.now() - startedAt) * SPEED,
    after: (ms, then) => systemClock.after(ms / SPEED, then),
  };
}

const lookup = `query ($id: ID!, $waitMs: Int! = 5000) {
  jdProduct(id: $id, waitMs: $waitMs) {
    __typename
    ... on JdProduct { productId title }
    ... on LookupPending { productId submittedAt retryAfterMs }
    ... on LookupFailed { productId code message retryable }
  }
}`;

const slowly = (pendingPolls: number, more: Parameters<typeof serve>[0] = {}) =>
  serve({ ...more, sandbox: { jdPendingPolls: pendingPolls }, deps: { clock: fastClock() } });
const calls = ({ sandbox }: Served) => tally(sandbox.calls).jdItem ?? 0;
const costs = (answers: readonly Answer<Untyped>[]) => answers.map(({ extensions }) => extensions!.cost);
const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);
const globalId = (id: string) => Buffer.from(`JdProduct:${id}`).toString('base64url');

describe('50 who look for one item at once', () => {
  it('buy one task: who leaves early is told that it is pending, the others get it, and the next ask costs nothing', async () => {
    await using served = await slowly(3);
    const waits = Array.from({ length: 50 }, (_, nth) => (nth < 25 ? 1000 : 60_000));
    const answers = await Promise.all(
      waits.map((waitMs) => served.ask(lookup, { id: priced, waitMs }, { 'x-deadline-ms': '60000' })),
    );
    const said = answers.map(({ data, errors }) => [data.jdProduct.__typename, errors]);
    expect(said).toEqual(waits.map((waitMs) => [waitMs === 1000 ? 'LookupPending' : 'JdProduct', undefined]));
    expect([calls(served), served.sandbox.credits('justoneapi')]).toEqual([4, 1]);
    expect(sum(costs(answers).map(({ credits }) => credits.JUST_ONE_API ?? 0))).toBe(1);

    const next = await served.ask(lookup, { id: priced, waitMs: 0 });
    expect(next.data.jdProduct.__typename).toBe('JdProduct');
    expect(next.extensions!.cost).toMatchObject({ calls: 0, credits: {}, avoided: { cache: 1, coalesced: 0 } });
    expect(next.calls).toEqual([]);
  });
});

describe('those who look for one item on several instances', () => {
  it('buy one task together, and what it brings is at hand for all', async () => {
    await using redis = await startRedis();
    const world = await startSandbox({ jdPendingPolls: 3 });
    const one = () => serve({ world, env: { REDIS_URL: redis.url }, deps: { clock: fastClock() } });
    const [here, there] = await Promise.all([one(), one()]);
    const first = await here.ask(lookup, { id: priced, waitMs: 0 });
    const [soon, late] = await Promise.all([
      there.ask(lookup, { id: priced, waitMs: 1000 }),
      there.ask(lookup, { id: priced, waitMs: 60_000 }, { 'x-deadline-ms': '200000' }),
    ]);
    const types = [first, soon, late].map(({ data }) => data.jdProduct.__typename as string);
    expect(types).toEqual(['LookupPending', 'LookupPending', 'JdProduct']);
    const again = await Promise.all([here, there].map((each) => each.ask(lookup, { id: priced, waitMs: 60_000 })));
    expect(costs(again).map(({ calls: made, avoided }) => [made, avoided.cache])).toEqual(Array(2).fill([0, 1]));
    expect([calls(here), world.credits('justoneapi')]).toEqual([4, 1]);
    for (const each of [here, there]) await each[Symbol.asyncDispose]();
    await world.close();
  }, 30_000);
});

it('as a node it is PENDING at the deadline, on the instance that has it collected and on one that waits for that', async () => {
  await using redis = await startRedis();
  const world = await startSandbox({ jdPendingPolls: 1000 });
  const one = () => serve({ world, env: { REDIS_URL: redis.url }, deps: { clock: systemClock } });
  const [here, there] = await Promise.all([one(), one()]);
  await here.ask(lookup, { id: priced, waitMs: 0 });
  const node = `{ node(id: "${globalId(priced)}") { ... on JdProduct { title brand } } }`;
  const answers = await Promise.all([here, there].map((each) => each.ask(node, {}, { 'x-deadline-ms': '600' })));
  for (const { data, errors } of answers) {
    expect(data.node).toEqual({ title: null, brand: null });
    expect(errors).toMatchObject([{ extensions: { code: 'PENDING', retryAfterMs: expect.any(Number) as number } }]);
  }
  expect(world.credits('justoneapi')).toBe(1);
  for (const each of [here, there]) await each[Symbol.asyncDispose]();
  await world.close();
}, 30_000);

describe('who does not wait', () => {
  it('has it collected and pays for it: it lands although nobody waits for it', async () => {
    await using served = await slowly(2);
    const first = await served.ask(lookup, { id: priced, waitMs: 0 });
    expect(first.data.jdProduct).toEqual({
      __typename: 'LookupPending',
      productId: priced,
      submittedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string,
      retryAfterMs: expect.any(Number) as number,
    });
    expect(first.extensions!.cost).toMatchObject({ calls: 1, credits: { JUST_ONE_API: 1 } });
    await expect.poll(() => calls(served)).toBe(1);
    const second = await served.ask(lookup, { id: priced, waitMs: 0 });
    expect(second.data.jdProduct.__typename).toBe('LookupPending');
    expect(second.extensions!.cost).toMatchObject({ calls: 0, credits: {}, avoided: { coalesced: 1 } });
    await expect.poll(() => calls(served), { timeout: 10_000 }).toBe(3);
    await expect
      .poll(async () => (await served.ask(lookup, { id: priced, waitMs: 0 })).data.jdProduct.__typename)
      .toBe('JdProduct');
    expect([calls(served), served.sandbox.credits('justoneapi')]).toEqual([3, 1]);
  });

  it('by the end of its operation is told the same, however long it would have waited', async () => {
    await using served = await slowly(1000);
    const { data, errors } = await served.ask(lookup, { id: priced, waitMs: 60_000 }, { 'x-deadline-ms': '15000' });
    expect([data.jdProduct.__typename, errors]).toEqual(['LookupPending', undefined]);
  });
});

describe('where only the product fits', () => {
  it('it is waited for until the operation ends, and then null, with one error that says that it is pending', async () => {
    await using served = await slowly(1000);
    const { data, errors } = await served.ask(
      `{ node(id: "${globalId(priced)}") { id ... on JdProduct { productId title brand price { amount } } } }`,
      {},
      { 'x-deadline-ms': '15000' },
    );
    expect(data.node).toEqual({ id: globalId(priced), productId: priced, title: null, brand: null, price: null });
    expect(errors).toMatchObject([
      { extensions: { code: 'PENDING', provider: 'JUST_ONE_API', endpoint: 'jdItem', retryable: true } },
    ]);
    expect(errors![0]!.extensions.retryAfterMs).toBeGreaterThan(0);
  });

  it('it is there when it has been collected in time', async () => {
    await using served = await slowly(2);
    const { data, errors, extensions } = await served.ask(
      `{ node(id: "${globalId(priced)}") { ... on JdProduct { title } } }`,
    );
    expect([data.node.title, errors]).toEqual(['静音无线鼠标 & 键盘套装', undefined]);
    expect(extensions!.cost).toMatchObject({ calls: 3, credits: { JUST_ONE_API: 1 } });
  });
});

const whole = `id productId title brand price { amount currency currencyBasis } priceMasked originalPrice { amount }
  seller { shopId name } categoryIds productArea isBook image { url } promotions { price { amount } endsAt } delivery`;

describe('a product', () => {
  it('says what JD says, in yuan, which is inferred', async () => {
    await using served = await serve();
    const { data, errors } = await served.ask(
      `{ jdProduct(id: "${priced}", waitMs: 20000) { ... on JdProduct { ${whole} } } }`,
    );
    expect(errors).toBeUndefined();
    expect(data.jdProduct).toMatchObject({
      id: globalId(priced),
      productId: priced,
      title: '静音无线鼠标 & 键盘套装',
      price: { amount: '129.00', currency: 'CNY', currencyBasis: 'INFERRED' },
      priceMasked: false,
      originalPrice: { amount: '199.00' },
      seller: { shopId: '1000000021', name: '北岸京东自营旗舰店' },
      categoryIds: ['670', '686', '689'],
      productArea: '中国大陆',
      isBook: false,
      image: { url: expect.stringMatching(/^https:.*100086532174/) as string },
      promotions: [{ price: { amount: '199.00' }, endsAt: '2026-03-31T15:59:59.000Z' }],
      delivery: '23:10前付款，预计明天送达',
    });
  });

  it('whose price JD withholds has none, and says so', async () => {
    await using served = await serve();
    const { data } = await served.ask(
      `{ jdProduct(id: "${masked}", waitMs: 20000) { ... on JdProduct { price { amount } priceMasked } } }`,
    );
    expect(data.jdProduct).toEqual({ price: null, priceMasked: true });
  });

  it('asked for by its digits, its global id and as a node in one operation is bought once', async () => {
    await using served = await slowly(1);
    const { data, errors } = await served.ask(
      `{ a: jdProduct(id: "${priced}", waitMs: 20000) { ... on JdProduct { title } }
         b: jdProduct(id: "${globalId(priced)}", waitMs: 20000) { ... on JdProduct { brand title } }
         node(id: "${globalId(priced)}") { ... on JdProduct { isBook } } }`,
    );
    expect(errors).toBeUndefined();
    expect([data.a.title, data.b.title, data.node.isBook]).toEqual([data.b.title, data.a.title, false]);
    expect(served.sandbox.credits('justoneapi')).toBe(1);
  });

  it('that is answered at once, as by V1, is one call', async () => {
    await using served = await serve({ env: { JUSTONEAPI_JD_VERSION: 'v1' } });
    const { data, calls: asked, extensions } = await served.ask(lookup, { id: priced, waitMs: 20_000 });
    expect(data.jdProduct.__typename).toBe('JdProduct');
    expect(asked.map(({ path }) => path)).toEqual(['/api/jd/get-item-detail/v1']);
    expect(extensions!.cost).toMatchObject({ calls: 1, avoided: { cache: 0, coalesced: 0 } });
  });
});

describe('a product that cannot be had', () => {
  it('since nobody knows it is a state', async () => {
    await using served = await serve();
    const { data, errors } = await served.ask(lookup, { id: unknown, waitMs: 20_000 });
    expect(errors).toBeUndefined();
    expect(data.jdProduct).toEqual({
      __typename: 'LookupFailed',
      productId: unknown,
      code: 'NOT_FOUND',
      message: 'No provider knows this id.',
      retryable: false,
    });
  });

  it('since the route only tells how to submit a task by hand is one, in our words', async () => {
    await using served = await serve({ sandbox: { jdInstructs: true } });
    const { data, errors, calls: asked } = await served.ask(lookup, { id: priced, waitMs: 20_000 });
    expect(errors).toBeUndefined();
    expect(data.jdProduct).toMatchObject({ __typename: 'LookupFailed', code: 'NOT_CONFIGURED', retryable: false });
    expect(data.jdProduct.message).toContain('Another version can be configured.');
    expect(asked).toHaveLength(1);
    // Paid for once: the route is not asked again, for whatever item, and the provider's others are.
    const { data: again, calls } = await served.ask(lookup, { id: '100117219515', waitMs: 20_000 });
    expect(again.jdProduct).toEqual({ ...data.jdProduct, productId: '100117219515' });
    expect(calls).toEqual([]);
    expect((await served.ask('{ product(id: "1729384756102394") { description } }')).errors).toBeUndefined();
  });

  it('since the provider is not configured is one; as a node it is an error', async () => {
    await using served = await serve({ only: ['winninghunter'] });
    const { data, calls: asked } = await served.ask(lookup, { id: priced });
    expect(data.jdProduct).toMatchObject({ __typename: 'LookupFailed', code: 'NOT_CONFIGURED', retryable: false });
    const { errors } = await served.ask(`{ node(id: "${globalId(priced)}") { ... on JdProduct { title } } }`);
    expect(errors).toMatchObject([{ extensions: { code: 'NOT_CONFIGURED' } }]);
    expect(asked).toEqual([]);
  });

  it('for want of credits is one, and nothing is asked', async () => {
    await using served = await serve();
    const { data, calls: asked, extensions } = await served.ask(lookup, { id: priced }, { 'x-max-credits': '0' });
    expect(data.jdProduct).toMatchObject({ __typename: 'LookupFailed', code: 'BUDGET_EXHAUSTED' });
    expect([asked, extensions!.cost.budget]).toMatchObject([[], { missing: 1 }]);
  });
});

describe('a wrong question', () => {
  it.each([
    ['a negative wait', { id: priced, waitMs: -1 }],
    ['a wait beyond a minute', { id: priced, waitMs: 60_001 }],
    ['the id of a product of TikTok Shop', { id: Buffer.from(`Product:${priced}`).toString('base64url') }],
    ['no id at all', { id: 'jd' }],
  ])('%s is an error, and costs nothing', async (_what, variables) => {
    await using served = await serve();
    const { errors, calls: asked } = await served.ask(lookup, variables);
    expect(errors).toMatchObject([{ path: ['jdProduct'], extensions: { code: 'BAD_INPUT' } }]);
    expect(asked).toEqual([]);
  });
});

it('a server that closes waits for no task', async () => {
  const served = await serve({ sandbox: { jdPendingPolls: 1000 }, deps: { clock: systemClock } });
  await served.ask(lookup, { id: priced, waitMs: 0 });
  await expect.poll(() => calls(served)).toBe(1);
  const startedAt = performance.now();
  await served[Symbol.asyncDispose]();
  expect(performance.now() - startedAt).toBeLessThan(1500);
});
