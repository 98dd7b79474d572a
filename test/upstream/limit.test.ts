/** Guards the provider's limits: never more than N requests in any rolling minute nor M in the air, whatever comes, and nobody waits in vain. */
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ShopgraphError } from '../../src/errors.ts';
import { productDetail } from '../../src/providers/winninghunter/contract.ts';
import { winninghunter } from '../../src/providers/winninghunter/client.ts';
import { startSandbox, type SandboxCall } from '../../src/sandbox/sandbox.ts';
import { documented } from '../../src/sandbox/world.ts';
import { admit } from '../../src/upstream/admit.ts';
import type { Lane } from '../../src/upstream/asker.ts';
import { sleep } from '../../src/upstream/clock.ts';
import { limit } from '../../src/upstream/limit.ts';
import { pipeline, type Ask, type Step } from '../../src/upstream/pipeline.ts';
import { send } from '../../src/upstream/send.ts';
import { localWindow, openWindow, type Slot, type Window } from '../../src/upstream/window.ts';
import { aCall, anAnswer, anAsker, anEndpoint, ending, failureOf, held, refusal } from './calls.ts';
import { fakeClock, settled, type FakeClock } from './clock.ts';

const MINUTE = 60_000;
const WH = 'WINNING_HUNTER';

interface Rules {
  /** Requests in a rolling minute. */
  readonly rate?: number;
  readonly concurrency?: number;
  readonly refusalOf?: () => ShopgraphError | null;
}

function limiterOf(clock: FakeClock, { rate = Infinity, concurrency = Infinity, refusalOf = () => null }: Rules) {
  const window = rate === Infinity ? openWindow : localWindow({ clock, slots: rate, windowMs: MINUTE });
  return limit({ clock, refusalOf, limitsOf: () => ({ window, windowMs: MINUTE, concurrency }) });
}

/** What the ledger does, as far as the line is concerned. */
const sending: Step = (next) => (call) => {
  call.payment?.sent();
  return next(call);
};

const callOf = (key: string, who: Parameters<typeof anAsker>[0] = {}) => aCall(key, anEndpoint(), anAsker(who));
const keysOf = (calls: readonly { key: string }[]) => calls.map(({ key }) => key);

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
async function travelled(arrivals: readonly Arrival[], rules: Rules): Promise<Sent[]> {
  const clock = fakeClock();
  const sent: Sent[] = [];
  const asked = limiterOf(clock, rules).step(async ({ key }) => {
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

const inTheAirAt = (sent: readonly Sent[], at: number) =>
  sent.filter(({ sentAt, answeredAt }) => sentAt <= at && answeredAt > at).length;
const touchingTheMinuteTo = (sent: readonly Sent[], at: number) =>
  sent.filter(({ sentAt, answeredAt }) => sentAt <= at && answeredAt > at - MINUTE).length;

describe('for any arrivals and any durations', () => {
  const arrivals = fc.array(
    fc.record({
      gapMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 2000 }), fc.integer({ min: 0, max: 90_000 })),
      takesMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 0, max: 100_000 })),
      fails: fc.boolean(),
    }),
    { minLength: 1, maxLength: 25 },
  );
  const few = fc.integer({ min: 1, max: 6 });

  it('no rolling minute is touched by more than N calls, from their sending to their answer', async () => {
    await fc.assert(
      fc.asyncProperty(arrivals, few, async (given, rate) => {
        const sent = await travelled(given, { rate });
        for (const { sentAt } of sent) expect(touchingTheMinuteTo(sent, sentAt)).toBeLessThanOrEqual(rate);
      }),
      { numRuns: 80 },
    );
  });

  it('no more than M calls are in the air at once, and the minute is kept all the same', async () => {
    await fc.assert(
      fc.asyncProperty(arrivals, few, few, async (given, rate, concurrency) => {
        const sent = await travelled(given, { rate, concurrency });
        expect(sent.length).toBe(given.length);
        for (const { sentAt } of sent) {
          expect(inTheAirAt(sent, sentAt)).toBeLessThanOrEqual(concurrency);
          expect(touchingTheMinuteTo(sent, sentAt)).toBeLessThanOrEqual(rate);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('every call is sent, those of one caller in the order of asking', async () => {
    await fc.assert(
      fc.asyncProperty(arrivals, few, async (given, rate) => {
        const sent = await travelled(given, { rate });
        expect(sent.length).toBe(given.length);
        const times = sent.map(({ sentAt }) => sentAt);
        expect(times).toEqual(times.toSorted((a, b) => a - b));
      }),
      { numRuns: 40 },
    );
  });

  it('nobody waits longer than the rules demand: a call goes when fewer than N touch the minute before it and fewer than M are in the air', async () => {
    await fc.assert(
      fc.asyncProperty(arrivals, few, few, async (given, rate, concurrency) => {
        const sent = await travelled(given, { rate, concurrency });
        const arrivedAt = given.map((_, index) => given.slice(0, index + 1).reduce((sum, { gapMs }) => sum + gapMs, 0));
        const startedAt = (sent[0]?.sentAt ?? 0) - (arrivedAt[0] ?? 0);
        sent.forEach(({ sentAt }, index) => {
          if (sentAt === startedAt + (arrivedAt[index] ?? 0)) return;
          // It waited: a moment earlier the minute was full, or the air.
          const before = sentAt - 1;
          const earlier = sent.slice(0, index);
          const wasFull = touchingTheMinuteTo(earlier, before) === rate || inTheAirAt(earlier, before) === concurrency;
          expect(wasFull).toBe(true);
        });
      }),
      { numRuns: 60 },
    );
  });
});

it('a slot falls free one minute after the answer, not after the sending', async () => {
  const clock = fakeClock();
  const first = held();
  const { ask, calls } = ending((nth) => (nth === 1 ? first.promise : anAnswer()));
  const asked = limiterOf(clock, { rate: 1 }).step(ask);
  const answers = [asked(aCall('a')), asked(aCall('b'))];
  await clock.advance(5 * MINUTE);
  expect(calls.length).toBe(1);
  first.answer(anAnswer());
  await clock.advance(MINUTE - 1);
  expect(calls.length).toBe(1);
  await clock.advance(1);
  expect(keysOf(calls)).toEqual(['a', 'b']);
  await Promise.all(answers);
});

it('a failed call weighs on the minute as an answered one does, and its failure is passed on', async () => {
  const clock = fakeClock();
  const error = refusal('RATE_LIMITED');
  const { ask, calls } = ending((nth) => (nth === 1 ? error : anAnswer('next')));
  const asked = limiterOf(clock, { rate: 1 }).step(ask);
  expect(await failureOf(asked(aCall('a')))).toBe(error);
  const next = asked(aCall('b'));
  await clock.advance(MINUTE - 1);
  expect(calls.length).toBe(1);
  await clock.advance(1);
  expect((await next).data).toBe('next');
});

it('it is known how many wait', async () => {
  const clock = fakeClock();
  const limiter = limiterOf(clock, { rate: 2 });
  expect(limiter.waiting(WH)).toBe(0);
  const asked = limiter.step(ending(() => anAnswer()).ask);
  const answers = ['a', 'b', 'c', 'd', 'e'].map((key) => asked(aCall(key)));
  await settled();
  expect(limiter.waiting(WH)).toBe(3);
  await clock.advance(MINUTE);
  expect(limiter.waiting(WH)).toBe(1);
  await clock.advance(MINUTE);
  expect(limiter.waiting(WH)).toBe(0);
  await Promise.all(answers);
});

it('each asker is told how long its call stood in line, if only for no time', async () => {
  const clock = fakeClock();
  const asked = limiterOf(clock, { rate: 1 }).step(ending(() => anAnswer()).ask);
  const calls = ['a', 'b', 'c'].map((key) => aCall(key));
  const answers = calls.map((call) => asked(call));
  await clock.advance(2 * MINUTE);
  await Promise.all(answers);
  expect(calls.map(({ told }) => told)).toEqual([['waited 0'], [`waited ${MINUTE}`], [`waited ${2 * MINUTE}`]]);
});

it('without a limit nobody waits and no timer is set', async () => {
  const clock = fakeClock();
  const limiter = limiterOf(clock, {});
  const { ask, calls } = ending(() => anAnswer());
  const asked = limiter.step(ask);
  await Promise.all(Array.from({ length: 1000 }, () => asked(aCall())));
  expect(calls.length).toBe(1000);
  expect(limiter.waiting(WH)).toBe(0);
  expect(clock.nextInMs()).toBeUndefined();
});

it('no more than so many are in the air: each answer, and each failure, lets the next one go at once', async () => {
  const clock = fakeClock();
  const flights = Array.from({ length: 5 }, () => held());
  const { ask, calls } = ending((nth) => flights[nth - 1]!.promise);
  const limiter = limiterOf(clock, { concurrency: 2 });
  const asked = limiter.step(ask);
  const answers = ['a', 'b', 'c', 'd', 'e'].map((key) => Promise.allSettled([asked(aCall(key))]));
  await settled();
  expect(keysOf(calls)).toEqual(['a', 'b']);
  expect(limiter.waiting(WH)).toBe(3);
  flights[1]!.answer(anAnswer());
  await settled();
  expect(keysOf(calls)).toEqual(['a', 'b', 'c']);
  flights[0]!.fail(refusal('UPSTREAM_TIMEOUT'));
  await settled();
  expect(keysOf(calls)).toEqual(['a', 'b', 'c', 'd']);
  for (const flight of flights) flight.answer(anAnswer());
  await Promise.all(answers);
  expect(calls.length).toBe(5);
  expect(clock.nextInMs()).toBeUndefined();
});

describe('a slot whose call was not sent', () => {
  it('is free at once for the next in line', async () => {
    const clock = fakeClock();
    const { ask, calls } = ending((nth) => (nth === 1 ? refusal('CIRCUIT_OPEN') : anAnswer('sent')));
    // The first is stopped behind the line, before it is sent.
    const stop: Step = (next) => (call) => (call.key === 'a' ? ask(call) : next(call));
    const asked = pipeline(admit, limiterOf(clock, { rate: 1 }).step, stop, sending, ask);
    const [a, b] = [aCall('a'), aCall('b')];
    const stopped = failureOf(asked(a));
    const sent = asked(b);
    expect((await stopped).code).toBe('CIRCUIT_OPEN');
    expect((await sent).data).toBe('sent');
    expect(keysOf(calls)).toEqual(['a', 'b']);
    expect(a.told).toEqual(['waited 0', 'released 1']);
    expect(b.told).toEqual(['waited 0', 'sent 1']);
  });

  it('counts as sent where that is not known', async () => {
    const clock = fakeClock();
    const { ask, calls } = ending((nth) => (nth === 1 ? refusal('CIRCUIT_OPEN') : anAnswer('sent')));
    const asked = limiterOf(clock, { rate: 1 }).step(ask);
    await failureOf(asked(aCall('a')));
    const next = asked(aCall('b'));
    await clock.advance(MINUTE - 1);
    expect(calls.length).toBe(1);
    await clock.advance(1);
    await next;
  });
});

describe('a waiting call that nobody waits for any more', () => {
  it('leaves the line at once, unsent and unpaid, and its slot goes to the next', async () => {
    const clock = fakeClock();
    const { ask, calls } = ending(() => anAnswer());
    const limiter = limiterOf(clock, { rate: 1 });
    const asked = pipeline(admit, limiter.step, sending, ask);
    const [a, b, c] = [aCall('a'), aCall('b'), aCall('c')];
    const first = asked(a);
    const left = failureOf(asked(b));
    const last = asked(c);
    await clock.advance(10_000);
    expect(limiter.waiting(WH)).toBe(2);
    b.asker.leave();
    expect(limiter.waiting(WH)).toBe(1);
    expect((await left).code).toBe('DEADLINE_EXCEEDED');
    expect(b.told).toEqual(['waited 10000', 'released 1']);
    await clock.advance(50_000);
    await Promise.all([first, last]);
    expect(keysOf(calls)).toEqual(['a', 'c']);
  });

  it('leaves it where the air is full as well', async () => {
    const clock = fakeClock();
    const flight = held();
    const { ask, calls } = ending((nth) => (nth === 1 ? flight.promise : anAnswer()));
    const limiter = limiterOf(clock, { concurrency: 1 });
    const asked = limiter.step(ask);
    const [b, c] = [aCall('b'), aCall('c')];
    const answers = [asked(aCall('a')), asked(c)];
    const left = failureOf(asked(b));
    await settled();
    b.asker.leave();
    expect((await left).code).toBe('DEADLINE_EXCEEDED');
    flight.answer(anAnswer());
    await Promise.all(answers);
    expect(keysOf(calls)).toEqual(['a', 'c']);
  });

  it('that had its turn already is not told to leave, and its slot falls free as all do', async () => {
    const clock = fakeClock();
    const flight = held();
    const limiter = limiterOf(clock, { concurrency: 1 });
    const asked = limiter.step(ending((nth) => (nth === 1 ? flight.promise : anAnswer('next'))).ask);
    const a = aCall('a');
    const answer = asked(a);
    await settled();
    a.asker.leave();
    const next = asked(aCall('b'));
    await settled();
    expect(limiter.waiting(WH)).toBe(1);
    flight.answer(anAnswer('late'));
    expect((await answer).data).toBe('late');
    expect((await next).data).toBe('next');
  });
});

describe('a call that cannot be sent before its deadline', () => {
  it('is refused at once, with the time at which it could be sent, and costs nothing; one that can is kept', async () => {
    const clock = fakeClock();
    const start = clock.now();
    const { ask, calls } = ending(() => anAnswer());
    const limiter = limiterOf(clock, { rate: 1 });
    const asked = pipeline(admit, limiter.step, sending, ask);
    await asked(aCall('a'));
    const late = callOf('late', { deadline: start + MINUTE });
    const inTime = callOf('in time', { deadline: start + MINUTE + 1 });
    const refused = await failureOf(asked(late));
    expect(clock.now()).toBe(start);
    expect(refused.code).toBe('DEADLINE_EXCEEDED');
    expect(refused.details.startsAt).toBe(start + MINUTE);
    expect(late.told).toEqual(['waited 0', 'released 1']);
    const answer = asked(inTime);
    await settled();
    expect(limiter.waiting(WH)).toBe(1);
    await clock.advance(MINUTE);
    await answer;
    expect(keysOf(calls)).toEqual(['a', 'in time']);
    expect(inTime.told).toEqual([`waited ${MINUTE}`, 'sent 1']);
  });

  it('is known by its place in line: slots fall free one after the other, and again a minute later', async () => {
    const clock = fakeClock();
    const start = clock.now();
    const limiter = limiterOf(clock, { rate: 2 });
    const { ask, calls } = ending(() => anAnswer());
    const asked = limiter.step(ask);
    await asked(aCall('at 0 s'));
    await clock.advance(10_000);
    await asked(aCall('at 10 s'));
    // Free at 60 s and at 70 s, and then not before 120 s and 130 s.
    const places = [60_000, 70_000, 120_000, 130_000].map((ms) => start + ms);
    const kept = places.map((at) => asked(callOf(`${at - start}`, { deadline: at + 1 })));
    await settled();
    expect(limiter.waiting(WH)).toBe(4);
    const more = await failureOf(asked(callOf('too late', { deadline: start + 3 * MINUTE })));
    expect(more.details.startsAt).toBe(start + 3 * MINUTE);
    await clock.advance(3 * MINUTE);
    await Promise.all(kept);
    expect(keysOf(calls).slice(2)).toEqual(['60000', '70000', '120000', '130000']);
  });

  it('waits if a slot is in the air that may fall free in time, and is refused as soon as that is no longer so', async () => {
    const clock = fakeClock();
    const start = clock.now();
    const flight = held();
    const asked = limiterOf(clock, { rate: 1 }).step(ending(() => flight.promise).ask);
    const first = asked(aCall('a'));
    await settled();
    const tooLate = await failureOf(asked(callOf('b', { deadline: start + MINUTE })));
    expect(tooLate.details.startsAt).toBe(start + MINUTE);
    const call = callOf('c', { deadline: start + MINUTE + 5000 });
    const refused = failureOf(asked(call));
    await clock.advance(5000);
    flight.answer(anAnswer());
    await first;
    expect((await refused).details.startsAt).toBe(start + MINUTE + 5000);
    expect(clock.now()).toBe(start + 5000);
    expect(call.told).toEqual(['waited 5000']);
  });

  it('since others overtook it, is refused as soon as they do', async () => {
    const clock = fakeClock();
    const start = clock.now();
    const limiter = limiterOf(clock, { rate: 1 });
    const asked = limiter.step(ending(() => anAnswer()).ask);
    await asked(aCall('a'));
    const behind = failureOf(asked(callOf('b', { lane: 'background', deadline: start + MINUTE + 30_000 })));
    await clock.advance(1000);
    expect(limiter.waiting(WH)).toBe(1);
    const interactive = asked(callOf('c'));
    expect((await behind).details.startsAt).toBe(start + 2 * MINUTE);
    expect(clock.now()).toBe(start + 1000);
    await clock.advance(MINUTE);
    await interactive;
  });
});

describe('lanes', () => {
  it('who looks on overtakes what is asked in the background, also when it comes later', async () => {
    const clock = fakeClock();
    const { ask, calls } = ending(() => anAnswer());
    const asked = limiterOf(clock, { rate: 1 }).step(ask);
    const answers = [asked(callOf('first', { lane: 'background' }))];
    await clock.advance(1000);
    answers.push(asked(callOf('background', { lane: 'background', deadline: clock.now() + 10 * MINUTE })));
    await clock.advance(1000);
    answers.push(asked(callOf('interactive')));
    await clock.advance(MINUTE);
    expect(keysOf(calls)).toEqual(['first', 'interactive']);
    await clock.advance(MINUTE);
    expect(keysOf(calls)).toEqual(['first', 'interactive', 'background']);
    await Promise.all(answers);
  });

  it('hold for the room in the air as well, and what comes at once is put in order together', async () => {
    const clock = fakeClock();
    const flights = Array.from({ length: 4 }, () => held());
    const { ask, calls } = ending((nth) => flights[nth - 1]!.promise);
    const asked = limiterOf(clock, { concurrency: 1 }).step(ask);
    const lanes: Lane[] = ['background', 'interactive', 'background', 'interactive'];
    const answers = lanes.map((lane, index) => asked(callOf(`${lane} ${index}`, { lane })));
    for (const flight of flights) {
      await settled();
      flight.answer(anAnswer());
    }
    await Promise.all(answers);
    expect(keysOf(calls)).toEqual(['interactive 1', 'interactive 3', 'background 0', 'background 2']);
  });

  it('one caller with many calls does not keep another with one from having its turn', async () => {
    const clock = fakeClock();
    const { ask, calls } = ending(() => anAnswer());
    const asked = limiterOf(clock, { rate: 1 }).step(ask);
    const answers = Array.from({ length: 10 }, (_, nth) => asked(callOf(`many ${nth}`, { caller: 'many' })));
    await clock.advance(MINUTE);
    answers.push(asked(callOf('one', { caller: 'one' })));
    await clock.advance(MINUTE);
    expect(calls.at(-1)?.key).toBe('one');
    await clock.advance(10 * MINUTE);
    await Promise.all(answers);
    expect(calls.length).toBe(11);
  });
});

describe('when a provider is not to be asked any more', () => {
  it('all who wait are told at once, none of them has used a slot, and each knows how long it stood in line', async () => {
    const clock = fakeClock();
    const start = clock.now();
    let closed: ShopgraphError | null = null;
    const limiter = limiterOf(clock, { rate: 2, refusalOf: () => closed });
    const { ask, calls } = ending(() => anAnswer());
    const asked = pipeline(admit, limiter.step, sending, ask);
    await Promise.all([asked(aCall('a')), asked(aCall('b'))]);
    const waiting = Array.from({ length: 50 }, (_, nth) => aCall(`${nth}`));
    const failures = waiting.map((call) => failureOf(asked(call)));
    await clock.advance(59_999);
    expect(limiter.waiting(WH)).toBe(50);
    closed = refusal('QUOTA_EXHAUSTED');
    limiter.look(WH);
    for (const failure of failures) expect(await failure).toBe(closed);
    expect(clock.now()).toBe(start + 59_999);
    expect(limiter.waiting(WH)).toBe(0);
    for (const { told } of waiting) expect(told).toEqual(['waited 59999', 'released 1']);
    // Both slots are free as if nobody had waited.
    closed = null;
    await clock.advance(1);
    await Promise.all([asked(aCall('c')), asked(aCall('d'))]);
    expect(keysOf(calls)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('those in the air are left to end', async () => {
    const clock = fakeClock();
    let closed: ShopgraphError | null = null;
    const flight = held();
    const limiter = limiterOf(clock, { concurrency: 1, refusalOf: () => closed });
    const asked = limiter.step(ending(() => flight.promise).ask);
    const inTheAir = asked(aCall('a'));
    const waiting = failureOf(asked(aCall('b')));
    await settled();
    closed = refusal('CIRCUIT_OPEN');
    limiter.look(WH);
    expect(await waiting).toBe(closed);
    flight.answer(anAnswer('in spite of it'));
    expect((await inTheAir).data).toBe('in spite of it');
  });

  it('only those are refused whom the reason concerns', async () => {
    const clock = fakeClock();
    const flight = held();
    const window = localWindow({ clock, slots: 10, windowMs: MINUTE });
    const refusalOf = ({ name }: { name: string }) => (name === 'closed' ? refusal('CIRCUIT_OPEN') : null);
    const limiter = limit({ clock, refusalOf, limitsOf: () => ({ window, windowMs: MINUTE, concurrency: 1 }) });
    const { ask, calls } = ending((nth) => (nth === 1 ? flight.promise : anAnswer()));
    const asked = limiter.step(ask);
    const answers = [asked(aCall('a')), asked(aCall('b'))];
    expect((await failureOf(asked(aCall('c', anEndpoint({ name: 'closed' }))))).code).toBe('CIRCUIT_OPEN');
    flight.answer(anAnswer());
    await Promise.all(answers);
    expect(keysOf(calls)).toEqual(['a', 'b']);
  });

  it('to look where nobody ever waited does nothing', () => {
    const clock = fakeClock();
    limiterOf(clock, { rate: 1 }).look(WH);
    expect(clock.nextInMs()).toBeUndefined();
  });
});

describe('a window that is asked elsewhere, and answers later', () => {
  /** Gives as many slots as it is asked for when the test says so, and tells what it was asked and what came back. */
  function slowWindow() {
    const log: string[] = [];
    let ready = Promise.withResolvers<number>();
    const window: Window = {
      take: async (count, lane) => {
        log.push(`take ${count} ${lane}`);
        const given = Math.min(count, await ready.promise);
        ready = Promise.withResolvers();
        const slot = (): Slot => ({
          answered: () => void log.push('answered'),
          unused: () => void log.push('unused'),
        });
        return { slots: Array.from({ length: given }, slot), size: count, freeAt: [], againAt: Infinity };
      },
    };
    const give = async (slots: number) => {
      ready.resolve(slots);
      await settled();
    };
    return { window, log, give };
  }
  const over = (window: Window) =>
    limit({
      clock: fakeClock(),
      refusalOf: () => null,
      limitsOf: () => ({ window, windowMs: MINUTE, concurrency: Infinity }),
    });

  it('gets back the slots of those who left meanwhile', async () => {
    const { window, log, give } = slowWindow();
    const asked = over(window).step(ending(() => anAnswer()).ask);
    const [a, b] = [aCall('a'), aCall('b')];
    const left = failureOf(asked(a));
    const answer = asked(b);
    await settled();
    a.asker.leave();
    await left;
    await give(2);
    await answer;
    expect(log).toEqual(['take 2 interactive', 'unused', 'answered']);
  });

  it('gives its slots to whose turn it is by then', async () => {
    const { window, log, give } = slowWindow();
    const { ask, calls } = ending(() => anAnswer());
    const asked = over(window).step(ask);
    const answers = [asked(callOf('background', { lane: 'background' }))];
    await settled();
    answers.push(asked(callOf('interactive')));
    await give(1);
    expect(keysOf(calls)).toEqual(['interactive']);
    await give(1);
    await Promise.all(answers);
    expect(log.filter((each) => each.startsWith('take'))).toEqual(['take 1 background', 'take 1 background']);
  });

  it('is asked for the background only when all who look on have their slots', async () => {
    const { window, log, give } = slowWindow();
    const limiter = over(window);
    const asked = limiter.step(ending(() => anAnswer()).ask);
    const calls = ['background', 'interactive', 'interactive'] as const;
    const answers = calls.map((lane) => asked(callOf(lane, { lane })));
    await settled();
    await give(1);
    const takes = () => log.filter((each) => each.startsWith('take'));
    // One answer has come, so it was asked again: for the one who looks on, and nobody else.
    expect(takes()).toEqual(['take 2 interactive', 'take 1 interactive']);
    await give(1);
    expect(takes().at(-1)).toBe('take 1 background');
    await give(1);
    await Promise.all(answers);
    expect(limiter.waiting(WH)).toBe(0);
  });
});

it('when all have been served no timer is left', async () => {
  const clock = fakeClock();
  const asked = limiterOf(clock, { rate: 2, concurrency: 1 }).step(ending(() => anAnswer()).ask);
  const answers = Array.from({ length: 7 }, (_, nth) => asked(aCall(`${nth}`)));
  await clock.advance(3 * MINUTE);
  await Promise.all(answers);
  expect(clock.nextInMs()).toBeUndefined();
});

it('1000 calls of 5 callers in 2 lanes are through in as many minutes as the rule demands, fairly, and cost hardly any time of ours', async () => {
  const clock = fakeClock();
  const start = clock.now();
  const sent: { caller: string; lane: Lane; at: number }[] = [];
  const asked = limiterOf(clock, { rate: 60, concurrency: 50 }).step(({ asker: { caller, lane } }) => {
    sent.push({ caller, lane, at: clock.now() });
    return Promise.resolve(anAnswer());
  });
  const callers = ['a', 'b', 'c', 'd', 'e'];
  const cpuBefore = process.cpuUsage();
  // One caller's calls all come before the next one's, and the background before the others.
  const answers = (['background', 'interactive'] as const).flatMap((lane) =>
    callers.flatMap((caller) =>
      Array.from({ length: 100 }, (_, nth) =>
        asked(callOf(`${lane} ${caller} ${nth}`, { caller, lane, deadline: start + 60 * MINUTE })),
      ),
    ),
  );
  // 60 at once, and then 60 with each minute.
  await clock.advance(15 * MINUTE);
  expect(sent.length).toBe(960);
  await clock.advance(MINUTE);
  await Promise.all(answers);
  const { user, system } = process.cpuUsage(cpuBefore);
  expect(sent.length).toBe(1000);
  expect(sent.at(-1)!.at).toBe(start + 16 * MINUTE);
  expect((user + system) / 1e6).toBeLessThan(2);
  expect(sent.slice(0, 500).every(({ lane }) => lane === 'interactive')).toBe(true);
  for (let from = 0; from < 1000; from += 5) {
    expect(new Set(sent.slice(from, from + 5).map(({ caller }) => caller)).size).toBe(5);
  }
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
    const limiter = limiterOf(clock, { rate: 60, concurrency: 50 });
    const asked = pipeline(admit, limiter.step, sending, network(clock, sway), onTheWire.ask);

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

it('those who are refused hold no place in line: who comes after them and can be sent in time is kept', async () => {
  const clock = fakeClock();
  const start = clock.now();
  const { ask, calls } = ending(() => anAnswer());
  const asked = limiterOf(clock, { rate: 1 }).step(ask);
  await asked(aCall('first'));
  const refused = [10_000, 20_000, 30_000].map((ms) =>
    failureOf(asked(callOf(`hopeless ${ms}`, { deadline: start + ms }))),
  );
  const kept = asked(callOf('in time', { deadline: start + 70_000 }));
  for (const failure of refused) expect((await failure).details.startsAt).toBe(start + MINUTE);
  await clock.advance(MINUTE);
  await kept;
  expect(calls.map(({ key }) => key)).toEqual(['first', 'in time']);
});

it('when all who wait have been refused no timer is left', async () => {
  const clock = fakeClock();
  let closed: ShopgraphError | null = null;
  const limiter = limiterOf(clock, { rate: 1, refusalOf: () => closed });
  const asked = limiter.step(ending(() => anAnswer()).ask);
  await asked(aCall('a'));
  const failure = failureOf(asked(aCall('b')));
  await settled();
  closed = refusal('QUOTA_EXHAUSTED');
  limiter.look(WH);
  await failure;
  await settled();
  expect(clock.nextInMs()).toBeUndefined();
});

it('when all who wait have left, or were too late from the start, no timer is left', async () => {
  const clock = fakeClock();
  const asked = limiterOf(clock, { rate: 1 }).step(ending(() => anAnswer()).ask);
  await asked(aCall('a'));
  await failureOf(asked(callOf('too late', { deadline: clock.now() + 1000 })));
  await settled();
  expect(clock.nextInMs()).toBeUndefined();
  const b = aCall('b');
  const failure = failureOf(asked(b));
  await settled();
  b.asker.leave();
  await failure;
  await settled();
  expect(clock.nextInMs()).toBeUndefined();
});
