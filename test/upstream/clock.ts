/** A clock that stands still until it is told to advance. */
import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../src/upstream/clock.ts';

interface Timer {
  readonly atMs: number;
  readonly then: () => void;
}

export interface FakeClock extends Clock {
  /** Runs what falls due in the next `ms`, in order, each after what the one before led to has settled. */
  advance: (ms: number) => Promise<void>;
  /** How long until the next timer; undefined if none is set. */
  nextInMs: () => number | undefined;
}

export function fakeClock(startMs = Date.UTC(2030, 0, 1)): FakeClock {
  let nowMs = startMs;
  const timers = new Set<Timer>();

  // Of equal times the first set is the first found: a Set keeps its order, and `<` keeps the earlier.
  const earliest = () =>
    [...timers].reduce<Timer | undefined>(
      (first, timer) => (first === undefined || timer.atMs < first.atMs ? timer : first),
      undefined,
    );

  const after = (ms: number, then: () => void) => {
    const timer = { atMs: nowMs + Math.max(0, ms), then };
    timers.add(timer);
    return () => {
      timers.delete(timer);
    };
  };

  const advance = async (ms: number) => {
    const endMs = nowMs + ms;
    await settled();
    for (let timer = earliest(); timer && timer.atMs <= endMs; timer = earliest()) {
      nowMs = timer.atMs;
      timers.delete(timer);
      timer.then();
      await settled();
    }
    nowMs = endMs;
  };

  const nextInMs = () => {
    const timer = earliest();
    return timer && timer.atMs - nowMs;
  };

  return { now: () => nowMs, after, advance, nextInMs };
}

/** Resolves when every promise that can settle without the world's help has settled. */
export const settled = (): Promise<void> => setImmediate();
