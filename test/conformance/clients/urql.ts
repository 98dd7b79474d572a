/** urql with Graphcache: each page is a query of its own, and the cache answers it with all pages so far. */
import { Client, fetchExchange } from '@urql/core';
import { cacheExchange } from '@urql/exchange-graphcache';
import { relayPagination } from '@urql/exchange-graphcache/extras';
import { asked, countedFetch, tell } from './asking.ts';
import { type Page, Products, walkedOver } from './products.ts';

const client = new Client({
  url: asked.url,
  fetch: countedFetch,
  preferGetMethod: false,
  exchanges: [cacheExchange({ resolvers: { Shop: { products: relayPagination() } } }), fetchExchange],
});

async function pagesWith(after: string | null): Promise<Page> {
  const { data, error } = await client.query(Products, { shop: asked.shop, first: asked.first, after }).toPromise();
  if (!data) throw error ?? new Error('Neither data nor an error.');
  return data.shop.products;
}

let products = await pagesWith(null);
while (products.pageInfo.hasNextPage) products = await pagesWith(products.pageInfo.endCursor);
tell(walkedOver(products));
