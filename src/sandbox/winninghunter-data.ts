// How WinningHunter tells the world's facts: its field names, its rounding, its pages, and what live data gets wrong.

import { type Creator, attributed, creatorFigures } from './creators.ts';
import { type Figures, dates, daysKept } from './history.ts';
import { documented } from './ids.ts';
import { type Product, productFigures } from './products.ts';
import type { Behaviour } from './provider.ts';
import type { Video } from './videos.ts';
import type { Asked, SortKey } from './winninghunter-params.ts';
import { type Shop, shopFigures } from './world.ts';

/** What becomes of an id that nobody knows is not documented. Here: a success without data. */
export const one = <T>(entity: T | undefined, tell: (entity: T) => object) => ({
  success: true,
  data: entity === undefined ? null : tell(entity),
});

/** One page of rows. A larger `limit` than the provider serves is clamped without a word. */
export function page(rows: object[], asked: Asked, { pageMax, totalRepeatsLimit }: Behaviour) {
  const limit = Math.min(asked.limit, pageMax);
  const start = (asked.page - 1) * limit;
  return {
    success: true,
    data: rows.slice(start, start + limit),
    page: asked.page,
    total: totalRepeatsLimit ? asked.limit : rows.length,
  };
}

const money = (cents: number) => cents / 100;

function totals({ sales, revenueCents }: Figures, period: number) {
  // The provider cuts the average to cents, it does not round.
  const averageCents = sales ? Math.floor(revenueCents / sales) : 0;
  return { revenue: money(revenueCents), sales, avg_price: money(averageCents), period };
}

export const shopDetail = (shop: Shop) => ({
  id: shop.id,
  name: shop.name,
  country: shop.country,
  logo: shop.logo,
  products_count: shop.products.length,
  creators_count: shop.creatorsCount,
  rating: shop.rating,
});

export function shopTotals(shop: Shop, period: number) {
  if (shop.id === documented.shopId && period === 30) {
    // As documented, though 1284500 / 51380 is 25.00: a client must not recompute what the provider states.
    return { revenue: 1284500, sales: 51380, avg_price: 24.99, conversion_rate: 0.037, period };
  }
  const { revenue, sales, avg_price } = totals(shopFigures(shop, period), period);
  return { revenue, sales, avg_price, conversion_rate: sales ? shop.conversionRate : 0, period };
}

const sortValue: Record<SortKey, (product: Product, figures: Figures) => number> = {
  revenue: (_product, figures) => figures.revenueCents,
  sales: (_product, figures) => figures.sales,
  price: (product) => product.priceCents,
};

const byIdUp = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);

export function shopRows(shop: Shop | undefined, { period, sort, order }: Asked): object[] {
  const direction = order === 'asc' ? 1 : -1;
  return (shop?.products ?? [])
    .map((product) => ({ product, figures: productFigures(product, period) }))
    .map((row) => ({ ...row, value: sortValue[sort](row.product, row.figures) }))
    .sort((a, b) => direction * (a.value - b.value) || byIdUp(a.product, b.product))
    .map(({ product, figures }) => productRow(product, figures));
}

/** Money and counts as this product states them: mostly numbers, in a few live rows strings. */
function stated(product: Product, figures: Figures) {
  const asText = product.quirk === 'string-numbers';
  const amount = (cents: number) => (asText ? money(cents).toFixed(2) : money(cents));
  return {
    price: product.quirk === 'null-price' ? null : amount(product.priceCents),
    revenue: amount(figures.revenueCents),
    sales: asText ? String(figures.sales) : figures.sales,
  };
}

function productRow(product: Product, figures: Figures): object {
  const { price, revenue, sales } = stated(product, figures);
  return {
    id: product.id,
    title: product.rowTitle,
    ...(product.quirk === 'no-row-price' ? {} : { price }),
    revenue,
    sales,
  };
}

export function productDetail(product: Product): object {
  const { quirk } = product;
  return {
    id: product.id,
    title: product.title,
    shop_id: product.shopId,
    // The documentation names no period for these two; here they are the last 30 days.
    ...stated(product, productFigures(product, 30)),
    rating: quirk === 'null-rating' ? null : product.rating,
    ...(quirk === 'no-image' ? {} : { image: quirk === 'empty-image' ? '' : product.image }),
  };
}

export const productTotals = (product: Product, period: number) => totals(productFigures(product, period), period);

export function productPoints(product: Product | undefined, period: number): object[] {
  if (!product) return [];
  const { firstDay, sales, revenueCents } = product.history;
  const from = Math.max(firstDay, daysKept - period);
  return dates.slice(from).map((date, index) => ({
    date,
    revenue: money(revenueCents[from + index]!),
    sales: sales[from + index]!,
  }));
}

export function creatorTotals(creator: Creator, period: number) {
  const { sales, revenueCents } = creatorFigures(creator, period);
  return { revenue: money(revenueCents), sales, videos: creator.videosCount, followers: creator.followers, period };
}

export function creatorRows(creator: Creator | undefined, period: number): object[] {
  return (creator?.promotions ?? [])
    .map((promotion) => ({ product: promotion.product, figures: attributed(promotion, period) }))
    .sort((a, b) => b.figures.revenueCents - a.figures.revenueCents || byIdUp(a.product, b.product))
    .map(({ product, figures }) => ({
      id: product.id,
      title: product.rowTitle,
      revenue: money(figures.revenueCents),
      sales: figures.sales,
    }));
}

export const videoDetail = (video: Video) => ({
  id: video.id,
  caption: video.caption,
  creator_id: video.creatorId,
  product_id: video.productId,
  posted_at: video.postedAt,
});

export const videoMetrics = (video: Video, period: number) => ({ ...video.metrics[period as 1 | 7 | 30], period });
