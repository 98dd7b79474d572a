/**
 * One flight per question across all instances: one holds the lease and asks, the others wait for it to land.
 *
 * A lease is renewed while the flight is in the air. A holder that dies blocks nobody for longer than the lease runs,
 * and costs at most one more purchase. While Redis is away, each instance asks for itself.
 */
import { givenUp, type Asker, type Lane } from './asker.ts';
import type { Clock } from './clock.ts';
import { isKept } from './freshness.ts';
import { createFailures, landingOf, type Failure, type Landing } from './landing.ts';
import type { Answer, Call, Step } from './pipeline.ts';
import type { SharedRedis } from './redis.ts';

const LEASE_MS = 10_000;
const RENEW_MS = 3000;
/** Word of a landing may be missed. */
const LOOK_MS = 1000;
const LANDED = 'landed';
/** Someone waits interactively for what another instance may be asking in the background. */
const WANTED = 'wanted';

interface Options {
  readonly redis: SharedRedis;
  readonly clock: Clock;
  /** This instance. */
  readonly owner: string;
  /** The fresh answer that is kept, if there is one. */
  readonly recall: (call: Call) => Promise<Answer | null>;
  /** A lease ran out while somebody waited: its holder is dead, or was cut off. */
  readonly onTakeover: () => void;
}

export interface Leases {
  readonly step: Step;
  /** Whether somebody here waits for what another instance asks. */
  readonly isElsewhere: (key: string) => boolean;
  readonly close: () => void;
}

/** ARGV: owner, ms. Of each key that is still ours. */
const RENEW = `for _, key in ipairs(KEYS) do
  if redis.call('GET', key) == ARGV[1] then redis.call('PEXPIRE', key, ARGV[2]) end
end`;
const RELEASE = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`;
/** One of ours is left over from when Redis was too slow to tell: there is one flight for a question here. */
const ACQUIRE = `local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1`;

export function lease({ redis, clock, owner, recall, onTakeover }: Options): Leases {
  const held = new Set<string>();
  const wanted = new Set<string>();
  const waiting = new Map<string, Set<(landing: Landing) => void>>();
  const renew = redis.script(RENEW);
  const release = redis.script(RELEASE);
  const acquireScript = redis.script(ACQUIRE);
  let callOffRenewal: (() => void) | undefined;
  const { failureOf, errorOf } = createFailures(owner);
  const renewLater = () => {
    callOffRenewal ??= clock.after(RENEW_MS, () => {
      callOffRenewal = undefined;
      if (held.size === 0) return;
      // One that could not be renewed runs out: then another may ask, too.
      renew([...held], [owner, LEASE_MS]).catch(() => undefined);
      renewLater();
    });
  };

  const subscriptions = [
    redis.subscribe(LANDED, (message) => {
      const landing = landingOf(message);
      if (!landing) return;
      for (const hear of waiting.get(landing.key) ?? []) hear(landing);
    }),
    redis.subscribe(WANTED, (key) => {
      if (held.has(nameOf(key))) wanted.add(nameOf(key));
    }),
  ];

  const acquire = async (key: string): Promise<'ours' | 'theirs' | 'unknown'> => {
    try {
      return (await acquireScript([nameOf(key)], [owner, LEASE_MS])) === 1 ? 'ours' : 'theirs';
    } catch {
      return 'unknown';
    }
  };

  const fly = async (call: Call, next: ReturnType<Step>): Promise<Answer> => {
    const name = nameOf(call.key);
    const isHeld = held.has(name);
    if (isHeld) renewLater();
    let failure: Failure | undefined;
    try {
      return await next({ ...call, asker: hurried(call.asker, () => wanted.has(name)) });
    } catch (error) {
      failure = failureOf(error);
      throw error;
    } finally {
      held.delete(name);
      wanted.delete(name);
      if (isHeld) {
        // Nobody waits for these two: who does not hear of it looks.
        const landing = JSON.stringify({ key: call.key, failure } satisfies Landing);
        release([name], [owner])
          // Where the lease has run out, those who wait do so for another.
          .then((wasOurs) => (wasOurs === 1 ? redis.publish(LANDED, landing) : undefined))
          .catch(() => undefined);
      }
    }
  };

  /** Listens from now on, so that a landing in between is not missed. */
  const listen = ({ key, asker }: Call) => {
    const { promise, resolve } = Promise.withResolvers<Landing | null>();
    const listeners = waiting.get(key) ?? new Set();
    waiting.set(key, listeners.add(resolve));
    const nothing = () => {
      resolve(null);
    };
    const callOff = clock.after(LOOK_MS, nothing);
    const forget = asker.onGone(nothing);
    return {
      /** Null: nothing was heard in time, or nobody waits any more. */
      heard: promise,
      stop: () => {
        listeners.delete(resolve);
        if (listeners.size === 0) waiting.delete(key);
        callOff();
        forget();
      },
    };
  };

  /** What has landed is theirs who look; null: it is ours to ask. */
  const land = async (call: Call): Promise<Answer | null> => {
    for (let isSilent = false; ;) {
      const ear = listen(call);
      try {
        const whose = await acquire(call.key);
        if (whose === 'unknown') return null;
        const answer = await recall(call);
        if (answer) {
          if (whose === 'ours') release([nameOf(call.key)], [owner]).catch(() => undefined);
          return answer;
        }
        if (whose === 'ours') {
          if (isSilent) onTakeover();
          held.add(nameOf(call.key));
          return null;
        }
        if (call.asker.lane === 'interactive') redis.publish(WANTED, call.key).catch(() => undefined);
        const landing = await ear.heard;
        if (landing?.failure) throw errorOf(landing.failure);
        if (!call.asker.isWaiting()) throw givenUp();
        isSilent = landing === null;
      } finally {
        ear.stop();
      }
    }
  };

  const step: Step = (next) => async (call) => {
    if (!isKept(call)) return next(call);
    const answer = await land(call);
    if (!answer) return fly(call, next);
    call.asker.meter.avoided('coalesced');
    return answer;
  };

  return {
    step,
    isElsewhere: (key) => waiting.has(key),
    close: () => {
      for (const unsubscribe of subscriptions) unsubscribe();
      callOffRenewal?.();
    },
  };
}

/** The same asker, who no longer stands in the background once someone elsewhere does not. */
const hurried = (asker: Asker, isWanted: () => boolean): Asker =>
  Object.create(asker, {
    lane: { get: (): Lane => (isWanted() ? 'interactive' : asker.lane) },
  }) as Asker;

const nameOf = (key: string) => `lease:${key}`;
