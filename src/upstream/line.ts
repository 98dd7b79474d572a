/** Who is next: the interactive before those in the background, then callers in turn, then the earliest deadline. */
import type { Asker } from './asker.ts';

export interface Waiting {
  readonly asker: Asker;
}

/** `servedAt`: how many had been served when the caller was last; undefined: never. */
export function inOrder<Entry extends Waiting>(
  entries: readonly Entry[],
  servedAt: (caller: string) => number | undefined,
): Entry[] {
  const byDeadline = entries
    .map((entry) => {
      const { caller, lane, deadline } = entry.asker;
      return { entry, caller, lane: lane === 'interactive' ? 0 : 1, deadline };
    })
    .sort((one, other) => one.lane - other.lane || one.deadline - other.deadline);
  // The second call of one caller comes after the first of every other.
  const before = new Map<string, number>();
  const placed = byDeadline.map((each) => {
    const own = `${each.lane} ${each.caller}`;
    const nth = before.get(own) ?? 0;
    before.set(own, nth + 1);
    return { ...each, nth, served: servedAt(each.caller) ?? -1 };
  });
  return placed
    .sort((one, other) => one.lane - other.lane || one.nth - other.nth || one.served - other.served)
    .map(({ entry }) => entry);
}
