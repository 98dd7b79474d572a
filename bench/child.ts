/** The server in a process of its own, so that the load does not share its event loop. Its sandbox shares it: as in a demo. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface Served extends AsyncDisposable {
  readonly origin: string;
  readonly sandboxOrigin: string;
  readonly pid: number;
}

const START_MS_MAX = 10_000;
const STOP_MS_MAX = 5000;

/** `onAnswered`: told how long the server itself took over each request, by its log. */
export async function startServer(onAnswered?: (tookMs: number) => void): Promise<Served> {
  const child = spawn(process.execPath, ['src/main.ts'], {
    cwd: new URL('..', import.meta.url),
    // Nothing of the caller's settings: the same run everywhere.
    env: { NODE_ENV: 'production', SANDBOX: '1', AUTH: 'none', PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  // However we end, it does not outlive us.
  process.once('exit', () => child.kill('SIGKILL'));
  const stop = async () => {
    child.kill('SIGTERM');
    const hard = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX);
    await exited;
    clearTimeout(hard);
  };

  const starting = setTimeout(() => child.kill('SIGKILL'), START_MS_MAX);
  let origin: string | undefined;
  let sandboxOrigin: string | undefined;
  for await (const line of createInterface(child.stdout)) {
    origin ??= /(http:\S+)\/graphql/.exec(line)?.[1];
    sandboxOrigin ??= /(http:\S+)\/_sandbox/.exec(line)?.[1];
    if (origin !== undefined && sandboxOrigin !== undefined) break;
  }
  clearTimeout(starting);
  if (origin === undefined || sandboxOrigin === undefined) {
    await stop();
    throw new Error('The server did not start, or did not say where it is.');
  }
  // An unread pipe would hold it up.
  if (!onAnswered) child.stdout.resume();
  else {
    createInterface(child.stdout).on('line', (line) => {
      const [, tookMs] = /"tookMs":([\d.]+)/.exec(line) ?? [];
      if (tookMs !== undefined) onAnswered(Number(tookMs));
    });
  }
  return { origin, sandboxOrigin, pid: child.pid!, [Symbol.asyncDispose]: stop };
}
