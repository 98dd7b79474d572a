// The stand-in for SocialFetch: the products of a store, found by the address of its page and told by cursor.

import { type Outcome, type Params, type Route, charged, free, standIn } from './manners.ts';
import type { Question, Scene } from './provider.ts';
import { json } from './reply.ts';
import { type Window, listing, notFound } from './socialfetch-data.ts';
import { faulty, refuse, turnAway } from './socialfetch-manners.ts';
import { cursorOf, startOf } from './socialfetch-cursor.ts';
import type { Shop } from './world.ts';

export { apiKey } from './socialfetch-manners.ts';

const regions = 'US GB DE FR IT ID MY MX PH SG ES TH VN BR JP IE'.split(' ');

const routes: readonly Route[] = [
  {
    endpoint: 'storeProducts',
    path: /^\/v1\/tiktok\/shop\/products$/,
    about: { param: 'url', ids: (world) => world.shops.keys() },
    answer: storeProducts,
  },
  {
    endpoint: 'balance',
    path: /^\/v1\/balance$/,
    answer: (_params, { meter }, question) => {
      const data = { balance: creditsBought - meter.used(), billingAlert: null };
      return free(json(200, { data, meta: metaOf(question, 0) }));
    },
  },
];

/** The least that can be bought. */
const creditsBought = 1000;

export const player = standIn({
  name: 'socialfetch',
  prefix: '/socialfetch',
  routes,
  unknownPath: () => refuse(404),
  turnAway,
  faulty,
});

const isWithin = (text: string, charsMax: number) => text.length >= 1 && text.length <= charsMax;

function storeProducts({ url = '', cursor, region = 'US' }: Params, scene: Scene, question: Question): Outcome {
  if (!isWithin(url, 4096) || (cursor !== undefined && !isWithin(cursor, 8192)) || !regions.includes(region)) {
    return free(refuse(400));
  }
  // Only the number in the address counts. What a store says in another region than its own is not documented: the same.
  const id = /^https:\/\/www\.tiktok\.com\/shop\/store\/[^/?#]+\/(\d+)/.exec(url)?.[1] ?? '';
  const shop = scene.world.shops.get(id);
  // Where a cursor of another store leads is not documented either; nobody should find out by being sold another page.
  const start = cursor === undefined ? 0 : shop && startOf(cursor, shop, region);
  if (start === undefined) return free(refuse(400));
  const data = shop ? listing(shop, scene.world, windowOf(shop, start, region, scene)) : notFound;
  return charged(json(200, { data, meta: metaOf(question, 1) }, {}, scene.behaviour.numericIds));
}

function windowOf(shop: Shop, start: number, region: string, { behaviour }: Scene): Window {
  const end = start + behaviour.storePageSize;
  const isLast = end >= shop.products.length;
  return { start, end, nextCursor: isLast ? null : cursorOf(shop, end, region) };
}

const metaOf = ({ at, path }: Question, creditsCharged: number) => ({
  requestId: `req_${at.toString(36)}${path.length}`,
  creditsCharged,
  version: 'v1',
});
