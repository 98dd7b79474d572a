/** A product of TikTok Shop: each field loads the endpoint that tells it, by the product's id. */
import type { DataOf } from '../../src/providers/provider.ts';
import * as et from '../../src/providers/echotik/contract.ts';
import * as jo from '../../src/providers/justoneapi/contract.ts';
import * as wh from '../../src/providers/winninghunter/contract.ts';
import { builder, Image, image, Money, money, Period, type Context } from './builder.ts';
import { Node, refOf, type Ref } from './node.ts';
import { Shop } from './shop.ts';

type ProductRef = Ref<'Product'>;

export const Product = builder.objectRef<ProductRef>('Product');

const detail = ({ id }: ProductRef, { load }: Context) => load(wh.productDetail, { id });
/** The one tells the number of reviews, ten products in a call; the other a description, and the number where the one does not. */
const collected = ({ id }: ProductRef, { load }: Context) => load(et.products, { product_id: id });
const page = ({ id }: ProductRef, { load }: Context) => load(jo.productDetail, { productId: id });

const exactCount = (said: DataOf<typeof jo.productDetail> | null) =>
  said?.reviewCountRounded ? null : said?.reviewCount;

const ProductTotals = builder.objectRef<DataOf<typeof wh.productTotals>>('ProductTotals').implement({
  fields: (t) => ({
    revenue: t.field({ type: Money, resolve: ({ revenue }) => money(revenue) }),
    sales: t.field({ type: 'SafeInt', resolve: ({ sales }) => sales }),
    averagePrice: t.field({ type: Money, resolve: (said) => money(said.avg_price) }),
  }),
});

type Point = DataOf<typeof wh.productHistory>[number];
const SalesPoint = builder.objectRef<Point>('SalesPoint').implement({
  fields: (t) => ({
    date: t.expose('date', { type: 'Date', nullable: false }),
    revenue: t.field({ type: Money, resolve: ({ revenue }) => money(revenue) }),
    sales: t.field({ type: 'SafeInt', resolve: ({ sales }) => sales }),
  }),
});

const SalesHistory = builder.objectRef<{ points: readonly Point[] }>('SalesHistory').implement({
  fields: (t) => ({
    points: t.field({
      type: [SalesPoint],
      nullable: { list: false, items: false },
      resolve: ({ points }) => points,
    }),
  }),
});

builder.objectType(Product, {
  interfaces: [Node],
  fields: (t) => ({
    productId: t.exposeID('id', { nullable: false }),
    title: t.string({ resolve: async (product, _args, context) => (await detail(product, context))?.title }),
    description: t.string({ resolve: async (product, _args, context) => (await page(product, context))?.description }),
    price: t.field({
      type: Money,
      resolve: async (product, _args, context) => money((await detail(product, context))?.price),
    }),
    image: t.field({
      type: Image,
      resolve: async (product, _args, context) => image((await detail(product, context))?.image),
    }),
    rating: t.float({ resolve: async (product, _args, context) => (await detail(product, context))?.rating }),
    reviewCount: t.field({
      type: 'SafeInt',
      resolve: async (product, _args, context) => {
        const said = await collected(product, context);
        return said ? said.review_count : exactCount(await page(product, context));
      },
    }),
    shop: t.field({
      type: Shop,
      resolve: async (product, _args, context) => {
        const id = (await detail(product, context))?.shop_id;
        return id == null ? null : { type: 'Shop' as const, id };
      },
    }),
    totals: t.field({
      type: ProductTotals,
      args: { period: t.arg({ type: Period, required: true, defaultValue: 30 }) },
      resolve: ({ id }, { period }, { load }) => load(wh.productTotals, { id, period }),
    }),
    history: t.field({
      type: SalesHistory,
      args: { period: t.arg({ type: Period, required: true, defaultValue: 30 }) },
      resolve: async ({ id }, { period }, { load }) => {
        const points = await load(wh.productHistory, { id, period });
        return points && { points };
      },
    }),
  }),
});

builder.queryField('product', (t) =>
  t.field({
    type: Product,
    args: { id: t.arg.id({ required: true }) },
    resolve: (_, { id }) => refOf('Product', id),
  }),
);
