// The world's creators: what they promote, and the sales that are attributed to them.

import { firstNames, niches } from './catalogue.ts';
import { type Figures, figuresOver, sumOf } from './history.ts';
import { creatorId, documented } from './ids.ts';
import type { Product } from './products.ts';
import { apportion, randomOf } from './random.ts';

export interface Promotion {
  product: Product;
  /** The part of the product's sales that came through this creator, 0 to 1. */
  share: number;
  /** Stated rather than derived, for the last 30 days of the documented creator. */
  stated30: Figures | undefined;
}

export interface Creator {
  id: string;
  /** The handle. */
  name: string;
  /** As shown; people change it as they like. */
  displayName: string;
  country: string;
  followers: number;
  videosCount: number;
  promotions: Promotion[];
}

const creatorsCount = 40;
// The documented creator's total says 47 videos; with the others' that makes about 160.
const documentedVideosCount = 47;
const countries = ['US', 'GB', 'DE', 'FR', 'US', 'IT', 'ES', 'MY', 'ID'];

/** What is attributed to a creator for one product: whole sales at the product's own average price. */
export function attributed({ product, share, stated30 }: Promotion, periodDays: number): Figures {
  if (stated30 && periodDays === 30) return stated30;
  const figures = figuresOver(product.history, periodDays);
  const sales = Math.floor(figures.sales * share);
  return { sales, revenueCents: sales ? Math.floor((figures.revenueCents * sales) / figures.sales) : 0 };
}

export const creatorFigures = (creator: Creator, periodDays: number): Figures =>
  sumOf(creator.promotions.map((promotion) => attributed(promotion, periodDays)));

/** 23 products: the documented row, and 22 that share what the documented totals leave. */
function documentedPromotions(products: Product[]): Promotion[] {
  const over30 = new Map(products.map((product) => [product, figuresOver(product.history, 30)]));
  const own = products.find((product) => product.id === documented.productId)!;
  const others = products
    .filter((product) => product !== own && product.country === own.country)
    .sort((a, b) => over30.get(b)!.revenueCents - over30.get(a)!.revenueCents)
    .slice(0, 22);
  const total: Figures = { sales: 3380, revenueCents: 8_420_000 };
  const row: Figures = { sales: 1680, revenueCents: 4_210_000 };
  const sales = apportion(
    total.sales - row.sales,
    others.map((product) => over30.get(product)!.sales),
  );
  const units = apportion(
    (total.revenueCents - row.revenueCents) / 100,
    others.map((product) => over30.get(product)!.revenueCents),
  );
  const stated = others.map((product, index) => ({
    product,
    figures: { sales: sales[index]!, revenueCents: units[index]! * 100 },
  }));
  return [{ product: own, figures: row }, ...stated].map(({ product, figures }) => ({
    product,
    share: figures.sales / over30.get(product)!.sales,
    stated30: figures,
  }));
}

function promotionsOf(creatorId: string, choice: Product[], wanted: number): Promotion[] {
  const random = randomOf(`promotions ${creatorId}`);
  return choice
    .map((product) => ({ product, lot: random.next() }))
    .sort((a, b) => a.lot - b.lot)
    .slice(0, wanted)
    .map(({ product }) => ({ product, share: random.between(0.005, 0.12), stated30: undefined }));
}

export function makeCreators(products: Product[]): Creator[] {
  const first: Creator = {
    id: documented.creatorId,
    name: 'mia.glow',
    displayName: 'Mia Glow ✨',
    country: 'US',
    followers: 512_000,
    videosCount: documentedVideosCount,
    promotions: documentedPromotions(products),
  };
  const others = Array.from({ length: creatorsCount - 1 }, (_, index): Creator => {
    const id = creatorId(index);
    const random = randomOf(`creator ${id}`);
    const country = countries[index % countries.length]!;
    // They promote what is sold in their own country; the last has just begun and promotes nothing.
    const choice = products.filter((product) => product.country === country);
    const begun = index < creatorsCount - 2;
    const firstName = firstNames[index]!;
    const niche = random.pick(niches);
    return {
      id,
      name: `${firstName.toLowerCase()}.${niche}`,
      displayName: `${firstName} | ${niche.replace('.', ' ')}`,
      country,
      followers: begun ? Math.floor(10 ** random.between(3.2, 6.6)) : 12,
      videosCount: begun ? random.whole(1, 5) : 0,
      promotions: begun ? promotionsOf(id, choice, random.whole(2, 18)) : [],
    };
  });
  return [first, ...others];
}
