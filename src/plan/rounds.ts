/** Decisions are taken in rounds: each after everything that costs nothing has come in, cached answers included. */

interface Rounds {
  /** Sees to it that there is a round soon. */
  readonly schedule: () => void;
  /** Ends with a round, whenever that is; rejects if it fails. */
  readonly next: () => Promise<void>;
}

interface Round {
  /** What has to be there before anything can be decided; null: nothing. */
  readonly prepare: () => Promise<void> | null;
  readonly decide: () => void;
}

export function createRounds({ prepare, decide }: Round): Rounds {
  let isScheduled = false;
  let waiting: { resolve: () => void; reject: (error: unknown) => void }[] = [];

  const end = () => {
    isScheduled = false;
    const told = waiting;
    waiting = [];
    try {
      decide();
      for (const { resolve } of told) resolve();
    } catch (error) {
      for (const { reject } of told) reject(error);
    }
  };
  const run = () => {
    let prepared: Promise<void> | null = null;
    try {
      prepared = prepare();
    } finally {
      // Without what is kept from before, the choice is a poorer one, and that is all.
      if (prepared) void prepared.then(end, end);
      else end();
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
