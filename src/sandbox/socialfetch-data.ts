// How SocialFetch tells of a store and its products: every key there, many of them null.

import { seenBy } from './disagreements.ts';
import { notable } from './ids.ts';
import { currencyOf, decimal } from './money.ts';
import type { Product } from './products.ts';
import { randomOf } from './random.ts';
import { type Shop, type World, storeUrlOf } from './world.ts';

export interface Window {
  start: number;
  end: number;
  nextCursor: string | null;
}

export const notFound = {
  lookupStatus: 'not_found',
  shop: null,
  products: [],
  page: { nextCursor: null, hasMore: false },
};

/** In which order they tell is not documented. Here: what sold most comes first. */
export const sorted = (shop: Shop): Product[] =>
  shop.products.toSorted((a, b) => b.soldCount - a.soldCount || (a.id < b.id ? -1 : 1));

export function listing(shop: Shop, world: World, { start, end, nextCursor }: Window) {
  const isSparse = shop.id === notable.sparseShopId;
  return {
    lookupStatus: 'found',
    shop: isSparse ? { ...nothing, ...addressOf(shop) } : { ...profileOf(shop, world), ...addressOf(shop) },
    products: sorted(shop)
      .slice(start, end)
      .map((product) => cardOf(product, shop)),
    // Two keys may say that it ends: the sparse shop leaves it to the cursor.
    page: { nextCursor, hasMore: nextCursor !== null || isSparse },
  };
}

const addressOf = (shop: Shop) => ({ id: shop.id, storeUrl: storeUrlOf(shop), region: shop.country });

const nothing = {
  name: null,
  logoUrl: null,
  rating: null,
  soldCount: null,
  reviewCount: null,
  onSellProductCount: null,
  followerCount: null,
  videoCount: null,
};

function profileOf(shop: Shop, { products, videos }: World): { [Key in keyof typeof nothing]: unknown } {
  const sum = (count: (product: Product) => number) => shop.products.reduce((all, each) => all + count(each), 0);
  return {
    name: shop.name,
    logoUrl: shop.logo,
    rating: shop.rating || null,
    soldCount: sum((product) => product.soldCount),
    reviewCount: sum((product) => product.reviewsCount),
    onSellProductCount: shop.products.length,
    followerCount: shop.followers,
    videoCount: [...videos.values()].filter((video) => products.get(video.productId)?.shopId === shop.id).length,
  };
}

function cardOf(product: Product, shop: Shop) {
  const random = randomOf(`card ${product.id}`);
  const { rating, reviewsCount, soldCount } = seenBy('socialfetch', product);
  return {
    id: product.id,
    title: product.title,
    description: random.next() < 0.2 ? product.description : null,
    url: `https://www.tiktok.com/shop/pdp/${product.id}`,
    ...pictureOf(product),
    shipFrom: random.next() < 0.3 ? `Ships from ${shop.country}` : null,
    trustLabel: random.next() < 0.2 ? 'Top brand' : null,
    labels:
      random.next() < 0.4
        ? [
            { text: 'Free shipping', type: 3 },
            { text: 'Sale', type: null },
          ]
        : [],
    price: priceOf(product),
    metrics: { sold: soldCount, reviews: reviewsCount || null, rating: rating ?? null },
    shop: { id: shop.id, name: random.next() < 0.5 ? shop.name : null, logoUrl: null },
  };
}

/** The picture's size is optional: some have it, some say that they have not, some say nothing. */
function pictureOf({ image, quirk }: Product) {
  if (quirk === 'no-image') return { imageUrl: null };
  if (quirk === 'empty-image') return { imageUrl: null, image: null };
  return { imageUrl: image, image: { width: 500, height: 500, url: image } };
}

function priceOf(product: Product) {
  const { country, quirk, listPriceCents } = product;
  const { code, name, symbol } = currencyOf(country);
  const { priceCents } = seenBy('socialfetch', product);
  const current = decimal(priceCents);
  if (quirk === 'null-price') return { ...noDiscount, currencyCode: null, currencySymbol: null, current: null };
  const discount =
    listPriceCents === undefined
      ? noDiscount
      : {
          original: decimal(listPriceCents),
          discountText: `${Math.round((1 - priceCents / listPriceCents) * 100)}%`,
          savingText: decimal(listPriceCents - priceCents),
        };
  return {
    ...discount,
    // Documented as "name or code".
    currencyCode: quirk === 'string-numbers' ? name : code,
    currencySymbol: symbol,
    // From whoever is not logged in, digits of some prices are hidden.
    current: quirk === 'no-row-price' ? `${current[0] ?? ''}?` : current,
  };
}

const noDiscount = { original: null, discountText: null, savingText: null };
