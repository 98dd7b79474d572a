/** Guards the word that credits are used up: what one instance has learned, none asks again before they return. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { shareExhaustion } from '../../src/upstream/exhaustion.ts';
import type { SharedRedis } from '../../src/upstream/redis.ts';
import { startRedis, type TestRedis } from '../redis.ts';
import { connected, cutAll, ownPrefix } from './shared.ts';

const PROVIDER = 'WINNING_HUNTER';

let server: TestRedis;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server[Symbol.asyncDispose]());

let prefix: string;
let admin: SharedRedis;
beforeEach(async () => {
  prefix = ownPrefix();
  admin = await connected(server.url, prefix);
});

interface Instance {
  readonly redis: SharedRedis;
  readonly told: { provider: string; forMs: number }[];
  readonly tell: (provider: typeof PROVIDER, forMs: number) => void;
}
async function instance(url = server.url): Promise<Instance> {
  const redis = await connected(url, prefix);
  const told: Instance['told'] = [];
  const onTold = (provider: string, forMs: number) => void told.push({ provider, forMs });
  const tell = shareExhaustion({ redis, providers: [PROVIDER], onTold });
  return { redis, told, tell };
}
/** A subscription takes a moment. */
const listening = async (count: number) => {
  const voice = await connected(server.url, '');
  await expect
    .poll(async () => (await voice.run((client) => client.pubsub('NUMSUB', `${prefix}exhausted`)))[1])
    .toBe(count);
};

it('is heard by all instances at once, with the time until credits return', async () => {
  const [a, b] = [await instance(), await instance()];
  await listening(2);
  a.tell(PROVIDER, 86_400_000.4);
  await expect.poll(() => b.told).toEqual([{ provider: PROVIDER, forMs: 86_400_000.4 }]);
});

it('is found by an instance that starts later, with the time that is left', async () => {
  const a = await instance();
  a.tell(PROVIDER, 60_000.5);
  await expect.poll(() => admin.run((client) => client.exists(`exhausted:${PROVIDER}`))).toBe(1);
  const later = await instance();
  await expect.poll(() => later.told).toHaveLength(1);
  expect(later.told[0]!.provider).toBe(PROVIDER);
  expect(later.told[0]!.forMs).toBeLessThanOrEqual(60_001);
  expect(later.told[0]!.forMs).toBeGreaterThan(55_000);
});

it('is found again each time that Redis comes back, since the word may have been missed', async () => {
  const b = await instance();
  await admin.run((client) => client.set(`exhausted:${PROVIDER}`, '', 'PX', 60_000));
  expect(b.told).toEqual([]);
  await cutAll(admin);
  await expect.poll(() => b.told.length).toBe(1);
});

it('is forgotten when credits return', async () => {
  const a = await instance();
  a.tell(PROVIDER, 30);
  await expect.poll(() => admin.run((client) => client.exists(`exhausted:${PROVIDER}`))).toBe(1);
  await expect.poll(() => admin.run((client) => client.exists(`exhausted:${PROVIDER}`))).toBe(0);
  const later = await instance();
  await later.redis.run((client) => client.ping());
  expect(later.told).toEqual([]);
});

it('is nothing that a Redis which is away can make fail', async () => {
  await using own = await startRedis();
  await own.kill();
  const a = await instance(own.url);
  a.tell(PROVIDER, 1000);
  await own.restart();
  await expect.poll(a.redis.isUp, { timeout: 5000 }).toBe(true);
  await a.redis.run((client) => client.ping());
  expect(a.told).toEqual([]);
});
