/** The provider's rule "N requests in any rolling window", kept by all instances together, by the clock of the Redis they share. */
import type { Lane } from './asker.ts';
import type { Clock } from './clock.ts';
import type { SharedRedis } from './redis.ts';
import type { Rate, Slot, Taken } from './window.ts';

/** How long what waits in the background stands back, looking again, while others wait. */
const STAND_BACK_MS = 50;
/** What an instance says of those who wait there holds until it is to look again, and a little longer. */
const GRACE_MS = 1000;

interface Options extends Rate {
  readonly redis: SharedRedis;
  readonly clock: Clock;
  /** Of the provider's account. */
  readonly name: string;
  /** This instance. */
  readonly owner: string;
  /** For how long a request may be in the air. */
  readonly timeoutMs: number;
}

export interface RedisWindow {
  /** Rejects if Redis does not answer, or does not let it be written down. */
  readonly take: (count: number, lane: Lane) => Promise<CommonTaken>;
  /** Tells of slots that Redis does not know: when each falls free, Infinity while its request is in the air. */
  readonly occupy: (freeAt: readonly number[]) => void;
}

export interface CommonTaken extends Taken {
  /** A name that changes when Redis has forgotten the slots. */
  readonly generation: string;
  /** It has just been given: nobody has told of a slot. */
  readonly isNew: boolean;
}

/** More are not told of: who is so far behind in line is refused when it is nearer. */
const FREES_MAX = 200;
/** The slots are kept for longer than they can matter, so that they are not taken for forgotten. */
const KEPT_MS = 86_400_000;

/**
 * KEYS: slots by when they fall free, and at infinity their generation; instances by until when someone waits there.
 * ARGV: slots, count, owner, 1 if in the background, a name for these slots, timeout and window in ms, grace in ms, how
 * many to tell of, ms to keep.
 * Returns how many were taken, whether the background stands back, in how many ms the first slots fall free, how many are
 * taken in all, the generation, and whether it is new.
 */
const TAKE = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
local generation = redis.call('ZRANGEBYSCORE', KEYS[1], '+inf', '+inf')[1]
local isNew = 0
if not generation then
  generation = ARGV[5]
  isNew = 1
  redis.call('ZADD', KEYS[1], '+inf', generation)
end
local free = math.max(0, ARGV[1] - redis.call('ZCARD', KEYS[1]) + 1)
local standsBack = 0
if ARGV[4] == '1' and redis.call('ZCARD', KEYS[2]) > 0 then standsBack = 1 end
local taken = 0
if standsBack == 0 then taken = math.min(free, tonumber(ARGV[2])) end
for nth = 1, taken do redis.call('ZADD', KEYS[1], now + ARGV[6] + ARGV[7], ARGV[5] .. ':' .. nth) end
redis.call('PEXPIRE', KEYS[1], ARGV[10])
local frees = {}
if taken < tonumber(ARGV[2]) then
  local slots = redis.call('ZRANGE', KEYS[1], 0, ARGV[9] - 1, 'WITHSCORES')
  for nth = 2, #slots, 2 do
    if slots[nth] ~= 'inf' then frees[#frees + 1] = math.min(slots[nth] - now, tonumber(ARGV[7])) end
  end
end
if ARGV[4] == '0' then
  if taken < tonumber(ARGV[2]) then
    redis.call('ZADD', KEYS[2], now + (frees[1] or 0) + ARGV[8], ARGV[3])
    redis.call('PEXPIRE', KEYS[2], ARGV[7] + ARGV[8])
  else redis.call('ZREM', KEYS[2], ARGV[3]) end
end
return { taken, standsBack, frees, redis.call('ZCARD', KEYS[1]) - 1, generation, isNew }`;

/** KEYS: slots. ARGV: in how many ms they fall free, then their names. Those that are no longer there stay away. */
const FREE_AFTER = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for nth = 2, #ARGV do redis.call('ZADD', KEYS[1], 'XX', now + ARGV[1], ARGV[nth]) end`;

/** KEYS: slots. ARGV: a name for these slots, ms to keep, then in how many ms each falls free. */
const OCCUPY = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for nth = 3, #ARGV do redis.call('ZADD', KEYS[1], now + ARGV[nth], ARGV[1] .. ':' .. nth) end
redis.call('PEXPIRE', KEYS[1], ARGV[2])`;

export function redisWindow({ redis, clock, name, owner, slots, windowMs, timeoutMs }: Options): RedisWindow {
  const keys = [`slots:${name}`, `waiting:${name}`];
  const takeScript = redis.script(TAKE);
  const freeAfter = redis.script(FREE_AFTER);
  const occupyScript = redis.script(OCCUPY);
  let takes = 0;
  /** Slots that may have been given, though Redis could not say so; a Redis that hung may yet give them when it wakes. */
  let unheard: readonly string[] = [];
  let givenBack: readonly string[] = [];

  const free = (ms: number, names: readonly string[]) => freeAfter(keys.slice(0, 1), [ms, ...names]);
  const slotNamed = (slot: string): Slot => ({
    // Unheard, it falls free later: as if the answer had taken as long as it may.
    answered: () => void free(windowMs, [slot]).catch(() => undefined),
    unused: () => void free(0, [slot]).catch(() => undefined),
  });
  const giveBack = async () => {
    const names = [...unheard, ...givenBack];
    givenBack = unheard;
    unheard = [];
    if (names.length > 0) await free(0, names).catch(() => undefined);
  };

  return {
    take: async (count, lane) => {
      await giveBack();
      const group = `${owner}:${++takes}`;
      const names = Array.from({ length: count }, (_, nth) => `${group}:${nth + 1}`);
      const isBackground = Number(lane === 'background');
      const asked = [slots, count, owner, isBackground, group, timeoutMs, windowMs, GRACE_MS, FREES_MAX, KEPT_MS];
      const said = await takeScript(keys, asked).catch((error: unknown) => {
        unheard = [...unheard, ...names];
        throw error;
      });
      const [taken, standsBack, frees, inAll, generation, isNew] = said as [
        ...[number, number, number[]],
        number,
        string,
        number,
      ];
      const now = clock.now();
      // Slots that nobody has are there now.
      const there = [...Array<number>(Math.min(FREES_MAX, Math.max(0, slots - inAll))).fill(0), ...frees];
      const againMs = standsBack === 1 ? STAND_BACK_MS : (frees[0] ?? windowMs);
      return {
        slots: names.slice(0, taken).map(slotNamed),
        size: slots,
        freeAt: there.map((ms) => now + ms),
        againAt: now + againMs,
        generation,
        isNew: isNew === 1,
      };
    },
    occupy: (freeAt) => {
      if (freeAt.length === 0) return;
      const inMs = freeAt.map((at) => Math.ceil(at === Infinity ? timeoutMs + windowMs : at - clock.now()));
      occupyScript(keys.slice(0, 1), [`${owner}:${++takes}`, KEPT_MS, ...inMs]).catch(() => undefined);
    },
  };
}
