/** The least that answers the main query: two rounds to the providers, by hand. And whether the server says the same. */
import type { Pool } from 'undici';
import { apiKey } from '../src/sandbox/winninghunter.ts';
import { PRODUCTS, type Question } from './questions.ts';

export interface Said {
  readonly name: string;
  readonly rows: readonly { id: string }[];
  readonly histories: readonly (readonly { date: string; revenue: number; sales: number }[])[];
}

/** Profile and list at once, then all histories at once, over connections that are kept. */
export async function askProviders(pool: Pool, { shop, days }: Question): Promise<Said> {
  const post = async (path: string, params: object): Promise<unknown> => {
    const { body } = await pool.request({
      method: 'POST',
      path: `/winninghunter/api/v1/tiktok-shop/${path}`,
      headers: { 'content-type': 'application/json', 'x-api-key': apiKey },
      body: JSON.stringify(params),
    });
    return ((await body.json()) as { data: unknown }).data;
  };
  const page = { page: 1, limit: PRODUCTS, sort: 'revenue', order: 'desc' };
  const [profile, rows] = (await Promise.all([
    post('shop-detail', { id: shop }),
    post('shop-detail/product/queryList', { id: shop, period: days, ...page }),
  ])) as [{ name: string }, Said['rows']];
  const histories = await Promise.all(rows.map(({ id }) => post('product-detail/history', { id, period: days })));
  return { name: profile.name, rows, histories: histories as Said['histories'] };
}

interface Answer {
  readonly errors?: unknown;
  readonly data: { readonly shop: { readonly name: string; readonly products: { readonly edges: readonly Edge[] } } };
  readonly extensions: { readonly cost: { readonly calls: number } };
}

interface Edge {
  readonly node: {
    readonly productId: string;
    readonly history: {
      readonly points: readonly { date: string; revenue: { amount: string }; sales: number }[];
    };
  };
}

/** Throws unless the answer says what the providers said, day by day, and was bought in so many calls. */
export function check(answer: Buffer, said: Said, calls: number): void {
  const { errors, data, extensions } = JSON.parse(answer.toString()) as Answer;
  if (errors !== undefined) throw new Error(`The answer has errors: ${JSON.stringify(errors)}`);
  const answered = data.shop.products.edges.map(({ node: { productId, history } }) => [
    productId,
    history.points.map(({ date, revenue, sales }) => [date, revenue.amount, sales]),
  ]);
  const expected = said.rows.map(({ id }, index) => [
    id,
    said.histories[index]?.map(({ date, revenue, sales }) => [date, String(revenue), sales]),
  ]);
  const isSame = data.shop.name === said.name && JSON.stringify(answered) === JSON.stringify(expected);
  if (!isSame || answered.length !== PRODUCTS) throw new Error('The answer is not what the providers said.');
  if (extensions.cost.calls !== calls) {
    throw new Error(`The answer took ${String(extensions.cost.calls)} calls, not ${String(calls)}.`);
  }
}
