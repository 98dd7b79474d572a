/** Guards the common count of credits: all instances together spend no more than there is, and a Redis that forgets is told again. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createAccounts, type Payer } from '../../src/upstream/accounts.ts';
import type { Spending } from '../../src/upstream/journal.ts';
import type { SharedRedis } from '../../src/upstream/redis.ts';
import { systemClock } from '../../src/upstream/clock.ts';
import { tally } from '../../src/upstream/tally.ts';
import { startRedis, type TestRedis } from '../redis.ts';
import { anEndpoint, failureOf } from './calls.ts';
import { fakeClock, type FakeClock } from './clock.ts';
import { connected, ownPrefix } from './shared.ts';

const endpoint = anEndpoint();
const web: Payer = { name: 'web', monthlyCredits: 10 };

let server: TestRedis;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server[Symbol.asyncDispose]());

let prefix: string;
let clock: FakeClock;
let admin: SharedRedis;
beforeEach(async () => {
  prefix = ownPrefix();
  clock = fakeClock(Date.UTC(2030, 5, 15));
  admin = await connected(server.url, prefix);
});

interface Changes {
  readonly url?: string;
  readonly limit?: number;
  readonly before?: readonly Spending[];
}
async function instance(owner: string, { url = server.url, limit = 100, before = [] }: Changes = {}) {
  const redis = await connected(url, prefix);
  const accounts = createAccounts({
    clock,
    monthlyCredits: { WINNING_HUNTER: limit },
    onCharged: (account, more) => {
      counts.charged(account, more);
    },
  });
  accounts.restore(before);
  // The month is the test's to say; Redis and the other instances live in the world's time.
  const waiting = { now: clock.now, after: systemClock.after };
  const counts = tally({ redis, clock: waiting, owner, accounts, instances: 3, before });
  /** As the ledger does it. */
  const buy = async (payer = web) => {
    const hold = accounts.hold(payer, endpoint);
    try {
      await counts.claim(hold, endpoint);
      hold.sent();
    } finally {
      hold.release();
    }
    return hold;
  };
  const many = async (times: number, payer = web) => {
    for (let nth = 0; nth < times; nth++) (await buy(payer)).settle(1);
  };
  return { redis, accounts, counts, buy, many };
}
const countOf = async (name: string, by = admin, month = '2030-06') =>
  Object.fromEntries(
    Object.entries(await by.run((client) => client.hgetall(`credits:${month} ${name}`)))
      .map(([owner, credits]) => [owner, Number(credits)] as const)
      .filter(([, credits]) => credits !== 0),
  );
const before = (owner: string, settled: number, unsettled = 0): Spending => ({
  ...{ owner, settled, unsettled },
  provider: 'WINNING_HUNTER',
  caller: 'web',
});

describe('a claim', () => {
  it("counts in the caller's and the provider's account, under who made it", async () => {
    const [a, b] = [await instance('a'), await instance('b')];
    await a.many(2);
    await b.many(1);
    expect(await countOf('caller web')).toEqual({ a: 2, b: 1 });
    expect(await countOf('provider WINNING_HUNTER')).toEqual({ a: 2, b: 1 });
  });

  it("is refused where all instances have used up the caller's budget, and then counts nowhere", async () => {
    const [a, b] = [await instance('a'), await instance('b')];
    await a.many(6);
    await b.many(4);
    const failure = await failureOf(a.buy());
    expect(failure.code).toBe('BUDGET_EXHAUSTED');
    expect(failure.message).toContain("The caller's budget");
    expect(failure.details.provider).toBeUndefined();
    expect(failure.details.retryAfterMs).toBe(Date.UTC(2030, 6, 1) - clock.now());
    expect(await countOf('caller web')).toEqual({ a: 6, b: 4 });
    expect(await countOf('provider WINNING_HUNTER')).toEqual({ a: 6, b: 4 });
    await a.many(1, { name: 'another', monthlyCredits: null });
  });

  it("is refused where all instances have used up the provider's, whoever asks", async () => {
    const [a, b] = [await instance('a', { limit: 3 }), await instance('b', { limit: 3 })];
    await a.many(2);
    await b.many(1);
    const failure = await failureOf(a.buy({ name: 'another', monthlyCredits: null }));
    expect(failure.code).toBe('BUDGET_EXHAUSTED');
    expect(failure.details.provider).toBe('WINNING_HUNTER');
    expect(await countOf('caller another')).toEqual({});
  });

  it('of many at the same moment passes exactly as often as there are credits', async () => {
    const three = [await instance('a'), await instance('b'), await instance('c')];
    const claims = await Promise.allSettled(Array.from({ length: 30 }, (_, nth) => three[nth % 3]!.buy()));
    expect(claims.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
    const counts = Object.values(await countOf('caller web'));
    expect(counts.reduce((sum, each) => sum + each, 0)).toBe(10);
  });

  it('brings what the others have spent, so that less is set aside in vain', async () => {
    const [a, b] = [await instance('a'), await instance('b')];
    await b.many(7);
    await a.many(1);
    expect(a.accounts.ofCaller(web).used).toBe(8);
    expect(a.accounts.ofProvider('WINNING_HUNTER').used).toBe(8);
  });

  it('is kept for longer than its month, and not for ever', async () => {
    const a = await instance('a');
    await a.many(1);
    for (const name of ['caller web', 'provider WINNING_HUNTER']) {
      const msLeft = await admin.run((client) => client.pttl(`credits:2030-06 ${name}`));
      expect(msLeft).toBeGreaterThan(31 * 86_400_000);
      expect(msLeft).toBeLessThanOrEqual(70 * 86_400_000);
    }
  });

  it('of the next month begins at nothing', async () => {
    const a = await instance('a');
    await a.many(10);
    await clock.advance(Date.UTC(2030, 6, 1) - clock.now());
    await a.many(3);
    expect(await countOf('caller web', admin, '2030-07')).toEqual({ a: 3 });
    expect(await countOf('caller web')).toEqual({ a: 10 });
  });
});

it('what turns out cheaper or dearer is said to all', async () => {
  const [a, b] = [await instance('a'), await instance('b')];
  (await a.buy()).settle(0);
  (await b.buy()).settle(3);
  await expect.poll(() => countOf('caller web')).toEqual({ b: 3 });
  await expect.poll(() => countOf('provider WINNING_HUNTER')).toEqual({ b: 3 });
});

it('a refresh counts nothing, and brings what the others have spent', async () => {
  const [a, b] = [await instance('a'), await instance('b')];
  a.accounts.ofCaller(web);
  await b.many(4);
  await a.counts.refresh();
  expect(a.accounts.ofCaller(web).used).toBe(4);
  expect(await countOf('caller web')).toEqual({ b: 4 });
});

describe('what processes before this one have spent', () => {
  it('is told once, by whoever knows, and counts for all', async () => {
    const a = await instance('a', { before: [before('old', 4, 2)] });
    await instance('b', { before: [before('old', 4, 2)] });
    await expect.poll(() => countOf('caller web')).toMatchObject({ old: 6 });
    expect(a.accounts.ofCaller(web).used).toBe(6);
    await a.many(4);
    expect((await failureOf(a.buy())).code).toBe('BUDGET_EXHAUSTED');
  });
});

describe('while Redis is away', () => {
  it('each instance may spend its share of what was left; all is told when an emptied one is back', async () => {
    await using own = await startRedis();
    const [a, b] = [await instance('a', { url: own.url }), await instance('b', { url: own.url })];
    await b.many(1);
    await a.many(1);
    await own.kill();
    await expect.poll(a.redis.isUp).toBe(false);
    await expect.poll(b.redis.isUp).toBe(false);
    await a.many(2);
    expect((await failureOf(a.buy())).code).toBe('BUDGET_EXHAUSTED');
    (await b.buy()).settle(0);
    await own.restart();
    const seen = await connected(own.url, prefix);
    await expect.poll(() => countOf('caller web', seen), { timeout: 5000 }).toEqual({ a: 3, b: 1 });
    expect(await seen.run((client) => client.pttl('credits:2030-06 caller web'))).toBeGreaterThan(0);
    await a.many(6);
    expect((await failureOf(a.buy())).code).toBe('BUDGET_EXHAUSTED');
  });

  it('from the start, each has its share of a new account', async () => {
    await using own = await startRedis();
    await own.kill();
    const a = await instance('a', { url: own.url });
    await a.many(3);
    expect((await failureOf(a.buy())).code).toBe('BUDGET_EXHAUSTED');
  });
});

describe('a Redis that forgets', () => {
  it('is told again by all before anything is claimed, so that no more is spent than there is', async () => {
    const [a, b] = [await instance('a'), await instance('b')];
    await a.many(4);
    await b.many(3);
    await admin.run((client) => client.del('credits:2030-06 caller web', 'credits:2030-06 provider WINNING_HUNTER'));
    await a.many(2);
    expect(await countOf('caller web')).toEqual({ a: 6, b: 3 });
    await b.many(1);
    expect((await failureOf(a.buy())).code).toBe('BUDGET_EXHAUSTED');
  });

  it('while a call is in the air learns nothing of what that call did not cost', async () => {
    const a = await instance('a');
    const hold = await a.buy();
    await admin.run((client) => client.del('credits:2030-06 caller web'));
    hold.settle(0);
    await admin.run((client) => client.ping());
    expect(await countOf('caller web')).toEqual({});
    await a.many(1);
    expect(await countOf('caller web')).toEqual({ a: 1 });
  });
});
