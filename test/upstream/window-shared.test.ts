/** Guards the rule across outages: what instances send without Redis, and around its going and coming, never breaks it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/upstream/clock.ts';
import type { SharedRedis } from '../../src/upstream/redis.ts';
import { redisWindow } from '../../src/upstream/window-redis.ts';
import { sharedWindow } from '../../src/upstream/window-shared.ts';
import { startRedis } from '../redis.ts';
import { connected, cutAll, ownPrefix } from './shared.ts';

const SLOTS = 6;
const INSTANCES = 2;
const SHARE = SLOTS / INSTANCES;

let changes: number;
let prefix: string;
beforeEach(() => {
  changes = 0;
  prefix = ownPrefix();
});

interface Rule {
  readonly windowMs: number;
  readonly instances?: number;
  readonly before?: readonly number[];
}
async function windowOf(redis: SharedRedis, owner: string, { windowMs, instances = INSTANCES, before = [] }: Rule) {
  const rule = { redis, clock: systemClock, slots: SLOTS, windowMs };
  const common = redisWindow({ ...rule, name: 'P', owner, timeoutMs: windowMs });
  const window = await sharedWindow({
    ...{ name: 'P', before, ...rule, common, instances },
    onChange: () => changes++,
    onTrouble: () => undefined,
  });
  onTestFinished(window.close);
  const take = async (count = SLOTS) => (await window.take(count, 'interactive')).slots;
  return { redis, take, window };
}
/** Its scripts' answers arrive late, once the test says so: what is said on channels overtakes them. */
function lateAnswers(redis: SharedRedis): { redis: SharedRedis; begin: () => void } {
  let isLate = false;
  const script: SharedRedis['script'] = (lua) => {
    const run = redis.script(lua);
    return async (keys, args) => {
      const said = await run(keys, args);
      if (isLate) await sleep(150);
      return said;
    };
  };
  return { redis: { ...redis, script }, begin: () => (isLate = true) };
}

const instance = async (url: string, owner: string, rule: Rule) => windowOf(await connected(url, prefix), owner, rule);
const isUp = ({ redis }: { redis: SharedRedis }, wanted: boolean) =>
  expect.poll(redis.isUp, { interval: 2, timeout: 5000 }).toBe(wanted);
/** Redis is there, and the window has understood so. */
const isBack = async (each: { redis: SharedRedis }) => {
  await isUp(each, true);
  await expect.poll(() => changes, { interval: 2 }).toBeGreaterThan(0);
};

it('with Redis the slots are common, and each may take all', async () => {
  await using redis = await startRedis();
  const [a, b] = [
    await instance(redis.url, 'a', { windowMs: 2000 }),
    await instance(redis.url, 'b', { windowMs: 2000 }),
  ];
  expect(await a.take(5)).toHaveLength(5);
  expect(await b.take()).toHaveLength(1);
});

describe('when Redis goes away', () => {
  it('nothing is sent for a window, then no more than a share', async () => {
    await using redis = await startRedis();
    const a = await instance(redis.url, 'a', { windowMs: 500 });
    await redis.kill();
    const lostAt = Date.now();
    await isUp(a, false);
    const { slots, freeAt, againAt } = await a.window.take(SLOTS, 'interactive');
    expect(slots).toEqual([]);
    expect(freeAt).toEqual(Array(SHARE).fill(againAt));
    expect(againAt - lostAt).toBeGreaterThanOrEqual(495);
    await sleep(againAt - Date.now() - 200);
    expect(await a.take()).toEqual([]);
    await sleep(againAt - Date.now() + 10);
    expect(await a.take()).toHaveLength(SHARE);
    expect(await a.take()).toEqual([]);
  });

  it('an instance that starts without it is quiet for a window, too', async () => {
    await using redis = await startRedis();
    await redis.kill();
    const a = await instance(redis.url, 'a', { windowMs: 400 });
    expect(await a.take()).toEqual([]);
    await sleep(420);
    expect(await a.take()).toHaveLength(SHARE);
  });

  it('a share of less than one is nothing, and says so of no time', async () => {
    await using redis = await startRedis();
    await redis.kill();
    const a = await instance(redis.url, 'a', { windowMs: 50, instances: SLOTS + 1 });
    await sleep(80);
    const { slots, freeAt } = await a.window.take(1, 'interactive');
    expect(slots).toEqual([]);
    expect(freeAt).toEqual([]);
  });
});

describe('when Redis is back', () => {
  it('soon and without having started anew, nobody is quiet or careful', async () => {
    await using redis = await startRedis();
    const a = await instance(redis.url, 'a', { windowMs: 3000 });
    const admin = await connected(redis.url, prefix);
    await cutAll(admin);
    await isUp(a, false);
    await isBack(a);
    expect(await a.take()).toHaveLength(SLOTS);
  });

  it('started anew, it is quiet for what is left of its window, then careful for one, then as before', async () => {
    await using redis = await startRedis();
    const a = await instance(redis.url, 'a', { windowMs: 2000 });
    const lostAt = Date.now();
    await redis.kill();
    await isUp(a, false);
    await sleep(200);
    await redis.restart();
    await isBack(a);
    const backAt = Date.now();
    expect(await a.take()).toEqual([]);
    await sleep(lostAt + 2040 - Date.now());
    expect(await a.take()).toHaveLength(SHARE);
    expect(await a.take()).toEqual([]);
    await sleep(backAt + 2020 - Date.now());
    // Its own are in Redis as well, and still taken.
    expect(await a.take()).toHaveLength(SLOTS - SHARE);
  });

  it('after more than a window, it is careful for one, also where it has not started anew', async () => {
    await using redis = await startRedis();
    const a = await instance(redis.url, 'a', { windowMs: 300 });
    redis.hang();
    // One asks in vain, and so learns of it.
    await a.take().catch(() => []);
    await isUp(a, false);
    await sleep(350);
    changes = 0;
    redis.resume();
    await isBack(a);
    expect(await a.take()).toHaveLength(SHARE);
    expect(await a.take()).toEqual([]);
  });

  it('it is told of the slots that were taken meanwhile', async () => {
    await using redis = await startRedis();
    const port = redis.port;
    await redis.kill();
    const a = await instance(redis.url, 'a', { windowMs: 500 });
    await sleep(510);
    expect(await a.take()).toHaveLength(SHARE);
    await redis.restart();
    await isBack(a);
    // It comes when all is told, and so is not careful.
    const b = await instance(`redis://127.0.0.1:${port}`, 'b', { windowMs: 500 });
    expect(await b.take()).toHaveLength(SLOTS - SHARE);
  });

  it('while careful it takes of both rules the smaller, and gives back of its own what the common one refuses', async () => {
    await using redis = await startRedis();
    await redis.kill();
    const a = await instance(redis.url, 'a', { windowMs: 600 });
    await sleep(610);
    await redis.restart();
    await isBack(a);
    const b = await instance(redis.url, 'b', { windowMs: 600 });
    const theirs = await b.take(SLOTS - 1);
    expect(await a.take()).toHaveLength(1);
    for (const slot of theirs) slot.unused();
    await b.redis.run((client) => client.ping());
    expect(await a.take()).toHaveLength(SHARE - 1);
    expect(await a.take()).toEqual([]);
  });
});

it('a Redis that does not do what it is asked is as good as lost, and is sought again', async () => {
  await using redis = await startRedis();
  const a = await instance(redis.url, 'a', { windowMs: 1200 });
  const admin = await connected(redis.url, prefix);
  await admin.run((client) => client.set('slots:P', 'not slots'));
  expect(await a.take()).toEqual([]);
  await sleep(1300);
  expect(await a.take()).toHaveLength(SHARE);
  changes = 0;
  await admin.run((client) => client.del('slots:P'));
  await expect.poll(() => changes, { interval: 20, timeout: 3000 }).toBeGreaterThan(0);
  await sleep(1300);
  // Those that it took alone are in Redis as well, and still taken.
  expect(await a.take()).toHaveLength(SLOTS - SHARE);
});

describe('a Redis that forgets', () => {
  it('is told again by all, who are careful for a window', async () => {
    await using redis = await startRedis();
    const [a, b] = [
      await instance(redis.url, 'a', { windowMs: 2000 }),
      await instance(redis.url, 'b', { windowMs: 2000 }),
    ];
    expect(await a.take(2)).toHaveLength(2);
    expect(await b.take(3)).toHaveLength(3);
    await redis.flush();
    // Who finds out gives the others a moment to tell.
    expect(await a.take()).toEqual([]);
    await sleep(200);
    const more = [...(await a.take()), ...(await b.take())];
    expect(more.length).toBeLessThanOrEqual(SLOTS - 5);
  });

  it('gives nothing to one that had asked before it heard', async () => {
    await using redis = await startRedis();
    const late = lateAnswers(await connected(redis.url, prefix));
    const a = await windowOf(late.redis, 'a', { windowMs: 3000 });
    const b = await instance(redis.url, 'b', { windowMs: 3000 });
    expect([...(await a.take(3)), ...(await b.take(3))]).toHaveLength(SLOTS);
    await redis.flush();
    late.begin();
    const taken = await Promise.all([b.take(3), a.take(3)]);
    expect(taken.flat()).toEqual([]);
  });

  it('is told by one that starts anew of what it sent before', async () => {
    await using redis = await startRedis();
    const common = { windowMs: 2000 };
    const a = await instance(redis.url, 'a', { ...common, before: [1, 2, 3, 4].map(() => Date.now() + 2000) });
    await sleep(50);
    expect(await a.take()).toHaveLength(SLOTS - 4);
  });
});
