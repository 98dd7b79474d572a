/** Lists of products: one page of the provider for one window of the client. */
import type { ArgBuilder } from '@pothos/core';
import { ShopgraphError } from '../../src/errors.ts';
import { builder, Period } from './builder.ts';
import { Product } from './product.ts';

type SchemaTypes = typeof builder.$inferSchemaTypes;
type Fields<Parent> = (
  t: PothosSchemaTypes.ObjectFieldBuilder<SchemaTypes, Parent>,
) => Record<string, ReturnType<(typeof t)['field']>>;

interface Edge<Row> {
  readonly row: Row;
  /** From 1. */
  readonly rank: number;
}

interface Connection<Row> {
  readonly edges: readonly Edge<Row>[];
  readonly total: number | null;
  readonly hasNextPage: boolean;
  readonly asOf: Date;
}

const PageInfo = builder.objectRef<Connection<unknown>>('PageInfo').implement({
  fields: (t) => ({
    hasNextPage: t.exposeBoolean('hasNextPage', { nullable: false }),
    endCursor: t.string({ resolve: ({ edges }) => edges.at(-1)?.rank.toString() }),
  }),
});

interface Shape<Row> {
  readonly edgeFields: Fields<Edge<Row>>;
  /** Whether the provider counts the rows, and ranks them. */
  readonly isCounted: boolean;
}

/** Makes `<name>Connection` and `<name>Edge`. */
export function listOfProducts<Row extends { readonly id: string }>(
  name: string,
  { edgeFields, isCounted }: Shape<Row>,
) {
  const EdgeRef = builder.objectRef<Edge<Row>>(`${name}Edge`).implement({
    fields: (t) => ({
      node: t.field({ type: Product, nullable: false, resolve: ({ row }) => productOf(row) }),
      ...(isCounted && { rank: t.exposeInt('rank', { nullable: false }) }),
      ...edgeFields(t),
    }),
  });
  return builder.objectRef<Connection<Row>>(`${name}Connection`).implement({
    fields: (t) => ({
      edges: t.field({
        type: [EdgeRef],
        nullable: { list: false, items: false },
        resolve: ({ edges }) => edges,
      }),
      nodes: t.field({
        type: [Product],
        nullable: { list: false, items: false },
        resolve: ({ edges }) => edges.map(({ row }) => productOf(row)),
      }),
      pageInfo: t.field({ type: PageInfo, nullable: false, resolve: (connection) => connection }),
      asOf: t.expose('asOf', { type: 'DateTime', nullable: false }),
      ...(isCounted && { totalCount: t.expose('total', { type: 'SafeInt' }) }),
    }),
  });
}

const productOf = ({ id }: { readonly id: string }) => ({ type: 'Product' as const, id });

interface Window {
  readonly first: number;
  readonly after?: string | null | undefined;
}

export const windowArgs = (t: ArgBuilder<SchemaTypes>) => ({
  first: t.int({ required: true, defaultValue: 20 }),
  after: t.string(),
});

export const periodArg = (t: ArgBuilder<SchemaTypes>) => t({ type: Period, required: true, defaultValue: 30 });

/** The page that is the window; a cursor is the rank of its row. */
export function pageOf({ first, after }: Window) {
  const page = Number(after ?? 0) / first + 1;
  if (!Number.isInteger(page)) throw new ShopgraphError('BAD_CURSOR');
  return { page, limit: first };
}

interface Page<Row> {
  readonly rows: readonly Row[];
  readonly total: number | null;
}

export function toConnection<Row>(page: Page<Row> | null, { first, after }: Window): Connection<Row> {
  const { rows, total } = page ?? { rows: [], total: 0 };
  const before = Number(after ?? 0);
  const edges = rows.map((row, index) => ({ row, rank: before + index + 1 }));
  const isFull = rows.length === first;
  return { edges, total, hasNextPage: isFull && (total ?? Infinity) > before + first, asOf: new Date() };
}
