/** Guards the cache: an answer is bought once while it is fresh, and a failure is never kept. */
import { expect, it } from 'vitest';
import { cache } from '../../src/upstream/cache.ts';
import { pipeline, type Ask } from '../../src/upstream/pipeline.ts';
import { aCall, anAnswer, anEndpoint, ending, failureOf, refusal } from './calls.ts';
import { fakeClock, type FakeClock } from './clock.ts';

const startMs = fakeClock().now();

interface Options {
  readonly clock?: FakeClock;
  readonly bytesMax?: number;
}

/** A memory, the way through it, and what it said of each look. */
function remembering(ask: Ask, { clock = fakeClock(), bytesMax = 6000 }: Options = {}) {
  const looks: string[] = [];
  const memory = cache({ clock, bytesMax, onLook: ({ name }, result) => looks.push(`${name} ${result}`) });
  return { memory, looks, clock, asked: pipeline(memory.look, memory.keep, ask) };
}

it('an answer is reused until its ttl is over, then asked for again', async () => {
  const clock = fakeClock();
  const { ask, calls } = ending((nth) => anAnswer(nth, clock.now()));
  const { asked } = remembering(ask, { clock });
  const endpoint = anEndpoint({ ttlMs: 3_600_000 });

  expect((await asked(aCall('a', endpoint))).data).toBe(1);
  await clock.advance(3_599_999);
  expect((await asked(aCall('a', endpoint))).data).toBe(1);
  expect(calls.length).toBe(1);
  await clock.advance(2);
  expect((await asked(aCall('a', endpoint))).data).toBe(2);
  expect((await asked(aCall('a', endpoint))).data).toBe(2);
  expect(calls.length).toBe(2);
});

it('reading a cached answer does not make it fresh for longer', async () => {
  const clock = fakeClock();
  const { ask, calls } = ending(() => anAnswer({}, clock.now()));
  const { asked } = remembering(ask, { clock });
  for (let minute = 0; minute < 3; minute++) {
    await asked(aCall('a', anEndpoint({ ttlMs: 100_000 })));
    await clock.advance(60_000);
  }
  expect(calls.length).toBe(2);
});

it('a cached answer is told to the meter of whoever got it, a bought one is not', async () => {
  const { asked } = remembering(ending(() => anAnswer()).ask);
  const [first, second] = [aCall(), aCall()];
  await asked(first);
  await asked(second);
  expect(first.told).toEqual([]);
  expect(second.told).toEqual(['avoided cache']);
});

it('an answer comes back whole, with the time when the provider gave it', async () => {
  const { asked } = remembering(ending(() => ({ data: [7], fetchedAt: startMs, bytes: 3 })).ask);
  await asked(aCall());
  expect(await asked(aCall())).toEqual({ data: [7], fetchedAt: startMs, bytes: 3, from: 'cache' });
});

it('"this id is unknown" is an answer: it is kept too', async () => {
  const { ask, calls } = ending(() => anAnswer(null));
  const { asked } = remembering(ask);
  await asked(aCall());
  expect((await asked(aCall())).data).toBeNull();
  expect(calls.length).toBe(1);
});

it('an endpoint with ttl 0 is never answered from memory', async () => {
  const { ask, calls } = ending((nth) => anAnswer(nth));
  const { memory, asked } = remembering(ask);
  const endpoint = anEndpoint({ ttlMs: 0 });
  await asked(aCall('a', endpoint));
  expect(memory.peek('a') !== undefined).toBe(false);
  expect((await asked(aCall('a', endpoint))).data).toBe(2);
  expect(calls.length).toBe(2);
});

it('"this id is unknown" is believed for ten minutes at most, and for less where answers age faster', async () => {
  for (const [ttlMs, freshForMs] of [
    [3_600_000, 600_000],
    [60_000, 60_000],
  ] as const) {
    const { memory, asked, clock } = remembering(ending(() => anAnswer(null)).ask);
    await asked(aCall('a', anEndpoint({ ttlMs })));
    await clock.advance(freshForMs - 1);
    expect(memory.peek('a') !== undefined).toBe(true);
    await clock.advance(1);
    expect(memory.peek('a') !== undefined).toBe(false);
  }
});

it('how long an answer is fresh may depend on the question', async () => {
  const { memory, asked, clock } = remembering(ending(() => anAnswer()).ask);
  const endpoint = anEndpoint({ ttlMs: (params) => ((params as { id: string }).id === 'day' ? 1000 : 9000) });
  for (const key of ['day', 'quarter']) await asked(aCall(key, endpoint));
  await clock.advance(5000);
  expect(['day', 'quarter'].map((key) => memory.peek(key) !== undefined)).toEqual([false, true]);
});

it('an answer is fresh no longer than what it holds is good, where that is told; what was over when it came says nothing', async () => {
  const { memory, asked, clock } = remembering(ending(() => anAnswer()).ask);
  const until: Record<string, number | undefined> = {
    soon: startMs + 1000,
    later: startMs + 99_000,
    over: startMs - 1,
  };
  for (const key of ['soon', 'later', 'over', 'untold']) {
    await asked(aCall(key, anEndpoint({ ttlMs: 9000, goodUntil: () => until[key] })));
  }
  const fresh = () => [...Object.keys(until), 'untold'].filter((key) => memory.peek(key) !== undefined);
  await clock.advance(999);
  expect(fresh()).toEqual(['soon', 'later', 'over', 'untold']);
  await clock.advance(1);
  expect(fresh()).toEqual(['later', 'over', 'untold']);
  await clock.advance(7999);
  expect(fresh()).toEqual(['later', 'over', 'untold']);
  await clock.advance(1);
  expect(fresh()).toEqual([]);
});

it('an answer past its time stands in where asking again fails, and is told as stale; a day later it does no more', async () => {
  const clock = fakeClock();
  const { ask, calls } = ending((nth) => (nth === 1 ? anAnswer('once') : refusal('QUOTA_EXHAUSTED')));
  const { memory, asked } = remembering(ask, { clock });
  await asked(aCall());
  await clock.advance(60_001);
  const call = aCall();
  expect((await asked(call)).data).toBe('once');
  expect(call.told).toEqual(['stale']);
  expect(memory.peek('a') !== undefined).toBe(false);
  await asked(aCall());
  expect(calls).toHaveLength(3);
  await clock.advance(86_400_000);
  expect((await failureOf(asked(aCall()))).code).toBe('QUOTA_EXHAUSTED');
});

it('no answer past its time stands in for a mistake of ours', async () => {
  const clock = fakeClock();
  const { ask } = ending((nth) => (nth === 1 ? anAnswer('once') : new TypeError('unforeseen')));
  const { asked } = remembering(ask, { clock });
  await asked(aCall());
  await clock.advance(60_001);
  await expect(asked(aCall())).rejects.toThrow(TypeError);
});

it('a failure is passed on and not kept', async () => {
  const { ask, calls } = ending((nth) => (nth === 1 ? refusal('UPSTREAM_UNAVAILABLE') : anAnswer('better')));
  const { memory, asked } = remembering(ask);
  expect((await failureOf(asked(aCall()))).code).toBe('UPSTREAM_UNAVAILABLE');
  expect(memory.peek('a') !== undefined).toBe(false);
  expect((await asked(aCall())).data).toBe('better');
  expect(calls.length).toBe(2);
});

it('answers to different questions stay apart', async () => {
  const { asked } = remembering(ending((_nth, { key }) => anAnswer(key)).ask);
  await asked(aCall('a'));
  await asked(aCall('b'));
  expect((await asked(aCall('a'))).data).toBe('a');
  expect((await asked(aCall('b'))).data).toBe('b');
});

it('no more answers are kept than allowed, and the one unused for longest goes first', async () => {
  const { memory, asked } = remembering(ending(() => anAnswer()).ask, { bytesMax: 3 * 600 });
  for (const key of ['a', 'b', 'c', 'a', 'd', 'e']) await asked(aCall(key));
  expect(['a', 'b', 'c', 'd', 'e'].filter((key) => memory.peek(key) !== undefined)).toEqual(['a', 'd', 'e']);
});

it('`has` says whether an answer is at hand now: after the answer, not while it is awaited, not when it is stale', async () => {
  const { memory, asked, clock } = remembering(ending(() => anAnswer()).ask);
  const pending = asked(aCall('a', anEndpoint({ ttlMs: 1000 })));
  expect(memory.peek('a') !== undefined).toBe(false);
  await pending;
  expect(memory.peek('a') !== undefined).toBe(true);
  expect(memory.peek('b') !== undefined).toBe(false);
  await clock.advance(1001);
  expect(memory.peek('a') !== undefined).toBe(false);
});

it('each look is told once, as what came of it: found, not there, past its time in place of a failure', async () => {
  const { ask } = ending((nth) => (nth === 1 ? anAnswer() : refusal('UPSTREAM_UNAVAILABLE')));
  const { asked, looks, clock } = remembering(ask);
  await asked(aCall());
  await asked(aCall());
  await clock.advance(60_000);
  await asked(aCall());
  await failureOf(asked(aCall('b')));
  expect(looks).toEqual(['thing miss', 'thing hit', 'thing stale', 'thing miss']);
});

it('what is kept on the way back is at hand for all, whoever looked', async () => {
  const { memory, asked } = remembering(ending(() => anAnswer('not asked for')).ask);
  await memory.keep(ending(() => anAnswer('kept')).ask)(aCall());
  expect(memory.peek('a') !== undefined).toBe(true);
  expect((await asked(aCall())).data).toBe('kept');
});

it('an answer that was found elsewhere is at hand until its time is over; one past it is not taken in', async () => {
  const { memory, asked, clock } = remembering(ending(() => refusal('INTERNAL')).ask);
  memory.put(aCall(), anAnswer('found'));
  memory.put(aCall('old'), anAnswer('old', startMs - 60_000));
  memory.put(aCall('never kept', anEndpoint({ ttlMs: 0 })), anAnswer());
  expect(['a', 'old', 'never kept'].map((key) => memory.peek(key) !== undefined)).toEqual([true, false, false]);
  expect((await asked(aCall())).data).toBe('found');
  expect((await failureOf(asked(aCall('old')))).code).toBe('INTERNAL');
  await clock.advance(60_000);
  expect(memory.peek('a') !== undefined).toBe(false);
});

it('an answer past its time that comes from below does not take the place of a newer one, nor is it kept as fresh', async () => {
  const { memory } = remembering(ending(() => anAnswer()).ask);
  memory.put(aCall(), anAnswer('newer'));
  await memory.keep(ending(() => anAnswer('older', startMs - 60_000)).ask)(aCall());
  expect((await memory.look(ending(() => refusal('INTERNAL')).ask)(aCall())).data).toBe('newer');
});
