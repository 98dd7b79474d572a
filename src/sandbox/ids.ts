// The ids that tests and newcomers start from: the documented examples', and those of a few shops of notable size.

import { longId } from './random.ts';

/** The entities of the provider's documented examples. They answer those examples verbatim. */
export const documented = {
  shopId: '7493920192384910',
  productId: '1729384756102394',
  creatorId: '6892301928374615',
  videoId: '7361029384756102',
};

export const shopId = (name: string) => longId('7495', `shop ${name}`);

export const notable = {
  emptyShopId: shopId('empty'),
  oneProductShopId: shopId('one'),
  fiftyProductShopId: shopId('fifty'),
  hundredProductShopId: shopId('hundred'),
  sparseShopId: shopId('sparse'),
  mostViewedVideoId: longId('7382', 'most viewed video'),
};
