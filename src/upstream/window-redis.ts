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
  /** Rejects if Redis does not answer. */
  readonly take: (count: number, lane: Lane) => Promise<Taken>;
  /** Tells of slots taken while Redis was away: when each falls free, Infinity while its request is in the air. */
  readonly occupy: (freeAt: readonly number[]) => void;
}

/**
 * KEYS: slots by when they fall free; instances by until when someone waits there.
 * ARGV: slots, count, owner, 1 if in the background, a name for these slots, timeout and window in ms, grace in ms.
 * Returns how many were taken, whether the background stands back, and in how many ms each slot falls free.
 */
const TAKE = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
local free = math.max(0, ARGV[1] - redis.call('ZCARD', KEYS[1]))
local standsBack = 0
if ARGV[4] == '1' and redis.call('ZCARD', KEYS[2]) > 0 then standsBack = 1 end
local taken = 0
if standsBack == 0 then taken = math.min(free, tonumber(ARGV[2])) end
for nth = 1, taken do redis.call('ZADD', KEYS[1], now + ARGV[6] + ARGV[7], ARGV[5] .. ':' .. nth) end
redis.call('PEXPIRE', KEYS[1], 2 * (ARGV[6] + ARGV[7]))
local slots = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
local frees = {}
for nth = 2, #slots, 2 do frees[#frees + 1] = math.min(slots[nth] - now, tonumber(ARGV[7])) end
if ARGV[4] == '0' then
  if taken < tonumber(ARGV[2]) then
    redis.call('ZADD', KEYS[2], now + (frees[1] or 0) + ARGV[8], ARGV[3])
    redis.call('PEXPIRE', KEYS[2], ARGV[7] + ARGV[8])
  else redis.call('ZREM', KEYS[2], ARGV[3]) end
end
return { taken, standsBack, frees }`;

/** KEYS: slots. ARGV: in how many ms they fall free, then their names. Those that are no longer there stay away. */
const FREE_AFTER = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for nth = 2, #ARGV do redis.call('ZADD', KEYS[1], 'XX', now + ARGV[1], ARGV[nth]) end`;

/** KEYS: slots. ARGV: a name for these slots, then in how many ms each falls free. */
const OCCUPY = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for nth = 2, #ARGV do
  redis.call('ZADD', KEYS[1], now + ARGV[nth], ARGV[1] .. ':' .. nth)
  if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[nth]) then redis.call('PEXPIRE', KEYS[1], ARGV[nth]) end
end`;

export function redisWindow({ redis, clock, name, owner, slots, windowMs, timeoutMs }: Options): RedisWindow {
  const keys = [`slots:${name}`, `waiting:${name}`];
  const takeScript = redis.script(TAKE);
  const freeAfter = redis.script(FREE_AFTER);
  const occupyScript = redis.script(OCCUPY);
  let takes = 0;

  const slotNamed = (slot: string): Slot => ({
    // Unheard, it falls free later: as if the answer had taken as long as it may.
    answered: () => void freeAfter(keys.slice(0, 1), [windowMs, slot]).catch(() => undefined),
    unused: () => void freeAfter(keys.slice(0, 1), [0, slot]).catch(() => undefined),
  });

  return {
    take: async (count, lane) => {
      const group = `${owner}:${++takes}`;
      const isBackground = Number(lane === 'background');
      const said = await takeScript(keys, [slots, count, owner, isBackground, group, timeoutMs, windowMs, GRACE_MS]);
      const [taken, standsBack, frees] = said as [number, number, number[]];
      const now = clock.now();
      // Slots that nobody has are there now.
      const there = [...Array<number>(Math.max(0, slots - frees.length)).fill(0), ...frees];
      const againMs = standsBack === 1 ? STAND_BACK_MS : (frees[0] ?? windowMs);
      return {
        slots: Array.from({ length: taken }, (_, nth) => slotNamed(`${group}:${nth + 1}`)),
        freeAt: there.map((ms) => now + ms),
        againAt: now + againMs,
      };
    },
    occupy: (freeAt) => {
      if (freeAt.length === 0) return;
      const inMs = freeAt.map((at) => Math.ceil(at === Infinity ? timeoutMs + windowMs : at - clock.now()));
      occupyScript(keys.slice(0, 1), [`${owner}:${++takes}`, ...inMs]).catch(() => undefined);
    },
  };
}
