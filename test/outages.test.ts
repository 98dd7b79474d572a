/** Guards what instances share against what befalls Redis: emptied, full, hung or away, it costs time, and no limit, budget or deadline. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { hashOf } from '../src/callers.ts';
import type { Config } from '../src/config.ts';
import { startSandbox, type Sandbox } from '../src/sandbox/sandbox.ts';
import { documented } from '../src/sandbox/world.ts';
import { monthOf } from '../src/upstream/calendar.ts';
import { systemClock } from '../src/upstream/clock.ts';
import { redisWindow } from '../src/upstream/window-redis.ts';
import { sharedWindow } from '../src/upstream/window-shared.ts';
import { startRedis, type TestRedis } from './redis.ts';
import { serve, type Served } from './serve.ts';
import { connected, cutAll } from './upstream/shared.ts';

const suggest = 'query ($q: String!) { suggestions(type: PRODUCT, query: $q) { name } }';
/** Of servers whose provider is the sandbox. */
const PREFIX = 'sandbox-shopgraph:';

let world: Sandbox;
/** Of all that is kept on disk. */
let folder: string;
beforeEach(async () => {
  world = await startSandbox();
  folder = mkdtempSync(path.join(tmpdir(), 'shopgraph-'));
});
afterEach(async () => {
  await world.close();
  rmSync(folder, { recursive: true });
});

const instance = (
  { url }: { url: string },
  env: Record<string, string> = {},
  rate: Partial<Config['winninghunter']['rate']> = {},
): Promise<Served> =>
  serve({
    world,
    env: { REDIS_URL: url, ...env },
    configure: ({ winninghunter, ...config }) => ({
      ...config,
      winninghunter: { ...winninghunter, rate: { ...winninghunter.rate, ...rate } },
    }),
    deps: { clock: systemClock },
  });

let asked = 0;
/** Questions that nobody has asked before. */
const askNew = (served: Served, headers: Record<string, string> = {}) =>
  served.ask(suggest, { q: `question ${asked++}` }, headers);
const burst = (served: Served, count: number, headers: Record<string, string> = {}) =>
  Promise.all(Array.from({ length: count }, () => askNew(served, headers)));
/** In time for what can be sent now, and not for what has to wait. */
const soon = { 'x-deadline-ms': '2000' };
const inTurn = async (served: Served, count: number, headers: Record<string, string> = {}) => {
  for (let nth = 0; nth < count; nth++) await askNew(served, headers);
};

const provider = 'provider WINNING_HUNTER';

describe('a Redis that forgets', () => {
  /** For want of memory, or by somebody's hand. */
  const evict = async ({ url }: TestRedis, key: string) => {
    const admin = await connected(url, PREFIX);
    expect(await admin.run((client) => client.del(key))).toBe(1);
  };

  it.each([
    ['everything', (redis: TestRedis) => redis.flush()],
    ['the slots', (redis: TestRedis) => evict(redis, 'slots:WINNING_HUNTER')],
  ])('%s makes nobody send more in a minute than the provider allows', async (_what, forget) => {
    await using redis = await startRedis();
    const env = { WINNINGHUNTER_RATE_PER_MINUTE: '20', INSTANCES: '2' };
    await using a = await instance(redis, env);
    await using b = await instance(redis, env);
    await Promise.all([burst(a, 10), burst(b, 10)]);
    expect(world.calls).toHaveLength(20);
    await forget(redis);
    await Promise.all([burst(a, 10, soon), burst(b, 10, soon)]);
    expect(world.calls).toHaveLength(20);
  });

  it.each([
    ['everything', (redis: TestRedis) => redis.flush()],
    ['an account', (redis: TestRedis) => evict(redis, `credits:${monthOf(Date.now())} ${provider}`)],
  ])('%s, again and again, leaves all together no more to spend than there is', async (_what, forget) => {
    await using redis = await startRedis();
    const env = { WINNINGHUNTER_MONTHLY_CREDITS: '10', INSTANCES: '2' };
    await using a = await instance(redis, env);
    await using b = await instance(redis, env);
    for (let round = 0; round < 3; round++) {
      await inTurn(a, 3);
      await inTurn(b, 3);
      await forget(redis);
    }
    expect(world.credits()).toBe(10);
  });
});

describe('a restart', () => {
  it('of the whole machine, with a Redis that is empty then, makes nobody send more in a minute', async () => {
    await using redis = await startRedis();
    const env = { WINNINGHUNTER_RATE_PER_MINUTE: '20', INSTANCES: '1', DATA_DIR: folder };
    {
      await using before = await instance(redis, env);
      await burst(before, 20);
    }
    await redis.restart();
    await using after = await instance(redis, env);
    await burst(after, 20, soon);
    expect(world.calls).toHaveLength(20);
  });

  it('after an outage forgets nothing of what was spent meanwhile', async () => {
    await using redis = await startRedis({ persistent: true });
    const env = { WINNINGHUNTER_MONTHLY_CREDITS: '40', INSTANCES: '2', DATA_DIR: folder };
    {
      await using before = await instance(redis, env);
      await inTurn(before, 10);
      await redis.kill();
      await inTurn(before, 10);
    }
    expect(world.credits()).toBe(20);
    await redis.restart();
    await using after = await instance(redis, env);
    await inTurn(after, 25);
    expect(world.credits()).toBe(40);
  });

  it("during an outage leaves an instance no more of a caller's budget than its share of what was left", async () => {
    const file = path.join(folder, 'callers.json');
    writeFileSync(file, JSON.stringify({ callers: [{ name: 'web', keySha256: hashOf('web'), monthlyCredits: 40 }] }));
    const web = { 'x-api-key': 'web' };
    await using redis = await startRedis();
    const env = { CALLERS_FILE: file, INSTANCES: '3', DATA_DIR: folder };
    {
      await using before = await instance(redis, env);
      await inTurn(before, 10, web);
    }
    await redis.kill();
    await using after = await instance(redis, env);
    await inTurn(after, 15, web);
    expect(world.credits()).toBe(10 + 30 / 3);
  });
});

it.each([
  ['has no replica that would have to know, too', 'min-replicas-to-write', '1'],
  ['is full', 'maxmemory', '1'],
])('a Redis that refuses to write since it %s does not stop what is bought, and that is counted', async (...why) => {
  const [, setting, value] = why;
  await using redis = await startRedis();
  const admin = await connected(redis.url, PREFIX);
  await using served = await instance(redis, { INSTANCES: '2' }, { slots: 60, windowMs: 500 });
  await admin.run((client) => client.config('SET', setting, value));
  const { errors, calls } = await askNew(served, { 'x-deadline-ms': '10000' });
  expect(errors).toBeUndefined();
  expect(calls).toHaveLength(1);
  const metrics = await (await fetch(`${served.origin}/metrics`)).text();
  expect(metrics).toMatch(/^shopgraph_store_troubles_total\{.*\} [1-9]/m);
});

it('a Redis that goes away in the moment in which it is back is away: each goes on with its share', async () => {
  const rule = { name: 'P', clock: systemClock, slots: 6, windowMs: 300 };
  await using redis = await startRedis();
  const shared = await connected(redis.url, '');
  let returns = 0;
  // Before the window hears of it.
  shared.onChange((isUp) => {
    if (isUp && returns++ === 0) redis.hang();
  });
  const window = await sharedWindow({
    ...{ ...rule, redis: shared, instances: 2, before: [] },
    common: redisWindow({ ...rule, redis: shared, owner: 'a', timeoutMs: 300 }),
    onChange: () => undefined,
    onTrouble: () => undefined,
  });
  onTestFinished(window.close);
  await cutAll(await connected(redis.url, ''));
  await expect.poll(() => returns, { timeout: 5000 }).toBe(1);
  await expect.poll(shared.isUp, { timeout: 5000 }).toBe(false);
  await redis.kill();
  const take = async () => (await window.take(6, 'interactive')).slots.length;
  await expect.poll(take, { timeout: 5000 }).toBe(3);
});

it.each([
  [
    'what is kept',
    `{ shop(id: "${documented.shopId}") { products(first: 3) { nodes { title } } } }`,
    ['DEADLINE_EXCEEDED'],
  ],
  ['what others have spent', '{ viewer { credits { used } } }', undefined],
])('a Redis that hangs, asked for %s, keeps nobody waiting beyond the deadline', async (_what, operation, codes) => {
  await using redis = await startRedis();
  await using served = await instance(redis);
  await served.ask('{ viewer { name } }');
  redis.hang();
  const askedAt = performance.now();
  const { errors } = await served.ask(operation, {}, { 'x-deadline-ms': '100' });
  const tookMs = performance.now() - askedAt;
  redis.resume();
  expect(errors?.map(({ extensions }) => extensions.code)).toEqual(codes);
  // It is given up after a second.
  expect(tookMs).toBeLessThan(900);
});
