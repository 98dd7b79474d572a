// SocialFetch's cursors: a number and a product's id in base64, as theirs look; good for one store and one region.

import { randomOf } from './random.ts';
import { sorted } from './socialfetch-data.ts';
import type { Shop } from './world.ts';

/** After the first `start` products. */
export function cursorOf(shop: Shop, start: number, region: string): string {
  const last = sorted(shop)[start - 1]!;
  const number = randomOf(`${region} ${start}`).whole(10_000, 99_999);
  return btoa(JSON.stringify([number, last.id]));
}

/** Where the cursor leads; undefined if it is not one of this store in this region. */
export function startOf(cursor: string, shop: Shop, region: string): number | undefined {
  const start = shop.products.findIndex((_product, index) => cursorOf(shop, index + 1, region) === cursor);
  return start === -1 ? undefined : start + 1;
}
