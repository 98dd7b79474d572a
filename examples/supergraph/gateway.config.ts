/** Hive Gateway: deferred parts, what a client says to shopgraph, and what shopgraph says of its price. */
import { defineConfig, type GatewayPlugin } from '@graphql-hive/gateway';

/** What shopgraph reads of a request. */
const ASKED = ['authorization', 'x-api-key', 'x-max-credits', 'x-deadline-ms', 'x-request-id'];
/** What it tells of the price. One operation may take several requests to it, so that a client is told the sums. */
const SPENT = ['x-shopgraph-calls', 'x-shopgraph-credits'];

type Sums = Record<string, number>;
/** By request of a client. */
const spent = new WeakMap<Request, Sums>();

export const gatewayConfig = defineConfig({
  supergraph: process.env.SUPERGRAPH ?? 'supergraph.graphql',
  host: '127.0.0.1',
  deferStream: true,
  propagateHeaders: {
    fromClientToSubgraphs: ({ request, subgraphName }) =>
      subgraphName === 'shopgraph' ? named(ASKED, request.headers) : {},
    fromSubgraphsToClient: ({ context, response, subgraphName }) => {
      if (subgraphName !== 'shopgraph') return {};
      const sums = spent.get(context.request) ?? {};
      spent.set(context.request, sums);
      for (const name of SPENT) {
        const told = response.headers.get(name);
        if (told !== null) sums[name] = (sums[name] ?? 0) + Number(told);
      }
      return Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, String(sum)]));
    },
    // The last sums stand, instead of every one that was told on the way.
    deduplicateHeaders: true,
  },
  plugins: () => [unpriced],
  // Subscriptions come as server-sent events; asked by POST, since a document may be too long for a URL.
  transportEntries: {
    '*.http': { options: { subscriptions: { kind: 'http', options: { method: 'POST' } } } },
  },
});

/** What a subgraph would cost is not what an operation over several does: a client asks for the field `costPreview`. */
const unpriced: GatewayPlugin = {
  onRequest: ({ request, endResponse, fetchAPI }) => {
    if (!request.headers.has('x-shopgraph-dry-run')) return;
    const message =
      'Through the router a price is asked for by the field `costPreview`: `x-shopgraph-dry-run` is for shopgraph itself.';
    endResponse(fetchAPI.Response.json({ errors: [{ message, extensions: { code: 'BAD_INPUT' } }] }, { status: 400 }));
  },
};

const named = (names: readonly string[], headers: Headers): Record<string, string | null> =>
  Object.fromEntries(names.map((name) => [name, headers.get(name)]));
