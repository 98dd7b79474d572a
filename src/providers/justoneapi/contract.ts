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

/** By region, the version of the route that is asked. V1 knows FR as well; V2, which knows FR alone, is the one documented for it. */
const routes = { US: 'v1', GB: 'v1', FR: 'v2', SG: 'v1', MY: 'v1', PH: 'v1', TH: 'v1', VN: 'v1', ID: 'v1' } as const;
const Region = z.enum(Object.keys(routes) as [keyof typeof routes]);

export const productDetail = get('productDetail', '/api/tiktok-shop/get-product-detail/{version}', {
  params: z
    // V1 takes no region for US, V2 for FR: who asks says which, since a price differs by region.
    .object({ productId: Id, region: Region, version: z.enum(['v1', 'v2']).optional() })
    .refine(({ region, version }) => version !== 'v2' || region === 'FR', 'V2 knows FR alone')
    .transform((params) => ({ ...params, version: params.version ?? routes[params.region] })),
  data: whole(productPage),
  echoes: ['productId'],
});

/** V2, documented as a task that may be pending, has since been said to answer direct calls with instructions only. V1 and V3 answer at once. */
export const jdItem = get('jdItem', '/api/jd/get-item-detail/{version}', {
  params: z.object({ itemId: Id, version: z.enum(['v1', 'v2', 'v3']).default('v2') }),
  data: whole(jdItemIn),
  echoes: ['itemId'],
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

type Rest<P extends z.ZodType, D extends z.ZodType> = Pick<Endpoint<P, D>, 'params' | 'data' | 'echoes'>;

function get<P extends z.ZodType, D extends z.ZodType>(name: string, path: string, rest: Rest<P, D>): Endpoint<P, D> {
  return { provider: 'JUST_ONE_API', name, method: 'GET', path, credits: 1, ttlMs: 6 * HOUR, ...rest };
}
