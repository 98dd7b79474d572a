/** The shape that all lists of products share; each adds what it says of the relation. */
import type { ArgBuilder } from '@pothos/core';
import { limits } from '../limits.ts';
import type { Connection, Edge } from '../plan/connection.ts';
import type { GraphNode } from '../plan/node.ts';
import type { WalkConnection, WalkEdge } from '../plan/walk-connection.ts';
import { builder } from './builder.ts';
import { Product } from './product.ts';
import { Period, type ByPeriod } from './period.ts';

type SchemaTypes = typeof builder.$inferSchemaTypes;
type Fields<Parent> = (
  t: PothosSchemaTypes.ObjectFieldBuilder<SchemaTypes, Parent>,
) => Record<string, ReturnType<(typeof t)['field']>>;

interface Described<ProductEdge> {
  /** What the list is, as a noun. */
  readonly description: string;
  readonly edgeDescription: string;
  readonly edgeFields: Fields<ProductEdge>;
}

type RankedEdge<Row> = Edge<Row, GraphNode<'Product'>>;
type RankedConnection<Row> = Connection<RankedEdge<Row>> & ByPeriod;

/** Makes `<name>Connection` and `<name>Edge` of a list that is counted and speaks of a period. */
export function productConnection<Row>(name: string, { edgeFields, ...described }: Described<RankedEdge<Row>>) {
  return listOfProducts<RankedEdge<Row>, RankedConnection<Row>>(name, {
    ...described,
    edgeFields: (t) => ({
      rank: t.exposeInt('rank', { nullable: false, description: 'The place in the list, from 1.' }),
      ...edgeFields(t),
    }),
    fields: (t) => ({
      totalCount: t.expose('totalCount', {
        type: 'SafeInt',
        description: 'How many rows the list has, as the provider says; null if it says nothing.',
      }),
      period: t.expose('period', {
        type: Period,
        nullable: false,
        description: 'The days that the figures on the edges cover.',
      }),
    }),
  });
}

type WalkedEdge<Row> = WalkEdge<Row, GraphNode<'Product'>>;

/** Makes `<name>Connection` and `<name>Edge` of a list that nobody counts, and of today. */
export function walkedProductConnection<Row>(name: string, described: Described<WalkedEdge<Row>>) {
  return listOfProducts<WalkedEdge<Row>, WalkConnection<WalkedEdge<Row>>>(name, { ...described, fields: () => ({}) });
}

interface AnyEdge {
  readonly cursor: () => string;
  readonly node: GraphNode<'Product'>;
}

interface AnyConnection<ProductEdge> {
  readonly edges: readonly ProductEdge[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  readonly resumeCursor?: string | null;
  readonly asOf: Date;
}

interface DescribedWhole<ProductEdge, ProductConnection> extends Described<ProductEdge> {
  readonly fields: Fields<ProductConnection>;
}

function listOfProducts<ProductEdge extends AnyEdge, ProductConnection extends AnyConnection<ProductEdge>>(
  name: string,
  { description, edgeDescription, edgeFields, fields }: DescribedWhole<ProductEdge, ProductConnection>,
) {
  const EdgeRef = builder.objectRef<ProductEdge>(`${name}Edge`).implement({
    description: edgeDescription,
    fields: (t) => ({
      cursor: t.string({
        nullable: false,
        description: 'The `after` of the row that follows.',
        resolve: ({ cursor }) => cursor(),
      }),
      node: t.field({ type: Product, nullable: false, description: 'The product.', resolve: ({ node }) => node }),
      ...edgeFields(t),
    }),
  });

  return builder.objectRef<ProductConnection>(`${name}Connection`).implement({
    description,
    fields: (t) => ({
      edges: t.field({
        type: [EdgeRef],
        nullable: { list: false, items: false },
        description: 'The rows of this window, in the order of the list.',
        resolve: ({ edges }) => edges,
      }),
      nodes: t.field({
        type: [Product],
        nullable: { list: false, items: false },
        description: 'The products of this window, without what the list says of the relation.',
        resolve: ({ edges }) => edges.map(({ node }) => node),
      }),
      pageInfo: t.field({
        type: builder.pageInfoRef(),
        nullable: false,
        description: 'Whether and where to go on.',
        resolve: ({ edges, hasNextPage, hasPreviousPage, resumeCursor }) => ({
          hasNextPage,
          hasPreviousPage,
          startCursor: edges.at(0)?.cursor() ?? null,
          endCursor: resumeCursor ?? edges.at(-1)?.cursor() ?? null,
        }),
      }),
      ...fields(t),
      asOf: t.field({
        type: 'DateTime',
        nullable: false,
        description: 'When the provider said this: the oldest of the answers that the window is made of.',
        resolve: ({ asOf }) => asOf,
      }),
    }),
  });
}

/** The arguments of every connection. */
export const forwardArgs = (t: ArgBuilder<SchemaTypes>) => ({
  first: t.int({ required: true, defaultValue: 20, description: `How many rows, 0 to ${limits.first}.` }),
  after: t.string({ description: 'The cursor of the row to start after, from the same list with the same arguments.' }),
});
