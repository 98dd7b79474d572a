/** Guards the count: every attempt, good or bad, is told with its credits to whoever pays and to the process. */
import { expect, it } from 'vitest';
import { count, type Observe } from '../../src/upstream/count.ts';
import { pipeline } from '../../src/upstream/pipeline.ts';
import { retry } from '../../src/upstream/retry.ts';
import { sleep } from '../../src/upstream/clock.ts';
import { aCall, anAnswer, anEndpoint, ending, failureOf, refusal } from './calls.ts';
import { fakeClock } from './clock.ts';

type Attempt = Parameters<Observe>[1] & { name: string };

function watching() {
  const seen: Attempt[] = [];
  const observe: Observe = ({ name }, attempt) => void seen.push({ name, ...attempt });
  return { seen, observe };
}

it("an answer costs the endpoint's credits, and its time is measured", async () => {
  const clock = fakeClock();
  const { seen, observe } = watching();
  const asked = count({ clock, observe })(
    ending(async () => {
      await sleep(clock, 1500);
      return anAnswer('kept as it is');
    }).ask,
  );
  const call = aCall('a', anEndpoint({ name: 'dear', credits: 3 }));
  const answer = asked(call);
  expect(call.told).toEqual([]);
  await clock.advance(2000);
  expect((await answer).data).toBe('kept as it is');
  expect(call.told).toEqual(['bought WINNING_HUNTER 3']);
  expect(seen).toEqual([{ name: 'dear', outcome: 'OK', credits: 3, tookMs: 1500 }]);
});

it('a failure costs what it says it cost, nothing included, and is passed on as it is', async () => {
  for (const creditsCharged of [0, 2]) {
    const { seen, observe } = watching();
    const error = refusal('RATE_LIMITED', { creditsCharged });
    const call = aCall('a', anEndpoint({ credits: 1 }));
    expect(await failureOf(count({ clock: fakeClock(), observe })(ending(() => error).ask)(call))).toBe(error);
    expect(call.told).toEqual([`bought WINNING_HUNTER ${String(creditsCharged)}`]);
    expect(seen).toEqual([{ name: 'thing', outcome: 'RATE_LIMITED', credits: creditsCharged, tookMs: 0, error }]);
  }
});

it('a failure that does not say what it cost is counted as a whole call', async () => {
  const { seen, observe } = watching();
  const call = aCall('a', anEndpoint({ credits: 5 }));
  await failureOf(count({ clock: fakeClock(), observe })(ending(() => refusal('UPSTREAM_TIMEOUT')).ask)(call));
  expect(call.told).toEqual(['bought WINNING_HUNTER 5']);
  expect(seen.map(({ outcome, credits }) => [outcome, credits])).toEqual([['UPSTREAM_TIMEOUT', 5]]);
});

it('each attempt of one call is counted, the refused ones too', async () => {
  const clock = fakeClock();
  const { seen, observe } = watching();
  const { ask } = ending((nth) => (nth < 3 ? refusal('RATE_LIMITED', { creditsCharged: 0 }) : anAnswer()));
  const rule = { clock, random: () => 0, attemptsMax: 3, waitMsMin: 1000, waitMsMax: 30_000 };
  const call = aCall();
  const answer = pipeline(retry(rule), count({ clock, observe }), ask)(call);
  await clock.advance(60_000);
  await answer;
  expect(call.told).toEqual(['bought WINNING_HUNTER 0', 'bought WINNING_HUNTER 0', 'bought WINNING_HUNTER 1']);
  expect(seen.map(({ outcome }) => outcome)).toEqual(['RATE_LIMITED', 'RATE_LIMITED', 'OK']);
});
