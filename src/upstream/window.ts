/**
 * The provider's rule "N requests in any rolling minute", kept by this process alone.
 *
 * The provider counts a request at a moment between its sending and its answer. So a slot is taken before sending and
 * falls free a window after the answer: any window of the provider's own clock then holds at most N of our requests.
 */
import type { Lane } from './asker.ts';
import type { Clock } from './clock.ts';

export const WINDOW_MS = 60_000;

export interface Slot {
  /** The request was answered, or failed. */
  readonly answered: () => void;
  /** Nothing was sent. */
  readonly unused: () => void;
}

export interface Window {
  /** As many slots as are free, `count` at most. */
  readonly take: (count: number, lane: Lane) => Promise<Taken> | Taken;
}

export interface Taken {
  readonly slots: readonly Slot[];
  /** When the taken slots fall free at the earliest, in ms since the epoch, in order. */
  readonly freeAt: readonly number[];
}

export interface LocalWindow extends Window {
  /** How many slots there are, from now on. */
  readonly resize: (slots: number) => void;
  /** Slots that other processes have taken: each falls free at its time. */
  readonly occupy: (freeAt: readonly number[]) => void;
  /** When each slot that is now taken falls free at the earliest. */
  readonly freeAt: () => number[];
}

export function localWindow({ clock, slots }: { clock: Clock; slots: number }): LocalWindow {
  let size = slots;
  /** When a slot falls free; Infinity while its request is in the air. */
  let taken: { freeAt: number }[] = [];

  const freeAt = () => {
    const now = clock.now();
    // What is in the air may be answered now.
    return taken.map((slot) => Math.min(slot.freeAt, now + WINDOW_MS)).sort((one, other) => one - other);
  };
  const takeOne = (): Slot => {
    const slot = { freeAt: Infinity };
    taken.push(slot);
    return {
      answered: () => {
        slot.freeAt = Math.min(slot.freeAt, clock.now() + WINDOW_MS);
      },
      unused: () => {
        taken = taken.filter((each) => each !== slot);
      },
    };
  };

  return {
    take: (count) => {
      const now = clock.now();
      taken = taken.filter((slot) => slot.freeAt > now);
      const free = Math.max(0, Math.min(count, size - taken.length));
      const taking = Array.from({ length: free }, takeOne);
      // Of those above the size, the first to fall free help nobody.
      return { slots: taking, freeAt: freeAt().slice(Math.max(0, taken.length - size)) };
    },
    resize: (to) => {
      size = to;
    },
    occupy: (times) => {
      taken.push(...times.map((each) => ({ freeAt: each })));
    },
    freeAt,
  };
}

/** No rule to keep. */
export const openWindow: Window = {
  take: (count) => ({ slots: Array.from({ length: count }, () => slotOfNothing), freeAt: [] }),
};

const slotOfNothing: Slot = { answered: () => undefined, unused: () => undefined };
