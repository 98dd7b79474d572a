/** A shop of TikTok Shop, and the list of what it sells. */
import { asks, facts, from, ownerOf, rowOf } from '../plan/sources.ts';
import type { GraphNode } from '../plan/node.ts';
import type { DataOf, RowOf } from '../providers/provider.ts';
import * as et from '../providers/echotik/contract.ts';
import * as sf from '../providers/socialfetch/contract.ts';
import * as wh from '../providers/winninghunter/contract.ts';
import { builder } from './builder.ts';
import { localId, readId } from './ids.ts';
import { soldAt } from './marketplace.ts';
import { periodArg, SalesTotals, type ByPeriod } from './period.ts';
import { forwardArgs, productConnection } from './product-connection.ts';
import { provenance } from './provenance.ts';
import { Storefront, storefrontArgs, storefrontOf } from './storefront.ts';
import { Image, image, Money, money, Region, toRegion } from './values.ts';

type ShopNode = GraphNode<'Shop'>;
type Row = RowOf<typeof wh.shopProducts>;

export const Shop = builder.objectRef<ShopNode>('Shop');

const detail = from(wh.shopDetail, ({ id, region }: ShopNode) => ({ id, ...(region !== null && { country: region }) }));
const collected = from(et.shopDetail, ({ id }: ShopNode) => (et.isAskable(id) ? { seller_id: id } : null));
const suggested = rowOf(wh.suggestions);
const storePage = ownerOf<typeof sf.storeProducts, 'shop'>(sf.storeProducts);
const totals = from(wh.shopTotals, ({ id }: ShopNode, { period }: ByPeriod) => ({ id, period }));

type Totals = DataOf<typeof wh.shopTotals> & ByPeriod;
const ShopTotals = builder.objectRef<Totals>('ShopTotals').implement({
  description: 'What a shop sold in a period.',
  interfaces: [SalesTotals],
  fields: (t) => ({
    averagePrice: t.field({
      type: Money,
      description: "The average price of a unit, in the provider's own rounding: not always revenue divided by sales.",
      resolve: (said) => money(said.avg_price),
    }),
    conversionRate: t.field({
      type: 'Float',
      description: 'The share of visitors who buy, 0 to 1.',
      resolve: (said) => said.conversion_rate,
    }),
  }),
});

const ProductOrderField = builder.enumType('ShopProductOrderField', {
  description: "What a shop's products can be sorted by.",
  values: {
    REVENUE: { value: 'revenue', description: 'Revenue in the period.' },
    SALES: { value: 'sales', description: 'Units sold in the period.' },
    PRICE: { value: 'price', description: 'The current price.' },
  } as const,
});

const SortDirection = builder.enumType('SortDirection', {
  description: 'Which end of an order comes first.',
  values: {
    ASC: { value: 'asc', description: 'The smallest first.' },
    DESC: { value: 'desc', description: 'The largest first.' },
  } as const,
});

const ProductOrder = builder.inputType('ShopProductOrder', {
  description: "How a shop's products are sorted.",
  fields: (t) => ({
    field: t.field({
      type: ProductOrderField,
      required: true,
      defaultValue: 'revenue',
      description: 'What to sort by.',
    }),
    direction: t.field({ type: SortDirection, required: true, defaultValue: 'desc', description: 'Which end first.' }),
  }),
});

const ShopProducts = productConnection<Row>('ShopProduct', {
  description: 'Products of a shop, sorted. One call buys up to 50 rows.',
  edgeDescription: "A product in a shop's list: what this shop sold of it in the connection's period.",
  edgeFields: (t) => ({
    revenue: t.field({
      type: Money,
      description: "Revenue of this product in this shop in the connection's period.",
      resolve: ({ row }) => money(row.revenue),
    }),
    sales: t.field({
      type: 'SafeInt',
      description: "Units of this product sold in this shop in the connection's period.",
      resolve: ({ row }) => row.sales,
    }),
  }),
});

builder.node(Shop, {
  description: 'A shop of TikTok Shop.',
  id: { resolve: localId },
  fields: (t) => ({
    marketplace: soldAt(t, 'TIKTOK_SHOP'),
    shopId: t.exposeID('id', {
      nullable: false,
      description: "TikTok's own id, as digits. A string: 19 digits outgrow a double.",
    }),
    region: t.field({
      type: Region,
      description: 'The market that it sells in.',
      ...facts(
        detail(({ country }) => toRegion(country)),
        collected(({ region }) => toRegion(region)),
      ),
    }),
    name: t.string({
      description: 'The name that customers see.',
      ...facts(detail('name'), collected('seller_name'), storePage('name'), suggested('name')),
    }),
    logo: t.field({
      type: Image,
      description: 'The logo.',
      ...facts(
        detail(({ logo }) => image(logo)),
        storePage(({ logoUrl }) => image(logoUrl)),
      ),
    }),
    rating: t.float({
      description: 'The average rating, 0 to 5.',
      ...facts(detail('rating'), collected('rating'), storePage('rating')),
    }),
    productCount: t.field({
      type: 'SafeInt',
      description: "How many products it sells, by its profile. The list's own count is `products { totalCount }`.",
      ...facts(detail('products_count')),
    }),
    creatorCount: t.field({
      type: 'SafeInt',
      description: 'How many creators promote its products.',
      ...facts(detail('creators_count')),
    }),
    totals: t.field({
      type: ShopTotals,
      description: 'What it sold in a period. One call per shop and period.',
      args: {
        period: periodArg(t.arg, 'to sum up'),
      },
      ...facts(totals((said, { period }) => ({ ...said, period }))),
    }),
    products: t.field({
      type: ShopProducts,
      description: 'What it sells, with the sales of the period on the edges. Needs no other call than its own.',
      ...asks(wh.shopProducts),
      args: {
        ...forwardArgs(t.arg),
        period: periodArg(t.arg, 'that the sales cover'),
        orderBy: t.arg({
          type: ProductOrder,
          required: true,
          defaultValue: { field: 'revenue', direction: 'desc' },
          description: 'How to sort.',
        }),
      },
      resolve: async ({ id, region }, { period, orderBy, ...forward }, { connect, operation }, info) => {
        const list = {
          endpoint: wh.shopProducts,
          params: { id, period, sort: orderBy.field, order: orderBy.direction },
          node: (row: Row) => operation.node('Product', row.id),
          implied: { shop_id: id, shop_region: region },
        };
        const connection = await operation.once(connect(list, forward, info));
        return connection && { ...connection, period };
      },
    }),
    storefront: t.field({
      type: Storefront,
      description: 'Its public page, which is found by address alone. Null, and an error, if there is none.',
      args: storefrontArgs(t.arg),
      resolve: storefrontOf,
    }),
    provenance: provenance(t),
  }),
});

builder.queryField('shop', (t) =>
  t.field({
    type: Shop,
    description: 'A shop by its id.',
    args: {
      id: t.arg.id({ required: true, description: "The global id, or TikTok's digits." }),
      region: t.arg({ type: Region, description: 'The market to ask about; becomes part of the id.' }),
    },
    resolve: (_, args, { operation }) => {
      const { id, region } = readId('Shop', args.id, args.region ?? null);
      return operation.node('Shop', id, region);
    },
  }),
);
