/**
 * The provider's rule "N requests in any rolling window", kept by this process alone.
 *
 * The provider counts a request at a moment between its sending and its answer. So a slot is taken before sending and
 * falls free a window after the answer: any window of the provider's own clock then holds at most N of our requests.
 */
import type { Lane } from './asker.ts';
import type { Clock } from './clock.ts';

/** What a provider allows. */
export interface Rate {
  /** Requests in any window. */
  readonly slots: number;
  readonly windowMs: number;
}

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
  /** How many there are in a window. */
  readonly size: number;
  /** If there were too few: when each, or the first of them, can be had at the earliest, in ms since the epoch, in order. */
  readonly freeAt: readonly number[];
  /** If there were too few: when to come again. */
  readonly againAt: number;
}

export interface LocalWindow extends Window {
  /** How many slots there are, from now on. */
  readonly resize: (slots: number) => void;
  /** Slots that were taken elsewhere: each falls free at its time. */
  readonly occupy: (freeAt: readonly number[]) => void;
  /** Slots that another rule has given: written down, though they may be more than there are. */
  readonly record: (count: number) => readonly Slot[];
  /** When each slot that is taken falls free; Infinity while its request is in the air. */
  readonly occupied: () => readonly number[];
}

export function localWindow({ clock, slots, windowMs }: Rate & { clock: Clock }): LocalWindow {
  let size = slots;
  let taken: { freeAt: number }[] = [];

  const takeOne = (): Slot => {
    const slot = { freeAt: Infinity };
    taken.push(slot);
    return {
      answered: () => {
        slot.freeAt = Math.min(slot.freeAt, clock.now() + windowMs);
      },
      unused: () => {
        taken = taken.filter((each) => each !== slot);
      },
    };
  };
  const drop = () => {
    const now = clock.now();
    taken = taken.filter(({ freeAt }) => freeAt > now);
  };

  return {
    take: (count) => {
      drop();
      const free = Math.max(0, Math.min(count, size - taken.length));
      const taking = Array.from({ length: free }, takeOne);
      // What is in the air may be answered now. Of more than there are, the first to fall free help nobody.
      const soonest = clock.now() + windowMs;
      const freeAt = taken
        .map((slot) => (slot.freeAt === Infinity ? soonest : slot.freeAt))
        .sort((one, other) => one - other);
      const useful = freeAt.slice(Math.max(0, taken.length - size), taken.length);
      return { slots: taking, size, freeAt: useful, againAt: useful[0] ?? soonest };
    },
    resize: (to) => {
      size = to;
    },
    occupy: (times) => {
      taken.push(...times.map((freeAt) => ({ freeAt })));
    },
    record: (count) => Array.from({ length: count }, takeOne),
    occupied: () => {
      drop();
      return taken.map(({ freeAt }) => freeAt);
    },
  };
}

/** No rule to keep. */
export const openWindow: Window = {
  take: (count) => ({
    slots: Array.from({ length: count }, () => slotOfNothing),
    size: Infinity,
    freeAt: [],
    againAt: Infinity,
  }),
};

const slotOfNothing: Slot = { answered: () => undefined, unused: () => undefined };
