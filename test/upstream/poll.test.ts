/** Guards what is collected by a task: it is bought once, looked for within bounds whoever waits, and lands where answers are kept. */
import { beforeEach, describe, expect, it } from 'vitest';
import { ShopgraphError } from '../../src/errors.ts';
import { createOperationAsker, type OperationAsker } from '../../src/operation-asker.ts';
import { createTab } from '../../src/plan/receipt.ts';
import type { Endpoint } from '../../src/providers/provider.ts';
import { createAccounts } from '../../src/upstream/accounts.ts';
import { admit } from '../../src/upstream/admit.ts';
import { cache } from '../../src/upstream/cache.ts';
import { sleep } from '../../src/upstream/clock.ts';
import { coalesce } from '../../src/upstream/coalesce.ts';
import { noJournal, type Reservation } from '../../src/upstream/journal.ts';
import { ledger } from '../../src/upstream/ledger.ts';
import { limit } from '../../src/upstream/limit.ts';
import { patience } from '../../src/upstream/patience.ts';
import { pipeline, type Answer, type Ask, type Call, type Step } from '../../src/upstream/pipeline.ts';
import { poll } from '../../src/upstream/poll.ts';
import { retry } from '../../src/upstream/retry.ts';
import { openWindow } from '../../src/upstream/window.ts';
import { aCall, anAnswer, anAsker, anEndpoint, failureOf, refusal } from './calls.ts';
import { fakeClock, settled } from './clock.ts';

const JO = 'JUST_ONE_API';
const polling = { firstMs: 2000, factor: 1.5, waitMsMax: 10_000, totalMs: 60_000 };
const endpoint = anEndpoint({ provider: JO, name: 'task', credits: 5, ttlMs: 600_000, polling });
const startMs = Date.UTC(2030, 0, 1);
const DAY_MS = 86_400_000;

/** Charged in full, as far as its client knows. */
const pending = ({ credits }: Endpoint) => refusal('PENDING', { creditsCharged: credits });
const isPending = () => refusal('PENDING');
type Outcome = Answer | ShopgraphError | Promise<Answer>;

interface Sent {
  readonly atMs: number;
  readonly lane: string;
}

/** The whole way of a call, with a provider that plays a script. */
function way({ pollCredits = 0, storeMs = 0 } = {}) {
  const clock = fakeClock(startMs);
  const sent: Sent[] = [];
  const asked: OperationAsker[] = [];
  const reserved: Reservation[] = [];
  let play: (nth: number) => Outcome = isPending;
  const accounts = createAccounts({ clock, monthlyCredits: { [JO]: Infinity } });
  const journal = { ...noJournal, reserve: (each: Reservation) => Promise.resolve(void reserved.push(each)) };
  /** Where answers may be kept from before; looking there takes a moment. */
  let kept: Answer | null = null;
  const store: Step = (next) => async (call) => {
    if (storeMs > 0) await sleep(clock, storeMs);
    if (!kept) return next(call);
    call.asker.meter.avoided('cache');
    return kept;
  };
  let isDisputed = false;
  const memory = cache({ clock, bytesMax: 1e6, onLook: () => undefined });
  const poller = poll({ clock, pollCredits });
  const flights = coalesce({ pendingOf: poller.pendingOf });
  const waiting = patience(clock);
  const limiter = limit({
    clock,
    limitsOf: () => ({ window: openWindow, windowMs: 0, concurrency: 1 }),
    refusalOf: () => null,
  });
  const send: Ask = async ({ asker, endpoint: wanted }) => {
    sent.push({ atMs: clock.now() - startMs, lane: asker.lane });
    const outcome = await play(sent.length);
    if (outcome instanceof ShopgraphError) throw outcome.code === 'PENDING' ? pending(wanted) : outcome;
    return { ...outcome, fetchedAt: clock.now() };
  };
  const ask = pipeline(
    memory.look,
    flights.step,
    memory.keep,
    store,
    poller.step,
    retry({
      ...{ clock, random: () => 0.5, attemptsMax: 3, failedMax: 3, chargedMax: 3 },
      ...{ waitMsMin: 200, waitMsMax: 400, retryAfterMsMax: 1000 },
    }),
    admit,
    limiter.step,
    ledger({ clock, owner: 'me', journal, accounts, observe: () => undefined }),
    send,
  );
  const operation = ({
    caller = 'someone',
    deadlineMs = 600_000,
    maxCredits = 100,
    monthlyCredits = Infinity,
  } = {}) => {
    const tab = createTab(maxCredits);
    const asker = createOperationAsker({
      ...{ clock, caller, deadlineMs, tab, lane: 'interactive', requestId: 'a request' },
      hold: (from) => accounts.hold({ name: caller, monthlyCredits }, from),
      claim: () => (isDisputed ? Promise.reject(refusal('BUDGET_EXHAUSTED')) : Promise.resolve()),
    });
    const call: Call = { ...aCall('a', endpoint), asker };
    asked.push(asker);
    const used = () => accounts.ofCaller({ name: caller, monthlyCredits }).used;
    return { asker, call, used, receipt: () => tab.receipt(0) };
  };
  return {
    ...{ clock, sent, reserved, accounts, memory, poller, flights, ask, operation },
    within: (call: Call, waitMs: number) => waiting.within(ask, call, waitMs),
    atMs: () => sent.map(({ atMs }) => atMs),
    plays: (script: (nth: number) => Outcome) => {
      play = script;
    },
    keeps: (answer: Answer) => {
      kept = answer;
    },
    /** From now on all instances together find every account empty. */
    disputes: () => {
      isDisputed = true;
    },
    /** Pending so often, then there. */
    landsAfter: (polls: number) => {
      play = (nth) => (nth > polls ? anAnswer('landed') : isPending());
    },
    /** What would still happen when all operations have been answered. */
    timerInMs: () => {
      for (const asker of asked) asker.leave();
      return clock.nextInMs();
    },
    leave: () => {
      poller.leave();
      waiting.leave();
    },
  };
}

let w: ReturnType<typeof way>;
beforeEach(() => {
  w = way();
});
const ask = (asker = anAsker()) => w.ask(aCall('a', endpoint, asker));

describe('a task', () => {
  it('is looked for after 2 s, then later and later up to every 10 s, until it is there', async () => {
    w.landsAfter(7);
    const answer = ask();
    await w.clock.advance(60_000);
    expect((await answer).data).toBe('landed');
    const pauses = w.atMs().map((atMs, nth) => atMs - (w.atMs()[nth - 1] ?? 0));
    expect(pauses).toEqual([0, 2000, 3000, 4500, 6750, 10_000, 10_000, 10_000]);
    expect(w.timerInMs()).toBeUndefined();
  });

  it('that is there at once is not looked for', async () => {
    w.landsAfter(0);
    expect((await ask()).data).toBe('landed');
    expect([w.atMs(), w.timerInMs()]).toEqual([[0], undefined]);
  });

  it('that takes longer than anyone looks is pending: since when, and when to ask again', async () => {
    const outcome = failureOf(ask());
    await w.clock.advance(60_000);
    const { code, details } = await outcome;
    expect(code).toBe('PENDING');
    expect(details).toMatchObject({ provider: JO, endpoint: 'task', submittedAt: startMs, retryAfterMs: 10_000 });
    expect(Math.max(...w.atMs())).toBeLessThan(60_000);
    const looks = w.sent.length;
    await w.clock.advance(DAY_MS);
    expect([w.sent.length, w.timerInMs()]).toEqual([looks, undefined]);
  });

  it('of an endpoint that collects nothing is none: pending is a failure like any other', async () => {
    const { code } = await failureOf(w.ask(aCall('a', anEndpoint())));
    expect([code, w.atMs()]).toEqual(['PENDING', [0]]);
  });
});

describe('a look that fails', () => {
  it('for now is tried again like any call, and then the looking goes on', async () => {
    w.plays(
      (nth) =>
        [isPending(), ...Array<ShopgraphError>(3).fill(refusal('UPSTREAM_UNAVAILABLE')), anAnswer('landed')][nth - 1]!,
    );
    const answer = ask();
    await w.clock.advance(20_000);
    expect((await answer).data).toBe('landed');
    expect(w.atMs()).toEqual([0, 2000, 2300, 2600, 5600]);
  });

  it('because the provider wants to be left alone is followed by none before that is over', async () => {
    const limited = refusal('RATE_LIMITED', { creditsCharged: 0, retryAfterMs: 30_000 });
    w.plays((nth) => [isPending(), limited, anAnswer('landed')][nth - 1]!);
    const answer = ask();
    await w.clock.advance(40_000);
    await answer;
    expect(w.atMs()).toEqual([0, 2000, 32_000]);
  });

  it.each(['AUTH_FAILED', 'FORBIDDEN', 'QUOTA_EXHAUSTED', 'INTERNAL'] as const)(
    'with %s is the end of looking, and of no task: who asks again looks for it',
    async (code) => {
      w.plays((nth) => (nth === 2 ? refusal(code, { creditsCharged: 0 }) : isPending()));
      const outcome = failureOf(ask());
      await w.clock.advance(3000);
      expect((await outcome).code).toBe(code);
      const { call, receipt } = w.operation();
      w.plays(() => anAnswer('landed'));
      await w.ask(call);
      expect(receipt()).toMatchObject({ calls: 1, credits: { [JO]: 0 } });
    },
  );

  it.each(['COLLECTION_FAILED', 'UPSTREAM_BAD_DATA', 'BAD_INPUT'] as const)(
    'with %s is the end of the task, which is not looked for again: who asks again buys another',
    async (code) => {
      w.plays((nth) => (nth === 2 ? refusal(code, { creditsCharged: 0 }) : isPending()));
      const outcome = failureOf(ask());
      await w.clock.advance(30_000);
      expect((await outcome).code).toBe(code);
      expect(w.atMs()).toEqual([0, 2000]);
      const { call, receipt } = w.operation();
      w.plays(() => anAnswer('another'));
      await w.ask(call);
      expect(receipt()).toMatchObject({ calls: 1, credits: { [JO]: 5 } });
    },
  );
});

describe('who waits', () => {
  it('together: 50 buy one task, and all get what it brings', async () => {
    w.landsAfter(3);
    const all = Array.from({ length: 50 }, () => w.operation());
    const answers = Promise.all(all.map(({ call }) => w.ask(call)));
    await w.clock.advance(60_000);
    expect((await answers).map(({ data }) => data)).toEqual(Array(50).fill('landed'));
    expect(w.sent).toHaveLength(4);
    const receipts = all.map(({ receipt }) => receipt());
    expect(receipts.map(({ credits }) => credits[JO] ?? 0)).toEqual([5, ...Array<number>(49).fill(0)]);
    expect(receipts.map(({ calls }) => calls)).toEqual([4, ...Array<number>(49).fill(0)]);
    expect(receipts.map(({ avoided }) => avoided.coalesced)).toEqual([0, ...Array<number>(49).fill(1)]);
  });

  it('not until it is there is told that it is pending, and until when it need not ask again', async () => {
    w.landsAfter(3);
    const asker = anAsker();
    const outcome = failureOf(ask(asker));
    await w.clock.advance(3500);
    asker.leave();
    const { code, details } = await outcome;
    expect(code).toBe('PENDING');
    expect(details).toMatchObject({ provider: JO, endpoint: 'task', submittedAt: startMs, retryAfterMs: 1500 });
  });

  it('not until the first request is answered is told the same once it has been sent, and not before', async () => {
    w.plays(() => new Promise(() => undefined));
    const [first, second] = [anAsker(), anAsker()];
    const outcomes = [ask(first), w.ask(aCall('b', endpoint, second))].map((each) => failureOf(each));
    await w.clock.advance(1000);
    first.leave();
    second.leave();
    expect((await Promise.all(outcomes)).map(({ code }) => code)).toEqual(['PENDING', 'DEADLINE_EXCEEDED']);
    expect(w.sent).toHaveLength(1);
  });

  it('not until an attempt that failed is made again is not told that it is pending: nothing was bought', async () => {
    w.plays(() => refusal('RATE_LIMITED', { creditsCharged: 0, retryAfterMs: 900 }));
    const asker = anAsker();
    const outcome = failureOf(ask(asker));
    void failureOf(ask());
    await w.clock.advance(500);
    asker.leave();
    expect((await outcome).code).toBe('DEADLINE_EXCEEDED');
  });

  it('no more changes nothing: it is looked for in the background, lands, and costs the next nothing', async () => {
    w.landsAfter(3);
    const { asker, call, used } = w.operation();
    const outcome = failureOf(w.ask(call));
    await w.clock.advance(2500);
    asker.leave();
    await outcome;
    expect(w.flights.has('a')).toBe(true);
    await w.clock.advance(60_000);
    expect(w.sent).toEqual([
      { atMs: 0, lane: 'interactive' },
      { atMs: 2000, lane: 'interactive' },
      { atMs: 5000, lane: 'background' },
      { atMs: 9500, lane: 'background' },
    ]);
    expect([w.flights.has('a'), used()]).toEqual([false, 5]);
    const next = w.operation();
    expect((await w.ask(next.call)).data).toBe('landed');
    expect(next.receipt()).toMatchObject({ calls: 0, credits: {}, avoided: { cache: 1 } });
  });

  it('may come when all have left: it is spared the call, whether it stays until it is there or not', async () => {
    w.landsAfter(3);
    const [early, brief, late] = [anAsker(), anAsker(), anAsker()];
    const outcome = failureOf(ask(early));
    await w.clock.advance(1000);
    early.leave();
    await outcome;
    const briefly = failureOf(ask(brief));
    await w.clock.advance(100);
    brief.leave();
    expect((await briefly).code).toBe('PENDING');
    const answer = ask(late);
    await w.clock.advance(60_000);
    expect((await answer).data).toBe('landed');
    for (const { told } of [brief, late]) {
      expect(told.filter((what) => !what.startsWith('waited'))).toEqual(['avoided coalesced']);
    }
    expect(w.sent).toHaveLength(4);
  });

  it('is given an answer past its time rather than word that a new one is pending', async () => {
    w.landsAfter(0);
    await ask();
    await w.clock.advance(700_000);
    w.plays(isPending);
    const { call, asker, receipt } = w.operation();
    const answer = w.ask(call);
    await w.clock.advance(5000);
    asker.leave();
    expect(await answer).toMatchObject({ data: 'landed', from: 'stale' });
    expect(receipt()).toMatchObject({ stale: 1 });
  });
});

describe('what it costs', () => {
  it('is the price of the task, once, on the bill and the account of who bought it; looking is free', async () => {
    w.landsAfter(3);
    const { call, used, receipt } = w.operation({ maxCredits: 5, monthlyCredits: 5 });
    const answer = w.ask(call);
    await w.clock.advance(60_000);
    await answer;
    expect(w.reserved.map(({ caller, credits }) => [caller, credits])).toEqual([
      ['someone', 5],
      ...Array<[string, number]>(3).fill(['someone', 0]),
    ]);
    expect(receipt()).toMatchObject({ calls: 4, credits: { [JO]: 5 }, retries: 0, budget: { remaining: 0 } });
    expect([used(), w.accounts.ofProvider(JO)]).toMatchObject([5, { used: 5, unsettled: 0 }]);
  });

  it('and what looking costs, where it does, for who bought it, also when it has gone and others wait', async () => {
    w = way({ pollCredits: 1 });
    w.landsAfter(3);
    const [buyer, other] = [w.operation({ caller: 'buyer' }), w.operation({ caller: 'other', maxCredits: 0 })];
    const outcome = failureOf(w.ask(buyer.call));
    const answer = w.ask(other.call);
    await w.clock.advance(2500);
    expect(buyer.receipt()).toMatchObject({ calls: 2, credits: { [JO]: 6 } });
    buyer.asker.leave();
    await outcome;
    await w.clock.advance(60_000);
    await answer;
    expect(w.reserved.map(({ caller, credits }) => [caller, credits])).toEqual([
      ['buyer', 5],
      ...Array<[string, number]>(3).fill(['buyer', 1]),
    ]);
    expect([buyer.used(), other.used(), w.accounts.ofProvider(JO).used]).toEqual([8, 0, 8]);
    expect(other.receipt()).toMatchObject({ calls: 0, credits: {} });
  });

  it('does not keep a bought task from being looked for: not for the budget of the operation', async () => {
    w = way({ pollCredits: 1 });
    w.landsAfter(2);
    const { call, used, receipt } = w.operation({ maxCredits: 6 });
    const answer = w.ask(call);
    await w.clock.advance(60_000);
    expect((await answer).data).toBe('landed');
    expect(used()).toBe(7);
    expect(receipt()).toMatchObject({ calls: 2, credits: { [JO]: 6 }, budget: { remaining: 0 } });
  });

  it('is not spent where the account of who bought it is empty: it stays pending, and who asks later may pay', async () => {
    w = way({ pollCredits: 1 });
    w.landsAfter(2);
    const buyer = w.operation({ caller: 'buyer', monthlyCredits: 6 });
    const outcome = failureOf(w.ask(buyer.call));
    await w.clock.advance(40_000);
    expect(w.flights.has('a')).toBe(true);
    await w.clock.advance(20_000);
    expect((await outcome).code).toBe('PENDING');
    expect([w.sent.length, buyer.used()]).toEqual([2, 6]);
    const other = w.operation({ caller: 'other' });
    expect((await w.ask(other.call)).data).toBe('landed');
    expect(other.receipt()).toMatchObject({ calls: 1, credits: { [JO]: 1 } });
  });

  it('is not spent where all instances together find that account empty', async () => {
    const { call, used } = w.operation();
    const outcome = failureOf(w.ask(call));
    await settled();
    w.disputes();
    await w.clock.advance(60_000);
    expect((await outcome).code).toBe('PENDING');
    expect([w.sent.length, used(), w.timerInMs()]).toEqual([1, 5, undefined]);
  });

  it('is nothing where nobody can pay: nothing is sent', async () => {
    const { call, receipt } = w.operation({ maxCredits: 4 });
    expect((await failureOf(w.ask(call))).code).toBe('BUDGET_EXHAUSTED');
    expect([w.sent, receipt().budget.missing, w.timerInMs()]).toEqual([[], 5, undefined]);
  });
});

describe('a task that nobody looks for any more', () => {
  const given = async () => {
    const outcome = failureOf(ask());
    await w.clock.advance(60_000);
    return outcome;
  };

  it('is looked for again when it is asked for, for as long as the first time, and not bought again', async () => {
    expect((await given()).code).toBe('PENDING');
    const { call, receipt } = w.operation();
    const again = failureOf(w.ask(call));
    await w.clock.advance(1000);
    expect(receipt()).toMatchObject({ calls: 1, credits: { [JO]: 0 } });
    await w.clock.advance(60_000);
    expect(await again).toMatchObject({ code: 'PENDING', details: { submittedAt: startMs } });
    w.plays(() => anAnswer('landed'));
    expect((await ask()).data).toBe('landed');
    expect(w.reserved.filter(({ credits }) => credits > 0)).toHaveLength(1);
  });

  it('is not forgotten because a look fails', async () => {
    await given();
    w.plays(() => refusal('UPSTREAM_TIMEOUT'));
    expect((await failureOf(ask())).code).toBe('UPSTREAM_TIMEOUT');
    w.plays(() => anAnswer('landed'));
    const { call, receipt } = w.operation();
    await w.ask(call);
    expect(receipt()).toMatchObject({ credits: { [JO]: 0 } });
  });

  it('is forgotten after an hour: then another is bought', async () => {
    await given();
    await w.clock.advance(3_600_000);
    w.plays(() => anAnswer('landed'));
    const { call, receipt } = w.operation();
    await w.ask(call);
    expect(receipt()).toMatchObject({ credits: { [JO]: 5 } });
  });

  it('is forgotten when it has landed: when that is no longer fresh, another is bought', async () => {
    await given();
    w.plays(() => anAnswer('landed'));
    await ask();
    await w.clock.advance(700_000);
    const { call, receipt } = w.operation();
    await w.ask(call);
    expect(receipt()).toMatchObject({ credits: { [JO]: 5 } });
  });

  it('was none if its request was never answered: who asks again buys', async () => {
    w.plays(() => refusal('UPSTREAM_TIMEOUT'));
    await failureOf(ask());
    const { call, receipt } = w.operation();
    w.plays(() => anAnswer('landed'));
    await w.ask(call);
    expect(receipt()).toMatchObject({ credits: { [JO]: 5 } });
  });
});

describe('when the server closes', () => {
  it('nothing is looked for any more, at once: who still waits is told that it is pending, and no timer is left', async () => {
    const outcome = failureOf(ask());
    await w.clock.advance(2500);
    w.leave();
    expect((await outcome).code).toBe('PENDING');
    await w.flights.landed();
    expect([w.sent.length, w.timerInMs()]).toEqual([2, undefined]);
  });

  it('what is in the air lands, and what is submitted then is not looked for', async () => {
    const { promise, resolve } = Promise.withResolvers<Answer>();
    w.plays((nth) => (nth === 1 ? isPending() : promise));
    const answer = ask();
    await w.clock.advance(2000);
    w.leave();
    resolve(anAnswer('landed'));
    expect((await answer).data).toBe('landed');
    w.plays(isPending);
    expect((await failureOf(w.ask(aCall('b', endpoint)))).code).toBe('PENDING');
    expect(w.timerInMs()).toBeUndefined();
  });
});

describe('waiting for a while', () => {
  it('and no longer: it is pending then, and lands though the operation has been answered, which pays', async () => {
    w.landsAfter(3);
    const { asker, call, receipt } = w.operation();
    const outcome = failureOf(w.within(call, 3000));
    await w.clock.advance(3000);
    expect(w.sent.map(({ lane }) => lane)).toEqual(['interactive', 'interactive']);
    expect(await outcome).toMatchObject({ code: 'PENDING', details: { submittedAt: startMs, retryAfterMs: 2000 } });
    asker.leave();
    expect(receipt()).toMatchObject({ calls: 2, credits: { [JO]: 5 } });
    await w.clock.advance(60_000);
    expect([w.sent.length, w.memory.peek('a')?.data, w.timerInMs()]).toEqual([4, 'landed', undefined]);
    expect(w.sent[2]?.lane).toBe('background');
    const next = w.operation();
    expect((await w.within(next.call, 0)).data).toBe('landed');
    expect(next.receipt()).toMatchObject({ calls: 0, credits: {}, avoided: { cache: 1, coalesced: 0 } });
  });

  it('of 0 ms has it collected: the receipt counts it, though it is written before it is sent', async () => {
    w.landsAfter(3);
    // Another has the only place.
    w.plays(() => sleep(w.clock, 5000).then(() => anAnswer()));
    const other = w.ask(aCall('other', endpoint));
    await settled();
    const { asker, call, receipt } = w.operation();
    const outcome = failureOf(w.within(call, 0));
    await w.clock.advance(1);
    expect(await outcome).toMatchObject({ code: 'PENDING', details: { submittedAt: startMs } });
    asker.leave();
    expect(receipt()).toMatchObject({ calls: 1, credits: { [JO]: 5 } });
    expect(w.sent).toHaveLength(1);
    w.plays(() => anAnswer('landed'));
    await w.clock.advance(5000);
    await other;
    expect(w.memory.peek('a')?.data).toBe('landed');
  });

  it('of 0 ms is held up until it is known what the operation pays', async () => {
    w = way({ storeMs: 20 });
    const { asker, call, receipt } = w.operation();
    const outcome = failureOf(w.within(call, 0));
    await w.clock.advance(20);
    expect((await outcome).code).toBe('PENDING');
    asker.leave();
    expect(receipt()).toMatchObject({ calls: 1, credits: { [JO]: 5 } });
  });

  it('of 0 ms suffices for what is kept from before', async () => {
    w = way({ storeMs: 20 });
    w.keeps(anAnswer('kept'));
    const { call, receipt } = w.operation();
    const answer = w.within(call, 0);
    await w.clock.advance(20);
    expect((await answer).data).toBe('kept');
    expect(receipt()).toMatchObject({ calls: 0, avoided: { cache: 1 } });
    expect(w.timerInMs()).toBeUndefined();
  });

  it('is given an answer past its time when it is over, and the receipt says so', async () => {
    w.landsAfter(0);
    await ask();
    await w.clock.advance(700_000);
    w.plays(isPending);
    const { call, receipt } = w.operation();
    const answer = w.within(call, 1000);
    await w.clock.advance(1000);
    expect(await answer).toMatchObject({ data: 'landed', from: 'stale' });
    expect(receipt()).toMatchObject({ calls: 1, stale: 1 });
  });

  it('ends with the operation', async () => {
    const { call } = w.operation({ deadlineMs: 1000 });
    const outcome = failureOf(w.within(call, 60_000));
    await w.clock.advance(1000);
    expect((await outcome).code).toBe('PENDING');
    expect(w.flights.has('a')).toBe(true);
  });

  it('asks for nothing when the operation is over', async () => {
    const { asker, call } = w.operation();
    asker.leave();
    expect((await failureOf(w.within(call, 1000))).code).toBe('DEADLINE_EXCEEDED');
    expect([w.sent, w.timerInMs()]).toEqual([[], undefined]);
  });

  it('where nobody can pay is refused at once, and nothing is sent', async () => {
    const { call, receipt } = w.operation({ maxCredits: 4 });
    expect((await failureOf(w.within(call, 0))).code).toBe('BUDGET_EXHAUSTED');
    expect([w.sent, receipt()]).toMatchObject([[], { calls: 0, budget: { missing: 5, remaining: 4 } }]);
    expect(w.timerInMs()).toBeUndefined();
  });

  it('by 50, each as long as it likes, buys one task', async () => {
    w.landsAfter(3);
    const all = Array.from({ length: 50 }, (_, nth) => ({ ...w.operation(), waitMs: nth * 500 }));
    const outcomes = Promise.allSettled(all.map(({ call, waitMs }) => w.within(call, waitMs)));
    await w.clock.advance(60_000);
    // It lands after 9.5 s.
    (await outcomes).forEach((outcome, nth) => {
      const isIn = { status: 'fulfilled', value: { data: 'landed' } };
      expect(outcome).toMatchObject(nth * 500 > 9500 ? isIn : { status: 'rejected', reason: { code: 'PENDING' } });
    });
    expect(w.sent).toHaveLength(4);
    expect(w.accounts.ofProvider(JO).used).toBe(5);
    expect(all.reduce((sum, { receipt }) => sum + (receipt().credits[JO] ?? 0), 0)).toBe(5);
  });

  it('keeps nothing alive when the server closes: what has not been sent is given up, and paid back', async () => {
    w.plays(() => sleep(w.clock, 1000).then(() => anAnswer()));
    const other = w.ask(aCall('other', endpoint));
    await settled();
    const { call, receipt, used } = w.operation();
    const outcome = failureOf(w.within(call, 0));
    await w.clock.advance(1);
    await outcome;
    w.leave();
    await w.clock.advance(1000);
    await other;
    await w.flights.landed();
    expect([w.sent.length, used(), receipt().calls, w.timerInMs()]).toEqual([1, 0, 0, undefined]);
  });
});
