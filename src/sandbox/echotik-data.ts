// How EchoTik tells the world's creators, videos and shops: flat rows of many keys, zero for what it does not know.

import { attributed, type Creator } from './creators.ts';
import { estimates } from './echotik-estimates.ts';
import { rawNewline } from './echotik-manners.ts';
import { randomOf } from './random.ts';
import type { Video } from './videos.ts';
import { type Shop, type World, shopFigures } from './world.ts';

export function creatorRow(creator: Creator): object {
  const random = randomOf(`echotik ${creator.id}`);
  return {
    user_id: creator.id,
    unique_id: creator.name,
    nick_name: creator.displayName,
    avatar: `https://echosell-images.example.com/avatar/${creator.id}.jpeg`,
    signature: random.next() < 0.3 ? `Business:${rawNewline}${creator.name}@example.com` : '',
    region: creator.country,
    language: 'en',
    gender: '',
    category: 'Beauty & Personal Care',
    seller_id: null,
    off_mark: 0,
    show_case_flag: 1,
    ec_score: random.whole(100, 900) / 100,
    interaction_rate: random.whole(1, 9) / 100,
    total_followers_cnt: Math.floor(creator.followers * random.between(0.99, 1.01)),
    // A growth, which may be below zero.
    total_followers_7d_cnt: random.whole(-200, 900),
    total_post_video_cnt: creator.videosCount,
    total_product_cnt: creator.promotions.length,
    total_sale_gmv_30d_amt: creator.promotions.reduce((sum, each) => sum + attributed(each, 30).revenueCents, 0) / 100,
    most_category_product: '[]',
  };
}

export function videoRow(video: Video, { creators }: World): object {
  const random = randomOf(`echotik ${video.id}`);
  const postedAt = Date.parse(video.postedAt) / 1000 + random.whole(0, 86_399);
  const { views, likes, comments, shares } = video.metrics[30];
  return {
    video_id: video.id,
    user_id: video.creatorId,
    unique_id: creators.get(video.creatorId)!.name,
    video_desc: random.next() < 0.1 ? `${video.caption}${rawNewline}#tiktokshop` : video.caption,
    region: video.country,
    create_time: String(postedAt),
    duration: random.whole(9, 90),
    height: '1024',
    width: '576',
    created_by_ai: 'false',
    sales_flag: 1,
    total_views_cnt: views,
    total_views_7d_cnt: video.metrics[7].views,
    total_digg_cnt: likes,
    total_comments_cnt: comments,
    total_shares_cnt: shares,
    // A list of bare numbers in a string: parsed as JSON, each would lose its last digits.
    video_products: `[${video.productId}]`,
  };
}

export function shopRow(shop: Shop): object {
  const off = randomOf(`echotik ${shop.id}`);
  return {
    seller_id: shop.id,
    seller_name: shop.name,
    region: shop.country,
    // The TikTok account linked to it, if there is one.
    user_id: off.next() < 0.5 ? `6${shop.id.slice(1)}` : '',
    seller_link: null,
    cover_url: shop.logo,
    rating: off.next() < 0.3 ? String(shop.rating) : shop.rating,
    from_flag: 1,
    spu_avg_price: shop.products.reduce((sum, each) => sum + each.priceCents, 0) / 100 / (shop.products.length || 1),
    total_crawl_product_cnt: shop.products.length,
    total_ifl_cnt: shop.creatorsCount,
    total_sale_cnt: shop.products.reduce((sum, each) => sum + each.soldCount, 0),
    ...estimates(shop.id, (window) => shopFigures(shop, window)),
    first_crawl_dt: 20240412,
  };
}
