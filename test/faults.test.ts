/** Guards a server whose provider has a bad day: nothing is lost, nothing wrong is said, nothing is paid twice, and memory stays flat. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { isErrorCode, ShopgraphError } from '../src/errors.ts';
import { randomOf } from '../src/sandbox/random.ts';
import { makeWorld } from '../src/sandbox/world.ts';
import { serve, type Answer, type Served, type Untyped } from './serve.ts';

const AT_ONCE = 50;
/** From here on memory is watched: by then everything has been used once. */
const WARM = 500;
const HEAP_GROWTH_MB_MAX = 3;

interface Question {
  readonly document: string;
  readonly variables: Readonly<Record<string, string>>;
}

/** Each takes one call, and most have an answer that no other has. */
const questions: readonly Question[] = [...makeWorld().products.values()].flatMap(({ id, title }, nth) => [
  { document: 'query ($id: ID!) { product(id: $id) { title rating } }', variables: { id } },
  { document: 'query ($id: ID!) { product(id: $id) { totals { revenue { amount } sales } } }', variables: { id } },
  {
    document: 'query ($q: String!) { suggestions(type: PRODUCT, query: $q, first: 20) { id name } }',
    variables: { q: nth % 2 === 0 ? `q${nth}` : title.slice(0, 4 + (nth % 9)).trim() },
  },
]);
const keyOf = ({ document, variables }: Question) => JSON.stringify([document, variables]);

/** Some come several times, some never. */
function draw(count: number): Question[] {
  const random = randomOf('operations');
  return Array.from({ length: count }, () => random.pick(questions));
}

async function inTurn<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const left = items.values();
  const worker = async () => {
    for (const item of left) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

/** What a provider without faults leads to. */
async function truthOf(operations: readonly Question[]): Promise<ReadonlyMap<string, string>> {
  await using served = await serve({ only: ['winninghunter'] });
  const truth = new Map<string, string>();
  await inTurn([...new Map(operations.map((question) => [keyOf(question), question]))], async ([key, question]) => {
    const { data, errors } = await served.ask(question.document, question.variables);
    expect(errors).toBeUndefined();
    truth.set(key, JSON.stringify(data));
  });
  return truth;
}

/** The truth, or a typed error of the table. */
function judge({ status, data, errors }: Answer<Untyped>, truth: string | undefined): string {
  expect(status).toBe(200);
  if (!errors) {
    expect(JSON.stringify(data)).toBe(truth);
    return 'OK';
  }
  const [code, ...others] = errors.map(({ extensions }) => extensions.code);
  expect(others).toEqual([]);
  if (!isErrorCode(code)) throw new Error(`${code} is no code of the table`);
  expect(errors[0]!.extensions.retryable).toBe(new ShopgraphError(code).retryable);
  return code;
}

/** Asks, and keeps the books of both sides. What the sandbox remembers is taken from it, since memory is measured. */
function booksOf({ ask, sandbox: { calls } }: Served, truth: ReadonlyMap<string, string>) {
  const outcomes: Partial<Record<string, number>> = {};
  const statuses: Partial<Record<number, number>> = {};
  const answered = new Set<string>();
  const paid = new Map<string, number>();
  let receipts = 0;
  const run = async (operations: readonly Question[]) => {
    await inTurn(operations, async (question) => {
      const answer = await ask(question.document, question.variables);
      const outcome = judge(answer, truth.get(keyOf(question)));
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      if (outcome === 'OK') answered.add(keyOf(question));
      receipts += answer.extensions!.cost.credits.WINNING_HUNTER ?? 0;
    });
    for (const { status, endpoint, params, credits } of calls.splice(0)) {
      statuses[status] = (statuses[status] ?? 0) + 1;
      const asked = JSON.stringify([endpoint, params]);
      if (credits > 0) paid.set(asked, (paid.get(asked) ?? 0) + credits);
    }
  };
  return { run, outcomes, statuses, answered, paid, receipts: () => receipts };
}

const ledgerOf = async (served: Served): Promise<Untyped> =>
  (await served.ask('{ providerCredits { used reserved health } }')).data.providerCredits[0];

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
const heapMb = () => {
  collectGarbage();
  return process.memoryUsage().heapUsed / 2 ** 20;
};

it('of 2,000 operations over 30 % 429, 10 % 500 and 5 % resets 99 % succeed, and each answer is paid once', async () => {
  const operations = draw(2000);
  const truth = await truthOf(operations);
  expect(new Set(truth.values()).size).toBeGreaterThan(700);
  await using served = await serve({ only: ['winninghunter'] });
  const { sandbox } = served;
  // Each chance is of what the rules before it spare.
  sandbox.fail({ fault: 'rate-limit', chance: 0.3 });
  sandbox.fail({ fault: 'server-error', chance: 0.1 / 0.7 });
  sandbox.fail({ fault: 'drop', refunded: true, chance: 0.05 / 0.6 });
  const { run, outcomes, statuses, answered, paid, receipts } = booksOf(served, truth);
  await run(operations.slice(0, WARM));
  const warmMb = heapMb();
  await run(operations.slice(WARM));
  // What is cached is part of it.
  expect(heapMb() - warmMb).toBeLessThan(HEAP_GROWTH_MB_MAX);

  const { 0: resets = 0, 200: sold = 0, 429: limited = 0, 500: failed = 0 } = statuses;
  const attempts = resets + sold + limited + failed;
  expect(limited / attempts).toBeGreaterThan(0.27);
  expect(failed / attempts).toBeGreaterThan(0.08);
  expect(resets / attempts).toBeGreaterThan(0.035);
  expect(outcomes.OK).toBeGreaterThanOrEqual(0.99 * operations.length);

  expect(sandbox.credits()).toBe(answered.size);
  expect([...paid.values()]).toEqual(Array(answered.size).fill(1));
  // A reset may have been charged, as far as we can know; nothing else is in doubt.
  expect(await ledgerOf(served)).toEqual({ used: sandbox.credits() + resets, reserved: 0, health: 'UP' });
  expect(receipts()).toBe(sandbox.credits() + resets);
  expect(outcomes.CIRCUIT_OPEN).toBeUndefined();
  const metrics = await (await fetch(`${served.origin}/metrics`)).text();
  expect(metrics).toMatch(/^shopgraph_upstream_breaker\{[^}]*state="closed"\} 1$/m);
}, 60_000);

it('where nearly nothing goes well, each operation has the right answer or one typed error, and the books agree', async () => {
  const operations = draw(500);
  const truth = await truthOf(operations);
  await using served = await serve({ only: ['winninghunter'] });
  const { sandbox } = served;
  sandbox.fail({ fault: 'rate-limit', chance: 0.75 });
  sandbox.fail({ fault: 'drop', refunded: true, times: 20, chance: 0.2 });
  for (const fault of ['not-json', 'wrong-shape', 'refused'] as const) sandbox.fail({ fault, chance: 0.1 });
  const { run, outcomes, statuses, receipts } = booksOf(served, truth);
  await run(operations);
  expect(outcomes.OK).toBeGreaterThan(50);
  expect(outcomes.RATE_LIMITED).toBeGreaterThan(10);
  expect(outcomes.UPSTREAM_BAD_DATA).toBeGreaterThan(50);
  const { 0: resets = 0 } = statuses;
  expect(resets).toBe(20);
  expect(await ledgerOf(served)).toMatchObject({ used: sandbox.credits() + resets, reserved: 0 });
  expect(receipts()).toBe(sandbox.credits() + resets);
}, 60_000);
