/**
 * What a provider collects by a task is bought once: it is looked for, later and later, until it is there.
 *
 * The task is paid, so looking does not end when nobody waits any more: the answer lands where answers are kept. What
 * looking costs is for the caller who bought the task. A task that takes longer than anyone looks is remembered: who
 * asks for it next looks again, and buys nothing. That is known to this process alone; where another asks, the provider
 * gets the same request for the same item, and may charge for it, so there it counts as a purchase.
 */
import { ShopgraphError, type ErrorCode } from '../errors.ts';
import type { Polling } from '../providers/provider.ts';
import { createPresence, sleepWhileWaiting, type Asker, type Payment } from './asker.ts';
import type { Clock } from './clock.ts';
import type { Answer, Ask, Call, Step } from './pipeline.ts';

/** For how long a task is remembered that did not land while it was looked for, and how many are. */
const REMEMBERED_MS = 3_600_000;
const REMEMBERED_MAX = 10_000;

/** Nobody is told to ask again sooner. */
const RETRY_AFTER_MS_MIN = 1000;

interface Options {
  readonly clock: Clock;
  /** What looking costs each time. Not documented, so it is for the configuration to say. */
  readonly pollCredits: number;
  /** Whether another instance asks the question. */
  readonly isElsewhere?: (key: string) => boolean;
}

interface Poller {
  /** Inside of what keeps answers, outside of what repeats attempts. */
  readonly step: Step;
  /** `PENDING` for what is being collected, or asked for by a request that is in the air; null for all else. */
  readonly pendingOf: (call: Call) => ShopgraphError | null;
  /** The server closes: nothing is looked for any more. */
  readonly leave: () => void;
}

interface Task {
  /** When its request was sent, in ms since the epoch. */
  submittedAt: number | undefined;
  /** The provider has it. */
  isSubmitted: boolean;
  isInTheAir: boolean;
  /** When it is looked for next. */
  nextAt: number;
  payment: Payment | undefined;
}

export function poll({ clock, pollCredits, isElsewhere = () => false }: Options): Poller {
  const { leave, ...presence } = createPresence();
  const underWay = new Map<string, Task>();
  const remembered = new Map<string, { readonly submittedAt: number | undefined; readonly until: number }>();

  const recall = (key: string): Task => {
    const known = remembered.get(key);
    const isSubmitted = known !== undefined && clock.now() < known.until;
    const submittedAt = isSubmitted ? known.submittedAt : undefined;
    return { submittedAt, isSubmitted, isInTheAir: false, nextAt: 0, payment: undefined };
  };
  const remember = (key: string, { submittedAt }: Task) => {
    remembered.set(key, { submittedAt, until: clock.now() + REMEMBERED_MS });
    const [oldest = key] = remembered.keys();
    if (remembered.size > REMEMBERED_MAX) remembered.delete(oldest);
  };

  const step: Step = (next) => async (call) => {
    const { endpoint, key } = call;
    if (!endpoint.polling) return next(call);
    const task = recall(key);
    underWay.set(key, task);
    remembered.delete(key);
    try {
      return await collected(next, call, endpoint.polling, task);
    } catch (error) {
      if (task.isSubmitted && !(error instanceof ShopgraphError && ends.has(error.code))) remember(key, task);
      throw error;
    } finally {
      underWay.delete(key);
    }
  };

  const collected = async (next: Ask, call: Call, polling: Polling, task: Task): Promise<Answer> => {
    const asked = task.isSubmitted ? looking(call, pollCredits) : call;
    try {
      return await next({ ...asked, asker: watched(call.asker, task, clock) });
    } catch (error) {
      if (!(error instanceof ShopgraphError) || error.code !== 'PENDING') throw error;
    }
    task.isSubmitted = true;
    const endsAt = clock.now() + polling.totalMs;
    const look = { ...looking(call, pollCredits), asker: tireless(call.asker, presence, endsAt, task) };
    let askedForMs = 0;
    for (let waitMs = polling.firstMs; ; waitMs = Math.min(waitMs * polling.factor, polling.waitMsMax)) {
      const pauseMs = Math.max(waitMs, askedForMs);
      task.nextAt = clock.now() + pauseMs;
      if (task.nextAt >= endsAt || !presence.isWaiting()) throw pending(call, task);
      if (!(await sleepWhileWaiting(clock, presence, pauseMs))) throw pending(call, task);
      try {
        return await next(look);
      } catch (error) {
        if (!(error instanceof ShopgraphError) || !passes.has(error.code)) throw error;
        // That credits return next month is no reason to give up what is paid.
        askedForMs = error.code === 'BUDGET_EXHAUSTED' ? 0 : (error.details.retryAfterMs ?? 0);
      }
    }
  };

  const pending = (
    { endpoint: { provider, name } }: Call,
    { submittedAt = clock.now(), nextAt }: Pick<Task, 'submittedAt' | 'nextAt'>,
  ) => {
    const retryAfterMs = Math.max(nextAt - clock.now(), RETRY_AFTER_MS_MIN);
    return new ShopgraphError('PENDING', { provider, endpoint: name, retryAfterMs, submittedAt });
  };

  const pendingOf = (call: Call) => {
    const task = underWay.get(call.key);
    // Whether it has been submitted there is not known here, only that it is being seen to.
    if (!task && call.endpoint.polling && isElsewhere(call.key))
      return pending(call, { submittedAt: undefined, nextAt: 0 });
    return task && (task.isSubmitted || task.isInTheAir) ? pending(call, task) : null;
  };

  return { step, pendingOf, leave };
}

/** With these the task has not ended, and may be looked for again. */
const passes: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  ...(['PENDING', 'RATE_LIMITED', 'UPSTREAM_UNAVAILABLE', 'UPSTREAM_TIMEOUT', 'CIRCUIT_OPEN'] as const),
  ...(['BUDGET_EXHAUSTED', 'DEADLINE_EXCEEDED'] as const),
]);

/** With these it has: who asks again buys another. */
const ends: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['COLLECTION_FAILED', 'BAD_INPUT', 'UPSTREAM_BAD_DATA']);

/** The same question at the price of looking, which is its endpoint's from here on: whoever sets aside or books a price reads it there. */
const looking = (call: Call, credits: number): Call => ({
  ...call,
  endpoint: { ...call.endpoint, credits },
  isPoll: true,
});

/** The same, but for what is changed; unlike a copy it goes on to say who waits now, and since when. */
const altered = <Whole extends object>(whole: Whole, changes: Partial<Whole>): Whole =>
  Object.create(whole, Object.getOwnPropertyDescriptors(changes)) as Whole;

/** The same asker, of whose payments the task is told. */
const watched = (asker: Asker, task: Task, { now }: Clock): Asker =>
  altered(asker, {
    pay: (endpoint) => {
      const payment = asker.pay(endpoint);
      task.payment = payment;
      return altered(payment, {
        sent: () => {
          payment.sent();
          task.isInTheAir = true;
          if (!task.isSubmitted) task.submittedAt = now();
        },
        settle: (credits) => {
          payment.settle(credits);
          task.isInTheAir = false;
        },
      });
    },
  });

/** The same asker as long as it waits, and whoever asked before it, as long as the server runs. */
const tireless = (asker: Asker, presence: Pick<Asker, 'isWaiting' | 'onGone'>, deadline: number, task: Task): Asker =>
  altered(asker, {
    ...presence,
    deadline,
    pay: (endpoint) => {
      if (!task.payment) throw new Error('not admitted');
      return task.payment.again(endpoint);
    },
  });
