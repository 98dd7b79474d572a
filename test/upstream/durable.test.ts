/** What was bought is looked for before it is bought again, in another process as well. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import * as z from 'zod';
import { durable } from '../../src/upstream/durable.ts';
import { pipeline, type Answer, type Ask } from '../../src/upstream/pipeline.ts';
import { sqliteStore } from '../../src/upstream/store-sqlite.ts';
import type { Store } from '../../src/upstream/store.ts';
import { aCall, anAnswer, anEndpoint, ending, failureOf, refusal } from './calls.ts';
import { fakeClock, type FakeClock } from './clock.ts';

let folder: string;
let clock: FakeClock;
const stores: Store[] = [];
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'shopgraph-'));
  clock = fakeClock();
});
afterEach(() => {
  for (const store of stores.splice(0)) store.close();
  rmSync(folder, { recursive: true });
});

/** As a process that has just started has it. */
function started() {
  const file = path.join(folder, 'answers.sqlite');
  const onTrouble = (_what: string, error: unknown) => {
    throw error;
  };
  const store = sqliteStore({ file, bytesMax: 1e7, now: clock.now, onTrouble });
  stores.push(store);
  const { look, keep, recall } = durable({ clock, store });
  return { step: (ask: Ask) => pipeline(look, keep, ask), look, keep, recall };
}

const endpoint = anEndpoint({ data: z.object({ price: z.union([z.string(), z.number()]) }), ttlMs: 60_000 });
const bought = (): Answer => {
  const text = '{"price":24.90}';
  return { data: { price: '24.90' }, fetchedAt: clock.now(), bytes: text.length, text };
};

it('an answer is there for the next process, digit for digit, before the first has let go of it', async () => {
  const { ask, calls } = ending(bought);
  const first = await started().step(ask)(aCall('a', endpoint));
  expect(first).toEqual({ data: { price: '24.90' }, fetchedAt: clock.now(), bytes: 15 });
  const call = aCall('a', endpoint);
  expect(await started().step(ask)(call)).toEqual({ ...first, from: 'cache' });
  expect(call.told).toEqual(['avoided cache']);
  expect(calls).toHaveLength(1);
});

it('an answer ages while no process runs', async () => {
  const { ask, calls } = ending(bought);
  await started().step(ask)(aCall('a', endpoint));
  await clock.advance(60_000);
  await started().step(ask)(aCall('a', endpoint));
  expect(calls).toHaveLength(2);
});

it('an answer past its time stands in where asking fails, and is told as stale', async () => {
  const { ask } = ending((nth) => (nth === 1 ? bought() : refusal('UPSTREAM_UNAVAILABLE')));
  await started().step(ask)(aCall('a', endpoint));
  await clock.advance(60_000);
  const call = aCall('a', endpoint);
  expect((await started().step(ask)(call)).data).toEqual({ price: '24.90' });
  expect(call.told).toEqual(['stale']);
  await clock.advance(86_400_000);
  expect((await failureOf(started().step(ask)(aCall('a', endpoint)))).code).toBe('UPSTREAM_UNAVAILABLE');
});

it('an entry that a newer contract cannot read is bought again, and no more than that', async () => {
  const { ask, calls } = ending(bought);
  await started().step(ask)(aCall('a', endpoint));
  const newer = { ...endpoint, data: z.object({ cost: z.string() }) };
  await started().step(ask)(aCall('a', newer));
  expect(calls).toHaveLength(2);
});

it('an endpoint with ttl 0 is neither kept nor looked for', async () => {
  const { ask, calls } = ending(bought);
  for (const ttlMs of [0, 60_000]) await started().step(ask)(aCall('a', { ...endpoint, ttlMs }));
  expect(calls).toHaveLength(2);
});

it('the fresh ones of many are recalled in one read', async () => {
  const { ask } = ending(bought);
  for (const key of ['a', 'b']) await started().step(ask)(aCall(key, endpoint));
  const recalled = await started().recall!(['a', 'b', 'c'].map((key) => aCall(key, endpoint)));
  expect(recalled.map(([{ key }, { data }]) => [key, data])).toEqual([
    ['a', { price: '24.90' }],
    ['b', { price: '24.90' }],
  ]);
});

it("what is recalled are answers in their time; one past it, or that today's contract cannot read, is as good as absent", async () => {
  const { ask } = ending(bought);
  for (const key of ['a', 'b']) await started().step(ask)(aCall(key, endpoint));
  const newer = { ...endpoint, data: z.object({ cost: z.string() }) };
  expect(await started().recall!([aCall('a', newer), aCall('b', endpoint)])).toMatchObject([[{ key: 'b' }, {}]]);
  await clock.advance(60_000);
  expect(await started().recall!([aCall('b', endpoint)])).toEqual([]);
});

it('no answer past its time stands in for a mistake of ours', async () => {
  const { ask } = ending((nth) => (nth === 1 ? bought() : new TypeError('unforeseen')));
  await started().step(ask)(aCall('a', endpoint));
  await clock.advance(60_000);
  await expect(started().step(ask)(aCall('a', endpoint))).rejects.toThrow(TypeError);
});

it('what is kept on the way back is found by whoever looks, also where looking and keeping lie apart', async () => {
  const { look, keep } = started();
  await keep(ending(bought).ask)(aCall('a', endpoint));
  const { ask, calls } = ending(() => refusal('INTERNAL'));
  expect((await look(ask)(aCall('a', endpoint))).data).toEqual({ price: '24.90' });
  expect(calls).toEqual([]);
});

it('an answer that came without its text passes as it is, and is not kept', async () => {
  const { look, keep } = started();
  const answer = anAnswer('from elsewhere', clock.now());
  expect(await keep(ending(() => answer).ask)(aCall('a', endpoint))).toEqual(answer);
  expect((await failureOf(look(ending(() => refusal('INTERNAL')).ask)(aCall('a', endpoint)))).code).toBe('INTERNAL');
});
