/** What a fan-out blames a field for is what leaving the field out would save: asked of the price itself, before and after. */
import fc from 'fast-check';
import { parse, print, visit } from 'graphql';
import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../src/dry-run.ts';
import { serve, type Served } from '../serve.ts';
import { operations, print as printSources } from './random-sources.ts';

const SEQUENCES = 20;
const OPERATIONS = 25;

const options = { env: { MAX_CREDITS_PER_OPERATION: '1000000' } };

async function priceOf(served: Served, query: string): Promise<Verdict> {
  const { errors, extensions, calls } = await served.ask(query, {}, { 'x-shopgraph-dry-run': '1' });
  expect(errors).toBeUndefined();
  expect(calls).toEqual([]);
  return (extensions as unknown as { cost: { estimated: Verdict } }).cost.estimated;
}

/** Without the field of this name at these places. */
function without(query: string, name: string, paths: readonly string[]): string {
  const here: string[] = [];
  const left = visit(parse(query), {
    Field: {
      enter: ({ alias, name: own }) => {
        if (own.value === name && paths.includes(here.join('.'))) return null;
        here.push((alias ?? own).value);
        return undefined;
      },
      leave: () => {
        here.pop();
      },
    },
  });
  return print(left);
}

describe(`${SEQUENCES * OPERATIONS} random operations over what earlier ones have left`, { timeout: 120_000 }, () => {
  it('blame each field for no more than it costs, and but for a share in a request for several for all of it', async () => {
    const blamed = { exactly: 0, almost: 0 };
    const sequences = fc.array(operations, { minLength: OPERATIONS, maxLength: OPERATIONS });
    await fc.assert(
      fc.asyncProperty(sequences, async (sequence) => {
        await using served = await serve(options);
        for (const operation of sequence) {
          const query = printSources(operation, { withProvenance: false });
          const { likely, fanOuts } = await priceOf(served, query);
          for (const { paths, fields, credits: whole } of fanOuts) {
            expect(fields).not.toEqual([]);
            for (const { name, credits } of fields) {
              const { likely: rest } = await priceOf(served, without(query, name, paths));
              const saved = likely.credits - rest.credits;
              expect(credits, name).toBeLessThanOrEqual(whole);
              expect(credits, name).toBeLessThanOrEqual(saved);
              blamed[credits === saved ? 'exactly' : 'almost']++;
            }
          }
          await served.ask(query);
        }
      }),
      { numRuns: SEQUENCES, seed: 6 },
    );
    expect(blamed.exactly).toBeGreaterThan(20 * blamed.almost);
  });
});
