/** Guards the refreshing: an answer that is a little too old is given at once, and one new one is bought meanwhile. */
import { beforeEach, describe, expect, it } from 'vitest';
import { createOperationAsker } from '../../src/operation-asker.ts';
import { createTab } from '../../src/plan/receipt.ts';
import { createAccounts } from '../../src/upstream/accounts.ts';
import { admit } from '../../src/upstream/admit.ts';
import { cache } from '../../src/upstream/cache.ts';
import { coalesce } from '../../src/upstream/coalesce.ts';
import { pipeline, type Answer, type Ask, type Call } from '../../src/upstream/pipeline.ts';
import { aCall, anAnswer, anAsker, anEndpoint, ending, failureOf, held, refusal } from './calls.ts';
import { fakeClock, settled, type FakeClock } from './clock.ts';

const TTL_MS = 60_000;
const REFRESH_MS = 30_000;
const endpoint = anEndpoint({ ttlMs: TTL_MS, refreshMs: REFRESH_MS, credits: 2 });
const asks = (asker = anAsker(), from = endpoint) => aCall('a', from, asker);

let clock: FakeClock;
let looks: string[];
let calls: Call[];
let asked: Ask;
/** What the provider says from now on. */
let says: (call: Call) => Answer | Error | Promise<Answer>;

/** As the ledger does it: counted when it is sent, settled by what it came to. */
const bought = async (call: Call) => {
  await call.payment?.claim();
  call.payment?.sent();
  const outcome = await Promise.resolve(says(call)).catch((error: unknown) => error as Error);
  call.payment?.settle(outcome instanceof Error ? 0 : call.endpoint.credits);
  if (outcome instanceof Error) throw outcome;
  return outcome;
};

beforeEach(() => {
  clock = fakeClock();
  looks = [];
  says = () => anAnswer('new', clock.now());
  const end = ending((_nth, call) => bought(call));
  calls = end.calls;
  const memory = cache({ clock, bytesMax: 6000, onLook: (_endpoint, result) => looks.push(result) });
  asked = pipeline(memory.look, coalesce().step, memory.keep, admit, end.ask);
  memory.put(asks(), anAnswer('old', clock.now()));
});

/** An answer that is past its time. */
const grownOld = (byMs = 0) => clock.advance(TTL_MS + byMs);

describe('an answer past its time, of an endpoint that is refreshed', () => {
  it('is given at once, while one call is made in the background; the next gets the new one', async () => {
    await grownOld();
    const flight = held();
    says = () => flight.promise;
    expect((await asked(asks())).data).toBe('old');
    expect(calls.map(({ asker }) => asker.lane)).toEqual(['background']);
    flight.answer(anAnswer('new', clock.now()));
    await settled();
    expect((await asked(asks())).data).toBe('new');
    expect(calls).toHaveLength(1);
    expect(looks).toEqual(['refresh', 'hit']);
  });

  it('is charged to the operation that caused it, before the answer is given', async () => {
    await grownOld();
    const flight = held();
    says = () => flight.promise;
    const call = asks(anAsker({ caller: 'the cause' }));
    await asked(call);
    expect(call.told).toEqual(['stale', 'expected 2', 'sent 2']);
    expect(calls[0]?.payment?.caller).toBe('the cause');
    flight.answer(anAnswer('new', clock.now()));
    await settled();
    expect(call.told).toEqual(['stale', 'expected 2', 'sent 2', 'settled 2']);
  });

  it('is charged before the answer is given, however long the call then stands in line', async () => {
    const line = Promise.withResolvers<undefined>();
    const memory = cache({ clock, bytesMax: 6000, onLook: () => undefined });
    memory.put(asks(), anAnswer('old', clock.now()));
    const way = pipeline(
      memory.look,
      admit,
      (next) => (call) => line.promise.then(() => next(call)),
      (call) => bought(call),
    );
    await grownOld();
    const call = asks();
    expect((await way(call)).data).toBe('old');
    expect(call.told).toEqual(['stale', 'expected 2']);
    line.resolve(undefined);
    await settled();
    expect(call.told).toEqual(['stale', 'expected 2', 'sent 2', 'settled 2']);
  });

  it('is bought once, however many ask meanwhile: they share the call and get the old answer', async () => {
    await grownOld();
    const flight = held();
    says = () => flight.promise;
    const asking = [asks(), asks(), asks()];
    const answers = Promise.all(asking.map((call) => asked(call)));
    await settled();
    flight.answer(anAnswer('new', clock.now()));
    expect((await answers).map(({ data }) => data)).toEqual(['old', 'old', 'old']);
    await settled();
    expect(asking.map(({ told }) => told)).toEqual([
      ['stale', 'expected 2', 'sent 2', 'settled 2'],
      ['stale', 'avoided coalesced'],
      ['stale', 'avoided coalesced'],
    ]);
    expect(calls).toHaveLength(1);
  });

  it('is waited for by nobody in particular: who caused it may leave, and the call still has time', async () => {
    const memory = cache({ clock, bytesMax: 6000, onLook: () => undefined });
    memory.put(asks(), anAnswer('old', clock.now()));
    const flight = held();
    const { ask, calls: below } = ending(() => flight.promise);
    await grownOld();
    const asker = anAsker();
    await pipeline(memory.look, admit, ask)(asks(asker));
    const told: string[] = [];
    below[0]?.asker.onGone(() => told.push('gone'));
    asker.leave();
    expect([below[0]?.asker.isWaiting(), told]).toEqual([true, []]);
    flight.answer(anAnswer());
  });

  it('is bought though whoever caused it leaves, and has time beyond its deadline', async () => {
    await grownOld();
    const flight = held();
    says = () => flight.promise;
    const asker = anAsker({ deadline: clock.now() + 1000 });
    await asked(asks(asker));
    asker.leave();
    expect(calls[0]?.asker.isWaiting()).toBe(true);
    expect(calls[0]?.asker.deadline).toBe(clock.now() + 300_000);
    flight.answer(anAnswer('new', clock.now()));
    await settled();
    expect((await asked(asks())).data).toBe('new');
  });

  it('is given as long as `refreshMs` lasts; after that it is an ordinary miss', async () => {
    await grownOld(REFRESH_MS - 1);
    says = () => refusal('UPSTREAM_UNAVAILABLE');
    expect((await asked(asks())).data).toBe('old');
    await clock.advance(1);
    says = () => anAnswer('new', clock.now());
    const call = asks();
    expect((await asked(call)).data).toBe('new');
    expect(call.told).toEqual(['sent 2', 'settled 2']);
    expect(calls.at(-1)?.asker.lane).toBe('interactive');
    expect(looks).toEqual(['refresh', 'miss']);
  });

  it('is waited for by who comes when `refreshMs` is over, in the call that is under way, which is no longer in the background', async () => {
    await grownOld(REFRESH_MS - 1);
    const flight = held();
    says = () => flight.promise;
    await asked(asks());
    await clock.advance(1);
    const answer = asked(asks());
    expect(calls.map(({ asker }) => asker.lane)).toEqual(['interactive']);
    flight.answer(anAnswer('new', clock.now()));
    expect((await answer).data).toBe('new');
    expect(calls).toHaveLength(1);
  });
});

describe('an endpoint without `refreshMs`', () => {
  it('has nothing bought in the background: an answer past its time is a miss', async () => {
    await grownOld();
    const call = asks(anAsker(), anEndpoint({ ttlMs: TTL_MS }));
    expect((await asked(call)).data).toBe('new');
    expect(call.told).toEqual(['sent 1', 'settled 1']);
    expect(calls.map(({ asker }) => asker.lane)).toEqual(['interactive']);
    expect(looks).toEqual(['miss']);
  });
});

describe('a new answer that does not come', () => {
  it.each([
    ['because the provider fails', refusal('UPSTREAM_UNAVAILABLE')],
    ['for a reason that nobody foresaw', new TypeError('unforeseen')],
  ])('%s is not heard of, and what it cost is settled', async (_why, failure) => {
    await grownOld();
    const flight = held();
    says = () => flight.promise;
    const asker = anAsker({ credits: 2 });
    expect((await asked(asks(asker))).data).toBe('old');
    flight.fail(failure);
    await settled();
    expect(asker.told).toEqual(['stale', 'expected 2', 'sent 2', 'settled 0']);
    expect(asker.pay(endpoint).caller).toBe('someone');
    says = () => anAnswer('new', clock.now());
    expect((await asked(asks())).data).toBe('old');
    await settled();
    expect((await asked(asks())).data).toBe('new');
  });

  it('because it was never sent costs nothing: what was counted is paid back', async () => {
    const memory = cache({ clock, bytesMax: 6000, onLook: () => undefined });
    memory.put(asks(), anAnswer('old', clock.now()));
    const way = pipeline(memory.look, admit, ending(() => refusal('CIRCUIT_OPEN')).ask);
    await grownOld();
    const asker = anAsker({ credits: 2 });
    expect((await way(asks(asker))).data).toBe('old');
    expect(asker.told).toEqual(['stale', 'expected 2', 'released 2']);
    expect(asker.pay(endpoint).caller).toBe('someone');
  });

  it('because it was refused before it was sent is no call on the receipt, and no account hears of it', async () => {
    const counted: unknown[] = [];
    const accounts = createAccounts({
      clock,
      monthlyCredits: { WINNING_HUNTER: 100 },
      onCharged: (account, difference) => void counted.push([account.key, difference]),
    });
    const payer = { name: 'someone', monthlyCredits: 10 };
    const tab = createTab(10);
    const asker = createOperationAsker({
      ...{ clock, caller: payer.name, lane: 'interactive', requestId: 'a request', deadlineMs: 1000, tab },
      hold: (from) => accounts.hold(payer, from),
      claim: (hold) => Promise.resolve(void counted.push(hold)),
    });
    const memory = cache({ clock, bytesMax: 6000, onLook: () => undefined });
    memory.put(asks(), anAnswer('old', clock.now()));
    const way = pipeline(memory.look, coalesce().step, memory.keep, admit, ending(() => refusal('CIRCUIT_OPEN')).ask);
    await grownOld();
    for (let times = 0; times < 5; times++) {
      expect((await way({ ...asks(), asker })).data).toBe('old');
      await settled();
    }
    expect(counted).toEqual([]);
    expect(accounts.ofCaller(payer)).toMatchObject({ used: 0, unsettled: 0 });
    expect(tab.receipt(0)).toMatchObject({ calls: 0, stale: 5, budget: { remaining: 10 } });
  });

  it('because all instances together find the account empty costs nothing and is not tried again', async () => {
    const memory = cache({ clock, bytesMax: 6000, onLook: () => undefined });
    memory.put(asks(), anAnswer('old', clock.now()));
    const { ask, calls: tried } = ending(() => refusal('BUDGET_EXHAUSTED'));
    const way = pipeline(memory.look, coalesce().step, memory.keep, admit, ask);
    await grownOld();
    const call = asks();
    expect((await way(call)).data).toBe('old');
    await settled();
    expect(call.told).toEqual(['stale', 'expected 2', 'refused', 'released 2']);
    expect(tried).toHaveLength(1);
  });

  it('because the operation has no credits is not sent, and the old one is given at once', async () => {
    await grownOld();
    const call = asks(anAsker({ credits: 1 }));
    expect((await asked(call)).data).toBe('old');
    expect([call.told, calls]).toEqual([['stale'], []]);
  });

  it('leaves the old one as it is: it is given until a day after its time, and then no more', async () => {
    says = () => refusal('UPSTREAM_UNAVAILABLE');
    await grownOld(86_400_000 - 1);
    expect((await asked(asks())).data).toBe('old');
    await clock.advance(2);
    expect((await failureOf(asked(asks()))).code).toBe('UPSTREAM_UNAVAILABLE');
  });
});
