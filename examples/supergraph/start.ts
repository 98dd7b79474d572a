/** Runs it all: shopgraph over its sandbox, the notes, and Hive Gateway in front of both. Run: npm start */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createRequire } from 'node:module';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const HOST = '127.0.0.1';
const STARTING_MS_MAX = 30_000;

const { GATEWAY_PORT = '4000', SHOPGRAPH_PORT = '4001', NOTES_PORT = '4002' } = process.env;
const { SUPERGRAPH = 'supergraph.graphql' } = process.env;
const at = (port: string, where: string) => `http://${HOST}:${port}/${where}`;
const hive = path.join(createRequire(import.meta.url).resolve('@graphql-hive/gateway'), '../bin.js');

const running = new Set<ChildProcess>();
let isStopping = false;

process.once('SIGINT', stop);
process.once('SIGTERM', stop);

try {
  for (const [name, port] of Object.entries({ GATEWAY_PORT, SHOPGRAPH_PORT, NOTES_PORT })) await assertFree(name, port);
  const subgraphs = { SHOPGRAPH_URL: at(SHOPGRAPH_PORT, 'graphql'), NOTES_URL: at(NOTES_PORT, 'graphql') };
  const [code] = (await once(run('compose.ts', [], subgraphs), 'exit')) as [number | null];
  if (code !== 0) throw new Error('There is no supergraph to serve.');
  await Promise.all([
    ready(run('../../src/main.ts', [], { SANDBOX: '1', PORT: SHOPGRAPH_PORT }), at(SHOPGRAPH_PORT, 'ready')),
    ready(run('notes.ts', [], { PORT: NOTES_PORT }), at(NOTES_PORT, 'health')),
  ]);
  await ready(run(hive, ['supergraph'], { PORT: GATEWAY_PORT }), at(GATEWAY_PORT, 'readiness'));
  const query = '{ notes(first: 3) { nodes { text product { title rating } } } }';
  console.log(
    [
      '',
      `  The supergraph is at ${at(GATEWAY_PORT, 'graphql')}. What both know, and in the headers what it cost:`,
      '',
      `  curl -si ${at(GATEWAY_PORT, 'graphql')} -H 'content-type: application/json' -d '${JSON.stringify({ query })}'`,
      '',
    ].join('\n'),
  );
} catch (error) {
  if (!isStopping) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
  stop();
}

/** A program of this folder, told only what it needs to know. */
function run(program: string, args: string[], env: Record<string, string>): ChildProcess {
  const child = spawn(process.execPath, [program, ...args], {
    cwd: import.meta.dirname,
    env: { LOG_LEVEL: 'warn', SUPERGRAPH, ...env },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

/** Resolves when it answers. When it ends, early or late, all ends. */
async function ready(child: ChildProcess, url: string): Promise<void> {
  const deadline = Date.now() + STARTING_MS_MAX;
  child.once('exit', (code) => {
    if (isStopping) return;
    console.error(`${path.basename(child.spawnargs[1] ?? '')} has stopped (${String(code)}), and so does the rest.`);
    process.exitCode = 1;
    stop();
  });
  while (!(await answers(url))) {
    if (isStopping) throw new Error('It was stopped before it was ready.');
    if (Date.now() > deadline) throw new Error(`${url} does not answer.`);
    await wait(50);
  }
}

async function answers(url: string): Promise<boolean> {
  const response = await fetch(url).catch(() => null);
  return response?.ok ?? false;
}

async function assertFree(name: string, port: string): Promise<void> {
  const probe = createServer();
  try {
    await once(probe.listen(Number(port), HOST), 'listening');
  } catch (error) {
    throw new Error(`${name}=${port} cannot be had, set another: ${String(error)}`);
  } finally {
    probe.close();
  }
}

function stop(): void {
  isStopping = true;
  for (const child of running) child.kill('SIGTERM');
}
