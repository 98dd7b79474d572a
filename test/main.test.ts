/** The process: how it starts, says what it is, and stops. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Pool } from 'undici';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { documented } from '../src/sandbox/world.ts';

const main = path.join(import.meta.dirname, '../src/main.ts');
const dataDir = mkdtempSync(path.join(tmpdir(), 'shopgraph-'));
afterAll(() => {
  rmSync(dataDir, { recursive: true });
});
let child: ChildProcess | undefined;
afterEach(() => {
  child?.kill('SIGKILL');
  child = undefined;
});

interface Ended {
  readonly code: number | null;
  readonly said: string;
}

/** Resolves `said` as soon as it matches, and `ended` when the process does. */
function run(env: Record<string, string>, until: RegExp) {
  const started = spawn(process.execPath, [main], { env: { PORT: '0', ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  child = started;
  let said = '';
  const ended = new Promise<Ended>((resolve) => {
    started.on('close', (code) => {
      resolve({ code, said });
    });
  });
  const ready = new Promise<string>((resolve) => {
    for (const stream of [started.stdout, started.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        if (until.test(said)) resolve(said);
      });
    }
  });
  return { ended, ready };
}

const origins = (said: string) => said.match(/http:\/\/127\.0\.0\.1:\d+/g) ?? [];

describe('at start', () => {
  it('without credentials it says loudly that all is invented, and where the sandbox is', async () => {
    const said = await run({}, /For real data/).ready;
    expect(said).toMatch(/SANDBOX: no provider has credentials/);
    const [, sandbox] = origins(said);
    expect((await fetch(`${sandbox!}/_sandbox/calls`)).status).toBe(200);
  });

  it('with credentials it says nothing of a sandbox, and never the key', async () => {
    const said = await run({ WINNINGHUNTER_API_KEY: 'wh_secret', DATA_DIR: dataDir }, /shopgraph is at/).ready;
    expect(said).not.toMatch(/sandbox|wh_secret/i);
  });

  it.each([
    ['in production without credentials', { NODE_ENV: 'production', AUTH: 'none' }, /no provider has credentials/],
    ['with mistakes, all told at once', { PORT: 'x', SANDBOX: 'maybe' }, /PORT[^]*SANDBOX|SANDBOX[^]*PORT/],
  ])('it refuses %s', async (_what, env, says) => {
    const { code, said } = await run(env, /$^/).ended;
    expect(code).toBe(1);
    expect(said).toMatch(says);
    expect(said).not.toMatch(/at .*\.ts:\d+/);
  });
});

describe('on SIGTERM', () => {
  it('it answers what is under way, lets go of busy connections, and ends with 0', async () => {
    const { ready, ended } = run({ SANDBOX: '1', NODE_ENV: 'production', AUTH: 'none' }, /For real data/);
    const [origin, sandbox] = origins(await ready);
    await fetch(`${sandbox!}/_sandbox`, { method: 'PATCH', body: '{"latencyMs":400}' });
    const slow = fetch(`${origin!}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: `{ shop(id: "${documented.shopId}") { name } }` }),
    });
    const busy = askOn(origin!);
    await busy.first;
    child?.kill('SIGTERM');
    await expect.poll(async () => (await fetch(`${origin!}/ready`)).status).toBe(503);
    expect(await (await slow).json()).toMatchObject({ data: { shop: { name: 'Glow Beauty Co.' } } });
    const { code } = await ended;
    expect(code).toBe(0);
    expect(await busy.lettingGo).toBe('close');
  });

  it('it answers what takes longer than its patience with what is there, and ends with 0', async () => {
    const { ready, ended } = run({ SANDBOX: '1' }, /For real data/);
    const [origin, sandbox] = origins(await ready);
    const ask = async (fields: string) => {
      const response = await fetch(`${origin!}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query: `{ shop(id: "${documented.shopId}") { ${fields} } }` }),
      });
      return response.json();
    };
    await ask('name');
    await fetch(`${sandbox!}/_sandbox`, { method: 'PATCH', body: '{"latencyMs":10000}' });
    const slow = ask('name products(first: 3) { nodes { title } }');
    await expect.poll(async () => (await fetch(`${sandbox!}/_sandbox/calls`)).json()).toHaveLength(2);
    child?.kill('SIGTERM');
    expect(await slow).toMatchObject({
      data: { shop: { name: 'Glow Beauty Co.', products: null } },
      errors: [{ extensions: { code: 'DEADLINE_EXCEEDED' } }],
    });
    expect((await ended).code).toBe(0);
  }, 30_000);
});

/** A client that asks on and on over one connection, until an answer says that it is the last. */
function askOn(origin: string) {
  const pool = new Pool(origin, { connections: 1 });
  const ask = async () => {
    const { headers, body } = await pool.request({ method: 'GET', path: '/health' });
    await body.dump();
    return headers.connection;
  };
  const first = ask();
  const lettingGo = (async () => {
    for (;;) {
      const connection = await ask();
      if (connection === 'close') return connection;
    }
  })().finally(() => pool.destroy());
  return { first, lettingGo };
}
