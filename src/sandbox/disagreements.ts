// The small ways in which providers disagree about one product: each read its public page at another moment.

import { documented } from './ids.ts';
import type { Product } from './products.ts';
import type { ProviderSlug } from './provider.ts';
import { randomOf } from './random.ts';

export interface Seen {
  priceCents: number;
  /** Undefined: nobody has rated it. */
  rating: number | undefined;
  reviewsCount: number;
  soldCount: number;
}

/** What the provider saw; WinningHunter tells the world's own figures. */
export function seenBy(
  provider: ProviderSlug,
  { id, country, priceCents, rating, reviewsCount, soldCount }: Product,
): Seen {
  const random = randomOf(`${provider} ${id}`);
  // Where money has no cents, no price differs by cents.
  const cents = random.pick(country === 'ID' ? [0] : [0, 0, 0, 0, 1, -1, 10]);
  const tenths = id === documented.productId && provider === 'justoneapi' ? -1 : random.pick([0, 0, -1, 1]);
  return {
    priceCents: id === documented.productId ? priceCents : priceCents + cents,
    rating: reviewsCount === 0 ? undefined : Math.min(50, Math.round(rating * 10) + tenths) / 10,
    reviewsCount: Math.floor(reviewsCount * random.between(0.98, 1.02)),
    soldCount: Math.floor(soldCount * random.between(0.99, 1.01)),
  };
}
