/** Time as the policies see it, so that a test can own it. */

export interface Clock {
  /** Milliseconds since the epoch. */
  now: () => number;
  /** Runs `then` once, `ms` from now; returns how to call it off. */
  after: (ms: number, then: () => void) => () => void;
}

export const systemClock: Clock = {
  now: Date.now,
  after: (ms, then) => {
    // What keeps the process alive is the server, not a slot that falls free in a minute.
    // What is past is due now; Node would say so on stderr.
    const timer = setTimeout(then, Math.max(0, ms)).unref();
    return () => {
      clearTimeout(timer);
    };
  },
};

export const sleep = (clock: Clock, ms: number): Promise<void> =>
  new Promise((resolve) => {
    clock.after(ms, resolve);
  });
