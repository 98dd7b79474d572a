/** The price before: what would cost too much is refused before any call, and what is allowed is not overestimated. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { getOperationAST, getVariableValues, Kind, parse, type FragmentDefinitionNode } from 'graphql';
import { describe, expect, it } from 'vitest';
import { schema } from '../../src/graph/schema.ts';
import { estimate } from '../../src/plan/price/estimate.ts';
import { documented } from '../../src/sandbox/world.ts';
import { serve } from '../serve.ts';

const { shopId, productId } = documented;

function priceOf(
  text: string,
  variables: Record<string, unknown> = {},
  isAskable: (provider: string) => boolean = () => true,
) {
  const document = parse(text);
  const operation = getOperationAST(document)!;
  const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], variables);
  const fragments = document.definitions.filter((each) => each.kind === Kind.FRAGMENT_DEFINITION);
  return estimate(
    {
      schema,
      operation,
      fragments: Object.fromEntries(fragments.map((each): [string, FragmentDefinitionNode] => [each.name.value, each])),
      variableValues: coerced!,
    },
    { isAskable: ({ provider }) => isAskable(provider), pageMax: () => 50 },
  );
}

const product = (n: number) => ({ __typename: 'Product', productId: String(1_729_384_756_000_000 + n) });

describe('the estimate', () => {
  it.each([
    ['a fact of a row in hand is free', '{ shop(id: 1) { products(first: 100) { nodes { title } } } }', 2],
    ['a page has up to 50 rows', '{ shop(id: 1) { products(first: 51) { pageInfo { hasNextPage } } } }', 2],
    ['a detail of each row', '{ shop(id: 1) { products(first: 100) { nodes { image { url } } } } }', 102],
    ['facts that ten share', '{ shop(id: 1) { products(first: 100) { nodes { rating } } } }', 12],
    [
      'one purchase for nodes and edges',
      '{ shop(id: 1) { products(first: 10) { nodes { image { url } } edges { node { rating } } } } }',
      11,
    ],
    [
      'periods are questions of their own',
      '{ product(id: 1) { a: totals(period: LAST_7_DAYS) { sales } b: totals { sales } c: totals { revenue { amount } } } }',
      2,
    ],
    [
      'aliases of one list are one page each at most',
      '{ shop(id: 1) { a: products(first: 5) { totalCount } b: products(first: 5) { totalCount } } }',
      1,
    ],
    [
      'lists that differ by more than their window are lists of their own',
      '{ shop(id: 1) { a: products(first: 5) { totalCount } b: products(first: 60, period: LAST_7_DAYS) { totalCount } } }',
      3,
    ],
    [
      'an interface costs what its dearest type does',
      '{ nodes(ids: ["a", "b", "b"]) { ... on Product { image { url } history { period } } ... on Shop { name } } }',
      4,
    ],
    ['nothing for what is skipped', '{ product(id: 1) { title @skip(if: true) } }', 0],
    [
      'an unknown argument is told by whoever executes it',
      '{ shop(id: 1) { products(first: $nope) { totalCount } } }',
      1,
    ],
    ['no facts, no price', '{ viewer { name } cost { calls } __typename }', 0],
  ])('%s', (_what, text, credits) => {
    expect(priceOf(text).credits).toBe(credits);
  });

  it('of entities is that of the different ones, by type', () => {
    const text =
      'query ($of: [_Any!]!) { _entities(representations: $of) { ... on Product { image { url } } ... on Shop { name } } }';
    const of = [product(1), product(2), product(1), { __typename: 'Shop', shopId: '1' }, 'nonsense'];
    expect(priceOf(text, { of }).credits).toBe(3);
  });

  it('counts nobody who cannot be asked', () => {
    const text = '{ shop(id: 1) { name products(first: 100) { nodes { rating } } } }';
    expect(priceOf(text, {}, (provider) => provider === 'WINNING_HUNTER').credits).toBe(103);
    expect(priceOf(text, {}, () => false).credits).toBe(0);
  });

  it('counts the parts that an answer comes in', () => {
    expect(
      priceOf(
        '{ shop(id: 1) { ... @defer { name } products(first: 30) { nodes @stream { title ...F @defer } } } } fragment F on Product { rating ... @defer { image { url } } }',
      ).parts,
    ).toBe(1 + 30 + 30 * 2);
  });

  const folder = path.join(import.meta.dirname, '../../schema/operations');
  it.each(readdirSync(folder))('of the example %s is what it costs cold', (file) => {
    const text = readFileSync(path.join(folder, file), 'utf8');
    const cold = Number(/^# Cold: (\d+)/m.exec(text)?.[1]);
    // A look at JD's task is a call that is free.
    const looks = text.includes('JD') && text.includes('look at it') ? 1 : 0;
    expect(priceOf(text).credits).toBe(cold - looks);
  });
});

describe('an operation', () => {
  const many = (shops: number) =>
    `{ ${Array.from({ length: shops }, (_, n) => `s${n}: shop(id: ${n + 1}) { products(first: 100) { nodes { image { url } history { period } } } }`).join(' ')} }`;

  it('that is made to cost 10,000 credits is refused before any call, with its price and the limit', async () => {
    await using served = await serve();
    const { errors, calls } = await served.ask(many(50));
    expect(errors).toMatchObject([
      { extensions: { code: 'COST_TOO_HIGH', retryable: false, creditsEstimated: 10100 } },
    ]);
    expect(errors?.[0]?.message).toMatch(/10100 credits.* may take 500/);
    expect(calls).toEqual([]);
  });

  it.each([
    [
      'lists in lists',
      `{ shop(id: ${shopId}) { products(first: 100) { nodes { shop { products(first: 100) { nodes { image { url } } } } } } } }`,
    ],
    [
      'in fragments',
      `{ shop(id: ${shopId}) { ...A } } fragment A on Shop { products(first: 100) { nodes { ...B } } } fragment B on Product { image { url } shop { products(first: 100) { nodes { rating } } } }`,
    ],
    [
      'under @defer',
      `{ ... @defer(if: false) { shop(id: ${shopId}) { products(first: 100) { nodes { image { url } shop { products(first: 100) { nodes { image { url } } } } } } } } }`,
    ],
  ])('of the same price, by %s, likewise', async (_what, text) => {
    await using served = await serve();
    const { errors, calls } = await served.ask(text);
    expect(errors).toMatchObject([{ extensions: { code: 'COST_TOO_HIGH' } }]);
    expect(calls).toEqual([]);
  });

  it('by variables, and of entities, likewise', async () => {
    await using served = await serve();
    const list = `query ($first: Int!) { shop(id: ${shopId}) { products(first: $first) { nodes { image { url } shop { name } history { period } totals { sales } a: history(period: LAST_7_DAYS) { period } b: history(period: LAST_90_DAYS) { period } } } } }`;
    expect((await served.ask(list, { first: 100 })).errors).toMatchObject([{ extensions: { code: 'COST_TOO_HIGH' } }]);
    const entities = 'query ($of: [_Any!]!) { _entities(representations: $of) { ... on Product { image { url } } } }';
    const of = Array.from({ length: 501 }, (_, n) => product(n));
    expect((await served.ask(entities, { of })).errors).toMatchObject([
      { extensions: { code: 'COST_TOO_HIGH', creditsEstimated: 501 } },
    ]);
    expect(served.sandbox.calls).toEqual([]);
    expect((await served.ask(list, { first: 2 })).errors).toBeUndefined();
  });

  it('may cost as much as the server allows', async () => {
    await using served = await serve({ env: { MAX_CREDITS_PER_OPERATION: '3' } });
    const two = `{ product(id: ${productId}) { image { url } history { period } totals { sales } } }`;
    expect((await served.ask(two)).errors).toBeUndefined();
    const four = `{ product(id: ${productId}) { image { url } history { period } totals { sales } a: totals(period: LAST_7_DAYS) { sales } } }`;
    expect((await served.ask(four)).errors).toMatchObject([
      { extensions: { code: 'COST_TOO_HIGH', creditsEstimated: 4 } },
    ]);
  });

  it('that would come in more parts than anybody reads is refused', async () => {
    await using served = await serve();
    const fragments = '...F @defer '.repeat(6);
    const text = `{ shop(id: ${shopId}) { products(first: 100) { nodes { ${fragments} } } } } fragment F on Product { title }`;
    const response = await fetch(`${served.origin}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'multipart/mixed, application/json' },
      body: JSON.stringify({ query: text }),
    });
    expect(await response.text()).toMatch(/600 parts, and may in 500.*LIMIT_EXCEEDED/);
    expect(served.sandbox.calls).toEqual([]);
  });
});
