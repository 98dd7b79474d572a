/** Guards coalescing: however many ask the same at once, one call is made, and all of them get what it brings. */
import { expect, it } from 'vitest';
import { cache } from '../../src/upstream/cache.ts';
import { coalesce } from '../../src/upstream/coalesce.ts';
import { pipeline } from '../../src/upstream/pipeline.ts';
import { aCall, anAnswer, ending, failureOf, held, refusal } from './calls.ts';
import { fakeClock } from './clock.ts';

const fifty = () => Array.from({ length: 50 }, () => aCall());

it('50 identical questions at once are one call, and all get the same answer', async () => {
  const flight = held();
  const { ask, calls } = ending(() => flight.promise);
  const asked = coalesce().step(ask);
  const answers = fifty().map((call) => asked(call));
  const answer = anAnswer('bought once');
  flight.answer(answer);
  for (const each of await Promise.all(answers)) expect(each).toBe(answer);
  expect(calls.length).toBe(1);
});

it('50 identical questions at once share one failure', async () => {
  const flight = held();
  const { ask, calls } = ending(() => flight.promise);
  const asked = coalesce().step(ask);
  const failures = fifty().map((call) => failureOf(asked(call)));
  const failure = refusal('UPSTREAM_TIMEOUT');
  flight.fail(failure);
  for (const each of await Promise.all(failures)) expect(each).toBe(failure);
  expect(calls.length).toBe(1);
});

it('who joins a flight is told that it was spared; who started it is not', async () => {
  const asked = coalesce().step(ending(() => anAnswer()).ask);
  const calls = fifty();
  await Promise.all(calls.map((call) => asked(call)));
  expect(calls.map(({ told }) => told)).toEqual([[], ...Array.from({ length: 49 }, () => ['avoided coalesced'])]);
});

it('who asks after the flight has ended starts another, after an answer and after a failure', async () => {
  const { ask, calls } = ending((nth) => (nth === 2 ? refusal('UPSTREAM_UNAVAILABLE') : anAnswer(nth)));
  const asked = coalesce().step(ask);
  expect((await asked(aCall())).data).toBe(1);
  expect((await failureOf(asked(aCall()))).code).toBe('UPSTREAM_UNAVAILABLE');
  expect((await asked(aCall())).data).toBe(3);
  expect(calls.length).toBe(3);
});

it('different questions fly apart', async () => {
  const { ask, calls } = ending((_nth, { key }) => anAnswer(key));
  const asked = coalesce().step(ask);
  const answers = await Promise.all(['a', 'b', 'a', 'c'].map((key) => asked(aCall(key))));
  expect(answers.map(({ data }) => data)).toEqual(['a', 'b', 'a', 'c']);
  expect(calls.map(({ key }) => key)).toEqual(['a', 'b', 'c']);
});

it('`has` is true exactly while the question is in the air', async () => {
  const [good, bad] = [held(), held()];
  const flights = coalesce();
  const asked = flights.step(ending((nth) => (nth === 1 ? good.promise : bad.promise)).ask);
  expect(flights.has('a')).toBe(false);
  const answered = asked(aCall());
  expect(flights.has('a')).toBe(true);
  expect(flights.has('b')).toBe(false);
  good.answer(anAnswer());
  await answered;
  expect(flights.has('a')).toBe(false);

  const failed = failureOf(asked(aCall()));
  expect(flights.has('a')).toBe(true);
  bad.fail(refusal('INTERNAL'));
  await failed;
  expect(flights.has('a')).toBe(false);
});

it('there is no instant between "in the air" and "at hand" in which a question would be bought again', async () => {
  for (let instants = 0; instants < 12; instants++) {
    const flight = held();
    const { ask, calls } = ending(() => flight.promise);
    const asked = pipeline(cache({ clock: fakeClock(), bytesMax: 6000 }).step, coalesce().step, ask);
    const first = asked(aCall());
    flight.answer(anAnswer());
    for (let instant = 0; instant < instants; instant++) await Promise.resolve();
    await Promise.all([first, asked(aCall())]);
    expect(calls.length, `asked again ${String(instants)} instants after the answer`).toBe(1);
  }
});
