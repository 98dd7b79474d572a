/** Guards the line: who looks on goes before who does not, and no caller starves another. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inOrder } from '../../src/upstream/line.ts';
import { anAsker } from './calls.ts';

type Who = Parameters<typeof anAsker>[0] & { readonly name?: string };

const entryOf = ({ name = '', ...who }: Who) => ({ name, asker: anAsker(who) });
type Entry = ReturnType<typeof entryOf>;

const never = () => undefined;
const namesOf = (entries: readonly Entry[]) => entries.map(({ name }) => name).join('');

/** One place at a time, as slots fall free one by one; `later` joins in after that many were served. */
function servedOneByOne(entries: readonly Entry[], later: readonly { after: number; entry: Entry }[] = []): Entry[] {
  let waiting = [...entries];
  const served: Entry[] = [];
  const servedAt = new Map<string, number>();
  for (;;) {
    waiting.push(...later.filter(({ after }) => after === served.length).map(({ entry }) => entry));
    const [next] = inOrder(waiting, (caller) => servedAt.get(caller));
    if (!next) return served;
    waiting = waiting.filter((each) => each !== next);
    served.push(next);
    servedAt.set(next.asker.caller, served.length);
  }
}

const entries = fc.array(
  fc
    .record({
      caller: fc.constantFrom('a', 'b', 'c', 'd'),
      lane: fc.constantFrom('interactive' as const, 'background' as const),
      deadline: fc.oneof(fc.constant(Infinity), fc.integer({ min: 0, max: 20 })),
    })
    .map(entryOf),
  { maxLength: 40 },
);
const served = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.integer({ min: 1, max: 100 }));

describe('for any line', () => {
  it('nobody is lost and nobody comes twice', () => {
    fc.assert(
      fc.property(entries, served, (line, servedAt) => {
        const order = inOrder(line, (caller) => servedAt[caller]);
        expect(order.length).toBe(line.length);
        expect(new Set(order)).toEqual(new Set(line));
      }),
    );
  });

  it('all who look on come before all who do not, however late they come', () => {
    fc.assert(
      fc.property(entries, served, (line, servedAt) => {
        const lanes = inOrder(line, (caller) => servedAt[caller]).map(({ asker }) => asker.lane);
        expect(lanes.lastIndexOf('interactive')).toBeLessThan((lanes.indexOf('background') + 1 || Infinity) - 1);
      }),
    );
  });

  it("a caller's own calls keep their order: by deadline, and of equal deadlines as they came", () => {
    fc.assert(
      fc.property(entries, served, (line, servedAt) => {
        const order = inOrder(line, (caller) => servedAt[caller]);
        for (const own of ['a', 'b', 'c', 'd']) {
          for (const lane of ['interactive', 'background']) {
            const isOwn = ({ asker }: Entry) => asker.caller === own && asker.lane === lane;
            const byDeadline = line
              .filter(isOwn)
              .toSorted((one, other) =>
                one.asker.deadline < other.asker.deadline ? -1 : Number(one.asker.deadline > other.asker.deadline),
              );
            expect(order.filter(isOwn)).toEqual(byDeadline);
          }
        }
      }),
    );
  });

  it('no caller has more than one turn ahead of another that has calls left', () => {
    fc.assert(
      fc.property(entries, served, (line, servedAt) => {
        const order = inOrder(line, (caller) => servedAt[caller]);
        for (const lane of ['interactive', 'background']) {
          const callers = order.filter(({ asker }) => asker.lane === lane).map(({ asker }) => asker.caller);
          for (let end = 0; end < callers.length; end++) {
            const turns = (caller: string) => callers.slice(0, end).filter((each) => each === caller).length;
            const left = new Set(callers.slice(end));
            const most = Math.max(...callers.map(turns));
            for (const caller of left) expect(most - turns(caller)).toBeLessThanOrEqual(1);
          }
        }
      }),
      { numRuns: 50 },
    );
  });

  it('served one by one, nobody has two turns while another in the same lane waits for its one', () => {
    const later = fc.array(
      fc.record({ after: fc.integer({ min: 0, max: 40 }), entry: entries.map(([entry]) => entry) }),
    );
    fc.assert(
      fc.property(entries, later, (line, joining) => {
        const known = joining.flatMap(({ after, entry }) => (entry ? [{ after, entry }] : []));
        const order = servedOneByOne(line, known);
        const joinedAt = (entry: Entry) => known.find((each) => each.entry === entry)?.after ?? 0;
        order.forEach((entry, turn) => {
          const { caller, lane } = entry.asker;
          const meanwhile = order.slice(joinedAt(entry), turn).map(({ asker }) => asker);
          // A turn is a turn, in whichever lane.
          const own = meanwhile.filter((each) => each.caller === caller).length;
          const before = meanwhile
            .filter((each) => each.lane === lane && each.caller !== caller)
            .map((each) => each.caller);
          for (const other of new Set(before)) {
            expect(before.filter((each) => each === other).length).toBeLessThanOrEqual(own + 1);
          }
        });
      }),
      { numRuns: 100 },
    );
  });
});

it('one caller with 1000 calls does not make another with a single one wait for more than one turn', () => {
  const many = Array.from({ length: 1000 }, (_, deadline) => entryOf({ caller: 'many', deadline }));
  const one = entryOf({ caller: 'one', name: 'the one' });
  expect(inOrder([...many, one], never).indexOf(one)).toBe(1);
  // `many` has just had its turn; so has `one`, before it.
  const servedAt = new Map([
    ['one', 7],
    ['many', 8],
  ]);
  expect(inOrder([...many, one], (caller) => servedAt.get(caller)).indexOf(one)).toBe(0);
});

it('over time callers take turns, whatever the deadlines: who was served longest ago is next', () => {
  const calls = ['a', 'b', 'c'].flatMap((caller) =>
    Array.from({ length: 4 }, () => entryOf({ caller, name: caller, deadline: caller === 'a' ? 1 : 1000 })),
  );
  expect(namesOf(servedOneByOne(calls))).toBe('abcabcabcabc');
});

it('a caller that comes later has its turn next, and then takes turns as the others do', () => {
  const calls = Array.from({ length: 5 }, () => entryOf({ caller: 'a', name: 'a' }));
  const later = Array.from({ length: 3 }, () => ({ after: 2, entry: entryOf({ caller: 'b', name: 'b' }) }));
  expect(namesOf(servedOneByOne(calls, later))).toBe('aabababa');
});

it('of callers that have never been served, the one with the least time is first', () => {
  const calls = [
    entryOf({ caller: 'a', name: 'a', deadline: 300 }),
    entryOf({ caller: 'b', name: 'b', deadline: 100 }),
    entryOf({ caller: 'c', name: 'c', deadline: Infinity }),
    entryOf({ caller: 'd', name: 'd', deadline: 200 }),
  ];
  expect(namesOf(inOrder(calls, never))).toBe('bdac');
});

it('turns in one lane give nobody a turn in the other', () => {
  const calls = [
    entryOf({ caller: 'a', lane: 'background', name: 'x', deadline: 1 }),
    entryOf({ caller: 'a', lane: 'interactive', name: '1' }),
    entryOf({ caller: 'a', lane: 'interactive', name: '2' }),
    entryOf({ caller: 'b', lane: 'background', name: 'y', deadline: 2 }),
  ];
  expect(namesOf(inOrder(calls, never))).toBe('12xy');
});
