/** Guards who asks one instance against what goes wrong at another: what those there lack fails them alone, and nobody here waits behind them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { hashOf } from '../src/callers.ts';
import type { Config } from '../src/config.ts';
import { startSandbox, type Sandbox } from '../src/sandbox/sandbox.ts';
import { systemClock, type Clock } from '../src/upstream/clock.ts';
import { startRedis, type TestRedis } from './redis.ts';
import { serve, type Served } from './serve.ts';
import { connected } from './upstream/shared.ts';

const suggest = 'query ($q: String!) { suggestions(type: PRODUCT, query: $q) { name } }';

let redis: TestRedis;
let world: Sandbox;
beforeEach(async () => {
  redis = await startRedis();
  world = await startSandbox();
});
afterEach(async () => {
  await world.close();
  await redis[Symbol.asyncDispose]();
});

interface Changes {
  readonly env?: Record<string, string>;
  readonly rate?: Config['winninghunter']['rate'];
  readonly clock?: Clock;
}
const instance = ({ env = {}, rate, clock = systemClock }: Changes = {}): Promise<Served> =>
  serve({
    world,
    env: { REDIS_URL: redis.url, ...env },
    configure: ({ winninghunter, ...config }) => ({
      ...config,
      winninghunter: { ...winninghunter, ...(rate && { rate }) },
    }),
    deps: { clock },
  });
const sent = (count: number) => expect.poll(() => world.calls.length).toBe(count);

it.each([
  ['has too little time to be told to slow down', { 'x-deadline-ms': '1000' }, { fault: 'rate-limit', retryAfterS: 2 }],
  ['has too few credits to try again', { 'x-max-credits': '1' }, { fault: 'drop' }],
  ['has come to an instance whose key is refused', {}, { fault: 'unauthorized' }],
] as const)('one that %s fails nobody who waits for the same elsewhere', async (_what, headers, fault) => {
  await using here = await instance();
  await using there = await instance();
  world.set({ latencyMs: 300 });
  world.fail({ ...fault, times: 1 });
  const first = there.ask(suggest, { q: 'the same' }, headers);
  await sent(1);
  const second = await here.ask(suggest, { q: 'the same' });
  expect(second.errors).toBeUndefined();
  expect((await first).errors).toHaveLength(1);
  expect(world.calls).toHaveLength(2);
});

it('one that leaves fails nobody who waits for the same elsewhere', async () => {
  await using here = await instance();
  await using there = await instance();
  world.set({ latencyMs: 200 });
  world.fail({ fault: 'rate-limit', times: 1, retryAfterS: 20 });
  const leaving = new AbortController();
  const first = fetch(`${there.origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: suggest, variables: { q: 'the same' } }),
    signal: leaving.signal,
  });
  await sent(1);
  const second = here.ask(suggest, { q: 'the same' });
  await expect.poll(() => refusals(there)).toBe(1);
  leaving.abort();
  await expect(first).rejects.toThrow();
  expect((await second).errors).toBeUndefined();
  expect(world.calls).toHaveLength(2);
});

const metricsOf = async ({ origin }: Served) => (await fetch(`${origin}/metrics`)).text();
const refusals = async (served: Served) =>
  Number(/^shopgraph_upstream_calls_total\{.*outcome="RATE_LIMITED"\} (\d+)$/m.exec(await metricsOf(served))?.[1]);

it('who looks on does not wait for what another instance has at the end of its background line', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'callers-'));
  const file = path.join(folder, 'callers.json');
  const lanes = ['interactive', 'background'] as const;
  const callers = lanes.map((lane) => ({ name: lane, lane, keySha256: hashOf(lane) }));
  writeFileSync(file, JSON.stringify({ callers }));
  const changes = { env: { CALLERS_FILE: file }, rate: { slots: 6, windowMs: 250 } };
  await using here = await instance(changes);
  await using there = await instance(changes);
  const ask = (served: Served, nth: number, lane: string) =>
    served.ask(suggest, { q: `question ${nth}` }, { 'x-api-key': lane });
  const batch = Array.from({ length: 60 }, (_, nth) => ask(there, nth, 'background'));
  await expect.poll(() => waitingAt(there)).toBeGreaterThan(40);
  const { errors } = await ask(here, 59, 'interactive');
  expect(errors).toBeUndefined();
  await Promise.all(batch);
  const order = world.calls.map(({ params }) => params.q);
  expect(order).toHaveLength(60);
  expect(order.indexOf('question 59')).toBeLessThan(40);
  rmSync(folder, { recursive: true });
}, 30_000);

const waitingAt = async (served: Served) =>
  Number(/^shopgraph_upstream_waiting\{.*\} (\d+)$/m.exec(await metricsOf(served))?.[1]);

it('who starts later leaves a provider whose credits others found used up alone for an hour at most', async () => {
  const now = Date.UTC(2030, 0, 15);
  const clock = { ...systemClock, now: () => now };
  await using there = await instance({ clock });
  world.fail({ fault: 'quota-bare', times: 1 });
  const { errors } = await there.ask(suggest, { q: 'a' });
  expect(errors).toMatchObject([{ extensions: { retryAfterMs: Date.UTC(2030, 1, 1) - now } }]);
  const admin = await connected(redis.url, 'sandbox-shopgraph:');
  const msLeft = () => admin.run((client) => client.pttl('exhausted:WINNING_HUNTER'));
  await expect.poll(msLeft).toBeGreaterThan(0);
  await using here = await instance({ clock });
  await expect.poll(() => metricsOf(here)).toMatch(/^shopgraph_upstream_breaker\{.*state="exhausted"\} 1$/m);
  const later = await here.ask(suggest, { q: 'b' });
  expect(later.calls).toEqual([]);
  expect(later.errors![0]!.extensions.retryAfterMs).toBeLessThanOrEqual(3_600_000);
});
