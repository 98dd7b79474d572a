// What a raw page holds besides its product: other products, their buyers and videos, others' cookies, JSON in strings.

import { spelled } from './money.ts';
import type { Product } from './products.ts';
import { type Random, randomOf } from './random.ts';
import type { World } from './world.ts';

const DAY_S = 86_400;

/** Signed, and of no use after two days. */
export function signedImage(name: string, at: number): string {
  const expires = Math.floor(at / 1000) + 2 * DAY_S;
  const signature = encodeURIComponent(btoa(`signed ${name}`));
  return `https://p16-oec.example.com/tos-alisg/${name}~tplv-800.webp?x-expires=${expires}&x-signature=${signature}`;
}

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

export function noiseOf(product: Product, world: World, at: number): object {
  const random = randomOf(`noise ${product.id}`);
  const others = [...world.products.values()];
  const another = () => random.pick(others);
  return {
    shop_info: { shop_id: product.shopId, label: 'Top seller', followers_count: '237.8K+' },
    recommend_products: times(40, () => cardOf(another(), at)),
    review_items: times(40, () => reviewOf(another(), random, at)),
    related_videos: times(40, (index) => ({
      id: `73${String(random.whole(1e8, 1e9 - 1))}00000${String(1000 + index)}`,
      title: `haul #${index}`,
      play_count: `${random.whole(1, 99) / 10}M`,
      cover: { url_list: [signedImage(`video-${index}`, at)] },
      url_expire: Math.floor(at / 1000) + DAY_S,
    })),
    da_info: JSON.stringify({ scene: JSON.stringify({ voucher: '{"id":"7631686706080663309"}' }) }),
    open_schema: 'aweme://ec/pdp?fullScreen=true',
    // Whoever passes a page on passes on whose it was.
    cookie: 'tt_chain_token=c2FuZGJveA==; tt_csrf_token=of-somebody-else',
    features: Object.fromEntries(times(60, (index) => [`enable_feature_${index}`, random.next() < 0.5])),
  };
}

const cardOf = (product: Product, at: number) => ({
  product_id: product.id,
  title: product.title,
  product_base: { title: product.title, price: { real_price: spelled(product.priceCents, product.country) } },
  images: [{ url_list: [signedImage(product.id, at)] }],
  rate_info: { score: product.rating, review_count: String(product.reviewsCount) },
  sold_info: { sold_count: product.soldCount },
});

const reviewOf = (product: Product, random: Random, at: number) => ({
  review_id: `75${String(random.whole(1e16, 9e16))}`,
  product_id: product.id,
  rating: random.whole(1, 5),
  reviewer: { name: 'W**n' },
  review_text: random.pick(['Love it!!', 'ok', 'Broke after 2 days', 'Exactly as shown 👍']),
  review_time: String(at - random.whole(1, 90) * DAY_S * 1000),
  images: [{ url_list: [signedImage(`review-${product.id}`, at)] }],
});
