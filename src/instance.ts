/** What this instance keeps and counts, alone in its files or together with others in a Redis. */
import path from 'node:path';
import type { Config } from './config.ts';
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
import { localWindow, openWindow } from './upstream/window.ts';
import { redisWindow } from './upstream/window-redis.ts';
import { sharedWindow } from './upstream/window-shared.ts';

const STORE_BYTES_MAX = 2 * 1024 ** 3;
/** A server that cannot reach its Redis starts all the same. */
const FIRST_CONNECT_MS_MAX = 2000;

interface Options {
  readonly config: Config;
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
  readonly claim: (hold: Hold, endpoint: Endpoint) => Promise<void>;
  /** Brings what others have spent up to date. */
  readonly refresh: () => Promise<void>;
  /** Tells the others that our credits are used up. */
  readonly tellExhausted: (provider: ProviderName, forMs: number) => void;
  readonly limitsOf: Readonly<Partial<Record<ProviderName, Limits>>>;
  readonly redis: SharedRedis | null;
  readonly close: () => void;
}

export async function openInstance(options: Options): Promise<Instance> {
  const { config, clock, owner, troubleWith, onTakeover, onExhausted, onSlots } = options;
  const redisTrouble = troubleWith('redis');
  const redis = config.redis && (await openRedis(config, clock, redisTrouble));
  const store = openStore(config, redis, clock, troubleWith('answers'));
  const kept = durable({ clock, store });
  const journal = openJournal(config, troubleWith('credits'));
  const before = await journal.spentSince(startOfMonth(clock.now()));
  const accounts = createAccounts({
    clock,
    monthlyCredits: { WINNING_HUNTER: config.winninghunter.monthlyCredits },
    onCharged: (account, difference) => counts?.charged(account, difference),
  });
  accounts.restore(before);
  const instances = config.redis?.instances ?? 1;
  const counts = redis && tally({ redis, clock, owner, accounts, instances, before });
  const recall: Parameters<typeof lease>[0]['recall'] = async (call) => (await kept.recall([call]))[0]?.[1] ?? null;
  const leases = redis && lease({ redis, clock, owner, recall, onTakeover });

  const { rate, concurrency, timeoutMs } = config.winninghunter;
  const name = 'WINNING_HUNTER';
  const tellExhausted = redis && shareExhaustion({ redis, providers: [name], onTold: onExhausted });
  // What was sent before a restart still counts.
  const attempts = await journal.attemptsSince(clock.now() - rate.windowMs - timeoutMs);
  const freeAt = attempts.map((sent) => (sent.settledAt ?? sent.reservedAt + timeoutMs) + rate.windowMs);
  const openAlone = () => {
    const window = localWindow({ clock, ...rate });
    window.occupy(freeAt);
    return window;
  };
  const openShared = (redis: SharedRedis) => {
    const common = redisWindow({ redis, clock, name, owner, timeoutMs, ...rate });
    const onChange = () => {
      onSlots(name);
    };
    const onTrouble = (error: unknown) => {
      redisTrouble('other', error);
    };
    return sharedWindow({ redis, common, clock, name, instances, before: freeAt, ...rate, onChange, onTrouble });
  };
  const shared = redis && rate.slots !== Infinity ? await openShared(redis) : null;
  const window = rate.slots === Infinity ? openWindow : (shared ?? openAlone());

  return {
    journal,
    accounts,
    kept,
    lease: leases?.step ?? ((next) => next),
    claim: counts?.claim ?? (() => Promise.resolve()),
    refresh: counts?.refresh ?? (() => Promise.resolve()),
    tellExhausted: tellExhausted ?? (() => undefined),
    limitsOf: { WINNING_HUNTER: { window, windowMs: rate.windowMs, concurrency } },
    redis,
    close: () => {
      leases?.close();
      shared?.close();
      store.close();
      journal.close();
      redis?.close();
    },
  };
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
