/** Answers outlive the process: looked for in the store before they are bought, and kept in it before they leave. */
import { ShopgraphError } from '../errors.ts';
import { parseJson } from '../json.ts';
import type { Clock } from './clock.ts';
import { decode } from './decode.ts';
import { freshUntil, isKept, STALE_MS } from './freshness.ts';
import type { Answer, Call, Step } from './pipeline.ts';
import { noStore, type Kept, type Store } from './store.ts';

interface Durable {
  /** Looks in the store before a question is asked. */
  readonly look: Step;
  /** Keeps the answer before it leaves. */
  readonly keep: Step;
  /** The fresh answers to these calls that the store has, in one read. Null: there is no store. */
  readonly recall: ((calls: readonly Call[]) => Promise<[Call, Answer][]>) | null;
}

export function durable({ clock, store }: { clock: Clock; store: Store }): Durable {
  const isFresh = (call: Call, answer: Answer) => clock.now() < freshUntil(call, answer);

  const look: Step = (next) => async (call) => {
    if (!isKept(call)) return next(call);
    const kept = (await store.read([call.key])).get(call.key);
    const known = kept && reread(call, kept);
    if (known && isFresh(call, known)) {
      call.asker.meter.avoided('cache');
      return { ...known, from: 'cache' };
    }
    try {
      return await next(call);
    } catch (error) {
      if (!known || !(error instanceof ShopgraphError)) throw error;
      call.asker.meter.stale();
      return { ...known, from: 'stale' };
    }
  };

  const keep: Step = (next) => async (call) => {
    const { text, ...answer } = await next(call);
    const { fetchedAt } = answer;
    if (text !== undefined && isKept(call))
      await store.write(call.key, { text, fetchedAt }, freshUntil(call, answer) + STALE_MS);
    // What is kept in memory is the decoded answer alone.
    return answer;
  };

  const recall = async (calls: readonly Call[]) => {
    const found = await store.read(calls.map(({ key }) => key));
    if (found.size === 0) return [];
    return calls.flatMap((call): [Call, Answer][] => {
      const kept = found.get(call.key);
      const answer = kept && reread(call, kept);
      return answer && isFresh(call, answer) ? [[call, answer]] : [];
    });
  };

  return { look, keep, recall: store === noStore ? null : recall };
}

/** Null if today's contract cannot read what an older one could. */
function reread(call: Call, { text, fetchedAt }: Kept): Answer | null {
  try {
    return { data: decode(call, parseJson(text)), fetchedAt, bytes: text.length };
  } catch {
    return null;
  }
}
