/**
 * How long it takes to tell what an operation would cost, for the largest that a server takes: with nothing held, and with
 * all of it held in memory; over HTTP, and of that in the server. Adds its table to the results, or replaces it there. Run: npm run bench:preview
 */
import { setTimeout as pause } from 'node:timers/promises';
import { Pool } from 'undici';
import { makeWorld } from '../src/sandbox/world.ts';
import { startServer } from './child.ts';
import { takeTurnsWith } from './cores.ts';
import { ask, quantile, type Request } from './load.ts';
import { writeSection } from './results.ts';

const REPEATS = 1000;
/** Code that has not run yet is slow. */
const UNCOUNTED = 1000;
const P99_MS_MAX = 5;
const RUN_MS_MAX = 500_000;

interface Operation {
  readonly what: string;
  readonly query: string;
  readonly variables?: object;
}

const post = ({ query, variables }: Omit<Operation, 'what'>): Request => ({
  method: 'POST',
  path: '/graphql',
  // Made of a string for each request, it would be garbage, and the asker's collections of it would be timed as well.
  body: Buffer.from(JSON.stringify({ query, variables })),
});
/** The two ways to ask for a price. */
const byHeader = (operation: Operation): Request => ({
  ...post(operation),
  headers: { 'x-shopgraph-dry-run': '1' },
});
const byField = ({ query, variables }: Operation): Request =>
  post({
    query: `query ($document: String!, $variables: JSONObject) {
      costPreview(document: $document, variables: $variables) { calls { min max } credits { min max } budget { stops } } }`,
    variables: { document: query, variables },
  });

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

const tookMs: number[] = [];
await using served = await startServer((ms) => tookMs.push(ms));
// A run that hangs is no result.
setTimeout(() => process.exit(1), RUN_MS_MAX).unref();
const server = new Pool(served.origin, { connections: 1 });
try {
  // Once each has all its threads.
  await measure(post({ query: '{ __typename }' }));
  const takeTurns = takeTurnsWith(served.pid);
  const trivial = await measure(post({ query: '{ __typename }' }));
  const lines: string[] = [];
  const slowest = { http: 0, server: 0 };
  for (const operation of operations) {
    const cold = await measure(byHeader(operation));
    const run = await measure(post(operation), 20);
    const warm = await measure(byHeader(operation));
    const field = await measure(byField(operation));
    slowest.http = Math.max(slowest.http, warm.http.p99, field.http.p99);
    slowest.server = Math.max(slowest.server, warm.server.p99, field.server.p99);
    const all = [cold.http, warm.http, warm.server, field.http, field.server, run.http];
    lines.push(
      `| ${[operation.what, ...all.flatMap(({ p50, p99 }) => [p50.toFixed(1), p99.toFixed(1)])].join(' | ')} |`,
    );
  }
  const section = report(lines, trivial.http, slowest, takeTurns);
  console.log(section);
  writeSection(section);
  if (slowest.http > P99_MS_MAX) process.exitCode = 1;
} finally {
  await server.destroy();
}

interface Quantiles {
  readonly p50: number;
  readonly p99: number;
}

interface Measured {
  /** From sending the request to having its answer. */
  readonly http: Quantiles;
  /** Of it, from the document in hand to the answer in hand. */
  readonly server: Quantiles;
}

async function measure(request: Request, repeats = REPEATS): Promise<Measured> {
  const httpMs: number[] = [];
  const uncounted = Math.min(UNCOUNTED, repeats);
  tookMs.length = 0;
  for (let round = 0; round < uncounted + repeats; round++) {
    const startedAt = performance.now();
    await ask(server, request);
    httpMs.push(performance.now() - startedAt);
  }
  // The log comes by another way.
  while (tookMs.length < httpMs.length) await pause(1);
  const [http, inServer] = [httpMs, tookMs].map((all) => all.slice(uncounted));
  return { http: quantilesOf(http!), server: quantilesOf(inServer!) };
}

function quantilesOf(values: readonly number[]): Quantiles {
  return { p50: quantile(values, 0.5), p99: quantile(values, 0.99) };
}

interface Slowest {
  readonly http: number;
  readonly server: number;
}

function report(lines: readonly string[], trivial: Quantiles, slowest: Slowest, takeTurns: boolean): string {
  const where = takeTurns
    ? "take turns on one core, with V8's compilers and collectors on the others"
    : 'run wherever they are put';
  return [
    '# Preview: what the largest operations would cost',
    '',
    'Made by `npm run bench:preview`. Requests go over HTTP, one at a time, to a server in a process of its own, and ask by the header',
    `or by the field \`costPreview\`; *of it* is what the server took by its own log. Milliseconds, p50 and p99 of ${REPEATS} requests each.`,
    `\`{ __typename }\` takes ${trivial.p50.toFixed(1)} and ${trivial.p99.toFixed(1)}: two processes that ${where}.`,
    '',
    '| operation | cold | p99 | warm | p99 | of it | p99 | by field | p99 | of it | p99 | answered | p99 |',
    '|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|',
    ...lines,
    '',
    `- slowest p99 over HTTP on a warm cache: **${slowest.http.toFixed(1)} ms**, required: at most ${P99_MS_MAX}`,
    `- slowest p99 in the server alone: **${slowest.server.toFixed(1)} ms**`,
    '',
  ].join('\n');
}
