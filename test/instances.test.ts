/** Guards what instances share: three processes on one Redis buy each answer once, and keep to one limit and one budget. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { hashOf } from '../src/callers.ts';
import { startSandbox } from '../src/sandbox/sandbox.ts';
import { systemClock } from '../src/upstream/clock.ts';
import { ShopProductsHistoryDocument } from './client/graphql.ts';
import { startProcess, type Process } from './processes.ts';
import { startRedis } from './redis.ts';
import { serve, tally, type Served } from './serve.ts';

const whole = String(ShopProductsHistoryDocument);

type World = Awaited<ReturnType<typeof startSandbox>>;
const three = (world: World, env: Record<string, string>): Promise<Process[]> =>
  Promise.all(Array.from({ length: 3 }, () => startProcess(world, { INSTANCES: '3', ...env })));

describe('three processes on one Redis', () => {
  it('asked 100 times at once, ask each upstream question once; asked again, none', async () => {
    await using redis = await startRedis();
    const world = await startSandbox({ latencyMs: 50 });
    const processes = await three(world, { REDIS_URL: redis.url });
    const ask = () => Promise.all(Array.from({ length: 100 }, (_, nth) => processes[nth % 3]!.ask(whole)));
    const answers = await ask();
    expect(tally(world.calls)).toEqual({ shopDetail: 1, shopProducts: 1, productHistory: 20 });
    for (const { data, errors } of answers) {
      expect(errors).toBeUndefined();
      expect(data).toEqual(answers[0]!.data);
    }
    await ask();
    expect(world.calls).toHaveLength(22);
    for (const each of processes) expect(await each.metric(/^shopgraph_lease_takeovers_total/)).toBe(0);
    await Promise.all(processes.map((each) => each[Symbol.asyncDispose]()));
    await world.close();
  }, 60_000);
});

/** 60 calls in any rolling window, of a length that a test can wait for. */
const SLOTS = 60;

const servers = (world: World, windowMs: number, env: Record<string, string>): Promise<Served[]> =>
  Promise.all(
    Array.from({ length: 3 }, () =>
      serve({
        world,
        env: { INSTANCES: '3', DEADLINE_MS: '600000', ...env },
        configure: (config) => ({
          ...config,
          winninghunter: { ...config.winninghunter, rate: { slots: SLOTS, windowMs } },
        }),
        deps: { clock: systemClock },
      }),
    ),
  );

const suggest = 'query ($q: String!) { suggestions(type: PRODUCT, query: $q) { name } }';

/** The most calls that the provider saw in any rolling window. */
function mostIn(windowMs: number, { calls }: World): number {
  const times = calls.map(({ at }) => at).sort((one, other) => one - other);
  return Math.max(
    ...times
      .map((from, nth) => times.slice(nth).findIndex((at) => at - from >= windowMs))
      .map((n, nth) => (n < 0 ? times.length - nth : n)),
  );
}

/** How many calls stand in line, at all of them together. */
async function waitingAt(servers: readonly Served[]): Promise<number> {
  const counts = servers.map(async ({ origin }) => {
    const metrics = await (await fetch(`${origin}/metrics`)).text();
    return Number(/^shopgraph_upstream_waiting\{.*\} (\d+)$/m.exec(metrics)?.[1]);
  });
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}

describe('three servers on one Redis', () => {
  it('send 1,000 queued calls at no more than 60 in any rolling window, the interactive before the background', async () => {
    const windowMs = 500;
    await using redis = await startRedis();
    const folder = mkdtempSync(path.join(tmpdir(), 'callers-'));
    const file = path.join(folder, 'callers.json');
    const callers = (['interactive', 'background'] as const).map((lane) => ({
      name: lane,
      lane,
      keySha256: hashOf(lane),
    }));
    writeFileSync(file, JSON.stringify({ callers }));
    const world = await startSandbox();
    const three = await servers(world, windowMs, { REDIS_URL: redis.url, CALLERS_FILE: file });
    const ask = (served: Served, lane: string, nth: number) =>
      served.ask(suggest, { q: `${lane} ${nth}` }, { 'x-api-key': lane });
    /** So many have been sent, or stand in line. */
    const asked = (calls: number) =>
      expect
        .poll(async () => world.calls.length + (await waitingAt(three)), { interval: 20, timeout: 20_000 })
        .toBe(calls);
    const batch = Array.from({ length: 700 }, (_, nth) => ask(three[nth % 3]!, 'background', nth));
    await asked(700);
    // None at the third, which has to hear of them.
    const people = Array.from({ length: 300 }, (_, nth) => ask(three[nth % 2]!, 'interactive', nth));
    await asked(1000);
    const allAskedAt = Date.now();
    const answers = await Promise.all([...batch, ...people]);
    for (const { errors } of answers) expect(errors).toBeUndefined();
    expect(world.calls).toHaveLength(1000);
    expect(mostIn(windowMs, world)).toBeLessThanOrEqual(SLOTS);
    const isPerson = ({ params }: { params: Record<string, unknown> }) => String(params.q).startsWith('interactive');
    // The last of them share their window with the background.
    const servedUntil = world.calls.filter(isPerson).at(-SLOTS)!.at;
    const meanwhile = world.calls.filter(({ at }) => at > allAskedAt && at < servedUntil);
    expect(meanwhile.length).toBeGreaterThan(0);
    expect(meanwhile.filter((call) => !isPerson(call))).toEqual([]);
    await Promise.all(three.map((each) => each[Symbol.asyncDispose]()));
    await world.close();
    rmSync(folder, { recursive: true });
  }, 60_000);

  it('go on while Redis is away, keep to the limit all the while, and share again when it is back', async () => {
    const windowMs = 3000;
    await using redis = await startRedis();
    const world = await startSandbox({ latencyMs: 5 });
    const three = await servers(world, windowMs, { REDIS_URL: redis.url });
    let isOver = false;
    let asked = 0;
    const load = async (served: Served) => {
      while (!isOver) {
        const { errors } = await served.ask(suggest, { q: `load ${asked++}` }, { 'x-deadline-ms': '20000' });
        expect(errors).toBeUndefined();
      }
    };
    const loads = three.flatMap((served) => Array.from({ length: 30 }, () => load(served)));
    const seen = () => world.calls.length;

    const goesOn = (beyond: number) => expect.poll(seen, { timeout: 30_000 }).toBeGreaterThan(beyond);
    await goesOn(SLOTS - 1);
    await redis.kill();
    // Quiet for a window, then each by its share.
    await sleep(windowMs / 2);
    await goesOn(seen() + SLOTS);
    await redis.restart();
    // Beyond the window for which they are careful.
    await goesOn(seen() + 2 * SLOTS);
    isOver = true;
    await Promise.all(loads);
    expect(mostIn(windowMs, world)).toBeLessThanOrEqual(SLOTS);

    const before = seen();
    await Promise.all(three.map((served) => served.ask(suggest, { q: 'asked of all' })));
    expect(seen()).toBe(before + 1);
    await Promise.all(three.map((each) => each[Symbol.asyncDispose]()));
    await world.close();
  }, 90_000);
});
