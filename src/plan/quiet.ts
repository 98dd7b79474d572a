/** Tells when an operation has nothing under way any more, so that what it cost can be told while it is answered. */
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Decisions are taken in a turn of their own, and lead to calls in the same. */
const QUIET_TURNS = 3;

export function createQuiet() {
  let underWay = 0;
  const waiting: (() => void)[] = [];
  const ended = () => {
    if (--underWay > 0) return;
    for (const resolve of waiting.splice(0)) resolve();
  };
  const idle = () => (underWay === 0 ? Promise.resolve() : new Promise<void>((resolve) => waiting.push(resolve)));

  return {
    /** The operation waits for this. */
    during: <Result>(work: Promise<Result>): Promise<Result> => {
      underWay++;
      work.then(ended, ended);
      return work;
    },
    /** Resolves when it waits for nothing, and goes on doing so. */
    quiet: async (): Promise<void> => {
      for (let turns = 0; turns < QUIET_TURNS; turns++) {
        if (underWay > 0) turns = 0;
        await idle();
        await nextTurn();
      }
    },
  };
}
