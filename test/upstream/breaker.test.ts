/** A provider is left alone for as long as its reason lasts, and not a call longer or shorter. */
import { describe, expect, it } from 'vitest';
import type { ErrorCode, ShopgraphError } from '../../src/errors.ts';
import { admit } from '../../src/upstream/admit.ts';
import { breaker } from '../../src/upstream/breaker.ts';
import { limit } from '../../src/upstream/limit.ts';
import { pipeline, type Answer, type Step } from '../../src/upstream/pipeline.ts';
import { openWindow } from '../../src/upstream/window.ts';
import { aCall, anAnswer, anEndpoint, ending, held, refusal } from './calls.ts';
import { fakeClock } from './clock.ts';

interface World {
  says: () => Answer | Error | Promise<Answer>;
  /** What keeps a call from being sent. */
  isCutOff: boolean;
}

/** A provider that says what the test puts into `says` before each call. */
function provider() {
  const clock = fakeClock(Date.UTC(2030, 0, 15, 12));
  const opened: unknown[][] = [];
  const made = breaker({ clock, onOpened: (...told) => opened.push(told) });
  const world: World = { says: () => anAnswer(), isCutOff: false };
  const { ask, calls } = ending(() => world.says());
  const sent: Step = (next) => (call) => {
    if (!world.isCutOff) call.payment?.sent();
    return next(call);
  };
  const way = pipeline(admit, made.gate, made.step, sent, ask);
  let asked = 0;
  const outcome = async (): Promise<ErrorCode | 'OK'> => {
    try {
      await way(aCall(`q${asked++}`));
      return 'OK';
    } catch (error) {
      return (error as ShopgraphError).code;
    }
  };
  const state = () => made.stateOf('WINNING_HUNTER');
  return {
    clock,
    world,
    calls,
    way,
    outcome,
    state,
    opened,
    refusalOf: () => made.refusalOf(anEndpoint()),
    exhaust: made.exhaust,
  };
}

/** Nothing is kept from being sent. */
const sends: Step = (next) => (call) => {
  call.payment?.sent();
  return next(call);
};

const HOUR = 3_600_000;

describe('used-up credits', () => {
  it('of a month that has just begun here may be those of the last: the provider is asked again in an hour', async () => {
    const { clock, world, way, outcome } = provider();
    await clock.advance(Date.UTC(2030, 1, 1) + 5000 - clock.now());
    world.says = () => refusal('QUOTA_EXHAUSTED', { resets: 'month' });
    await expect(way(aCall())).rejects.toMatchObject({ details: { retryAfterMs: HOUR } });
    world.says = () => anAnswer();
    await clock.advance(HOUR);
    expect(await outcome()).toBe('OK');
  });

  it('are told at once and asked for no more until the month ends, with the time that takes', async () => {
    const { clock, world, calls, way, outcome, state } = provider();
    world.says = () => refusal('QUOTA_EXHAUSTED', { resets: 'month' });
    const monthEnds = Date.UTC(new Date(clock.now()).getUTCFullYear(), new Date(clock.now()).getUTCMonth() + 1, 1);
    await expect(way(aCall())).rejects.toMatchObject({ details: { retryAfterMs: monthEnds - clock.now() } });
    world.says = () => anAnswer();
    for (let i = 0; i < 10; i++) expect(await outcome()).toBe('QUOTA_EXHAUSTED');
    expect(calls).toHaveLength(1);
    await clock.advance(monthEnds - clock.now() - 1);
    expect(await outcome()).toBe('QUOTA_EXHAUSTED');
    await clock.advance(1);
    expect(await outcome()).toBe('OK');
    expect(calls).toHaveLength(2);
    expect(state()).toBe('closed');
  });

  it.each([
    ['month', Date.UTC(2030, 1, 2), Date.UTC(2030, 2, 1)],
    ['day', Date.UTC(2030, 1, 10, 0, 10), Date.UTC(2030, 1, 11)],
  ] as const)('of a %s that will have begun there as well are those of its own', async (resets, at, ends) => {
    const { clock, world, way } = provider();
    await clock.advance(at - 1 - clock.now());
    world.says = () => refusal('QUOTA_EXHAUSTED', { resets });
    await expect(way(aCall('a'))).rejects.toMatchObject({ details: { retryAfterMs: HOUR } });
    await clock.advance(HOUR);
    await expect(way(aCall('b'))).rejects.toMatchObject({ details: { retryAfterMs: ends - clock.now() } });
  });

  it.each([
    ['a day', { resets: 'day' as const }, 24 * HOUR],
    ['what the provider says', { retryAfterMs: 5 * HOUR }, 5 * HOUR],
    ['an hour where nobody knows', {}, HOUR],
  ])('return after %s at the latest', async (_what, details, waitMsMax) => {
    const { clock, world, outcome } = provider();
    world.says = () => refusal('QUOTA_EXHAUSTED', details);
    await outcome();
    world.says = () => anAnswer();
    expect(await outcome()).toBe('QUOTA_EXHAUSTED');
    await clock.advance(waitMsMax);
    expect(await outcome()).toBe('OK');
  });

  it('are found used up again by one call, not by all that wait for it', async () => {
    const { clock, world, calls, outcome } = provider();
    world.says = () => refusal('QUOTA_EXHAUSTED', { retryAfterMs: HOUR });
    await outcome();
    await clock.advance(HOUR);
    expect(await Promise.all([outcome(), outcome(), outcome()])).toEqual(Array(3).fill('QUOTA_EXHAUSTED'));
    expect(calls).toHaveLength(2);
  });

  it('stay used up when an answer to an earlier call comes in late', async () => {
    const { world, outcome, calls } = provider();
    const late = held();
    world.says = () => late.promise;
    const early = outcome();
    world.says = () => refusal('QUOTA_EXHAUSTED', { resets: 'month' });
    await outcome();
    late.answer(anAnswer());
    expect(await early).toBe('OK');
    expect(await outcome()).toBe('QUOTA_EXHAUSTED');
    expect(calls).toHaveLength(2);
  });

  it('are not asked for by calls that were waiting in line', async () => {
    const clock = fakeClock();
    const made = breaker({
      clock,
      onOpened: (name) => {
        line.look(name);
      },
    });
    const { ask, calls } = ending(() => refusal('QUOTA_EXHAUSTED', { resets: 'month' }));
    const limitsOf = () => ({ window: openWindow, windowMs: 60_000, concurrency: 1 });
    const line = limit({ clock, limitsOf, refusalOf: made.refusalOf });
    const way = pipeline(admit, made.gate, line.step, made.step, sends, ask);
    const asked = ['a', 'b', 'c'].map((key) => aCall(key));
    const outcomes = Promise.allSettled(asked.map(way));
    await clock.advance(0);
    expect((await outcomes).map(({ status }) => status)).toEqual(Array(3).fill('rejected'));
    expect(calls).toHaveLength(1);
    expect(asked.map(({ told }) => told.at(-1))).toEqual(['sent 1', 'released 1', 'released 1']);
  });
});

describe('a route that serves nothing as we ask for it', () => {
  it('is paid for once, and the others of the provider are asked as before', async () => {
    const { world, way, calls, state } = provider();
    const [lost, other] = [anEndpoint({ name: 'lost' }), anEndpoint({ name: 'other' })];
    world.says = () =>
      refusal('NOT_CONFIGURED', { endpoint: 'lost', says: 'Another version can be set.', creditsCharged: 1 });
    for (const creditsCharged of [1, 0, 0]) {
      await expect(way(aCall('a', lost))).rejects.toMatchObject({
        ...{ code: 'NOT_CONFIGURED', message: 'Another version can be set.', details: { creditsCharged } },
      });
    }
    expect([calls.length, state()]).toEqual([1, 'closed']);
    world.says = () => anAnswer();
    await way(aCall('b', other));
    expect(calls.length).toBe(2);
  });
});

describe('a refused key', () => {
  it('is not tried again', async () => {
    const { clock, world, calls, outcome, state } = provider();
    world.says = () => refusal('AUTH_FAILED');
    expect(await outcome()).toBe('AUTH_FAILED');
    world.says = () => anAnswer();
    await clock.advance(1000 * HOUR);
    expect(await outcome()).toBe('AUTH_FAILED');
    expect(calls).toHaveLength(1);
    expect(state()).toBe('refused');
  });
});

describe('a provider that fails', () => {
  const down = () => refusal('UPSTREAM_UNAVAILABLE');
  const tripped = async () => {
    const made = provider();
    made.world.says = down;
    for (let i = 0; i < 12; i++) expect(await made.outcome()).toBe('UPSTREAM_UNAVAILABLE');
    return made;
  };

  it('again and again is left alone, and one call at a time sees whether it is back', async () => {
    const { clock, world, calls, outcome, state } = await tripped();
    expect(await outcome()).toBe('CIRCUIT_OPEN');
    expect(calls).toHaveLength(12);
    await clock.advance(15_000);
    const probe = held();
    world.says = () => probe.promise;
    const first = outcome();
    expect(await outcome()).toBe('CIRCUIT_OPEN');
    probe.answer(anAnswer());
    expect(await first).toBe('OK');
    expect(state()).toBe('closed');
    world.says = () => anAnswer();
    expect(await outcome()).toBe('OK');
  });

  it('and goes on failing is left alone for longer and longer, up to five minutes', async () => {
    const { clock, calls, outcome } = await tripped();
    for (const restMs of [15_000, 30_000, 60_000, 120_000, 240_000, 300_000, 300_000]) {
      const before = calls.length;
      await clock.advance(restMs - 1);
      expect(await outcome()).toBe('CIRCUIT_OPEN');
      await clock.advance(1);
      expect(await outcome()).toBe('UPSTREAM_UNAVAILABLE');
      expect(calls).toHaveLength(before + 1);
    }
  });

  it('now and then is not left alone', async () => {
    const { world, outcome, state } = provider();
    for (let i = 0; i < 200; i++) {
      world.says = i % 2 === 0 ? down : () => anAnswer();
      await outcome();
    }
    expect(state()).toBe('closed');
  });

  it('to keep the pace, and says so, is not failing', async () => {
    const { world, outcome, state } = provider();
    world.says = () => refusal('RATE_LIMITED');
    for (let i = 0; i < 50; i++) await outcome();
    expect(state()).toBe('closed');
  });
});

describe('what was not sent', () => {
  it('teaches nothing, however often it fails and whatever it says', async () => {
    const { world, outcome, state, refusalOf, opened } = provider();
    world.isCutOff = true;
    for (const code of ['UPSTREAM_UNAVAILABLE', 'QUOTA_EXHAUSTED', 'AUTH_FAILED'] as const) {
      world.says = () => refusal(code);
      for (let i = 0; i < 20; i++) expect(await outcome()).toBe(code);
    }
    expect([state(), refusalOf(), opened]).toEqual(['closed', null, []]);
  });

  it.each(['BUDGET_EXHAUSTED', 'DEADLINE_EXCEEDED', 'UPSTREAM_UNAVAILABLE', 'RATE_LIMITED'] as const)(
    'does not lift a closure with its %s, nor prolong it: the next call tries in its place',
    async (code) => {
      const { clock, world, calls, outcome, state } = provider();
      world.says = () => refusal('QUOTA_EXHAUSTED', { retryAfterMs: HOUR });
      await outcome();
      await clock.advance(HOUR);
      world.isCutOff = true;
      world.says = () => refusal(code);
      expect(await outcome()).toBe(code);
      expect(state()).toBe('exhausted');
      world.isCutOff = false;
      world.says = () => anAnswer();
      expect(await outcome()).toBe('OK');
      expect(state()).toBe('closed');
      expect(calls).toHaveLength(3);
    },
  );

  it('lets nobody else pass while it tries', async () => {
    const { clock, world, outcome } = provider();
    world.says = () => refusal('QUOTA_EXHAUSTED', { retryAfterMs: HOUR });
    await outcome();
    await clock.advance(HOUR);
    const flight = held();
    world.isCutOff = true;
    world.says = () => flight.promise;
    const trying = outcome();
    expect(await outcome()).toBe('QUOTA_EXHAUSTED');
    flight.fail(refusal('DEADLINE_EXCEEDED'));
    expect(await trying).toBe('DEADLINE_EXCEEDED');
  });
});

describe('who waits is told', () => {
  it('once, as soon as the provider is not to be asked, also when many calls fail together', async () => {
    const { world, outcome, opened } = provider();
    const flight = held();
    world.says = () => flight.promise;
    const failing = Array.from({ length: 20 }, outcome);
    expect(opened).toEqual([]);
    flight.fail(refusal('UPSTREAM_UNAVAILABLE'));
    expect(await Promise.all(failing)).toEqual(Array(20).fill('UPSTREAM_UNAVAILABLE'));
    expect(opened).toEqual([['WINNING_HUNTER', 'failing', 15_000]]);
  });

  it.each([
    ['QUOTA_EXHAUSTED', 'exhausted', HOUR],
    ['AUTH_FAILED', 'refused', Infinity],
  ] as const)('by the first %s, with why and for how long', async (code, why, forMs) => {
    const { world, outcome, opened } = provider();
    world.says = () => refusal(code);
    for (let i = 0; i < 3; i++) await outcome();
    expect(opened).toEqual([['WINNING_HUNTER', why, forMs]]);
  });

  it('again when it opens again, and not by a provider that fails now and then', async () => {
    const { clock, world, outcome, opened } = provider();
    for (let nth = 1; nth <= 3; nth++) {
      world.says = () => refusal('QUOTA_EXHAUSTED', { retryAfterMs: HOUR });
      await outcome();
      expect(opened).toHaveLength(nth);
      await clock.advance(HOUR);
      world.says = () => anAnswer();
      expect(await outcome()).toBe('OK');
    }
    world.says = () => refusal('UPSTREAM_UNAVAILABLE');
    for (let i = 0; i < 11; i++) await outcome();
    expect(opened).toHaveLength(3);
  });

  it('when it is told, the refusal is known already', async () => {
    const seen: unknown[] = [];
    const made = breaker({
      clock: fakeClock(),
      onOpened: () => seen.push(made.refusalOf(anEndpoint())?.code, made.stateOf('WINNING_HUNTER')),
    });
    await Promise.allSettled([pipeline(admit, made.step, sends, ending(() => refusal('AUTH_FAILED')).ask)(aCall())]);
    expect(seen).toEqual(['AUTH_FAILED', 'refused']);
  });
});

describe('why a call would not be sent', () => {
  it('is nothing while the provider is well, and asking for it changes nothing', async () => {
    const { outcome, refusalOf, state } = provider();
    expect(refusalOf()).toBeNull();
    expect(await outcome()).toBe('OK');
    expect([refusalOf(), state()]).toEqual([null, 'closed']);
  });

  it('names the endpoint, no charge, and the time until it makes sense to ask, a second at least', async () => {
    const { clock, world, outcome, refusalOf } = provider();
    world.says = () => refusal('QUOTA_EXHAUSTED', { retryAfterMs: 5000 });
    await outcome();
    const from = { provider: 'WINNING_HUNTER', endpoint: 'thing', creditsCharged: 0 };
    expect(refusalOf()).toMatchObject({ code: 'QUOTA_EXHAUSTED', details: { ...from, retryAfterMs: 5000 } });
    await clock.advance(4500);
    expect(refusalOf()?.details.retryAfterMs).toBe(1000);
    await clock.advance(499);
    expect(refusalOf()).not.toBeNull();
    await clock.advance(1);
    expect(refusalOf()).toBeNull();
  });

  it('is that another tries just now, for as long as it does', async () => {
    const { clock, world, outcome, refusalOf } = provider();
    world.says = () => refusal('QUOTA_EXHAUSTED', { retryAfterMs: HOUR });
    await outcome();
    await clock.advance(HOUR);
    expect(refusalOf()).toBeNull();
    const flight = held();
    world.says = () => flight.promise;
    const trying = outcome();
    expect(refusalOf()?.details.retryAfterMs).toBe(1000);
    flight.answer(anAnswer());
    expect(await trying).toBe('OK');
    expect(refusalOf()).toBeNull();
  });

  it('does not say when where it will not pass', async () => {
    const { world, outcome, refusalOf } = provider();
    world.says = () => refusal('AUTH_FAILED');
    await outcome();
    expect(refusalOf()).toMatchObject({ code: 'AUTH_FAILED', retryable: false });
    expect(refusalOf()?.extensions).not.toHaveProperty('retryAfterMs');
  });
});

describe('what another instance has learned', () => {
  it('is believed: a provider whose credits are used up is not asked until they return, and then by one call', async () => {
    const { clock, calls, outcome, state, exhaust, refusalOf } = provider();
    exhaust('WINNING_HUNTER', HOUR);
    expect(await outcome()).toBe('QUOTA_EXHAUSTED');
    expect([state(), refusalOf()?.details.retryAfterMs, calls.length]).toEqual(['exhausted', HOUR, 0]);
    await clock.advance(HOUR);
    expect(await outcome()).toBe('OK');
    expect([state(), calls.length]).toEqual(['closed', 1]);
  });

  it('is not told again: whoever says it has told all', () => {
    const { opened, exhaust } = provider();
    exhaust('WINNING_HUNTER', HOUR);
    expect(opened).toEqual([]);
  });

  it('does not make a refused key an accepted one', async () => {
    const { clock, world, outcome, exhaust } = provider();
    world.says = () => refusal('AUTH_FAILED');
    await outcome();
    exhaust('WINNING_HUNTER', 1000);
    await clock.advance(1000);
    expect(await outcome()).toBe('AUTH_FAILED');
  });
});
