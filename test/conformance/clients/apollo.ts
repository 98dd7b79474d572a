/** Apollo Client with its own policy for Relay's connections: each page is merged into the list in its cache. */
import { ApolloClient, HttpLink, InMemoryCache } from '@apollo/client';
import { relayStylePagination } from '@apollo/client/utilities';
import { firstValueFrom, filter } from 'rxjs';
import { asked, countedFetch, tell } from './asking.ts';
import { type Page, Products, walkedOver } from './products.ts';

const client = new ApolloClient({
  link: new HttpLink({ uri: asked.url, fetch: countedFetch }),
  cache: new InMemoryCache({ typePolicies: { Shop: { fields: { products: relayStylePagination(['orderBy']) } } } }),
});
const list = client.watchQuery({ query: Products, variables: { shop: asked.shop, first: asked.first } });

/** What a component that watches the list shows by now. */
async function shown(): Promise<Page> {
  const { data, dataState, error } = await firstValueFrom(list.pipe(filter(({ loading }) => !loading)));
  if (dataState !== 'complete') throw error ?? new Error('The list is not whole.');
  return data.shop.products;
}

const watching = list.subscribe({});
let products = await shown();
while (products.pageInfo.hasNextPage) {
  await list.fetchMore({ variables: { after: products.pageInfo.endCursor } });
  products = await shown();
}
watching.unsubscribe();
client.stop();
tell(walkedOver(products));
