/** `x-shopgraph-explain`: which call each value is from and what that took, by declared names alone; for who may know. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hashOf } from '../../src/callers.ts';
import type { Explanation } from '../../src/plan/explanation.ts';
import type { Receipt } from '../../src/plan/receipt.ts';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { documented } from '../../src/sandbox/world.ts';
import { serve, type Served, type Untyped } from '../serve.ts';

const { shopId, productId } = documented;
const explain = { 'x-shopgraph-explain': '1' };

let served: Served;
beforeEach(async () => {
  served = await serve();
});
afterEach(() => served[Symbol.asyncDispose]());

async function explained(query: string, by: Served = served): Promise<Explanation> {
  const { extensions } = await by.ask(query, {}, explain);
  return (extensions as unknown as { explain: Explanation }).explain;
}

const list = `{ shop(id: "${shopId}") { name products(first: 2) { nodes { title rating history { period } } } } }`;
const at = ({ fields }: Explanation, name: string) => fields.find((field) => field.path.join('.') === name);

describe('each value', () => {
  it('names the provider, the endpoint, the age, and what the call took', async () => {
    const told = await explained(list);
    expect(at(told, 'shop.products')).toEqual({
      ...{ path: ['shop', 'products'], provider: 'WINNING_HUNTER', endpoint: 'shopProducts' },
      ...{ cache: 'MISS', fetchedAt: expect.any(String) as string, ageSeconds: 0 },
      ...{ call: expect.any(Number) as number, queuedMs: expect.any(Number) as number, retries: 0, credits: 1 },
    });
    expect(at(told, 'shop.products.nodes.1.history')).toMatchObject({
      endpoint: 'productHistory',
      cache: 'MISS',
      credits: 1,
    });
    expect(told.fields.map((field) => field.path.join('.')).toSorted()).toEqual(
      [
        ...['shop.name', 'shop.products'],
        ...[0, 1].flatMap((row) => ['title', 'rating', 'history'].map((name) => `shop.products.nodes.${row}.${name}`)),
      ].toSorted(),
    );
    expect(told.omitted).toBe(0);
  });

  it('shares a call by its number, and its price is the price of the call', async () => {
    const { fields } = await explained(`{ product(id: "${productId}") { title rating image { url } profileSales } }`);
    expect(new Set(fields.map(({ call }) => call)).size).toBe(1);
    expect(fields.map(({ credits }) => credits)).toEqual([1, 1, 1, 1]);
  });

  it('is of a row, or held, where it was not bought', async () => {
    const rows = `{ shop(id: "${shopId}") { products(first: 1) { nodes { title } } } }`;
    const first = await explained(rows);
    expect(at(first, 'shop.products.nodes.0.title')).toMatchObject({ endpoint: 'shopProducts', cache: 'LIST_SEEDED' });
    expect(at(first, 'shop.products.nodes.0.title')).not.toHaveProperty('credits');
    const again = await explained(rows);
    expect(at(again, 'shop.products')).toMatchObject({ cache: 'FRESH', credits: 0 });
  });

  it('tells of retries, and of what failed', async () => {
    served.sandbox.fail({ provider: 'winninghunter', fault: 'bad-gateway', times: 1 });
    const told = await explained(`{ shop(id: "${shopId}") { totals { sales } } }`);
    expect(at(told, 'shop.totals')).toMatchObject({ retries: 1, credits: 1, cache: 'MISS' });
    served.sandbox.fail({ provider: 'winninghunter', fault: 'plan' });
    const failed = await explained(`{ shop(id: "${shopId}") { totals(period: LAST_7_DAYS) { sales } } }`);
    expect(at(failed, 'shop.totals')).toEqual({
      ...{ path: ['shop', 'totals'], provider: 'WINNING_HUNTER', endpoint: 'shopTotals' },
      error: expect.any(String) as string,
    });
  });

  it('says the same as provenance', async () => {
    const query = `{ shop(id: "${shopId}") { products(first: 3) { nodes { title rating reviewCount provenance { field provider endpoint cache } } } } }`;
    const { data, extensions } = await served.ask(query, {}, explain);
    const { fields } = (extensions as unknown as { explain: Explanation }).explain;
    const nodes = data.shop.products.nodes as { provenance: Untyped[] }[];
    for (const [row, { provenance }] of nodes.entries()) {
      for (const { field, ...said } of provenance) {
        expect(
          fields.find((each) => each.path.join('.') === `shop.products.nodes.${row}.${field as string}`),
        ).toMatchObject(said);
      }
    }
  });

  it('of what is deferred comes with the last part', async () => {
    const response = await fetch(`${served.origin}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'multipart/mixed', ...explain },
      body: JSON.stringify({ query: `{ shop(id: "${shopId}") { name ... @defer { totals { sales } } } }` }),
    });
    const parts = (await response.text())
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line));
    expect(parts.map((part) => part.extensions?.explain?.fields.length)).toEqual([undefined, 2]);
  });
});

it('accounts for every credit, also of what is looked for, asked twice, or unknown', async () => {
  const query = `{ a: jdProduct(id: "100117219515", waitMs: 60000) { ... on JdProduct { title } } b: jdProduct(id: "100117219515", waitMs: 60000) { ... on JdProduct { title } }
    product(id: "${productId}") { rating } unknown: product(id: "1729999999999999999") { profileSales } }`;
  const { extensions } = await served.ask(query, {}, explain);
  const { explain: told, cost } = extensions as unknown as { explain: Explanation; cost: Receipt };
  const spent = Object.values(cost.credits).reduce((sum, each) => sum + each, 0);
  expect(told.calls.reduce((sum, { credits }) => sum + credits, 0)).toBe(spent);
  expect(new Set(told.calls.map(({ call }) => call)).size).toBe(told.calls.length);
  expect(at(told, 'unknown.profileSales')).toMatchObject({ error: 'NOT_FOUND' });
});

it('names what was chosen among, and what was chosen', async () => {
  const { choices } = await explained(
    `{ shop(id: "${shopId}") { products(first: 12) { nodes { rating image { url } } } } }`,
  );
  const detail = { provider: 'WINNING_HUNTER', endpoint: 'productDetail' };
  const page = { provider: 'JUST_ONE_API', endpoint: 'productDetail' };
  const bulk = { provider: 'ECHOTIK', endpoint: 'products' };
  const isFree = false;
  expect(choices).toEqual([
    {
      ...{ round: 1, type: 'Product', nodes: 12 },
      facts: [
        { field: 'rating', toldBy: [detail, bulk, page].map((each) => ({ ...each, isFree })) },
        { field: 'image', toldBy: [detail, page].map((each) => ({ ...each, isFree })) },
      ],
      chosen: [detail],
    },
  ]);
});

it('tells no question, no value and no address', async () => {
  const told = JSON.stringify(await explained(list));
  for (const word of [shopId, productId, 'Glow', 'http', 'sandbox']) expect(told).not.toContain(word);
});

it('is not there where nobody asks for it', async () => {
  expect((await served.ask(list)).extensions).not.toHaveProperty('explain');
});

describe('where keys are needed', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'shopgraph-'));
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('takes the scope: without it nothing is bought', async () => {
    const CALLERS_FILE = path.join(folder, 'callers.json');
    const callers = [
      { name: 'web', keySha256: hashOf('web-key') },
      { name: 'analyst', keySha256: hashOf('analyst-key'), scopes: ['market', 'explain'] },
    ];
    writeFileSync(CALLERS_FILE, JSON.stringify({ callers }));
    const world = await startSandbox();
    try {
      await using closed = await serve({ world, env: { CALLERS_FILE } });
      const refused = await closed.ask(list, {}, { ...explain, 'x-api-key': 'web-key' });
      expect(refused).toMatchObject({ status: 403, calls: [], errors: [{ extensions: { code: 'FORBIDDEN' } }] });
      const told = await closed.ask(list, {}, { ...explain, 'x-api-key': 'analyst-key' });
      expect(told.extensions).toHaveProperty('explain.fields');
    } finally {
      await world.close();
    }
  });
});
