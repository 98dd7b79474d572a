/** Decisions are taken in rounds: each after everything that costs nothing has come in, cached answers included. */

interface Rounds {
  /** Sees to it that there is a round soon. */
  readonly schedule: () => void;
  /** Ends with the next round, whenever that is; rejects if it fails. */
  readonly next: () => Promise<void>;
}

export function createRounds(decide: () => void): Rounds {
  let isScheduled = false;
  let waiting: { resolve: () => void; reject: (error: unknown) => void }[] = [];

  const run = () => {
    const told = waiting;
    waiting = [];
    isScheduled = false;
    try {
      decide();
      for (const { resolve } of told) resolve();
    } catch (error) {
      for (const { reject } of told) reject(error);
    }
  };

  return {
    schedule: () => {
      if (!isScheduled) setImmediate(run);
      isScheduled = true;
    },
    next: () =>
      new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
      }),
  };
}
