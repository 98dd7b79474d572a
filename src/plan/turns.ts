/** Windows of one list in one operation are solved one after the other: each finds what those before it have bought. */
import type { Slice } from './slice.ts';

/** `sizesBefore`: of the pages that the windows before were made of. */
export function createTurns() {
  const turns = new Map<string, Promise<readonly number[]>>();
  return async <Row>(
    list: string,
    solve: (sizesBefore: readonly number[]) => Promise<Slice<Row>>,
  ): Promise<Slice<Row>> => {
    const before = turns.get(list) ?? Promise.resolve([]);
    const solved = before.then(solve);
    const sizes = solved.then(({ rows }) => rows.map(({ pageSize }) => pageSize)).catch(() => []);
    turns.set(
      list,
      Promise.all([before, sizes]).then(([earlier, own]) => [...new Set([...earlier, ...own])]),
    );
    return solved;
  };
}
