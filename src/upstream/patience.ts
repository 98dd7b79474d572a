/** Waiting for a while: who has waited long enough leaves, but the call is made all the same and lands where answers are kept. */
import { ShopgraphError } from '../errors.ts';
import { createPresence, type Asker } from './asker.ts';
import type { Clock } from './clock.ts';
import type { Answer, Ask, Call } from './pipeline.ts';
import { HOLD_MS_MAX, PATIENCE_MS, unattended } from './refresh.ts';

/** Where nothing is known of how long it takes. */
const RETRY_AFTER_MS = 2000;

export interface Patience {
  /** Rejects with `PENDING` if it is not there after `waitMs`, or when the operation ends. The operation pays, and its receipt says so. */
  readonly within: (ask: Ask, call: Call, waitMs: number) => Promise<Answer>;
  /** The server closes: what has not been sent is given up. */
  readonly leave: () => void;
}

export function patience(clock: Clock): Patience {
  const { leave, ...presence } = createPresence();

  const within: Patience['within'] = async (ask, call, waitMs) => {
    const { asker, endpoint } = call;
    // Whose time is over asks for nothing.
    if (!asker.isWaiting()) return ask(call);
    const submittedAt = clock.now();
    // Nobody is told that it is being collected before it is known what that costs: the receipt is written then.
    const begun = Promise.withResolvers<undefined>();
    const begin = () => {
      begun.resolve(undefined);
    };
    const stays: Asker = { ...unattended(asker, submittedAt + PATIENCE_MS, begin), ...presence };
    const { leave: giveUp, ...waiting } = createPresence();
    const patient: Asker = {
      ...stays,
      ...waiting,
      stays,
      lane: asker.lane,
      // What is kept is on its way here: it is worth the moment.
      meter: asker.meter,
      hear: (failure) =>
        failure.code === 'DEADLINE_EXCEEDED' && !waiting.isWaiting()
          ? pending(call, submittedAt)
          : asker.hear(failure, endpoint),
    };
    const callOff = [
      asker.onGone(giveUp),
      clock.after(HOLD_MS_MAX, begin),
      clock.after(waitMs, () => void begun.promise.then(giveUp)),
    ];
    try {
      return await ask({ ...call, asker: patient });
    } finally {
      for (const each of callOff) each();
    }
  };

  return { within, leave };
}

function pending({ endpoint: { provider, name, polling } }: Call, submittedAt: number): ShopgraphError {
  const retryAfterMs = polling?.firstMs ?? RETRY_AFTER_MS;
  return new ShopgraphError('PENDING', { provider, endpoint: name, retryAfterMs, submittedAt });
}
