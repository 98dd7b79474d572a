/** Several providers, some of them failing: each fact is somebody's word or an explained null; nothing is bought twice or too dear. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProviderName } from '../../src/providers/provider.ts';
import type { FaultName, ProviderSlug, SandboxCall } from '../../src/sandbox/sandbox.ts';
import { documented } from '../../src/sandbox/world.ts';
import { serve, type Answer, type GraphError, type Served, type Untyped } from '../serve.ts';
import { listsIn, operations, print, seenIn, type Operation, type Seen, type Testimony } from './random-sources.ts';
import {
  cheapest,
  nodeKey,
  questionTo,
  startOracle,
  tellersOf,
  type Expected,
  type Oracle,
  type Word,
} from './sources-oracle.ts';

/** On a failure fast-check prints the seed and the smallest operations that it found; it must come to its end in time. */
const bounded = (numRuns: number, interruptAfterTimeLimit = 4_000) => ({ numRuns, interruptAfterTimeLimit });

let oracle: Oracle;
beforeAll(async () => {
  oracle = await startOracle();
});
afterAll(() => oracle.close());

// Providers and what they were asked.

const slugs: Readonly<Record<ProviderName, ProviderSlug>> = {
  WINNING_HUNTER: 'winninghunter',
  JUST_ONE_API: 'justoneapi',
  ECHOTIK: 'echotik',
  SOCIAL_FETCH: 'socialfetch',
};
const slugsOf = (names: readonly ProviderName[]) => names.map((name) => slugs[name]);
const nameOf = (slug: ProviderSlug) => (Object.keys(slugs) as ProviderName[]).find((name) => slugs[name] === slug)!;

const providers: readonly ProviderName[] = ['WINNING_HUNTER', 'JUST_ONE_API', 'ECHOTIK'];
const someProviders = fc.subarray([...providers], { minLength: 1 });

/** What a call asked: several questions where they travelled together. */
function questionsOf({ provider, endpoint, params }: SandboxCall): string[] {
  const { product_ids, user_ids, video_ids, ...single } = params as Record<string, string>;
  const to = { provider: nameOf(provider), name: endpoint };
  const together = (product_ids ?? user_ids ?? video_ids)?.split(',');
  return together?.map((id) => questionTo(to, { id })) ?? [questionTo(to, single)];
}
const allQuestions = (calls: readonly SandboxCall[]) => calls.flatMap(questionsOf).sort();

const repeated = (all: readonly string[]) => all.filter((each, index) => all.indexOf(each) !== index);

const expectBoughtOnce = (calls: readonly SandboxCall[]) => {
  expect(repeated(allQuestions(calls)), 'bought twice').toEqual([]);
};

const ask = (server: Served, operation: Operation, headers = {}) =>
  server.ask(print(operation, { withProvenance: true }), {}, headers);

// What an answer has to be.

/** Under what an operation was answered. */
interface Circumstances {
  readonly configured: readonly ProviderName[];
  /** Those whose calls may fail. */
  readonly struck: readonly ProviderName[];
  readonly isBudgeted: boolean;
  /** The questions whose answers were at hand. Absent: nobody knows. */
  readonly held?: readonly string[];
}

const calm = (configured: readonly ProviderName[]): Circumstances => ({ configured, struck: [], isBudgeted: false });

interface Fact extends Seen {
  readonly expected: Expected;
}

/** True where the facts are; and where one is not told, there is nobody who could have told it. */
async function expectTold(
  operation: Operation,
  { data, errors = [] }: Answer<Untyped>,
  circumstances: Circumstances,
): Promise<void> {
  const facts = await factsIn(operation, data, circumstances);
  expectErrors(errors, facts, circumstances);
  expectOneValue(facts);
  const lost = lostIn(errors, facts);
  for (const fact of facts) {
    const [testimony, ...others] = fact.testimonies;
    expect(others, `provenance of ${nameOfFact(fact)}`).toEqual([]);
    if (testimony) expectWord(fact, testimony, circumstances);
    else expectExplained(fact, errors, lost, circumstances);
  }
}

async function factsIn(operation: Operation, data: Untyped, { configured }: Circumstances): Promise<Fact[]> {
  const rows = await oracle.rowsIn(operation, data);
  const withExpected = async (seen: Seen) => ({
    ...seen,
    expected: await oracle.expected(rows, seen.node, seen.field, configured),
  });
  return Promise.all(seenIn(operation, data).map(withExpected));
}

const nameOfFact = ({ at, node, field }: Seen) => `${at}.${field} (${nodeKey(node)})`;

const withCode = (errors: readonly GraphError[], code: string) =>
  errors.filter(({ extensions }) => extensions.code === code);
const blamed = (errors: readonly GraphError[]) => errors.map(({ extensions }) => extensions.provider as ProviderName);

const pathOf = ({ path = [] }: GraphError) => path.join('.');

/** Nothing is said that is not the case, and nothing twice. */
function expectErrors(errors: readonly GraphError[], facts: readonly Fact[], circumstances: Circumstances) {
  const { configured, struck, isBudgeted } = circumstances;
  const notFound = withCode(errors, 'NOT_FOUND');
  expect(repeated(notFound.map(pathOf)), 'NOT_FOUND twice').toEqual([]);
  for (const error of notFound)
    expect(facts.filter(({ at, expected }) => at === pathOf(error) && expected.isUnknown)).not.toEqual([]);

  const notConfigured = blamed(withCode(errors, 'NOT_CONFIGURED'));
  expect(repeated(notConfigured), 'NOT_CONFIGURED twice').toEqual([]);
  expect(notConfigured.filter((provider) => configured.includes(provider))).toEqual([]);

  const told = ['NOT_FOUND', 'NOT_CONFIGURED', ...(isBudgeted ? ['BUDGET_EXHAUSTED'] : [])];
  const failures = errors.filter(({ extensions }) => !told.includes(extensions.code));
  expect(failures.filter(({ extensions }) => !struck.includes(extensions.provider as ProviderName))).toEqual([]);
  expect(failures.map(({ extensions }) => extensions.code)).not.toContain('INTERNAL');
}

function expectOneValue(facts: readonly Fact[]) {
  for (const same of Map.groupBy(facts, ({ node, field }) => `${nodeKey(node)} ${field}`).values()) {
    const [first, ...others] = same;
    for (const { value } of others) expect(value, `one value: ${nameOfFact(first!)}`).toEqual(first!.value);
  }
}

/** The nodes of which an error says that their ids are unknown. */
function lostIn(errors: readonly GraphError[], facts: readonly Fact[]): ReadonlySet<string> {
  const notFound = withCode(errors, 'NOT_FOUND').map(pathOf);
  return new Set(facts.filter(({ at }) => notFound.includes(at)).map(({ node }) => nodeKey(node)));
}

/** The value is the word of the one who is named for it. */
function expectWord(fact: Fact, { provider, endpoint, failed, conflicts }: Testimony, circumstances: Circumstances) {
  const { value, node, field } = fact;
  const { words } = fact.expected;
  const own = words.find((word) => word.provider === provider && word.endpoint === endpoint);
  expect(own, `whose word: ${nameOfFact(fact)}`).toMatchObject({ value });
  expectBelieved(fact, own!, circumstances);

  const tellers = tellersOf(node, field);
  const { struck, isBudgeted } = circumstances;
  for (const each of failed) {
    expect(tellers, `asked in vain: ${nameOfFact(fact)}`).toContain(each.provider);
    if (each.code === 'BUDGET_EXHAUSTED') expect(isBudgeted, 'a budget').toBe(true);
    else expect(struck, `failed: ${nameOfFact(fact)}`).toContain(each.provider);
  }
  for (const conflict of conflicts) {
    expect(conflict.provider, `conflict: ${nameOfFact(fact)}`).not.toBe(provider);
    const theirs = words.filter((word) => word.provider === conflict.provider && word.value !== value);
    // An amount is shown with its currency, and a URL with its signature.
    const isTheirs = theirs.some((word) => conflict.value.startsWith(String(word.value)));
    expect(isTheirs, `conflict: ${nameOfFact(fact)} ${JSON.stringify(conflict)}`).toBe(true);
  }
}

/** Of answers at hand, the first stands; but a fact that a row says is not looked for: whoever is asked about others may tell it. */
function expectBelieved(fact: Fact, own: Word, { held }: Circumstances) {
  const { words } = fact.expected;
  if (!held || words.some(({ question }) => question === null)) return;
  const first = words.find(({ question }) => held.includes(question!));
  expect(own, `who is believed: ${nameOfFact(fact)}`).toEqual(first);
}

/** Nobody has told it: there is nobody who could, or an error says why not. */
function expectExplained(
  fact: Fact,
  errors: readonly GraphError[],
  lost: ReadonlySet<string>,
  { configured, struck, isBudgeted }: Circumstances,
) {
  const { node, field, expected } = fact;
  expect(fact.value, `without provenance: ${nameOfFact(fact)}`).toBeNull();
  if (expected.isUnknown && lost.has(nodeKey(node))) return;

  const tellers = tellersOf(node, field);
  const isConfigured = tellers.some((provider) => configured.includes(provider));
  if (!isConfigured && tellers.length > 0) {
    const notConfigured = blamed(withCode(errors, 'NOT_CONFIGURED'));
    const isSaid = tellers.some((provider) => notConfigured.includes(provider));
    expect(isSaid, `not configured: ${nameOfFact(fact)}`).toBe(true);
  }
  // Whom a budget has kept from being asked does not show where another's failure is told.
  const willing = isBudgeted ? [] : expected.words.filter(({ provider }) => !struck.includes(provider));
  expect(willing, `null, though somebody says it: ${nameOfFact(fact)}`).toEqual([]);
  if (expected.words.length === 0) return;
  const isExplained = blamed(errors).some((provider) => tellers.includes(provider));
  const isPaidOut = withCode(errors, 'BUDGET_EXHAUSTED').length > 0;
  expect(isExplained || isPaidOut, `null without why: ${nameOfFact(fact)} ${JSON.stringify(errors)}`).toBe(true);
}

function expectReceipt({ extensions, calls, headers }: Answer<Untyped>) {
  const credits = calls.reduce((sum, call) => sum + call.credits, 0);
  expect(extensions?.cost.calls, 'calls on the receipt').toBe(calls.length);
  expect(creditsOf(extensions), 'credits on the receipt').toBe(credits);
  expect(headers.get('x-shopgraph-credits')).toBe(String(credits));
}

const creditsOf = (extensions: Answer<Untyped>['extensions']) =>
  Object.values(extensions!.cost.credits).reduce((sum, each) => sum + each, 0);

describe('random operations over random providers', () => {
  /** Whether there was a price to compare with: where nobody has to be asked after another. */
  async function expectCheap(operation: Operation, { data, calls }: Answer<Untyped>, configured: ProviderName[]) {
    const seen = seenIn(operation, data);
    const rows = await oracle.rowsIn(operation, data);
    if (!(await oracle.isWhole(rows, seen, configured))) return false;
    const most = cheapest(seen, listsIn(operation, data), rows, configured);
    expect(calls.length, 'dearer than the cheapest').toBeLessThanOrEqual(most);
    return true;
  }

  /** Chance seldom brings it: enough that a call for several is cheaper than one for each. */
  const manyAlike: Operation = [
    {
      node: { type: 'Shop', id: documented.shopId, region: null },
      ...({ way: 'field', isAliased: false, fields: ['productCount'] } as const),
      list: { first: 12, byEdges: false, fields: ['rating'] },
    },
  ];

  /** So is a list on its way that may tell some of what is wanted of the node beside it, and does not. */
  const besideItsList: Operation = [
    {
      node: { type: 'Product', id: documented.productId, region: 'US' },
      ...({ way: 'field', isAliased: false, fields: ['price', 'image'] } as const),
      list: null,
    },
    {
      node: { type: 'Shop', id: documented.shopId, region: null },
      ...({ way: 'field', isAliased: false, fields: ['name'] } as const),
      list: { first: 1, byEdges: false, fields: ['title'] },
    },
  ];

  it('are told truly, bought once, and no dearer than the cheapest cover; with provenance at the same price', async () => {
    let compared = 0;
    const sequences = fc.array(operations, { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(sequences, someProviders, async (sequence, configured) => {
        await using server = await serve({ only: slugsOf(configured) });
        await using plain = await serve({ only: slugsOf(configured) });
        for (const operation of sequence) {
          const answer = await ask(server, operation);
          expectReceipt(answer);
          await expectTold(operation, answer, calm(configured));
          const bare = await plain.ask(print(operation, { withProvenance: false }));
          expect(allQuestions(bare.calls), 'bought for provenance').toEqual(allQuestions(answer.calls));
          if (await expectCheap(operation, answer, configured)) compared++;

          const again = await ask(server, operation);
          expectReceipt(again);
          expect(again.calls, 'bought again').toEqual([]);
          await expectTold(operation, again, { ...calm(configured), held: allQuestions(server.sandbox.calls) });
        }
        expectBoughtOnce(server.sandbox.calls);
      }),
      {
        ...bounded(80, 6_000),
        examples: [
          [[manyAlike], ['WINNING_HUNTER', 'ECHOTIK']],
          [[besideItsList], ['WINNING_HUNTER', 'JUST_ONE_API']],
        ],
      },
    );
    expect(compared).toBeGreaterThan(0);
  });

  const faults: readonly FaultName[] = [
    'rate-limit',
    'quota',
    'server-error',
    'bad-gateway',
    'refused',
    'unauthorized',
    'not-json',
    'wrong-shape',
    'drop',
    'code',
  ];
  const strikes = fc.array(
    fc.record({
      provider: fc.constantFrom(...providers),
      fault: fc.constantFrom(...faults),
      chance: fc.constantFrom(0.3, 0.7, 1),
    }),
    { minLength: 1, maxLength: 3 },
  );
  const budget = fc.option(fc.integer({ min: 0, max: 6 }), { freq: 2 });

  /** Chance seldom brings it: a list comes while a call is waited for that then fails, and for its row another is made that tells the same. */
  const beforeItsList: Operation = [
    {
      node: { type: 'Product', id: documented.productId, region: null },
      ...({ way: 'field', isAliased: false, fields: ['rating', 'originalPrice'] } as const),
      list: null,
    },
    {
      node: { type: 'Shop', id: documented.shopId, region: null },
      ...({ way: 'field', isAliased: false, fields: ['name'] } as const),
      list: { first: 1, byEdges: false, fields: ['profileSales', 'title'] },
    },
  ];

  it('while providers fail, warm or cold, alone or at once: explained, and never bought twice', async () => {
    const several = fc.array(operations, { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(
        ...([several, someProviders, strikes, fc.option(operations), budget] as const),
        async (together, configured, struck, before, credits) => {
          await using server = await serve({ only: slugsOf(configured) });
          if (before) await ask(server, before);
          for (const { provider, ...rule } of struck) server.sandbox.fail({ provider: slugs[provider], ...rule });
          const headers = credits === null ? {} : { 'x-max-credits': String(credits) };
          const answers = await Promise.all(together.map((operation) => ask(server, operation, headers)));

          const failing = struck.map(({ provider }) => provider);
          const circumstances = { configured, struck: failing, isBudgeted: credits !== null };
          for (const [index, answer] of answers.entries()) {
            await expectTold(together[index]!, answer, circumstances);
            expect(creditsOf(answer.extensions), 'beyond the budget').toBeLessThanOrEqual(credits ?? Infinity);
          }
          // One that fails may be paid for what is of no use, and is asked anew.
          expectBoughtOnce(server.sandbox.calls.filter(({ provider }) => !failing.includes(nameOf(provider))));
        },
      ),
      {
        ...bounded(60),
        examples: [
          [
            [beforeItsList],
            ['WINNING_HUNTER', 'JUST_ONE_API'],
            [{ provider: 'JUST_ONE_API', fault: 'rate-limit', chance: 1 }],
            null,
            null,
          ],
        ],
      },
    );
  });

  it('cold and at once: each question is bought by one of them', async () => {
    const several = fc.array(operations, { minLength: 2, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(several, someProviders, async (together, configured) => {
        await using server = await serve({ only: slugsOf(configured), sandbox: { latencyMs: 3 } });
        const answers = await Promise.all(together.map((operation) => ask(server, operation)));
        for (const [index, answer] of answers.entries()) await expectTold(together[index]!, answer, calm(configured));
        expectBoughtOnce(server.sandbox.calls);
      }),
      bounded(40),
    );
  });
});
