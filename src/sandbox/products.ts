// The world's products: titles, prices and histories, and the habits of the few that show what live data may do.

import { type Aisle, colours, goods, qualities } from './catalogue.ts';
import { type Figures, type History, anchor, daysKept, figuresOver, historyOf } from './history.ts';
import { documented, notable, productId } from './ids.ts';
import { type PublicPage, publicPage } from './public-page.ts';
import { randomOf } from './random.ts';

/** What live data may do that the documentation does not show. A product has at most one such habit. */
export type Quirk = 'no-row-price' | 'null-price' | 'null-rating' | 'empty-image' | 'no-image' | 'string-numbers';
const quirks: readonly Quirk[] = [
  'no-row-price',
  'null-price',
  'null-rating',
  'empty-image',
  'no-image',
  'string-numbers',
];

export interface Product extends PublicPage {
  id: string;
  title: string;
  /** What lists call it: a summary of the title, where they differ. */
  rowTitle: string;
  shopId: string;
  country: string;
  priceCents: number;
  rating: number;
  image: string;
  quirk: Quirk | undefined;
  history: History;
}

export interface ShopPlan {
  id: string;
  name: string;
  country: string;
  aisle: Aisle;
  size: number;
  /** About how many items the whole shop sells in a day. */
  unitsPerDay: number;
}

// Prices are in the shop's own money, which the provider never names.
const priceScale: Record<string, number> = { MY: 4, ID: 15_000 };

function priceCentsOf(lowCents: number, highCents: number, country: string, id: string): number {
  const random = randomOf(`price ${id}`);
  const scaled = random.between(lowCents, highCents) * (priceScale[country] ?? 1);
  if (country === 'ID') return Math.round(scaled / 100_000) * 100_000 - 10_000;
  return Math.floor(scaled / 100) * 100 + random.pick([90, 99, 50, 49, 0]);
}

export function makeProduct(shop: ShopPlan, index: number, unitsPerDay: number): Product {
  const id = productId(shop.id, index);
  const shelf = goods[shop.aisle];
  const good = shelf[index % shelf.length]!;
  const words = qualities[shop.aisle];
  const round = Math.floor(index / shelf.length);
  const colour = colours[Math.floor(round / words.length)]!;
  const title = `${words[(round + index) % words.length]} ${good.name}${colour}`;
  const priceCents = priceCentsOf(good.lowCents, good.highCents, shop.country, id);
  const sparse = shop.id === notable.sparseShopId;
  // The last product of the sparse shop is eleven days old: the older days are missing, not zero.
  const firstDay = sparse && index === shop.size - 1 ? daysKept - 11 : 0;
  return withPage({
    id,
    title,
    rowTitle: title,
    shopId: shop.id,
    country: shop.country,
    priceCents,
    rating: randomOf(`rating ${id}`).whole(36, 50) / 10,
    image: `https://cdn.example.com/products/${id}.jpg`,
    quirk: sparse ? quirks[index % 8] : undefined,
    history: historyOf(id, unitsPerDay, priceCents, firstDay),
  });
}

const withPage = (product: Omit<Product, keyof PublicPage>): Product => ({ ...product, ...publicPage(product) });

export function makeDocumentedProduct(shop: ShopPlan): Product {
  const id = documented.productId;
  return withPage({
    id,
    title: 'Vitamin C Brightening Serum',
    rowTitle: 'Vitamin C Serum',
    shopId: shop.id,
    country: shop.country,
    priceCents: 2490,
    rating: 4.7,
    image: 'https://cdn.example.com/products/serum.jpg',
    quirk: undefined,
    history: anchor(
      historyOf(id, 418, 2490),
      [
        { sales: 435, revenueCents: 1_084_000 },
        { sales: 452, revenueCents: 1_129_000 },
      ],
      { sales: 12_550, revenueCents: 31_254_000 },
    ),
  });
}

export const productFigures = (product: Product, periodDays: number): Figures =>
  figuresOver(product.history, periodDays);
