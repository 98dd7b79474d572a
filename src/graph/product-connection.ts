/** The shape that all lists of products share; each adds what it says of the relation. */
import type { ArgBuilder } from '@pothos/core';
import type { Connection, Edge } from '../plan/connection.ts';
import type { GraphNode } from '../plan/node.ts';
import { builder } from './builder.ts';
import { Product } from './product.ts';
import { Period, type ByPeriod } from './period.ts';

type SchemaTypes = typeof builder.$inferSchemaTypes;
type ProductEdge<Row> = Edge<Row, GraphNode<'Product'>>;

interface Described<Row> {
  /** What the list is, as a noun. */
  readonly description: string;
  readonly edgeDescription: string;
  readonly edgeFields: (
    t: PothosSchemaTypes.ObjectFieldBuilder<SchemaTypes, ProductEdge<Row>>,
  ) => Record<string, ReturnType<(typeof t)['field']>>;
}

/** Makes `<name>Connection` and `<name>Edge`. */
export function productConnection<Row>(name: string, { description, edgeDescription, edgeFields }: Described<Row>) {
  const EdgeRef = builder.objectRef<ProductEdge<Row>>(`${name}Edge`).implement({
    description: edgeDescription,
    fields: (t) => ({
      cursor: t.exposeString('cursor', { nullable: false, description: 'The `after` of the row that follows.' }),
      node: t.field({ type: Product, nullable: false, description: 'The product.', resolve: ({ node }) => node }),
      rank: t.exposeInt('rank', { nullable: false, description: 'The place in the list, from 1.' }),
      ...edgeFields(t),
    }),
  });

  return builder.objectRef<Connection<ProductEdge<Row>> & ByPeriod>(`${name}Connection`).implement({
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
        resolve: ({ edges, hasNextPage, hasPreviousPage }) => ({
          hasNextPage,
          hasPreviousPage,
          startCursor: edges.at(0)?.cursor ?? null,
          endCursor: edges.at(-1)?.cursor ?? null,
        }),
      }),
      totalCount: t.expose('totalCount', {
        type: 'SafeInt',
        description: 'How many rows the list has, as the provider says; null if it says nothing.',
      }),
      period: t.expose('period', {
        type: Period,
        nullable: false,
        description: 'The days that the figures on the edges cover.',
      }),
      asOf: t.expose('asOf', {
        type: 'DateTime',
        nullable: false,
        description: 'When the provider said this: the oldest of the answers that the window is made of.',
      }),
    }),
  });
}

/** The arguments of every connection. */
export const forwardArgs = (t: ArgBuilder<SchemaTypes>) => ({
  first: t.int({ required: true, defaultValue: 20, description: 'How many rows, 0 to 100.' }),
  after: t.string({ description: 'The cursor of the row to start after, from the same list with the same arguments.' }),
});
