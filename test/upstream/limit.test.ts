/** Guards the provider's rule: never more than N requests in any rolling minute, whatever comes, and nobody jumps the line. */
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { productDetail } from '../../src/providers/winninghunter/contract.ts';
import { winninghunter } from '../../src/providers/winninghunter/client.ts';
import { startSandbox, type SandboxCall } from '../../src/sandbox/sandbox.ts';
import { documented } from '../../src/sandbox/world.ts';
import { sleep } from '../../src/upstream/clock.ts';
import { limit } from '../../src/upstream/limit.ts';
import { pipeline, type Ask, type Step } from '../../src/upstream/pipeline.ts';
import { send } from '../../src/upstream/send.ts';
import { aCall, anAnswer, ending, failureOf, held, refusal } from './calls.ts';
import { fakeClock, settled, type FakeClock } from './clock.ts';

const MINUTE = 60_000;

const limiterOf = (clock: FakeClock, ratePerMinute: number) =>
  limit({ clock, ratePerMinute: { WINNING_HUNTER: ratePerMinute } });

interface Sent {
  readonly key: string;
  readonly sentAt: number;
  readonly answeredAt: number;
}

interface Arrival {
  /** After the arrival before. */
  readonly gapMs: number;
  readonly takesMs: number;
  readonly fails: boolean;
}

/** Lets the calls arrive as told, through a limiter, and tells when each was under way. */
async function travelled(arrivals: readonly Arrival[], ratePerMinute: number): Promise<Sent[]> {
  const clock = fakeClock();
  const sent: Sent[] = [];
  const asked = limiterOf(clock, ratePerMinute).step(async ({ key }) => {
    const sentAt = clock.now();
    const arrival = arrivals[Number(key)];
    await sleep(clock, arrival?.takesMs ?? 0);
    sent.push({ key, sentAt, answeredAt: clock.now() });
    if (arrival?.fails) throw refusal('UPSTREAM_UNAVAILABLE');
    return anAnswer();
  });
  const ends: Promise<unknown>[] = [];
  for (const [index, { gapMs }] of arrivals.entries()) {
    await clock.advance(gapMs);
    ends.push(Promise.allSettled([asked(aCall(String(index)))]));
  }
  await clock.advance(arrivals.length * 3 * MINUTE);
  await Promise.all(ends);
  return sent.toSorted((a, b) => Number(a.key) - Number(b.key));
}

describe('for any arrivals and any durations', () => {
  const arrivals = fc.array(
    fc.record({
      gapMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 2000 }), fc.integer({ min: 0, max: 90_000 })),
      takesMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 0, max: 100_000 })),
      fails: fc.boolean(),
    }),
    { minLength: 1, maxLength: 25 },
  );
  const rate = fc.integer({ min: 1, max: 6 });

  it('no rolling minute is touched by more than N calls, from their sending to their answer', async () => {
    await fc.assert(
      fc.asyncProperty(arrivals, rate, async (given, ratePerMinute) => {
        const sent = await travelled(given, ratePerMinute);
        for (const { sentAt: end } of sent) {
          const touching = sent.filter((call) => call.sentAt <= end && call.answeredAt > end - MINUTE);
          expect(touching.length).toBeLessThanOrEqual(ratePerMinute);
        }
      }),
      { numRuns: 80 },
    );
  });

  it('every call is sent, in the order of asking', async () => {
    await fc.assert(
      fc.asyncProperty(arrivals, rate, async (given, ratePerMinute) => {
        const sent = await travelled(given, ratePerMinute);
        expect(sent.length).toBe(given.length);
        const times = sent.map(({ sentAt }) => sentAt);
        expect(times).toEqual(times.toSorted((a, b) => a - b));
      }),
      { numRuns: 40 },
    );
  });

  it('nobody waits longer than the rule demands: a call goes when fewer than N touch the minute before it', async () => {
    await fc.assert(
      fc.asyncProperty(arrivals, rate, async (given, ratePerMinute) => {
        const sent = await travelled(given, ratePerMinute);
        const arrivedAt = given.map((_, index) => given.slice(0, index + 1).reduce((sum, { gapMs }) => sum + gapMs, 0));
        const startedAt = (sent[0]?.sentAt ?? 0) - (arrivedAt[0] ?? 0);
        sent.forEach(({ sentAt }, index) => {
          if (sentAt === startedAt + (arrivedAt[index] ?? 0)) return;
          // It waited: a moment earlier the minute was full.
          const before = sentAt - 1;
          const earlier = sent.slice(0, index);
          const touching = earlier.filter((call) => call.sentAt <= before && call.answeredAt > before - MINUTE);
          expect(touching.length).toBe(ratePerMinute);
        });
      }),
      { numRuns: 40 },
    );
  });
});

it('a slot falls free one minute after the answer, not after the sending', async () => {
  const clock = fakeClock();
  const first = held();
  const { ask, calls } = ending((nth) => (nth === 1 ? first.promise : anAnswer()));
  const asked = limiterOf(clock, 1).step(ask);
  const answers = [asked(aCall('a')), asked(aCall('b'))];
  await clock.advance(5 * MINUTE);
  expect(calls.length).toBe(1);
  first.answer(anAnswer());
  await clock.advance(MINUTE - 1);
  expect(calls.length).toBe(1);
  await clock.advance(1);
  expect(calls.map(({ key }) => key)).toEqual(['a', 'b']);
  await Promise.all(answers);
});

it('a failed call weighs on the minute as an answered one does, and its failure is passed on', async () => {
  const clock = fakeClock();
  const error = refusal('RATE_LIMITED');
  const { ask, calls } = ending((nth) => (nth === 1 ? error : anAnswer('next')));
  const asked = limiterOf(clock, 1).step(ask);
  expect(await failureOf(asked(aCall('a')))).toBe(error);
  const next = asked(aCall('b'));
  await clock.advance(MINUTE - 1);
  expect(calls.length).toBe(1);
  await clock.advance(1);
  expect((await next).data).toBe('next');
});

it('it is known how many wait', async () => {
  const clock = fakeClock();
  const limiter = limiterOf(clock, 2);
  expect(limiter.waiting('WINNING_HUNTER')).toBe(0);
  const asked = limiter.step(ending(() => anAnswer()).ask);
  const answers = ['a', 'b', 'c', 'd', 'e'].map((key) => asked(aCall(key)));
  await settled();
  expect(limiter.waiting('WINNING_HUNTER')).toBe(3);
  await clock.advance(MINUTE);
  expect(limiter.waiting('WINNING_HUNTER')).toBe(1);
  await clock.advance(MINUTE);
  expect(limiter.waiting('WINNING_HUNTER')).toBe(0);
  await Promise.all(answers);
});

it('without a limit nobody waits and no timer is set', async () => {
  const clock = fakeClock();
  const limiter = limiterOf(clock, Infinity);
  const { ask, calls } = ending(() => anAnswer());
  const asked = limiter.step(ask);
  await Promise.all(Array.from({ length: 1000 }, () => asked(aCall())));
  expect(calls.length).toBe(1000);
  expect(limiter.waiting('WINNING_HUNTER')).toBe(0);
  expect(clock.nextInMs()).toBeUndefined();
});

describe('200 requests queued against a provider that enforces 60 a minute', () => {
  it.each([
    { what: 'an instant network', sway: () => 0, minutesMin: 3 },
    // A request and its answer each take up to 20 s, so the provider counts them at moments that we cannot know.
    { what: 'a slow, uneven network', sway: swayOf(20_000), minutesMin: 3 },
  ])('never meet a 429, over $what', async ({ sway, minutesMin }) => {
    const clock = fakeClock();
    const startedAt = clock.now();
    const sandbox = await startSandbox({ strict: true, now: clock.now });
    const { apiKey, baseUrl } = sandbox.winninghunter;
    const sender = send({ clock, wires: [{ provider: winninghunter({ apiKey }), baseUrl, timeoutMs: 10_000 }] });
    onTestFinished(async () => {
      await sender.close();
      await sandbox.close();
    });
    const onTheWire = wire(sender.ask);
    const asked = pipeline(limiterOf(clock, 60).step, network(clock, sway), onTheWire.ask);

    const question = { ...aCall(documented.productId, productDetail) };
    const outcomes = Promise.allSettled(Array.from({ length: 200 }, () => asked(question)));
    // Time passes only while the wire is quiet, so that the provider's clock is read at the moment it means.
    for (let inMs: number | undefined = 0; inMs !== undefined; inMs = clock.nextInMs()) {
      await clock.advance(inMs);
      await onTheWire.quiet();
    }

    expect((await outcomes).filter(({ status }) => status === 'rejected')).toEqual([]);
    expect(sandbox.calls.length).toBe(200);
    expect(sandbox.calls.filter(({ status }) => status !== 200)).toEqual([]);
    expect(mostInAnyMinute(sandbox.calls)).toBeLessThanOrEqual(60);
    expect(lastOf(sandbox.calls) - startedAt).toBeGreaterThanOrEqual(minutesMin * MINUTE);
  });

  it('do meet it without the limiter, so that the guarantee is the limiter’s', async () => {
    const sandbox = await startSandbox({ strict: true, now: fakeClock().now });
    const { apiKey, baseUrl } = sandbox.winninghunter;
    const wires = [{ provider: winninghunter({ apiKey }), baseUrl, timeoutMs: 10_000 }];
    const sender = send({ clock: fakeClock(), wires });
    onTestFinished(async () => {
      await sender.close();
      await sandbox.close();
    });
    const question = { ...aCall(documented.productId, productDetail) };
    await Promise.allSettled(Array.from({ length: 61 }, () => sender.ask(question)));
    expect(sandbox.calls.filter(({ status }) => status === 429).length).toBe(1);
  });
});

function mostInAnyMinute(calls: readonly SandboxCall[]): number {
  const times = calls.map(({ at }) => at);
  return Math.max(...times.map((start) => times.filter((at) => at >= start && at < start + MINUTE).length));
}

const lastOf = (calls: readonly SandboxCall[]): number => Math.max(...calls.map(({ at }) => at));

/** Numbers in [0, most), spread evenly and always the same. */
function swayOf(most: number): () => number {
  let turn = 0;
  return () => (turn = (turn + most * 0.618034) % most);
}

/** What lies between us and the provider: each way takes its time. */
function network(clock: FakeClock, sway: () => number): Step {
  return (next) => async (call) => {
    await sleep(clock, sway());
    const answer = await next(call);
    await sleep(clock, sway());
    return answer;
  };
}

/** The same way, and how to wait until nothing is on it. */
function wire(ask: Ask): { ask: Ask; quiet: () => Promise<void> } {
  let underWay = 0;
  return {
    ask: async (call) => {
      underWay++;
      try {
        return await ask(call);
      } finally {
        underWay--;
      }
    },
    quiet: async () => {
      do await settled();
      while (underWay > 0);
    },
  };
}
