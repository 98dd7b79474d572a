/** The only place where the parts meet. The server is a value: it answers requests, and does not listen. */
import type { RequestListener } from 'node:http';
import path from 'node:path';
import { destination, pino, type Logger } from 'pino';
import type { Config } from './config.ts';
import { createContext, type RequestContext } from './context.ts';
import { schema } from './graph/schema.ts';
import { createGraphiql } from './http/graphiql.ts';
import { createGraphql } from './http/graphql.ts';
import { createListener } from './http/listener.ts';
import { createMetrics } from './metrics.ts';
import { createPageSizes } from './plan/page-sizes.ts';
import { winninghunter } from './providers/winninghunter/client.ts';
import { startSandbox, type Sandbox } from './sandbox/sandbox.ts';
import { breaker } from './upstream/breaker.ts';
import { cache } from './upstream/cache.ts';
import { systemClock, type Clock } from './upstream/clock.ts';
import { coalesce } from './upstream/coalesce.ts';
import { count, type Observe } from './upstream/count.ts';
import { durable } from './upstream/durable.ts';
import { limit } from './upstream/limit.ts';
import { pipeline, type Call } from './upstream/pipeline.ts';
import { retry } from './upstream/retry.ts';
import { send, type Wire } from './upstream/send.ts';
import { sqliteStore } from './upstream/store-sqlite.ts';
import { noStore, type Store, type Trouble, type TroubleKind } from './upstream/store.ts';

/** The world outside, where a test has its own. */
export interface Deps {
  readonly clock?: Clock;
  /** In [0, 1). */
  readonly random?: () => number;
  readonly log?: Logger;
  /** Stand-in providers that are running already. */
  readonly sandbox?: Pick<Sandbox, 'origin' | 'winninghunter' | 'close'>;
}

export interface Server {
  readonly listener: RequestListener;
  /** Where the sandbox is, if it plays the providers. */
  readonly sandboxOrigin: string | null;
  /** From now on `/ready` says no. */
  readonly drain: () => void;
  readonly close: () => Promise<void>;
}

const CACHE_BYTES_MAX = 64 * 1024 * 1024;
const STORE_BYTES_MAX = 2 * 1024 ** 3;
const RETRY = { attemptsMax: 3, waitMsMin: 1000, waitMsMax: 30_000 };

export async function createServer(config: Config, deps: Deps = {}): Promise<Server> {
  const { clock = systemClock, random = Math.random } = deps;
  const log = deps.log ?? pino({ level: config.logLevel }, destination({ sync: false }));
  const sandbox = config.sandbox ? (deps.sandbox ?? (await startSandbox({ strict: config.sandbox.strict }))) : null;
  const metrics = createMetrics();

  const observe: Observe = ({ provider, name }, { error, ...ended }) => {
    metrics.attempt({ provider, endpoint: name }, ended);
    if (error) log.warn({ provider, endpoint: name, code: error.code, reason: error.details.reason }, 'call failed');
  };
  const answers = cache({ clock, bytesMax: CACHE_BYTES_MAX });
  const flights = coalesce();
  const troublesTold = new Set<TroubleKind>();
  const store = openStore(config, clock, (what, error) => {
    metrics.storeTrouble(what);
    if (!troublesTold.has(what)) log.error({ err: error, what }, 'answers are not kept');
    troublesTold.add(what);
  });
  const kept = durable({ clock, store });
  const limiter = limit({ clock, ratePerMinute: { WINNING_HUNTER: config.winninghunter.ratePerMinute } });
  const breakers = breaker({ clock });
  const sender = send({ clock, wires: [winninghunterWire(config, sandbox)] });
  metrics.watch('WINNING_HUNTER', { waiting: limiter.waiting, breaker: breakers.stateOf });

  // The order in which a call travels.
  const ask = pipeline(
    answers.step,
    flights.step,
    kept.step,
    retry({ clock, random, ...RETRY }),
    breakers.gate,
    limiter.step,
    breakers.step,
    count({ clock, observe }),
    sender.ask,
  );
  const free = (key: string) => answers.has(key) || flights.has(key);
  const warm = async (calls: readonly Call[]) => {
    const absent = calls.filter(({ key }) => !free(key));
    for (const [call, answer] of absent.length > 0 ? await kept.recall(absent) : []) answers.keep(call, answer);
  };
  const pageSizes = createPageSizes(() => config.winninghunter.pageMax);

  let isDraining = false;
  const graphql = createGraphql({
    schema,
    corsOrigins: config.corsOrigins,
    createContext: (): RequestContext => createContext({ ask, free, warm, pageSizes }),
    onReceipt: ({ avoided }) => {
      metrics.avoided(avoided);
    },
    onUnexpected: (error) => {
      log.error({ err: error }, 'unexpected error');
    },
  });
  return {
    listener: createListener({
      graphql,
      graphiql: createGraphiql(),
      metrics,
      isReady: () => !isDraining,
      bodyLimitBytes: config.bodyLimitBytes,
    }),
    sandboxOrigin: sandbox?.origin ?? null,
    drain: () => {
      isDraining = true;
    },
    close: async () => {
      await sender.close();
      store.close();
      if (!deps.sandbox) await sandbox?.close();
    },
  };
}

/** What the sandbox says must never pass for what was bought: a file of its own. */
function openStore({ dataDir, sandbox }: Config, { now }: Clock, onTrouble: Trouble): Store {
  if (dataDir === null) return noStore;
  const file = path.join(dataDir, sandbox ? 'sandbox.sqlite' : 'answers.sqlite');
  return sqliteStore({ file, bytesMax: STORE_BYTES_MAX, now, onTrouble });
}

function winninghunterWire({ winninghunter: config }: Config, sandbox: Deps['sandbox'] | null): Wire {
  const { apiKey, baseUrl } = sandbox?.winninghunter ?? config;
  // Config has it: without a key there is a sandbox.
  return { provider: winninghunter({ apiKey: apiKey ?? '' }), baseUrl, timeoutMs: config.timeoutMs };
}
