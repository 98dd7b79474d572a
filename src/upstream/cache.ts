/** Answers are bought once: reused while they are fresh, and where asking fails also after that, marked stale. In bounded memory. */
import { LRUCache } from 'lru-cache';
import { ShopgraphError } from '../errors.ts';
import type { Endpoint } from '../providers/provider.ts';
import type { Clock } from './clock.ts';
import { freshUntil, isKept, STALE_MS } from './freshness.ts';
import type { Answer, Call, Step } from './pipeline.ts';
import { background } from './refresh.ts';

interface Memory {
  /** Before the flight: looks. */
  readonly look: Step;
  /** Inside the flight: keeps, whoever still waits for it. */
  readonly keep: Step;
  /** The fresh answer that is at hand now, so that asking costs nothing. */
  readonly peek: (key: string) => Answer | undefined;
  /** Takes in an answer that was found elsewhere. */
  readonly put: (call: Call, answer: Answer) => void;
  /** The server closes: what is bought anew in the background and has not been sent is given up. */
  readonly leave: () => void;
}

/** What an entry takes beside its answer. */
const ENTRY_BYTES = 500;
const anyAge = { allowStale: true };

interface Entry {
  readonly answer: Answer;
  readonly freshUntil: number;
}

interface Options {
  readonly clock: Clock;
  readonly bytesMax: number;
  readonly onLook: (endpoint: Endpoint, result: CacheResult) => void;
}

/** `refresh`: an answer past its time was given at once, and a new one is being bought. `stale`: asking for a new one failed. */
export type CacheResult = 'hit' | 'miss' | 'refresh' | 'stale';

/** `bytesMax`: of the replies kept, as they came; decoded they take about five times as much. */
export function cache({ clock, bytesMax, onLook }: Options): Memory {
  const entries = new LRUCache<string, Entry>({
    maxSize: bytesMax,
    sizeCalculation: ({ answer }) => answer.bytes + ENTRY_BYTES,
    perf: { now: clock.now },
    ttlResolution: 0,
  });
  const refreshing = background(clock);
  const isFresh = (entry: Entry | undefined) => entry !== undefined && clock.now() < entry.freshUntil;

  const put = (call: Call, answer: Answer) => {
    const entry = { answer: { ...answer, from: 'cache' as const }, freshUntil: freshUntil(call, answer) };
    if (isKept(call) && isFresh(entry))
      entries.set(call.key, entry, { ttl: entry.freshUntil - clock.now() + STALE_MS });
  };

  const keep: Step = (next) => async (call) => {
    const answer = await next(call);
    put(call, answer);
    return answer;
  };

  const look: Step = (next) => async (call) => {
    const { asker, endpoint, key } = call;
    const known = entries.get(key);
    const result = (as: CacheResult) => {
      onLook(endpoint, as);
    };
    if (known && isFresh(known)) {
      result('hit');
      asker.meter.avoided('cache');
      return known.answer;
    }
    if (known && asker.isWaiting() && clock.now() < known.freshUntil + (endpoint.refreshMs ?? 0)) {
      result('refresh');
      asker.meter.stale();
      await refreshing.begun(next, call);
      return { ...known.answer, from: 'stale' };
    }
    try {
      const answer = await next(call);
      result('miss');
      return answer;
    } catch (error) {
      result(known ? 'stale' : 'miss');
      if (!known || !(error instanceof ShopgraphError)) throw error;
      asker.meter.stale();
      return { ...known.answer, from: 'stale' };
    }
  };

  const peek = (key: string) => {
    // Whether it is fresh is asked here, once.
    const entry = entries.peek(key, anyAge);
    return isFresh(entry) ? entry?.answer : undefined;
  };

  return { look, keep, peek, put, leave: refreshing.leave };
}
