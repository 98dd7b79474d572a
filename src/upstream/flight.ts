/**
 * All that wait for one answer, as one asker.
 *
 * Each waits for as long as it likes: who leaves fails nobody else, and the first that can pay, pays. A flight that all
 * have left is given up if it has not been sent; what was sent goes on, and lands where answers are kept.
 */
import { ShopgraphError } from '../errors.ts';
import type { Endpoint } from '../providers/provider.ts';
import { givenUp, type Asker, type Payment } from './asker.ts';
import type { Answer } from './pipeline.ts';

interface Rider {
  readonly asker: Asker;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
  /** Why it could not pay, when it was last asked to. */
  refusal?: ShopgraphError;
}

export interface Flight {
  /** All on board, as one. */
  readonly asker: Asker;
  /** Resolves or rejects as the flight does; rejects as soon as the asker leaves. */
  readonly board: (asker: Asker) => Promise<Answer>;
  /** Takes on another flight, by its asker: whom that one waits for, this one does, also when all had left and one came back. */
  readonly carry: (flight: Asker) => void;
  readonly riders: () => readonly Rider[];
}

/** `late`: what those are told who leave before it has landed. */
export function createFlight(late = () => new ShopgraphError('DEADLINE_EXCEEDED')): Flight {
  const riders = new Set<Rider>();
  const goneListeners = new Set<() => void>();
  /** Who boarded first speaks for a flight that all have left. */
  let first: Asker | undefined;
  const speaker = (): Asker => {
    const [rider] = waiting();
    const asker = rider?.asker ?? first;
    if (!asker) throw new Error('nobody has boarded');
    return asker;
  };
  /** A flight that is carried may have nobody on board for a while. */
  const waiting = () => [...riders].filter((rider) => rider.asker.isWaiting());
  const isWaiting = () => waiting().length > 0;
  const latest = () => Math.max(...waiting().map((rider) => rider.asker.deadline));

  const leave = (rider: Rider) => {
    riders.delete(rider);
    rider.reject(late());
    tellIfAllHaveLeft();
  };
  const tellIfAllHaveLeft = () => {
    if (isWaiting()) return;
    const told = [...goneListeners];
    goneListeners.clear();
    for (const listener of told) listener();
  };

  const board = (asker: Asker): Promise<Answer> => {
    first ??= asker;
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const rider: Rider = { asker, resolve, reject };
    riders.add(rider);
    const forget = asker.onGone(() => {
      leave(rider);
    });
    // Nobody hears what becomes of it.
    if (asker.stays) board(asker.stays).catch(() => undefined);
    return promise.finally(forget);
  };

  const carry = (flight: Asker) => {
    first ??= flight;
    riders.add({ asker: flight, resolve: () => undefined, reject: () => undefined });
    const left = () => {
      flight.onGone(left);
      tellIfAllHaveLeft();
    };
    flight.onGone(left);
  };

  const firstThatCan = (endpoint: Endpoint): [Rider, Payment] => {
    let refusal = givenUp();
    for (const rider of waiting()) {
      try {
        return [rider, rider.asker.pay(endpoint)];
      } catch (error) {
        if (!(error instanceof ShopgraphError)) throw error;
        refusal = rider.refusal = error;
      }
    }
    throw refusal;
  };

  const asker: Asker = {
    get caller() {
      return speaker().caller;
    },
    get lane() {
      return waiting().some((rider) => rider.asker.lane === 'interactive') ? 'interactive' : 'background';
    },
    get deadline() {
      return isWaiting() ? latest() : speaker().deadline;
    },
    isWaiting,
    onGone: (then) => {
      goneListeners.add(then);
      return () => {
        goneListeners.delete(then);
      };
    },
    pay: (endpoint) => {
      let [payer, payment] = firstThatCan(endpoint);
      return {
        get caller() {
          return payment.caller;
        },
        get requestId() {
          return payment.requestId;
        },
        isSent: () => payment.isSent(),
        expected: () => {
          payment.expected();
        },
        claim: async () => {
          // Who has left has its receipt: what is sent from now on is for those who wait.
          if (!payer.asker.isWaiting() && isWaiting()) {
            payment.release();
            [payer, payment] = firstThatCan(endpoint);
          }
          await payment.claim();
        },
        sent: () => {
          payment.sent();
        },
        settle: (credits) => {
          payment.settle(credits);
        },
        again: (each) => payment.again(each),
        release: () => {
          payment.release();
        },
        refuse: (why) => {
          payment.refuse(why);
        },
      };
    },
    hear: (failure) => failure,
    meter: {
      avoided: (reason) => {
        speaker().meter.avoided(reason);
      },
      retried: () => {
        speaker().meter.retried();
      },
      stale: () => {
        for (const rider of waiting()) rider.asker.meter.stale();
      },
      waited: (provider, ms) => {
        for (const rider of waiting()) rider.asker.meter.waited(provider, ms);
      },
    },
  };

  return { asker, board, carry, riders: () => [...riders] };
}
