/** Guards the client's purse and patience: nothing beyond `x-max-credits` is sent, and at the deadline there is an answer. */
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { ShopProductsHistoryDocument } from '../client/graphql.ts';
import { documented } from '../../src/sandbox/world.ts';
import { serve, tally } from '../serve.ts';

const { shopId } = documented;
const creditsOf = (calls: readonly { credits: number }[]) => calls.reduce((sum, { credits }) => sum + credits, 0);

describe('x-max-credits', () => {
  it('buys what fits in the order in which calls become known; the rest is null, with one error and its price', async () => {
    await using served = await serve();
    const { data, errors, calls, extensions, headers } = await served.ask(ShopProductsHistoryDocument, undefined, {
      'x-max-credits': '5',
    });
    expect(tally(calls)).toEqual({ shopDetail: 1, shopProducts: 1, productHistory: 3 });
    expect(errors).toHaveLength(1);
    expect(errors![0]!.extensions).toMatchObject({ code: 'BUDGET_EXHAUSTED', retryable: false, creditsMissing: 17 });
    const histories = data.shop!.products!.edges.map(({ node }) => node.history);
    expect(histories.map((history) => history !== null)).toEqual([...Array(3).fill(true), ...Array(17).fill(false)]);
    expect(extensions!.cost).toMatchObject({ calls: 5, budget: { limit: 5, remaining: 0, missing: 17 } });
    expect(headers.get('x-shopgraph-credits-remaining')).toBe('0');
    const rest = await served.ask(ShopProductsHistoryDocument, undefined, { 'x-max-credits': '17' });
    expect(rest.errors).toBeUndefined();
    expect(rest.calls).toHaveLength(17);
  });

  it('is never exceeded, whatever is cached, failing or asked at the same time, in 200 random runs', async () => {
    const world = await startSandbox();
    const faults = ['server-error', 'rate-limit', 'drop', 'refused'] as const;
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          budget: fc.integer({ min: 0, max: 5 }),
          warm: fc.option(fc.integer({ min: 0, max: 30 })),
          fault: fc.option(fc.record({ fault: fc.constantFrom(...faults), times: fc.integer({ min: 1, max: 9 }) })),
          together: fc.boolean(),
        }),
        async ({ budget, warm, fault, together }) => {
          await using served = await serve({ world });
          world.reset();
          if (warm !== null)
            await served.ask(ShopProductsHistoryDocument, undefined, { 'x-max-credits': String(warm) });
          if (fault) world.fail({ path: 'product', ...fault });
          const before = world.calls.length;
          const operations = Array.from({ length: together ? 3 : 1 }, () =>
            served.ask(ShopProductsHistoryDocument, undefined, { 'x-max-credits': String(budget) }),
          );
          const answers = await Promise.all(operations);
          expect(creditsOf(world.calls.slice(before))).toBeLessThanOrEqual(budget * operations.length);
          for (const { extensions, errors } of answers) {
            const { credits, budget: purse } = extensions!.cost;
            expect(credits.WINNING_HUNTER ?? 0).toBeLessThanOrEqual(budget);
            const said = errors?.filter((each) => each.extensions.code === 'BUDGET_EXHAUSTED') ?? [];
            expect(said.length).toBeLessThanOrEqual(1);
            if (purse.missing === 0) expect(said).toEqual([]);
            else expect(said[0]?.extensions.creditsMissing).toBe(purse.missing);
          }
        },
      ),
      { numRuns: 200 },
    );
    await world.close();
  }, 60_000);

  it.each(['-1', '1.5', 'many', '1e3'])(
    'that is no whole number (%s) is refused, and nothing is asked',
    async (text) => {
      await using served = await serve();
      const { status, errors, calls } = await served.ask(ShopProductsHistoryDocument, undefined, {
        'x-max-credits': text,
      });
      expect(status).toBe(400);
      expect(errors![0]).toMatchObject({ extensions: { code: 'BAD_INPUT', requestId: expect.any(String) } });
      expect(calls).toEqual([]);
    },
  );

  it("cannot raise the server's own limit", async () => {
    await using served = await serve({ env: { MAX_CREDITS_PER_OPERATION: '4' } });
    const { errors, calls } = await served.ask(ShopProductsHistoryDocument, undefined, { 'x-max-credits': '1000' });
    expect(errors).toMatchObject([{ extensions: { code: 'COST_TOO_HIGH', creditsEstimated: 22 } }]);
    expect(calls).toEqual([]);
  });
});

describe('x-deadline-ms', () => {
  it('gives 100 of 100 clients what is there in time; what was sent lands, and asking again is free', async () => {
    await using served = await serve({ sandbox: { latencyMs: 0 } });
    const quick = `{ shop(id: "${shopId}") { name } }`;
    const whole = `{ shop(id: "${shopId}") { name products(first: 3) { nodes { title } } } }`;
    await served.ask(quick);
    served.sandbox.set({ latencyMs: 1000 });
    const startedAt = performance.now();
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => served.ask(whole, {}, { 'x-deadline-ms': '300' })),
    );
    expect(performance.now() - startedAt).toBeLessThan(900);
    for (const { data, errors } of answers) {
      expect(data.shop).toEqual({ name: 'Glow Beauty Co.', products: null });
      expect(errors).toHaveLength(1);
      expect(errors![0]).toMatchObject({
        path: ['shop', 'products'],
        extensions: { code: 'DEADLINE_EXCEEDED', retryable: true },
      });
    }
    await sleep(1000);
    const again = await served.ask(whole);
    expect(again.errors).toBeUndefined();
    expect(again.data.shop.products.nodes).toHaveLength(3);
    expect(again.calls).toEqual([]);
    expect(tally(served.sandbox.calls)).toEqual({ shopDetail: 1, shopProducts: 1 });
  });

  it('drops what has not been sent, and starts nothing more', async () => {
    await using served = await serve({ env: { WINNINGHUNTER_CONCURRENCY: '2' }, sandbox: { latencyMs: 200 } });
    const { errors, extensions } = await served.ask(ShopProductsHistoryDocument, undefined, { 'x-deadline-ms': '500' });
    expect(errors!.map((each) => each.extensions.code)).toEqual(['DEADLINE_EXCEEDED']);
    await sleep(700);
    expect(served.sandbox.calls.length).toBe(extensions!.cost.calls);
    expect(served.sandbox.calls.length).toBeLessThan(9);
  });

  it('is for the server to say where the client does not', async () => {
    await using served = await serve({ env: { DEADLINE_MS: '100' }, sandbox: { latencyMs: 400 } });
    const { errors } = await served.ask(ShopProductsHistoryDocument);
    expect(errors!.map((each) => each.extensions.code)).toEqual(['DEADLINE_EXCEEDED']);
    await sleep(400);
  });

  it('that fails one client fails no other who asks the same', async () => {
    await using served = await serve({ sandbox: { latencyMs: 400 } });
    const [hasty, patient] = await Promise.all([
      served.ask(ShopProductsHistoryDocument, undefined, { 'x-deadline-ms': '200' }),
      served.ask(ShopProductsHistoryDocument),
    ]);
    expect(hasty.errors!.map((each) => each.extensions.code)).toEqual(['DEADLINE_EXCEEDED']);
    expect(patient.errors).toBeUndefined();
    expect(served.sandbox.calls.length).toBe(22);
  });
});

describe('a client that leaves', () => {
  it('has no further calls made for it', async () => {
    await using served = await serve({ sandbox: { latencyMs: 200 } });
    const leaving = new AbortController();
    const asked = fetch(`${served.origin}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: String(ShopProductsHistoryDocument) }),
      signal: leaving.signal,
    });
    await sleep(100);
    leaving.abort();
    await expect(asked).rejects.toThrow();
    await sleep(600);
    expect(tally(served.sandbox.calls)).toEqual({ shopDetail: 1, shopProducts: 1 });
  });
});
