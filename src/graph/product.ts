/** A product of TikTok Shop. */
import { facts, link } from '../plan/sources.ts';
import type { DataOf } from '../providers/provider.ts';
import type * as wh from '../providers/winninghunter/contract.ts';
import { builder } from './builder.ts';
import { localId, readId } from './ids.ts';
import { MarketplaceProduct, soldAt } from './marketplace.ts';
import { Period, periodArg, SalesTotals, type ByPeriod } from './period.ts';
import * as of from './product-sources.ts';
import type { ProductNode } from './product-sources.ts';
import { provenance } from './provenance.ts';
import { Shop } from './shop.ts';
import { Image, image, Money, money, Region, toRegion } from './values.ts';

export const Product = builder.objectRef<ProductNode>('Product');

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
  interfaces: [MarketplaceProduct],
  fields: (t) => ({
    marketplace: soldAt(t, 'TIKTOK_SHOP'),
    productId: t.exposeID('id', {
      nullable: false,
      description: "TikTok's own id, as digits. A string: 19 digits outgrow a double.",
    }),
    region: t.field({
      type: Region,
      description: 'The market that was asked about, which is part of the id; null if none was.',
      resolve: ({ region }) => toRegion(region),
    }),
    title: t.string({
      description:
        "The title. A list's row may have a shorter one than the product's own page, whose title stands where it is bought anyway.",
      ...facts(
        of.detail('title'),
        of.page('title'),
        of.collected('product_name'),
        of.shopRow('title'),
        of.storeRow('title'),
        of.creatorRow('title'),
        of.suggested('name'),
      ),
    }),
    description: t.string({
      description: 'What the seller writes about it, as plain text.',
      ...facts(of.page('description'), of.storeRow('description')),
    }),
    price: t.field({
      type: Money,
      description: 'The current price. Null where variants have different ones and the provider names none for all.',
      ...facts(
        of.detailAnywhere(({ price }) => money(price)),
        // Withheld by one page, another provider may have it.
        of.page(({ price, priceMasked, currency }, _args, { region }) =>
          priceMasked ? undefined : money(price, { stated: currency, market: region }),
        ),
        of.collected((row, _args, node) => of.collectedPrice(row, node)),
        of.shopRow(({ price }, node: of.ProductNode) => money(price, { market: of.marketIn(node) })),
        of.storeRow((row) => of.storePrice(row, 'current')),
      ),
    }),
    originalPrice: t.field({
      type: Money,
      description: 'The price before a discount.',
      ...facts(
        of.page(({ listPrice, currency }, _args, { region }) => money(listPrice, { stated: currency, market: region })),
        of.storeRow((row) => of.storePrice(row, 'original')),
      ),
    }),
    priceMasked: t.boolean({
      description: 'True where TikTok withholds digits of the price from visitors ("2?"), which is then null.',
      ...facts(of.page('priceMasked')),
    }),
    image: t.field({
      type: Image,
      description: 'The main picture.',
      ...facts(
        of.detail((said) => image(said.image)),
        of.page((said) => image(said.image)),
        of.storeRow(({ image: shown, imageUrl }) =>
          shown?.url == null ? image(imageUrl) : { ...shown, url: shown.url },
        ),
      ),
    }),
    url: t.field({ type: 'URL', description: "The product's public page.", ...facts(of.storeRow('url')) }),
    rating: t.float({
      description: 'The average rating, 0 to 5.',
      ...facts(
        of.detail('rating'),
        of.collected('product_rating'),
        of.page('rating'),
        of.storeRow(({ metrics }) => (metrics === null ? null : metrics?.rating)),
      ),
    }),
    reviewCount: t.field({
      type: 'SafeInt',
      description: 'How many reviews it has. Null where a provider shows the number in a rounded form alone.',
      ...facts(
        of.collected('review_count'),
        of.page(({ reviewCount, reviewCountRounded }) => (reviewCountRounded ? undefined : reviewCount)),
        of.storeRow(({ metrics }) => (metrics === null ? null : metrics?.reviews)),
      ),
    }),
    shop: t.field({
      type: Shop,
      description: 'The shop that sells it.',
      ...link(
        'Shop',
        of.marketOf,
        of.detail('shop_id'),
        of.collected(({ seller_id }) => seller_id ?? undefined),
        of.page('sellerId'),
        of.shopRow('shop_id'),
        of.storeRow('store_id'),
      ),
    }),
    profileRevenue: t.field({
      type: Money,
      description:
        "Revenue as the product's profile shows it, over a period that the provider does not state. Prefer `totals`.",
      ...facts(of.detail(({ revenue }) => money(revenue))),
    }),
    profileSales: t.field({
      type: 'SafeInt',
      description:
        "Units sold as the product's profile shows them, over a period that the provider does not state. Prefer `totals`.",
      ...facts(of.detail('sales')),
    }),
    totals: t.field({
      type: ProductTotals,
      description: 'What it sold in a period. One call per product and period.',
      args: { period: periodArg(t.arg, 'to sum up') },
      ...facts(of.totals((said, { period }) => ({ ...said, period }))),
    }),
    history: t.field({
      type: SalesHistory,
      description: 'What it sold day by day. One call per product and period.',
      args: { period: periodArg(t.arg, 'to look back') },
      ...facts(of.history((points, { period }) => ({ points, period }))),
    }),
    provenance: provenance(t),
  }),
});

builder.queryField('product', (t) =>
  t.field({
    type: Product,
    description: 'A product by its id.',
    args: {
      id: t.arg.id({ required: true, description: "The global id, or TikTok's digits." }),
      region: t.arg({
        type: Region,
        description: 'The market to ask about; becomes part of the id. A price differs by market.',
      }),
    },
    resolve: (_, args, { operation }) => {
      const { id, region } = readId('Product', args.id, args.region ?? null);
      return operation.node('Product', id, region);
    },
  }),
);
