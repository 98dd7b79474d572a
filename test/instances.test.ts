/** Guards what instances share: three processes on one Redis buy each answer once, and keep to one limit and one budget. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { startSandbox } from '../src/sandbox/sandbox.ts';
import { documented } from '../src/sandbox/world.ts';
import { ShopProductsHistoryDocument } from './client/graphql.ts';
import { startProcess, type Process } from './processes.ts';
import { startRedis } from './redis.ts';
import { tally } from './serve.ts';

const { shopId } = documented;
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
