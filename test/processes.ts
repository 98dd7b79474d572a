/** Servers as processes of their own, as users start them, over a sandbox that plays the provider. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Sandbox } from '../src/sandbox/sandbox.ts';
import type { Answer, Untyped } from './serve.ts';

const main = path.join(import.meta.dirname, '../src/main.ts');

export interface Process extends AsyncDisposable {
  readonly origin: string;
  readonly ask: (document: string, variables?: object, headers?: Record<string, string>) => Promise<Answer<Untyped>>;
  readonly metric: (pattern: RegExp) => Promise<number>;
  /** All that it has written. */
  readonly said: () => string;
  /** Resolves when it is gone. */
  readonly kill: (signal?: NodeJS.Signals) => Promise<void>;
}

/** With the sandbox for a provider, whose answers are then bought like real ones; with a `DATA_DIR` of its own unless told. */
export async function startProcess(sandbox: Sandbox, env: Record<string, string> = {}): Promise<Process> {
  const { baseUrl, apiKey } = sandbox.winninghunter;
  const ownDir = mkdtempSync(path.join(tmpdir(), 'shopgraph-'));
  const variables = {
    PORT: '0',
    DATA_DIR: ownDir,
    WINNINGHUNTER_BASE_URL: baseUrl,
    WINNINGHUNTER_API_KEY: apiKey,
    ...env,
  };
  const child = spawn(process.execPath, [main], { env: variables, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  const origin = await new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        const at = /shopgraph is at (http:\/\/[^/]+)/.exec(said)?.[1];
        if (at !== undefined) resolve(at);
      });
    }
    child.once('close', () => {
      reject(new Error(`it did not start: ${said}`));
    });
  });

  const metric = async (pattern: RegExp) => {
    const text = await (await fetch(`${origin}/metrics`)).text();
    const values = text.split('\n').filter((line) => !line.startsWith('#') && pattern.test(line));
    return values.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  };
  const ask: Process['ask'] = async (query, variables, headers = {}) => {
    const response = await fetch(`${origin}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
      body: JSON.stringify({ query, variables }),
    });
    const body = (await response.json()) as Answer<Untyped>;
    return { ...body, status: response.status, headers: response.headers, calls: [] };
  };
  const kill = (signal: NodeJS.Signals = 'SIGKILL') => end(child, signal);
  const dispose = async () => {
    await kill();
    rmSync(ownDir, { recursive: true });
  };
  return { origin, ask, metric, said: () => said, kill, [Symbol.asyncDispose]: dispose };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill(signal);
  await gone;
}
