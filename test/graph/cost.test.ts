/** What operations cost, cold, by the sandbox's own log. A new N+1 is a red test here. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeCursor, listName } from '../../src/plan/cursor.ts';
import { documented } from '../../src/sandbox/world.ts';
import { serve, tally, type Served } from '../serve.ts';

const { shopId, productId, creatorId, videoId } = documented;

/** A cursor of the shop's default list, as a client may have kept it. */
function cursorAfter(rank: number): string {
  const question = { id: shopId, period: 30, sort: 'revenue', order: 'desc' };
  const list = listName(JSON.stringify(['WINNING_HUNTER', 'shopProducts', question]));
  return encodeCursor(list, { offset: rank - 1, pageSize: 50 });
}

const cases: { what: string; operation: string; calls: Record<string, number>; row?: number }[] = [
  {
    what: "a shop's profile and a list of row facts",
    operation: `{ shop(id: "${shopId}") { name rating products(first: 20) { edges { revenue { amount } sales node { productId title price { amount } } } } } }`,
    calls: { shopDetail: 1, shopProducts: 1 },
    row: 20,
  },
  {
    what: 'the list alone',
    operation: `{ shop(id: "${shopId}") { shopId products(first: 20) { totalCount edges { rank revenue { amount } node { title price { amount } } } } } }`,
    calls: { shopProducts: 1 },
    row: 20,
  },
  {
    what: 'a history for each of 20 products',
    operation: `{ shop(id: "${shopId}") { products(first: 20) { nodes { title history { points { date } } } } } }`,
    calls: { shopProducts: 1, productHistory: 20 },
    row: 20,
  },
  {
    what: 'a detail fact for each of 20 products',
    operation: `{ shop(id: "${shopId}") { products(first: 20) { nodes { title rating } } } }`,
    calls: { shopProducts: 1, productDetail: 20 },
    row: 0,
  },
  {
    what: 'several detail facts and the link to the shop',
    operation: `{ shop(id: "${shopId}") { products(first: 20) { nodes { title rating image { url } shop { shopId } } } } }`,
    calls: { shopProducts: 1, productDetail: 20 },
    row: 0,
  },
  {
    what: "the link to the shop from the shop's own list",
    operation: `{ shop(id: "${shopId}") { products(first: 20) { nodes { shop { shopId } } } } }`,
    calls: { shopProducts: 1 },
    row: 20,
  },
  {
    what: 'two aliases of one product',
    operation: `{ a: product(id: "${productId}") { title } b: product(id: "${productId}") { rating image { url } } }`,
    calls: { productDetail: 1 },
  },
  {
    what: 'a video with its metrics, its creator and its product',
    operation: `{ video(id: "${videoId}") { caption metrics { views } creator { totals { sales } } product { productId } } }`,
    calls: { video: 1, videoMetrics: 1, creatorTotals: 1 },
  },
  {
    what: 'the same totals under two names, and others',
    operation: `{ shop(id: "${shopId}") { a: totals { sales } b: totals(period: LAST_30_DAYS) { revenue { amount } } c: totals(period: LAST_7_DAYS) { sales } } }`,
    calls: { shopTotals: 2 },
  },
  {
    what: 'edges and nodes of one list, and the list once more under another name',
    operation: `{ shop(id: "${shopId}") { a: products(first: 5) { nodes { rating } edges { node { image { url } } } } b: products(first: 20) { totalCount nodes { title } } } }`,
    calls: { shopProducts: 1, productDetail: 5 },
  },
  {
    what: 'a product met in two lists',
    operation: `{ shop(id: "${shopId}") { products(first: 1) { nodes { productId rating } } } creator(id: "${creatorId}") { products(first: 1) { nodes { productId rating } } } }`,
    calls: { shopProducts: 1, creatorProducts: 1, productDetail: 1 },
  },
  {
    what: 'prices of products in two lists, of which one says them',
    operation: `{ creator(id: "${creatorId}") { products(first: 20) { nodes { title price { amount } } } } shop(id: "${shopId}") { products(first: 84) { nodes { price { amount } } } } }`,
    calls: { creatorProducts: 1, shopProducts: 2, productDetail: 9 },
  },
  {
    what: 'the same, the other list first',
    operation: `{ shop(id: "${shopId}") { products(first: 84) { nodes { price { amount } } } } creator(id: "${creatorId}") { products(first: 20) { nodes { title price { amount } } } } }`,
    calls: { creatorProducts: 1, shopProducts: 2, productDetail: 9 },
  },
  {
    what: 'suggestions, few and many, with and without the default market',
    operation: `{ a: suggestions(type: SHOP, query: "glow", first: 1) { id } b: suggestions(type: SHOP, query: " glow ") { id name } c: suggestions(type: SHOP, query: "glow", region: US) { id } }`,
    calls: { suggestions: 1 },
  },
  {
    what: "the way back to the shop from its market's list",
    operation: `{ shop(id: "${shopId}", region: US) { name products(first: 2) { nodes { rating shop { id name } } } } }`,
    calls: { shopDetail: 1, shopProducts: 1, productDetail: 2 },
  },
  {
    what: 'three windows of one list',
    operation: `{ shop(id: "${shopId}") { a: products(first: 10) { nodes { title } } b: products(first: 4, after: "${cursorAfter(48)}") { nodes { title } } c: products(first: 20, after: "${cursorAfter(60)}") { nodes { title } } } }`,
    calls: { shopProducts: 2 },
  },
  {
    what: 'an empty list that nobody counts',
    operation: `{ shop(id: "${shopId}") { products(first: 0) { nodes { title } } } }`,
    calls: {},
  },
  {
    what: 'only the count of a list',
    operation: `{ shop(id: "${shopId}") { products(first: 0) { totalCount } } }`,
    calls: { shopProducts: 1 },
  },
  { what: 'the id of a shop', operation: `{ shop(id: "${shopId}") { id shopId } }`, calls: {} },
  {
    what: 'fields behind @skip',
    operation: `{ shop(id: "${shopId}") { id name @skip(if: true) products(first: 3) @include(if: false) { totalCount } } }`,
    calls: {},
  },
];

describe('an operation costs, cold', () => {
  let served: Served;
  beforeEach(async () => {
    served = await serve({ only: ['winninghunter'] });
  });
  afterEach(async () => {
    await served[Symbol.asyncDispose]();
  });

  it.each(cases)('$what', async ({ operation, calls, row }) => {
    const answer = await served.ask(operation);
    expect(answer.errors).toBeUndefined();
    expect(tally(answer.calls)).toEqual(calls);
    const bought = Object.values(calls).reduce((sum, each) => sum + each, 0);
    expect(answer.extensions?.cost.calls).toBe(bought);
    expect(answer.extensions?.cost.credits).toEqual(bought > 0 ? { WINNING_HUNTER: bought } : {});
    expect(answer.headers.get('x-shopgraph-calls')).toBe(String(bought));
    expect(answer.headers.get('x-shopgraph-credits')).toBe(String(bought));
    if (row !== undefined) expect(answer.extensions?.cost.avoided.row).toBe(row);

    const again = await served.ask(operation);
    expect(again.calls).toEqual([]);
    expect(again.data).toEqual(answer.data);
  });
});
