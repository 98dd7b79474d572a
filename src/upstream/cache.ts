/** Answers are bought once: reused while they are fresh, and where asking fails also after that, marked stale. In bounded memory. */
import { LRUCache } from 'lru-cache';
import { ShopgraphError } from '../errors.ts';
import type { Clock } from './clock.ts';
import { freshUntil, isKept, STALE_MS } from './freshness.ts';
import type { Answer, Call, Step } from './pipeline.ts';

interface Memory {
  readonly step: Step;
  /** Whether a fresh answer is at hand now, so that asking costs nothing. */
  readonly has: (key: string) => boolean;
  /** Keeps an answer that was found elsewhere. */
  readonly keep: (call: Call, answer: Answer) => void;
}

/** What an entry takes beside its answer. */
const ENTRY_BYTES = 500;

interface Entry {
  readonly answer: Answer;
  readonly freshUntil: number;
}

/** `bytesMax`: of the replies kept, as they came; decoded they take about five times as much. */
export function cache({ clock, bytesMax }: { clock: Clock; bytesMax: number }): Memory {
  const entries = new LRUCache<string, Entry>({
    maxSize: bytesMax,
    sizeCalculation: ({ answer }) => answer.bytes + ENTRY_BYTES,
    perf: { now: clock.now },
    ttlResolution: 0,
  });
  const isFresh = (entry: Entry | undefined) => entry !== undefined && clock.now() < entry.freshUntil;

  const keep = (call: Call, answer: Answer) => {
    const entry = { answer, freshUntil: freshUntil(call, answer) };
    if (isKept(call) && isFresh(entry))
      entries.set(call.key, entry, { ttl: entry.freshUntil - clock.now() + STALE_MS });
  };

  const step: Step = (next) => async (call) => {
    const known = entries.get(call.key);
    if (known && isFresh(known)) {
      call.meter.avoided('cache');
      return known.answer;
    }
    try {
      const answer = await next(call);
      keep(call, answer);
      return answer;
    } catch (error) {
      if (!known || !(error instanceof ShopgraphError)) throw error;
      call.meter.stale();
      return known.answer;
    }
  };

  return { step, has: (key) => isFresh(entries.peek(key)), keep };
}
