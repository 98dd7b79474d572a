/** A real server over a real sandbox, each on a port of its own; and a client that tells what an operation cost. */
import { createServer as createHttpServer } from 'node:http';
import { pino } from 'pino';
import { readConfig, type Config } from '../src/config.ts';
import {
  startSandbox,
  type ProviderSlug,
  type Sandbox,
  type SandboxCall,
  type SandboxOptions,
} from '../src/sandbox/sandbox.ts';
import { createServer, type Deps } from '../src/server.ts';
import type { Receipt } from '../src/plan/receipt.ts';
import { systemClock, type Clock } from '../src/upstream/clock.ts';
import type { TypedDocumentString } from './client/graphql.ts';

export interface GraphError {
  readonly message: string;
  readonly path?: (string | number)[];
  readonly extensions: Record<string, unknown> & { code: string };
}

export interface Answer<Data> {
  readonly status: number;
  readonly headers: Headers;
  readonly data: Data;
  readonly errors?: GraphError[];
  readonly extensions?: {
    cost: Receipt;
  };
  /** What the providers were asked meanwhile, by their own log. */
  readonly calls: SandboxCall[];
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- an untyped document answers what the test says it does
export type Untyped = any;

type RequestHeaders = Readonly<Record<string, string>>;

export interface Served extends AsyncDisposable {
  readonly origin: string;
  readonly sandbox: Sandbox;
  ask: {
    <Data, Variables>(
      document: TypedDocumentString<Data, Variables>,
      variables?: Variables,
      headers?: RequestHeaders,
    ): Promise<Answer<Data>>;
    (document: string, variables?: Record<string, unknown>, headers?: RequestHeaders): Promise<Answer<Untyped>>;
  };
}

interface Options {
  readonly env?: Record<string, string>;
  /** What no variable says. */
  readonly configure?: (config: Config) => Config;
  readonly sandbox?: SandboxOptions;
  /** The providers that are configured. Absent: all. */
  readonly only?: readonly ProviderSlug[];
  /** A sandbox that runs already, and goes on when the server has stopped. */
  readonly world?: Sandbox;
  readonly deps?: Deps;
}

/** Retries do not wait, unless the test brings a clock. */
export async function serve({
  env = {},
  configure = (config) => config,
  sandbox: sandboxOptions = {},
  only = ['winninghunter', 'justoneapi', 'socialfetch', 'echotik'],
  world,
  deps = {},
}: Options = {}): Promise<Served> {
  const sandbox = world ?? (await startSandbox(sandboxOptions));
  const config = configure(readConfig({ SANDBOX: '1', ...env }));
  const played = {
    origin: sandbox.origin,
    close: sandbox.close,
    ...Object.fromEntries(only.map((slug) => [slug, sandbox[slug]])),
  };
  const server = await createServer(config, {
    ...{ log: pino({ level: 'silent' }), clock: impatient(), sandbox: played },
    ...deps,
  });
  const http = createHttpServer(server.listener);
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${String((http.address() as { port: number }).port)}`;

  const ask = async (document: unknown, variables?: unknown, headers: object = {}): Promise<Answer<Untyped>> => {
    const before = sandbox.calls.length;
    const response = await fetch(`${origin}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
      body: JSON.stringify({ query: String(document), variables }),
    });
    const body = (await response.json()) as Answer<Untyped>;
    return { ...body, status: response.status, headers: response.headers, calls: sandbox.calls.slice(before) };
  };

  return {
    origin,
    sandbox,
    ask,
    [Symbol.asyncDispose]: async () => {
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
      await server.close();
      if (!world) await sandbox.close();
    },
  };
}

/** The world's own time, but nobody waits for a retry. */
export const impatient = (now = Date.now): Clock => ({
  now,
  after: (ms, then) => {
    if (ms > 5000) return systemClock.after(ms, then);
    const immediate = setImmediate(then);
    return () => {
      clearImmediate(immediate);
    };
  },
});

/** The endpoints asked, each with how often. */
export function tally(calls: readonly SandboxCall[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { endpoint } of calls) counts[endpoint] = (counts[endpoint] ?? 0) + 1;
  return counts;
}
