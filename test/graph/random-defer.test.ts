/** Whatever is deferred or streamed of a random operation: its parts make the answer that it has without, for no more, and the first waits for nobody else's calls. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FaultRule } from '../../src/sandbox/faults.ts';
import type { SandboxCall } from '../../src/sandbox/sandbox.ts';
import { partsOf, together, type Part } from '../parts.ts';
import { serve, type Answer, type Served, type Untyped } from '../serve.ts';
import { cut, cuttings, meetings, promptOf, twice } from './random-cuts.ts';
import { operations, print, questionOfCall } from './random-operations.ts';

/** On a failure fast-check prints the seed and the smallest operations that it found; it must come to its end in time. */
const bounded = (numRuns: number) => ({ numRuns, interruptAfterTimeLimit: 8_000 });
/** At whatever price: what is refused for it is tested elsewhere. */
const cold = () => serve({ only: ['winninghunter'], env: { MAX_CREDITS_PER_OPERATION: '100000' } });

const large = fc.tuple(operations, fc.boolean()).map(([operation, isTwice]) => {
  const { query, variables } = print(operation);
  return { query: isTwice ? twice(query) : query, variables };
});
const documents = fc.oneof(
  large,
  meetings.map((query) => ({ query, variables: {} })),
);

const repeated = (all: readonly string[]) => all.filter((each, index) => all.indexOf(each) !== index);
const creditsOf = (calls: readonly SandboxCall[]) => calls.reduce((sum, call) => sum + call.credits, 0);

async function allParts(served: Served, query: string, variables: object): Promise<Part[]> {
  return Array.fromAsync(partsOf(served, query, { variables }));
}

/** With too many parts or names: as its own tests say. */
const isRefused = ({ errors = [] }: Pick<Part, 'errors'>) =>
  errors.some(({ extensions }) => extensions.code === 'LIMIT_EXCEEDED');

interface Difference {
  readonly path: string;
  readonly was: unknown;
  readonly is: unknown;
}

/** The paths at which two answers differ. */
function differences(a: Untyped, b: Untyped, path = ''): Difference[] {
  if (a === b) return [];
  if (!a || !b || typeof a !== 'object' || typeof b !== 'object') return [{ path, was: a, is: b }];
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((key) =>
    differences(a[key], b[key], path === '' ? key : `${path}.${key}`),
  );
}

/** A row's word or a page's: whichever is there. */
const isOtherTitle = ({ path, was, is }: Difference) =>
  path.endsWith('title') && typeof was === 'string' && typeof is === 'string';

/** The products that stand in lists, by their digits. */
function listed(data: Untyped, isInList = false): string[] {
  if (data === null || typeof data !== 'object') return [];
  const own =
    isInList && data.__typename === 'Product' ? [Buffer.from(data.id, 'base64url').toString().split(':')[1]!] : [];
  return [
    ...own,
    ...Object.entries(data).flatMap(([key, each]) => listed(each, isInList || key === 'nodes' || key === 'edges')),
  ];
}

function expectReceipt(last: Part, calls: readonly SandboxCall[]) {
  expect(last.extensions?.cost.calls, 'calls on the receipt').toBe(calls.length);
  expect(last.extensions?.cost.credits).toEqual(calls.length > 0 ? { WINNING_HUNTER: creditsOf(calls) } : {});
}

describe('random operations in parts', () => {
  it('say what they say in one, buy nothing more and nothing twice, and tell what they cost in the last', async () => {
    await fc.assert(
      fc.asyncProperty(documents, cuttings, async ({ query, variables }, cutting) => {
        await using plain = await cold();
        const whole: Answer<Untyped> = await plain.ask(query, variables);
        await using served = await cold();
        const parts = await allParts(served, cut(query, cutting), variables);
        if (isRefused(whole) || isRefused(parts[0]!)) return;
        const { data, errors } = together(parts);
        const { calls } = served.sandbox;

        expect(errors).toEqual([]);
        const hasMore = parts.map(({ hasNext }) => hasNext ?? false);
        expect(hasMore).toEqual(parts.map((_, nth) => nth < parts.length - 1));
        // In the first part a row may speak, and elsewhere the detail that was bought for what is deferred.
        expect(differences(whole.data, data).filter((each) => !isOtherTitle(each))).toEqual([]);

        expect(repeated(calls.map(questionOfCall)), 'bought twice').toEqual([]);
        // A list that is deferred is not waited for, though it may tell what the first part has to buy then.
        const inFirst = new Set(listed(parts[0]!.data));
        const later = new Set(listed(whole.data).filter((id) => !inFirst.has(id)));
        const known = new Set(whole.calls.map(questionOfCall));
        const isAllowed = ({ endpoint, params }: SandboxCall) =>
          endpoint === 'productDetail' && later.has(String(params.id));
        expect(
          calls.filter((call) => !known.has(questionOfCall(call)) && !isAllowed(call)),
          'bought beyond',
        ).toEqual([]);

        expectReceipt(parts.at(-1)!, calls);
        expect(
          parts.slice(0, -1).some(({ extensions }) => extensions),
          'a receipt before the end',
        ).toBe(false);
      }),
      bounded(60),
    );
  });
});

const SLOW_MS = 8000;
/** Endpoints about nodes, never lists: `Type.products` says by being null that there is no such list. */
const slow = fc
  .constantFrom('product-detail/', 'detail/total', 'videos/')
  .map((path): FaultRule => ({ path, fault: 'slow', latencyMs: SLOW_MS }));

describe('the first part of random operations', () => {
  it('is there at once where what it selects takes no slow call', async () => {
    let asserted = 0;
    await fc.assert(
      fc.asyncProperty(documents, cuttings, slow, async ({ query, variables }, cutting, rule) => {
        const inParts = cut(query, cutting);
        await using plain = await cold();
        const alone = await plain.ask(promptOf(inParts), variables);
        if (isRefused(alone)) return;
        if (alone.calls.some(({ method, path }) => `${method} ${path}`.includes(rule.path!))) return;

        await using served = await cold();
        served.sandbox.fail(rule);
        const leaving = new AbortController();
        const startedAt = performance.now();
        const { value: first } = await partsOf(served, inParts, { variables, signal: leaving.signal }).next();
        const tookMs = performance.now() - startedAt;
        leaving.abort();
        // What is still in the air is cut off, so that nobody waits for it.
        await served.sandbox.close();
        asserted++;
        if (isRefused(first as Part)) return;
        expect(tookMs, 'ms until the first part').toBeLessThan(SLOW_MS / 2);
        // Of what is streamed, a part is there.
        const isThere = ({ path, is }: Difference) => !/\.\d+(\.|$)/.test(path) || is !== undefined;
        expect(
          differences(alone.data, (first as Part).data).filter((each) => isThere(each) && !isOtherTitle(each)),
        ).toEqual([]);
      }),
      bounded(60),
    );
    expect(asserted).toBeGreaterThan(0);
  });
});
