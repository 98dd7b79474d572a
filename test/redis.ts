/** A Redis of its own for a test: the server found, or installed where that may be done, to be killed, stopped and started at will. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';

const names = ['redis-server', 'valkey-server'];
const places = ['/usr/bin', '/usr/local/bin', '/usr/sbin', '/opt/homebrew/bin'];
const found = () =>
  [process.env.REDIS_SERVER_PATH ?? '', ...places.flatMap((place) => names.map((name) => path.join(place, name)))].find(
    (file) => file !== '' && existsSync(file),
  );

/** One test file installs, the others wait for it. What the package starts by itself is stopped again. */
const install = `test -x /usr/bin/redis-server || {
  apt-get update -qq
  apt-get install -y -qq redis-server
  service redis-server stop || true
}`;

/** Killed with this process: a test that runs out of time never comes to its end, and Vitest ends what is left of it by SIGTERM. */
const running = new Set<ChildProcess>();
const killAll = () => {
  for (const child of running) child.kill('SIGKILL');
};
process.on('exit', killAll);
process.once('SIGTERM', () => {
  killAll();
  process.kill(process.pid, 'SIGTERM');
});

/** Null where there is none and none may be installed. */
export function findRedis(): string | null {
  const there = found();
  if (there !== undefined) return there;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return null;
  const lock = path.join(tmpdir(), 'install-redis.lock');
  execFileSync('flock', [lock, 'sh', '-c', install], { stdio: 'ignore' });
  return found() ?? null;
}

export interface TestRedis extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** Resolves when the process is gone. */
  readonly kill: (signal?: NodeJS.Signals) => Promise<void>;
  /** On the same port, empty unless it is persistent. Resolves when it answers. */
  readonly restart: () => Promise<void>;
  /** Connections stay, answers do not come. */
  readonly hang: () => void;
  readonly resume: () => void;
  /** Empties it. */
  readonly flush: () => Promise<void>;
}

interface Options {
  readonly port?: number;
  /** What was written is there after a restart. */
  readonly persistent?: boolean;
  readonly password?: string;
  /** More of the server's own options: `['--maxmemory', '2mb']`. */
  readonly args?: readonly string[];
}

export async function startRedis({ port, persistent = false, password, args = [] }: Options = {}): Promise<TestRedis> {
  const file = findRedis();
  if (file === null) throw new Error('no redis-server or valkey-server: install one or name it in REDIS_SERVER_PATH');
  const dir = mkdtempSync(path.join(tmpdir(), 'redis-'));
  const options = ['--save', '', '--dir', dir, ...args];
  // `always`: a killed Redis would lose its last second.
  options.push(...(persistent ? ['--appendonly', 'yes', '--appendfsync', 'always'] : ['--appendonly', 'no']));
  if (password !== undefined) options.push('--requirepass', password);

  let { child, port: at } = await startSomewhere(file, options, port);
  const kill = async (signal: NodeJS.Signals = 'SIGKILL') => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  };

  return {
    url: `redis://${password === undefined ? '' : `:${encodeURIComponent(password)}@`}127.0.0.1:${String(at)}`,
    port: at,
    kill,
    restart: async () => {
      await kill();
      ({ child, port: at } = await startSomewhere(file, options, at));
    },
    hang: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    flush: () => say(at, [...(password === undefined ? [] : [`AUTH ${JSON.stringify(password)}`]), 'FLUSHALL']),
    [Symbol.asyncDispose]: async () => {
      await kill();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function startSomewhere(
  file: string,
  options: readonly string[],
  wanted?: number,
): Promise<{ child: ChildProcess; port: number }> {
  for (let tries = 1; ; tries++) {
    // Below the ports that clients' connections are given, one of which might else take it while the server is down.
    const port = wanted ?? randomInt(10_000, 32_000);
    const child = spawn(file, ['--port', String(port), '--bind', '127.0.0.1', ...options], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    running.add(child);
    child.once('close', () => running.delete(child));
    let log = '';
    const isReady = await new Promise<boolean>((resolve, reject) => {
      child.stdout.on('data', (chunk: Buffer) => {
        log += chunk.toString();
        // Where the port is another's, that one would answer a PING.
        if (log.includes('Ready to accept connections')) resolve(true);
      });
      child.once('error', reject);
      child.once('close', () => {
        resolve(false);
      });
    });
    if (isReady) return { child, port };
    if (tries === 10 || !log.includes('in use')) throw new Error(`Redis did not start: ${log}`);
  }
}

async function say(port: number, commands: readonly string[]): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  socket.end(commands.map((command) => `${command}\r\n`).join(''));
  const replies = await text(socket);
  if (replies !== '+OK\r\n'.repeat(commands.length)) throw new Error(`Redis said ${replies}`);
}
