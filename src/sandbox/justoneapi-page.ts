// TikTok Shop's raw page of a product, as Just One API passes it on: of no documented depth, and full of others' affairs.

import { seenBy } from './disagreements.ts';
import { type Trap, trapOf } from './justoneapi-traps.ts';
import { noiseOf, signedImage } from './justoneapi-noise.ts';
import { currencyOf, decimal, spelled } from './money.ts';
import type { Product } from './products.ts';
import { randomOf } from './random.ts';
import type { Shop, World } from './world.ts';

/** The `data` of the reply: the page, mostly within envelopes of its own. */
export function pageReply(product: Product, world: World, at: number): object {
  const page = pageOf(product, world, at);
  const depth = randomOf(`depth ${product.id}`).next();
  if (depth < 0.2) return page;
  if (depth < 0.75) return { code: 0, message: 'success', data: page };
  return { data: { product_info: page, page_config: { theme: 'light', version: 3 } }, log_id: `02${at}` };
}

function pageOf(product: Product, world: World, at: number): object {
  const shop = world.shops.get(product.shopId)!;
  const trap = trapOf(product, shop);
  return {
    product_id: product.id,
    status: 1,
    seller_id: shop.id,
    seller: sellerOf(shop, at),
    product_base: baseOf(product, shop, trap, at),
    sale_props: [],
    skus: variantsOf(product, trap),
    ...(trap !== 'missing-keys' && { product_detail_review: reviewsOf(product, trap) }),
    ...noiseOf(product, world, at),
  };
}

const sellerOf = (shop: Shop, at: number) => ({
  seller_id: shop.id,
  name: shop.name,
  avatar: { url_list: [signedImage(`avatar-${shop.id}`, at)] },
  product_count: shop.products.length,
  rating: String(shop.rating),
  rating_value: shop.rating,
  seller_location: shop.country,
  seller_detail_infos: [{ key: 'sold', count: 5_300_000, count_show_content: '5.3M' }],
});

function baseOf(product: Product, shop: Shop, trap: Trap | undefined, at: number) {
  const { soldCount } = seenBy('justoneapi', product);
  const images = [{ url_list: [signedImage(product.id, at), product.image], width: 800, height: 800, uri: product.id }];
  return {
    // Longer than lists and other providers have it, with what the page's HTML makes of an ampersand.
    title: `${product.title} – ${shop.name.replace('&', '&amp;')} Official`,
    images: trap === 'no-images' ? [] : images,
    sold_count: trap === 'empty-strings' ? '' : trap === 'counts-as-text' ? String(soldCount) : soldCount,
    specifications: [{ name: 'Brand', value: shop.name }],
    category_name: 'Beauty & Personal Care',
    ...(trap !== 'missing-keys' && { price: priceOf(product, trap) }),
    desc_detailv3: trap === 'empty-strings' ? '' : trap === 'html' ? htmlOf(product) : richBlocksOf(product, at),
    desc_video: null,
  };
}

function priceOf(product: Product, trap: Trap | undefined) {
  const { country, listPriceCents } = product;
  const { priceCents } = seenBy('justoneapi', product);
  const { code, symbol } = currencyOf(country);
  const isInterval = product.dearestCents !== product.priceCents;
  const masked = `${symbol}2?`;
  const price = spelled(priceCents, country);
  return {
    real_price: trap === 'masked-price' ? masked : trap === 'empty-strings' ? '' : price,
    // Not sent at all where there is no discount.
    ...(listPriceCents !== undefined && {
      original_price: trap === 'masked-price' ? `${symbol}3?` : spelled(listPriceCents, country),
      discount: `-${Math.round((1 - priceCents / listPriceCents) * 100)}%`,
      min_sku_original_price: decimal(listPriceCents),
    }),
    min_sku_price: trap === 'masked-price' ? '2?' : trap === 'empty-strings' ? '' : decimal(priceCents),
    max_sku_price: trap === 'masked-price' ? '' : decimal(isInterval ? product.dearestCents : priceCents),
    is_interval_price: isInterval,
    currency: trap === 'empty-strings' ? '' : code,
    currency_symbol: symbol,
    symbol_position: 1,
  };
}

function variantsOf(product: Product, trap: Trap | undefined): object[] {
  const { priceCents } = seenBy('justoneapi', product);
  const [price_val, price_str] = [decimal(priceCents), spelled(priceCents, product.country)];
  const real_price = { price_str, price_val, currency: currencyOf(product.country).code };
  return [
    {
      sku_id: String(BigInt(product.id) + 1n),
      stock: randomOf(`stock ${product.id}`).whole(0, 900),
      purchase_limit: 20,
      sku_sale_props: [],
      price:
        trap === 'masked-price' ? { real_price: { ...real_price, price_str: '2?', price_val: '2?' } } : { real_price },
    },
  ];
}

/** A count as the page abbreviates it: "70.8K". */
const abbreviated = (count: number) => (count < 1000 ? String(count) : `${Math.floor(count / 100) / 10}K`);

function reviewsOf(product: Product, trap: Trap | undefined) {
  const { rating = 0, reviewsCount } = seenBy('justoneapi', product);
  const exact = trap === 'rounded-reviews' || trap === 'grouped-reviews' ? {} : { review_count: reviewsCount };
  return {
    product_rating: trap === 'empty-strings' ? '' : rating,
    ...(trap === 'counts-as-text' ? { review_count: String(reviewsCount) } : exact),
    review_count_str: abbreviated(reviewsCount),
    ...(trap !== 'rounded-reviews' && { review_count_str_v2: reviewsCount.toLocaleString('en-US') }),
  };
}

const htmlOf = ({ description }: Product) =>
  `<div class="desc"><p>${description.replaceAll('&', '&amp;')}</p><script>track("2?")</script><br/></div>`;

/** A text in pieces: its words stand apart from where they go. */
function richBlocksOf({ description, title }: Product, at: number): object {
  const slot = '{{R29sa_0}}';
  const rest = description.slice(title.length);
  const texts = [{ template: slot + rest, arguments: { [slot]: { text_attribute: { text: `<b>${title}</b>` } } } }];
  return {
    ec_rich_blocks: [
      { rich_block_type: 1, xl_ec_rich_text: { ec_rich_texts: texts } },
      { rich_block_type: 2, ec_rich_image: { image: { url_list: [signedImage('banner', at)] } } },
    ],
  };
}
