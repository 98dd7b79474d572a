/** Guards the loaders: within one request a question is asked once, and what came of it is remembered, a failure too. */
import { expect, it } from 'vitest';
import { createLoad } from '../../src/loaders.ts';
import { shopProducts, shopTotals } from '../../src/providers/winninghunter/contract.ts';
import { createQuestions } from '../../src/questions.ts';
import { cache } from '../../src/upstream/cache.ts';
import { coalesce } from '../../src/upstream/coalesce.ts';
import { pipeline, type Ask, type Call } from '../../src/upstream/pipeline.ts';
import { anAnswer, anAsker, ending, failureOf, held, refusal } from './calls.ts';
import { fakeClock } from './clock.ts';

/** What these tests have no use of. */
const rest = {
  questionOf: createQuestions(),
  within: (ask: Ask, call: Call) => ask(call),
  peek: () => undefined,
  coming: () => false,
  recall: () => Promise.resolve(),
  refusal: () => null,
  late: () => new Promise<undefined>(() => undefined),
};
const during = <Result>(work: Promise<Result>) => work;
const id = '7493920192384910';

it('a question asked many times in one request is one call, at once or later; the rest is told as spared', async () => {
  const { ask, calls } = ending(() => anAnswer('totals'));
  const asker = anAsker();
  const load = createLoad({ ask, ...rest }, asker, during);
  const atOnce = await Promise.all([load(shopTotals, { id, period: 30 }), load(shopTotals, { id, period: 30 })]);
  const later = await load(shopTotals, { id, period: 30 });
  expect([...atOnce, later].map(({ data }) => data)).toEqual(['totals', 'totals', 'totals']);
  expect(calls.length).toBe(1);
  expect(asker.told).toEqual(['avoided coalesced', 'avoided coalesced']);
});

it('the call carries the endpoint, the parsed params and the asker of the request', async () => {
  const { ask, calls } = ending(() => anAnswer());
  const asker = anAsker();
  await createLoad({ ask, ...rest }, asker, during)(shopTotals, { id: 7493920192384910, period: 7 });
  expect(calls).toMatchObject([{ params: { id, period: 7 } }]);
  expect(calls[0]?.endpoint).toBe(shopTotals);
  expect(calls[0]?.asker).toBe(asker);
});

it('the order of the params does not make another question, nor does an id without quotes', async () => {
  const { ask, calls } = ending(() => anAnswer());
  const load = createLoad({ ask, ...rest }, anAsker(), during);
  await load(shopProducts, { id, period: 30, sort: 'revenue', order: 'desc', page: 1, limit: 20 });
  await load(shopProducts, { limit: 20, page: 1, order: 'desc', sort: 'revenue', period: 30, id: 7493920192384910 });
  expect(calls.length).toBe(1);
});

it('another value of any param is another question', async () => {
  const { ask, calls } = ending(() => anAnswer());
  const load = createLoad({ ask, ...rest }, anAsker(), during);
  const params = { id, period: 30, sort: 'revenue', order: 'desc', page: 1, limit: 20 } as const;
  await load(shopProducts, params);
  await load(shopProducts, { ...params, id: '1' });
  await load(shopProducts, { ...params, period: 7 });
  await load(shopProducts, { ...params, sort: 'sales' });
  await load(shopProducts, { ...params, order: 'asc' });
  await load(shopProducts, { ...params, page: 2 });
  await load(shopProducts, { ...params, limit: 50 });
  await load(shopTotals, { id, period: 30 });
  expect(calls.length).toBe(8);
  expect(new Set(calls.map(({ key }) => key)).size).toBe(8);
});

it('a failure is remembered: asking again in the request gives the same error and no second call', async () => {
  const error = refusal('UPSTREAM_UNAVAILABLE');
  const { ask, calls } = ending(() => error);
  const load = createLoad({ ask, ...rest }, anAsker(), during);
  expect(await failureOf(load(shopTotals, { id, period: 30 }))).toBe(error);
  expect(await failureOf(load(shopTotals, { id, period: 30 }))).toBe(error);
  expect(calls.length).toBe(1);
});

it('another request asks anew', async () => {
  const { ask, calls } = ending((nth) => (nth === 1 ? refusal('UPSTREAM_UNAVAILABLE') : anAnswer('better')));
  await failureOf(createLoad({ ask, ...rest }, anAsker(), during)(shopTotals, { id, period: 30 }));
  const again = await createLoad({ ask, ...rest }, anAsker(), during)(shopTotals, { id, period: 30 });
  expect(again.data).toBe('better');
  expect(calls.length).toBe(2);
});

it('an id that the provider does not know is null, once', async () => {
  const { ask, calls } = ending(() => ({ data: null, fetchedAt: 5, bytes: 4 }));
  const load = createLoad({ ask, ...rest }, anAsker(), during);
  expect(await load(shopTotals, { id, period: 30 })).toMatchObject({ data: null, fetchedAt: 5 });
  await load(shopTotals, { id, period: 30 });
  expect(calls.length).toBe(1);
});

it('`free` is true for what was asked in this request, is in the air for another, or is fresh in the cache; else false', async () => {
  const clock = fakeClock();
  const flight = held();
  const answers = cache({ clock, bytesMax: 6000, onLook: () => undefined });
  const flights = coalesce();
  const { ask, calls } = ending(() => flight.promise);
  const upstream = {
    ...rest,
    ask: pipeline(answers.look, flights.step, answers.keep, ask),
    peek: answers.peek,
    coming: flights.has,
  };
  const [mine, other] = [anAsker(), anAsker()];
  const load = createLoad(upstream, mine, during);
  const loadOfAnother = createLoad(upstream, other, during);
  const question = { id, period: 30 } as const;

  expect(load.free(shopTotals, question)).toBe(false);
  const pending = load(shopTotals, question);
  expect(load.free(shopTotals, question)).toBe(true);
  await Promise.resolve();
  await clock.advance(0);
  expect(loadOfAnother.free(shopTotals, { period: 30, id })).toBe(true);
  expect(loadOfAnother.free(shopTotals, { id, period: 7 })).toBe(false);

  flight.answer(anAnswer());
  await pending;
  expect(loadOfAnother.free(shopTotals, question)).toBe(true);
  await clock.advance(30 * 86_400_000);
  expect(loadOfAnother.free(shopTotals, question)).toBe(false);
  expect(load.free(shopTotals, question)).toBe(true);
  expect(calls.length).toBe(1);
  expect([...mine.told, ...other.told]).toEqual([]);
});

it('everything that is waited for is told, answers, failures and what is brought into reach, and passed on as it is', async () => {
  const { ask } = ending((nth) => (nth === 1 ? anAnswer('totals') : refusal('UPSTREAM_UNAVAILABLE')));
  const works: Promise<unknown>[] = [];
  const load = createLoad({ ask, ...rest }, anAsker(), (work) => {
    works.push(work);
    return work;
  });
  const outcomes = [
    load(shopTotals, { id, period: 30 }),
    load(shopTotals, { id, period: 7 }),
    load.warm(shopTotals, [{ id: '1', period: 30 }]),
  ];
  expect(works).toEqual(outcomes);
  expect((await Promise.allSettled(works)).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
});

it('where nothing is kept beyond memory, what is at hand is told at once', () => {
  const { ask } = ending(() => anAnswer());
  const answer = { data: 'totals', fetchedAt: 0, bytes: 1 };
  const peek = (key: string) => (key.includes('"period":30') ? answer : undefined);
  const load = createLoad({ ask, ...rest, peek, recall: null }, anAsker(), during);
  const questions = [
    { id, period: 30 },
    { id, period: 7 },
  ] as const;
  expect(load.warm(shopTotals, questions)).toEqual([true, false]);
  expect(load.look(shopTotals, questions)).toMatchObject([{ held: answer }, { held: undefined }]);
});
