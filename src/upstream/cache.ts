/** Answers are bought once and reused while they are fresh: for the endpoint's ttl, in bounded memory. */
import { LRUCache } from 'lru-cache';
import type { Clock } from './clock.ts';
import type { Answer, Call, Step } from './pipeline.ts';

interface Memory {
  readonly step: Step;
  /** Whether an answer is at hand now, so that asking costs nothing. */
  readonly has: (key: string) => boolean;
}

/** What an entry takes beside its answer. */
const ENTRY_BYTES = 500;

/** `bytesMax`: of the replies kept, as they came; decoded they take about five times as much. */
export function cache({ clock, bytesMax }: { clock: Clock; bytesMax: number }): Memory {
  const answers = new LRUCache<string, Answer>({
    maxSize: bytesMax,
    sizeCalculation: ({ bytes }) => bytes + ENTRY_BYTES,
    perf: { now: clock.now },
    ttlResolution: 0,
  });

  const step: Step = (next) => async (call: Call) => {
    const known = answers.get(call.key);
    if (known) {
      call.meter.avoided('cache');
      return known;
    }
    const answer = await next(call);
    if (call.endpoint.ttlMs > 0) answers.set(call.key, answer, { ttl: call.endpoint.ttlMs });
    return answer;
  };

  return { step, has: (key) => answers.has(key) };
}
