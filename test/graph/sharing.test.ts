/** Bought once: between fields, between requests, between the two halves of a supergraph's entity. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { documented } from '../../src/sandbox/world.ts';
import { systemClock } from '../../src/upstream/clock.ts';
import { ShopProductsHistoryDocument } from '../client/graphql.ts';
import { impatient, serve, tally, type Served } from '../serve.ts';

const { shopId, productId } = documented;

let served: Served;
beforeEach(async () => {
  served = await serve({ only: ['winninghunter'] });
});
afterEach(async () => {
  await served[Symbol.asyncDispose]();
});

describe('50 identical requests at once', () => {
  it('ask each upstream question once, and each is told what it did not pay for', async () => {
    served.sandbox.set({ latencyMs: 30 });
    const answers = await Promise.all(Array.from({ length: 50 }, () => served.ask(ShopProductsHistoryDocument)));
    expect(tally(served.sandbox.calls)).toEqual({ shopDetail: 1, shopProducts: 1, productHistory: 20 });
    for (const { data, errors } of answers) {
      expect(errors).toBeUndefined();
      expect(data).toEqual(answers[0]!.data);
    }
    const receipts = answers.map(({ extensions }) => extensions!.cost);
    expect(receipts.reduce((sum, { calls }) => sum + calls, 0)).toBe(22);
    for (const { calls, avoided } of receipts) expect(calls + avoided.cache + avoided.coalesced).toBe(22);
  });
});

describe('the receipts of all', () => {
  it('add up to what the provider was asked, though who was to pay left before it was sent', async () => {
    const suggest = 'query ($q: String!) { suggestions(type: PRODUCT, query: $q) { name } }';
    await using narrow = await serve({
      env: { WINNINGHUNTER_CONCURRENCY: '1' },
      sandbox: { latencyMs: 800 },
      deps: { clock: systemClock },
    });
    const first = narrow.ask(suggest, { q: 'in the only place' });
    await expect.poll(() => narrow.sandbox.calls.length).toBe(1);
    const hasty = narrow.ask(suggest, { q: 'the same' }, { 'x-deadline-ms': '300' });
    await sleep(100);
    const patient = narrow.ask(suggest, { q: 'the same' });
    const costs = (await Promise.all([first, hasty, patient])).map(({ extensions }) => extensions!.cost);
    expect(narrow.sandbox.calls).toHaveLength(2);
    expect(costs.map(({ calls }) => calls)).toEqual([1, 0, 1]);
    expect(costs.map(({ credits }) => credits.WINNING_HUNTER ?? 0)).toEqual([1, 0, 1]);
  });
});

describe('a receipt', () => {
  const document = `{
    cost { calls credits { credits } budget { limit remaining missing } }
    shop(id: "${shopId}") { name products(first: 5) { nodes { title history(period: LAST_30_DAYS) { __typename } } } }
  }`;

  it.each([
    ['time ends', { deadlineMs: 250, credits: 100, concurrency: 1 }, 'DEADLINE_EXCEEDED'],
    ['credits end', { deadlineMs: 30_000, credits: 3, concurrency: 50 }, 'BUDGET_EXHAUSTED'],
  ])(
    'where %s is the same as a field, beside the data, in the headers, and by the books of the provider',
    async (_what, { deadlineMs, credits, concurrency }, code) => {
      await using narrow = await serve({
        only: ['winninghunter'],
        env: { WINNINGHUNTER_CONCURRENCY: String(concurrency) },
        sandbox: { latencyMs: 100 },
        deps: { clock: systemClock },
      });
      const { data, errors, extensions, headers } = await narrow.ask(
        document,
        {},
        { 'x-deadline-ms': String(deadlineMs), 'x-max-credits': String(credits) },
      );
      expect(errors).toMatchObject([{ extensions: { code } }]);
      const { calls, budget, credits: spent } = extensions!.cost;
      const { WINNING_HUNTER: total = 0 } = spent;
      expect(data.cost).toMatchObject({ calls, budget });
      expect(data.cost.credits).toEqual(total > 0 ? [{ credits: total }] : []);
      expect(budget).toMatchObject({ limit: credits, remaining: credits - total });
      expect(headers.get('x-shopgraph-credits-remaining')).toBe(String(credits - total));
      // What was sent at the last moment is on its way there.
      await expect.poll(() => narrow.sandbox.calls.length).toBe(calls);
      expect(narrow.sandbox.credits()).toBe(total);
    },
  );
});

describe('an answer past its time', () => {
  it('stands in while its provider fails, without an error, and the receipt says so', async () => {
    let later = 0;
    await using old = await serve({ deps: { clock: impatient(() => Date.now() + later) } });
    const operation = `{ shop(id: "${shopId}") { name } }`;
    const fresh = await old.ask(operation);
    later = 25 * 3_600_000;
    old.sandbox.fail({ fault: 'quota' });
    const stale = await old.ask(operation);
    expect(stale.errors).toBeUndefined();
    expect(stale.data).toEqual(fresh.data);
    expect(stale.extensions?.cost).toMatchObject({ calls: 1, stale: 1 });
    expect(fresh.extensions?.cost).toMatchObject({ calls: 1, stale: 0 });
  });
});

describe('a suggestion past its time', () => {
  it('is given at once, and bought anew in the background, on the bill of who asked', async () => {
    let later = 0;
    await using old = await serve({ deps: { clock: impatient(() => Date.now() + later) } });
    const operation = '{ suggestions(type: PRODUCT, query: "glow") { name } }';
    const fresh = await old.ask(operation);
    later = 25 * 3_600_000;
    old.sandbox.set({ latencyMs: 200 });
    const startedAt = performance.now();
    const stale = await old.ask(operation);
    expect(performance.now() - startedAt).toBeLessThan(150);
    expect(stale.data).toEqual(fresh.data);
    expect(stale.extensions?.cost).toMatchObject({ calls: 1, credits: { WINNING_HUNTER: 1 }, stale: 1 });
    await expect.poll(() => old.sandbox.calls.length).toBe(2);
    old.sandbox.set({ latencyMs: 0 });
    await sleep(250);
    const again = await old.ask(operation);
    expect(again.calls).toEqual([]);
    expect(again.extensions?.cost).toMatchObject({ calls: 0, stale: 0, avoided: { cache: 1 } });
  });
});

describe('nodes', () => {
  it('by id cost nothing until a fact is selected, and keep the order given', async () => {
    const ids = [`Product:${productId}`, `Shop:US.${shopId}`].map((id) => Buffer.from(id).toString('base64url'));
    const { data, calls } = await served.ask(
      `query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } node(id: "${ids[1]!}") { id ... on Shop { shopId } } }`,
      { ids },
    );
    expect(data.nodes).toEqual([
      { __typename: 'Product', id: ids[0] },
      { __typename: 'Shop', id: ids[1] },
    ]);
    expect(data.node).toEqual({ id: ids[1], shopId });
    expect(calls).toEqual([]);
  });

  it('and the same product by its own field share their facts', async () => {
    const id = Buffer.from(`Product:${productId}`).toString('base64url');
    const { data, calls } = await served.ask(
      `{ node(id: "${id}") { ... on Product { title } } product(id: "${productId}") { rating } }`,
    );
    expect(data).toEqual({ node: { title: 'Vitamin C Brightening Serum' }, product: { rating: 4.7 } });
    expect(tally(calls)).toEqual({ productDetail: 1 });
  });
});
