/** Guards the retries: only refusals that may pass and cost nothing are asked again, few times, later and later. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../src/errors.ts';
import type { Answer } from '../../src/upstream/pipeline.ts';
import { retry } from '../../src/upstream/retry.ts';
import { aCall, anAnswer, ending, failureOf, refusal } from './calls.ts';
import { fakeClock } from './clock.ts';

const rule = { attemptsMax: 4, waitMsMin: 1000, waitMsMax: 30_000 };
const HOUR = 3_600_000;

/** Asks once, lets an hour pass, and tells when each attempt came and how it ended. */
async function attempts(play: (nth: number) => Answer | Error, changes: Partial<Parameters<typeof retry>[0]> = {}) {
  const clock = fakeClock();
  const startedAt = clock.now();
  const at: number[] = [];
  const { ask } = ending((nth) => {
    at.push(clock.now() - startedAt);
    return play(nth);
  });
  const ended = Promise.allSettled([retry({ clock, random: () => 0, ...rule, ...changes })(ask)(aCall())]);
  await clock.advance(HOUR);
  const [outcome] = await ended;
  return { at, waits: at.slice(1).map((time, index) => time - (at[index] ?? 0)), outcome };
}

describe('what may pass and cost nothing is asked again', () => {
  it.each<ErrorCode>(['RATE_LIMITED', 'UPSTREAM_UNAVAILABLE'])('%s, until it is answered', async (code) => {
    const { at, outcome } = await attempts((nth) =>
      nth < 3 ? refusal(code, { creditsCharged: 0 }) : anAnswer('at last'),
    );
    expect(at.length).toBe(3);
    expect(outcome).toMatchObject({ status: 'fulfilled', value: { data: 'at last' } });
  });

  it.each<ErrorCode>(['RATE_LIMITED', 'UPSTREAM_UNAVAILABLE'])('%s, at most `attemptsMax` times', async (code) => {
    for (const attemptsMax of [1, 2, 5]) {
      const last = refusal(code, { creditsCharged: 0 });
      const { at, outcome } = await attempts(
        (nth) => (nth === attemptsMax ? last : refusal(code, { creditsCharged: 0 })),
        { attemptsMax },
      );
      expect(at.length).toBe(attemptsMax);
      expect(outcome).toEqual({ status: 'rejected', reason: last });
    }
  });
});

describe('nothing else is asked again', () => {
  it.each<ErrorCode>([
    'UPSTREAM_TIMEOUT',
    'AUTH_FAILED',
    'FORBIDDEN',
    'QUOTA_EXHAUSTED',
    'BAD_INPUT',
    'NOT_FOUND',
    'UPSTREAM_BAD_DATA',
    'INTERNAL',
  ])('%s', async (code) => {
    const error = refusal(code);
    const { at, outcome } = await attempts(() => error);
    expect(at).toEqual([0]);
    expect(outcome).toEqual({ status: 'rejected', reason: error });
  });

  it('an error that nobody foresaw', async () => {
    const error = new TypeError('unforeseen');
    const { at, outcome } = await attempts(() => error);
    expect(at).toEqual([0]);
    expect(outcome).toEqual({ status: 'rejected', reason: error });
  });

  it('an answer: it is given at once', async () => {
    const { at, outcome } = await attempts(() => anAnswer('first'));
    expect(at).toEqual([0]);
    expect(outcome).toMatchObject({ status: 'fulfilled', value: { data: 'first' } });
  });
});

describe('the waits', () => {
  const refused = () => refusal('RATE_LIMITED', { creditsCharged: 0 });

  it('grow, whatever the dice say, never begin under the least and never exceed the most', async () => {
    const dice = fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), {
      minLength: 7,
      maxLength: 7,
    });
    await fc.assert(
      fc.asyncProperty(dice, async (throws) => {
        const left = [...throws];
        const { waits } = await attempts(refused, { attemptsMax: 8, random: () => left.shift() ?? 0 });
        expect(waits.length).toBe(7);
        waits.forEach((wait, index) => {
          const whole = Math.min(rule.waitMsMin * 2 ** (index + 1), rule.waitMsMax);
          expect(wait).toBeGreaterThanOrEqual(whole / 2 - 0.01);
          expect(wait).toBeLessThanOrEqual(whole + 0.01);
          // Until the cap is reached: half of a doubled wait is the whole of the one before.
          const before = waits[index - 1];
          if (before !== undefined && whole < rule.waitMsMax) expect(wait).toBeGreaterThanOrEqual(before - 0.01);
        });
      }),
      { numRuns: 50 },
    );
  });

  it('are spread by the dice, from half to the whole', async () => {
    expect((await attempts(refused, { random: () => 0 })).waits).toEqual([1000, 2000, 4000]);
    expect((await attempts(refused, { random: () => 0.5 })).waits).toEqual([1500, 3000, 6000]);
  });

  it('are what Retry-After asks for, without dice', async () => {
    const asks = () => refusal('RATE_LIMITED', { creditsCharged: 0, retryAfterMs: 7000 });
    expect((await attempts(asks, { random: () => 0.9 })).waits).toEqual([7000, 7000, 7000]);
  });

  it('of exactly the most are waited for; a longer Retry-After is not, and the client is told of it', async () => {
    const asking = (retryAfterMs: number) => () => refusal('RATE_LIMITED', { creditsCharged: 0, retryAfterMs });
    expect((await attempts(asking(30_000))).at.length).toBe(4);

    const { at, outcome } = await attempts(asking(30_001));
    expect(at).toEqual([0]);
    expect(outcome).toMatchObject({ status: 'rejected', reason: { details: { retryAfterMs: 30_001 } } });
  });
});

it('one call that waits does not hold up another', async () => {
  const clock = fakeClock();
  const { ask } = ending((_nth, { key }) => (key === 'slow' ? refusal('RATE_LIMITED') : anAnswer(key)));
  const asked = retry({ clock, random: () => 0, ...rule })(ask);
  const slow = failureOf(asked(aCall('slow')));
  expect((await asked(aCall('quick'))).data).toBe('quick');
  await clock.advance(HOUR);
  expect((await slow).code).toBe('RATE_LIMITED');
});
