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

export function createTurns() {
  const turns = new Map<string, Promise<readonly number[]>>();
  const windows = new Map<string, Promise<Slice<unknown>>>();

  /** `sizesBefore`: of the pages that the windows before were made of. */
  return <Row>(
    list: string,
    { offset, count, isDeferred }: Turn,
    solve: (sizesBefore: readonly number[]) => Promise<Slice<Row>>,
  ): Promise<Slice<Row>> => {
    const key = `${list} ${offset} ${count}`;
    const known = (windows.get(key) ?? (isDeferred ? windows.get(`later ${key}`) : undefined)) as
      Promise<Slice<Row>> | undefined;
    if (known) return known;
    // What is deferred comes after everything, and only what is deferred comes after it.
    const last = turns.get(list) ?? Promise.resolve([]);
    const lastOfAll = turns.get(`later ${list}`) ?? last;
    const before = isDeferred ? lastOfAll : last;
    const solved = before.then(solve);
    windows.set(isDeferred ? `later ${key}` : key, solved);
    const sizes = solved.then(({ rows }) => rows.map(({ pageSize }) => pageSize)).catch(() => []);
    const after = (earlier: Promise<readonly number[]>) =>
      Promise.all([earlier, sizes]).then(([those, own]) => [...new Set([...those, ...own])]);
    if (!isDeferred) turns.set(list, after(last));
    turns.set(`later ${list}`, after(lastOfAll));
    return solved;
  };
}
