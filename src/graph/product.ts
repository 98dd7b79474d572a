/** A product of TikTok Shop. */
import { facts, from, link, rowOf } from '../plan/sources.ts';
import type { GraphNode } from '../plan/node.ts';
import type { DataOf } from '../providers/provider.ts';
import * as wh from '../providers/winninghunter/contract.ts';
import { builder } from './builder.ts';
import { localId, readId } from './ids.ts';
import { Period, periodArg, SalesTotals, type ByPeriod } from './period.ts';
import { Shop } from './shop.ts';
import { Image, image, Money, money } from './values.ts';

type ProductNode = GraphNode<'Product'>;

export const Product = builder.objectRef<ProductNode>('Product');

interface InShop {
  readonly shop_id: string;
  readonly shop_region: string | null;
}
const shopRow = rowOf<typeof wh.shopProducts, InShop>(wh.shopProducts);
/** The way back from a shop's list leads to the market in which the shop was asked about. */
const marketOf = ({ rows }: ProductNode, shopId: string): string | null => {
  const lists = rows.filter(({ list }) => list === wh.shopProducts).map(({ row }) => row as InShop);
  return lists.find(({ shop_id }) => shop_id === shopId)?.shop_region ?? null;
};

const creatorRow = rowOf(wh.creatorProducts);
const detail = from(wh.productDetail, ({ id }: ProductNode) => ({ id }));
const totals = from(wh.productTotals, ({ id }: ProductNode, { period }: ByPeriod) => ({ id, period }));
const history = from(wh.productHistory, ({ id }: ProductNode, { period }: ByPeriod) => ({ id, period }));

type Totals = DataOf<typeof wh.productTotals> & ByPeriod;
const ProductTotals = builder.objectRef<Totals>('ProductTotals').implement({
  description: 'What a product sold in a period, in all shops and through all creators.',
  interfaces: [SalesTotals],
  fields: (t) => ({
    averagePrice: t.field({
      type: Money,
      description: "The average price of a unit, in the provider's own rounding: not always revenue divided by sales.",
      resolve: (said) => money(said.avg_price),
    }),
  }),
});

type Point = DataOf<typeof wh.productHistory>[number];
const SalesPoint = builder.objectRef<Point>('SalesPoint').implement({
  description: 'The sales of one day.',
  fields: (t) => ({
    date: t.expose('date', { type: 'Date', nullable: false, description: 'The day.' }),
    revenue: t.field({ type: Money, description: 'Revenue of the day.', resolve: (point) => money(point.revenue) }),
    sales: t.field({ type: 'SafeInt', description: 'Units sold that day.', resolve: (point) => point.sales }),
  }),
});

const SalesHistory = builder.objectRef<ByPeriod & { points: readonly Point[] }>('SalesHistory').implement({
  description: 'Sales day by day.',
  fields: (t) => ({
    period: t.expose('period', { type: Period, nullable: false, description: 'The days covered.' }),
    points: t.field({
      type: [SalesPoint],
      nullable: { list: false, items: false },
      description: 'One point a day, oldest first. A day of which the provider says nothing is absent, not zero.',
      resolve: ({ points }) => points,
    }),
  }),
});

builder.node(Product, {
  description:
    'A product of TikTok Shop. In a list, `title` and `price` come with the row; each other group of facts is a call per product.',
  id: { resolve: localId },
  fields: (t) => ({
    productId: t.exposeID('id', {
      nullable: false,
      description: "TikTok's own id, as digits. A string: 19 digits outgrow a double.",
    }),
    title: t.string({
      description:
        "The title. A list's row may have a shorter one than the product's own page, whose title stands where it is bought anyway.",
      ...facts(detail('title'), shopRow('title'), creatorRow('title')),
    }),
    price: t.field({
      type: Money,
      description: 'The current price.',
      ...facts(
        detail(({ price }) => money(price)),
        shopRow(({ price }) => money(price)),
      ),
    }),
    rating: t.float({ description: 'The average rating, 0 to 5.', ...facts(detail('rating')) }),
    image: t.field({
      type: Image,
      description: 'The main picture.',
      ...facts(detail((said) => image(said.image))),
    }),
    shop: t.field({
      type: Shop,
      description: 'The shop that sells it.',
      ...link('Shop', marketOf, detail('shop_id'), shopRow('shop_id')),
    }),
    profileRevenue: t.field({
      type: Money,
      description:
        "Revenue as the product's profile shows it, over a period that the provider does not state. Prefer `totals`.",
      ...facts(detail(({ revenue }) => money(revenue))),
    }),
    profileSales: t.field({
      type: 'SafeInt',
      description:
        "Units sold as the product's profile shows them, over a period that the provider does not state. Prefer `totals`.",
      ...facts(detail('sales')),
    }),
    totals: t.field({
      type: ProductTotals,
      description: 'What it sold in a period. One call per product and period.',
      args: { period: periodArg(t.arg, 'to sum up') },
      ...facts(totals((said, { period }) => ({ ...said, period }))),
    }),
    history: t.field({
      type: SalesHistory,
      description: 'What it sold day by day. One call per product and period.',
      args: { period: periodArg(t.arg, 'to look back') },
      ...facts(history((points, { period }) => ({ points, period }))),
    }),
  }),
});

builder.queryField('product', (t) =>
  t.field({
    type: Product,
    description: 'A product by its id.',
    args: { id: t.arg.id({ required: true, description: "The global id, or TikTok's digits." }) },
    resolve: (_, args, { operation }) => operation.node('Product', readId('Product', args.id).id),
  }),
);
