/** How long a raw page takes from its text to its facts, in times of JSON.parse on the same bytes. Adds its table to the results. */
import { appendFileSync, readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { parseJson } from '../src/json.ts';
import { productDetail } from '../src/providers/justoneapi/contract.ts';

const RUNS = 500;
const RATIO_MAX = 5;

const documented = readFileSync(new URL('../test/fixtures/justoneapi/productDetail.json', import.meta.url), 'utf8');
const { data, ...envelope } = JSON.parse(documented) as { data: object };
const sku = {
  sku_id: '1729587770000000001',
  stock: 5,
  price: { price_str: '$44.98', price_val: '44.98', currency: 'USD' },
};
const review = {
  rating: 5,
  text: 'so good '.repeat(20),
  user: { name: 'W**n', id: '7300000000000000001' },
  at: 1752549352,
};
const page = { ...data, skus: Array(500).fill(sku), reviews: Array(770).fill(review) };
const quoted = JSON.stringify({ ...envelope, data: page });

const factsOf = (text: string) => productDetail.data.parse(parseJson(text));
const right = factsOf(documented);

const rows: string[] = [];
for (const [ids, text] of [
  ['quoted', quoted],
  ['bare', quoted.replaceAll(/"(\d{19})"/g, '$1')],
] as const) {
  if (!isDeepStrictEqual(factsOf(text), right)) throw new Error(`ids ${ids}: another fact than that of the page`);
  const times = Array.from(
    { length: RUNS },
    () => [timeOf(() => JSON.parse(text)), timeOf(() => factsOf(text))] as const,
  );
  // By turns, and of each the median: others use the machine as well.
  const [parseMs, factsMs] = [medianOf(times.map(([ms]) => ms)), medianOf(times.map(([, ms]) => ms))];
  const ratio = factsMs / parseMs;
  const size = `${Math.round(text.length / 1000)} KB, ids ${ids}`;
  rows.push(`| ${size} | ${parseMs.toFixed(2)} | ${factsMs.toFixed(2)} | **${ratio.toFixed(1)}** |`);
  if (ratio > RATIO_MAX) process.exitCode = 1;
}

const table = `
# A raw product page: 19-digit ids kept, facts picked

| page | JSON.parse, p50 ms | text to facts, p50 ms | times, at most ${RATIO_MAX} |
|---|--:|--:|--:|
${rows.join('\n')}
`;
console.log(table);
appendFileSync(new URL('RESULTS.md', import.meta.url), table);

function timeOf(work: () => unknown): number {
  const startedAt = performance.now();
  work();
  return performance.now() - startedAt;
}

function medianOf(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!;
}
