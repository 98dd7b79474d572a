/** For whom a call is made: an operation, or all operations that wait for the same flight. */
import { ShopgraphError } from '../errors.ts';
import type { Endpoint, ProviderName } from '../providers/provider.ts';
import type { Clock } from './clock.ts';

/** Nobody looks on while a `background` call is made: it waits behind all others. */
export type Lane = 'interactive' | 'background';

export interface Asker {
  /** Whose turn it is in line. */
  readonly caller: string;
  readonly lane: Lane;
  /** In ms since the epoch: nobody waits for longer. */
  readonly deadline: number;
  readonly isWaiting: () => boolean;
  /** Calls `then` when nobody waits any more; returns how to call that off. */
  readonly onGone: (then: () => void) => () => void;
  /** Has the call made and lands it when this one has left. Absent: what has not been sent by then is given up. */
  readonly stays?: Asker;
  /** Sets aside the price of one attempt; throws `BUDGET_EXHAUSTED` where nobody can pay. */
  readonly pay: (endpoint: Endpoint) => Payment;
  /** A failure as this asker is told it: what concerns its own time or budget is one error, whatever the number of calls. */
  readonly hear: (failure: ShopgraphError, endpoint: Endpoint) => ShopgraphError;
  readonly meter: Meter;
}

/** What an asker is told about its call while it travels. */
export interface Meter {
  readonly avoided: (reason: 'cache' | 'coalesced') => void;
  /** An answer past its time was given. */
  readonly stale: () => void;
  /** How long it stood in line. */
  readonly waited: (provider: ProviderName, ms: number) => void;
  /** It is asked again. */
  readonly retried: () => void;
}

/** The price of one attempt, set aside in the budget of whoever pays for it. */
export interface Payment {
  readonly caller: string;
  /** For the log. */
  readonly requestId: string;
  readonly isSent: () => boolean;
  /** Will be sent when the payer has had its receipt, which is to say so. */
  readonly expected: () => void;
  /** Asks whether all instances together can still pay; rejects with `BUDGET_EXHAUSTED` if not. */
  readonly claim: () => Promise<void>;
  /** From now on it may be charged. */
  readonly sent: () => void;
  /** What it came to. */
  readonly settle: (credits: number) => void;
  /** Sets aside what asking once more for the same takes, in the same accounts; no budget of an operation forbids it. */
  readonly again: (endpoint: Endpoint) => Payment;
  /** Gives back what was set aside, unless it was sent. */
  readonly release: () => void;
  /** The payer's account turned out to be empty. */
  readonly refuse: (why: ShopgraphError) => void;
}

/** Whether somebody waits, until `leave` says that nobody does any more. */
export interface Presence extends Pick<Asker, 'isWaiting' | 'onGone'> {
  readonly leave: () => void;
}

export function createPresence(): Presence {
  const listeners = new Set<() => void>();
  let isWaiting = true;
  return {
    isWaiting: () => isWaiting,
    onGone: (then) => {
      listeners.add(then);
      return () => {
        listeners.delete(then);
      };
    },
    leave: () => {
      if (!isWaiting) return;
      isWaiting = false;
      for (const listener of listeners) listener();
      listeners.clear();
    },
  };
}

/** For a call that has not been sent when all who waited for it have left. */
export const givenUp = () => new ShopgraphError('DEADLINE_EXCEEDED', { reason: 'nobody waits for it any more' });

/** Resolves after `ms` to true, or as soon as nobody waits any more to false. */
export const sleepWhileWaiting = (clock: Clock, asker: Pick<Asker, 'onGone'>, ms: number): Promise<boolean> =>
  new Promise((resolve) => {
    const wake = (isOver: boolean) => {
      callOff();
      forget();
      resolve(isOver);
    };
    const callOff = clock.after(ms, () => {
      wake(true);
    });
    const forget = asker.onGone(() => {
      wake(false);
    });
  });
