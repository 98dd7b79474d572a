// What a product's public page says beyond its name and price: told from its id, so that nothing else moves.

import { praises } from './catalogue.ts';
import { type History, daysKept, figuresOver } from './history.ts';
import { documented } from './ids.ts';
import { randomOf } from './random.ts';

export interface PublicPage {
  /** Before a discount; undefined where there is none. */
  listPriceCents: number | undefined;
  /** Of the dearest variant: above the price for the few products whose variants differ. */
  dearestCents: number;
  /** Over all time. */
  soldCount: number;
  /** 0 where nobody has rated it. */
  reviewsCount: number;
  description: string;
}

interface Described {
  id: string;
  title: string;
  priceCents: number;
  quirk: string | undefined;
  history: History;
}

const toWhole = (cents: number) => Math.round(cents / 100) * 100;

export function publicPage({ id, title, priceCents, quirk, history }: Described): PublicPage {
  const random = randomOf(`public page ${id}`);
  const isDiscounted = random.next() < 0.6;
  const discount = random.whole(10, 45) / 100;
  const isOnePrice = random.next() > 0.12 || id === documented.productId;
  const soldCount = Math.floor(figuresOver(history, daysKept).sales * random.between(1.3, 6));
  const reviewsCount = Math.max(1, Math.floor(soldCount * random.between(0.02, 0.12)));
  return {
    listPriceCents: isDiscounted ? toWhole(priceCents / (1 - discount)) : undefined,
    dearestCents: isOnePrice ? priceCents : toWhole(priceCents * random.between(1.2, 1.8)),
    soldCount,
    reviewsCount: quirk === 'null-rating' ? 0 : reviewsCount,
    description: `${title}. ${random.pick(praises)} ${random.pick(praises)}`,
  };
}
