/** Guards what is paid against being killed: no answer that a client got is bought again, and the ledger forgets no charge. */
import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startSandbox, type Sandbox } from '../src/sandbox/sandbox.ts';
import { startProcess, type Process } from './processes.ts';

const unlimited = { WINNINGHUNTER_RATE_PER_MINUTE: '100000', WINNINGHUNTER_CONCURRENCY: '10000' };
const ask = (served: Process, nth: number) =>
  served.ask('query ($q: String!) { suggestions(type: PRODUCT, query: $q) { name } }', { q: `question ${nth}` });

let dataDir: string;
let world: Sandbox;
beforeEach(async () => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'shopgraph-kill-'));
  world = await startSandbox({ latencyMs: 20 });
});
afterEach(async () => {
  await world.close();
  rmSync(dataDir, { recursive: true });
});

const start = () => startProcess(world, { DATA_DIR: dataDir, ...unlimited });

async function ledgerOf(served: Process): Promise<{ used: number; reserved: number }> {
  const { data } = await served.ask('{ providerCredits { used reserved } }');
  return data.providerCredits[0];
}

it('20 kills at random moments under load', async () => {
  let asked = 0;
  let inTheAir = 0;
  const got = new Set<number>();
  for (let kills = 0; kills < 20; kills++) {
    await using served = await start();
    const { used, reserved } = await ledgerOf(served);
    expect(used).toBeGreaterThanOrEqual(world.credits());
    expect(used - reserved).toBeLessThanOrEqual(world.credits());
    expect(reserved).toBeLessThanOrEqual(inTheAir);

    const underWay = new Set<number>();
    const load = async () => {
      for (;;) {
        const nth = asked++;
        underWay.add(nth);
        const { errors } = await ask(served, nth);
        expect(errors).toBeUndefined();
        got.add(nth);
        underWay.delete(nth);
      }
    };
    const loads = Array.from({ length: 10 }, load).map((each) => each.catch(() => undefined));
    // Counted in answers: a busy machine takes its time.
    const enough = got.size + randomInt(0, 25);
    while (got.size < enough) await sleep(1);
    await sleep(randomInt(0, 20));
    inTheAir += underWay.size;
    await served.kill();
    await Promise.all(loads);
  }
  expect(got.size).toBeGreaterThan(100);
  await using served = await start();
  const before = world.calls.length;
  for (const nth of got) expect((await ask(served, nth)).errors).toBeUndefined();
  expect(world.calls.length).toBe(before);
}, 120_000);

it('without kills the ledger and the provider agree exactly, failures and restarts included', async () => {
  for (const fault of ['rate-limit', 'server-error', 'refused', 'upgrade', 'not-json'] as const) {
    world.fail({ fault, times: 3 });
    await using served = await start();
    await Promise.all(Array.from({ length: 20 }, () => ask(served, randomInt(1e9))));
    expect(await ledgerOf(served)).toEqual({ used: world.credits(), reserved: 0 });
    await served.kill('SIGTERM');
  }
  await using served = await start();
  expect(await ledgerOf(served)).toEqual({ used: world.credits(), reserved: 0 });
  expect(world.credits()).toBeGreaterThan(90);
}, 60_000);
