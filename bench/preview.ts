/**
 * How long it takes to tell what an operation would cost, for the largest that a server takes: with nothing held, and with
 * all of it held in memory. Adds its table to the results, or replaces it there. Run: npm run bench:preview
 */
import { Pool } from 'undici';
import { makeWorld } from '../src/sandbox/world.ts';
import { startServer } from './child.ts';
import { ask, quantile, type Request } from './load.ts';
import { writeSection } from './results.ts';

const REPEATS = 1000;
/** Code that has not run yet is slow. */
const UNCOUNTED = 1000;
const P99_MS_MAX = 5;
const RUN_MS_MAX = 240_000;

interface Operation {
  readonly what: string;
  readonly query: string;
  readonly variables?: object;
}

const world = makeWorld();
const products = [...world.products.keys()];
const shops = [...world.shops.keys()];
const creators = [...world.creators.keys()].slice(0, 10);
const globalId = (id: string) => Buffer.from(`Product:${id}`).toString('base64url');
const times = (count: number, text: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => text(index)).join(' ');
const nested = (depth: number): string =>
  depth === 0 ? 'name' : `products(first: 2) { nodes { title rating shop { ${nested(depth - 1)} } } }`;

const operations: readonly Operation[] = [
  {
    what: '100 nodes, all groups of facts (400 credits)',
    query: `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Product { title price { amount } rating reviewCount image { url } description
      shop { shopId } totals { sales } history { points { date sales } } } } }`,
    variables: { ids: products.slice(0, 100).map(globalId) },
  },
  {
    what: '10 lists of 100 rows, with a fact that ten share',
    query: `{ ${times(creators.length, (index) => `c${index}: creator(id: "${creators[index]!}") { products(first: 100) { nodes { title rating } } }`)} }`,
  },
  {
    what: '80 aliases, 500 fields',
    query: `{ ${times(80, (index) => `p${index}: product(id: "${products[index]!}") { title rating image { url } description }`)} }`,
  },
  {
    what: '100 aliases',
    query: `{ ${times(100, (index) => `p${index}: product(id: "${products[index]!}") { title rating price { amount } }`)} }`,
  },
  {
    what: '15 shops, 4 lists of 100 rows each',
    query: `{ ${times(60, (index) => `s${index}: shop(id: "${shops[index % shops.length]!}") { products(first: 100) { nodes { title } } }`)} }`,
  },
  {
    what: '15 shops, 10 rows each, all facts by fragments',
    query: `{ ${times(shops.slice(0, 15).length, (index) => `s${index}: shop(id: "${shops[index]!}") { ...S }`)} }
      fragment S on Shop { name totals { sales } products(first: 10) { nodes { ...P } } }
      fragment P on Product { title rating price { amount } image { url } description shop { name } totals { sales } }`,
  },
  { what: '19 fields deep', query: `{ shop(id: "${[...world.shops.keys()][0]!}") { ${nested(5)} } }` },
  {
    what: '1,000 entities for a router (100 credits)',
    query: 'query ($of: [_Any!]!) { _entities(representations: $of) { ... on Product { rating } } }',
    variables: {
      of: times(1000, String)
        .split(' ')
        .map((index) => ({ __typename: 'Product', productId: String(1_729_384_756_000_000 + Number(index)) })),
    },
  },
];

await using served = await startServer();
// A run that hangs is no result.
setTimeout(() => process.exit(1), RUN_MS_MAX).unref();
const server = new Pool(served.origin, { connections: 1 });
try {
  const trivial = await measure({ what: '', query: '{ __typename }' }, {});
  const lines: string[] = [];
  let slowest = 0;
  for (const operation of operations) {
    const cold = await measure(operation, { 'x-shopgraph-dry-run': '1' });
    const run = await measure(operation, {}, 20);
    const warm = await measure(operation, { 'x-shopgraph-dry-run': '1' });
    slowest = Math.max(slowest, warm.p99);
    lines.push(
      `| ${[operation.what, ...[cold, warm, run].flatMap(({ p50, p99 }) => [p50.toFixed(1), p99.toFixed(1)])].join(' | ')} |`,
    );
  }
  const section = report(lines, trivial, slowest);
  console.log(section);
  writeSection(section);
  if (slowest > P99_MS_MAX) process.exitCode = 1;
} finally {
  await server.destroy();
}

interface Quantiles {
  readonly p50: number;
  readonly p99: number;
}

async function measure(
  { query, variables }: Operation,
  headers: Record<string, string>,
  repeats = REPEATS,
): Promise<Quantiles> {
  const request: Request = { method: 'POST', path: '/graphql', body: JSON.stringify({ query, variables }), headers };
  const tookMs: number[] = [];
  const uncounted = Math.min(UNCOUNTED, repeats);
  for (let round = 0; round < uncounted + repeats; round++) {
    const startedAt = performance.now();
    await ask(server, request);
    tookMs.push(performance.now() - startedAt);
  }
  const counted = tookMs.slice(uncounted);
  return { p50: quantile(counted, 0.5), p99: quantile(counted, 0.99) };
}

function report(lines: readonly string[], trivial: Quantiles, slowest: number): string {
  return [
    '# Preview: what the largest operations would cost',
    '',
    'Made by `npm run bench:preview`. Each request goes over HTTP, one at a time, to a server in a process of its own: reading the',
    `operation and writing the answer are in it. Each number is of ${REPEATS} requests. \`{ __typename }\` takes ${trivial.p50.toFixed(1)} ms (p50) and ${trivial.p99.toFixed(1)} ms (p99) there.`,
    '',
    '| operation | cold p50 ms | p99 | warm p50 | p99 | answered, warm, p50 | p99 |',
    '|---|--:|--:|--:|--:|--:|--:|',
    ...lines,
    '',
    `- slowest p99 on a warm cache: **${slowest.toFixed(1)} ms**, required: at most ${P99_MS_MAX}`,
    '',
  ].join('\n');
}
