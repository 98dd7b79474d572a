/** Several providers, some of them failing: each fact is somebody's word or an explained null; nothing is bought twice or too dear. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProviderName } from '../../src/providers/provider.ts';
import type { FaultName, FaultRule, ProviderSlug, SandboxCall } from '../../src/sandbox/sandbox.ts';
import { serve, type Answer, type GraphError, type Untyped } from '../serve.ts';
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
const bounded = (numRuns: number) => ({ numRuns, interruptAfterTimeLimit: 5_000 });

let oracle: Oracle;
beforeAll(async () => {
  oracle = await startOracle();
});
afterAll(() => oracle.close());

const slugs: Readonly<Record<ProviderName, ProviderSlug>> = {
  WINNING_HUNTER: 'winninghunter',
  JUST_ONE_API: 'justoneapi',
  ECHOTIK: 'echotik',
  SOCIAL_FETCH: 'socialfetch',
};
const slugsOf = (providers: readonly ProviderName[]) => providers.map((provider) => slugs[provider]);
const nameOf = (slug: ProviderSlug) => (Object.keys(slugs) as ProviderName[]).find((name) => slugs[name] === slug)!;

const providers: readonly ProviderName[] = ['WINNING_HUNTER', 'JUST_ONE_API', 'ECHOTIK'];
const someProviders = fc.subarray([...providers], { minLength: 1 });

/** Under what an operation was answered. */
interface Circumstances {
  readonly configured: readonly ProviderName[];
  /** Those whose calls may fail. */
  readonly struck: readonly ProviderName[];
}

/** What a call asked; several questions where they travelled together. */
function questionsOf({ provider, endpoint, params }: SandboxCall): string[] {
  const { product_ids, user_ids, video_ids, ...others } = params as Record<string, string>;
  const to = { provider: nameOf(provider), name: endpoint };
  const together = (product_ids ?? user_ids ?? video_ids)?.split(',');
  return together?.map((id) => questionTo(to, { id })) ?? [questionTo(to, others)];
}

const repeated = (all: readonly string[]) => all.filter((each, index) => all.indexOf(each) !== index);

const expectBoughtOnce = (calls: readonly SandboxCall[]) => {
  expect(repeated(calls.flatMap(questionsOf)), 'bought twice').toEqual([]);
};

function expectReceipt({ extensions, calls, headers }: Answer<Untyped>) {
  const credits = calls.reduce((sum, call) => sum + call.credits, 0);
  const spent = Object.values(extensions!.cost.credits).reduce((sum, each) => sum + each, 0);
  expect(extensions?.cost.calls, 'calls on the receipt').toBe(calls.length);
  expect(spent, 'credits on the receipt').toBe(credits);
  expect(headers.get('x-shopgraph-credits')).toBe(String(credits));
}

const withCode = (errors: readonly GraphError[], code: string) =>
  errors.filter(({ extensions }) => extensions.code === code);
const blamed = (errors: readonly GraphError[]) => errors.map(({ extensions }) => String(extensions.provider));

const nodePathOf = ({ path = [] }: GraphError) => path.slice(0, -1).join('.');

/** No error says more than is the case, and none says it again. */
function expectErrors(errors: readonly GraphError[], seen: readonly Seen[], { configured, struck }: Circumstances) {
  const unknown = withCode(errors, 'NOT_FOUND');
  expect(repeated(unknown.map(({ path = [] }) => path.join('.'))), 'NOT_FOUND twice').toEqual([]);
  const places = seen.map(({ at }) => at);
  for (const error of unknown) expect(places, 'NOT_FOUND of a node').toContain(nodePathOf(error));

  const unconfigured = blamed(withCode(errors, 'NOT_CONFIGURED'));
  expect(repeated(unconfigured), 'NOT_CONFIGURED twice').toEqual([]);
  expect(configured, 'NOT_CONFIGURED').not.toEqual(expect.arrayContaining(['', ...unconfigured].slice(1)));

  const ours = ['NOT_FOUND', 'NOT_CONFIGURED', ...(struck.length > 0 ? ['BUDGET_EXHAUSTED'] : [])];
  const failures = errors.filter(({ extensions: { code } }) => !ours.includes(code));
  expect(failures.filter(({ extensions: { provider } }) => !struck.includes(provider as ProviderName))).toEqual([]);
  expect(failures.map(({ extensions }) => extensions.code)).not.toContain('INTERNAL');
}
