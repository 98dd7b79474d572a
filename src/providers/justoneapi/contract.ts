/**
 * Just One API's product routes as its documentation describes them (TikTok Shop "Product Details", JD.com "Product Details").
 *
 * What a call costs is told in its dashboard alone, so each counts as one credit. What a product's id answers in another
 * region than its own is not documented.
 */
import * as z from 'zod';
import type { Endpoint } from '../provider.ts';
import { Id } from '../values.ts';
import { jdItem as jdItemIn } from './jd-item.ts';
import { productPage } from './product-page.ts';

const HOUR = 3_600_000;

/** Those of V1, which knows FR as well; V2 knows FR alone. */
const markets = ['US', 'GB', 'FR', 'SG', 'MY', 'PH', 'TH', 'VN', 'ID'] as const;
const Region = z.enum(markets);

/** Whether products of the market can be asked about. */
export const isServed = (market: string): market is (typeof markets)[number] =>
  (markets as readonly string[]).includes(market);

/** Of which version the route is asked is for the client to say: the facts are the same. So its name ends the path there. */
export const productDetail = get('productDetail', '/api/tiktok-shop/get-product-detail', {
  // US is the documented default of V1; a price differs by region, so it is always said which.
  params: z.object({ productId: Id, region: Region.default('US') }),
  data: whole(productPage),
  echoes: ['productId'],
  // It is one market that says "unknown": another may know it.
  isPartial: true,
  goodUntil: ({ imageExpiresAt }) => imageExpiresAt,
});

/** V2, documented as a task that may be pending, has since been said to answer direct calls with instructions only. V1 and V3 answer at once. */
export const jdItem = get('jdItem', '/api/jd/get-item-detail', {
  params: z.object({ itemId: Id }),
  data: whole(jdItemIn),
  echoes: ['itemId'],
  goodUntil: ({ imageExpiresAt }) => imageExpiresAt,
  // "Retry later with the same itemId": how often and for how long is not documented. One call alone may take two minutes.
  polling: { firstMs: 2000, factor: 1.5, waitMsMax: 10_000, totalMs: 300_000 },
});

/** A reply read by a function, which says null of an unknown id and `'strange'` of what it cannot read. */
function whole<Facts extends object>(read: (reply: unknown) => Facts | null | 'strange') {
  return z.unknown().transform((reply, context): Facts | null => {
    const facts = read(reply);
    if (facts !== 'strange') return facts;
    context.addIssue({ code: 'custom', message: 'nothing that we can read', path: ['data'] });
    return z.NEVER;
  });
}

type Rest<P extends z.ZodType, D extends z.ZodType> = Pick<
  Endpoint<P, D>,
  'params' | 'data' | 'echoes' | 'isPartial' | 'goodUntil' | 'polling'
>;

function get<P extends z.ZodType, D extends z.ZodType>(name: string, path: string, rest: Rest<P, D>): Endpoint<P, D> {
  return {
    provider: 'JUST_ONE_API',
    name,
    method: 'GET',
    path,
    credits: 1,
    ttlMs: 6 * HOUR,
    ...rest,
    params: z.compile(rest.params),
  };
}
