/** A provider is left alone for as long as its reason lasts, and not a call longer or shorter. */
import { describe, expect, it } from 'vitest';
import type { ErrorCode, ShopgraphError } from '../../src/errors.ts';
import { breaker } from '../../src/upstream/breaker.ts';
import { limit } from '../../src/upstream/limit.ts';
import { pipeline } from '../../src/upstream/pipeline.ts';
import { aCall, anAnswer, ending, held, refusal } from './calls.ts';
import { fakeClock } from './clock.ts';

/** A provider that says what the test puts into `says` before each call. */
function provider() {
  const clock = fakeClock();
  const made = breaker({ clock });
  const world: { says: () => ReturnType<typeof anAnswer> | Error | Promise<ReturnType<typeof anAnswer>> } = {
    says: () => anAnswer(),
  };
  const { ask, calls } = ending(() => world.says());
  const way = pipeline(made.gate, made.step, ask);
  let asked = 0;
  const outcome = async (): Promise<ErrorCode | 'OK'> => {
    try {
      await way(aCall(`q${asked++}`));
      return 'OK';
    } catch (error) {
      return (error as ShopgraphError).code;
    }
  };
  return { clock, world, calls, way, outcome, state: () => made.stateOf('WINNING_HUNTER') };
}

const HOUR = 3_600_000;

describe('used-up credits', () => {
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
    const made = breaker({ clock });
    const { ask, calls } = ending(() => refusal('QUOTA_EXHAUSTED', { resets: 'month' }));
    const line = limit({ clock, ratePerMinute: { WINNING_HUNTER: 1 } });
    const way = pipeline(made.gate, line.step, made.step, ask);
    const outcomes = Promise.allSettled(['a', 'b', 'c'].map((key) => way(aCall(key))));
    await clock.advance(10 * 60_000);
    expect((await outcomes).map(({ status }) => status)).toEqual(Array(3).fill('rejected'));
    expect(calls).toHaveLength(1);
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
