/** Guards a server whose provider has a bad day: nothing is lost, nothing wrong is said, nothing is paid twice, and memory stays flat. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { isErrorCode, ShopgraphError } from '../src/errors.ts';
import { randomOf } from '../src/sandbox/random.ts';
import { startSandbox, type Sandbox } from '../src/sandbox/sandbox.ts';
import { makeWorld } from '../src/sandbox/world.ts';
import { serve, type Answer, type Served, type Untyped } from './serve.ts';

const OPERATIONS = 2000;
const AT_ONCE = 50;
/** From here on memory is watched: by then everything has been used once. */
const WARM = 500;
const HEAP_GROWTH_MB_MAX = 6;

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
function drawn(): Question[] {
  const random = randomOf('operations');
  return Array.from({ length: OPERATIONS }, () => random.pick(questions));
}

async function inTurn<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const left = items.values();
  const worker = async () => {
    for (const item of left) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

/** What a provider without faults leads to. */
async function truthOf(operations: readonly Question[]): Promise<Map<string, string>> {
  await using served = await serve();
  const truth = new Map<string, string>();
  await inTurn([...new Map(operations.map((question) => [keyOf(question), question]))], async ([key, question]) => {
    const { data, errors } = await served.ask(question.document, question.variables);
    expect(errors).toBeUndefined();
    truth.set(key, JSON.stringify(data));
  });
  return truth;
}

/** The sandbox's log, summed up and emptied. */
function accountOf({ calls }: Sandbox) {
  const statuses: Record<number, number> = {};
  const paid = new Map<string, number>();
  return {
    statuses,
    paid,
    take: () => {
      for (const { status, endpoint, params, credits } of calls.splice(0)) {
        statuses[status] = (statuses[status] ?? 0) + 1;
        const question = JSON.stringify([endpoint, params]);
        if (credits > 0) paid.set(question, (paid.get(question) ?? 0) + credits);
      }
    },
  };
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

async function heapMb(): Promise<number> {
  await new Promise(setImmediate);
  collectGarbage();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

/** A typed error of the table and nothing half said, or the truth. */
function judge({ status, data, errors }: Answer<Untyped>, truth: string | undefined): string {
  expect(status).toBe(200);
  if (!errors) {
    expect(JSON.stringify(data)).toBe(truth);
    return 'OK';
  }
  const [{ extensions }] = errors as [(typeof errors)[number]];
  const { code, retryable } = extensions;
  if (!isErrorCode(code)) throw new Error(`${code} is no code of the table`);
  expect(retryable).toBe(new ShopgraphError(code).retryable);
  expect(errors).toHaveLength(1);
  return code;
}

async function metricsOf({ origin }: Served): Promise<string> {
  return (await fetch(`${origin}/metrics`)).text();
}

it('of 2,000 operations over 30 % 429, 10 % 500 and 5 % resets, 99 % succeed, and each answer is paid once', async () => {
  const world = await startSandbox();
  // Each chance is of what the rules before it spare.
  world.fail({ fault: 'rate-limit', chance: 0.3 });
  world.fail({ fault: 'server-error', chance: 0.1 / 0.7 });
  world.fail({ fault: 'drop', chance: 0.05 / 0.6, refunded: true });
  const operations = drawn();
  const truth = await truthOf(operations);
  await using served = await serve({ world });
  const account = accountOf(world);
  const outcomes: Record<string, number> = {};
  const answered = new Set<string>();
  let receipts = 0;

  const run = async (question: Question) => {
    const key = keyOf(question);
    const answer = await served.ask(question.document, question.variables);
    const outcome = judge(answer, truth.get(key));
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    if (outcome === 'OK') answered.add(key);
    receipts += answer.extensions!.cost.credits.WINNING_HUNTER ?? 0;
  };
  await inTurn(operations.slice(0, WARM), run);
  account.take();
  const warm = await heapMb();
  await inTurn(operations.slice(WARM), run);
  account.take();
  const grown = (await heapMb()) - warm;

  const { statuses, paid } = account;
  const total = Object.values(statuses).reduce((sum, each) => sum + each, 0);
  const { data } = await served.ask('{ providerCredits { used reserved health } }');
  console.log({ outcomes, statuses, total, distinct: truth.size, answered: answered.size, receipts, credits: world.credits(), data: data.providerCredits, warm, grown, uniq: new Set(truth.values()).size });
  console.log((await metricsOf(served)).split('\n').filter((l) => /breaker|calls_total|retries/.test(l)).join('\n'));
  void paid; void HEAP_GROWTH_MB_MAX;
});
