/** The price before and the price after: whatever is asked and whatever is held, what is bought lies inside of what was told. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../src/dry-run.ts';
import type { Explanation } from '../../src/plan/explanation.ts';
import type { Receipt } from '../../src/plan/receipt.ts';
import { systemClock } from '../../src/upstream/clock.ts';
import { serve, type Served } from '../serve.ts';
import { coversOf, leastOf, nameOf, type Source } from './brute-force.ts';
import { operations as ofLists, print as printLists } from './random-operations.ts';
import { operations as ofSources, print as printSources } from './random-sources.ts';

const SEQUENCES = 100;
const OPERATIONS = 50;
/** After so many on the same server, most of what one asks for is held. */
const WARM = 10;

const operation = fc.oneof(
  ofLists.map(printLists),
  ofSources.map((operation) => ({ query: printSources(operation, { withProvenance: false }), variables: {} })),
);
const sequences = fc.array(operation, { minLength: OPERATIONS, maxLength: OPERATIONS });

const NOW = Date.UTC(2030, 0, 1);
const options = {
  env: { MAX_CREDITS_PER_OPERATION: '1000000' },
  deps: { clock: { ...systemClock, now: () => NOW } },
};

interface Told {
  readonly estimated: Verdict;
  readonly cost: Receipt;
  readonly explain: Explanation;
}

interface Printed {
  readonly query: string;
  readonly variables: Record<string, unknown>;
}

/** Null: the operation is larger than the server takes. */
async function askTwice(served: Served, { query, variables }: Printed): Promise<Told | null> {
  const dry = await served.ask(query, variables, { 'x-shopgraph-dry-run': '1' });
  if (dry.errors?.every(({ extensions }) => extensions.code === 'LIMIT_EXCEEDED') === true) return null;
  expect(dry.errors).toBeUndefined();
  expect(dry.calls, 'bought by a dry run').toEqual([]);
  const { extensions } = await served.ask(query, variables, { 'x-shopgraph-explain': '1' });
  const { cost, explain } = extensions as unknown as { cost: Receipt; explain: Explanation };
  return { estimated: (dry.extensions as unknown as { cost: Told }).cost.estimated, cost, explain };
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);
const creditsOf = ({ credits }: Receipt) => sum(Object.values(credits));

function expectInside({ estimated, cost }: Told) {
  const within = (what: string, { min, max }: Verdict['calls'], spent: number) => {
    expect(spent, `${what}, at least`).toBeGreaterThanOrEqual(min);
    expect(spent, `${what}, at most`).toBeLessThanOrEqual(max);
  };
  within('calls', estimated.calls, cost.calls - cost.retries);
  within('credits', estimated.credits, creditsOf(cost));
  for (const each of estimated.providers) within(each.provider, each.credits, cost.credits[each.provider] ?? 0);
  for (const step of estimated.steps) {
    within(`step ${step.number}, likely calls`, step.calls, step.likely.calls);
    within(`step ${step.number}, likely credits`, step.credits, step.likely.credits);
  }
  const named = new Set<string>(estimated.providers.map(({ provider }) => provider));
  expect(Object.keys(cost.credits).filter((provider) => !named.has(provider))).toEqual([]);
}

/** What is bought for facts is the least for what was known; beside it there are the fields that ask by themselves. */
function expectLeast({ cost, explain }: Told) {
  const rounds = Map.groupBy(explain.choices, ({ round }) => round);
  const least = sum([...rounds.values()].map(leastOf));
  const chosen = new Set(explain.choices.flatMap(({ facts }) => facts.flatMap(({ toldBy }) => toldBy.map(nameOf))));
  const others = explain.calls.filter((call) => !chosen.has(nameOf(call)));
  expect(sum(explain.calls.map(({ credits }) => credits)), 'credits explained').toBe(creditsOf(cost));
  expect(creditsOf(cost), 'credits spent').toBeLessThanOrEqual(least + sum(others.map(({ credits }) => credits)));
}

const setName = (sources: readonly Source[]) => sources.map(nameOf).toSorted().join(', ');

/** The proof names every set of calls that would do, the cheapest first. */
function expectProven({ estimated }: Told) {
  for (const { facts, sets } of estimated.choices) {
    const all = coversOf({ facts }).map((cover) => cover.map((offer) => offer.split(' ').slice(0, 2).join(' ')));
    expect(sets.map(({ sources }) => setName(sources)).toSorted()).toEqual(
      all.map((names) => names.toSorted().join(', ')).toSorted(),
    );
    expect(Math.min(...sets.map(({ credits }) => credits))).toBe(sets[0]?.credits ?? Infinity);
  }
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

describe(`${SEQUENCES * OPERATIONS} random operations over what earlier ones have left`, { timeout: 400_000 }, () => {
  it('cost what was told before, never more than the least for what was known, and on a warm cache the price is sure but for two calls', async () => {
    const widths: number[] = [];
    await fc.assert(
      fc.asyncProperty(sequences, async (sequence) => {
        await using served = await serve(options);
        for (const [index, each] of sequence.entries()) {
          const told = await askTwice(served, each);
          if (!told) continue;
          expectInside(told);
          expectLeast(told);
          expectProven(told);
          const { min, max } = told.estimated.calls;
          if (index >= WARM) widths.push(max - min);
        }
      }),
      { numRuns: SEQUENCES, seed: 6 },
    );
    expect(median(widths)).toBeLessThanOrEqual(2);
  });
});
