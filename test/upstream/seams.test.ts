/** Guards the seams between policies: what one leaves unsaid another must not misread. */
import { describe, expect, it } from 'vitest';
import type { ShopgraphError } from '../../src/errors.ts';
import { createOperationAsker } from '../../src/operation-asker.ts';
import { createTab } from '../../src/plan/receipt.ts';
import { createAccounts } from '../../src/upstream/accounts.ts';
import { admit } from '../../src/upstream/admit.ts';
import { givenUp } from '../../src/upstream/asker.ts';
import { breaker } from '../../src/upstream/breaker.ts';
import { cache } from '../../src/upstream/cache.ts';
import { coalesce } from '../../src/upstream/coalesce.ts';
import { durable } from '../../src/upstream/durable.ts';
import { pipeline, type Ask, type Step } from '../../src/upstream/pipeline.ts';
import { retry } from '../../src/upstream/retry.ts';
import type { Store } from '../../src/upstream/store.ts';
import { aCall, anAnswer, anAsker, anEndpoint, ending, failureOf, held, refusal } from './calls.ts';
import { fakeClock, settled } from './clock.ts';

const endpoint = anEndpoint({ ttlMs: 60_000, refreshMs: 30_000 });
const asks = (asker = anAsker()) => aCall('a', endpoint, asker);

/** A way on which the answer in memory is past its time. */
async function aged(...below: [...Step[], Ask]) {
  const clock = fakeClock();
  const memory = cache({ clock, bytesMax: 6000, onLook: () => undefined });
  memory.put(asks(), anAnswer('old', clock.now()));
  await clock.advance(60_000);
  return { clock, asked: pipeline(memory.look, coalesce().step, memory.keep, ...below) };
}

/** What a promise has come to by now. */
async function soFar(promise: Promise<{ data: unknown }>): Promise<unknown> {
  let data: unknown = 'nothing yet';
  promise.then(
    (answer) => (data = answer.data),
    (error: unknown) => (data = error),
  );
  await settled();
  return data;
}

describe('a refresh in the background', () => {
  it('who asks while the new answer is being bought gets the old one at once, too', async () => {
    const flight = held();
    const { ask } = ending((_nth, { payment }) => {
      payment?.sent();
      return flight.promise;
    });
    const { asked } = await aged(admit, ask);
    expect(await soFar(asked(asks()))).toBe('old');
    expect(await soFar(asked(asks()))).toBe('old');
  });

  it('gives the old answer at once also where it takes long to find out who pays (store, lease of another instance)', async () => {
    const elsewhere = held();
    const { asked, clock } = await aged(() => () => elsewhere.promise, ending(() => anAnswer()).ask);
    const answer = asked(asks());
    await clock.advance(1000);
    expect(await soFar(answer)).toBe('old');
  });

  it('nothing is bought in the background for an operation that has left', async () => {
    const { ask, calls } = ending(() => anAnswer());
    const { asked } = await aged(admit, ask);
    const asker = anAsker();
    asker.leave();
    expect((await asked(asks(asker))).data).toBe('old');
    expect(calls).toEqual([]);
  });

  it('a new one that does not fit into the budget is not told as missing: the answer is complete', async () => {
    const { asked, clock } = await aged(admit, ending(() => anAnswer()).ask);
    const tab = createTab(0);
    const accounts = createAccounts({ clock, monthlyCredits: { WINNING_HUNTER: 99 } });
    const asker = createOperationAsker({
      ...{ clock, tab, caller: 'a', lane: 'interactive', requestId: 'r', deadlineMs: 1000 },
      hold: (from) => accounts.hold({ name: 'a', monthlyCredits: null }, from),
      claim: () => Promise.resolve(),
    });
    expect((await asked({ ...asks(), asker })).data).toBe('old');
    expect(tab.receipt(0)).toMatchObject({ stale: 1, budget: { missing: 0 } });
  });

  it('an old answer is told as old once, also where the store has it and the new one does not come', async () => {
    const store: Store = {
      read: () => Promise.resolve(new Map([['a', { text: '"old"', fetchedAt: Date.UTC(2030, 0, 1) }]])),
      write: () => Promise.resolve(),
      close: () => undefined,
    };
    const { asked } = await aged(
      (next) => durable({ clock: { ...fakeClock(), now: () => Date.UTC(2030, 0, 1) + 60_000 }, store }).look(next),
      ending(() => refusal('UPSTREAM_UNAVAILABLE')).ask,
    );
    const call = asks();
    expect((await asked(call)).data).toBe('old');
    await settled();
    expect(call.told).toEqual(['stale']);
  });
});

it('who cannot pay is told of its own account, not of that of another caller', async () => {
  const poor = (caller: string) => {
    const asker = anAsker({ caller });
    return {
      ...asker,
      pay: () => {
        throw refusal('BUDGET_EXHAUSTED', { says: `${caller} has no credits` });
      },
    };
  };
  const line = Promise.withResolvers<undefined>();
  const waits: Step = (next) => (call) => line.promise.then(() => next(call));
  const asked = pipeline(coalesce().step, waits, admit, ending(() => anAnswer()).ask);
  const failures = ['one', 'two'].map((caller) => failureOf(asked(aCall('a', endpoint, poor(caller)))));
  line.resolve(undefined);
  expect((await Promise.all(failures)).map(({ message }) => message)).toEqual([
    'one has no credits',
    'two has no credits',
  ]);
});

it('who comes aboard in the instants in which the others cannot pay, and could, is not told that nobody can', async () => {
  for (let instants = 0; instants < 12; instants++) {
    const line = Promise.withResolvers<undefined>();
    const waits: Step = (next) => (call) => line.promise.then(() => next(call));
    const asked = pipeline(coalesce().step, waits, admit, ending(() => anAnswer('bought')).ask);
    const poor = failureOf(asked(asks(anAsker({ credits: 0 }))));
    line.resolve(undefined);
    for (let instant = 0; instant < instants; instant++) await Promise.resolve();
    const rich = asked(asks());
    // Who has credits may come in time to pay for both.
    await poor.catch(() => undefined);
    expect(await soFar(rich), `after ${String(instants)} instants`).toBe('bought');
  }
});

it('a newcomer in the instant in which all leave does not cut short the wait that the provider asked for', async () => {
  const clock = fakeClock();
  const { ask, calls } = ending((nth) => (nth === 1 ? refusal('RATE_LIMITED', { retryAfterMs: 7000 }) : anAnswer()));
  const rule = {
    attemptsMax: 4,
    failedMax: 99,
    chargedMax: 4,
    waitMsMin: 1000,
    waitMsMax: 30_000,
    retryAfterMsMax: 30_000,
  };
  const asked = pipeline(coalesce().step, retry({ clock, random: () => 0, ...rule }), ask);
  const early = anAsker();
  const outcome = failureOf(asked(asks(early)));
  await clock.advance(1000);
  early.leave();
  const newcomer = asked(asks());
  await outcome;
  await clock.advance(5999);
  expect(calls).toHaveLength(1);
  await clock.advance(1);
  expect((await newcomer).data).toEqual({});
});

it('who made a call of its own in the end is not told that it was spared one', async () => {
  const inLine: (() => void)[] = [];
  const line: Step = (next) => async (call) => {
    await new Promise<void>((resolve, reject) => {
      inLine.push(resolve);
      call.asker.onGone(() => {
        reject(givenUp());
      });
    });
    return next(call);
  };
  const asked = pipeline(coalesce().step, line, ending(() => anAnswer()).ask);
  const early = anAsker();
  const outcome = failureOf(asked(asks(early)));
  early.leave();
  const newcomer = asks();
  const answer = asked(newcomer);
  await outcome;
  await settled();
  for (const go of inLine) go();
  await answer;
  expect(newcomer.told).toEqual([]);
});

it('a key that is refused stays refused, whatever an earlier call brings in late', async () => {
  const clock = fakeClock();
  const made = breaker({ clock, onOpened: () => undefined });
  const late = held();
  const { ask, calls } = ending((nth, { payment }) => {
    payment?.sent();
    return nth === 1 ? late.promise : refusal('AUTH_FAILED');
  });
  const way = pipeline(admit, made.gate, made.step, ask);
  const early = failureOf(way(aCall('early')));
  await failureOf(way(aCall('refused')));
  late.fail(refusal('QUOTA_EXHAUSTED', { retryAfterMs: 1000 }));
  await early;
  await clock.advance(1000);
  expect(made.stateOf('WINNING_HUNTER')).toBe('refused');
  expect(((await failureOf(way(aCall('again')))) satisfies ShopgraphError).code).toBe('AUTH_FAILED');
  expect(calls).toHaveLength(2);
});

describe('what instances tell each other of used up credits', () => {
  const exhausted = () => refusal('QUOTA_EXHAUSTED', { retryAfterMs: 1000 });

  it('is told again when the call that tries finds the credits still used up: the others need not try', async () => {
    const clock = fakeClock();
    const opened: unknown[] = [];
    const made = breaker({ clock, onOpened: (_provider, why) => opened.push(why) });
    const { ask } = ending((_nth, { payment }) => {
      payment?.sent();
      return exhausted();
    });
    const way = pipeline(admit, made.gate, made.step, ask);
    await failureOf(way(aCall()));
    await clock.advance(1000);
    await failureOf(way(aCall()));
    expect(opened).toEqual(['exhausted', 'exhausted']);
  });

  it('is believed also by one that leaves the provider alone for a shorter time, or did until just now', async () => {
    const clock = fakeClock();
    const made = breaker({ clock, onOpened: () => undefined });
    made.exhaust('WINNING_HUNTER', 1000);
    await clock.advance(1000);
    made.exhaust('WINNING_HUNTER', 60_000);
    expect(made.refusalOf(endpoint)?.details.retryAfterMs).toBe(60_000);
    made.exhaust('WINNING_HUNTER', 90_000);
    expect(made.refusalOf(endpoint)?.details.retryAfterMs).toBe(90_000);
  });
});
