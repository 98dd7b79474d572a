/** A Relay connection over an upstream list: forward only, exact, and no dearer than its window. */
import type { GraphQLResolveInfo } from 'graphql';
import { ShopgraphError } from '../errors.ts';
import type { Endpoint, ParamsOf, RowOf } from '../providers/provider.ts';
import { selectedBelow } from './analysis.ts';
import { decodeCursor, encodeCursor, listName } from './cursor.ts';
import { addRow, type GraphNode } from './node.ts';
import type { Asker } from './operation.ts';
import type { PageSizes } from './page-sizes.ts';
import { slice, type PageOfRows, type Slice } from './slice.ts';
import { createTurns } from './turns.ts';
import type { Page } from './window.ts';

export const FIRST_MAX = 100;
/** In all lists of one operation: what is known already costs no credit, but fills the answer all the same. */
const ROWS_MAX = 10_000;

/** Relay's forward arguments. */
export interface Forward {
  readonly first: number;
  readonly after?: string | null | undefined;
}

export interface Edge<Row = unknown, Node = unknown> {
  readonly cursor: string;
  readonly node: Node;
  /** What the list says of the relation, and of the node. */
  readonly row: Row;
  /** The place in the list, from 1. */
  readonly rank: number;
}

export interface Connection<E> {
  readonly edges: readonly E[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  /** As the provider says; null if it says nothing. */
  readonly totalCount: number | null;
  readonly asOf: Date;
}

interface List<E extends Endpoint, Node extends GraphNode> {
  readonly endpoint: E;
  /** Everything asked of the list but the page. */
  readonly params: Omit<ParamsOf<E>, 'page' | 'limit'>;
  /** The node of a row. */
  readonly node: (row: RowOf<E>) => Node;
  /** What being in this list says of the node beyond the row's own keys. */
  readonly implied?: object;
}

/** What a connection tells the operation that it is part of. */
interface Telling {
  /** For as long as it is asked for: that the list is on its way. */
  readonly listing: <Answer>(list: Endpoint, asked: () => Promise<Answer>) => Promise<Answer>;
  /** Then: which nodes stand in it. */
  readonly stand: (nodes: readonly GraphNode[], info: GraphQLResolveInfo) => void;
}

export type Connect = ReturnType<typeof createConnect>;

export function createConnect(load: Asker, sizesOf: (endpoint: Endpoint) => PageSizes, { listing, stand }: Telling) {
  const inTurn = createTurns();
  /** One failure, however many lists it ends. */
  let tooMany: ShopgraphError | undefined;
  let rowsGiven = 0;
  return async function connect<E extends Endpoint, Node extends GraphNode>(
    list: List<E, Node>,
    forward: Forward,
    info: GraphQLResolveInfo,
  ): Promise<Connection<Edge<RowOf<E>, Node>>> {
    const { endpoint, params } = list;
    const name = listName(JSON.stringify([endpoint.provider, endpoint.name, params]));
    const after = checked(forward, name);
    const window = { offset: after ? after.offset + 1 : 0, count: forward.first };
    if (!needsRows(forward, info)) return empty(window.offset);
    // Taken before it is known how many come, since all lists of a level are asked for at once.
    if (rowsGiven >= ROWS_MAX) throw (tooMany ??= tooManyRows());
    rowsGiven += forward.first;

    const sizes = sizesOf(endpoint);
    const question = (page: Page) => ({ ...params, page: page.number, limit: page.size });
    const pages = {
      name,
      endpoint,
      load: async (page: Page) => {
        const { data, fetchedAt } = await load(endpoint, question(page));
        return { ...(data as Omit<PageOfRows<RowOf<E> & { id: string }>, 'fetchedAt'>), fetchedAt };
      },
      free: (page: Page) => load.free(endpoint, question(page)),
      warm: (several: readonly Page[]) => load.warm(endpoint, several.map(question)),
      sizes,
    };
    const cursorSizes = after ? [after.pageSize] : [];
    const rows = await listing(endpoint, () =>
      inTurn(name, window, (sizesBefore) =>
        slice<RowOf<E> & { id: string }>(pages, window, [...sizesBefore, ...cursorSizes]),
      ),
    );
    const connection = toConnection(list, name, rows, window.offset);
    rowsGiven -= forward.first - connection.edges.length;
    stand(
      connection.edges.map(({ node }) => node),
      info,
    );
    return connection;
  };
}

const tooManyRows = () =>
  new ShopgraphError('LIMIT_EXCEEDED', { says: `The answer would have more than ${ROWS_MAX} rows in its lists.` });

function checked({ first, after }: Forward, name: string) {
  if (first < 0 || first > FIRST_MAX) {
    throw new ShopgraphError('BAD_INPUT', { says: `\`first\` must be between 0 and ${FIRST_MAX}.` });
  }
  return after == null ? null : decodeCursor(name, after);
}

/** Rows are bought for what only they can tell: an empty window needs them to count, or to look ahead. */
function needsRows({ first }: Forward, info: GraphQLResolveInfo): boolean {
  const selected = selectedBelow(info);
  const telling = first > 0 ? ['edges', 'nodes', 'pageInfo', 'totalCount', 'asOf'] : ['pageInfo', 'totalCount', 'asOf'];
  return telling.some((field) => selected.has(field));
}

const empty = (offset: number) => ({
  edges: [],
  hasNextPage: false,
  hasPreviousPage: offset > 0,
  totalCount: null,
  asOf: new Date(0),
});

function toConnection<E extends Endpoint, Node extends GraphNode>(
  { endpoint, node, implied }: List<E, Node>,
  name: string,
  { rows, hasNextPage, total, fetchedAt }: Slice<RowOf<E>>,
  offset: number,
): Connection<Edge<RowOf<E>, Node>> {
  const edges = rows.map((placed) => {
    const to = node(placed.row);
    addRow(to, { list: endpoint, said: placed.row as object, implied });
    return {
      get cursor() {
        return encodeCursor(name, placed);
      },
      node: to,
      row: placed.row,
      rank: placed.offset + 1,
    };
  });
  return { edges, hasNextPage, hasPreviousPage: offset > 0, totalCount: total, asOf: new Date(fetchedAt) };
}
