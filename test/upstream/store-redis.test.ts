/** Guards answers in the shared Redis: what one instance kept all find as it was, and a Redis in trouble is an empty store. */
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/upstream/clock.ts';
import { connectRedis, type SharedRedis } from '../../src/upstream/redis.ts';
import { redisStore } from '../../src/upstream/store-redis.ts';
import type { Store } from '../../src/upstream/store.ts';
import { startRedis, type TestRedis } from '../redis.ts';

const FAR = Date.UTC(2100, 0, 1);

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis({ password: 'hush hush' });
});
afterAll(() => redis[Symbol.asyncDispose]());

let shared: SharedRedis;
let troubles: string[];
/** All that was said of them. */
let words: string[];
let nowMs: number;
beforeEach(async () => {
  await redis.flush();
  troubles = [];
  words = [];
  nowMs = Date.now();
  shared = await connected();
});
afterEach(() => {
  shared.close();
  expect(words.join()).not.toContain('hush');
});

async function connected(): Promise<SharedRedis> {
  const made = connectRedis({ url: redis.url, prefix: 'test:', clock: systemClock });
  await made.settledOnce(5000);
  expect(made.isUp()).toBe(true);
  return made;
}
function open(on = shared): Store {
  return redisStore({
    redis: on,
    now: () => nowMs,
    onTrouble: (what, error) => {
      troubles.push(what);
      words.push((error as Error).message, (error as Error).stack ?? '');
    },
  });
}
const keep = (store: Store, key: string, text = `of ${key}`, expiresAt = FAR) =>
  store.write(key, { text, fetchedAt: 42 }, expiresAt);
const textIn = async (store: Store, key: string) => (await store.read([key])).get(key)?.text;
const turns = (isUp: boolean) => expect.poll(shared.isUp, { interval: 5, timeout: 5000 }).toBe(isUp);
async function msOf(work: Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work;
  return performance.now() - start;
}

describe('what was kept', () => {
  it.each([
    ['nothing', ''],
    ['a short text', '{"id":1729384756102938475}'],
    ['text of many alphabets', '{"title":"Zażółć 漢字 🧴 \u0000 \u2028"}'.repeat(50)],
    ['250 KB that compress', '{"product_id":"1729384756102938475","price":24.90},'.repeat(5000)],
    ['250 KB that do not', randomBytes(187_500).toString('base64')],
  ])('comes back as it was, also to another instance: %s', async (_what, text) => {
    const kept = { text, fetchedAt: 1_893_456_000_123 };
    await open().write('a', kept, FAR);
    const other = await connected();
    expect(await open(other).read(['a'])).toEqual(new Map([['a', kept]]));
    other.close();
    expect(troubles).toEqual([]);
  });

  it('comes back as it was, whatever the key and the text', async () => {
    const store = open();
    const wellFormed = fc.string({ unit: 'binary', maxLength: 3000, size: 'max' });
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), wellFormed, async (key, text) => {
        await keep(store, key, text);
        expect(await textIn(store, key)).toBe(text);
      }),
      { numRuns: 100 },
    );
  });

  it('is found a hundred keys at a time, in one command, and what is missing is absent', async () => {
    const store = open();
    const keys = Array.from({ length: 100 }, (_, nth) => `WINNING_HUNTER productDetail {"id":"17293${String(nth)}"}`);
    await Promise.all(keys.map((key) => keep(store, key)));
    const commands = () => shared.run((client) => client.info('commandstats'));
    const calls = async () => Number(/cmdstat_mget:calls=(\d+)/.exec(await commands())?.[1] ?? 0);
    const before = await calls();
    const found = await store.read(['never asked', ...keys]);
    expect(await calls()).toBe(before + 1);
    expect(Object.fromEntries(found)).toEqual(
      Object.fromEntries(keys.map((key) => [key, { text: `of ${key}`, fetchedAt: 42 }])),
    );
    expect(await store.read([])).toEqual(new Map());
    expect(troubles).toEqual([]);
  });

  it('takes less room than the text', async () => {
    await keep(open(), 'a', '{"product_id":"1729384756102938475","price":24.90},'.repeat(200));
    expect(await shared.run((client) => client.strlen('answer:a'))).toBeLessThan(1000);
  });

  it('gives way to a later answer to the same question', async () => {
    const store = open();
    await keep(store, 'a', 'old');
    await keep(store, 'a', 'new');
    expect(await textIn(store, 'a')).toBe('new');
  });

  it('is gone when Redis comes back empty, and can be kept again', async () => {
    const store = open();
    await keep(store, 'a');
    await redis.flush();
    expect(await textIn(store, 'a')).toBeUndefined();
    await keep(store, 'a');
    expect(await textIn(store, 'a')).toBe('of a');
    expect(troubles).toEqual([]);
  });
});

describe('what has expired', () => {
  it('is not read from that moment on, by the clock of who reads', async () => {
    const store = open();
    await keep(store, 'a', 'text', nowMs + 60_000);
    nowMs += 59_999;
    expect(await textIn(store, 'a')).toBe('text');
    nowMs += 1;
    expect(await textIn(store, 'a')).toBeUndefined();
  });

  it('leaves Redis by itself', async () => {
    const store = open();
    await keep(store, 'a', 'text', nowMs + 60_000);
    const msLeft = await shared.run((client) => client.pttl('answer:a'));
    expect(msLeft).toBeGreaterThan(50_000);
    expect(msLeft).toBeLessThanOrEqual(60_000);
    await keep(store, 'b', 'text', nowMs + 20.5);
    await expect.poll(() => shared.run((client) => client.exists('answer:b')), { interval: 5 }).toBe(0);
    expect(troubles).toEqual([]);
  });

  it('is not kept, and what cannot expire is told', async () => {
    const store = open();
    await keep(store, 'a', 'text', nowMs);
    await keep(store, 'b', 'text', nowMs - 1000);
    expect(troubles).toEqual([]);
    await keep(store, 'c', 'text', NaN);
    expect(troubles).toEqual(['other']);
    expect(await shared.run((client) => client.dbsize())).toBe(0);
  });
});

describe('an entry that is damaged', () => {
  const bytesOf = async (key: string) => (await shared.run((client) => client.getBuffer(`answer:${key}`)))!;
  const put = (key: string, bytes: Buffer) => shared.run((client) => client.set(`answer:${key}`, bytes));

  it('is absent and told, wherever it is damaged, and costs no other', async () => {
    const store = open();
    await keep(store, 'b');
    await keep(store, 'a', 'text'.repeat(500));
    const whole = await bytesOf('a');
    for (const at of whole.keys()) {
      const damaged = Buffer.from(whole);
      damaged[at]! ^= 1 << (at % 8);
      await put('a', damaged);
      expect([...(await store.read(['a', 'b'])).keys()]).toEqual(['b']);
    }
    expect(troubles).toEqual([...whole].map(() => 'corrupt'));
  });

  it.each([
    ['empty', () => Buffer.alloc(0)],
    ['cut short', (whole: Buffer) => whole.subarray(0, -1)],
    ['cut within its head', (whole: Buffer) => whole.subarray(0, 10)],
    ['longer', (whole: Buffer) => Buffer.concat([whole, Buffer.from('x')])],
    ["another program's", () => Buffer.from('{"id":1}')],
  ])('is absent and told: %s', async (_what, damage) => {
    const store = open();
    await keep(store, 'a');
    await put('a', damage(await bytesOf('a')));
    expect(await store.read(['a'])).toEqual(new Map());
    expect(troubles).toEqual(['corrupt']);
    expect(words[0]).toBe('a kept answer is damaged');
    await keep(store, 'a');
    expect(await textIn(store, 'a')).toBe('of a');
  });

  it("is also another question's answer", async () => {
    const store = open();
    await keep(store, 'a');
    await put('b', await bytesOf('a'));
    expect([...(await store.read(['a', 'b'])).keys()]).toEqual(['a']);
    expect(troubles).toEqual(['corrupt']);
  });

  it('is absent where it is no text at all, and is kept over', async () => {
    const store = open();
    await keep(store, 'b');
    await shared.run((client) => client.rpush('answer:a', 'x'));
    expect([...(await store.read(['a', 'b'])).keys()]).toEqual(['b']);
    await keep(store, 'a');
    expect(await textIn(store, 'a')).toBe('of a');
    expect(troubles).toEqual([]);
  });
});

describe('a Redis in trouble', () => {
  it('that is full keeps no more, and reads on', async () => {
    const store = open();
    await keep(store, 'a');
    await shared.run((client) => client.config('SET', 'maxmemory', '1'));
    await keep(store, 'b');
    expect(await textIn(store, 'a')).toBe('of a');
    expect(troubles).toEqual(['full']);
    await shared.run((client) => client.config('SET', 'maxmemory', '0'));
    await keep(store, 'b');
    expect(await textIn(store, 'b')).toBe('of b');
  });

  it('that is a replica reads on', async () => {
    const store = open();
    await keep(store, 'a');
    await shared.run((client) => client.replicaof('127.0.0.1', 1));
    await keep(store, 'b');
    expect(await textIn(store, 'a')).toBe('of a');
    expect(troubles).toEqual(['readonly']);
    await shared.run((client) => client.replicaof('NO', 'ONE'));
    await keep(store, 'b');
    expect(await textIn(store, 'b')).toBe('of b');
  });

  it('that died is an empty store at once, and a store again after a restart', async () => {
    const store = open();
    await keep(store, 'a');
    await redis.kill();
    await turns(false);
    expect(await msOf(Promise.all([keep(store, 'b'), store.read(['a'])]))).toBeLessThan(300);
    expect(await store.read(['a'])).toEqual(new Map());
    expect(troubles).toEqual(['other', 'other', 'other']);
    await redis.restart();
    await turns(true);
    expect(await store.read(['a', 'b'])).toEqual(new Map());
    await keep(store, 'c');
    expect(await textIn(store, 'c')).toBe('of c');
  });

  it('that hangs is an empty store after a second, and then at once', async () => {
    const store = open();
    await keep(store, 'a');
    redis.hang();
    expect(await msOf(Promise.all([keep(store, 'b'), store.read(['a'])]))).toBeLessThan(1500);
    expect(shared.isUp()).toBe(false);
    expect(await msOf(store.read(['a']))).toBeLessThan(300);
    expect(troubles).toEqual(['other', 'other', 'other']);
    redis.resume();
    await turns(true);
    expect(await textIn(store, 'a')).toBe('of a');
  });
});

it('a closed store is empty and harmless, and leaves the connection to its owner', async () => {
  const store = open();
  const writing = keep(store, 'a');
  store.close();
  await writing;
  await keep(store, 'b');
  expect(await store.read(['a', 'b'])).toEqual(new Map());
  expect(Object.fromEntries(await open().read(['a', 'b']))).toEqual({ a: { text: 'of a', fetchedAt: 42 } });
  expect(troubles).toEqual([]);
});
