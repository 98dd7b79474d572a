/** Questions are checked and given their keys once, however often they come, and never taken for one another. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import * as z from 'zod';
import { shopTotals } from '../src/providers/winninghunter/contract.ts';
import type { Endpoint } from '../src/providers/provider.ts';
import { createQuestions } from '../src/questions.ts';

const id = '7493920192384910';
const keyOf = (endpoint: Endpoint, asked: object) =>
  `${endpoint.provider} ${endpoint.name} ${JSON.stringify(endpoint.params.parse(asked))}`;

it('a question that comes again is the same one, in whatever order it is put', () => {
  const questionOf = createQuestions();
  const first = questionOf(shopTotals, { id, period: 7 });
  expect(first).toMatchObject({ params: { id, period: 7 }, key: keyOf(shopTotals, { id, period: 7 }) });
  expect(questionOf(shopTotals, { id, period: 7 })).toBe(first);
  expect(questionOf(shopTotals, { period: 7, id }).key).toBe(first.key);
  expect(Object.isFrozen(first.params)).toBe(true);
});

it('none is taken for another, whichever came before and however few are remembered', () => {
  const params = z.object({ id: z.string(), market: z.string().optional(), page: z.number().default(1) });
  const endpoints = ['one', 'other'].map((name) => ({ ...shopTotals, name, params }));
  const asked = fc.record(
    {
      id: fc.constantFrom('1', '2'),
      market: fc.constantFrom('1', undefined),
      page: fc.constantFrom(1, 2, undefined),
    },
    { requiredKeys: ['id'] },
  );
  const question = fc.tuple(fc.constantFrom(...endpoints), asked);
  fc.assert(
    fc.property(fc.array(question, { maxLength: 60 }), fc.constantFrom(1, 5, 1000), (all, rememberedMax) => {
      const questionOf = createQuestions(rememberedMax);
      for (const [endpoint, each] of all) {
        const found = questionOf(endpoint, each);
        expect([found.key, found.params]).toEqual([keyOf(endpoint, each), params.parse(each)]);
      }
    }),
    { numRuns: 1000 },
  );
});

it('what the caller changes afterwards changes no question, and a wrong one is refused each time', () => {
  const questionOf = createQuestions();
  const asked = { id, period: 7 };
  questionOf(shopTotals, asked);
  asked.period = 30;
  expect(questionOf(shopTotals, asked).params).toEqual({ id, period: 30 });
  for (let times = 0; times < 2; times++) expect(() => questionOf(shopTotals, { id: '' })).toThrow(z.ZodError);
});

it('one of many words is not remembered', () => {
  const questionOf = createQuestions();
  const endpoint = { ...shopTotals, params: z.object({ words: z.string() }) };
  const [few, many] = ['word', 'word '.repeat(100)];
  expect(questionOf(endpoint, { words: few })).toBe(questionOf(endpoint, { words: few }));
  expect(questionOf(endpoint, { words: many })).not.toBe(questionOf(endpoint, { words: many }));
});

it('one with a list in it is read anew each time', () => {
  const questionOf = createQuestions();
  const endpoint = { ...shopTotals, params: z.object({ ids: z.array(z.string()) }) };
  const ids = ['1'];
  questionOf(endpoint, { ids });
  ids.push('2');
  expect(questionOf(endpoint, { ids }).params).toEqual({ ids: ['1', '2'] });
});
