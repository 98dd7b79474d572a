/** Guards the rule that instances keep together: no rolling window sees more than it allows, and nobody waits for slots that nobody has. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/upstream/clock.ts';
import type { SharedRedis } from '../../src/upstream/redis.ts';
import { redisWindow, type RedisWindow } from '../../src/upstream/window-redis.ts';
import { startRedis, type TestRedis } from '../redis.ts';
import { connected, ownPrefix } from './shared.ts';

const SLOTS = 6;
const WINDOW_MS = 300;
const TIMEOUT_MS = 400;

let server: TestRedis;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server[Symbol.asyncDispose]());

let prefix: string;
let admin: SharedRedis;
let one: RedisWindow;
let other: RedisWindow;
beforeEach(async () => {
  prefix = ownPrefix();
  admin = await connected(server.url, prefix);
  one = await instance('one');
  other = await instance('other');
});

async function instance(owner: string, changes: { slots?: number; windowMs?: number; timeoutMs?: number } = {}) {
  const redis = await connected(server.url, prefix);
  const rule = { slots: SLOTS, windowMs: WINDOW_MS, timeoutMs: TIMEOUT_MS, ...changes };
  return redisWindow({ redis, clock: systemClock, name: 'P', owner, ...rule });
}
const free = async (window = one) => {
  const { slots } = await window.take(SLOTS, 'interactive');
  for (const slot of slots) slot.unused();
  return slots.length;
};
/** How long it takes until so many are free. */
async function msUntilFree(count: number, since: number): Promise<number> {
  while ((await free()) < count) await sleep(5);
  return Date.now() - since;
}
const keys = async () =>
  (await admin.run((client) => client.keys(`${prefix}*`))).map((key) => key.slice(prefix.length));

describe('the slots', () => {
  it('are common to all instances', async () => {
    expect((await one.take(4, 'interactive')).slots).toHaveLength(4);
    expect((await other.take(4, 'interactive')).slots).toHaveLength(2);
    expect((await one.take(1, 'interactive')).slots).toHaveLength(0);
  });

  it('fall free a window after the answer, not before', async () => {
    const { slots } = await one.take(SLOTS, 'interactive');
    await sleep(100);
    const answeredAt = Date.now();
    for (const slot of slots.slice(0, 2)) slot.answered();
    const ms = await msUntilFree(2, answeredAt);
    expect(ms).toBeGreaterThanOrEqual(WINDOW_MS - 2);
    expect(ms).toBeLessThan(WINDOW_MS + 150);
  });

  it('whose answer is never told fall free when the call must have ended, and a window later', async () => {
    const takenAt = Date.now();
    await one.take(SLOTS, 'interactive');
    expect(await msUntilFree(SLOTS, takenAt)).toBeGreaterThanOrEqual(TIMEOUT_MS + WINDOW_MS - 2);
  });

  it('that were not used are free at once', async () => {
    const { slots } = await one.take(SLOTS, 'interactive');
    for (const slot of slots.slice(0, 3)) slot.unused();
    expect((await one.take(SLOTS, 'interactive')).slots).toHaveLength(3);
  });

  it('that have fallen free stay so, however late the answer is told', async () => {
    const late = await instance('late', { windowMs: 20, timeoutMs: 20 });
    const { slots } = await late.take(SLOTS, 'interactive');
    await sleep(60);
    expect(await free(late)).toBe(SLOTS);
    for (const slot of slots) slot.answered();
    expect((await late.take(SLOTS, 'interactive')).slots).toHaveLength(SLOTS);
  });

  it('say when each can be had at the earliest: now where nobody has it, in a window where its call is in the air', async () => {
    const { slots } = await one.take(4, 'interactive');
    slots[0]!.answered();
    await sleep(100);
    const now = Date.now();
    const { freeAt, againAt } = await other.take(SLOTS, 'interactive');
    const inMs = freeAt.map((at) => at - now);
    expect(freeAt).toHaveLength(SLOTS);
    // Both that were left were taken by this, and are in the air as well.
    expect(inMs[0]).toBeGreaterThan(WINDOW_MS - 150);
    expect(inMs[0]).toBeLessThan(WINDOW_MS - 50);
    for (const ms of inMs.slice(1)) expect(Math.abs(ms - WINDOW_MS)).toBeLessThan(50);
    expect(againAt).toBe(freeAt[0]);
  });

  it('in random use by two instances are never more than the rule allows, at whatever moment of its call the provider counts', async () => {
    const calls: { sent: number; answered: number }[] = [];
    const until = Date.now() + 1500;
    const use = async (window: RedisWindow) => {
      while (Date.now() < until) {
        const { slots } = await window.take(2, 'interactive');
        for (const slot of slots) {
          const sent = Date.now();
          void sleep(Math.random() * 100).then(() => {
            calls.push({ sent, answered: Date.now() });
            slot.answered();
          });
        }
        await sleep(Math.random() * 20);
      }
    };
    await Promise.all([use(one), use(other), use(one)]);
    await sleep(120);
    expect(calls.length).toBeGreaterThan(2 * SLOTS);
    // The worst case: those before count at their answers, this one and those after when they are sent.
    for (const { sent } of calls) {
      const before = calls.filter((call) => call.sent < sent && call.answered > sent - WINDOW_MS + 2);
      expect(before.length).toBeLessThan(SLOTS + 1);
    }
  });
});

describe('what waits in the background', () => {
  it('stands back while an interactive call waits on another instance, and looks again soon', async () => {
    const { slots } = await one.take(SLOTS, 'interactive');
    expect((await one.take(1, 'interactive')).slots).toEqual([]);
    for (const slot of slots) slot.unused();
    const { slots: none, againAt } = await other.take(3, 'background');
    expect(none).toEqual([]);
    expect(againAt - Date.now()).toBeLessThanOrEqual(50);
    expect((await one.take(1, 'interactive')).slots).toHaveLength(1);
    expect((await other.take(3, 'background')).slots).toHaveLength(3);
  });

  it('does not stand back where interactive calls got all that they wanted', async () => {
    await one.take(3, 'interactive');
    expect((await other.take(3, 'background')).slots).toHaveLength(3);
  });

  it('does not keep others waiting', async () => {
    await one.take(SLOTS, 'interactive');
    expect((await one.take(1, 'background')).slots).toEqual([]);
    expect(await keys()).toEqual(['slots:P']);
  });

  it('goes on after a second where an instance with waiting calls has died', async () => {
    const { slots } = await one.take(SLOTS, 'interactive');
    await one.take(1, 'interactive');
    for (const slot of slots) slot.unused();
    await expect
      .poll(async () => (await other.take(1, 'background')).slots.length, { interval: 50, timeout: 3000 })
      .toBe(1);
  });
});

describe('slots that were taken while Redis was away', () => {
  it('count once they are told, each until it falls free; what is in the air until it must have ended', async () => {
    const now = Date.now();
    one.occupy([now + 50, now + 2000, Infinity]);
    await expect.poll(() => free(other)).toBeLessThan(SLOTS);
    await expect.poll(() => free(other)).toBe(SLOTS - 2);
    await sleep(TIMEOUT_MS + WINDOW_MS);
    await expect.poll(() => free(other)).toBe(SLOTS - 1);
  });

  it('of two instances and of two outages are not taken for the same', async () => {
    const in1s = Date.now() + 1000;
    one.occupy([in1s, in1s]);
    one.occupy([in1s]);
    other.occupy([in1s]);
    await expect.poll(() => free()).toBe(SLOTS - 4);
  });

  it('are told of nothing where there are none', async () => {
    one.occupy([]);
    await one.take(0, 'background');
    expect(await free(other)).toBe(SLOTS);
  });
});

it('nothing is left in Redis for ever', async () => {
  await one.take(SLOTS, 'interactive');
  await one.take(1, 'interactive');
  other.occupy([Date.now() + 5000]);
  await expect.poll(keys).toHaveLength(2);
  for (const key of await keys()) expect(await admin.run((client) => client.pttl(key))).toBeGreaterThan(0);
  expect(await admin.run((client) => client.pttl('slots:P'))).toBeGreaterThan(4000);
});

it('rejects where Redis does not answer', async () => {
  await using own = await startRedis();
  const redis = await connected(own.url, prefix);
  const window = redisWindow({
    redis,
    clock: systemClock,
    name: 'P',
    owner: 'o',
    slots: 1,
    windowMs: 100,
    timeoutMs: 100,
  });
  const { slots } = await window.take(1, 'interactive');
  await own.kill();
  await expect(window.take(1, 'interactive')).rejects.toThrow();
  slots[0]!.answered();
  window.occupy([Infinity]);
});
