/** Windows over lists: every row exactly once and in order, from the fewest pages, whatever the provider does to them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPageSizes, type PageSizes } from '../../src/plan/page-sizes.ts';
import { slice, type PageOfRows, type Slice } from '../../src/plan/slice.ts';
import { pagesFor, type Page } from '../../src/plan/window.ts';
import { shopProducts } from '../../src/providers/winninghunter/contract.ts';

interface World {
  readonly total: number;
  /** The largest page that the provider serves; a larger limit is quietly lowered. */
  readonly servedMax: number;
  readonly says: 'total' | 'limit' | 'nothing';
}

/** A provider's list, and a memory of what was bought of it. */
function list({ total, servedMax, says }: World, sizes: PageSizes) {
  const bought = new Map<string, PageOfRows<{ id: string }>>();
  const key = (page: Page) => `${page.size}/${page.number}`;
  const serve = ({ size, number }: Page): PageOfRows<{ id: string }> => {
    const limit = Math.min(size, servedMax);
    const start = (number - 1) * limit;
    const rows = Array.from({ length: Math.max(0, Math.min(limit, total - start)) }, (_, i) => ({
      id: String(start + i),
    }));
    return { rows, total: says === 'total' ? total : says === 'limit' ? size : null, fetchedAt: 1 };
  };
  return {
    bought,
    pages: {
      name: `list of ${total}`,
      endpoint: shopProducts,
      sizes,
      warm: (several: readonly Page[]) => Promise.resolve(several.map((page) => bought.has(key(page)))),
      load: (page: Page) => {
        const answer = bought.get(key(page)) ?? serve(page);
        bought.set(key(page), answer);
        return Promise.resolve(answer);
      },
    },
  };
}

/** Walks to the end as a client does, with a `first` of its own for each step. */
async function walk({ pages, bought }: ReturnType<typeof list>, firsts: readonly number[], total: number) {
  const seen: string[] = [];
  let position: { offset: number; pageSize: number } | null = null;
  for (let step = 0; step < 2 * total + 10; step++) {
    const count = firsts[step % firsts.length]!;
    const part: Slice<{ id: string }> = await slice(
      pages,
      { offset: position ? position.offset + 1 : 0, count },
      position ? [position.pageSize] : [],
    );
    seen.push(...part.rows.map(({ row }) => row.id));
    position = part.rows.at(-1) ?? position;
    if (!part.hasNextPage || part.rows.length === 0) return { seen, calls: bought.size, ended: part };
  }
  throw new Error('the walk did not end');
}

const sizesFor = (max: number) => createPageSizes(() => max)(shopProducts);
const inOrder = (total: number) => Array.from({ length: total }, (_, index) => String(index));
const firsts = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 5 });

describe('walking a list', () => {
  it('yields every row exactly once and in order, for any first and any largest page', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(260),
        fc.integer({ min: 1, max: 70 }),
        fc.integer({ min: 1, max: 70 }),
        firsts,
        async (total, max, servedMax, steps) => {
          const { seen } = await walk(list({ total, servedMax, says: 'total' }, sizesFor(max)), steps, total);
          expect(seen).toEqual(inOrder(total));
        },
      ),
      { numRuns: 1500 },
    );
  });

  it('does so where `total` merely repeats the limit', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(160), fc.integer({ min: 1, max: 60 }), firsts, async (total, max, steps) => {
        const { seen } = await walk(list({ total, servedMax: max, says: 'limit' }, sizesFor(max)), steps, total);
        expect(seen).toEqual(inOrder(total));
      }),
      { numRuns: 500 },
    );
  });

  it('does so where the provider gives no total', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(160), fc.integer({ min: 1, max: 60 }), firsts, async (total, max, steps) => {
        const { seen } = await walk(list({ total, servedMax: max, says: 'nothing' }, sizesFor(max)), steps, total);
        expect(seen).toEqual(inOrder(total));
      }),
      { numRuns: 500 },
    );
  });

  it('costs no more than the list has full pages, and one look more where its end is in doubt', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 260 }),
        fc.integer({ min: 1, max: 60 }),
        firsts,
        async (total, max, steps) => {
          const { calls } = await walk(list({ total, servedMax: max, says: 'total' }, sizesFor(max)), steps, total);
          // A total that equals the limit may be a repetition of it.
          expect(calls).toBeLessThanOrEqual(Math.ceil(total / max) + (total === max ? 1 : 0));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('of 84 rows by 7 costs 2 calls', async () => {
    expect(await walk(list({ total: 84, servedMax: 50, says: 'total' }, sizesFor(50)), [7], 84)).toMatchObject({
      calls: 2,
    });
  });
});

describe('a window', () => {
  it('anywhere in a list holds exactly its rows, and knows whether there are more', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(200),
        fc.nat(220),
        fc.nat(100),
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 60 }),
        async (total, offset, count, max, servedMax) => {
          const { pages, bought } = list({ total, servedMax, says: 'total' }, sizesFor(max));
          const { rows, hasNextPage } = await slice(pages, { offset, count }, []);
          expect(rows.map(({ row }) => row.id)).toEqual(inOrder(total).slice(offset, offset + count));
          // Where `total` happens to equal a limit it proves nothing, and one more look is promised.
          const isInDoubt = [...bought.keys()].some((page) => page.startsWith(`${total}/`));
          if (total > offset + count || !isInDoubt) expect(hasNextPage).toBe(total > offset + count);
        },
      ),
      { numRuns: 1500 },
    );
  });

  it('is certain of its end where the page after it is in hand', async () => {
    const { pages } = list({ total: 50, servedMax: 50, says: 'total' }, sizesFor(50));
    expect((await slice(pages, { offset: 0, count: 50 }, [])).hasNextPage).toBe(true);
    await slice(pages, { offset: 50, count: 1 }, []);
    expect((await slice(pages, { offset: 0, count: 50 }, [])).hasNextPage).toBe(false);
  });

  it('that straddles two pages is covered by one page of another size where there is one', () => {
    expect(pagesFor({ offset: 45, count: 20 }, 50)).toEqual([{ size: 45, number: 2 }]);
    expect(pagesFor({ offset: 0, count: 20 }, 50)).toEqual([{ size: 50, number: 1 }]);
    expect(pagesFor({ offset: 0, count: 100 }, 50)).toHaveLength(2);
  });

  it('is covered by the fewest pages that can cover it', () => {
    fc.assert(
      fc.property(
        fc.nat(60),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 12 }),
        (offset, count, max) => {
          const pages = pagesFor({ offset, count }, max);
          expect(pages.length).toBe(fewest(offset, offset + count, max));
          const covered = new Set(
            pages.flatMap(({ size, number }) => Array.from({ length: size }, (_, i) => (number - 1) * size + i)),
          );
          for (let row = offset; row < offset + count; row++) expect(covered).toContain(row);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('does not fail for a page beside it that is in the air and fails', async () => {
    const { pages } = list({ total: 84, servedMax: 50, says: 'total' }, sizesFor(50));
    const shaky = {
      ...pages,
      warm: (several: readonly Page[]) => Promise.resolve(several.map(({ number }) => number === 1)),
      load: (page: Page) => (page.number === 1 ? Promise.reject(new Error('failed')) : pages.load(page)),
    };
    await expect(slice(shaky, { offset: 0, count: 5 }, [])).rejects.toThrow('failed');
    const { rows } = await slice(shaky, { offset: 60, count: 5 }, []);
    expect(rows.map(({ offset }) => offset)).toEqual([60, 61, 62, 63, 64]);
  });

  it('buys only what is missing when a part is in hand', async () => {
    const shop = list({ total: 84, servedMax: 50, says: 'total' }, sizesFor(50));
    await slice(shop.pages, { offset: 0, count: 20 }, []);
    await slice(shop.pages, { offset: 20, count: 20 }, [50]);
    expect([...shop.bought.keys()]).toEqual(['50/1']);
    await slice(shop.pages, { offset: 40, count: 20 }, [50]);
    expect([...shop.bought.keys()]).toEqual(['50/1', '50/2']);
  });

  it('shows a row once when the list moved between two pages', async () => {
    const moved = {
      name: 'moved',
      endpoint: shopProducts,
      sizes: sizesFor(2),
      warm: (several: readonly Page[]) => Promise.resolve(several.map(() => false)),
      load: ({ number }: Page) =>
        Promise.resolve({
          rows: number === 1 ? [{ id: 'a' }, { id: 'b' }] : [{ id: 'b' }, { id: 'c' }],
          total: 9,
          fetchedAt: 1,
        }),
    };
    const { rows } = await slice(moved, { offset: 0, count: 4 }, []);
    expect(rows.map(({ row }) => row.id)).toEqual(['a', 'b', 'c']);
  });

  it('is refused when the provider sends more rows than were asked for: their places are unknown', async () => {
    const { pages } = list({ total: 9, servedMax: 9, says: 'total' }, sizesFor(3));
    const generous = { ...pages, load: () => pages.load({ size: 9, number: 1 }) };
    await expect(slice(generous, { offset: 0, count: 2 }, [])).rejects.toMatchObject({ code: 'UPSTREAM_BAD_DATA' });
  });
});

describe('a provider that serves smaller pages than asked', () => {
  it('is found out once per process, not once per window', async () => {
    const sizes = sizesFor(50);
    const shops = [90, 91, 92, 93].map((total) => list({ total, servedMax: 20, says: 'total' }, sizes));
    const calls: number[] = [];
    for (const [index, shop] of shops.entries()) calls.push((await walk(shop, [20], 90 + index)).calls);
    expect(sizes.max()).toBe(20);
    expect(calls.slice(2)).toEqual([5, 5]);
  });

  it('is not suspected for totals that are wrong by one, however many lists have such', async () => {
    const sizes = sizesFor(50);
    for (let i = 0; i < 5; i++) {
      const { pages } = list({ total: 3, servedMax: 50, says: 'total' }, sizes);
      const wrong = {
        ...pages,
        name: `list ${i}`,
        load: async (page: Page) => ({ ...(await pages.load(page)), total: 4 }),
      };
      expect((await slice(wrong, { offset: 0, count: 20 }, [])).rows).toHaveLength(3);
    }
    expect(sizes.max()).toBe(50);
  });

  it('is not confused with a total that is wrong by one', async () => {
    const { pages, bought } = list({ total: 83, servedMax: 50, says: 'total' }, sizesFor(50));
    const wrong = { ...pages, load: async (page: Page) => ({ ...(await pages.load(page)), total: 84 }) };
    const { rows, hasNextPage } = await slice(wrong, { offset: 0, count: 100 }, []);
    expect(rows.map(({ row }) => row.id)).toEqual(inOrder(83));
    expect(hasNextPage).toBe(false);
    expect(bought.size).toBeLessThanOrEqual(4);
  });
});

/** Fewest pages by trying every page that holds the first missing row. */
function fewest(from: number, to: number, max: number): number {
  if (from >= to) return 0;
  const ends = Array.from({ length: max }, (_, index) => (Math.floor(from / (index + 1)) + 1) * (index + 1));
  return (
    1 + Math.min(...ends.filter((end) => end === Math.max(...ends) || end >= to).map((end) => fewest(end, to, max)))
  );
}
