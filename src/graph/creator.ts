/** A creator who promotes products, and the list of what they promote. */
import { asks, facts, from } from '../plan/sources.ts';
import type { GraphNode } from '../plan/node.ts';
import type { DataOf, RowOf } from '../providers/provider.ts';
import * as et from '../providers/echotik/contract.ts';
import * as wh from '../providers/winninghunter/contract.ts';
import { builder } from './builder.ts';
import { localId, readId } from './ids.ts';
import { periodArg, SalesTotals, type ByPeriod } from './period.ts';
import { forwardArgs, productConnection } from './product-connection.ts';
import { provenance } from './provenance.ts';
import { Money, money } from './values.ts';

type CreatorNode = GraphNode<'Creator'>;

export const Creator = builder.objectRef<CreatorNode>('Creator');

const collected = from(et.creators, ({ id }: CreatorNode) => (et.isAskable(id) ? { user_id: id } : null));
const totals = from(wh.creatorTotals, ({ id }: CreatorNode, { period }: ByPeriod) => ({ id, period }));

type Totals = DataOf<typeof wh.creatorTotals> & ByPeriod;
const CreatorTotals = builder.objectRef<Totals>('CreatorTotals').implement({
  description: 'What is attributed to a creator in a period.',
  interfaces: [SalesTotals],
  fields: (t) => ({
    videoCount: t.field({
      type: 'SafeInt',
      description: 'Videos, as the provider counts them.',
      resolve: (said) => said.videos,
    }),
    followerCount: t.field({ type: 'SafeInt', description: 'Followers.', resolve: (said) => said.followers }),
  }),
});

type Row = RowOf<typeof wh.creatorProducts>;
const CreatorProducts = productConnection<Row>('CreatorProduct', {
  description: "Products that a creator promotes, in the provider's order. One call buys up to 50 rows.",
  edgeDescription:
    "A product in a creator's list: what is attributed to this creator, which is not the product's own total.",
  edgeFields: (t) => ({
    attributedRevenue: t.field({
      type: Money,
      description: "Revenue of this product attributed to this creator in the connection's period.",
      resolve: ({ row }) => money(row.revenue),
    }),
    attributedSales: t.field({
      type: 'SafeInt',
      description: "Units of this product whose sale is attributed to this creator in the connection's period.",
      resolve: ({ row }) => row.sales,
    }),
  }),
});

builder.node(Creator, {
  description: 'A creator who promotes products in videos.',
  id: { resolve: localId },
  fields: (t) => ({
    creatorId: t.exposeID('id', {
      nullable: false,
      description: "TikTok's own id, as digits. A string: 19 digits outgrow a double.",
    }),
    name: t.string({ description: 'The name that they show. It may change.', ...facts(collected('nick_name')) }),
    handle: t.string({ description: 'What follows the @. It may change.', ...facts(collected('unique_id')) }),
    totals: t.field({
      type: CreatorTotals,
      description: 'What the creator brought about in a period. One call per creator and period.',
      args: {
        period: periodArg(t.arg, 'to sum up'),
      },
      ...facts(totals((said, { period }) => ({ ...said, period }))),
    }),
    products: t.field({
      type: CreatorProducts,
      description: 'What the creator promotes, with what is attributed to them on the edges.',
      ...asks(wh.creatorProducts),
      args: {
        ...forwardArgs(t.arg),
        period: periodArg(t.arg, 'that the sales cover'),
      },
      resolve: async ({ id }, { period, ...forward }, { connect, operation }, info) => {
        const list = {
          endpoint: wh.creatorProducts,
          params: { id, period },
          node: (row: Row) => operation.node('Product', row.id),
        };
        const connection = await operation.once(connect(list, forward, info));
        return connection && { ...connection, period };
      },
    }),
    provenance: provenance(t),
  }),
});

builder.queryField('creator', (t) =>
  t.field({
    type: Creator,
    description: 'A creator by their id.',
    args: { id: t.arg.id({ required: true, description: "The global id, or TikTok's digits." }) },
    resolve: (_, args, { operation }) => operation.node('Creator', readId('Creator', args.id).id),
  }),
);
