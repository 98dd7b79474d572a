/** A Relay connection over an upstream list of numbered pages: forward only, exact, and no dearer than its window. */
import type { GraphQLResolveInfo } from 'graphql';
import type { Endpoint, ParamsOf, RowOf } from '../providers/provider.ts';
import { isDeferredHere, selectedBelow } from './analysis.ts';
import { decodeCursor, encodeCursor, listName } from './cursor.ts';
import { nobody, telling, type Told } from './explanation.ts';
import { checkFirst, needsRows, type Forward } from './forward.ts';
import type { Listing } from './listing.ts';
import { addRow, type GraphNode } from './node.ts';
import type { Asker } from './buying.ts';
import type { PageSizes } from './page-sizes.ts';
import { slice, type PageOfRows, type Slice } from './slice.ts';
import { createTurns } from './turns.ts';
import type { Page } from './window.ts';

export interface Edge<Row = unknown, Node = unknown> {
  /** Made when it is selected, which for most rows it is not. */
  readonly cursor: () => string;
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

export type Connect = ReturnType<typeof createConnect>;

/** `told`: where each page is from. */
export function createConnect(
  load: Asker,
  sizesOf: (endpoint: Endpoint) => PageSizes,
  toAnswer: Listing,
  told: Told = nobody,
) {
  const inTurn = createTurns();
  return async function connect<E extends Endpoint, Node extends GraphNode>(
    list: List<E, Node>,
    forward: Forward,
    info: GraphQLResolveInfo,
  ): Promise<Connection<Edge<RowOf<E>, Node>>> {
    const { endpoint, params } = list;
    const name = JSON.stringify([endpoint.provider, endpoint.name, params]);
    checkFirst(forward);
    const after = forward.after == null ? null : decodeCursor(listName(name), forward.after);
    const window = { offset: after ? after.offset + 1 : 0, count: forward.first };
    if (!needsRows(forward, selectedBelow(info))) return empty(window.offset);

    const sizes = sizesOf(endpoint);
    const question = (page: Page) => ({ ...params, page: page.number, limit: page.size });
    const pages = {
      name,
      endpoint,
      load: async (page: Page) => {
        const { data, fetchedAt } = await telling(told, info.path, endpoint, load(endpoint, question(page)));
        return { ...(data as Omit<PageOfRows<RowOf<E> & { id: string }>, 'fetchedAt'>), fetchedAt };
      },
      warm: (several: readonly Page[]) => load.warm(endpoint, several.map(question)),
      sizes,
    };
    const cursorSizes = after ? [after.pageSize] : [];
    return await toAnswer(
      {
        endpoint,
        first: forward.first,
        find: () =>
          inTurn(name, { ...window, isDeferred: isDeferredHere(info) }, (sizesBefore) =>
            slice<RowOf<E> & { id: string }>(pages, window, [...sizesBefore, ...cursorSizes]),
          ),
        show: (rows) => toConnection(list, name, rows, window.offset),
      },
      info,
    );
  };
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
  let inCursors: string | undefined;
  const edges = rows.map((placed) => {
    const to = node(placed.row);
    addRow(to, { list: endpoint, said: placed.row as object, fetchedAt, implied });
    return {
      cursor: () => encodeCursor((inCursors ??= listName(name)), placed),
      node: to,
      row: placed.row,
      rank: placed.offset + 1,
    };
  });
  return { edges, hasNextPage, hasPreviousPage: offset > 0, totalCount: total, asOf: new Date(fetchedAt) };
}
