/** Guards the retries: only what may pass is asked again, few times, later and later, and for as long as somebody waits. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../src/errors.ts';
import type { Asker } from '../../src/upstream/asker.ts';
import { createFlight } from '../../src/upstream/flight.ts';
import type { Answer } from '../../src/upstream/pipeline.ts';
import { retry } from '../../src/upstream/retry.ts';
import { aCall, anAnswer, anAsker, anEndpoint, ending, failureOf, refusal } from './calls.ts';
import { fakeClock } from './clock.ts';

const rule = {
  attemptsMax: 4,
  failedMax: 99,
  chargedMax: 4,
  waitMsMin: 1000,
  waitMsMax: 30_000,
  retryAfterMsMax: 30_000,
};
const HOUR = 3_600_000;

/** Asks once, lets an hour pass, and tells when each attempt came and how it ended. */
async function attempts(
  play: (nth: number) => Answer | Error,
  { asker = anAsker(), ...changes }: Partial<Parameters<typeof retry>[0]> & { asker?: Asker } = {},
) {
  const clock = fakeClock();
  const startedAt = clock.now();
  const at: number[] = [];
  const { ask } = ending((nth) => {
    at.push(clock.now() - startedAt);
    return play(nth);
  });
  const ended = Promise.allSettled([
    retry({ clock, random: () => 0, ...rule, ...changes })(ask)({ ...aCall(), asker }),
  ]);
  await clock.advance(HOUR);
  const [outcome] = await ended;
  return { at, waits: at.slice(1).map((time, index) => time - (at[index] ?? 0)), outcome };
}

describe('what may pass is asked again', () => {
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

  it.each<ErrorCode>(['RATE_LIMITED', 'UPSTREAM_UNAVAILABLE'])(
    '%s, at most `chargedMax` times if each attempt may have been charged, said or not',
    async (code) => {
      for (const details of [{ creditsCharged: 1 }, {}]) {
        for (const chargedMax of [1, 2, 3]) {
          const { at, outcome } = await attempts(() => refusal(code, details), { attemptsMax: 8, chargedMax });
          expect(at.length).toBe(chargedMax);
          expect(outcome.status).toBe('rejected');
        }
      }
    },
  );

  it('and who fails is left sooner than who asks to slow down: another may know the same', async () => {
    const failing = await attempts(() => refusal('UPSTREAM_UNAVAILABLE', { creditsCharged: 0 }), {
      ...{ attemptsMax: 8, failedMax: 3 },
    });
    expect(failing.at.length).toBe(3);
    const both = ['RATE_LIMITED', 'UPSTREAM_UNAVAILABLE', 'RATE_LIMITED', 'RATE_LIMITED', 'COLLECTION_FAILED'] as const;
    const { at } = await attempts((nth) => refusal(both[nth - 1] ?? 'RATE_LIMITED', { creditsCharged: 0 }), {
      ...{ attemptsMax: 8, failedMax: 2 },
    });
    expect(at.length).toBe(both.length);
  });

  it('and attempts that cost nothing leave room for those that may have been charged', async () => {
    const costs = [0, 1, 0, 0, 1, 0, 1];
    const { at } = await attempts((nth) => refusal('UPSTREAM_UNAVAILABLE', { creditsCharged: costs[nth - 1] ?? 0 }), {
      attemptsMax: 99,
      chargedMax: 3,
    });
    expect(at.length).toBe(costs.length);
  });

  it('and whoever asks is told of each attempt beyond the first, when it is made', async () => {
    for (const attemptsMax of [1, 2, 4]) {
      const asker = anAsker();
      await attempts(() => refusal('RATE_LIMITED', { creditsCharged: 0 }), { attemptsMax, asker });
      expect(asker.told).toEqual(Array(attemptsMax - 1).fill('retried'));
    }
    const clock = fakeClock();
    const call = aCall();
    const { ask } = ending((nth) => (nth === 1 ? refusal('RATE_LIMITED') : anAnswer()));
    const answer = retry({ clock, random: () => 0, ...rule })(ask)(call);
    await clock.advance(999);
    expect(call.told).toEqual([]);
    await clock.advance(1);
    await answer;
    expect(call.told).toEqual(['retried']);
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

  it('a timeout that is said to have cost nothing', async () => {
    expect((await attempts(() => refusal('UPSTREAM_TIMEOUT', { creditsCharged: 0, retryAfterMs: 1 }))).at).toEqual([0]);
  });

  it('a timeout that follows upon a refusal: it is what is told', async () => {
    const { at, outcome } = await attempts((nth) => refusal(nth === 1 ? 'RATE_LIMITED' : 'UPSTREAM_TIMEOUT'));
    expect(at).toEqual([0, 1000]);
    expect(outcome).toMatchObject({ reason: { code: 'UPSTREAM_TIMEOUT' } });
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

describe('an attempt that is refused by ourselves', () => {
  it.each<ErrorCode>(['BUDGET_EXHAUSTED', 'DEADLINE_EXCEEDED'])(
    'with %s is told as it is if it is the first',
    async (code) => {
      const error = refusal(code);
      const { at, outcome } = await attempts(() => error);
      expect(at).toEqual([0]);
      expect(outcome).toEqual({ status: 'rejected', reason: error });
    },
  );

  it.each<ErrorCode>(['BUDGET_EXHAUSTED', 'DEADLINE_EXCEEDED'])(
    'with %s is not why the answer is missing: the failure before it is',
    async (code) => {
      const failures = [refusal('UPSTREAM_UNAVAILABLE'), refusal('RATE_LIMITED'), refusal(code)];
      const { at, outcome } = await attempts((nth) => failures[nth - 1]!);
      expect(at.length).toBe(3);
      const reason = { code: 'RATE_LIMITED', details: { isCutShort: true } };
      expect(outcome).toMatchObject({ status: 'rejected', reason });
    },
  );
});

describe('nobody waits for longer than it has time', () => {
  const refusedFor = (retryAfterMs: number) => () => refusal('RATE_LIMITED', { creditsCharged: 0, retryAfterMs });
  const deadlineIn = (ms: number) => anAsker({ deadline: fakeClock().now() + ms });

  it('a wait that would end at its deadline or after it is not begun; one that ends before it is', async () => {
    expect((await attempts(refusedFor(5000), { asker: deadlineIn(5000) })).at).toEqual([0]);
    expect((await attempts(refusedFor(5000), { asker: deadlineIn(5001) })).at).toEqual([0, 5000]);
    expect((await attempts(refusedFor(5000), { asker: deadlineIn(10_001) })).at).toEqual([0, 5000, 10_000]);
  });

  it('of several that wait, the one with the most time counts', async () => {
    const flight = createFlight();
    for (const ms of [100, 5001, 200]) flight.board(deadlineIn(ms)).catch(() => undefined);
    expect((await attempts(refusedFor(5000), { asker: flight.asker })).at).toEqual([0, 5000]);
  });

  it('whoever leaves ends the wait at once, with the failure of before, said to be cut short, and nothing is left behind', async () => {
    const clock = fakeClock();
    const asker = anAsker();
    const failure = refusal('RATE_LIMITED', { retryAfterMs: 5000 });
    const { ask, calls } = ending(() => failure);
    const outcome = failureOf(retry({ clock, random: () => 0, ...rule })(ask)(aCall('a', anEndpoint(), asker)));
    await clock.advance(1000);
    expect(clock.nextInMs()).toBe(4000);
    asker.leave();
    expect(await outcome).toMatchObject({ code: 'RATE_LIMITED', details: { retryAfterMs: 5000, isCutShort: true } });
    expect(clock.nextInMs()).toBeUndefined();
    await clock.advance(HOUR);
    expect(calls).toHaveLength(1);
    expect(asker.told).toEqual([]);
  });

  it('a wait that has ended listens no more for whoever leaves', async () => {
    const listeners = new Set<() => void>();
    const asker: Asker = {
      ...anAsker(),
      onGone: (then) => {
        listeners.add(then);
        return () => listeners.delete(then);
      },
    };
    const { at } = await attempts(refusedFor(5000), { asker });
    expect([at.length, listeners.size]).toEqual([4, 0]);
  });

  it('whoever has left while the attempt was under way is not waited for', async () => {
    const clock = fakeClock();
    const asker = anAsker();
    const { ask, calls } = ending(() => {
      asker.leave();
      return refusal('RATE_LIMITED');
    });
    const call = aCall('a', anEndpoint(), asker);
    expect((await failureOf(retry({ clock, random: () => 0, ...rule })(ask)(call))).code).toBe('RATE_LIMITED');
    expect([calls.length, clock.nextInMs()]).toEqual([1, undefined]);
  });
});
