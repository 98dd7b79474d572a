/** The choice of calls: never dearer than the cheapest set that any search could find. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { choose, coversOf, type Option } from '../../src/plan/choose.ts';

const ids = ['a', 'b', 'c', 'd', 'e', 'f'];
const options = fc.tuple(
  ...ids.map((id) => fc.record({ id: fc.constant(id), credits: fc.nat(4), calls: fc.nat(3) })),
) as fc.Arbitrary<Option[]>;
const wants = fc.array(fc.uniqueArray(fc.constantFrom(...ids), { maxLength: 4 }), { maxLength: 7 });

const covers = (chosen: readonly string[], wanted: readonly (readonly string[])[]) =>
  wanted.every((want) => want.length === 0 || want.some((id) => chosen.includes(id)));
const price = (chosen: readonly string[], from: readonly Option[]) => {
  const bought = from.filter(({ id }) => chosen.includes(id));
  const sum = (key: 'credits' | 'calls') => bought.reduce((total, option) => total + option[key], 0);
  return { credits: sum('credits'), calls: sum('calls') };
};

const subsets = Array.from({ length: 2 ** ids.length }, (_, bits) => ids.filter((_id, bit) => bits & (1 << bit)));

describe('the sets that are chosen among', () => {
  it('are all those that tell every want and can do without none of their options, the cheapest first', () => {
    fc.assert(
      fc.property(wants, options, (wanted, from) => {
        const found = coversOf(wanted, from);
        const isLeast = (set: readonly string[]) =>
          !set.some((id) =>
            covers(
              set.filter((other) => other !== id),
              wanted,
            ),
          );
        const all = subsets.filter((set) => covers(set, wanted) && isLeast(set)).map((set) => set.toSorted().join());
        expect(found.map((cover) => cover.ids.toSorted().join()).toSorted()).toEqual(all.toSorted());
        for (const { ids: set, ...told } of found) expect(told).toEqual(price(set, from));
        const { credits, calls } = price(choose(wanted, from), from);
        expect(found[0]).toMatchObject({ credits, calls });
      }),
      { numRuns: 1000 },
    );
  });
});

describe('choose', () => {
  it('covers every want at the price of the cheapest of all subsets', () => {
    fc.assert(
      fc.property(wants, options, (wanted, from) => {
        const chosen = choose(wanted, from);
        expect(covers(chosen, wanted)).toBe(true);
        const prices = subsets.filter((subset) => covers(subset, wanted)).map((subset) => price(subset, from));
        const best = prices.sort((x, y) => x.credits - y.credits || x.calls - y.calls)[0];
        expect(price(chosen, from)).toEqual(best);
      }),
      { numRuns: 2000 },
    );
  });

  it('takes one call that tells two facts rather than two cheaper ones that tell one each', () => {
    const from = [option('title', 2), option('image', 2), option('both', 3)];
    expect(
      choose(
        [
          ['title', 'both'],
          ['image', 'both'],
        ],
        from,
      ),
    ).toEqual(['both']);
  });

  it('takes a bulk call for the group where it suffices, and the single calls where only they know', () => {
    const bulk = { id: 'bulk', credits: 2, calls: 2 };
    const single = { id: 'single', credits: 20, calls: 20 };
    expect(choose([['single', 'bulk']], [single, bulk])).toEqual(['bulk']);
    expect(choose([['single', 'bulk'], ['single']], [single, bulk])).toEqual(['single']);
  });

  it('prefers what is at hand for nothing, then fewer calls, then what stands first', () => {
    expect(choose([['a', 'b']], [option('a', 1), option('b', 0)])).toEqual(['b']);
    expect(
      choose(
        [['a', 'b']],
        [
          { id: 'a', credits: 2, calls: 2 },
          { id: 'b', credits: 2, calls: 1 },
        ],
      ),
    ).toEqual(['b']);
    expect(choose([['b', 'a']], [option('a', 1), option('b', 1)])).toEqual(['a']);
  });

  it('tells at the same price as much as it can of what waits, and buys nothing for it', () => {
    const from = [option('a', 1), option('b', 1), option('c', 2)];
    expect(choose([['a', 'b', 'c']], from, [['b', 'c']])).toEqual(['b']);
    expect(choose([['a', 'b', 'c']], from, [['c']])).toEqual(['a']);
    expect(choose([], from, [['b']])).toEqual([]);
  });

  it('buys nothing for a fact that no source can tell', () => {
    expect(choose([[]], [option('a', 1)])).toEqual([]);
  });
});

const option = (id: string, credits: number): Option => ({ id, credits, calls: credits });
