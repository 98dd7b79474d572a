/**
 * The provider's rule, kept by instances that share a Redis, also while it is away.
 *
 * Without Redis nobody knows what the others have sent: each instance is quiet for one window, and then keeps to its share.
 * When Redis is back, each tells it of the slots that it holds, and for one window keeps to its share and to the common
 * rule both: by then all others have told theirs. A Redis that was only out of reach for less has forgotten nothing.
 */
import type { Clock } from './clock.ts';
import type { SharedRedis } from './redis.ts';
import { localWindow, type Rate, type Slot, type Taken, type Window } from './window.ts';
import type { RedisWindow } from './window-redis.ts';

interface Options extends Rate {
  readonly redis: SharedRedis;
  readonly common: RedisWindow;
  readonly clock: Clock;
  /** How many there are at most; each one's share is so large that together they keep to the rule. */
  readonly instances: number;
  /** There may be other slots than were told. */
  readonly onChange: () => void;
}

/** It has just gone away: then `redis` says so soon. */
const RETRY_MS = 100;

export function sharedWindow({ redis, common, clock, slots, windowMs, instances, onChange }: Options): Window {
  const share = Math.floor(slots / instances);
  const own = localWindow({ clock, slots: share, windowMs });
  /** When Redis was lost; undefined: it is there. */
  let lostAt: number | undefined = redis.isUp() ? undefined : clock.now();
  let quietUntil = lostAt === undefined ? 0 : lostAt + windowMs;
  let cautiousUntil = 0;
  let lastRun: string | undefined;

  const found = async (was: number) => {
    const run = await runOf(redis);
    // Gone again meanwhile.
    if (!redis.isUp()) return;
    const isTheSame = run !== undefined && run === lastRun && clock.now() < was + windowMs;
    lastRun = run;
    if (isTheSame) quietUntil = 0;
    else cautiousUntil = clock.now() + windowMs;
    common.occupy(own.occupied());
    lostAt = undefined;
    onChange();
  };
  redis.onChange((isUp) => {
    if (isUp) {
      void found(lostAt ?? clock.now());
    } else if (lostAt === undefined) {
      lostAt = clock.now();
      quietUntil = lostAt + windowMs;
    }
  });
  void runOf(redis).then((run) => (lastRun ??= run));

  const nothing = (againAt: number): Taken => ({ slots: [], freeAt: Array<number>(share).fill(againAt), againAt });

  return {
    take: async (count, lane) => {
      const now = clock.now();
      if (now < quietUntil) return nothing(quietUntil);
      if (lostAt !== undefined) return own.take(count, lane);
      const mine = now < cautiousUntil ? await own.take(count, lane) : null;
      if (mine?.slots.length === 0) return mine;
      try {
        const theirs = await common.take(mine?.slots.length ?? count, lane);
        return mine ? both(mine, theirs) : theirs;
      } catch {
        for (const slot of mine?.slots ?? []) slot.unused();
        return nothing(now + RETRY_MS);
      }
    },
  };
}

/** A name that Redis takes anew at each start; undefined if it does not answer. */
const runOf = (redis: SharedRedis): Promise<string | undefined> =>
  redis
    .run((client) => client.info('server'))
    .then(
      (info) => /^run_id:(\w+)/m.exec(info)?.[1],
      () => undefined,
    );

/** A slot of each; of those that have no counterpart, nothing is used. */
function both(mine: Taken, theirs: Taken): Taken {
  const slots = theirs.slots.map((their, nth): Slot => {
    const my = mine.slots[nth]!;
    return {
      answered: () => {
        my.answered();
        their.answered();
      },
      unused: () => {
        my.unused();
        their.unused();
      },
    };
  });
  for (const slot of mine.slots.slice(slots.length)) slot.unused();
  return { slots, freeAt: theirs.freeAt, againAt: Math.min(mine.againAt, theirs.againAt) };
}
