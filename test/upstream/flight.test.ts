/** Guards what a flight looks like from inside: all that wait for one answer, as one asker. */
import { describe, expect, it } from 'vitest';
import { createFlight } from '../../src/upstream/flight.ts';
import { anAnswer, anAsker, anEndpoint, failureOf, refusal, type TestAsker } from './calls.ts';
import { settled } from './clock.ts';

/** A flight with these on board, in this order. */
function flightWith(...askers: TestAsker[]) {
  const flight = createFlight();
  const outcomes = askers.map((asker) => flight.board(asker));
  // Who leaves in a test is not always listened to.
  for (const outcome of outcomes) outcome.catch(() => undefined);
  return { ...flight, outcomes };
}

const failureIn = (act: () => unknown): unknown => {
  try {
    return act();
  } catch (error) {
    return error;
  }
};

describe('its time and its place in line', () => {
  it('it has time for as long as whoever has most, of those who still wait', () => {
    const [short, long, middling] = [100, 300, 200].map((deadline) => anAsker({ deadline }));
    const { asker } = flightWith(short!, long!, middling!);
    expect(asker.deadline).toBe(300);
    long!.leave();
    expect(asker.deadline).toBe(200);
  });

  it('it is interactive if anybody looks on: as soon as one comes, and no longer than one stays', () => {
    const [first, later] = [anAsker({ lane: 'background' }), anAsker({ lane: 'interactive' })];
    const { asker, board } = flightWith(first);
    expect(asker.lane).toBe('background');
    void board(later).catch(() => undefined);
    expect(asker.lane).toBe('interactive');
    later.leave();
    expect(asker.lane).toBe('background');
  });

  it('it is the turn of the caller that boarded first of those who still wait', () => {
    const [first, second] = [anAsker({ caller: 'one' }), anAsker({ caller: 'two' })];
    const { asker } = flightWith(first, second);
    expect(asker.caller).toBe('one');
    first.leave();
    expect(asker.caller).toBe('two');
  });

  it('when all have left it can still be spoken of', () => {
    const only = anAsker({ caller: 'one', deadline: 100 });
    const { asker } = flightWith(only);
    only.leave();
    expect([asker.caller, asker.deadline, asker.lane]).toEqual(['one', 100, 'background']);
    asker.meter.waited('WINNING_HUNTER', 5);
    asker.meter.stale();
    expect(only.told).toEqual([]);
  });
});

describe('who leaves', () => {
  it('is told at once, the others nothing', async () => {
    const [leaves, stays] = [anAsker(), anAsker()];
    const { outcomes, riders } = flightWith(leaves, stays);
    leaves.leave();
    expect((await failureOf(outcomes[0]!)).code).toBe('DEADLINE_EXCEEDED');
    expect(riders().map(({ asker }) => asker)).toEqual([stays]);
    for (const rider of riders()) rider.resolve(anAnswer('landed'));
    expect((await outcomes[1]!).data).toBe('landed');
  });

  it('is no concern of the flight until the last has left; then all who listen are told, once', () => {
    const [one, two] = [anAsker(), anAsker()];
    const { asker } = flightWith(one, two);
    const told: string[] = [];
    asker.onGone(() => told.push('first listener'));
    asker.onGone(() => told.push('second listener'));
    asker.onGone(() => told.push('called off'))();
    one.leave();
    expect([told, asker.isWaiting()]).toEqual([[], true]);
    two.leave();
    expect([told, asker.isWaiting()]).toEqual([['first listener', 'second listener'], false]);
    two.leave();
    expect(told).toHaveLength(2);
  });

  it('may be followed by a newcomer: it waits again, and tells who listens then', () => {
    const [early, late] = [anAsker(), anAsker()];
    const { asker, board } = flightWith(early);
    early.leave();
    void board(late).catch(() => undefined);
    expect(asker.isWaiting()).toBe(true);
    const told: string[] = [];
    asker.onGone(() => told.push('gone'));
    late.leave();
    expect([told, asker.isWaiting()]).toEqual([['gone'], false]);
  });

  it('after it has landed is no concern of it any more', async () => {
    const only = anAsker();
    const { asker, outcomes, riders } = flightWith(only);
    const told: string[] = [];
    asker.onGone(() => told.push('gone'));
    for (const rider of riders()) rider.resolve(anAnswer());
    await outcomes[0];
    await settled();
    only.leave();
    expect(told).toEqual([]);
  });
});

describe('who pays', () => {
  const endpoint = anEndpoint({ credits: 3 });

  it('is the first that can, and the price is set aside for it alone', () => {
    const poor = anAsker({ caller: 'poor', credits: 2 });
    const able = anAsker({ caller: 'able', credits: 3 });
    const rich = anAsker({ caller: 'rich', credits: 99 });
    const { asker } = flightWith(poor, able, rich);
    expect(asker.pay(endpoint).caller).toBe('able');
    expect(asker.pay(endpoint).caller).toBe('rich');
    expect(poor.pay(anEndpoint({ credits: 2 })).caller).toBe('poor');
  });

  it('is another for the next attempt, if the first cannot pay twice', () => {
    const { asker } = flightWith(anAsker({ caller: 'one', credits: 3 }), anAsker({ caller: 'two', credits: 3 }));
    expect([asker.pay(endpoint).caller, asker.pay(endpoint).caller]).toEqual(['one', 'two']);
    expect(failureIn(() => asker.pay(endpoint))).toMatchObject({ code: 'BUDGET_EXHAUSTED' });
  });

  it('is nobody where nobody can: the refusal is that of one of them', () => {
    const { asker } = flightWith(anAsker({ credits: 0 }), anAsker({ credits: 2 }));
    expect(failureIn(() => asker.pay(endpoint))).toMatchObject({ code: 'BUDGET_EXHAUSTED' });
  });

  it('is never one who has left; where all have, nobody pays and time is over', () => {
    const [first, second] = [anAsker({ caller: 'one' }), anAsker({ caller: 'two' })];
    const { asker } = flightWith(first, second);
    first.leave();
    expect(asker.pay(endpoint).caller).toBe('two');
    second.leave();
    expect(failureIn(() => asker.pay(endpoint))).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    expect(first.told).toEqual([]);
  });
});

it('a mistake of ours in asking one to pay is not taken for a refusal', () => {
  const broken = {
    ...anAsker(),
    pay: () => {
      throw new TypeError('unforeseen');
    },
  };
  const { asker } = flightWith(broken, anAsker());
  expect(failureIn(() => asker.pay(anEndpoint()))).toBeInstanceOf(TypeError);
});

describe('what is told', () => {
  it('concerns all on board: that the answer is old, and how long it stood in line', () => {
    const askers = [anAsker(), anAsker(), anAsker()];
    const { asker } = flightWith(...askers);
    askers[1]!.leave();
    asker.meter.stale();
    asker.meter.waited('WINNING_HUNTER', 70);
    expect(askers.map(({ told }) => told)).toEqual([['stale', 'waited 70'], [], ['stale', 'waited 70']]);
  });

  it('concerns one call, and so the first on board alone: that it was asked again, and what it was spared', () => {
    const askers = [anAsker(), anAsker()];
    const { asker } = flightWith(...askers);
    asker.meter.retried();
    asker.meter.avoided('cache');
    expect(askers.map(({ told }) => told)).toEqual([['retried', 'avoided cache'], []]);
    askers[0]!.leave();
    asker.meter.retried();
    expect(askers[1]!.told).toEqual(['retried']);
  });

  it('is a failure as it is: each on board hears it in its own words later', () => {
    const failure = refusal('BUDGET_EXHAUSTED');
    const { asker } = flightWith({ ...anAsker(), hear: () => refusal('INTERNAL') });
    expect(asker.hear(failure, anEndpoint())).toBe(failure);
  });
});
