/** Asked once in this request: a DataLoader per endpoint, made on first use, keyed by the question. */
import DataLoader from 'dataloader';
import type { ShopgraphError } from './errors.ts';
import type { DataOf, Endpoint, ParamsOf } from './providers/provider.ts';
import type { CallLog } from './plan/explanation.ts';
import type { Look } from './plan/look.ts';
import type { Question, QuestionOf } from './questions.ts';
import type { Asker, Payment } from './upstream/asker.ts';
import type { Patience } from './upstream/patience.ts';
import type { Answer, Ask, Call } from './upstream/pipeline.ts';

export interface Loaded<Data> {
  /** Null: the provider does not know the id. */
  readonly data: Data | null;
  /** When the provider answered, in ms since the epoch. */
  readonly fetchedAt: number;
  /** Why it was not bought for this request. Absent: it was. */
  readonly from?: NonNullable<Answer['from']>;
}

export interface Load {
  /** Rejects with a `ShopgraphError`, the same one each time it is asked again in this request. */
  <E extends Endpoint>(endpoint: E, params: ParamsOf<E>): Promise<Loaded<DataOf<E>>>;
  /** Waits no longer than `waitMs`, then rejects with `PENDING`: it is asked all the same, and lands where answers are kept. */
  within: <E extends Endpoint>(endpoint: E, params: ParamsOf<E>, waitMs: number) => Promise<Loaded<DataOf<E>>>;
  /** Whether asking now costs nothing: asked already in this request, fresh in the cache, or in the air. */
  free: <E extends Endpoint>(endpoint: E, params: ParamsOf<E>) => boolean;
  /** Brings answers that are kept from before into reach, all in one read; then tells which are free. At once where none is kept. */
  warm: <E extends Endpoint>(
    endpoint: E,
    params: readonly ParamsOf<E>[],
  ) => readonly boolean[] | Promise<readonly boolean[]>;
  /** The fresh answer that is at hand, if there is one; looking counts as nothing. */
  held: <E extends Endpoint>(endpoint: E, params: ParamsOf<E>) => Loaded<DataOf<E>> | undefined;
  /** What is known of these questions without asking them; what is kept from before is brought into reach. */
  look: <E extends Endpoint>(endpoint: E, params: readonly ParamsOf<E>[]) => readonly Look[] | Promise<readonly Look[]>;
  /** Why this request can never ask the endpoint: always the same error. */
  refusal: (endpoint: Endpoint) => ShopgraphError | null;
  /** Resolves when half of the time is over that the request has left now. */
  late: () => Promise<undefined>;
}

type During = <Result>(work: Promise<Result>) => Promise<Result>;

interface Upstream {
  readonly questionOf: QuestionOf;
  readonly ask: Ask;
  readonly within: Patience['within'];
  readonly peek: (key: string) => Answer | undefined;
  readonly coming: (key: string) => boolean;
  readonly recall: ((calls: readonly Call[]) => Promise<void>) | null;
  readonly refusal: (endpoint: Endpoint) => ShopgraphError | null;
  readonly late: () => Promise<undefined>;
}

/** `during`: told of everything that the request waits for. `log`: of what each call takes. */
export function createLoad(upstream: Upstream, asker: Asker, during: During, log: CallLog | null = null): Load {
  const { questionOf, ask, within, peek, coming, recall, refusal, late } = upstream;
  const loaders = new Map<Endpoint, DataLoader<Call, Answer, string>>();
  const asked = new Set<string>();

  const callOf = (endpoint: Endpoint, { params, key }: Question): Call => ({ endpoint, params, key, asker });
  const toCall = (endpoint: Endpoint, params: unknown): Call =>
    callOf(endpoint, questionOf(endpoint, params as object));
  const askUnlessRefused = async (call: Call): Promise<Answer> => {
    const why = refusal(call.endpoint);
    if (why) throw why;
    const answer = await ask(call);
    log?.answered(call.key, answer);
    return answer;
  };
  /** Also what is asked on when nobody waits any more is written down. */
  const recorded = (call: Call): Call =>
    log && !refusal(call.endpoint)
      ? { ...call, asker: recording(call.asker, log.asked(call.key, call.endpoint)) }
      : call;
  const loaderOf = (endpoint: Endpoint) => {
    const known = loaders.get(endpoint);
    if (known) return known;
    const made = new DataLoader<Call, Answer, string>(([call]) => settle(askUnlessRefused(recorded(call!))), {
      batch: false,
      cacheKeyFn: (call) => call.key,
    });
    loaders.set(endpoint, made);
    return made;
  };

  const load = (endpoint: Endpoint, params: unknown) => {
    const call = toCall(endpoint, params);
    if (asked.has(call.key)) asker.meter.avoided('coalesced');
    asked.add(call.key);
    return during(loaderOf(endpoint).load(call));
  };
  const loadWithin = async (endpoint: Endpoint, params: unknown, waitMs: number) => {
    const call = toCall(endpoint, params);
    const answer = await during(within(askUnlessRefused, recorded(call), waitMs));
    // Who asks for more of it reads on in the same answer.
    loaderOf(endpoint).clear(call).prime(call, answer);
    return answer;
  };
  const isFree = ({ key }: Call) => asked.has(key) || coming(key) || peek(key) !== undefined;
  const warm = (calls: readonly Call[]): readonly boolean[] | Promise<readonly boolean[]> => {
    const free = calls.map(isFree);
    if (!recall || !free.includes(false)) return free;
    return during(recall(calls.filter((_, index) => !free[index])).then(() => calls.map(isFree)));
  };
  const look = (endpoint: Endpoint, params: readonly unknown[]): readonly Look[] | Promise<readonly Look[]> => {
    const lookAt = ({ params: asked, key }: Question): Look => {
      const held = peek(key);
      return { key, params: asked, held, isComing: !held && coming(key) };
    };
    const looks = params.map((each) => lookAt(questionOf(endpoint, each as object)));
    if (!recall) return looks;
    const absent = looks.filter(({ held, isComing }) => !held && !isComing);
    if (absent.length === 0) return looks;
    return recall(absent.map((look) => callOf(endpoint, look))).then(() =>
      looks.map((look) => (look.held ? look : lookAt(look))),
    );
  };
  // The only cast between a question's type and its answer's: the endpoint's schemas have checked both.
  return Object.assign(load, {
    within: loadWithin,
    free: (endpoint: Endpoint, params: unknown) => isFree(toCall(endpoint, params)),
    held: (endpoint: Endpoint, params: unknown) => peek(toCall(endpoint, params).key),
    look,
    refusal,
    late,
    warm: (endpoint: Endpoint, params: readonly unknown[]) => warm(params.map((each) => toCall(endpoint, each))),
  }) as Load;
}

/** A failure is an answer to remember: thrown, DataLoader would forget it and the call would be paid again. */
const settle = async (answer: Promise<Answer>): Promise<[Answer | Error]> => {
  try {
    return [await answer];
  } catch (error) {
    return [error instanceof Error ? error : new Error(String(error))];
  }
};

/** The same asker, who writes down what the call takes. */
function recording(asker: Asker, record: ReturnType<CallLog['asked']>): Asker {
  const { meter } = asker;
  const paying = (payment: Payment): Payment => ({
    ...payment,
    settle: (credits) => {
      record.credits += credits;
      payment.settle(credits);
    },
    again: (endpoint) => paying(payment.again(endpoint)),
  });
  return {
    ...asker,
    pay: (endpoint) => paying(asker.pay(endpoint)),
    meter: {
      ...meter,
      waited: (provider, ms) => {
        record.queuedMs = Math.max(record.queuedMs, ms);
        meter.waited(provider, ms);
      },
      retried: () => {
        record.retries++;
        meter.retried();
      },
    },
  };
}
