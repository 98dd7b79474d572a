/** Guards coalescing: however many ask the same at once, one call is made, and all of them get what it brings. */
import { describe, expect, it } from 'vitest';
import { admit } from '../../src/upstream/admit.ts';
import { givenUp } from '../../src/upstream/asker.ts';
import { cache } from '../../src/upstream/cache.ts';
import { coalesce } from '../../src/upstream/coalesce.ts';
import { pipeline, type Call, type Step } from '../../src/upstream/pipeline.ts';
import { aCall, anAnswer, anAsker, anEndpoint, ending, failureOf, held, refusal } from './calls.ts';
import { fakeClock, settled } from './clock.ts';

const fifty = () => Array.from({ length: 50 }, () => aCall());

it('50 identical questions at once are one call, and all get the same answer', async () => {
  const flight = held();
  const { ask, calls } = ending(() => flight.promise);
  const asked = coalesce().step(ask);
  const answers = fifty().map((call) => asked(call));
  const answer = anAnswer('bought once');
  flight.answer(answer);
  for (const each of await Promise.all(answers)) expect(each).toMatchObject(answer);
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
    const memory = cache({ clock: fakeClock(), bytesMax: 6000, onLook: () => undefined });
    const asked = pipeline(memory.look, coalesce().step, memory.keep, ask);
    const first = asked(aCall());
    flight.answer(anAnswer());
    for (let instant = 0; instant < instants; instant++) await Promise.resolve();
    await Promise.all([first, asked(aCall())]);
    expect(calls.length, `asked again ${String(instants)} instants after the answer`).toBe(1);
  }
});

it('`landed` resolves when nothing is in the air: at once, or with the last landing, good or bad', async () => {
  const [good, bad] = [held(), held()];
  const flights = coalesce();
  await flights.landed();
  const asked = flights.step(ending((_nth, { key }) => (key === 'good' ? good.promise : bad.promise)).ask);
  const outcomes = Promise.allSettled([asked(aCall('good')), asked(aCall('bad'))]);
  const seen: string[] = [];
  const waiting = [1, 2].map((nth) => flights.landed().then(() => seen.push(`told ${nth}`)));
  good.answer(anAnswer());
  await settled();
  expect(seen).toEqual([]);
  bad.fail(refusal('UPSTREAM_UNAVAILABLE'));
  await Promise.all([outcomes, ...waiting]);
  expect(seen).toEqual(['told 1', 'told 2']);
  await flights.landed();
});

it('`landed` waits for what has been sent though all have left', async () => {
  const flight = held();
  const flights = coalesce();
  const asker = anAsker();
  const outcome = failureOf(flights.step(ending(() => flight.promise).ask)(aCall('a', anEndpoint(), asker)));
  asker.leave();
  await outcome;
  let hasLanded = false;
  const waiting = flights.landed().then(() => (hasLanded = true));
  await settled();
  expect(hasLanded).toBe(false);
  flight.answer(anAnswer());
  await waiting;
});

/** As a line does it: each call is sent when the test says so, unless nobody waits for it any more. */
function standingInLine() {
  const turns: (() => void)[] = [];
  const step: Step = (next) => async (call) => {
    await new Promise<void>((resolve, reject) => {
      turns.push(resolve);
      call.asker.onGone(() => {
        reject(givenUp());
      });
    });
    return next(call);
  };
  return { step, turns };
}

const asks = (key: string, asker = anAsker()) => aCall(key, anEndpoint(), asker);

/** Such an asker is told of failures in words of its own. */
const hears = (name: string, asker = anAsker()) => ({
  ...asker,
  hear: ({ code, details }: ReturnType<typeof refusal>) => refusal(code, { ...details, reason: `told ${name}` }),
});

describe('who leaves', () => {
  it('is told at once that time is over, in its own words, and fails nobody else', async () => {
    const flight = held();
    const { ask, calls } = ending(() => flight.promise);
    const asked = coalesce().step(ask);
    const [first, second, third] = [hears('first'), hears('second'), anAsker()];
    const [one, two, three] = [first, second, third].map((asker) => asked(asks('a', asker)));
    for (const [outcome, asker, name] of [
      [one, first, 'first'],
      [two, second, 'second'],
    ] as const) {
      asker.leave();
      expect(await failureOf(outcome!)).toMatchObject({
        code: 'DEADLINE_EXCEEDED',
        details: { reason: `told ${name}` },
      });
    }
    flight.answer(anAnswer('for who stayed'));
    expect((await three)?.data).toBe('for who stayed');
    expect(calls).toHaveLength(1);
  });

  it('before asking is told so, and nothing is asked for it, be the question in the air or not', async () => {
    const flight = held();
    const { ask, calls } = ending(() => flight.promise);
    const asked = coalesce().step(ask);
    const late = hears('late');
    late.leave();
    expect(await failureOf(asked(asks('a', late)))).toMatchObject({ details: { reason: 'told late' } });
    expect(calls).toEqual([]);
    const inTime = asked(aCall());
    expect((await failureOf(asked(asks('a', late)))).code).toBe('DEADLINE_EXCEEDED');
    expect(late.told).toEqual([]);
    flight.answer(anAnswer());
    await inTime;
  });

  it('after the answer changes nothing', async () => {
    const asked = coalesce().step(ending(() => anAnswer('in time')).ask);
    const asker = anAsker();
    const answer = asked(asks('a', asker));
    await settled();
    asker.leave();
    expect((await answer).data).toBe('in time');
  });
});

describe('a call that all have left', () => {
  it('is given up if it has not been sent: whoever holds it learns that nobody waits, once the last has left', async () => {
    const line = standingInLine();
    const { ask, calls } = ending(() => anAnswer());
    let call: Call | undefined;
    const watch: Step = (next) => (each) => next((call = each));
    const flights = coalesce();
    const asked = pipeline(flights.step, watch, line.step, ask);
    const askers = [anAsker(), anAsker()];
    const outcomes = Promise.allSettled(askers.map((asker) => asked(asks('a', asker))));
    askers[0]?.leave();
    await settled();
    expect(call?.asker.isWaiting()).toBe(true);
    expect(flights.has('a')).toBe(true);
    askers[1]?.leave();
    expect(call?.asker.isWaiting()).toBe(false);
    await outcomes;
    await settled();
    expect(flights.has('a')).toBe(false);
    expect(calls).toEqual([]);
  });

  it('does not fail who asks at any instant after that: it gets a call of its own', async () => {
    for (let instants = 0; instants < 12; instants++) {
      const line = standingInLine();
      const { ask, calls } = ending(() => anAnswer('for the newcomer'));
      const asked = pipeline(coalesce().step, line.step, ask);
      const early = anAsker();
      const outcome = failureOf(asked(asks('a', early)));
      early.leave();
      for (let instant = 0; instant < instants; instant++) await Promise.resolve();
      const answers = [asked(aCall()), asked(aCall())];
      expect((await outcome).code).toBe('DEADLINE_EXCEEDED');
      await settled();
      for (const turn of line.turns) turn();
      expect((await Promise.all(answers)).map(({ data }) => data)).toEqual(Array(2).fill('for the newcomer'));
      expect(calls.length, `asked ${String(instants)} instants after`).toBe(1);
    }
  });

  it('goes on if it has been sent, and is at hand for the next although nobody waited for it', async () => {
    const flight = held();
    const { ask, calls } = ending(() => flight.promise);
    const flights = coalesce();
    const memory = cache({ clock: fakeClock(), bytesMax: 6000, onLook: () => undefined });
    const asked = pipeline(memory.look, flights.step, memory.keep, ask);
    const askers = [anAsker(), anAsker()];
    const outcomes = askers.map((asker) => failureOf(asked(asks('a', asker))));
    for (const asker of askers) asker.leave();
    expect((await Promise.all(outcomes)).map(({ code }) => code)).toEqual(Array(2).fill('DEADLINE_EXCEEDED'));
    expect([flights.has('a'), memory.peek('a') !== undefined]).toEqual([true, false]);
    flight.answer(anAnswer('bought'));
    await settled();
    expect([flights.has('a'), memory.peek('a') !== undefined]).toEqual([false, true]);
    expect((await asked(aCall())).data).toBe('bought');
    expect(calls).toHaveLength(1);
  });

  it('goes on if it has been sent, and who asks meanwhile gets its answer', async () => {
    const flight = held();
    const { ask, calls } = ending(() => flight.promise);
    const asked = coalesce().step(ask);
    const early = anAsker();
    const outcome = failureOf(asked(asks('a', early)));
    early.leave();
    await outcome;
    const late = aCall();
    const answer = asked(late);
    flight.answer(anAnswer('bought'));
    expect((await answer).data).toBe('bought');
    expect(late.told).toEqual(['avoided coalesced']);
    expect(calls).toHaveLength(1);
  });

  it('fails unheard', async () => {
    const unheard: unknown[] = [];
    const listener = (reason: unknown) => unheard.push(reason);
    process.on('unhandledRejection', listener);
    const flight = held();
    const flights = coalesce();
    const asker = anAsker();
    const outcome = failureOf(flights.step(ending(() => flight.promise).ask)(asks('a', asker)));
    asker.leave();
    await outcome;
    flight.fail(refusal('UPSTREAM_UNAVAILABLE'));
    await settled();
    await settled();
    process.off('unhandledRejection', listener);
    expect([unheard, flights.has('a')]).toEqual([[], false]);
  });
});

describe('a call that would start too late', () => {
  const startsAt = 5000;

  it('is asked for again, together, by those whose time ends later; the others are told', async () => {
    const first = held();
    const { ask, calls } = ending((nth) => (nth === 1 ? first.promise : anAnswer('later')));
    const asked = coalesce().step(ask);
    const [before, then, after, muchLater] = [startsAt - 1, startsAt, startsAt + 1, Infinity].map((deadline) =>
      asked(asks('a', hears(String(deadline), anAsker({ deadline })))),
    );
    first.fail(refusal('DEADLINE_EXCEEDED', { startsAt }));
    for (const [outcome, deadline] of [
      [before, startsAt - 1],
      [then, startsAt],
    ] as const) {
      expect(await failureOf(outcome!)).toMatchObject({
        code: 'DEADLINE_EXCEEDED',
        details: { reason: `told ${deadline}` },
      });
    }
    expect((await Promise.all([after, muchLater])).map((answer) => answer?.data)).toEqual(['later', 'later']);
    expect(calls).toHaveLength(2);
    expect(calls[1]?.asker.deadline).toBe(Infinity);
  });

  it('is not asked for again by who has left meanwhile', async () => {
    const { ask, calls } = ending(() => refusal('DEADLINE_EXCEEDED', { startsAt }));
    const asker = anAsker();
    const outcome = failureOf(coalesce().step(ask)(asks('a', asker)));
    asker.leave();
    expect((await outcome).code).toBe('DEADLINE_EXCEEDED');
    await settled();
    expect(calls).toHaveLength(1);
  });
});

describe('what it costs', () => {
  const poor = (name: string) => hears(name, anAsker({ caller: name, credits: 0 }));

  it('is paid by the first that can: who has no credits gets the answer for nothing', async () => {
    const { ask, calls } = ending((_nth, { payment }) => {
      payment?.sent();
      payment?.settle(1);
      return anAnswer();
    });
    const rich = [anAsker({ caller: 'rich', credits: 1 }), anAsker({ caller: 'richer', credits: 9 })];
    const askers = [poor('poor'), ...rich];
    // The line is where others may come aboard before anybody pays.
    const { step, turns } = standingInLine();
    const asked = pipeline(coalesce().step, step, admit, ask);
    const answers = askers.map((asker) => asked(asks('a', asker)));
    turns[0]?.();
    expect(await Promise.all(answers)).toHaveLength(3);
    expect(calls.map(({ payment }) => payment?.caller)).toEqual(['rich']);
    expect(askers.map(({ told }) => told)).toEqual([
      [],
      ['avoided coalesced', 'sent 1', 'settled 1'],
      ['avoided coalesced'],
    ]);
  });

  it('is not paid where nobody can: each is told so in its own words, and nothing is sent', async () => {
    const { ask, calls } = ending(() => anAnswer());
    const { step, turns } = standingInLine();
    const asked = pipeline(coalesce().step, step, admit, ask);
    const outcomes = ['one', 'two', 'three'].map((name) => failureOf(asked(asks('a', poor(name)))));
    turns[0]?.();
    expect((await Promise.all(outcomes)).map(({ code, details }) => [code, details.reason])).toEqual([
      ['BUDGET_EXHAUSTED', 'told one'],
      ['BUDGET_EXHAUSTED', 'told two'],
      ['BUDGET_EXHAUSTED', 'told three'],
    ]);
    expect(calls).toEqual([]);
  });

  it('is never paid by who has left', async () => {
    const { ask, calls } = ending(() => anAnswer());
    const { step, turns } = standingInLine();
    const asked = pipeline(coalesce().step, step, admit, ask);
    const [left, stays] = [anAsker({ caller: 'left' }), anAsker({ caller: 'stays' })];
    const outcomes = Promise.allSettled([left, stays].map((asker) => asked(asks('a', asker))));
    left.leave();
    turns[0]?.();
    await outcomes;
    expect(calls.map(({ payment }) => payment?.caller)).toEqual(['stays']);
    expect(left.told).toEqual([]);
  });
});
