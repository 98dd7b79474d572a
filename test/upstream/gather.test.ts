/** Guards gathering: questions that one request may carry travel together, and each is answered, paid and kept as if it travelled alone. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { ShopgraphError } from '../../src/errors.ts';
import { createOperationAsker, type OperationAsker } from '../../src/operation-asker.ts';
import { createTab, type Tab } from '../../src/plan/receipt.ts';
import { createAccounts } from '../../src/upstream/accounts.ts';
import { admit } from '../../src/upstream/admit.ts';
import { givenUp } from '../../src/upstream/asker.ts';
import { cache } from '../../src/upstream/cache.ts';
import { coalesce } from '../../src/upstream/coalesce.ts';
import { gather } from '../../src/upstream/gather.ts';
import { pipeline, type Answer, type Ask, type Call, type Step } from '../../src/upstream/pipeline.ts';
import { retry } from '../../src/upstream/retry.ts';
import { aCall, anAnswer, anAsker, anEndpoint, ending, failureOf, held, refusal } from './calls.ts';
import { fakeClock, settled, type FakeClock } from './clock.ts';

const MAX = 10;
const bulk = { param: 'id', as: 'ids', key: 'id', max: MAX };
const things = anEndpoint({ name: 'things', path: '/things', params: z.object({ id: z.string() }), bulk });
const asks = (key: string, asker = anAsker()) => aCall(key, things, asker);
const keysFrom = (count: number, from = 1) => Array.from({ length: count }, (_, nth) => `k${from + nth}`);

const carried = ({ together = [] }: Call): string[] => together.map(({ key }) => key);
/** To each its own: what it is asked by. */
const partsFor = (call: Call, of: (key: string) => Answer | ShopgraphError = (key) => anAnswer(key)): Answer => ({
  ...anAnswer(null),
  parts: new Map(carried(call).map((key) => [key, of(key)])),
});
/** Last in first out: answers come by key and in no order. */
const answering = (
  play: (nth: number, call: Call) => Answer | Error | Promise<Answer> = (_nth, call) => partsFor(call),
) => ending(play);

/** As a look into a store is: no question gets there in the instant in which it is asked. */
const looking: Step = (next) => async (call) => {
  await Promise.resolve();
  return next(call);
};

/** The way from the flight to the end; `between` is what may hold a question up on its way. */
function wayTo(end: Ask, { between = [], clock = fakeClock() }: { between?: Step[]; clock?: FakeClock } = {}) {
  const gathering = gather({ clock });
  const flights = coalesce();
  const asked = pipeline(flights.step, gathering.coming, ...between, looking, gathering.step, end);
  return { asked, flights, clock, gathering };
}

/** Each question waits in it until the test lets it go on. */
function gate() {
  const waiting = new Map<string, { go: () => void; fail: (error: Error) => void }>();
  const step: Step = (next) => async (call) => {
    await new Promise<void>((resolve, reject) => waiting.set(call.key, { go: resolve, fail: reject }));
    return next(call);
  };
  return { step, waiting };
}

const dataOf = (answers: readonly Answer[]) => answers.map(({ data }) => data);

describe('questions at once', () => {
  it.each([
    [1, [1]],
    [9, [9]],
    [10, [10]],
    [11, [10, 1]],
    [20, [10, 10]],
    [37, [10, 10, 10, 7]],
  ])('%i of them are as few requests as can be, none with more than ten', async (count, sizes) => {
    const end = answering();
    const { asked } = wayTo(end.ask);
    const keys = keysFrom(count);
    expect(dataOf(await Promise.all(keys.map((key) => asked(asks(key)))))).toEqual(keys);
    expect(end.calls.map((call) => carried(call).length)).toEqual(sizes);
    expect(end.calls.flatMap(carried)).toEqual(keys);
  });

  it('are not held by the clock: the request leaves as soon as the last has come', async () => {
    const end = answering();
    const { asked, clock } = wayTo(end.ask);
    const answers = Promise.all(keysFrom(3).map((key) => asked(asks(key))));
    await settled();
    expect(end.calls).toHaveLength(1);
    await answers;
    expect(clock.nextInMs()).toBeUndefined();
  });

  it('of several operations travel together, and the same asked by two is carried once', async () => {
    const end = answering();
    const { asked } = wayTo(end.ask);
    const operations = [keysFrom(7), keysFrom(7, 4), keysFrom(3, 8)];
    const answers = await Promise.all(
      operations.map((keys) => {
        const asker = anAsker();
        return Promise.all(keys.map((key) => asked(asks(key, asker))));
      }),
    );
    expect(answers.map(dataOf)).toEqual(operations);
    expect(end.calls.map(carried)).toEqual([keysFrom(10)]);
  });

  it('of different endpoints travel apart, and what cannot be gathered travels alone', async () => {
    const others = { ...things, name: 'others' };
    const end = answering((_nth, call) => (call.endpoint.bulk ? partsFor(call) : anAnswer(call.key)));
    const { asked } = wayTo(end.ask);
    await Promise.all([asks('a'), aCall('b', others), aCall('c'), asks('d')].map((call) => asked(call)));
    expect(Object.fromEntries(end.calls.map((call) => [call.endpoint.name, carried(call)]))).toEqual({
      ...{ thing: [], others: ['b'], things: ['a', 'd'] },
    });
    expect(end.calls).toHaveLength(3);
  });

  it('that differ in more than the param of which a request takes several travel apart', async () => {
    const regional = { ...things, params: z.object({ id: z.string(), region: z.string() }) };
    const of = (region: string, id: string) => ({
      ...aCall(`${region} ${id}`, regional),
      params: { region, id },
    });
    const end = answering();
    const { asked } = wayTo(end.ask);
    const calls = [of('US', '1'), of('GB', '1'), of('US', '2'), of('GB', '3')];
    expect(dataOf(await Promise.all(calls.map((call) => asked(call))))).toEqual(calls.map(({ key }) => key));
    const regions = end.calls.map(
      ({ together }) => new Set(together!.map(({ params }) => (params as { region: string }).region)),
    );
    for (const each of regions) expect(each.size).toBe(1);
    expect(end.calls).toHaveLength(2);
  });

  it('are answered by key, whatever the order of the answers, and what nobody asked is nobody’s', async () => {
    const end = answering((_nth, call) => ({
      ...anAnswer(null),
      parts: new Map([['stranger', anAnswer('x')], ...[...partsFor(call).parts!].toReversed()]),
    }));
    const { asked } = wayTo(end.ask);
    expect(dataOf(await Promise.all(keysFrom(5).map((key) => asked(asks(key)))))).toEqual(keysFrom(5));
  });

  it('asked again after they have been answered are asked anew, with whoever comes then', async () => {
    const end = answering();
    const { asked } = wayTo(end.ask);
    await Promise.all(keysFrom(2).map((key) => asked(asks(key))));
    await Promise.all(keysFrom(3).map((key) => asked(asks(key))));
    expect(end.calls.map(carried)).toEqual([keysFrom(2), keysFrom(3)]);
  });
});

describe('a question that is held up on its way', () => {
  it('is waited for, but not for longer than 25 ms; it then travels by itself', async () => {
    const { step, waiting } = gate();
    const end = answering();
    const { asked, clock } = wayTo(end.ask, { between: [step] });
    const answers = keysFrom(3).map((key) => asked(asks(key)));
    await settled();
    for (const key of ['k1', 'k2']) waiting.get(key)!.go();
    await clock.advance(24);
    expect(end.calls).toEqual([]);
    await clock.advance(1);
    expect(end.calls.map(carried)).toEqual([['k1', 'k2']]);
    waiting.get('k3')!.go();
    expect(dataOf(await Promise.all(answers))).toEqual(keysFrom(3));
    expect(end.calls.map(carried)).toEqual([['k1', 'k2'], ['k3']]);
    expect(clock.nextInMs()).toBeUndefined();
  });

  it('holds up no full request', async () => {
    const { step, waiting } = gate();
    const end = answering();
    const { asked } = wayTo(end.ask, { between: [step] });
    const answers = keysFrom(12).map((key) => asked(asks(key)));
    await settled();
    for (const key of keysFrom(11)) waiting.get(key)!.go();
    await settled();
    expect(end.calls.map(carried)).toEqual([keysFrom(10)]);
    waiting.get('k12')!.go();
    await Promise.all(answers);
    expect(end.calls.map(carried)).toEqual([keysFrom(10), ['k11', 'k12']]);
  });

  it.each([
    ['is answered there', (): ReturnType<Step> => () => Promise.resolve(anAnswer('kept'))],
    ['fails there', (): ReturnType<Step> => () => Promise.reject(refusal('INTERNAL'))],
    ['fails there by a mistake of ours', (): ReturnType<Step> => () => Promise.reject(new TypeError('unforeseen'))],
  ])('and %s is waited for no more: the others leave at once', async (_what, end) => {
    const { step, waiting } = gate();
    const last = answering();
    const shortcut: Step = (next) => (call) => (call.key === 'k3' ? end()(call) : next(call));
    const { asked } = wayTo(last.ask, { between: [step, shortcut] });
    const answers = Promise.allSettled(keysFrom(3).map((key) => asked(asks(key))));
    await settled();
    for (const key of ['k1', 'k2']) waiting.get(key)!.go();
    await settled();
    expect(last.calls).toEqual([]);
    waiting.get('k3')!.go();
    await answers;
    expect(last.calls.map(carried)).toEqual([['k1', 'k2']]);
  });

  it('alone, and never arrives, hangs nobody', async () => {
    const { step, waiting } = gate();
    const end = answering();
    const { asked } = wayTo(end.ask, { between: [step] });
    const failure = failureOf(asked(asks('k1')));
    await settled();
    waiting.get('k1')!.fail(refusal('INTERNAL'));
    expect((await failure).code).toBe('INTERNAL');
    expect(
      (
        await Promise.all([
          asked(asks('k2')),
          settled().then(() => {
            waiting.get('k2')!.go();
          }),
        ])
      )[0].data,
    ).toBe('k2');
    expect(end.calls.map(carried)).toEqual([['k2']]);
  });
});

describe('a request that fails', () => {
  it('is one error, the same, for all that it carried, and none for the others', async () => {
    const failure = refusal('UPSTREAM_TIMEOUT');
    const end = answering((nth, call) => (nth === 1 ? failure : partsFor(call)));
    const { asked } = wayTo(end.ask);
    const outcomes = await Promise.allSettled(keysFrom(15).map((key) => asked(asks(key))));
    for (const outcome of outcomes.slice(0, 10)) expect(outcome).toEqual({ status: 'rejected', reason: failure });
    expect(new Set(outcomes.slice(0, 10).map((each) => (each as PromiseRejectedResult).reason)).size).toBe(1);
    expect(outcomes.slice(10).map(({ status }) => status)).toEqual(Array(5).fill('fulfilled'));
  });

  it('by a mistake of ours fails all of them too, and nobody hangs', async () => {
    const end = answering(() => new TypeError('unforeseen'));
    const { asked } = wayTo(end.ask);
    const outcomes = await Promise.allSettled(keysFrom(3).map((key) => asked(asks(key))));
    for (const outcome of outcomes)
      expect(outcome).toMatchObject({ status: 'rejected', reason: { message: 'unforeseen' } });
  });

  it('in part fails that part alone', async () => {
    const failure = refusal('UPSTREAM_BAD_DATA');
    const end = answering((_nth, call) => partsFor(call, (key) => (key === 'k2' ? failure : anAnswer(key))));
    const { asked } = wayTo(end.ask);
    const [one, two, three] = await Promise.allSettled(keysFrom(3).map((key) => asked(asks(key))));
    expect([one, three]).toMatchObject([{ value: { data: 'k1' } }, { value: { data: 'k3' } }]);
    expect(two).toEqual({ status: 'rejected', reason: failure });
  });

  it('to say anything of a question fails that question, and does not hang it', async () => {
    const end = answering((_nth, call) => {
      const parts = new Map(partsFor(call).parts);
      parts.delete('k2');
      return { ...anAnswer(null), parts };
    });
    const { asked } = wayTo(end.ask);
    const outcomes = await Promise.allSettled(keysFrom(3).map((key) => asked(asks(key))));
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });
});

const rule = {
  attemptsMax: 4,
  failedMax: 99,
  chargedMax: 4,
  waitMsMin: 1000,
  waitMsMax: 30_000,
  retryAfterMsMax: 30_000,
};

it('a request that is tried again carries the same, and is one attempt each time for all that count', async () => {
  const clock = fakeClock();
  const end = answering((nth, call) => {
    call.payment?.sent();
    call.payment?.settle(nth === 1 ? 0 : 1);
    return nth === 1 ? refusal('RATE_LIMITED', { creditsCharged: 0 }) : partsFor(call);
  });
  const payer = anAsker({ credits: 1 });
  const { asked } = wayTo(pipeline(retry({ clock, random: () => 0, ...rule }), admit, end.ask), { clock });
  const answers = Promise.all(keysFrom(4).map((key) => asked(asks(key, payer))));
  await clock.advance(1000);
  expect(dataOf(await answers)).toEqual(keysFrom(4));
  expect(end.calls.map(carried)).toEqual([keysFrom(4), keysFrom(4)]);
  expect(payer.told).toEqual(['sent 1', 'settled 0', 'retried', 'sent 1', 'settled 1']);
});

describe('what it costs', () => {
  const pays = () =>
    answering((_nth, call) => {
      call.payment?.sent();
      call.payment?.settle(1);
      return partsFor(call);
    });

  it('is one price for each request, for whoever asks all', async () => {
    const asker = anAsker({ credits: 2 });
    const { asked } = wayTo(pipeline(admit, pays().ask));
    await Promise.all(keysFrom(20).map((key) => asked(asks(key, asker))));
    expect(asker.told).toEqual(['sent 1', 'settled 1', 'sent 1', 'settled 1']);
  });

  it('is paid by the first that can, whoever asks what: the others get theirs for nothing', async () => {
    const askers = [0, 0, 1, 5].map((credits, nth) => anAsker({ caller: `c${nth}`, credits }));
    const end = pays();
    const { asked } = wayTo(pipeline(admit, end.ask));
    const answers = askers.map((asker, nth) => asked(asks(`k${nth}`, asker)));
    expect(dataOf(await Promise.all(answers))).toEqual(['k0', 'k1', 'k2', 'k3']);
    expect(end.calls.map(({ payment }) => payment?.caller)).toEqual(['c2']);
    expect(askers.map(({ told }) => told)).toEqual([[], [], ['sent 1', 'settled 1'], []]);
  });

  it('that nobody can pay is told each in its own words, and nothing is sent', async () => {
    const poor = (caller: string) => ({
      ...anAsker({ caller, credits: 0 }),
      pay: () => {
        throw refusal('BUDGET_EXHAUSTED', { says: `${caller} has none` });
      },
    });
    const end = pays();
    const { asked } = wayTo(pipeline(admit, end.ask));
    const failures = ['a', 'b'].map((caller) => failureOf(asked(asks(caller, poor(caller)))));
    expect((await Promise.all(failures)).map(({ message }) => message)).toEqual(['a has none', 'b has none']);
    expect(end.calls).toEqual([]);
  });

  it('is not paid by who has left while it stood in line, but by one who waits', async () => {
    const clock = fakeClock();
    const line = Promise.withResolvers<undefined>();
    const end = answering(async (_nth, call) => {
      await line.promise;
      if (!call.asker.isWaiting()) throw givenUp();
      await call.payment!.claim();
      call.payment!.sent();
      call.payment!.settle(1);
      return partsFor(call);
    });
    const [leaves, stays] = [anAsker({ caller: 'leaves', credits: 1 }), anAsker({ caller: 'stays', credits: 1 })];
    const { asked } = wayTo(pipeline(admit, end.ask), { clock });
    const left = failureOf(asked(asks('k1', leaves)));
    const answer = asked(asks('k2', stays));
    await settled();
    leaves.leave();
    line.resolve(undefined);
    expect((await left).code).toBe('DEADLINE_EXCEEDED');
    expect((await answer).data).toBe('k2');
    expect([leaves.told, stays.told]).toEqual([['released 1'], ['sent 1', 'settled 1']]);
  });
});

describe('who leaves', () => {
  it('fails nobody else, and what was bought is kept for every question, its own included', async () => {
    const flight = held();
    const kept: string[] = [];
    const keeping: Step = (next) => async (call) => {
      const answer = await next(call);
      kept.push(`${call.key}: ${String(answer.data)}`);
      return answer;
    };
    let sent: Call | undefined;
    const end = answering((_nth, call) => {
      sent = call;
      return flight.promise;
    });
    const { asked, flights } = wayTo(end.ask, { between: [keeping] });
    const [leaves, stays] = [anAsker(), anAsker()];
    const left = failureOf(asked(asks('k1', leaves)));
    const answer = asked(asks('k2', stays));
    await settled();
    leaves.leave();
    expect((await left).code).toBe('DEADLINE_EXCEEDED');
    flight.answer(partsFor(sent!));
    expect((await answer).data).toBe('k2');
    await flights.landed();
    expect(kept).toEqual(['k1: k1', 'k2: k2']);
  });

  it('last has the request given up, unless it has been sent', async () => {
    let call: Call | undefined;
    const end = answering(async (_nth, given) => {
      call = given;
      return new Promise<Answer>((_resolve, reject) => {
        given.asker.onGone(() => {
          reject(givenUp());
        });
      });
    });
    const { asked, flights } = wayTo(end.ask);
    const askers = [anAsker(), anAsker()];
    const failures = askers.map((asker, nth) => failureOf(asked(asks(`k${nth}`, asker))));
    await settled();
    askers[0]!.leave();
    expect(call!.asker.isWaiting()).toBe(true);
    askers[1]!.leave();
    expect(call!.asker.isWaiting()).toBe(false);
    expect((await Promise.all(failures)).map(({ code }) => code)).toEqual(Array(2).fill('DEADLINE_EXCEEDED'));
    await flights.landed();
  });

  it('before the request does has it wait for nobody: when those have left that are on board, it is given up', async () => {
    const { step, waiting } = gate();
    let call: Call | undefined;
    const end = answering((_nth, given) => {
      call = given;
      return held().promise;
    });
    const { asked } = wayTo(end.ask, { between: [step] });
    const [early, late] = [anAsker({ deadline: 900 }), anAsker({ deadline: 100 })];
    const failures = [failureOf(asked(asks('k1', early))), failureOf(asked(asks('k2', late)))];
    await settled();
    waiting.get('k1')!.go();
    await settled();
    early.leave();
    waiting.get('k2')!.go();
    await settled();
    expect(carried(call!)).toContain('k2');
    expect([call!.asker.deadline, call!.asker.isWaiting()]).toEqual([100, true]);
    late.leave();
    expect(call!.asker.isWaiting()).toBe(false);
    await Promise.all(failures);
  });

  it('before it is sent, all of them, has nothing sent', async () => {
    const { step, waiting } = gate();
    const end = answering();
    const { asked, flights } = wayTo(pipeline(admit, end.ask), { between: [step] });
    const askers = [anAsker(), anAsker()];
    const failures = askers.map((asker, nth) => failureOf(asked(asks(`k${nth}`, asker))));
    await settled();
    for (const asker of askers) asker.leave();
    for (const { go } of waiting.values()) go();
    await Promise.all(failures);
    await flights.landed();
    expect(end.calls).toEqual([]);
  });

  it('and is followed by a newcomer to its question: the request waits, has time and is paid for by it as well', async () => {
    let call: Call | undefined;
    const end = answering((_nth, given) => {
      call = given;
      return held().promise;
    });
    const { asked } = wayTo(end.ask);
    const [early, other] = [
      anAsker({ caller: 'early', deadline: 100 }),
      anAsker({ caller: 'other', deadline: 100, credits: 0 }),
    ];
    const failures = [failureOf(asked(asks('k1', early))), failureOf(asked(asks('k2', other)))];
    await settled();
    early.leave();
    const newcomer = anAsker({ caller: 'newcomer', deadline: 500 });
    void asked(asks('k1', newcomer)).catch(() => undefined);
    await settled();
    expect(call!.asker.deadline).toBe(500);
    expect(call!.asker.pay(things).caller).toBe('newcomer');
    let gone = 0;
    call!.asker.onGone(() => gone++);
    other.leave();
    expect([call!.asker.isWaiting(), gone]).toEqual([true, 0]);
    await Promise.all(failures);
    newcomer.leave();
    expect([call!.asker.isWaiting(), gone]).toEqual([false, 1]);
  });

  it('and is followed by a newcomer does not cut short the wait that the provider asked for', async () => {
    const clock = fakeClock();
    const end = answering((nth, call) =>
      nth === 1 ? refusal('RATE_LIMITED', { retryAfterMs: 7000 }) : partsFor(call),
    );
    const { asked } = wayTo(pipeline(retry({ clock, random: () => 0, ...rule }), end.ask), { clock });
    const early = anAsker();
    const outcome = failureOf(asked(asks('k1', early)));
    await clock.advance(1000);
    early.leave();
    const newcomer = asked(asks('k1'));
    newcomer.catch(() => undefined);
    await outcome;
    await clock.advance(6000);
    expect((await newcomer).data).toBe('k1');
    expect(end.calls).toHaveLength(2);
  });

  it('fails unheard', async () => {
    const unheard: unknown[] = [];
    const listener = (reason: unknown) => unheard.push(reason);
    process.on('unhandledRejection', listener);
    const flight = held();
    const { asked, flights } = wayTo(answering(() => flight.promise).ask);
    const asker = anAsker();
    const failures = keysFrom(3).map((key) => failureOf(asked(asks(key, asker))));
    await settled();
    asker.leave();
    await Promise.all(failures);
    flight.fail(refusal('UPSTREAM_UNAVAILABLE'));
    await flights.landed();
    await settled();
    process.off('unhandledRejection', listener);
    expect(unheard).toEqual([]);
  });
});

it('its place in line is as good as the best of those whose questions it carries', async () => {
  let call: Call | undefined;
  const end = answering((_nth, given) => {
    call = given;
    return partsFor(given);
  });
  const { asked } = wayTo(end.ask);
  const askers = [
    anAsker({ lane: 'background', deadline: 50, caller: 'one' }),
    anAsker({ deadline: 20, caller: 'two' }),
  ];
  await Promise.all(askers.map((asker, nth) => asked(asks(`k${nth}`, asker))));
  expect(call!.asker).toMatchObject({ lane: 'interactive', deadline: 50, caller: 'one' });
});

type What =
  | { do: 'ask'; ids: readonly number[]; maxCredits: number; deadlineMs: number; isDisputed: boolean }
  | { do: 'leave'; nth: number }
  | { do: 'pass'; nth: number; count: number }
  | { do: 'stop'; nth: number }
  | { do: 'send'; nth: number }
  | { do: 'end'; nth: number; how: (typeof hows)[number] }
  | { do: 'wait'; ms: number };
interface Event {
  readonly what: What;
  readonly instants: number | null;
}
const hows = ['answer', 'answer', 'answer', 'in part', 'limited', 'cut off', 'timeout'] as const;
const nth = fc.nat({ max: 40 });
const event: fc.Arbitrary<Event> = fc.record({
  what: fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constant('ask' as const),
        ids: fc.uniqueArray(fc.nat({ max: 29 }), { minLength: 1, maxLength: 25 }),
        maxCredits: fc.constantFrom(0, 1, 2, 5, 9),
        deadlineMs: fc.integer({ min: 1, max: 5000 }),
        isDisputed: fc.constantFrom(false, false, true),
      }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('leave' as const), nth }) },
    { weight: 6, arbitrary: fc.record({ do: fc.constant('pass' as const), nth, count: fc.nat({ max: 25 }) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('stop' as const), nth }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('send' as const), nth }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('end' as const), nth, how: fc.constantFrom(...hows) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.nat({ max: 60 }) }) },
  ),
  instants: fc.oneof(fc.nat({ max: 8 }), fc.constant(null)),
});

interface Asked {
  readonly asker: OperationAsker;
  readonly tab: Tab;
  readonly outcomes: { readonly key: string; settled?: PromiseSettledResult<Answer> }[];
}

/** Lets everything happen as told, and then whatever it takes until nothing more does. */
async function happened(events: readonly Event[]) {
  const clock = fakeClock();
  const wrong: string[] = [];
  const accounts = createAccounts({ clock, monthlyCredits: { WINNING_HUNTER: Infinity } });
  const memory = cache({ clock, bytesMax: 1e6, onLook: () => undefined });
  const flights = coalesce();
  const gathering = gather({ clock });
  /** Where each may be held up on its way: a store, a lease of another instance. */
  const held: { go: () => void; stop: (error: Error) => void }[] = [];
  const hold: Step = (next) => async (call) => {
    await new Promise<void>((resolve, reject) => held.push({ go: resolve, stop: reject }));
    return next(call);
  };
  const line: (() => void)[] = [];
  const air: ((how: What & { do: 'end' }) => void)[] = [];
  const underWay = new Set<string>();
  let charged = 0;
  let requests = 0;

  const turn = ({ asker }: Call) =>
    new Promise<void>((resolve, reject) => {
      const go = () => {
        forget();
        resolve();
      };
      const forget = asker.onGone(() => {
        line.splice(line.indexOf(go), 1);
        reject(givenUp());
      });
      line.push(go);
    });
  const bought = async (call: Call): Promise<Answer> => {
    const { payment, asker } = call;
    if (!asker.isWaiting()) throw givenUp();
    await payment!.claim();
    payment!.sent();
    requests++;
    for (const key of carried(call)) {
      if (memory.peek(key) !== undefined) wrong.push(`${key} is bought though it is at hand`);
    }
    const { how } = await new Promise<What & { do: 'end' }>((resolve) => air.push(resolve));
    const credits = how === 'limited' ? 0 : 1;
    payment!.settle(credits);
    charged += credits;
    if (how === 'limited') throw refusal('RATE_LIMITED', { creditsCharged: 0 });
    if (how === 'cut off') throw refusal('UPSTREAM_UNAVAILABLE');
    if (how === 'timeout') throw refusal('UPSTREAM_TIMEOUT');
    const failure = refusal('UPSTREAM_BAD_DATA');
    return partsFor(call, (key) =>
      how === 'in part' && Number(key.slice(1)) % 2 === 0 ? failure : anAnswer(key, clock.now()),
    );
  };
  const end: Ask = async (call) => {
    const keys = carried(call);
    if (keys.length === 0 || keys.length > MAX) wrong.push(`a request carries ${keys.length}`);
    if (new Set(keys).size < keys.length) wrong.push('a request carries a question twice');
    for (const key of keys) {
      if (underWay.has(key)) wrong.push(`${key} is under way twice`);
      underWay.add(key);
    }
    try {
      await turn(call);
      return await bought(call);
    } finally {
      for (const key of keys) underWay.delete(key);
    }
  };
  const asking = pipeline(
    memory.look,
    flights.step,
    gathering.coming,
    memory.keep,
    hold,
    gathering.step,
    retry({ clock, random: () => 0.5, ...{ ...rule, waitMsMin: 20, waitMsMax: 100, retryAfterMsMax: 100 } }),
    admit,
    end,
  );

  const all: Asked[] = [];
  const ask = ({ ids, maxCredits, deadlineMs, isDisputed }: What & { do: 'ask' }) => {
    const tab = createTab(maxCredits);
    const asker = createOperationAsker({
      ...{ clock, deadlineMs, tab, caller: 'someone', requestId: 'a request', lane: 'interactive' },
      hold: (endpoint) => {
        if (!asker.isWaiting()) wrong.push('who has left pays');
        return accounts.hold({ name: 'someone', monthlyCredits: null }, endpoint);
      },
      // All instances together find some accounts empty.
      claim: () => (isDisputed ? Promise.reject(refusal('BUDGET_EXHAUSTED')) : Promise.resolve()),
    });
    const outcomes: Asked['outcomes'] = ids.map((id) => ({ key: `k${id}` }));
    all.push({ asker, tab, outcomes });
    const asked = outcomes.map(async (outcome) => {
      [outcome.settled] = await Promise.allSettled([asking({ ...asks(outcome.key), asker })]);
    });
    void Promise.all(asked).then(asker.leave);
  };

  const pick = <T>(from: readonly T[], which: number): T | undefined => from[which % Math.max(1, from.length)];
  const take = <T>(from: T[], which: number): T | undefined => from.splice(which % Math.max(1, from.length), 1)[0];
  const act = async (what: What) => {
    switch (what.do) {
      case 'ask':
        ask(what);
        return;
      case 'leave':
        pick(all, what.nth)?.asker.leave();
        return;
      case 'pass':
        for (let count = 0; count < what.count; count++) take(held, what.nth)?.go();
        return;
      case 'stop':
        take(held, what.nth)?.stop(refusal('INTERNAL'));
        return;
      case 'send':
        take(line, what.nth)?.();
        return;
      case 'end':
        take(air, what.nth)?.(what);
        return;
      case 'wait':
        await clock.advance(what.ms);
    }
  };
  const keys = Array.from({ length: 30 }, (_, id) => `k${id}`);
  const isFlying = () => keys.some(flights.has);

  for (const { what, instants } of events) {
    await act(what);
    for (let instant = 0; instant < (instants ?? 0); instant++) await Promise.resolve();
    if (instants !== null) continue;
    await settled();
    for (const { asker, outcomes } of all) {
      if (!asker.isWaiting() && outcomes.some((outcome) => !outcome.settled))
        wrong.push('who has left is still waiting');
    }
  }
  await settled();
  for (let round = 0; round < 100 && isFlying(); round++) {
    for (const { go } of held.splice(0)) go();
    await settled();
    for (const go of line.splice(0)) go();
    await settled();
    for (const land of air.splice(0)) land({ do: 'end', nth: 0, how: 'answer' });
    await settled();
    if (held.length + line.length + air.length === 0 && isFlying()) await clock.advance(clock.nextInMs() ?? 0);
  }
  await settled();
  return { clock, wrong, accounts, all, charged, requests, isOver: !isFlying() };
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);

describe('whatever is asked, left, held up, sent, answered and refused, in whatever order', () => {
  it(
    'everybody is told its own answer or why there is none, a request carries at most ten and each once, ' +
      'what is at hand or under way is not bought, all credits are settled or given back, and nothing is left behind',
    async () => {
      const unheard: unknown[] = [];
      const listener = (reason: unknown) => unheard.push(reason);
      process.on('unhandledRejection', listener);
      await fc.assert(
        fc.asyncProperty(fc.array(event, { maxLength: 50, size: 'max' }), async (events) => {
          const { clock, wrong, accounts, all, charged, requests, isOver } = await happened(events);
          expect(wrong).toEqual([]);
          expect([isOver, clock.nextInMs()]).toEqual([true, undefined]);
          for (const { outcomes } of all) {
            for (const { key, settled: outcome } of outcomes) {
              if (outcome?.status === 'fulfilled') expect(outcome.value.data).toBe(key);
              else expect(outcome?.reason).toHaveProperty('code');
            }
            const own = outcomes.flatMap(({ settled: outcome }) =>
              outcome?.status === 'rejected' ? [outcome.reason as ShopgraphError] : [],
            );
            for (const code of ['DEADLINE_EXCEEDED', 'BUDGET_EXHAUSTED'])
              expect(new Set(own.filter((each) => each.code === code)).size).toBeLessThanOrEqual(1);
          }
          for (const { outcomes, tab } of all) {
            const isUnpaid = ({ settled: outcome }: (typeof outcomes)[number]) =>
              outcome?.status === 'rejected' && (outcome.reason as ShopgraphError).code === 'BUDGET_EXHAUSTED';
            expect(tab.receipt(0).budget.missing).toBe(Math.ceil(outcomes.filter(isUnpaid).length / MAX));
          }
          const receipts = all.map(({ tab }) => tab.receipt(0));
          const spent = receipts.map(({ credits }) => sum(Object.values(credits)));
          receipts.forEach(({ budget: { limit: most, remaining } }, index) => {
            expect(most - remaining).toBe(spent[index]);
            expect(remaining).toBeGreaterThanOrEqual(0);
          });
          expect(sum(spent)).toBe(charged);
          expect(sum(receipts.map(({ calls }) => calls))).toBe(requests);
          for (const { held: set, unsettled } of accounts.all()) expect([set, unsettled]).toEqual([0, 0]);
          expect(accounts.ofProvider('WINNING_HUNTER').used).toBe(charged);
        }),
        { numRuns: 800, interruptAfterTimeLimit: 4000 },
      );
      await settled();
      process.off('unhandledRejection', listener);
      expect(unheard).toEqual([]);
    },
  );
});
