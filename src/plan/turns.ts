/**
 * Windows of one list in one operation are solved one after the other: each finds what those before it have bought. A window that is wanted
 * again is not solved again.
 */
import type { Slice } from './slice.ts';
import type { Window } from './window.ts';

export function createTurns() {
  const turns = new Map<string, Promise<readonly number[]>>();
  const windows = new Map<string, Promise<Slice<unknown>>>();

  /** `sizesBefore`: of the pages that the windows before were made of. */
  return <Row>(
    list: string,
    { offset, count }: Window,
    solve: (sizesBefore: readonly number[]) => Promise<Slice<Row>>,
  ): Promise<Slice<Row>> => {
    const key = `${list} ${offset} ${count}`;
    const known = windows.get(key) as Promise<Slice<Row>> | undefined;
    if (known) return known;
    const before = turns.get(list) ?? Promise.resolve([]);
    const solved = before.then(solve);
    windows.set(key, solved);
    const sizes = solved.then(({ rows }) => rows.map(({ pageSize }) => pageSize)).catch(() => []);
    turns.set(
      list,
      Promise.all([before, sizes]).then(([earlier, own]) => [...new Set([...earlier, ...own])]),
    );
    return solved;
  };
}
