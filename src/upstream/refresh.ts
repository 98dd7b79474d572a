/** Buying a new answer in the background: nobody waits for it, and the operation that caused it pays. */
import { createPresence, type Asker, type Presence } from './asker.ts';
import type { Clock } from './clock.ts';
import type { Ask, Call } from './pipeline.ts';

/** For how long such a call may stand in line. */
export const PATIENCE_MS = 300_000;

/** For how long an answer that is at hand is held back until it is known what the operation pays. */
export const HOLD_MS_MAX = 50;

export interface Background {
  /** Resolves once it is known what the operation pays: when the price is set aside, or when there is nothing to pay. */
  readonly begun: (next: Ask, call: Call) => Promise<void>;
  /** The server closes: what has not been sent is given up. */
  readonly leave: () => void;
}

export function background(clock: Clock): Background {
  const { leave, ...presence } = createPresence();
  return { begun: (next, call) => begun(next, call, clock, presence), leave };
}

type Waiting = Omit<Presence, 'leave'>;

function begun(next: Ask, call: Call, clock: Clock, presence: Waiting): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const callOff = clock.after(HOLD_MS_MAX, () => {
    resolve(undefined);
  });
  const done = () => {
    callOff();
    resolve(undefined);
  };
  next({ ...call, asker: { ...unattended(call.asker, clock.now() + PATIENCE_MS, done), ...presence } }).then(
    done,
    done,
  );
  return promise;
}

/** `onPaid`: told when the price is set aside, or when there is nothing to pay. */
export function unattended(asker: Asker, deadline: number, onPaid: () => void): Omit<Asker, keyof Waiting> {
  return {
    ...asker,
    lane: 'background',
    deadline,
    // The operation has its answer: it misses nothing.
    hear: (failure) => failure,
    meter: {
      ...asker.meter,
      stale: () => undefined,
      avoided: (reason) => {
        asker.meter.avoided(reason);
        onPaid();
      },
    },
    pay: (endpoint) => {
      const payment = asker.pay(endpoint);
      payment.expected();
      onPaid();
      return payment;
    },
  };
}
