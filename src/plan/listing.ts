/** How the rows of a list come into an operation's answer: told in advance, counted, and standing where the connection shows them. */
import type { GraphQLResolveInfo } from 'graphql';
import { ShopgraphError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Endpoint } from '../providers/provider.ts';
import type { GraphNode } from './node.ts';

/** What a list tells the operation that it is part of. */
interface Telling {
  /** For as long as it is asked for: that the list is on its way. */
  readonly listing: <Answer>(list: Endpoint, info: GraphQLResolveInfo, asked: () => Promise<Answer>) => Promise<Answer>;
  /** Then: which nodes stand in it. */
  readonly stand: (nodes: readonly GraphNode[], info: GraphQLResolveInfo) => void;
}

interface Shown {
  readonly edges: readonly { readonly node: GraphNode }[];
}

interface Window<Rows, Connection> {
  readonly endpoint: Endpoint;
  /** How many rows it may have. */
  readonly first: number;
  readonly find: () => Promise<Rows>;
  readonly show: (rows: Rows) => Connection;
}

export type Listing = ReturnType<typeof createListing>;

export function createListing({ listing, stand }: Telling) {
  /** One failure, however many lists it ends. */
  let tooMany: ShopgraphError | undefined;
  let rowsGiven = 0;
  return async function list<Rows, Connection extends Shown>(
    { endpoint, first, find, show }: Window<Rows, Connection>,
    info: GraphQLResolveInfo,
  ): Promise<Connection> {
    // Taken before it is known how many come, since all lists of a level are asked for at once.
    if (rowsGiven >= limits.rows) throw (tooMany ??= tooManyRows());
    rowsGiven += first;
    const connection = show(await listing(endpoint, info, find));
    rowsGiven -= first - connection.edges.length;
    stand(
      connection.edges.map(({ node }) => node),
      info,
    );
    return connection;
  };
}

const tooManyRows = () =>
  new ShopgraphError('LIMIT_EXCEEDED', { says: `The answer would have more than ${limits.rows} rows in its lists.` });
