/**
 * Where a field's value can come from, declared beside the field.
 *
 *     const row = rowOf(wh.shopProducts);
 *     const detail = from(wh.productDetail, ({ id }) => ({ id }));
 *     title: t.string({ ...facts(row('title'), detail('title')) })
 *
 * The operation resolves the field from these sources; the price of an operation follows from the same declarations
 * (`estimate.ts`).
 */
import type { GraphQLResolveInfo } from 'graphql';
import type { DataOf, Endpoint, ParamsOf, RowOf } from '../providers/provider.ts';
import type { GraphNode } from './node.ts';

/** A call that can be made for a node. Sources of one `from` share it, so that one purchase serves them all. */
export interface Asking {
  readonly endpoint: Endpoint;
  /** Null: the endpoint cannot be asked about this node. */
  readonly params: (node: GraphNode, args: object) => object | null;
  /** Whether the field's arguments are part of the question. */
  readonly usesArgs: boolean;
}

export interface EndpointSource<Node = never, Args = never, Value = unknown> {
  readonly asking: Asking;
  /** Of which nodes it tells the fact at all; absent: of all. */
  readonly isAbout?: (node: GraphNode) => boolean;
  /** Undefined if the answer does not speak of it; null if it says that there is nothing. */
  readonly pick: (data: object, args: object, node: GraphNode) => Value | undefined;
  /** Present in types only: what the source may be used for. */
  readonly for?: (node: Node, args: Args) => void;
}

export interface RowSource<Value = unknown> {
  readonly list: Endpoint;
  /** Undefined if the row does not speak of it; null if the row says that there is nothing. */
  readonly pick: (row: object, node: GraphNode) => Value | undefined;
}

export type Source<Node = never, Args = never, Value = unknown> = EndpointSource<Node, Args, Value> | RowSource<Value>;

/**
 * Sources behind a call: by the key of what the endpoint answers, or by a function of it. There is one `from` for an endpoint and a
 * type; `about`: its sources for facts that it tells of some nodes alone.
 */
export function from<E extends Endpoint, Node extends GraphNode, Args extends object>(
  endpoint: E,
  params: (node: Node, args: Args) => ParamsOf<E> | null,
) {
  type Data = DataOf<E>;
  const asking = { endpoint, params, usesArgs: params.length > 1 } as unknown as Asking;
  const about = (isAbout?: (node: Node) => boolean) => {
    function source<Key extends keyof Data>(key: Key): EndpointSource<Node, Args, Data[Key]>;
    function source<Value>(read: (data: Data, args: Args, node: Node) => Value): EndpointSource<Node, Args, Value>;
    function source(pick: PropertyKey | ((data: Data, args: Args, node: Node) => unknown)) {
      const picked = typeof pick === 'function' ? pick : valueOf(pick);
      return { asking, ...(isAbout && { isAbout }), pick: picked } as unknown as EndpointSource<Node, Args>;
    }
    return source;
  };
  return Object.assign(about(), { about });
}

/** What would be asked about the node for the sake of the fact. Null: nothing. */
export const paramsFor = ({ asking, isAbout }: EndpointSource, node: GraphNode, args: object): object | null =>
  isAbout?.(node) === false ? null : asking.params(node, args);

/** Sources in hand: what a list's row said of the node. `Implied` is what being in that list says beyond the row's keys. */
export const rowOf = <E extends Endpoint, Implied extends object = object>(list: E) => inHand<RowOf<E> & Implied>(list);

/** Likewise: what a page of a list said of the one whose list it is. */
export const ownerOf = <E extends Endpoint, Key extends keyof DataOf<E>>(list: E) =>
  inHand<NonNullable<DataOf<E>[Key]>>(list);

function inHand<Row extends object>(list: Endpoint) {
  function source<Key extends keyof Row>(key: Key): RowSource<Row[Key]>;
  function source<Value, Node extends GraphNode>(read: (row: Row, node: Node) => Value): RowSource<Value>;
  function source(pick: PropertyKey | ((row: Row, node: never) => unknown)) {
    return { list, pick: typeof pick === 'function' ? pick : valueOf(pick) } as unknown as RowSource;
  }
  return source;
}

const valueOf = (key: PropertyKey) => (data: object) => (data as Record<PropertyKey, unknown>)[key];

/** What `facts` needs of a request. */
export interface FactContext {
  readonly operation: {
    fact: (node: GraphNode, info: GraphQLResolveInfo) => unknown;
    node: <Type extends string>(type: Type, id: string, region?: string | null) => GraphNode<Type>;
  };
}

type Resolve<Node, Args, Value> = (
  node: Node,
  args: Args,
  context: FactContext,
  info: GraphQLResolveInfo,
) => Promise<Value | null> | Value | null;

interface FactOptions<Node, Args, Value> {
  readonly resolve: Resolve<Node, Args, Value>;
  readonly extensions: { readonly facts: readonly Source[] };
}

/**
 * Options of a field whose value is a fact. The order of the sources is their precedence among those that are bought
 * anyway; a row answers when none of them is.
 */
export function facts<Node extends GraphNode, Args extends object, Value>(
  ...sources: readonly Source<Node, Args, Value>[]
): FactOptions<Node, Args, Exclude<Value, undefined | null>> {
  return {
    resolve: (node, _args, { operation }, info) => operation.fact(node, info) as never,
    extensions: { facts: sources },
  };
}

/** Options of a field that asks an endpoint by itself: its price is known, and that what its rows say of nodes is in hand. */
export const asks = (endpoint: Endpoint) => ({ extensions: { asks: endpoint } });

/** A link to another node whose id is a fact: free beyond the fact itself. `regionOf` says in which market it leads there. */
export function link<Node extends GraphNode, Args extends object, Type extends string>(
  type: Type,
  regionOf: ((node: Node, id: string) => string | null) | null,
  ...sources: readonly Source<Node, Args, string | null | undefined>[]
): FactOptions<Node, Args, GraphNode<Type>> {
  return {
    resolve: (node, _args, { operation }, info) => {
      const id = operation.fact(node, info);
      return id instanceof Promise ? id.then(follow) : follow(id);
      function follow(to: unknown) {
        return typeof to === 'string' ? operation.node(type, to, regionOf?.(node, to) ?? null) : null;
      }
    },
    extensions: { facts: sources },
  };
}
