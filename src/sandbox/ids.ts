// The ids that tests and newcomers start from: the documented examples', and those of a few shops of notable size.

import { longId } from './random.ts';

/** The entities of the providers' documented examples. WinningHunter's answer those examples verbatim. */
export const documented = {
  shopId: '7493920192384910',
  productId: '1729384756102394',
  creatorId: '6892301928374615',
  videoId: '7361029384756102',
  jdItemId: '100117219515',
};

export const shopId = (name: string) => longId('7495', `shop ${name}`);

/** Of a shop's product, by its place in the catalogue. */
export const productId = (shop: string, index: number) =>
  longId(index % 2 ? '17293' : '17302', `product ${shop} ${index}`);

/** Of all but the documented creator. */
export const creatorId = (index: number) => longId('6917', `creator ${index}`);

export const notable = {
  emptyShopId: shopId('empty'),
  oneProductShopId: shopId('one'),
  fiftyProductShopId: shopId('fifty'),
  hundredProductShopId: shopId('hundred'),
  /** Ten full pages. No creator promotes what it sells. */
  fiveHundredProductShopId: shopId('five hundred'),
  sparseShopId: shopId('sparse'),
  mostViewedVideoId: longId('7382', 'most viewed video'),
  frenchProductId: productId(shopId('three'), 0),
  /** Just One API shows its price as "RM2?", and the reviews of the next two as "12.3K" and as "12,345" alone. */
  maskedPriceProductId: productId(shopId('sparse'), 0),
  roundedReviewsProductId: productId(shopId('hundred'), 0),
  groupedReviewsProductId: productId(shopId('hundred'), 1),
  /** Its price on JD is shown whole, unlike the documented item's. */
  pricedJdItemId: '100086532174',
  storeUrl: 'https://www.tiktok.com/shop/store/glow-beauty-co/7493920192384910',
  /** Exists, but EchoTik has not collected it. */
  uncollectedProductId: productId(shopId('sparse'), 2),
  uncollectedCreatorId: creatorId(38),
};
