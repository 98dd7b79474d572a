// WinningHunter's routes: each documented endpoint, and how its answer is told from the world.

import type { Scene } from './provider.ts';
import {
  creatorRows,
  creatorTotals,
  one,
  page,
  productDetail,
  productPoints,
  productTotals,
  shopDetail,
  shopRows,
  shopTotals,
  videoDetail,
  videoMetrics,
} from './winninghunter-data.ts';
import type { Asked, Takes } from './winninghunter-params.ts';
import { suggestions } from './winninghunter-suggestions.ts';

type Setting = Pick<Scene, 'world' | 'meter' | 'behaviour'>;

export interface Route {
  endpoint: string;
  method: 'GET' | 'POST';
  path: RegExp;
  takes: Takes;
  /** Which entities its id names. */
  about?: 'shops' | 'products' | 'creators' | 'videos';
  answer(asked: Asked, setting: Setting): object;
}

const salesPeriods = [1, 7, 30, 90];
const videoPeriods = [1, 7, 30];

const shopV1 = (rest: string) => new RegExp(`^/api/v1/tiktok-shop/${rest}$`);

export const routes: readonly Route[] = [
  {
    endpoint: 'shopDetail',
    method: 'POST',
    path: shopV1('shop-detail'),
    takes: { id: true },
    about: 'shops',
    // What `country` does is not documented beyond "market the shop sells in": it changes nothing here.
    answer: ({ id }, { world }) => one(world.shops.get(id), shopDetail),
  },
  {
    endpoint: 'shopTotals',
    method: 'POST',
    path: shopV1('shop-detail/total'),
    takes: { id: true, periods: salesPeriods },
    about: 'shops',
    answer: ({ id, period }, { world }) => one(world.shops.get(id), (shop) => shopTotals(shop, period)),
  },
  {
    endpoint: 'shopProducts',
    method: 'POST',
    path: shopV1('shop-detail/product/queryList'),
    takes: { id: true, periods: salesPeriods, paging: true, sorting: true },
    about: 'shops',
    answer: (asked, { world, behaviour }) => page(shopRows(world.shops.get(asked.id), asked), asked, behaviour),
  },
  {
    endpoint: 'productDetail',
    method: 'GET',
    path: shopV1('product-detail/(?<id>[^/]+)'),
    takes: { id: true },
    about: 'products',
    answer: ({ id }, { world }) => one(world.products.get(id), productDetail),
  },
  {
    endpoint: 'productTotals',
    method: 'POST',
    path: shopV1('product-detail/total'),
    takes: { id: true, periods: salesPeriods },
    about: 'products',
    answer: ({ id, period }, { world }) => one(world.products.get(id), (product) => productTotals(product, period)),
  },
  {
    endpoint: 'productHistory',
    method: 'POST',
    path: shopV1('product-detail/history'),
    takes: { id: true, periods: salesPeriods },
    about: 'products',
    answer: ({ id, period }, { world }) => ({ success: true, data: productPoints(world.products.get(id), period) }),
  },
  {
    endpoint: 'creatorTotals',
    method: 'POST',
    path: shopV1('creator-detail/total'),
    takes: { id: true, periods: salesPeriods },
    about: 'creators',
    answer: ({ id, period }, { world }) => one(world.creators.get(id), (creator) => creatorTotals(creator, period)),
  },
  {
    endpoint: 'creatorProducts',
    method: 'POST',
    path: shopV1('creator-detail/searchProducts'),
    takes: { id: true, periods: salesPeriods, paging: true },
    about: 'creators',
    answer: (asked, { world, behaviour }) =>
      page(creatorRows(world.creators.get(asked.id), asked.period), asked, behaviour),
  },
  {
    endpoint: 'video',
    method: 'GET',
    path: /^\/api\/v2\/videos\/(?<id>[^/]+)$/,
    takes: { id: true },
    about: 'videos',
    answer: ({ id }, { world }) => one(world.videos.get(id), videoDetail),
  },
  {
    endpoint: 'videoMetrics',
    method: 'GET',
    path: /^\/api\/v2\/videos\/(?<id>[^/]+)\/metrics$/,
    takes: { id: true, periods: videoPeriods },
    about: 'videos',
    answer: ({ id, period }, { world }) => one(world.videos.get(id), (video) => videoMetrics(video, period)),
  },
  {
    endpoint: 'suggestions',
    method: 'GET',
    path: shopV1('suggestions'),
    takes: { suggesting: true },
    answer: (asked, { world }) => ({ success: true, suggestions: suggestions(asked, world) }),
  },
  {
    endpoint: 'credits',
    method: 'GET',
    path: shopV1('credits'),
    takes: {},
    // Asking costs a credit itself, which is already in `used`.
    answer: (_asked, { meter, behaviour }) => {
      const [used, limit] = [meter.used(), behaviour.monthlyCredits];
      return { success: true, credits: { used, limit, remaining: Math.max(0, limit - used) } };
    },
  },
];
