/** Guards the lease: one question is asked by one instance, and who waits for it gets its answer, or asks instead. */
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { lease } from '../../src/upstream/lease.ts';
import type { Answer } from '../../src/upstream/pipeline.ts';
import type { SharedRedis } from '../../src/upstream/redis.ts';
import { startRedis, type TestRedis } from '../redis.ts';
import { aCall, anAnswer, anAsker, anEndpoint, ending, failureOf, held, refusal } from './calls.ts';
import { fakeClock, type FakeClock } from './clock.ts';
import { connected, ownPrefix } from './shared.ts';

let server: TestRedis;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server[Symbol.asyncDispose]());

let prefix: string;
let clock: FakeClock;
/** What is kept, for all instances to find. */
let kept: Map<string, Answer>;
let takeovers: number;
let admin: SharedRedis;
beforeEach(async () => {
  prefix = ownPrefix();
  clock = fakeClock();
  kept = new Map();
  takeovers = 0;
  admin = await connected(server.url, prefix);
});

/** One whose word `landed` has been heard to work: a subscription takes a moment. */
async function instance(owner: string, url = server.url) {
  const voice = url === server.url ? admin : await connected(url, prefix);
  const redis = await connected(url, prefix);
  const recall = ({ key }: { key: string }) => Promise.resolve(kept.get(key) ?? null);
  const { step, close } = lease({ redis, clock, owner, recall, onTakeover: () => takeovers++ });
  onTestFinished(close);
  let heard = false;
  redis.subscribe('landed', (message) => (heard ||= message.includes(owner)));
  if (redis.isUp()) {
    await expect
      .poll(async () => {
        await voice.publish('landed', JSON.stringify({ key: `hello ${owner}` }));
        return heard;
      })
      .toBe(true);
  }
  return { redis, step };
}
const leaseOf = (key = 'a') => admin.run((client) => client.get(`lease:${key}`));
const waitsFor = (owner: string) => expect.poll(() => leaseOf()).toBe(owner);
/** Bought and kept, as `kept.keep` does it behind the lease. */
const buys = (data: unknown, flight = Promise.resolve()) =>
  ending(async (_nth, { key }) => {
    await flight;
    kept.set(key, anAnswer(data));
    return anAnswer(data);
  });
/** Long enough for a wrong one to have been asked. */
const aMoment = () => admin.run((client) => client.ping());

describe('a question that several instances ask', () => {
  it('is asked by one; the others hear of its landing and take what is kept', async () => {
    const [a, b, c] = [await instance('a'), await instance('b'), await instance('c')];
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const end = buys('bought', promise);
    const calls = [aCall(), aCall(), aCall()];
    const first = a.step(end.ask)(calls[0]!);
    await waitsFor('a');
    const rest = [b.step(end.ask)(calls[1]!), c.step(end.ask)(calls[2]!)];
    await aMoment();
    resolve(undefined);
    for (const answer of await Promise.all([first, ...rest])) expect(answer.data).toBe('bought');
    expect(end.calls).toHaveLength(1);
    expect(calls.map(({ told }) => told)).toEqual([[], ['avoided coalesced'], ['avoided coalesced']]);
    expect(takeovers).toBe(0);
    await expect.poll(() => leaseOf()).toBeNull();
  });

  it('fails for all as it failed for one, and is not asked again', async () => {
    const [a, b] = [await instance('a'), await instance('b')];
    const flight = held();
    const first = a.step(() => flight.promise)(aCall());
    await waitsFor('a');
    const end = ending(() => anAnswer());
    const second = b.step(end.ask)(aCall());
    await aMoment();
    const told = { provider: 'P', endpoint: 'e', creditsCharged: 1, retryAfterMs: 7, submittedAt: 5 };
    flight.fail(refusal('FORBIDDEN', { ...told, reason: 'their words' }));
    await failureOf(first);
    const failure = await failureOf(second);
    expect(failure.code).toBe('FORBIDDEN');
    expect(failure.details).toEqual(told);
    expect(end.calls).toEqual([]);
  });

  it.each(['BUDGET_EXHAUSTED', 'DEADLINE_EXCEEDED', 'INTERNAL'] as const)(
    'is asked by the next where one could not for a reason of its own: %s',
    async (code) => {
      const [a, b] = [await instance('a'), await instance('b')];
      const flight = held();
      const first = a.step(() => flight.promise)(aCall());
      await waitsFor('a');
      const second = b.step(buys('bought by b').ask)(aCall());
      await aMoment();
      flight.fail(refusal(code));
      expect((await failureOf(first)).code).toBe(code);
      expect((await second).data).toBe('bought by b');
      expect(takeovers).toBe(0);
    },
  );

  it('that has just been bought is not bought again by who gets the lease next', async () => {
    const a = await instance('a');
    kept.set('a', anAnswer('there already'));
    const end = buys('again');
    expect((await a.step(end.ask)(aCall())).data).toBe('there already');
    expect(end.calls).toEqual([]);
    await expect.poll(() => leaseOf()).toBeNull();
  });

  it('lets who leaves go at once, with nothing asked', async () => {
    const b = await instance('b');
    await admin.run((client) => client.set('lease:a', 'another', 'PX', 10_000));
    const asker = anAsker();
    const end = ending(() => anAnswer());
    const waiting = b.step(end.ask)(aCall('a', anEndpoint(), asker));
    await aMoment();
    asker.leave();
    expect((await failureOf(waiting)).code).toBe('DEADLINE_EXCEEDED');
    expect(end.calls).toEqual([]);
    expect(await leaseOf()).toBe('another');
  });

  it('is looked for each second by who has missed the word', async () => {
    const b = await instance('b');
    await admin.run((client) => client.set('lease:a', 'another', 'PX', 60_000));
    const waiting = b.step(ending(() => refusal('INTERNAL')).ask)(aCall());
    await aMoment();
    kept.set('a', anAnswer('landed unheard'));
    await expect.poll(() => clock.nextInMs()).toBe(1000);
    await clock.advance(1000);
    expect((await waiting).data).toBe('landed unheard');
  });

  it('is never leased where answers are not kept', async () => {
    const a = await instance('a');
    const flight = held();
    const asked = a.step(() => flight.promise)(aCall('a', anEndpoint({ ttlMs: 0 })));
    await aMoment();
    expect(await leaseOf()).toBeNull();
    flight.answer(anAnswer());
    await asked;
  });
});

describe('a lease', () => {
  it('of a holder that is dead runs out; then another asks, and that is told', async () => {
    const b = await instance('b');
    await admin.run((client) => client.set('lease:a', 'dead', 'PX', 50));
    const waiting = b.step(buys('bought by b').ask)(aCall());
    await aMoment();
    await expect.poll(() => leaseOf()).toBeNull();
    await expect.poll(() => clock.nextInMs()).toBe(1000);
    await clock.advance(1000);
    expect((await waiting).data).toBe('bought by b');
    expect(takeovers).toBe(1);
  });

  it('is renewed for as long as its flight is in the air, and no longer', async () => {
    const a = await instance('a');
    const flight = held();
    const asked = a.step(() => flight.promise)(aCall());
    await waitsFor('a');
    const msLeft = () => admin.run((client) => client.pttl('lease:a'));
    expect(await msLeft()).toBeGreaterThan(9000);
    for (let turn = 0; turn < 2; turn++) {
      await admin.run((client) => client.pexpire('lease:a', 4000));
      await clock.advance(3000);
      await expect.poll(msLeft).toBeGreaterThan(9000);
    }
    flight.answer(anAnswer());
    await asked;
    await expect.poll(msLeft).toBe(-2);
    await clock.advance(3000);
    expect(clock.nextInMs()).toBeUndefined();
  });

  it("that has become another's is neither renewed nor released", async () => {
    const a = await instance('a');
    const flight = held();
    const asked = a.step(() => flight.promise)(aCall());
    await waitsFor('a');
    await admin.run((client) => client.set('lease:a', 'another', 'PX', 5000));
    await clock.advance(3000);
    await aMoment();
    expect(await admin.run((client) => client.pttl('lease:a'))).toBeLessThanOrEqual(5000);
    flight.answer(anAnswer());
    await asked;
    await a.redis.run((client) => client.ping());
    expect(await leaseOf()).toBe('another');
  });
});

it('while Redis is away each instance asks for itself, those that were waiting included', async () => {
  await using own = await startRedis();
  const b = await instance('b', own.url);
  const seen = await connected(own.url, prefix);
  await seen.run((client) => client.set('lease:a', 'another', 'PX', 60_000));
  const waiting = b.step(buys('bought by b').ask)(aCall());
  await seen.run((client) => client.ping());
  await own.kill();
  await expect.poll(b.redis.isUp).toBe(false);
  await clock.advance(1000);
  expect((await waiting).data).toBe('bought by b');
  expect((await b.step(buys('and again').ask)(aCall('b'))).data).toBe('and again');
});

it('questions that failed by one request fail by one error elsewhere, too', async () => {
  const [a, b] = [await instance('a'), await instance('b')];
  const flight = held();
  const keys = ['a', 'b', 'c'];
  const first = keys.map((key) => failureOf(a.step(() => flight.promise)(aCall(key))));
  for (const key of keys) await expect.poll(() => leaseOf(key)).toBe('a');
  const elsewhere = keys.map((key) => failureOf(b.step(ending(() => anAnswer()).ask)(aCall(key))));
  await aMoment();
  flight.fail(refusal('UPSTREAM_TIMEOUT', { provider: 'P', endpoint: 'e' }));
  await Promise.all(first);
  const failures = await Promise.all(elsewhere);
  expect(failures[0]).toMatchObject({ code: 'UPSTREAM_TIMEOUT', details: { provider: 'P', endpoint: 'e' } });
  expect(new Set(failures).size).toBe(1);
});
