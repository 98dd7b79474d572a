/** What this instance keeps and counts, alone in its files or together with others in a Redis. */
import path from 'node:path';
import type { Config } from './config.ts';
import type { Configured } from './configured.ts';
import type { Endpoint, ProviderName } from './providers/provider.ts';
import { createAccounts, type Accounts, type Hold } from './upstream/accounts.ts';
import { startOfMonth } from './upstream/calendar.ts';
import type { Clock } from './upstream/clock.ts';
import { durable } from './upstream/durable.ts';
import { shareExhaustion } from './upstream/exhaustion.ts';
import { noJournal, type Journal } from './upstream/journal.ts';
import { sqliteJournal } from './upstream/journal-sqlite.ts';
import { lease } from './upstream/lease.ts';
import type { Limits } from './upstream/limit.ts';
import type { Step } from './upstream/pipeline.ts';
import { connectRedis, type SharedRedis } from './upstream/redis.ts';
import { noStore, type Store, type Trouble } from './upstream/store.ts';
import { redisStore } from './upstream/store-redis.ts';
import { sqliteStore } from './upstream/store-sqlite.ts';
import { tiers } from './upstream/store-tiers.ts';
import { tally } from './upstream/tally.ts';
import { localWindow, openWindow, type Window } from './upstream/window.ts';
import { redisWindow } from './upstream/window-redis.ts';
import { sharedWindow } from './upstream/window-shared.ts';

const STORE_BYTES_MAX = 2 * 1024 ** 3;
/** A server that cannot reach its Redis starts all the same. */
const FIRST_CONNECT_MS_MAX = 2000;

interface Options {
  readonly config: Config;
  readonly configured: readonly Configured[];
  readonly clock: Clock;
  /** This process, by an id that no other ever has. */
  readonly owner: string;
  /** Told of what cannot be kept or reached, and of what. */
  readonly troubleWith: (what: 'answers' | 'credits' | 'redis') => Trouble;
  readonly onTakeover: () => void;
  /** Another instance has learned that our credits are used up. */
  readonly onExhausted: (provider: ProviderName, forMs: number) => void;
  /** There may be other slots than the limiter was told. */
  readonly onSlots: (provider: ProviderName) => void;
}

export interface Instance {
  readonly journal: Journal;
  readonly accounts: Accounts;
  readonly kept: ReturnType<typeof durable>;
  /** One flight per question, also across instances. */
  readonly lease: Step;
  /** Whether this one waits for what another asks. */
  readonly isElsewhere: (key: string) => boolean;
  readonly claim: (hold: Hold, endpoint: Endpoint) => Promise<void>;
  /** Brings what others have spent up to date. Null: there are no others. */
  readonly refresh: (() => Promise<void>) | null;
  /** Tells the others that our credits are used up. */
  readonly tellExhausted: (provider: ProviderName, forMs: number) => void;
  readonly limitsOf: Readonly<Partial<Record<ProviderName, Limits>>>;
  readonly redis: SharedRedis | null;
  readonly close: () => void;
}

export async function openInstance(options: Options): Promise<Instance> {
  const { config, configured, clock, owner, troubleWith, onTakeover, onExhausted } = options;
  const redisTrouble = troubleWith('redis');
  const redis = config.redis && (await openRedis(config, clock, redisTrouble));
  const store = openStore(config, redis, clock, troubleWith('answers'));
  const kept = durable({ clock, store });
  const journal = openJournal(config, troubleWith('credits'));
  const before = await journal.spentSince(startOfMonth(clock.now()));
  const accounts = createAccounts({
    clock,
    monthlyCredits: Object.fromEntries(
      configured.map(({ provider, monthlyCredits }) => [provider.name, monthlyCredits]),
    ),
    onCharged: (account, difference) => counts?.charged(account, difference),
  });
  accounts.restore(before);
  const instances = config.redis?.instances ?? 1;
  const counts = redis && tally({ redis, clock, owner, accounts, instances, before });
  const recall: Parameters<typeof lease>[0]['recall'] = async (call) => (await kept.recall?.([call]))?.[0]?.[1] ?? null;
  const leases = redis && lease({ redis, clock, owner, recall, onTakeover });

  const providers = configured.map(({ provider }) => provider.name);
  const tellExhausted = redis && shareExhaustion({ redis, providers, onTold: onExhausted });
  const windows = new Map<ProviderName, OpenedWindow>();
  for (const each of configured) windows.set(each.provider.name, await openWindowOf(each, options, journal, redis));
  const limitsOf = configured.map(({ provider: { name }, rate, concurrency }): [ProviderName, Limits] => [
    name,
    { window: windows.get(name)?.window ?? openWindow, windowMs: rate.windowMs, concurrency },
  ]);

  return {
    journal,
    accounts,
    kept,
    lease: leases?.step ?? ((next) => next),
    isElsewhere: leases?.isElsewhere ?? (() => false),
    claim: counts?.claim ?? (() => Promise.resolve()),
    refresh: counts?.refresh ?? null,
    tellExhausted: tellExhausted ?? (() => undefined),
    limitsOf: Object.fromEntries(limitsOf),
    redis,
    close: () => {
      leases?.close();
      for (const { close } of windows.values()) close();
      store.close();
      journal.close();
      redis?.close();
    },
  };
}

interface OpenedWindow {
  readonly window: Window;
  readonly close: () => void;
}

/** A provider's rule: kept by this instance, or together with others. What was sent before a restart still counts. */
async function openWindowOf(
  { provider: { name }, rate, timeoutMs }: Configured,
  { config, clock, owner, troubleWith, onSlots }: Options,
  journal: Journal,
  redis: SharedRedis | null,
): Promise<OpenedWindow> {
  const close = () => undefined;
  if (rate.slots === Infinity) return { window: openWindow, close };
  const attempts = await journal.attemptsSince(clock.now() - rate.windowMs - timeoutMs);
  const freeAt = attempts
    .filter(({ provider }) => provider === name)
    .map((sent) => (sent.settledAt ?? sent.reservedAt + timeoutMs) + rate.windowMs);
  if (!redis) {
    const window = localWindow({ clock, ...rate });
    window.occupy(freeAt);
    return { window, close };
  }
  const window = await sharedWindow({
    ...{ redis, clock, name, instances: config.redis?.instances ?? 1, before: freeAt, ...rate },
    common: redisWindow({ redis, clock, name, owner, timeoutMs, ...rate }),
    onChange: () => {
      onSlots(name);
    },
    onTrouble: (error) => {
      troubleWith('redis')('other', error);
    },
  });
  return { window, close: window.close };
}

/** What the sandbox says must never pass for what was bought. */
const named = ({ sandbox }: Config, name: string) => (sandbox ? `sandbox-${name}` : name);

async function openRedis(config: Config, clock: Clock, onTrouble: Trouble): Promise<SharedRedis> {
  const redis = connectRedis({
    url: config.redis?.url ?? '',
    prefix: `${named(config, 'shopgraph')}:`,
    clock,
    onTrouble: (error) => {
      onTrouble('other', error);
    },
  });
  await redis.settledOnce(FIRST_CONNECT_MS_MAX);
  return redis;
}

function openStore(config: Config, redis: SharedRedis | null, { now }: Clock, onTrouble: Trouble): Store {
  const { dataDir } = config;
  const stores = [
    ...(dataDir === null
      ? []
      : [
          sqliteStore({
            file: path.join(dataDir, named(config, 'answers.sqlite')),
            bytesMax: STORE_BYTES_MAX,
            now,
            onTrouble,
          }),
        ]),
    ...(redis ? [redisStore({ redis, now, onTrouble })] : []),
  ];
  const [only = noStore] = stores;
  return stores.length > 1 ? tiers(...stores) : only;
}

function openJournal(config: Config, onTrouble: Trouble): Journal {
  const { dataDir } = config;
  return dataDir === null
    ? noJournal
    : sqliteJournal({ file: path.join(dataDir, named(config, 'ledger.sqlite')), onTrouble });
}
