// The stand-in for EchoTik: products, creators, videos and shops as it collected them by yesterday, up to ten at once.

import { creatorRow, shopRow, videoRow } from './echotik-data.ts';
import { faulty, refuse, rows, turnAway } from './echotik-manners.ts';
import { productRow } from './echotik-products.ts';
import { notable } from './ids.ts';
import { type Route, charged, free, standIn } from './manners.ts';
import type { World } from './world.ts';

export { account } from './echotik-manners.ts';

/** Larger batches are refused. */
const idsMax = 10;

interface Source<T> {
  endpoint: string;
  path: string;
  param: string;
  entities: (world: World) => Map<string, T>;
  isCollected?: (entity: T, world: World) => boolean;
  row: (entity: T, world: World) => object;
}

function route<T>({ endpoint, path, param, entities, isCollected = () => true, row }: Source<T>): Route {
  return {
    endpoint,
    path: new RegExp(`^/api/v3/echotik/${path}$`),
    about: { param, ids: (world) => entities(world).keys() },
    answer: (params, { world, behaviour }) => {
      const ids = (params[param] ?? '').split(',');
      // What becomes of one malformed id is not documented; a client has seen its whole batch fail.
      const isAsked = ids.length <= idsMax && ids.every((id) => /^\d{5,20}$/.test(id));
      if (!isAsked) return free(refuse(200, 400, `invalid ${param}`));
      // In which order rows come is not documented: never in that of the question.
      const found = [...new Set(ids)].toReversed().flatMap((id) => entities(world).get(id) ?? []);
      const collected = found.filter((entity) => isCollected(entity, world));
      return charged(
        rows(
          collected.map((entity) => row(entity, world)),
          behaviour.numericIds,
        ),
      );
    },
  };
}

const routes: readonly Route[] = [
  route({
    endpoint: 'products',
    path: 'product/detail',
    param: 'product_ids',
    entities: (world) => world.products,
    // Its collection has gaps: in the sparse shop, every third product.
    isCollected: (product, { shops }) =>
      product.shopId !== notable.sparseShopId || shops.get(product.shopId)!.products.indexOf(product) % 3 !== 2,
    row: productRow,
  }),
  route({
    endpoint: 'creators',
    path: 'influencer/detail',
    param: 'user_ids',
    entities: (world) => world.creators,
    isCollected: (creator) => creator.id !== notable.uncollectedCreatorId,
    row: creatorRow,
  }),
  route({
    endpoint: 'videos',
    path: 'video/detail',
    param: 'video_ids',
    entities: (world) => world.videos,
    row: videoRow,
  }),
  route({
    endpoint: 'shopDetail',
    path: 'seller/detail',
    param: 'seller_id',
    entities: (world) => world.shops,
    row: shopRow,
  }),
];

export const player = standIn({
  name: 'echotik',
  prefix: '/echotik',
  routes,
  unknownPath: () => refuse(404, 404, 'Not Found'),
  turnAway,
  faulty,
});
