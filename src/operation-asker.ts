/** An operation as those see it who are asked: how long it waits, what it may spend, and what it is told. */
import { ShopgraphError } from './errors.ts';
import type { Tab } from './plan/receipt.ts';
import type { Hold } from './upstream/accounts.ts';
import { createPresence, type Asker, type Lane, type Payment } from './upstream/asker.ts';
import type { Clock } from './upstream/clock.ts';
import type { Endpoint } from './providers/provider.ts';

interface Options {
  readonly clock: Clock;
  readonly caller: string;
  readonly lane: Lane;
  readonly requestId: string;
  readonly deadlineMs: number;
  readonly tab: Tab;
  /** Sets credits aside in the caller's and the provider's accounts; throws `BUDGET_EXHAUSTED`. */
  readonly hold: (endpoint: Endpoint) => Hold;
  /** Asks the same of all instances together. */
  readonly claim: (hold: Hold, endpoint: Endpoint) => Promise<void>;
}

export interface OperationAsker extends Asker {
  /** Nobody waits for the operation any more: it has been answered, or the client has left. */
  readonly leave: () => void;
  /** Resolves when the work is done, or nobody waits any more. */
  readonly within: (work: Promise<void>) => Promise<void>;
}

export function createOperationAsker({
  clock,
  requestId,
  deadlineMs,
  tab,
  hold,
  claim,
  ...who
}: Options): OperationAsker {
  const deadline = clock.now() + deadlineMs;
  /** Most operations are in time, and an error takes long to make. */
  let tooLate: ShopgraphError | undefined;
  /** By whose budget it is: a provider's, or (undefined) the operation's or its caller's. */
  const noCredits = new Map<string | undefined, ShopgraphError>();
  const emptied = new Map<string | undefined, ShopgraphError>();
  const refuseIfEmptied = ({ provider }: Endpoint) => {
    const why = emptied.get(undefined) ?? emptied.get(provider);
    if (why) throw why;
  };
  /** Of each endpoint, the questions that there were no credits for. */
  const unpaid = new Map<Endpoint, number>();
  const presence = createPresence();
  /** Set with the first call that somebody waits for: most operations are answered before any is made. */
  let callOff: (() => void) | undefined;
  const leave = () => {
    callOff?.();
    presence.leave();
  };

  const pay = (endpoint: Endpoint): Payment => {
    refuseIfEmptied(endpoint);
    const share = tab.setAside(endpoint.provider, endpoint.credits);
    if (!share) throw new ShopgraphError('BUDGET_EXHAUSTED', { says: OVER_BUDGET });
    let held: Hold;
    try {
      held = hold(endpoint);
    } catch (error) {
      share.release();
      throw error;
    }
    return toPayment(share, held, endpoint);
  };

  const toPayment = (share: NonNullable<ReturnType<Tab['setAside']>>, held: Hold, endpoint: Endpoint): Payment => {
    let isSent = false;
    return {
      caller: who.caller,
      requestId,
      isSent: () => isSent,
      expected: share.expected,
      claim: () => claim(held, endpoint),
      sent: () => {
        isSent = true;
        share.sent();
        held.sent();
      },
      settle: (credits) => {
        share.settle(credits);
        held.settle(credits);
      },
      again: (next) => {
        refuseIfEmptied(next);
        const nextHeld = hold(next);
        // Where it does not fit, it is on the account alone: what has been bought is not lost for it.
        return toPayment(tab.setAside(next.provider, next.credits) ?? none, nextHeld, next);
      },
      release: () => {
        share.release();
        held.release();
      },
      refuse: (why) => {
        emptied.set(why.details.provider, why);
      },
    };
  };

  const onGone: Asker['onGone'] = (then) => {
    if (presence.isWaiting()) callOff ??= clock.after(deadline - clock.now(), leave);
    return presence.onGone(then);
  };
  const within = async (work: Promise<void>) => {
    if (!presence.isWaiting()) return;
    const { promise: gone, resolve } = Promise.withResolvers<undefined>();
    const forget = onGone(() => {
      resolve(undefined);
    });
    await Promise.race([work, gone]).finally(forget);
  };

  return {
    ...who,
    deadline,
    leave,
    within,
    isWaiting: presence.isWaiting,
    onGone,
    pay,
    hear: (failure, endpoint) => {
      if (failure.code === 'DEADLINE_EXCEEDED') return (tooLate ??= new ShopgraphError('DEADLINE_EXCEEDED'));
      if (failure.code !== 'BUDGET_EXHAUSTED') return failure;
      const { provider } = failure.details;
      const before = unpaid.get(endpoint) ?? 0;
      unpaid.set(endpoint, before + 1);
      // Of questions that one request may carry, the first of each request misses its price. More credits of the client's would
      // not buy what a provider's budget forbids, and another provider may know it.
      if (provider === undefined && before % (endpoint.bulk?.max ?? 1) === 0) tab.missed(endpoint.credits);
      const known = noCredits.get(provider) ?? failure;
      noCredits.set(provider, known);
      return known;
    },
    meter: {
      ...tab,
      waited: (_provider, ms) => {
        tab.waited(ms);
      },
    },
  };
}

const none = { expected: () => undefined, sent: () => undefined, settle: () => undefined, release: () => undefined };

const OVER_BUDGET =
  'The operation may not spend as many credits as completing it takes. `creditsMissing` more would at least be needed.';
