/** Asks the main query twice over a sandbox of its own, and shows the answer and what each time cost. Run: npm run demo */
import { readFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readConfig } from '../src/config.ts';
import type { Receipt } from '../src/plan/receipt.ts';
import { createServer } from '../src/server.ts';
import type { ShopProductsHistoryQuery } from '../test/client/graphql.ts';

const OPERATION = new URL('../schema/operations/01-shop-products-history.graphql', import.meta.url);
const twoDecimals = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2 });

type Shop = NonNullable<ShopProductsHistoryQuery['shop']>;
type Edge = NonNullable<Shop['products']>['edges'][number];

interface Asked {
  readonly shop: Shop;
  readonly cost: Receipt;
  readonly tookMs: number;
}

try {
  await demo();
} catch (error) {
  console.error(`The demo failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

async function demo(): Promise<void> {
  const server = await createServer(readConfig({ SANDBOX: '1' }));
  const http = createHttpServer(server.listener);
  try {
    await new Promise<void>((resolve, reject) => http.once('error', reject).listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${String((http.address() as AddressInfo).port)}/graphql`;
    const query = await readFile(OPERATION, 'utf8');
    const cold = await ask(url, query);
    const warm = await ask(url, query);
    console.log([...shopLines(cold.shop), '', ...receiptLines(cold, warm)].join('\n'));
  } finally {
    http.closeAllConnections();
    http.close();
    await server.close();
  }
}

async function ask(url: string, query: string): Promise<Asked> {
  const startedAt = performance.now();
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  const { data, errors, extensions } = (await response.json()) as {
    data?: ShopProductsHistoryQuery | null;
    errors?: { message: string }[];
    extensions?: { cost: Receipt };
  };
  const tookMs = performance.now() - startedAt;
  if (errors) throw new Error(`the answer has errors:\n${errors.map(({ message }) => `  ${message}`).join('\n')}`);
  if (!data?.shop || !extensions) throw new Error('the answer has no shop, or no receipt');
  return { shop: data.shop, cost: extensions.cost, tookMs };
}

function shopLines({ name, rating, products }: Shop): string[] {
  const edges = products?.edges ?? [];
  const what = `${String(edges.length)} of ${String(products?.totalCount ?? '?')} products, by revenue of 30 days`;
  const head = `${'#'.padStart(2)}  ${'product'.padEnd(36)} ${'price'.padStart(7)} ${'revenue'.padStart(11)} ${'sales'.padStart(7)}  30 days`;
  return [`${name ?? '(no name)'}, rated ${String(rating ?? '-')}: ${what}`, '', head, ...edges.map(productLine)];
}

function productLine({ rank, revenue, sales, node }: Edge): string {
  const days = node.history?.points.map((point) => point.sales ?? 0) ?? [];
  return [
    String(rank).padStart(2) + ' ',
    fit(node.title ?? '(no title)', 36),
    money(node.price).padStart(7),
    money(revenue).padStart(11),
    String(sales ?? '-').padStart(7) + ' ',
    sparkline(days),
  ].join(' ');
}

function fit(text: string, width: number): string {
  return (text.length > width ? `${text.slice(0, width - 1)}…` : text).padEnd(width);
}

function money(said: { amount: string } | null): string {
  // It formats the digits themselves: no double comes between.
  return said ? twoDecimals.format(said.amount as `${number}`) : '-';
}

/** Each day from nothing to the best one. */
function sparkline(days: readonly number[]): string {
  const max = Math.max(1, ...days);
  return days.map((sales) => '▁▂▃▄▅▆▇█'.charAt(Math.round((7 * sales) / max))).join('');
}

function receiptLines(cold: Asked, warm: Asked): string[] {
  const columns = (what: string, first: string, second: string, why = '') =>
    `${what.padEnd(21)} ${first.padStart(6)} ${second.padStart(12)}   ${why}`.trimEnd();
  const row = (what: string, of: (asked: Asked) => number, why?: string) =>
    columns(what, of(cold).toFixed(0), of(warm).toFixed(0), why);
  const credits = ({ cost }: Asked) => Object.values(cost.credits).reduce((sum, each) => sum + each, 0);
  return [
    columns('receipt', 'cold', 'asked again'),
    row('upstream calls', ({ cost }) => cost.calls, 'the shop, one page of products, a history of each'),
    row('credits', credits),
    row('avoided by the cache', ({ cost }) => cost.avoided.cache, 'an earlier answer was still fresh'),
    row('avoided by list rows', ({ cost }) => cost.avoided.row, 'the page had told title and price already'),
    row('avoided by sharing', ({ cost }) => cost.avoided.coalesced, 'the same question was in the air'),
    row('milliseconds', ({ tookMs }) => tookMs),
    '',
    `cold ${String(cold.cost.calls)} calls, ${String(credits(cold))} credits; asked again: ${String(warm.cost.calls)} calls`,
  ];
}
