/** A shop of TikTok Shop, and the list of what it sells. */
import type { DataOf, RowOf } from '../../src/providers/provider.ts';
import * as wh from '../../src/providers/winninghunter/contract.ts';
import { builder, Image, image, Money, money, Region, toRegion, type Context } from './builder.ts';
import { listOfProducts, pageOf, periodArg, toConnection, windowArgs } from './connection.ts';
import { Node, refOf, type Ref } from './node.ts';

type ShopRef = Ref<'Shop'>;

export const Shop = builder.objectRef<ShopRef>('Shop');

const detail = ({ id, region }: ShopRef, { load }: Context) =>
  load(wh.shopDetail, { id, ...(region != null && { country: region }) });

const ShopTotals = builder.objectRef<DataOf<typeof wh.shopTotals>>('ShopTotals').implement({
  fields: (t) => ({
    revenue: t.field({ type: Money, resolve: ({ revenue }) => money(revenue) }),
    sales: t.field({ type: 'SafeInt', resolve: ({ sales }) => sales }),
    averagePrice: t.field({ type: Money, resolve: (said) => money(said.avg_price) }),
    conversionRate: t.field({ type: 'Float', resolve: (said) => said.conversion_rate }),
  }),
});

const ProductOrderField = builder.enumType('ShopProductOrderField', {
  values: { REVENUE: { value: 'revenue' }, SALES: { value: 'sales' }, PRICE: { value: 'price' } } as const,
});

const SortDirection = builder.enumType('SortDirection', {
  values: { ASC: { value: 'asc' }, DESC: { value: 'desc' } } as const,
});

const ProductOrder = builder.inputType('ShopProductOrder', {
  fields: (t) => ({
    field: t.field({ type: ProductOrderField, required: true, defaultValue: 'revenue' }),
    direction: t.field({ type: SortDirection, required: true, defaultValue: 'desc' }),
  }),
});

const ShopProducts = listOfProducts<RowOf<typeof wh.shopProducts>>('ShopProduct', {
  isCounted: true,
  edgeFields: (t) => ({
    revenue: t.field({ type: Money, resolve: ({ row }) => money(row.revenue) }),
    sales: t.field({ type: 'SafeInt', resolve: ({ row }) => row.sales }),
  }),
});

builder.objectType(Shop, {
  interfaces: [Node],
  fields: (t) => ({
    shopId: t.exposeID('id', { nullable: false }),
    region: t.field({
      type: Region,
      resolve: async (shop, _args, context) => toRegion((await detail(shop, context))?.country),
    }),
    name: t.string({ resolve: async (shop, _args, context) => (await detail(shop, context))?.name }),
    logo: t.field({
      type: Image,
      resolve: async (shop, _args, context) => image((await detail(shop, context))?.logo),
    }),
    rating: t.float({ resolve: async (shop, _args, context) => (await detail(shop, context))?.rating }),
    productCount: t.field({
      type: 'SafeInt',
      resolve: async (shop, _args, context) => (await detail(shop, context))?.products_count,
    }),
    creatorCount: t.field({
      type: 'SafeInt',
      resolve: async (shop, _args, context) => (await detail(shop, context))?.creators_count,
    }),
    totals: t.field({
      type: ShopTotals,
      args: { period: periodArg(t.arg) },
      resolve: ({ id }, { period }, { load }) => load(wh.shopTotals, { id, period }),
    }),
    products: t.field({
      type: ShopProducts,
      args: {
        ...windowArgs(t.arg),
        period: periodArg(t.arg),
        orderBy: t.arg({
          type: ProductOrder,
          required: true,
          defaultValue: { field: 'revenue', direction: 'desc' },
        }),
      },
      resolve: async ({ id }, { period, orderBy, ...window }, { load }) => {
        const sorted = { sort: orderBy.field, order: orderBy.direction };
        return toConnection(await load(wh.shopProducts, { id, period, ...sorted, ...pageOf(window) }), window);
      },
    }),
  }),
});

builder.queryField('shop', (t) =>
  t.field({
    type: Shop,
    args: { id: t.arg.id({ required: true }), region: t.arg({ type: Region }) },
    resolve: (_, { id, region }) => ({ ...refOf('Shop', id), ...(region != null && { region }) }),
  }),
);
