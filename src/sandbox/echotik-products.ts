// How EchoTik tells the world's products: JSON in strings, zero for what it does not know, and quotes as it happens.

import { seenBy } from './disagreements.ts';
import { estimates } from './echotik-estimates.ts';
import { rawNewline, rawTab } from './echotik-manners.ts';
import { daysKept, figuresOver } from './history.ts';
import { currencyOf, decimal } from './money.ts';
import type { Product } from './products.ts';
import { randomOf } from './random.ts';

export function productRow(product: Product): object {
  const { id, title, shopId, country, quirk, listPriceCents } = product;
  const { priceCents, dearestCents, rating, reviewsCount, soldCount } = pricesOf(product);
  const random = randomOf(`echotik row ${id}`);
  // Typed as numbers, but of some rows they come quoted.
  const number = random.next() < 0.15 ? String : (value: number) => value;
  return {
    product_id: id,
    product_name: title,
    seller_id: shopId,
    region: country,
    category_id: '601450',
    min_price: number(priceCents / 100),
    max_price: number(dearestCents / 100),
    spu_avg_price: number((priceCents + dearestCents) / 200),
    discount: listPriceCents === undefined ? null : `${Math.round((1 - product.priceCents / listPriceCents) * 100)}%`,
    skus: quirk === 'no-row-price' ? '' : JSON.stringify(variants(product)),
    product_rating: number(rating ?? 0),
    review_count: number(reviewsCount),
    product_commission_rate: 0,
    cover_url: JSON.stringify([{ url: `https://echosell-images.example.com/product-cover/${id}.jpeg`, index: 1 }]),
    desc_detail: descriptionOf(product, random.next() < 0.1),
    sale_props: '[]',
    specification: '[]',
    free_shipping: 1,
    off_mark: 0,
    sales_flag: 1,
    first_crawl_dt: 20240412,
    total_sale_cnt: soldCount,
    ...estimates(id, (window) => figuresOver(product.history, Math.min(window, daysKept))),
  };
}

/** Zero where it does not know. */
function pricesOf(product: Product) {
  const seen = seenBy('echotik', product);
  if (product.quirk === 'null-price') return { ...seen, priceCents: 0, dearestCents: 0 };
  const isOnePrice = product.dearestCents === product.priceCents;
  return { ...seen, dearestCents: isOnePrice ? seen.priceCents : product.dearestCents };
}

function variants(product: Product): object[] {
  const { code, symbol } = currencyOf(product.country);
  const { priceCents, dearestCents } = pricesOf(product);
  return [...new Set([priceCents, dearestCents])].map((cents, index) => ({
    sku_id: String(BigInt(product.id) + BigInt(index + 1)),
    sale_prop_value_ids: '',
    real_price: {
      currency: code,
      currency_symbol: symbol,
      // Digits are hidden from whoever is not logged in.
      sale_price_decimal: product.quirk === 'empty-image' ? '2?' : decimal(cents),
      price_val: decimal(cents),
    },
  }));
}

/** Pasted by sellers from anywhere, control characters included. */
function descriptionOf({ description }: Product, isRaw: boolean): string {
  const text = isRaw ? description.replaceAll('. ', `.${rawTab}${rawNewline}`) : description;
  return JSON.stringify([{ type: 'text', text }]);
}
