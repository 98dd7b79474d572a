/** Buying a new answer in the background: nobody waits for it, and the operation that caused it pays. */
import type { Asker } from './asker.ts';
import type { Clock } from './clock.ts';
import type { Ask, Call } from './pipeline.ts';

/** For how long such a call may stand in line. */
const PATIENCE_MS = 300_000;

/** For how long an answer that is at hand is held back until it is known what the operation pays. */
const HOLD_MS_MAX = 50;

/** Resolves once it is known what the operation pays: when the price is set aside, or when there is nothing to pay. */
export function begun(next: Ask, call: Call, clock: Clock): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const callOff = clock.after(HOLD_MS_MAX, () => {
    resolve(undefined);
  });
  const done = () => {
    callOff();
    resolve(undefined);
  };
  next({ ...call, asker: unattended(call.asker, clock.now() + PATIENCE_MS, done) }).then(done, done);
  return promise;
}

function unattended(asker: Asker, deadline: number, onPaid: () => void): Asker {
  return {
    ...asker,
    lane: 'background',
    deadline,
    isWaiting: () => true,
    onGone: () => () => undefined,
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
      // Counted now: the receipt is written before the call is sent.
      payment.sent();
      onPaid();
      let isSent = false;
      return {
        ...payment,
        isSent: () => isSent,
        sent: () => {
          isSent = true;
        },
        release: () => {
          if (!isSent) payment.settle(0);
        },
      };
    },
  };
}
