// Which products' raw pages say things strangely: those of the sparse shop, and a few elsewhere.

import { documented, notable } from './ids.ts';
import type { Product } from './products.ts';
import { randomOf } from './random.ts';
import type { Shop } from './world.ts';

export type Trap = (typeof traps)[number] | 'rounded-reviews' | 'grouped-reviews';

const traps = ['masked-price', 'html', 'counts-as-text', 'empty-strings', 'missing-keys', 'no-images'] as const;

const fixed: Partial<Record<string, Trap>> = {
  [documented.productId]: undefined,
  [notable.roundedReviewsProductId]: 'rounded-reviews',
  [notable.groupedReviewsProductId]: 'grouped-reviews',
};

export function trapOf({ id }: Product, shop: Shop): Trap | undefined {
  if (Object.hasOwn(fixed, id)) return fixed[id];
  if (shop.id === notable.sparseShopId) return traps[shop.products.findIndex((each) => each.id === id)];
  const random = randomOf(`trap ${id}`);
  return random.next() < 0.03 ? random.pick(traps) : undefined;
}
