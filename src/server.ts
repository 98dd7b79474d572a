/** The only place where the parts meet. The server is a value: it answers requests, and does not listen. */
import { randomUUID } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { destination, pino, type Logger } from 'pino';
import { createCallers, everybody } from './callers.ts';
import { readCallers } from './callers-file.ts';
import type { Config } from './config.ts';
import { configuredOf, type Played } from './configured.ts';
import { createContext, type Standing } from './context.ts';
import { schema } from './graph/schema.ts';
import { createAskingOf } from './http/asking.ts';
import { createDisclosure } from './http/disclosure.ts';
import { createGraphiql } from './http/graphiql.ts';
import { createGraphql } from './http/graphql.ts';
import { createListener } from './http/listener.ts';
import { readTrusted } from './http/trusted.ts';
import { openInstance } from './instance.ts';
import { limits as sizes } from './limits.ts';
import { createMetrics } from './metrics.ts';
import { createPageSizes } from './plan/page-sizes.ts';
import { createQuestions } from './questions.ts';
import { startSandbox, type Sandbox } from './sandbox/sandbox.ts';
import { createTelling } from './telling.ts';
import { admit } from './upstream/admit.ts';
import { breaker } from './upstream/breaker.ts';
import { cache } from './upstream/cache.ts';
import { systemClock, type Clock } from './upstream/clock.ts';
import { coalesce } from './upstream/coalesce.ts';
import { gather } from './upstream/gather.ts';
import { ledger } from './upstream/ledger.ts';
import { limit, type Limits } from './upstream/limit.ts';
import { patience } from './upstream/patience.ts';
import { pipeline, type Call } from './upstream/pipeline.ts';
import { poll } from './upstream/poll.ts';
import { retry } from './upstream/retry.ts';
import { send } from './upstream/send.ts';
import { openWindow } from './upstream/window.ts';

/** The world outside, where a test has its own. */
export interface Deps {
  readonly clock?: Clock;
  /** In [0, 1). */
  readonly random?: () => number;
  readonly log?: Logger;
  /** Stand-in providers that are running already. */
  readonly sandbox?: Pick<Sandbox, 'origin' | 'close'> & Played;
}

export interface Server {
  readonly listener: RequestListener;
  /** Where the sandbox is, if it plays the providers. */
  readonly sandboxOrigin: string | null;
  /** From now on `/ready` says no. */
  readonly drain: () => void;
  /** Has what is under way answered now, with what is there. */
  readonly hurry: () => void;
  readonly close: () => Promise<void>;
}

/** For a provider that is not configured, and so never asked. */
const unlimited: Limits = { window: openWindow, windowMs: 0, concurrency: Infinity };
const CACHE_BYTES_MAX = 64 * 1024 * 1024;
/** For what is in the air when the server closes. */
const LANDING_MS_MAX = 6000;
const RETRY = { attemptsMax: 8, failedMax: 4, chargedMax: 3, waitMsMin: 200, waitMsMax: 4000, retryAfterMsMax: 30_000 };

export async function createServer(config: Config, deps: Deps = {}): Promise<Server> {
  const { clock = systemClock, random = Math.random } = deps;
  // First, since they may be full of mistakes.
  const listed = config.callersFile === null ? null : readCallers(config.callersFile);
  const { trustedDocuments: known } = config;
  const trusted = known && { documents: readTrusted(known.file, schema), isOnly: known.isOnly };
  const log = deps.log ?? pino({ level: config.logLevel }, destination({ sync: false }));
  const sandbox = config.sandbox ? (deps.sandbox ?? (await startSandbox({ strict: config.sandbox.strict }))) : null;
  const configured = configuredOf(config, sandbox);
  const providers = configured.map(({ provider }) => provider.name);
  const metrics = createMetrics();
  const telling = createTelling(log, metrics);
  const owner = randomUUID();
  const answers = cache({ clock, bytesMax: CACHE_BYTES_MAX, onLook: metrics.looked });
  const flights = coalesce({ pendingOf: (call) => poller.pendingOf(call) });
  const gathering = gather({ clock });
  const waits = patience(clock);
  const poller = poll({
    clock,
    pollCredits: config.justoneapi.pollCredits,
    isElsewhere: (key) => instance.isElsewhere(key),
  });
  const breakers = breaker({
    clock,
    onOpened: (provider, why, forMs) => {
      limiter.look(provider);
      if (why === 'exhausted') instance.tellExhausted(provider, forMs);
    },
  });
  const limiter = limit({
    clock,
    refusalOf: breakers.refusalOf,
    limitsOf: (provider) => instance.limitsOf[provider] ?? unlimited,
  });
  const instance = await openInstance({
    config,
    configured,
    clock,
    owner,
    troubleWith: telling.troubleWith,
    onTakeover: metrics.takeover,
    onExhausted: (provider, forMs) => {
      breakers.exhaust(provider, forMs);
      limiter.look(provider);
    },
    onSlots: (provider) => {
      limiter.look(provider);
    },
  });
  const { accounts, journal, kept, claim, refresh } = instance;
  if (instance.redis) telling.redisIs(instance.redis.isUp());
  instance.redis?.onChange(telling.redisIs);
  const sender = send({ clock, wires: configured });
  metrics.watch(providers, {
    waiting: limiter.waiting,
    breaker: breakers.stateOf,
    drift: (provider) => accounts.drift(provider) ?? 0,
    used: (provider) => accounts.ofProvider(provider).used,
  });

  // The order in which a call travels.
  const ask = pipeline(
    answers.look,
    flights.step,
    gathering.coming,
    answers.keep,
    kept.look,
    instance.lease,
    kept.keep,
    gathering.step,
    poller.step,
    retry({ clock, random, ...RETRY }),
    admit,
    breakers.gate,
    limiter.step,
    breakers.step,
    ledger({ clock, owner, journal, accounts, observe: telling.attempted }),
    sender.ask,
  );
  const coming = (key: string) => flights.has(key);
  const recallKept = kept.recall;
  const recall =
    recallKept &&
    (async (calls: readonly Call[]) => {
      for (const [call, answer] of await recallKept(calls)) answers.put(call, answer);
    });
  const pageSizes = createPageSizes(() => config.winninghunter.pageMax);

  const running = new Set<() => void>();
  const standings = (): readonly Standing[] =>
    providers.map((provider) => ({
      provider,
      balance: accounts.ofProvider(provider),
      isReported: accounts.drift(provider) !== undefined,
      state: breakers.stateOf(provider),
    }));
  const limits = { representationsMax: config.maxRepresentations, creditsMax: config.maxCreditsPerOperation };
  const shared = {
    limits,
    pollCredits: config.justoneapi.pollCredits,
    questionOf: createQuestions(),
    ask,
    within: waits.within,
    peek: answers.peek,
    coming,
    recall,
    providers: new Set(providers),
    pageSizes,
    clock,
    accounts,
    claim,
    refresh,
    standings,
    running,
  };
  const callers = listed ? createCallers({ listed, redis: instance.redis?.client }) : everybody;

  const disclosure = createDisclosure(config.introspection, callers);

  let isDraining = false;
  const graphql = createGraphql({
    schema,
    corsOrigins: config.corsOrigins,
    disclosure,
    trusted,
    createContext: (asking) => createContext(shared, asking),
    onAnswered: telling.answered,
    onUnexpected: telling.unexpected,
  });
  return {
    listener: createListener({
      graphql,
      asking: createAskingOf({
        callers,
        corsOrigins: config.corsOrigins,
        deadlineMs: config.deadlineMs,
        maxCredits: config.maxCreditsPerOperation,
      }),
      graphiql: createGraphiql(),
      mayReadSchema: ({ headers }) => disclosure.toHeaders(headers),
      metrics,
      isReady: () => !isDraining,
      bodyLimitBytes: config.bodyLimitBytes,
      valuesMax: sizes.values + 6 * config.maxRepresentations,
    }),
    sandboxOrigin: sandbox?.origin ?? null,
    drain: () => {
      isDraining = true;
    },
    hurry: () => {
      for (const leave of running) leave();
    },
    close: async () => {
      answers.leave();
      waits.leave();
      poller.leave();
      await landed(flights, clock);
      await sender.close();
      instance.close();
      if (!deps.sandbox) await sandbox?.close();
    },
  };
}

/** What is paid lands where answers are kept; what takes too long is cut off. */
async function landed(flights: ReturnType<typeof coalesce>, clock: Clock): Promise<void> {
  const { promise: tooLate, resolve } = Promise.withResolvers<undefined>();
  const callOff = clock.after(LANDING_MS_MAX, () => {
    resolve(undefined);
  });
  await Promise.race([flights.landed(), tooLate]);
  callOff();
}
