/** What is asked: the main query, of many shops and periods, and a small one. */
import { readFileSync } from 'node:fs';
import { documented, makeWorld } from '../src/sandbox/world.ts';
import type { Request } from './load.ts';

export const PRODUCTS = 20;

/** Which shop the main query is about, and when. */
export interface Question {
  readonly shop: string;
  readonly days: number;
  readonly region: string | null;
}

export const mainQuestion: Question = { shop: documented.shopId, days: 30, region: null };

/** The market makes the profile a question of its own, the period the list and its histories. */
const windows = [
  { days: 30, region: 'US' },
  { days: 7, region: 'GB' },
  { days: 90, region: 'DE' },
  { days: 1, region: 'FR' },
];

/** No two of them, nor the main question, share a call upstream: each is cold once. */
export function coldQuestions(): Question[] {
  const shops = [...makeWorld().shops.values()].filter(({ products }) => products.length >= PRODUCTS);
  return shops
    .flatMap(({ id }) => windows.map((window) => ({ shop: id, ...window })))
    .filter(({ shop, days }) => shop !== mainQuestion.shop || days !== mainQuestion.days);
}

const operation = readFileSync(
  new URL('../schema/operations/01-shop-products-history.graphql', import.meta.url),
  'utf8',
)
  .replace('query ShopProductsHistory', '$&($shop: ID!, $period: Period!, $region: Region)')
  .replace(/shop\(id: "\d+"\)/, 'shop(id: $shop, region: $region)')
  .replaceAll('LAST_30_DAYS', '$period');

export function toRequest({ shop, days, region }: Question): Request {
  const variables = { shop, period: days === 1 ? 'LAST_1_DAY' : `LAST_${String(days)}_DAYS`, region };
  return toPost({ query: operation, variables });
}

export const smallRequest: Request = toPost({
  query: `{ shop(id: "${documented.shopId}") { shopId name region rating productCount } }`,
});

/** By the provider's documented example. */
export const smallData = {
  shop: { shopId: documented.shopId, name: 'Glow Beauty Co.', region: 'US', rating: 4.8, productCount: 84 },
};

function toPost(operation: object): Request {
  return { method: 'POST', path: '/graphql', body: JSON.stringify(operation) };
}
