/** Whatever valid operation is asked: bought once, only what is needed, told on the receipt; and where calls fail, only what they would have said is lost. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isErrorCode } from '../../src/errors.ts';
import { faultNames, makeFaults, type FaultRule } from '../../src/sandbox/faults.ts';
import type { FaultName, SandboxCall } from '../../src/sandbox/sandbox.ts';
import { serve, type Answer, type Served, type Untyped } from '../serve.ts';
import {
  operations,
  placesOf,
  print,
  questionOfCall,
  questionsOf,
  subjectOf,
  subjectOfCall,
  totalOf,
  type Operation,
  type Place,
} from './random-operations.ts';

/** What it costs is the test's affair. */
const anyPrice = { MAX_CREDITS_PER_OPERATION: '1000000' };

/** On a failure fast-check prints the seed and the smallest operations that it found; it must come to its end in time. */
const bounded = (numRuns: number) => ({ numRuns, interruptAfterTimeLimit: 5_000 });

const ask = (served: Served, operation: Operation) => {
  const { query, variables } = print(operation);
  return served.ask(query, variables);
};

const repeated = (all: readonly string[]) => all.filter((each, index) => all.indexOf(each) !== index);

function expectReceipt({ headers, extensions, calls }: Answer<unknown>) {
  const credits = calls.reduce((sum, call) => sum + call.credits, 0);
  expect(extensions?.cost.calls, 'calls on the receipt').toBe(calls.length);
  expect(headers.get('x-shopgraph-calls')).toBe(String(calls.length));
  expect(headers.get('x-shopgraph-credits')).toBe(String(credits));
  expect(extensions?.cost.credits).toEqual(calls.length > 0 ? { WINNING_HUNTER: credits } : {});
}

describe('random operations, one after another on one server', () => {
  it('have no errors, buy nothing twice and nothing that is not needed, and say so', async () => {
    const several = fc.array(operations, { minLength: 1, maxLength: 25, size: 'max' });
    await fc.assert(
      fc.asyncProperty(several, async (sequence) => {
        await using served = await serve({ only: ['winninghunter'], env: anyPrice });
        for (const operation of sequence) {
          const answer = await ask(served, operation);
          expect(answer.errors, 'errors').toBeUndefined();
          expectReceipt(answer);
          const needed = new Set(placesOf(operation, answer.data).flatMap(questionsOf));
          const needless = answer.calls.map(questionOfCall).filter((question) => !needed.has(question));
          expect(needless, 'not needed').toEqual([]);
          const again = await ask(served, operation);
          expectReceipt(again);
          expect(again.errors).toBeUndefined();
          expect(again.calls, 'bought for the same operation again').toEqual([]);
        }
        expect(repeated(served.sandbox.calls.map(questionOfCall)), 'bought twice').toEqual([]);
      }),
      bounded(20),
    );
  });
});

// 'hang' takes real time, 'huge' megabytes: both have tests of their own. 'slow' is no failure.
const faults = fc.constantFrom(...faultNames.filter((name) => !['hang', 'huge', 'slow'].includes(name)));

interface Strike {
  readonly fault: FaultName;
  /** Which of the faultless run's calls is met, as a share of them; and whether others of its endpoint are as well. */
  readonly at: number;
  readonly isForAll: boolean;
  readonly times: number | undefined;
}

const strikes = fc.array(
  fc.record<Strike>({
    fault: faults,
    at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    isForAll: fc.boolean(),
    times: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
  }),
  { minLength: 1, maxLength: 2 },
);

function ruleOf({ fault, at, isForAll, times }: Strike, calls: readonly SandboxCall[]): FaultRule | null {
  // Most answers do not repeat the id, so another's are not told from the right ones.
  const met = fault === 'other-id' ? calls.filter(({ endpoint }) => endpoint === 'productDetail') : calls;
  const call = met[Math.floor(at * met.length)];
  if (!call) return null;
  const id = String(call.params.id);
  const path = `${call.method} ${call.path}`.replace(`/${id}`, '/');
  return { fault, path, ...(!isForAll && { id }), ...(times !== undefined && { times }) };
}

/** What was asked in vain: the last attempt met a fault. The log has the calls in the order in which the rules met them. */
function failedSubjects(rules: readonly FaultRule[], calls: readonly SandboxCall[]): Set<string> {
  const replay = makeFaults();
  rules.forEach(replay.add);
  const last = new Map<string, boolean>();
  for (const call of calls) {
    const rule = replay.take({ method: call.method, path: call.path, prefix: '', id: call.params.id });
    last.set(questionOfCall(call), rule !== undefined);
  }
  return new Set(calls.filter((call) => last.get(questionOfCall(call))).map(subjectOfCall));
}

/** The paths at which two answers differ. */
function differences(a: Untyped, b: Untyped, path = ''): { path: string; is: unknown }[] {
  if (a === b) return [];
  if (!a || !b || typeof a !== 'object' || typeof b !== 'object') return [{ path, is: b }];
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((key) =>
    differences(a[key], b[key], path === '' ? key : `${path}.${key}`),
  );
}

/** What the breaker says in place of a provider that it does not ask. */
const unasked = ['QUOTA_EXHAUSTED', 'AUTH_FAILED', 'CIRCUIT_OPEN'];

describe('random operations while calls fail', () => {
  // Vitest itself fails on rejections that nobody handles.
  it('have one error of ours for each failed question, and lose nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(operations, strikes, async (operation, struck) => {
        await using faultless = await serve({ only: ['winninghunter'], env: anyPrice });
        const whole = await ask(faultless, operation);
        const rules = struck.map((strike) => ruleOf(strike, whole.calls)).filter((rule) => rule !== null);
        await using served = await serve({ only: ['winninghunter'], env: anyPrice });
        rules.forEach(served.sandbox.fail);
        const answer = await ask(served, operation);
        const { data, errors = [], calls } = answer;

        expect(answer.extensions?.cost.calls).toBe(calls.length);
        const places = new Map<string, Place>(placesOf(operation, whole.data).map((place) => [place.path, place]));
        const subjectAt = (path: string) => {
          const place = places.get(path);
          return place ? subjectOf(place) : `nothing is asked for ${path}`;
        };
        const told = errors.map(({ path = [] }) => subjectAt(path.join('.')));
        expect(repeated(told), 'more than one error').toEqual([]);
        const failed = failedSubjects(rules, calls);
        expect(
          [...failed].filter((subject) => !told.includes(subject)),
          'failed without an error',
        ).toEqual([]);
        const isFailed = (subject: string) => failed.has(subject);
        expect(errors.filter(({ extensions }, i) => !isFailed(told[i]!) && !unasked.includes(extensions.code))).toEqual(
          [],
        );

        for (const { extensions } of errors) expect(extensions.code).toSatisfy(isErrorCode);
        expect(errors.map(({ extensions }) => extensions.code)).not.toContain('INTERNAL');
        expect(JSON.stringify(errors)).not.toMatch(
          /credit limit|resets|internal server|unauthorized|basic plan|premium|temporarily|see you|tiktok|gateway|html|http|wh_/i,
        );

        for (const { path, is } of differences(whole.data, data)) {
          // A title is the page's or, where that failed, the row's; whether a full page is the last one is known after another look.
          if (path.endsWith('title') && is !== null) continue;
          if (path.endsWith('.pageInfo.hasNextPage')) {
            expect(totalOf(places.get(path.replace('.pageInfo.hasNextPage', ''))!)).toBe(50);
            continue;
          }
          expect({ path, is }).toEqual({ path, is: null });
          expect(told).toContain(subjectAt(path));
        }
      }),
      bounded(40),
    );
  });
});
