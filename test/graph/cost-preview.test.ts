/** The price before: what it says of an operation, given what is held; that it buys nothing; and what it says of what is wrong. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hashOf } from '../../src/callers.ts';
import type { Verdict } from '../../src/dry-run.ts';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { documented, notable } from '../../src/sandbox/world.ts';
import { serve, type Served } from '../serve.ts';

const { shopId, productId, creatorId, videoId } = documented;
const dry = { 'x-shopgraph-dry-run': '1' };

let served: Served;
beforeEach(async () => {
  served = await serve();
});
afterEach(() => served[Symbol.asyncDispose]());

async function previewOf(query: string, variables = {}, headers = {}): Promise<Verdict> {
  const { data, errors, extensions, calls } = await served.ask(query, variables, { ...dry, ...headers });
  expect(errors).toBeUndefined();
  expect(data).toBeNull();
  expect(calls).toEqual([]);
  return (extensions as unknown as { cost: { estimated: Verdict } }).cost.estimated;
}

const products = (first: number, node: string) =>
  `{ shop(id: "${shopId}") { products(first: ${first}) { nodes { ${node} } } } }`;
const globalId = (type: string, id: string) => Buffer.from(`${type}:${id}`).toString('base64url');

describe('with nothing held', () => {
  const cases: [what: string, query: string, calls: [number, number], likely: number, variables?: object][] = [
    ['one call', `{ shop(id: "${shopId}") { totals { sales } } }`, [1, 1], 1],
    ['no facts, no price', `{ shop(id: "${shopId}") { shopId } viewer { name } __typename }`, [0, 0], 0],
    ['several who could tell', `{ product(id: "${productId}") { title } }`, [1, 3], 1],
    ['a list of which nothing is known', products(20, 'history { points { date } }'), [1, 22], 21],
    ['facts that ten share', products(20, 'reviewCount'), [1, 42], 3],
    ['a variable', 'query ($of: ID!) { video(id: $of) { metrics { views } } }', [1, 1], 1, { of: videoId }],
    [
      'nothing for what is skipped',
      `{ product(id: "${productId}") { title @skip(if: true) history { period } } }`,
      [1, 1],
      1,
    ],
    [
      'what is included',
      'query ($yes: Boolean!) { product(id: "1") { totals { sales } history @include(if: $yes) { period } } }',
      [2, 2],
      2,
      { yes: true },
    ],
    [
      'a fragment that is spread twice',
      `{ a: product(id: "${productId}") { ...F } b: product(id: "${productId}") { ...F } } fragment F on Product { history { period } }`,
      [1, 1],
      1,
    ],
    [
      'what is deferred',
      `{ shop(id: "${shopId}") { totals { sales } ... @defer { products(first: 1) { totalCount } } } }`,
      [2, 3],
      2,
    ],
    [
      'nodes of any type',
      `{ nodes(ids: ["${globalId('Product', productId)}", "${globalId('Creator', creatorId)}", "nonsense"]) { ... on Product { history { period } } ... on Creator { totals { sales } } } }`,
      [2, 2],
      2,
    ],
    [
      'what somebody else names',
      `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Product { history { period } } } }`,
      [2, 2],
      2,
      { of: ['1', '2', '1'].map((id) => ({ __typename: 'Product', productId: id })) },
    ],
    [
      'a product that is collected, looked for until it is there',
      '{ jdProduct(id: "100117219515") { ... on JdProduct { title } } }',
      [1, 33],
      1,
    ],
    ['a way back from a list', products(3, 'shop { totals { sales } }'), [1, 14], 4],
    [
      'the same by two names',
      `{ a: creator(id: "${creatorId}") { totals { sales } } b: node(id: "${globalId('Creator', creatorId)}") { ... on Creator { totals { sales } } } }`,
      [1, 1],
      1,
    ],
    ['an argument that is wrong', `{ shop(id: "${shopId}") { products(first: -1) { totalCount } } }`, [0, 0], 0],
  ];
  it.each(cases)('%s', async (_what, query, [min, max], likely, variables = {}) => {
    const told = await previewOf(query, variables);
    expect([told.calls.min, told.calls.max, told.likely.calls]).toEqual([min, max, likely]);
  });

  it('a subscription has the price of its field', async () => {
    const told = await previewOf('subscription { jdProduct(id: "100117219515") { __typename } }');
    expect(told.calls).toEqual({ min: 0, max: 33 });
    expect(told.credits).toEqual({ min: 0, max: 1 });
  });

  it('says who is asked for what, and after what', async () => {
    const { steps, providers } = await previewOf(products(20, 'image { url } history { period }'));
    expect(
      steps.map(({ number, endpoint, paths, fields, dependsOn }) => [number, endpoint, paths, fields, dependsOn]),
    ).toEqual([
      [1, 'shopProducts', ['shop'], ['products'], []],
      [2, 'productDetail', ['shop.products.nodes'], ['image'], [1]],
      [3, 'productDetail', ['shop.products.nodes'], ['image'], [1]],
      [4, 'productHistory', ['shop.products.nodes'], ['history'], [1]],
    ]);
    expect(providers).toEqual([
      { provider: 'WINNING_HUNTER', calls: { min: 1, max: 42 }, credits: { min: 1, max: 42 } },
      { provider: 'JUST_ONE_API', calls: { min: 0, max: 20 }, credits: { min: 0, max: 20 } },
    ]);
  });

  it('names each fan-out with the price of the fields that cause it', async () => {
    const { fanOuts } = await previewOf(products(20, 'image { url } profileSales history { period }'));
    expect(fanOuts).toEqual([
      {
        ...{ paths: ['shop.products.nodes'], provider: 'WINNING_HUNTER', endpoint: 'productDetail', objects: 20 },
        ...{ calls: 20, credits: 20 },
        // Each of the two alone would still take the same calls.
        fields: [
          { name: 'image', credits: 0 },
          { name: 'profileSales', credits: 0 },
        ],
      },
      {
        ...{ paths: ['shop.products.nodes'], provider: 'WINNING_HUNTER', endpoint: 'productHistory', objects: 20 },
        ...{ calls: 20, credits: 20, fields: [{ name: 'history', credits: 20 }] },
      },
    ]);
  });

  it('names all places of a fan-out, wherever its fields stand', async () => {
    const rows = 'nodes { title } edges { node { image { url } } }';
    const { fanOuts } = await previewOf(`{ shop(id: "${shopId}") { products(first: 5) { ${rows} } } }`);
    expect(fanOuts).toMatchObject([
      { paths: ['shop.products.nodes', 'shop.products.edges.node'], fields: [{ name: 'image', credits: 5 }] },
    ]);
  });

  it('blames no field for calls that a row makes needless, whether the row is held or not', async () => {
    // Whoever tells the description tells the title as well.
    const query = products(3, 'title description');
    const blamed = async () => {
      const { fanOuts } = await previewOf(query);
      return fanOuts.map(({ endpoint, credits, fields }) => [endpoint, credits, fields]);
    };
    const expected = [['productDetail', 3, [{ name: 'description', credits: 3 }]]];
    expect(await blamed()).toEqual(expected);
    await served.ask(products(3, 'title'));
    expect(await blamed()).toEqual(expected);
  });

  it('tells once what is alike at several places', async () => {
    const shop = '{ products(first: 5) { nodes { history { period } } } }';
    const alike = ['a', 'b'].map((name, index) => `${name}: shop(id: "${index + 1}") ${shop}`).join(' ');
    const { steps, fanOuts } = await previewOf(`{ ${alike} c: product(id: "1") { history { period } } }`);
    expect(
      steps.map(({ endpoint, paths, dependsOn, calls, likely }) => [endpoint, paths, dependsOn, calls, likely.calls]),
    ).toEqual([
      ['productHistory', ['c'], [], { min: 1, max: 1 }, 1],
      ['shopProducts', ['a', 'b'], [], { min: 2, max: 4 }, 2],
      ['productHistory', ['a.products.nodes', 'b.products.nodes'], [2], { min: 0, max: 10 }, 10],
    ]);
    expect(fanOuts).toMatchObject([{ paths: ['a.products.nodes', 'b.products.nodes'], objects: 10, calls: 10 }]);
  });

  it('proves the least by all sets of calls that would do', async () => {
    const { choices } = await previewOf(products(20, 'rating image { url }'));
    const names = ({ provider, endpoint }: { provider: string; endpoint: string }) => `${provider} ${endpoint}`;
    expect(choices).toMatchObject([{ type: 'Product', paths: ['shop.products.nodes'], nodes: 20 }]);
    expect(choices[0]!.sets.map(({ sources, calls, credits }) => [sources.map(names), calls, credits])).toEqual([
      [['WINNING_HUNTER productDetail'], 20, 20],
      [['JUST_ONE_API productDetail'], 20, 20],
    ]);
  });
});

describe('with some of it held', () => {
  it('is nothing once all is held, and says so step by step', async () => {
    const query = products(5, 'title rating history { points { date } }');
    await served.ask(query);
    const told = await previewOf(query);
    expect([told.calls, told.credits, told.likely]).toEqual([
      { min: 0, max: 0 },
      { min: 0, max: 0 },
      { calls: 0, credits: 0 },
    ]);
    const held = told.steps.map(({ endpoint, cache }) => [endpoint, cache.held, cache.absent]);
    expect(held).toContainEqual(['shopProducts', 1, 0]);
    expect(held).toContainEqual(['productHistory', 5, 0]);
  });

  it('is sure of what is missing below a list that is held', async () => {
    await served.ask(products(5, 'title history(period: LAST_7_DAYS) { period }'));
    expect((await previewOf(products(5, 'title history { period }'))).calls).toEqual({ min: 5, max: 5 });
    expect((await previewOf(products(7, 'title totals { sales }'))).calls).toEqual({ min: 7, max: 7 });
  });

  it('follows a link that a row tells', async () => {
    await served.ask(products(5, 'title'));
    expect((await previewOf(products(5, 'shop { totals { sales } }'))).calls).toEqual({ min: 1, max: 1 });
  });

  it('looks at others for those alone that nobody tells of whom it has', async () => {
    await served.ask(`{ product(id: "${productId}") { profileSales } }`);
    const ids = [productId, notable.frenchProductId].map((id) => globalId('Product', id));
    const told = await previewOf('query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Product { title } } }', { ids });
    expect(told.steps.map(({ endpoint, fields, cache }) => [endpoint, fields, cache.held, cache.absent])).toEqual([
      ['productDetail', ['title'], 1, 1],
      ['productDetail', ['title'], 0, 1],
      ['products', ['title'], 0, 1],
    ]);
    expect(told.calls).toEqual({ min: 1, max: 3 });
  });

  it('knows that whoever does not know an id will not be asked again', async () => {
    const query = '{ product(id: "1730204766200000001") { profileSales } }';
    await served.ask(query);
    expect((await previewOf(query)).calls).toEqual({ min: 0, max: 0 });
  });

  it('counts another who can tell what one has not collected', async () => {
    const query = `{ product(id: "${notable.uncollectedProductId}") { reviewCount } }`;
    expect((await previewOf(query)).calls).toEqual({ min: 1, max: 2 });
    const { calls } = await served.ask(query);
    expect(calls).toHaveLength(2);
  });

  it('counts what somebody is asking just now as coming', async () => {
    served.sandbox.set({ latencyMs: 300 });
    const query = `{ creator(id: "${creatorId}") { totals { sales } } }`;
    const asking = served.ask(query);
    await expect.poll(() => served.sandbox.calls.length).toBe(1);
    const { extensions } = await served.ask(query, {}, dry);
    const { estimated } = (extensions as unknown as { cost: { estimated: Verdict } }).cost;
    expect(estimated.calls).toEqual({ min: 0, max: 1 });
    expect(estimated.steps[0]!.cache).toEqual({ held: 0, coming: 1, absent: 0 });
    await asking;
  });

  it('finds what an earlier process has bought', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'shopgraph-'));
    const world = await startSandbox();
    const query = products(3, 'title history { period }');
    try {
      const first = await serve({ world, env: { DATA_DIR: folder } });
      await first.ask(query);
      await first[Symbol.asyncDispose]();
      await using second = await serve({ world, env: { DATA_DIR: folder } });
      const { extensions } = await second.ask(query, {}, dry);
      expect((extensions as unknown as { cost: { estimated: Verdict } }).cost.estimated.calls).toEqual({
        min: 0,
        max: 0,
      });
    } finally {
      await world.close();
      rmSync(folder, { recursive: true });
    }
  });
});

describe('the budget', () => {
  it('says what would stop the operation, and what might', async () => {
    const query = products(20, 'history { period }');
    expect((await previewOf(query)).budget).toEqual({ limit: 500, stops: [], mayStop: [] });
    expect((await previewOf(query, {}, { 'x-max-credits': '5' })).budget).toEqual({
      ...{ limit: 5, stops: [] },
      mayStop: ['This request may spend 5 credits.'],
    });
    expect((await previewOf(query, {}, { 'x-max-credits': '0' })).budget.stops).toEqual([
      'This request may spend 0 credits.',
    ]);
  });

  it('says what would have all of it refused', async () => {
    const ids = JSON.stringify(Array.from({ length: 101 }, (_, index) => String(index)));
    const { budget, calls } = await previewOf(`{ nodes(ids: ${ids}) { id } shop(id: "${shopId}") { name } }`);
    expect(budget.stops).toEqual(['`nodes`: At most 100 ids at once.']);
    expect(calls.min).toBe(0);
  });

  it('says of an operation that would be refused for its price that it would be', async () => {
    const periods = ['LAST_1_DAY', 'LAST_7_DAYS', 'LAST_30_DAYS', 'LAST_90_DAYS'];
    const fields = periods.flatMap((each) => [
      `t${each}: totals(period: ${each}) { sales }`,
      `h${each}: history(period: ${each}) { period }`,
    ]);
    const { budget, likely } = await previewOf(products(100, fields.join(' ')));
    expect(likely.credits).toBe(802);
    expect(budget.stops).toEqual(['It is estimated at 802 credits whatever is held, and one operation may take 500.']);
    expect(budget.mayStop).toEqual(['This request may spend 500 credits.']);
  });
});

describe('the request', () => {
  it('may be for parts or for events, and gets the price whole and in JSON', async () => {
    const deferred = `{ shop(id: "${shopId}") { ... @defer { name } } }`;
    const response = await fetch(`${served.origin}/graphql?query=${encodeURIComponent(deferred)}`, {
      headers: { accept: 'application/json', ...dry },
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('x-shopgraph-calls')).toBe('0');
    expect(await response.json()).toMatchObject({
      data: null,
      extensions: { cost: { calls: 0, estimated: { calls: { min: 1 } } } },
    });
  });

  it('is refused for what is wrong with it, as it is when it runs', async () => {
    for (const [query, message] of [
      ['{ nope }', 'Cannot query field "nope"'],
      ['query ($id: ID!) { shop(id: $id) { name } }', 'Variable "$id" of required type "ID!" was not provided.'],
    ]) {
      const { errors, calls } = await served.ask(query!, {}, dry);
      expect(errors).toMatchObject([
        { message: expect.stringContaining(message!) as string, extensions: { code: 'BAD_INPUT' } },
      ]);
      expect(calls).toEqual([]);
    }
  });

  it.each(['true', 'yes', '01', '2', '1, 1'])(
    'is refused with the value %j: who wants a price is not sold the answer',
    async (value) => {
      const { status, errors, calls } = await served.ask(
        `{ shop(id: "${shopId}") { name } }`,
        {},
        { 'x-shopgraph-dry-run': value },
      );
      expect([status, errors?.[0]?.extensions.code, calls]).toEqual([400, 'BAD_INPUT', []]);
    },
  );

  it('runs without the header, and with 0', async () => {
    const { data } = await served.ask(`{ shop(id: "${shopId}") { name } }`, {}, { 'x-shopgraph-dry-run': '0' });
    expect(data).toEqual({ shop: { name: 'Glow Beauty Co.' } });
  });

  const kinds = {
    query: `{ product(id: "${productId}") { title rating history { points { date } } } }`,
    defer: `{ product(id: "${productId}") { id ... @defer { title rating } } }`,
    subscription: 'subscription { jdProduct(id: "100117219515") { __typename } }',
    lookup: '{ jdProduct(id: "100117219515", waitMs: 0) { __typename ... on JdProduct { title } } }',
    entities: `{ _entities(representations: [{ __typename: "Product", productId: "${productId}" }, { __typename: "Nope" }, 3]) { ... on Product { title } } }`,
    books: '{ cost { calls } viewer { name } providerCredits { remaining } }',
  };
  const forms = [
    'application/json',
    'application/graphql-response+json',
    'multipart/mixed',
    'text/event-stream',
    '*/*',
    'image/png',
  ];
  it.each(Object.entries(kinds))('buys nothing, whatever is accepted, traced or not: %s', async (_what, query) => {
    for (const accept of forms) {
      for (const traced of [{}, { 'apollo-federation-include-trace': 'ftv1' }]) {
        const asked = {
          method: 'POST',
          headers: { 'content-type': 'application/json', accept, ...dry, ...traced },
          body: JSON.stringify({ query }),
        };
        const text = await (await fetch(`${served.origin}/graphql`, asked)).text();
        expect(text).not.toBe('');
        expect(text).not.toContain('INTERNAL');
      }
    }
    expect(served.sandbox.calls).toEqual([]);
  });
});

describe('where keys are needed', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'shopgraph-'));
  const CALLERS_FILE = path.join(folder, 'callers.json');
  const keys = { web: ['market'], books: ['market', 'credits'] };
  const callers = Object.entries(keys).map(([name, scopes]) => ({ name, keySha256: hashOf(name), scopes }));
  writeFileSync(CALLERS_FILE, JSON.stringify({ callers }));
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('tells how much is left with a provider only those who may see it', async () => {
    await using few = await serve({ env: { CALLERS_FILE, WINNINGHUNTER_MONTHLY_CREDITS: '5' } });
    const budgetFor = async (key: string) => {
      const { extensions } = await few.ask(products(20, 'history { period }'), {}, { ...dry, 'x-api-key': key });
      return (extensions as unknown as { cost: { estimated: Verdict } }).cost.estimated.budget;
    };
    const says = 'This server has too few credits left with WINNING_HUNTER.';
    expect(await budgetFor('books')).toMatchObject({ stops: [], mayStop: [says] });
    expect(await budgetFor('web')).toMatchObject({ stops: [], mayStop: [] });
  });
});

describe('costPreview', () => {
  const field =
    'query ($document: String!, $variables: JSONObject, $name: String) { costPreview(document: $document, variables: $variables, operationName: $name)';
  const ask = (
    document: string,
    variables: object | null = null,
    name: string | null = null,
    below = '{ calls { min max } likely { credits } budget { stops } }',
  ) => served.ask(`${field} ${below} }`, { document, variables, name });

  it('is the same price, as a field', async () => {
    const document = 'query A($of: ID!) { shop(id: $of) { totals { sales } } } query B { viewer { name } }';
    const { data, calls } = await ask(document, { of: shopId }, 'A');
    expect(data).toEqual({ costPreview: { calls: { min: 1, max: 1 }, likely: { credits: 1 }, budget: { stops: [] } } });
    expect(calls).toEqual([]);
    expect((await ask(document, null, 'B')).data.costPreview.calls).toEqual({ min: 0, max: 0 });
  });

  it('tells all that the header tells', async () => {
    const query = products(3, 'rating history { period }');
    const range = '{ min max }';
    const below = `{ calls ${range} credits ${range} likely { calls credits } providers { provider calls ${range} credits ${range} }
      budget { limit stops mayStop }
      steps { number provider endpoint paths fields dependsOn calls ${range} credits ${range} likely { calls credits } cache { held coming absent } }
      fanOuts { paths provider endpoint objects calls credits fields { name credits } }
      choices { type paths nodes facts { field toldBy { provider endpoint } } sets { calls credits sources { provider endpoint } } } }`;
    const { data } = await ask(query, null, null, below);
    expect(data.costPreview).toEqual(await previewOf(query));
  });

  it.each([
    ['{ nonsense }', 'Of the `document`: Cannot query field "nonsense" on type "Query". Did you mean "nodes"?'],
    ['{', 'Of the `document`: Syntax Error: Expected Name, found <EOF>.'],
    ['', 'Of the `document`: Syntax Error: Unexpected <EOF>.'],
    ['fragment F on Shop { name }', 'Of the `document`: Fragment "F" is never used.'],
    [
      'query A { viewer { name } } query B { viewer { name } }',
      'Of the `document`: It has several operations: say by `operationName` which one is meant.',
    ],
    [
      'query ($id: ID!) { shop(id: $id) { name } }',
      'Of the `document`: Variable "$id" of required type "ID!" was not provided.',
    ],
  ])('says what is wrong with %s', async (document, message) => {
    const { errors, calls } = await ask(document);
    expect(errors).toMatchObject([{ message, path: ['costPreview'], extensions: { code: 'BAD_INPUT' } }]);
    expect(calls).toEqual([]);
  });

  it('reads no larger document than a request may bring, and one in an operation', async () => {
    const { errors } = await ask(`{ ${'a: __typename '.repeat(600)} }`);
    expect(errors).toMatchObject([{ extensions: { code: 'LIMIT_EXCEEDED' } }]);
    const two = await served.ask(
      '{ a: costPreview(document: "{ __typename }") { calls { min } } b: costPreview(document: "{ __typename }") { calls { min } } }',
    );
    expect(two.errors).toMatchObject([{ path: ['b'], extensions: { code: 'LIMIT_EXCEEDED' } }]);
    expect(two.data.a).toEqual({ calls: { min: 0 } });
  });

  it('gives no hints of a schema that is not shown, in no part of an answer', async () => {
    await using secret = await serve({ env: { INTROSPECTION: 'off' } });
    const deferred = await fetch(`${secret.origin}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'multipart/mixed' },
      body: JSON.stringify({
        query: '{ ... @defer { costPreview(document: "{ shp(id: 1) { name } }") { calls { min } } } }',
      }),
    });
    const text = await deferred.text();
    expect(text).toContain('Cannot query field');
    expect(text).not.toContain('Did you mean');
    const { errors } = await secret.ask('{ costPreview(document: "{ shp(id: 1) { name } }") { calls { min } } }');
    expect(errors).toMatchObject([{ message: 'Of the `document`: Cannot query field "shp" on type "Query".' }]);
  });
});
