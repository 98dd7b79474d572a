/** The cold price of an operation is worked out anew for whatever it depends on. */
import { parse } from 'graphql';
import { expect, it } from 'vitest';
import { executableOf } from '../../../src/documents.ts';
import { schema } from '../../../src/graph/schema.ts';
import { coldPriceOf } from '../../../src/plan/price/cold-price.ts';
import type { Prices } from '../../../src/plan/price/estimate.ts';
import { productHistory } from '../../../src/providers/winninghunter/contract.ts';

const document = parse(
  'query ($first: Int!) { shop(id: "7493920192384910") { products(first: $first) { nodes { history { period } } } } }',
);
const everybody: Prices = { isAskable: () => true, pageMax: () => 50 };

function priceOf(first: number, prices: Prices = everybody) {
  const asked = executableOf(schema, document, { variables: { first } });
  if ('errors' in asked) throw asked.errors[0]!;
  return coldPriceOf(asked.executable, prices);
}

it('is remembered for the variables that were given last', () => {
  const before = priceOf(20);
  expect(before).toEqual({ credits: 21, parts: 0 });
  expect(priceOf(20)).toBe(before);
  expect(priceOf(60).credits).toBe(62);
  expect(priceOf(20)).toEqual(before);
});

it('is remembered for lists and objects in them, and worked out anew where one differs', () => {
  const entities = parse('query ($of: [_Any!]!) { _entities(representations: $of) { ... on Product { rating } } }');
  const price = (...of: readonly object[]) => {
    const asked = executableOf(schema, entities, { variables: { of } });
    if ('errors' in asked) throw asked.errors[0]!;
    return coldPriceOf(asked.executable, everybody);
  };
  const product = (productId: string, more: object = {}) => ({ __typename: 'Product', productId, ...more });
  const ten = Array.from({ length: 10 }, (_, index) => product(String(index)));
  const two = price(...ten, product('10'));
  expect(two.credits).toBe(2);
  expect(price(...ten, product('10'))).toBe(two);
  expect(price(...ten, product('9')).credits).toBe(1);
  expect(price(...ten, product('9', { toString: {} })).credits).toBe(2);
  expect(price(...ten, product('9')).credits).toBe(1);
  expect(price(...ten).credits).toBe(1);
  expect(price(...ten, product('10')).credits).toBe(2);
});

it('is forgotten when many others have been worked out since', () => {
  const before = priceOf(20);
  expect(priceOf(20)).toBe(before);
  for (let others = 0; others < 200; others++) {
    const asked = executableOf(schema, parse('{ shop(id: "7493920192384910") { name } }'));
    if ('errors' in asked) throw asked.errors[0]!;
    coldPriceOf(asked.executable, everybody);
  }
  expect(priceOf(20)).not.toBe(before);
  expect(priceOf(20)).toEqual(before);
});

it('is another for who may ask less, or where pages have turned out to be shorter', () => {
  expect(priceOf(20).credits).toBe(21);
  expect(priceOf(20, { ...everybody, pageMax: () => 10 }).credits).toBe(22);
  expect(priceOf(20, { ...everybody, isAskable: (endpoint) => endpoint !== productHistory }).credits).toBe(1);
  expect(priceOf(20).credits).toBe(21);
});

it('is nothing for what asks nothing, but for the parts it comes in', () => {
  const free = (text: string) => {
    const asked = executableOf(schema, parse(text), { variables: {} });
    if ('errors' in asked) throw asked.errors[0]!;
    return coldPriceOf(asked.executable, everybody);
  };
  expect(free('{ viewer { name } }')).toMatchObject({ credits: 0, parts: 0 });
  expect(free('{ __typename ... @defer { viewer { name } } }')).toEqual({ credits: 0, parts: 1 });
});
