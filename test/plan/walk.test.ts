/** Windows over lists that hang together by cursors: every row exactly once and in order, and no page that is not needed. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodePlace, encodePlace } from '../../src/plan/walk-cursor.ts';
import { START, walk, type LinkedPage, type Place, type Walked } from '../../src/plan/walk.ts';

interface Row {
  readonly id: string;
}

/** A provider's list, page by page, and which pages were asked for. `leadsTo`: where the last page goes on, against the rules. */
function list(pages: readonly (readonly string[])[], leadsTo?: number) {
  const loads: number[] = [];
  const cursorOf = (number: number | undefined) => (number === undefined ? null : `page ${number}`);
  const load = (cursor: string | null): Promise<LinkedPage<Row>> => {
    const number = cursor === null ? 0 : Number(cursor.slice(5));
    loads.push(number);
    const next = number + 1 < pages.length ? number + 1 : leadsTo;
    const rows = pages[number]!.map((id) => ({ id }));
    return Promise.resolve({ rows, nextCursor: cursorOf(next), fetchedAt: number });
  };
  return { load, loads };
}

const idsOf = ({ rows }: Walked<Row>) => rows.map(({ row }) => row.id);
const throughText = (place: Place): Place => decodePlace('list', encodePlace('list', place));

/** As a client does: each step goes on where the one before it ended, until there is no more. */
async function walkAll({ load, loads }: ReturnType<typeof list>, firsts: readonly number[]) {
  const windows: { ids: string[]; loads: number[] }[] = [];
  let from = START;
  for (let step = 0; step < 2000; step++) {
    const before = loads.length;
    const walked = await walk(load, from, firsts[step % firsts.length]!);
    windows.push({ ids: idsOf(walked), loads: loads.slice(before) });
    if (!walked.hasNextPage) return windows;
    from = throughText(walked.resume ?? walked.rows.at(-1)!.next);
  }
  throw new Error('the walk did not end');
}

const firsts = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 5 });
/** Pages of any sizes, empty ones among them; every row has an id of its own. */
const pagesOf = (sizes: readonly number[]) => {
  let id = 0;
  return sizes.map((size) => Array.from({ length: size }, () => String(id++)));
};
const distinctPages = fc.array(fc.nat(15), { minLength: 1, maxLength: 30 }).map(pagesOf);
const full = (total: number, size: number) =>
  pagesOf(Array.from({ length: Math.ceil(total / size) }, (_, i) => Math.min(size, total - i * size)));
const repeating = fc.array(fc.array(fc.nat(20).map(String), { maxLength: 8 }), { minLength: 1, maxLength: 12 });

describe('walking a list', () => {
  it('yields every row exactly once and in order, for any first and any pages', async () => {
    await fc.assert(
      fc.asyncProperty(distinctPages, firsts, async (pages, steps) => {
        const windows = await walkAll(list(pages), steps);
        expect(windows.flatMap(({ ids }) => ids)).toEqual(pages.flat());
      }),
      { numRuns: 1000 },
    );
  });

  it('fills every window but the last', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 15 }), { minLength: 1, maxLength: 30 }),
        firsts,
        async (sizes, steps) => {
          const windows = await walkAll(list(pagesOf(sizes)), steps);
          windows.slice(0, -1).forEach(({ ids }, step) => {
            expect(ids).toHaveLength(steps[step % steps.length]!);
          });
        },
      ),
      { numRuns: 300 },
    );
  });

  it('asks, with no memory at all, only for pages that hold a row of the window, or stand where the next one must be looked for', async () => {
    await fc.assert(
      fc.asyncProperty(distinctPages, firsts, async (pages, steps) => {
        const pageOf = new Map(pages.flatMap((ids, number) => ids.map((id) => [id, number])));
        let reached = -1;
        for (const { ids, loads } of await walkAll(list(pages), steps)) {
          // No page twice, none left out, none from before the window's first row.
          expect(loads).toEqual(loads.map((_, index) => loads[0]! + index));
          if (ids.length > 0) {
            expect(loads[0]).toBeLessThanOrEqual(pageOf.get(ids[0]!)!);
            // What is asked for again is a page with rows of this window and of the one before.
            if (loads[0]! <= reached) expect([loads[0], pageOf.get(ids[0]!)]).toEqual([reached, reached]);
          }
          const isFull = ids.length === steps[0] && steps.length === 1;
          if (isFull) expect(loads.at(-1)).toBe(pageOf.get(ids.at(-1)!));
          reached = loads.at(-1)!;
        }
      }),
      { numRuns: 1000 },
    );
  });

  it.each([1, 7, 10, 33, 100])(
    'of 40 rows in pages of 12 by %i, asks for each of the 4 pages once where it is remembered',
    async (first) => {
      const shop = list(full(40, 12));
      const windows = await walkAll(shop, [first]);
      expect(windows.flatMap(({ ids }) => ids)).toHaveLength(40);
      expect(new Set(shop.loads)).toEqual(new Set([0, 1, 2, 3]));
    },
  );

  it('by as many as a page has, asks for each page once though nothing is remembered', async () => {
    const shop = list(full(48, 12));
    await walkAll(shop, [12]);
    expect(shop.loads).toEqual([0, 1, 2, 3]);
  });
});

describe('a list that repeats itself', () => {
  it('shows no row twice in one window, and none that stood before it in the same page', async () => {
    await fc.assert(
      fc.asyncProperty(repeating, firsts, async (pages, steps) => {
        const windows = await walkAll(list(pages), steps);
        for (const { ids } of windows) expect(new Set(ids).size).toBe(ids.length);
        expect(new Set(windows.flatMap(({ ids }) => ids))).toEqual(new Set(pages.flat()));
        if (pages.length === 1) expect(windows.flatMap(({ ids }) => ids)).toEqual([...new Set(pages.flat())]);
      }),
      { numRuns: 1000 },
    );
  });

  it('in one window as large as it yields each row once, in the order of their first appearance', async () => {
    await fc.assert(
      fc.asyncProperty(repeating, async (pages) => {
        expect(idsOf(await walk(list(pages).load, START, 100))).toEqual([...new Set(pages.flat())]);
      }),
      { numRuns: 500 },
    );
  });

  it('says that there is no more where only repetitions are left', async () => {
    const walked = await walk(list([['a', 'b', 'a', 'b']]).load, START, 2);
    expect([idsOf(walked), walked.hasNextPage]).toEqual([['a', 'b'], false]);
  });

  it('leads on past the repetitions at the end of a page', async () => {
    const shop = list([['a', 'b', 'a'], ['c']]);
    const windows = await walkAll(shop, [2]);
    expect(windows).toEqual([
      { ids: ['a', 'b'], loads: [0] },
      { ids: ['c'], loads: [1] },
    ]);
  });

  it('by its cursors ends, wherever it leads back to', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(6), { minLength: 2, maxLength: 20 }),
        fc.nat(19),
        firsts,
        async (sizes, back, steps) => {
          const pages = pagesOf(sizes);
          // The first page has no cursor: nothing can lead back to it.
          const shop = list(pages, 1 + (back % (pages.length - 1)));
          const windows = await walkAll(shop, steps);
          expect(new Set(windows.flatMap(({ ids }) => ids))).toEqual(new Set(pages.flat()));
          expect(shop.loads.length).toBeLessThan(4 * pages.length + windows.length);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('by a cursor of the page itself ends there', async () => {
    for (const last of [1, 2, 3, 4, 5]) {
      const pages = full(2 * (last + 1), 2);
      const shop = list(pages, last);
      expect((await walkAll(shop, [2])).flatMap(({ ids }) => ids)).toEqual(pages.flat());
    }
  });
});

describe('empty pages', () => {
  it('are followed to the rows behind them', async () => {
    const walked = await walk(list([[], ['a'], [], [], ['b'], ['c']]).load, START, 2);
    expect([idsOf(walked), walked.hasNextPage]).toEqual([['a', 'b'], true]);
  });

  it('are followed no further than 10 in one window: then the client may go on from there', async () => {
    const shop = list([['a'], ...Array.from({ length: 25 }, () => []), ['b']]);
    const windows = await walkAll(shop, [5]);
    expect(windows.map(({ ids }) => ids)).toEqual([['a'], [], ['b']]);
    expect(windows.map(({ loads }) => loads.length)).toEqual([11, 10, 6]);
    expect(new Set(shop.loads).size).toBe(shop.loads.length);
  });
});

describe('a window', () => {
  it('of no rows asks for one page, to see whether there is a row', async () => {
    for (const [pages, hasNextPage] of [
      [[['a']], true],
      [[[]], false],
      [[[], ['a']], true],
    ] as const) {
      const shop = list(pages);
      expect(await walk(shop.load, START, 0)).toMatchObject({ rows: [], hasNextPage });
      expect(shop.loads).toEqual([0]);
    }
  });

  it('is as old as the oldest of its pages', async () => {
    const { load } = list([['a'], ['b'], ['c']]);
    const { rows } = await walk(load, START, 1);
    expect((await walk(load, rows[0]!.next, 2)).fetchedAt).toBe(1);
  });

  it('after the last row is empty, and sees what has come since', async () => {
    const { rows, hasNextPage } = await walk(list([['a']]).load, START, 5);
    expect(hasNextPage).toBe(false);
    const after = rows[0]!.next;
    expect(await walk(list([['a']]).load, after, 5)).toMatchObject({ rows: [], hasNextPage: false });
    expect(idsOf(await walk(list([['a', 'b']]).load, after, 5))).toEqual(['b']);
  });

  it('fails as its page does', async () => {
    const failing = () => Promise.reject(new Error('failed'));
    await expect(walk(failing, START, 5)).rejects.toThrow('failed');
  });
});

describe('a cursor', () => {
  const cursor = fc.option(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }), { nil: null });
  const mark = fc.constantFrom('', 'abcdefghijk');
  const place = fc.record<Place>({ cursor, index: fc.nat(1e9 - 1), pages: fc.nat(1e9 - 1), mark });

  it('comes back as it was, whatever the provider calls its pages', () => {
    fc.assert(
      fc.property(place, (at) => {
        expect(throughText(at)).toEqual(at);
      }),
    );
  });

  it('carries the longest cursor of a provider', () => {
    const at = { ...START, cursor: '\uFFFD'.repeat(8192) };
    expect(throughText(at)).toEqual(at);
  });

  const refused = (list: string, given: string) => {
    expect(() => decodePlace(list, given)).toThrow(expect.objectContaining({ code: 'BAD_CURSOR' }) as Error);
  };

  it('is refused where any character of it is changed, dropped or added', () => {
    const given = encodePlace('list', { ...START, cursor: 'WzkzNjU0LCIxIl0=', index: 3 });
    for (let at = 0; at < given.length; at++) {
      refused('list', given.slice(0, at) + given.slice(at + 1));
      for (const put of ['A', 'B', '-', '=', ' ']) {
        if (given[at] !== put) refused('list', given.slice(0, at) + put + given.slice(at + 1));
        refused('list', given.slice(0, at) + put + given.slice(at));
      }
    }
  });

  it('is refused by another list, and where it is no cursor at all', () => {
    refused('another', encodePlace('list', START));
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String()), (given) => {
        refused('list', given);
      }),
    );
  });

  it('is refused unread where no provider could have made it as long', () => {
    refused('list', encodePlace('list', { ...START, cursor: 'a'.repeat(30_000) }));
  });

  it('of another version is refused, though all else fits', () => {
    const given = Buffer.from(encodePlace('list', START), 'base64url').toString();
    refused('list', Buffer.from(given.replace(/^\d+/, '999')).toString('base64url'));
  });
});
