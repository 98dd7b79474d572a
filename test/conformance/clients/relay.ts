/** React and Relay in a page: someone asks for more until there is no more, then for the rating of the last product. */
import { document, shown } from './relay-page.ts';
import type { HTMLElement } from 'happy-dom';
import { createElement as h, Suspense } from 'react';
import { createRoot } from 'react-dom/client';
import { RelayEnvironmentProvider } from 'react-relay';
import { Environment, type FetchFunction, type GraphQLResponse, Network, RecordSource, Store } from 'relay-runtime';
import { asked, countedFetch, type RelayWalked, tell, walked } from './asking.ts';
import { Shop } from './relay-shop.ts';

function fail(error: unknown): never {
  console.error(error);
  process.exit(1);
}

const sent: string[] = [];
const ask: FetchFunction = async ({ name, text }, variables) => {
  sent.push(name);
  const body = JSON.stringify({ query: text, operationName: name, variables });
  const headers = { 'content-type': 'application/json', accept: 'application/graphql-response+json' };
  const response = await countedFetch(asked.url, { method: 'POST', headers, body }).catch(fail);
  const answer = (await response.json()) as GraphQLResponse;
  return 'errors' in answer ? fail(answer.errors) : answer;
};
const environment = new Environment({ network: Network.create(ask), store: new Store(new RecordSource()) });

const root = createRoot(document.body, { onUncaughtError: fail });
const shop = h(Suspense, null, h(Shop, { id: asked.shop, first: asked.first }));
root.render(h(RelayEnvironmentProvider, { environment, children: shop }));

/** The list's rows once there are more than so many, and nothing is on its way. */
const rows = (known: number) =>
  shown(() => {
    const all = [...document.querySelectorAll('li')];
    return all.length > known && !document.querySelector('#more:disabled') ? all : null;
  });
const more = () => document.querySelector<HTMLElement>('#more');

let list = await rows(0);
for (let button = more(); button; button = more()) {
  button.click();
  list = await rows(list.length);
}
const walk = walked(
  list.map(({ id }) => id),
  more() !== null,
);

const last = list.at(-1)!;
last.querySelector('button')!.click();
const rating = await shown(() => last.querySelector('output')?.textContent ?? null);

const answer: RelayWalked = { ...walk, sent, refetched: { productId: last.id, rating: Number(rating) } };
tell(answer);
// For minutes Relay would keep what nobody looks at any more.
process.exit();
