/** Guards the books: every attempt is written down before it is sent and settled by what it came to, and the sums agree. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Bill } from '../../src/providers/provider.ts';
import { createOperationAsker } from '../../src/operation-asker.ts';
import { createTab } from '../../src/plan/receipt.ts';
import { createAccounts, type Account, type Accounts } from '../../src/upstream/accounts.ts';
import { admit } from '../../src/upstream/admit.ts';
import { sleep } from '../../src/upstream/clock.ts';
import { noJournal, type Journal, type Reservation, type Settlement } from '../../src/upstream/journal.ts';
import { ledger, type Observe } from '../../src/upstream/ledger.ts';
import { limit } from '../../src/upstream/limit.ts';
import { pipeline, type Answer, type Ask } from '../../src/upstream/pipeline.ts';
import { retry } from '../../src/upstream/retry.ts';
import { localWindow } from '../../src/upstream/window.ts';
import { aCall, anAnswer, anEndpoint, ending, failureOf, held, refusal } from './calls.ts';
import { fakeClock, settled, type FakeClock } from './clock.ts';

const WH = 'WINNING_HUNTER';

type Attempt = Parameters<Observe>[1] & { name: string };

/** Books that remember what was written, and write as slowly as they are told. */
function books(clock: FakeClock = fakeClock(), write: () => Promise<void> = () => Promise.resolve()) {
  const reserved: Reservation[] = [];
  const settlements: Settlement[] = [];
  const seen: Attempt[] = [];
  const log: string[] = [];
  const journal: Journal = {
    ...noJournal,
    reserve: async (reservation) => {
      reserved.push(reservation);
      log.push('reserving');
      await write();
      log.push('reserved');
    },
    settle: async (settlement) => {
      settlements.push(settlement);
      log.push('settling');
      await write();
      log.push('settled');
    },
  };
  const accounts = createAccounts({ clock, monthlyCredits: { [WH]: Infinity } });
  const observe: Observe = ({ endpoint: { name } }, attempt) => void seen.push({ name, ...attempt });
  const step = ledger({ clock, owner: 'me', journal, accounts, observe });
  return { clock, reserved, settlements, seen, log, accounts, step, journal, observe };
}

/** As it comes from admission. */
function admitted(endpoint = anEndpoint()) {
  const call = aCall('a', endpoint);
  return { ...call, payment: call.asker.pay(endpoint) };
}

const answerWith = (bill: Bill): Answer => ({ ...anAnswer(), bill });

describe('an attempt', () => {
  it('is sent only when the journal has it, and its answer is given only when the journal knows what it cost', async () => {
    const clock = fakeClock();
    const { step, log, reserved, settlements } = books(clock, () => sleep(clock, 10));
    const call = admitted(anEndpoint({ name: 'dear', credits: 3 }));
    const answer = step(
      ending(async () => {
        log.push(`sent after ${call.told.join()}`);
        await sleep(clock, 1500);
        return anAnswer('kept as it is');
      }).ask,
    )(call).then(({ data }) => {
      log.push('answered');
      return data;
    });
    await clock.advance(9);
    // Until it is written down nothing is sent, though it is set aside already.
    expect(log).toEqual(['reserving']);
    expect(call.told).toEqual(['sent 3']);
    await clock.advance(10_000);
    expect(await answer).toBe('kept as it is');
    expect(log).toEqual(['reserving', 'reserved', 'sent after sent 3', 'settling', 'settled', 'answered']);
    const at = Date.UTC(2030, 0, 1);
    const id = reserved[0]!.id;
    expect(reserved).toEqual([{ id, owner: 'me', at, provider: WH, endpoint: 'dear', caller: 'someone', credits: 3 }]);
    expect(settlements).toEqual([{ id, at: at + 1510, outcome: 'OK', credits: 3 }]);
  });

  it("costs the endpoint's credits where nothing else is said, and its time is measured", async () => {
    const { clock, step, seen } = books();
    const call = admitted(anEndpoint({ name: 'dear', credits: 3 }));
    const answer = step(
      ending(async () => {
        await sleep(clock, 1500);
        return anAnswer();
      }).ask,
    )(call);
    await clock.advance(2000);
    await answer;
    expect(call.told).toEqual(['sent 3', 'settled 3']);
    expect(seen).toEqual([{ name: 'dear', outcome: 'OK', credits: 3, tookMs: 1500 }]);
  });

  it('has an id of its own, by the owner, for each attempt of any call', async () => {
    const { step, reserved, settlements } = books();
    const asked = step(ending(() => anAnswer()).ask);
    await Promise.all(Array.from({ length: 20 }, () => asked(admitted())));
    const ids = reserved.map(({ id }) => id);
    expect(new Set(ids).size).toBe(20);
    for (const id of ids) expect(id).toMatch(/^me-/);
    expect(settlements.map(({ id }) => id)).toEqual(ids);
  });

  it('that nobody waits for is not sent, not written down and not paid', async () => {
    const { step, reserved, seen } = books();
    const { ask, calls } = ending(() => anAnswer());
    const call = admitted();
    call.asker.leave();
    expect((await failureOf(step(ask)(call))).code).toBe('DEADLINE_EXCEEDED');
    expect([calls, reserved, seen, call.told]).toEqual([[], [], [], []]);
    expect(call.payment.isSent()).toBe(false);
  });

  it('is sent all the same if whoever waited leaves while it is written down, since it is paid', async () => {
    const clock = fakeClock();
    const { step, settlements } = books(clock, () => sleep(clock, 10));
    const { ask, calls } = ending(() => anAnswer('paid'));
    const call = admitted();
    const answer = step(ask)(call);
    await clock.advance(5);
    call.asker.leave();
    await clock.advance(100);
    expect((await answer).data).toBe('paid');
    expect(calls.length).toBe(1);
    expect(settlements.length).toBe(1);
  });

  it('that all instances together cannot pay is neither sent nor written down', async () => {
    const { step, reserved, seen } = books();
    const { ask, calls } = ending(() => anAnswer());
    const call = admitted();
    const empty = refusal('BUDGET_EXHAUSTED');
    const answer = step(ask)({ ...call, payment: { ...call.payment, claim: () => Promise.reject(empty) } });
    expect(await failureOf(answer)).toBe(empty);
    expect([calls, reserved, seen, call.told]).toEqual([[], [], [], []]);
    expect(call.payment.isSent()).toBe(false);
  });

  it('waits for all instances together to say yes before it is written down', async () => {
    const { step, reserved } = books();
    const { ask, calls } = ending(() => anAnswer());
    const call = admitted();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const answer = step(ask)({ ...call, payment: { ...call.payment, claim: () => promise } });
    await settled();
    expect([calls, reserved, call.told]).toEqual([[], [], []]);
    resolve(undefined);
    await answer;
    expect([calls.length, reserved.length]).toEqual([1, 1]);
  });

  it('cannot be made without a payment', async () => {
    const { step, reserved } = books();
    const { ask, calls } = ending(() => anAnswer());
    await expect(step(ask)(aCall())).rejects.toThrow('not admitted');
    expect([calls, reserved]).toEqual([[], []]);
  });
});

describe('what an attempt came to', () => {
  const cases = [
    { what: 'an answer without a bill costs its price', ends: anAnswer(), outcome: 'OK', credits: 5 },
    { what: 'an answer with a bill costs what it says', ends: answerWith({ charged: 2 }), outcome: 'OK', credits: 2 },
    { what: 'more than the price, too', ends: answerWith({ charged: 9 }), outcome: 'OK', credits: 9 },
    { what: 'an answer may be free', ends: answerWith({ charged: 0 }), outcome: 'OK', credits: 0 },
    { what: 'a bill that says no price leaves it', ends: answerWith({ used: 77 }), outcome: 'OK', credits: 5 },
    {
      what: 'a failure costs what it says',
      ends: refusal('RATE_LIMITED', { creditsCharged: 2 }),
      outcome: 'RATE_LIMITED',
      credits: 2,
    },
    {
      what: 'a failure may be free',
      ends: refusal('UPSTREAM_UNAVAILABLE', { creditsCharged: 0 }),
      outcome: 'UPSTREAM_UNAVAILABLE',
      credits: 0,
    },
    {
      what: 'of a failure that does not say, the whole price is counted',
      ends: refusal('UPSTREAM_TIMEOUT'),
      outcome: 'UPSTREAM_TIMEOUT',
      credits: 5,
    },
    {
      what: "a failure's bill goes before our guess",
      ends: refusal('UPSTREAM_BAD_DATA', { creditsCharged: 5, bill: { charged: 1 } }),
      outcome: 'UPSTREAM_BAD_DATA',
      credits: 1,
    },
    {
      what: "a failure's bill that says no price leaves the guess",
      ends: refusal('UPSTREAM_BAD_DATA', { creditsCharged: 3, bill: { used: 77 } }),
      outcome: 'UPSTREAM_BAD_DATA',
      credits: 3,
    },
  ];

  it.each(cases)('$what; payer, journal and observer are told the same', async ({ ends, outcome, credits }) => {
    const { step, seen, settlements } = books();
    const call = admitted(anEndpoint({ credits: 5 }));
    const end = await step(ending(() => ends).ask)(call).catch((error: unknown) => error);
    // A failure is passed on as it is.
    if (ends instanceof Error) expect(end).toBe(ends);
    expect(call.told).toEqual(['sent 5', `settled ${credits}`]);
    expect(settlements.map((each) => [each.outcome, each.credits])).toEqual([[outcome, credits]]);
    expect(seen).toEqual([
      { name: 'thing', outcome, credits, tookMs: 0, ...(ends instanceof Error && { error: ends }) },
    ]);
  });

  it('the bill ends here: the answer is handed on without it, else as it is', async () => {
    const { step } = books();
    const answer = { data: { a: 1 }, fetchedAt: 5, bytes: 7, text: '{"a":1}' };
    expect(await step(ending(() => ({ ...answer, bill: { charged: 1, used: 2 } })).ask)(admitted())).toEqual(answer);
  });

  it.each([
    { what: 'an answer', ends: answerWith({ used: 321 }) },
    { what: 'a failure', ends: refusal('NOT_FOUND', { bill: { charged: 0, used: 321 } }) },
  ])("the provider's own count, said with $what, corrects ours", async ({ ends }) => {
    const { step, accounts } = books();
    await step(ending(() => ends).ask)(admitted()).catch(() => undefined);
    expect(accounts.ofProvider(WH).used).toBe(321);
  });

  it('where the provider says nothing of its count ours is left alone', async () => {
    const { step, accounts } = books();
    accounts.correct(WH, 50);
    await step(ending(() => answerWith({ charged: 2 })).ask)(admitted());
    expect(accounts.ofProvider(WH).used).toBe(50);
  });

  it('each attempt of one call is in the books, the refused ones too', async () => {
    const { clock, step, seen, reserved, settlements } = books();
    const { ask } = ending((nth) => (nth < 3 ? refusal('RATE_LIMITED', { creditsCharged: 0 }) : anAnswer()));
    const rule = {
      attemptsMax: 3,
      failedMax: 3,
      chargedMax: 3,
      waitMsMin: 1000,
      waitMsMax: 30_000,
      retryAfterMsMax: 30_000,
    };
    const call = aCall();
    const answer = pipeline(retry({ clock, random: () => 0, ...rule }), admit, step, ask)(call);
    await clock.advance(60_000);
    await answer;
    expect(call.told.filter((each) => each !== 'retried')).toEqual([
      ...['sent 1', 'settled 0', 'sent 1', 'settled 0', 'sent 1', 'settled 1'],
    ]);
    expect(seen.map(({ outcome }) => outcome)).toEqual(['RATE_LIMITED', 'RATE_LIMITED', 'OK']);
    expect(reserved.length).toBe(3);
    expect(settlements.map(({ id }) => id)).toEqual(reserved.map(({ id }) => id));
  });

  it('a death in the air leaves the whole price unsettled', async () => {
    const { step, reserved, settlements } = books();
    const flight = held();
    const call = admitted(anEndpoint({ credits: 4 }));
    void step(ending(() => flight.promise).ask)(call);
    await settled();
    expect(reserved.map(({ credits }) => credits)).toEqual([4]);
    expect(settlements).toEqual([]);
    expect(call.told).toEqual(['sent 4']);
  });
});

describe('for any interleaving of calls, of callers with and without limits, over the end of a month', () => {
  const ends = fc.oneof(
    fc.constant({ kind: 'answer' as const, charged: undefined }),
    fc.record({ kind: fc.constant('answer' as const), charged: fc.integer({ min: 0, max: 4 }) }),
    fc.record({
      kind: fc.constant('failure' as const),
      charged: fc.option(fc.integer({ min: 0, max: 4 }), { nil: undefined }),
    }),
  );
  const asked = fc.array(
    fc.record({
      gapMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 0, max: 40_000 })),
      takesMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 70_000 })),
      /** How long its operation waits. */
      deadlineMs: fc.oneof(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: 200_000 })),
      caller: fc.constantFrom('a', 'b', 'c'),
      lane: fc.constantFrom('interactive' as const, 'background' as const),
      credits: fc.integer({ min: 0, max: 4 }),
      ends,
    }),
    { minLength: 1, maxLength: 30 },
  );
  type Asked = typeof asked extends fc.Arbitrary<infer All> ? All : never;
  const limits: Record<string, number | null> = { a: 12, b: 30, c: null };

  /** The way of the server, with a journal that takes its time. */
  async function spent(given: Asked, providerLimit: number) {
    const clock = fakeClock(Date.UTC(2030, 0, 31, 23, 57));
    const all = new Set<Account>();
    const overdrawn: string[] = [];
    const look = () => {
      for (const { key, own, held: aside, limit: most } of all) if (own + aside > most) overdrawn.push(key);
    };
    const { reserved, settlements, journal } = books(clock, () => sleep(clock, 3));
    const accounts = createAccounts({ clock, monthlyCredits: { [WH]: providerLimit } });
    const bookkeeping = ledger({ clock, owner: 'me', journal, accounts, observe: look });
    const window = localWindow({ clock, slots: 4, windowMs: 60_000 });
    const limiter = limit({
      clock,
      refusalOf: () => null,
      limitsOf: () => ({ window, windowMs: 60_000, concurrency: 3 }),
    });
    const end: Ask = async ({ key, endpoint: { credits } }) => {
      const { takesMs, ends: how } = given[Number(key)]!;
      await sleep(clock, takesMs);
      const charged = how.charged === undefined ? undefined : Math.min(how.charged, credits);
      if (how.kind === 'answer') return charged === undefined ? anAnswer() : answerWith({ charged });
      throw refusal('UPSTREAM_UNAVAILABLE', charged === undefined ? {} : { creditsCharged: charged });
    };
    const ask = pipeline(admit, limiter.step, bookkeeping, end);
    const outcomes: Promise<unknown>[] = [];
    for (const [index, { gapMs, caller, lane, deadlineMs, credits }] of given.entries()) {
      await clock.advance(gapMs);
      const asker = createOperationAsker({
        ...{ clock, caller, lane, deadlineMs, requestId: String(index), tab: createTab(100) },
        claim: () => Promise.resolve(),
        hold: holdOf(accounts, caller, all),
      });
      const call = { endpoint: anEndpoint({ credits }), params: {}, key: String(index), asker };
      outcomes.push(Promise.allSettled([ask(call)]));
      look();
    }
    await clock.advance(given.length * 3 * 60_000);
    await Promise.all(outcomes);
    look();
    return { all: [...all], reserved, settlements, overdrawn, accounts };
  }

  const holdOf =
    (accounts: Accounts, name: string, all: Set<Account>) => (endpoint: Parameters<Accounts['hold']>[1]) => {
      const hold = accounts.hold({ name, monthlyCredits: limits[name] ?? null }, endpoint);
      for (const account of hold.accounts) all.add(account);
      return hold;
    };

  const sumOf = (numbers: readonly number[]) => numbers.reduce((sum, each) => sum + each, 0);

  it('the accounts come to what the journal says, nothing is left set aside or unsettled, and no limit was ever passed', async () => {
    await fc.assert(
      fc.asyncProperty(asked, fc.constantFrom(0, 10, 40, Infinity), async (given, providerLimit) => {
        const { all, reserved, settlements, overdrawn } = await spent(given, providerLimit);
        expect(settlements.map(({ id }) => id).toSorted()).toEqual(reserved.map(({ id }) => id).toSorted());
        const credits = new Map(settlements.map((each) => [each.id, each.credits]));
        const ofJournal = (caller?: string) =>
          sumOf(reserved.filter((each) => !caller || each.caller === caller).map(({ id }) => credits.get(id)!));
        const ofAccounts = (name: string) => sumOf(all.filter(({ key }) => key.endsWith(name)).map(({ own }) => own));
        expect(ofAccounts(`provider ${WH}`)).toBe(ofJournal());
        for (const caller of Object.keys(limits)) expect(ofAccounts(`caller ${caller}`)).toBe(ofJournal(caller));
        for (const { held: aside, unsettled } of all) expect([aside, unsettled]).toEqual([0, 0]);
        expect(overdrawn).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it('and a process that starts anew with that journal counts the same', async () => {
    const withinOneMonth = asked.map((all) => all.map((each) => ({ ...each, gapMs: 0, deadlineMs: 50_000 })));
    await fc.assert(
      fc.asyncProperty(withinOneMonth, async (given) => {
        const { reserved, settlements, all } = await spent(given, Infinity);
        const credits = new Map(settlements.map((each) => [each.id, each.credits]));
        const clock = fakeClock(Date.UTC(2030, 0, 31, 23, 59));
        const again = createAccounts({ clock, monthlyCredits: { [WH]: 1000 } });
        again.restore(reserved.map(({ id, ...rest }) => ({ ...rest, settled: credits.get(id)!, unsettled: 0 })));
        for (const { key, own } of all) {
          const [, kind, name = ''] = key.split(' ');
          const balance = kind === 'caller' ? again.ofCaller({ name, monthlyCredits: null }) : again.ofProvider(WH);
          expect(balance.used).toBe(own);
        }
      }),
      { numRuns: 20 },
    );
  });
});
