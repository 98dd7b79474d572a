/**
 * The provider's rule, kept by instances that share a Redis, also while it is away.
 *
 * Without Redis nobody knows what the others have sent: each instance is quiet for one window, and then keeps to its share.
 * When Redis is back, or has forgotten, each tells it of the slots that it holds, and for one window keeps to its share and
 * to the common rule both: by then all others have told theirs. A Redis that was only out of reach for less has forgotten
 * nothing.
 */
import type { Lane } from './asker.ts';
import type { Clock } from './clock.ts';
import type { SharedRedis } from './redis.ts';
import { localWindow, type Rate, type Slot, type Taken, type Window } from './window.ts';
import type { CommonTaken, RedisWindow } from './window-redis.ts';

interface Options extends Rate {
  readonly redis: SharedRedis;
  readonly common: RedisWindow;
  readonly clock: Clock;
  /** Of the provider's account. */
  readonly name: string;
  /** How many there are at most; each one's share is so large that together they keep to the rule. */
  readonly instances: number;
  /** When slots fall free that were taken before this process started. */
  readonly before: readonly number[];
  /** There may be other slots than were told. */
  readonly onChange: () => void;
  /** Redis does not do what it is asked. */
  readonly onTrouble: (error: unknown) => void;
}

/** Between looks at a Redis that is connected and does not do what it is asked. */
const SEEK_MS = 1000;
/** For the others to hear that Redis has forgotten, and to tell their slots. */
const SETTLE_MS = 200;

export interface SharedWindow extends Window {
  readonly close: () => void;
}

/** Resolves when it has met Redis, or has found it away. */
export async function sharedWindow(options: Options): Promise<SharedWindow> {
  const { redis, common, clock, name, slots, windowMs, instances, before, onChange, onTrouble } = options;
  const share = Math.floor(slots / instances);
  const channel = `forgotten:${name}`;
  /** All that this instance has sent, whoever gave the slots. */
  const own = localWindow({ clock, slots: share, windowMs });
  own.occupy(before);
  /** When Redis was lost; undefined: it is there. */
  let lostAt: number | undefined;
  let quietUntil = 0;
  let cautiousUntil = 0;
  /** What Redis was when it was last there: the process, and what it remembers. */
  let run: string | undefined;
  let generation: string | undefined;
  let callOff: () => void = () => undefined;
  let isClosed = false;

  const lose = () => {
    if (lostAt !== undefined) return;
    lostAt = clock.now();
    quietUntil = lostAt + windowMs;
    seekLater();
  };
  const seekLater = () => {
    callOff();
    if (isClosed) return;
    callOff = clock.after(SEEK_MS, () => void seek());
  };
  const seek = async () => {
    callOff();
    if (lostAt === undefined || !redis.isUp()) return;
    try {
      const nowRun = await runOf(redis);
      const looked = await common.take(0, 'background');
      // Gone again meanwhile.
      if (!redis.isUp()) return;
      const isTheSame = nowRun === run && looked.generation === generation && clock.now() < lostAt + windowMs;
      run = nowRun;
      lostAt = undefined;
      if (isTheSame) quietUntil = 0;
      else tellAgain(looked);
      onChange();
    } catch {
      seekLater();
    }
  };

  /** Redis knows nothing of what was sent. */
  const tellAgain = ({ generation: now, isNew }: Pick<CommonTaken, 'generation' | 'isNew'>) => {
    generation = now;
    cautiousUntil = clock.now() + windowMs;
    common.occupy(own.occupied());
    if (isNew) redis.publish(channel, now).catch(() => undefined);
  };
  const stopHearing = redis.subscribe(channel, (now) => {
    if (generation !== undefined && now !== generation) tellAgain({ generation: now, isNew: false });
  });

  const stopWatching = redis.onChange((isUp) => {
    if (isUp) void seek();
    else lose();
  });

  const nothing = (againAt: number): Taken => ({
    slots: [],
    size: share,
    freeAt: Array<number>(share).fill(againAt),
    againAt,
  });

  const takeCommon = async (count: number, lane: Lane) => {
    const known = generation;
    const taken = await common.take(count, lane);
    if (taken.generation === known) return taken;
    const isFirst = known === undefined;
    if (isFirst && !taken.isNew) {
      generation = taken.generation;
      common.occupy(own.occupied());
      return taken;
    }
    for (const slot of taken.slots) slot.unused();
    // Another may have told of it while this one was asking.
    if (generation !== taken.generation) tellAgain(taken);
    // Who has just started has nothing else to be careful for.
    if (isFirst) cautiousUntil = 0;
    return nothing(clock.now() + SETTLE_MS);
  };

  try {
    run = await runOf(redis);
    await takeCommon(0, 'background');
  } catch {
    lose();
  }

  return {
    take: async (count, lane) => {
      const now = clock.now();
      if (now < quietUntil) return nothing(quietUntil);
      if (lostAt !== undefined) return own.take(count, lane);
      const mine = now < cautiousUntil ? await own.take(count, lane) : null;
      if (mine?.slots.length === 0) return mine;
      try {
        const theirs = await takeCommon(mine?.slots.length ?? count, lane);
        return both(mine?.slots ?? own.record(theirs.slots.length), theirs);
      } catch (error) {
        for (const slot of mine?.slots ?? []) slot.unused();
        onTrouble(error);
        lose();
        return nothing(quietUntil);
      }
    },
    close: () => {
      isClosed = true;
      callOff();
      stopHearing();
      stopWatching();
    },
  };
}

/** A name that Redis takes anew at each start. */
const runOf = async (redis: SharedRedis): Promise<string | undefined> =>
  /^run_id:(\w+)/m.exec(await redis.run((client) => client.info('server')))?.[1];

/** A slot of each; of those that have no counterpart, nothing is used. */
function both(mine: readonly Slot[], theirs: Taken): Taken {
  const slots = theirs.slots.map((their, nth): Slot => {
    const my = mine[nth]!;
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
  for (const slot of mine.slice(slots.length)) slot.unused();
  return { ...theirs, slots };
}
