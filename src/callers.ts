/** Who asks: a caller is known by a key of which only the hash is kept, and asks no faster than it may. */
import { createHash } from 'node:crypto';
import { RateLimiterMemory, RateLimiterRedis } from 'rate-limiter-flexible';
import { ShopgraphError } from './errors.ts';

/** `market`: shops, products, creators, videos. `credits`: what is left with the providers. `explain`: where each value is from. */
export const scopes = ['market', 'credits', 'explain'] as const;
export type Scope = (typeof scopes)[number];

/** What is asked in the background waits behind what is asked interactively. */
export const lanes = ['interactive', 'background'] as const;

export interface Caller {
  readonly name: string;
  readonly scopes: ReadonlySet<Scope>;
  /** Null: no limit; likewise the rate. */
  readonly monthlyCredits: number | null;
  readonly ratePerMinute: number | null;
  readonly lane: (typeof lanes)[number];
  /** Nobody said who it is: without a list of callers all may ask. */
  readonly isAnonymous?: true;
}

export interface ListedCaller {
  readonly caller: Caller;
  /** As `hashOf` makes them; several while keys change. */
  readonly keySha256: readonly string[];
}

const open: Caller = {
  name: 'anonymous',
  isAnonymous: true,
  scopes: new Set(scopes),
  monthlyCredits: null,
  ratePerMinute: null,
  lane: 'interactive',
};

/** May do nothing. */
export const nobody: Caller = { ...open, name: 'nobody', scopes: new Set(), monthlyCredits: 0 };

export const hashOf = (key: string): string => createHash('sha256').update(key).digest('hex');

interface Options {
  readonly listed: readonly ListedCaller[];
  /** An ioredis client, with which several servers count together. Whoever opened it closes it. */
  readonly redis?: unknown;
}

/** Of node:http, where a header that is sent twice may be a list. */
interface KeyHeaders {
  readonly authorization?: string | undefined;
  readonly 'x-api-key'?: string | readonly string[] | undefined;
}

export interface Callers {
  /** The error, an `UNAUTHENTICATED`, is returned and not thrown. */
  readonly identify: (headers: KeyHeaders) => Caller | ShopgraphError;
  /** Counts a request. Null: it may pass. */
  readonly admit: (caller: Caller) => Promise<{ readonly retryAfterMs: number } | null>;
}

export function createCallers({ listed, redis }: Options): Callers {
  const callers = new Map(listed.flatMap(({ caller, keySha256 }) => keySha256.map((hash) => [hash, caller] as const)));
  const requests = requestCounter(redis);
  return {
    identify: (headers) => {
      const key = keyIn(headers);
      if (key instanceof ShopgraphError) return key;
      // How long it takes to find a hash tells nothing of a key.
      return callers.get(hashOf(key)) ?? refusal('This server does not know the key.');
    },
    admit: async ({ name, ratePerMinute }) => {
      if (ratePerMinute === null) return null;
      const { consumedPoints, msBeforeNext } = await requests.consume(name);
      return consumedPoints > ratePerMinute ? { retryAfterMs: msBeforeNext } : null;
    },
  };
}

/** Where no key is needed. */
export const everybody: Callers = { identify: () => open, admit: () => Promise.resolve(null) };

/** A caller's minute starts with its first request. Its timers do not keep the process up. */
function requestCounter(redis: unknown) {
  // The limiter only counts, since it knows one limit and each caller has its own.
  const minute = { keyPrefix: 'shopgraph:requests', points: Number.MAX_SAFE_INTEGER, duration: 60 };
  const memory = new RateLimiterMemory(minute);
  if (!redis) return memory;
  // While Redis is away each server counts alone, at once and without waiting for it.
  return new RateLimiterRedis({
    ...minute,
    storeClient: redis,
    rejectIfRedisNotReady: true,
    insuranceLimiter: memory,
  });
}

function keyIn({ authorization, 'x-api-key': header }: KeyHeaders): string | ShopgraphError {
  const plain = String(header ?? '');
  if (!authorization) return plain === '' ? refusal() : plain;
  const key = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
  if (key === undefined) return refusal('The `authorization` header must be `Bearer <key>`.');
  if (plain !== '' && plain !== key) {
    return refusal('`authorization` and `x-api-key` are different keys: send one of them.');
  }
  return key;
}

const refusal = (says?: string) => new ShopgraphError('UNAUTHENTICATED', says === undefined ? {} : { says });
