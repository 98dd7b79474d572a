/** Guards admission: nothing is sent that nobody pays for, and nobody pays for what is not sent. */
import { describe, expect, it } from 'vitest';
import { admit } from '../../src/upstream/admit.ts';
import { createFlight } from '../../src/upstream/flight.ts';
import type { Call } from '../../src/upstream/pipeline.ts';
import { aCall, anAnswer, anAsker, anEndpoint, ending, failureOf, refusal, type TestAsker } from './calls.ts';

const endpoint = anEndpoint({ credits: 3 });

/** Whether the asker has these credits left. */
function has(asker: TestAsker, credits: number): boolean {
  try {
    asker.pay(anEndpoint({ credits })).release();
    return true;
  } catch {
    return false;
  }
}

/** A call for all of them. */
function forAll(...askers: TestAsker[]): Call {
  const flight = createFlight();
  for (const asker of askers) flight.board(asker).catch(() => undefined);
  return { ...aCall('a', endpoint), asker: flight.asker };
}

/** All instances together find these accounts empty. */
const claiming =
  (...empty: string[]) =>
  (_nth: number, { payment }: Call) => {
    if (empty.includes(payment!.caller)) return refusal('BUDGET_EXHAUSTED', { reason: payment!.caller });
    payment!.sent();
    return anAnswer(payment!.caller);
  };

describe('the price', () => {
  it('is set aside before the call goes on, and so is not there for another', async () => {
    const asker = anAsker({ credits: 5 });
    const meanwhile: boolean[] = [];
    const { ask } = ending(() => {
      meanwhile.push(has(asker, 2), has(asker, 3));
      return anAnswer();
    });
    await admit(ask)(aCall('a', endpoint, asker));
    expect(meanwhile).toEqual([true, false]);
  });

  it.each([
    ['an answer from elsewhere', anAnswer('at hand')],
    ['a refusal', refusal('CIRCUIT_OPEN')],
    ['a mistake of ours', new TypeError('unforeseen')],
  ])('is given back if nothing was sent: %s', async (_what, outcome) => {
    const asker = anAsker({ credits: 3 });
    await Promise.allSettled([admit(ending(() => outcome).ask)(aCall('a', endpoint, asker))]);
    expect(asker.told).toEqual(['released 3']);
    expect(has(asker, 3)).toBe(true);
  });

  it.each([
    ['an answer', anAnswer('bought')],
    ['a failure', refusal('UPSTREAM_TIMEOUT')],
  ])('is kept if it was sent: %s', async (_what, outcome) => {
    const asker = anAsker({ credits: 3 });
    const { ask } = ending((_nth, { payment }) => {
      payment?.sent();
      return outcome;
    });
    await Promise.allSettled([admit(ask)(aCall('a', endpoint, asker))]);
    expect(asker.told).toEqual(['sent 3']);
    expect(has(asker, 1)).toBe(false);
  });

  it('is known to whoever sends: who pays, and whether it was sent', async () => {
    const { ask, calls } = ending(() => anAnswer());
    await admit(ask)(aCall('a', endpoint, anAsker({ caller: 'the payer' })));
    expect(calls[0]?.payment?.caller).toBe('the payer');
    expect(calls[0]?.payment?.isSent()).toBe(false);
  });

  it('that nobody can pay stops the call', async () => {
    const { ask, calls } = ending(() => anAnswer());
    expect((await failureOf(admit(ask)(aCall('a', endpoint, anAsker({ credits: 2 }))))).code).toBe('BUDGET_EXHAUSTED');
    expect(calls).toEqual([]);
  });
});

describe('an account that turns out to be empty', () => {
  it('is not tried again, gets back what was set aside, and the next of those who wait pays', async () => {
    const askers = ['one', 'two', 'three'].map((caller) => anAsker({ caller }));
    const { ask, calls } = ending(claiming('one'));
    const asked = admit(ask);
    const call = forAll(...askers);
    expect((await asked(call)).data).toBe('two');
    expect(askers.map(({ told }) => told)).toEqual([['refused', 'released 3'], ['sent 3'], []]);
    expect((await asked(call)).data).toBe('two');
    expect(calls.map(({ payment }) => payment?.caller)).toEqual(['one', 'two', 'two']);
  });

  it('is told where all are empty, each of which was tried once', async () => {
    const askers = ['one', 'two', 'three'].map((caller) => anAsker({ caller }));
    const { ask, calls } = ending(claiming('one', 'two', 'three'));
    expect((await failureOf(admit(ask)(forAll(...askers)))).code).toBe('BUDGET_EXHAUSTED');
    expect(calls.map(({ payment }) => payment?.caller)).toEqual(['one', 'two', 'three']);
    for (const { told } of askers) expect(told).toEqual(['refused', 'released 3']);
  });

  it('is not to blame for any other failure: that is told at once', async () => {
    const askers = ['one', 'two'].map((caller) => anAsker({ caller }));
    const failure = refusal('QUOTA_EXHAUSTED');
    const { ask, calls } = ending(() => failure);
    expect(await failureOf(admit(ask)(forAll(...askers)))).toBe(failure);
    expect(calls).toHaveLength(1);
    expect(askers.map(({ told }) => told)).toEqual([['released 3'], []]);
  });

  it('is of no concern to who has left meanwhile: then nobody pays', async () => {
    const askers = ['one', 'two'].map((caller) => anAsker({ caller }));
    const { ask } = ending(() => {
      for (const asker of askers) asker.leave();
      return refusal('BUDGET_EXHAUSTED');
    });
    expect((await failureOf(admit(ask)(forAll(...askers)))).code).toBe('DEADLINE_EXCEEDED');
    expect(askers.map(({ told }) => told)).toEqual([['refused', 'released 3'], []]);
  });
});
