/** What every program here is told, `node <program> <url> <shop id> <rows a page>`, and what it prints of its walk. */
const [url = '', shop = '', first = ''] = process.argv.slice(2);

export const asked = { url, shop, first: Number(first) };

/** More than any walk needs: one that goes in circles ends here. */
const REQUESTS_MAX = 50;
let requests = 0;

export const countedFetch: typeof fetch = (...request) => {
  requests += 1;
  return requests > REQUESTS_MAX ? Promise.reject(new Error('The walk does not end.')) : fetch(...request);
};

export interface Walked {
  /** The products that the client has by now, in its order. */
  readonly productIds: readonly string[];
  readonly hasNextPage: boolean;
  /** Sent so far. */
  readonly requests: number;
}

export interface RelayWalked extends Walked {
  /** The names of all operations, the last of which came after the walk. */
  readonly sent: readonly string[];
  readonly refetched: { readonly productId: string; readonly rating: number };
}

export const walked = (productIds: readonly string[], hasNextPage: boolean): Walked => ({
  productIds,
  hasNextPage,
  requests,
});

export const tell = (what: Walked): void => {
  console.log(JSON.stringify(what));
};
