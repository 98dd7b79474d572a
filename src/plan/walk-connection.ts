/** A Relay connection over an upstream list whose pages hang together by cursors. One operation asks for each page once. */
import type { GraphQLResolveInfo } from 'graphql';
import { ShopgraphError } from '../errors.ts';
import type { DataOf, Endpoint, ParamsOf, RowOf } from '../providers/provider.ts';
import { selectedBelow, type Path } from './analysis.ts';
import { listName } from './cursor.ts';
import { nobody, telling, type Told } from './explanation.ts';
import { checkFirst, needsRows, type Forward } from './forward.ts';
import type { Loaded } from './knowledge.ts';
import type { Listing } from './listing.ts';
import { addRow, type GraphNode } from './node.ts';
import type { Asker } from './buying.ts';
import { decodePlace, encodePlace } from './walk-cursor.ts';
import { START, walk, type LinkedPage, type Place, type Walked } from './walk.ts';

export interface WalkEdge<Row = unknown, Node = unknown> {
  /** Made when it is selected, which for most rows it is not. */
  readonly cursor: () => string;
  readonly node: Node;
  /** What the list says of the relation, and of the node. */
  readonly row: Row;
}

export interface WalkConnection<E> {
  readonly edges: readonly E[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  /** Where to go on; null: after the last edge. */
  readonly resumeCursor: string | null;
  readonly asOf: Date;
}

interface LinkedList<E extends Endpoint> {
  readonly endpoint: E;
  /** Everything asked of the list but the page. */
  readonly params: Omit<ParamsOf<E>, 'cursor'>;
}

interface List<E extends Endpoint, Node extends GraphNode> extends LinkedList<E> {
  /** The node of a row. */
  readonly node: (row: RowOf<E>) => Node;
  /** What being in this list says of the node beyond the row's own keys. */
  readonly implied?: object;
}

type Rows<E extends Endpoint> = LinkedPage<RowOf<E> & { id: string }>;

export type Walk = ReturnType<typeof createWalk>;

/** `told`: where each page is from. */
export function createWalk(load: Asker, toAnswer: Listing, told: Told = nobody) {
  const pages = new Map<string, Promise<Loaded>>();

  /** Asked for once, and so it fails once: its error is one, whoever hears it. */
  const pageOf = (list: LinkedList<Endpoint>, cursor: string | null): Promise<Loaded> => {
    const key = `${nameOf(list)} ${cursor ?? ''}`;
    let page = pages.get(key);
    if (!page) pages.set(key, (page = ask(list, cursor)));
    return page;
  };

  const ask = async (list: LinkedList<Endpoint>, cursor: string | null): Promise<Loaded> => {
    const { provider, name } = list.endpoint;
    if (!isQuestion(list, cursor)) {
      throw new ShopgraphError('UPSTREAM_BAD_DATA', { provider, endpoint: name, reason: 'a cursor it would not take' });
    }
    const page = await load(list.endpoint, question(list, cursor));
    if (page.data === null) throw new ShopgraphError('NOT_FOUND');
    return page;
  };

  return {
    /** What the first page says, its rows and all else; rejects with `NOT_FOUND` where there is no such list. */
    firstPage: async <E extends Endpoint>(
      list: LinkedList<E>,
      path: Path,
    ): Promise<{ data: DataOf<E>; fetchedAt: number }> => {
      const page = await telling(told, path, list.endpoint, pageOf(list, START.cursor));
      return { data: page.data as DataOf<E>, fetchedAt: page.fetchedAt };
    },

    connect: async <E extends Endpoint, Node extends GraphNode>(
      list: List<E, Node>,
      forward: Forward,
      info: GraphQLResolveInfo,
    ): Promise<WalkConnection<WalkEdge<RowOf<E>, Node>>> => {
      const name = nameOf(list);
      checkFirst(forward);
      const from = forward.after == null ? START : placeIn(list, name, forward.after);
      const hasPreviousPage = forward.after != null;
      if (!needsRows(forward, selectedBelow(info))) return empty(hasPreviousPage);
      const pageAt = async (cursor: string | null): Promise<Rows<E>> => {
        const { data, fetchedAt } = await telling(told, info.path, list.endpoint, pageOf(list, cursor));
        return { ...(data as Omit<Rows<E>, 'fetchedAt'>), fetchedAt };
      };
      return toAnswer(
        {
          endpoint: list.endpoint,
          first: forward.first,
          find: () => walk(pageAt, from, forward.first),
          show: (walked) => ({ ...toConnection(list, name, walked), hasPreviousPage }),
        },
        info,
      );
    },
  };
}

const question = ({ params }: LinkedList<Endpoint>, cursor: string | null): object =>
  cursor === null ? params : { ...(params as object), cursor };

/** Whether the provider takes such a cursor. */
const isQuestion = (list: LinkedList<Endpoint>, cursor: string | null): boolean =>
  list.endpoint.params.safeParse(question(list, cursor)).success;

/** Equal for the same list, whichever defaults are spelled out. */
const nameOf = ({ endpoint, params }: LinkedList<Endpoint>): string =>
  listName(JSON.stringify([endpoint.provider, endpoint.name, endpoint.params.parse(params)]));

function placeIn(list: LinkedList<Endpoint>, name: string, cursor: string): Place {
  const place = decodePlace(name, cursor);
  if (!isQuestion(list, place.cursor)) throw new ShopgraphError('BAD_CURSOR');
  return place;
}

const empty = (hasPreviousPage: boolean) => ({
  edges: [],
  hasNextPage: false,
  hasPreviousPage,
  resumeCursor: null,
  asOf: new Date(0),
});

function toConnection<E extends Endpoint, Node extends GraphNode>(
  { endpoint, node, implied }: List<E, Node>,
  name: string,
  { rows, hasNextPage, resume, fetchedAt }: Walked<RowOf<E>>,
) {
  const edges = rows.map(({ row, next }) => {
    const to = node(row);
    addRow(to, { list: endpoint, said: row as object, fetchedAt, implied });
    return {
      cursor: () => encodePlace(name, next),
      node: to,
      row,
    };
  });
  return { edges, hasNextPage, resumeCursor: resume && encodePlace(name, resume), asOf: new Date(fetchedAt) };
}
