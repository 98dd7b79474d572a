/**
 * Windows of one list in one operation are solved one after the other: each finds what those before it have bought. A window that is wanted
 * again is not solved again.
 */
import type { Slice } from './slice.ts';
import type { Window } from './window.ts';

interface Turn extends Window {
  /** Under `@defer`: the first part of the answer waits for no such window. */
  readonly isDeferred: boolean;
}

interface Solving extends Turn {
  readonly solved: Promise<Slice<unknown>>;
}

export function createTurns() {
  const lists = new Map<string, Solving[]>();

  /** `sizesBefore`: of the pages that the windows before were made of. */
  return <Row>(
    list: string,
    { offset, count, isDeferred }: Turn,
    solve: (sizesBefore: readonly number[]) => Promise<Slice<Row>>,
  ): Promise<Slice<Row>> => {
    const all = lists.get(list) ?? [];
    // What is deferred comes after everything, and only what is deferred comes after it.
    const before = isDeferred ? all : all.filter((each) => !each.isDeferred);
    const known = before.find((each) => each.offset === offset && each.count === count);
    if (known) return known.solved as Promise<Slice<Row>>;
    const solved = before.length === 0 ? solve([]) : sizesOf(before).then(solve);
    all.push({ offset, count, isDeferred, solved });
    lists.set(list, all);
    return solved;
  };
}

/** When all of them have ended; one that failed has none. */
async function sizesOf(windows: readonly Solving[]): Promise<readonly number[]> {
  const ended = await Promise.allSettled(windows.map(({ solved }) => solved));
  const slices = ended.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  return [...new Set(slices.flatMap(({ rows }) => rows.map(({ pageSize }) => pageSize)))];
}
