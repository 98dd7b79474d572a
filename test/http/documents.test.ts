/** How much a document may be: up to each limit it is read; beyond, it is refused with a code and the limit, and nothing is asked. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limits } from '../../src/limits.ts';
import { serve, type Served } from '../serve.ts';

let served: Served;
beforeAll(async () => {
  served = await serve();
});
afterAll(() => served[Symbol.asyncDispose]());

const repeat = (count: number, text: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => text(n)).join(' ');

/** That many fields, each inside of the one before. */
const nested = (depth: number): string =>
  ['shopId', 'logo { url }', 'products(first: 0) { pageInfo { hasNextPage } }'][depth - 1] ??
  `products(first: 0) { nodes { shop { ${nested(depth - 3)} } } }`;

/** Each a document that has just as much of it as is said, and what is said of more. */
const documents = {
  tokens: {
    of: (size: number) => `{ __typename @skip(if: [${'x '.repeat(size - 11)}]) }`,
    says: /2000 tokens/,
  },
  depth: { of: (size: number) => `{ shop(id: 1) { ${nested(size - 1)} } }`, says: /20 fields deep/ },
  fields: {
    of: (size: number) =>
      `{ ${repeat(Math.floor(size / 20), (n) => `s${n}: shop(id: 1) { ${'id '.repeat(19)} }`)} ${'__typename '.repeat(size % 20)} }`,
    says: /500 fields/,
  },
  aliases: { of: (size: number) => `{ ${repeat(size, (n) => `a${n}: __typename`)} }`, says: /100 aliases/ },
  directives: {
    of: (size: number) =>
      `{ ${repeat(size, (n) => `... @skip(if: true) { ${['', 'a: ', 'b: ', 'c: ', 'd: ', 'e: '][n % 6]!}__typename }`)} }`,
    says: /100 directives/,
  },
  sameName: { of: (size: number) => `{ ${'... { __typename } '.repeat(size)} }`, says: /20 times/ },
  characters: { of: (size: number) => `{ __typename } #${'x'.repeat(size - 16)}`, says: /20000 characters/ },
  operations: { of: (size: number) => repeat(size, (n) => `query Q${n} { __typename }`), says: /10 operations/ },
  fragments: {
    of: (size: number) => `{ __typename } ${repeat(size, (n) => `fragment F${n} on Query { __typename }`)}`,
    says: /30 fragments/,
  },
};

describe.each(Object.entries(documents))('the limit of %s', (name, { of, says }) => {
  const limit = limits[name as keyof typeof documents];

  it('is not passed by a document that reaches it', async () => {
    const { errors = [] } = await served.ask(of(limit));
    expect(errors.filter(({ extensions }) => extensions.code === 'LIMIT_EXCEEDED')).toEqual([]);
  });

  it('refuses one that goes beyond it', async () => {
    const { errors, calls } = await served.ask(of(limit + 1));
    expect(errors).toMatchObject([{ extensions: { code: 'LIMIT_EXCEEDED', retryable: false } }]);
    expect(errors?.[0]?.message).toMatch(says);
    expect(calls).toEqual([]);
  });
});

describe('what counts', () => {
  it.each([
    [
      'a fragment wherever it is spread',
      `{ ${'...F '.repeat(9)} } fragment F on Query { ${repeat(12, (n) => `a${n}: __typename`)} }`,
    ],
    [
      'what fragments of fragments bring',
      `{ ...A ...A } fragment A on Query { ...B ...B } fragment B on Query { ${'__typename '.repeat(13)} }`,
    ],
    [
      'a name, whichever fragment selects it',
      `{ ${repeat(51, (n) => `...F${n}`)} } ${repeat(51, (n) => `fragment F${n} on Query { __typename }`)}`,
    ],
    ['a fragment that nothing spreads', `{ __typename } fragment A on Query { ${'__typename '.repeat(51)} }`],
    ['lists in lists', `{ shop(id: ${'['.repeat(990)}1${']'.repeat(990)}) { shopId } }`],
  ])('%s', async (_what, document) => {
    const { errors, calls } = await served.ask(document);
    expect(errors?.[0]?.extensions.code).toMatch(/LIMIT_EXCEEDED|BAD_INPUT/);
    expect(calls).toEqual([]);
  });

  it('each fragment once: they are measured in no more time than they take to read', async () => {
    const fragments = repeat(120, (n) => `fragment F${n} on Query { ...F${n + 1} ...F${n + 1} }`);
    const startedAt = performance.now();
    const { errors } = await served.ask(`{ ...F0 } ${fragments} fragment F120 on Query { __typename }`);
    expect(errors?.[0]?.extensions.code).toBe('LIMIT_EXCEEDED');
    expect(performance.now() - startedAt).toBeLessThan(1000);
  });

  it('a circle of fragments is refused as GraphQL refuses it', async () => {
    const { errors } = await served.ask('{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }');
    expect(errors?.[0]?.extensions.code).toBe('BAD_INPUT');
  });
});
