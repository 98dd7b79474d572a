/**
 * WinningHunter's TikTok Shop API as its documentation describes it ("Details & Aggregates", "Suggestions", "Credits & billing").
 *
 * No page states currencies, nullability, the largest `limit`, or what an unknown id answers. So every value may be
 * absent or null, money is digits without a currency, and an empty `data` is read as "unknown id".
 */
import * as z from 'zod';
import type { Endpoint } from '../provider.ts';
import { Count, Day, Decimal, Float, Id, stated, Url } from '../values.ts';

const HOUR = 3_600_000;

/** Days a sales window reaches back. */
const Period = z.union([z.literal(1), z.literal(7), z.literal(30), z.literal(90)]);
/** Video metrics know no 90 days. */
const VideoPeriod = z.union([z.literal(1), z.literal(7), z.literal(30)]);

/** What a category's id looks like is not documented. */
const AnyId = z.union([z.string(), z.number()]).transform(String);

/** Yesterday is soon another day; a quarter hardly changes with it. */
const untilItAges = ({ period }: { period: 1 | 7 | 30 | 90 }) =>
  ({ 1: HOUR, 7: 2 * HOUR, 30: 6 * HOUR, 90: 12 * HOUR })[period];

const byId = z.object({ id: Id });
const byIdAndPeriod = z.object({ id: Id, period: Period });
const page = { page: z.int().positive(), limit: z.int().positive() };

export const shopDetail = post('shopDetail', '/api/v1/tiktok-shop/shop-detail', {
  params: z.object({ id: Id, country: z.string().optional() }),
  data: one({
    name: stated(z.string()),
    country: stated(z.string()),
    logo: stated(Url),
    products_count: stated(Count),
    creators_count: stated(Count),
    rating: stated(Float),
  }),
  ttlMs: 24 * HOUR,
  echoes: ['id'],
});

export const shopTotals = post('shopTotals', '/api/v1/tiktok-shop/shop-detail/total', {
  params: byIdAndPeriod,
  data: one({
    revenue: stated(Decimal),
    sales: stated(Count),
    avg_price: stated(Decimal),
    conversion_rate: stated(Float),
  }),
  ttlMs: untilItAges,
  echoes: ['id', 'period'],
});

export const shopProducts = post('shopProducts', '/api/v1/tiktok-shop/shop-detail/product/queryList', {
  params: z.object({
    id: Id,
    period: Period,
    sort: z.enum(['revenue', 'sales', 'price']),
    order: z.enum(['desc', 'asc']),
    ...page,
  }),
  data: list({
    id: Id,
    title: stated(z.string()),
    price: stated(Decimal),
    revenue: stated(Decimal),
    sales: stated(Count),
  }),
  ttlMs: untilItAges,
  pages: 'numbered',
});

export const productDetail = get('productDetail', '/api/v1/tiktok-shop/product-detail/{id}', {
  params: byId,
  data: one({
    title: stated(z.string()),
    shop_id: stated(Id),
    price: stated(Decimal),
    /** Over an unstated period: never the same fact as a total's. */
    revenue: stated(Decimal),
    sales: stated(Count),
    rating: stated(Float),
    image: stated(Url),
  }),
  ttlMs: 6 * HOUR,
  echoes: ['id'],
});

export const productTotals = post('productTotals', '/api/v1/tiktok-shop/product-detail/total', {
  params: byIdAndPeriod,
  data: one({ revenue: stated(Decimal), sales: stated(Count), avg_price: stated(Decimal) }),
  ttlMs: untilItAges,
  echoes: ['id', 'period'],
});

export const productHistory = post('productHistory', '/api/v1/tiktok-shop/product-detail/history', {
  params: byIdAndPeriod,
  data: z
    .object({ data: z.array(z.object({ date: Day, revenue: stated(Decimal), sales: stated(Count) })).nullable() })
    .transform(({ data }) => data?.toSorted((a, b) => (a.date < b.date ? -1 : 1)) ?? null),
  ttlMs: untilItAges,
});

export const creatorTotals = post('creatorTotals', '/api/v1/tiktok-shop/creator-detail/total', {
  params: byIdAndPeriod,
  data: one({
    revenue: stated(Decimal),
    sales: stated(Count),
    videos: stated(Count),
    followers: stated(Count),
  }),
  ttlMs: untilItAges,
  echoes: ['id', 'period'],
});

export const creatorProducts = post('creatorProducts', '/api/v1/tiktok-shop/creator-detail/searchProducts', {
  params: z.object({ id: Id, period: Period, ...page }),
  data: list({ id: Id, title: stated(z.string()), revenue: stated(Decimal), sales: stated(Count) }),
  ttlMs: untilItAges,
  pages: 'numbered',
});

/** Whether the v2 routes are metered is not documented; we count them. */
export const video = get('video', '/api/v2/videos/{id}', {
  params: byId,
  data: one({ caption: stated(z.string()), creator_id: stated(Id), product_id: stated(Id), posted_at: stated(Day) }),
  ttlMs: 24 * HOUR,
  echoes: ['id'],
});

export const videoMetrics = get('videoMetrics', '/api/v2/videos/{id}/metrics', {
  params: z.object({ id: Id, period: VideoPeriod }),
  data: one({ views: stated(Count), likes: stated(Count), comments: stated(Count), shares: stated(Count) }),
  ttlMs: untilItAges,
  echoes: ['period'],
});

export const suggestions = get('suggestions', '/api/v1/tiktok-shop/suggestions', {
  params: z.object({
    type: z.enum(['shops', 'products', 'creators', 'videos', 'categories']),
    q: z.string().min(1),
    limit: z.int().min(1).max(20),
    country: z.string().optional(),
  }),
  data: z
    .object({ suggestions: z.array(z.object({ id: AnyId, name: stated(z.string()) })) })
    .transform((reply) => ({ rows: reply.suggestions })),
  ttlMs: 24 * HOUR,
  // Asked while somebody types, and names of yesterday are good enough: they need not wait for those of today.
  refreshMs: 24 * HOUR,
});

/** The balance. Costs a credit itself, so nothing polls it. Two of its pages show two shapes; both are read. */
export const credits = get('credits', '/api/v1/tiktok-shop/credits', {
  params: z.object({}),
  data: z.union([
    z
      .object({ credits: z.object({ used: Count, limit: Count, remaining: Count }) })
      .transform((reply) => reply.credits),
    z
      .object({ credits_remaining: Count.nullable(), credits_unlimited: z.boolean() })
      .transform((reply) => ({ used: null, limit: null, remaining: reply.credits_remaining })),
  ]),
  ttlMs: 0,
});

/** `{ data: {...} }` of one entity: null where `data` is empty, refused where it has none of the documented keys. */
function one<Shape extends z.ZodRawShape>(shape: Shape) {
  const empty = z.union([z.null(), z.array(z.never()).length(0), z.strictObject({})]).transform(() => null);
  const documented = z.object(shape).refine((data) => Object.keys(data).length > 0, 'has none of the documented keys');
  return z.object({ data: z.union([empty, documented]) }).transform((reply) => reply.data);
}

/** `{ data: [...], total }`: one page; none of it is an empty page. A row without an id would be a silent loss, so it is refused. */
function list<Shape extends z.ZodRawShape>(shape: Shape) {
  return z
    .object({ data: z.array(z.object(shape)).nullable(), total: Count.nullish() })
    .transform((reply) => ({ rows: reply.data ?? [], total: reply.total ?? null }));
}

type Rest<P extends z.ZodType, D extends z.ZodType> = Pick<
  Endpoint<P, D>,
  'params' | 'data' | 'ttlMs' | 'refreshMs' | 'pages' | 'echoes'
>;

/** Every metered call costs one credit, whatever the page size. */
function get<P extends z.ZodType, D extends z.ZodType>(name: string, path: string, rest: Rest<P, D>): Endpoint<P, D> {
  return { provider: 'WINNING_HUNTER', name, method: 'GET', path, credits: 1, ...rest, params: z.compile(rest.params) };
}

/** Their POSTs are reads: safe to repeat, but for the price. */
function post<P extends z.ZodType, D extends z.ZodType>(name: string, path: string, rest: Rest<P, D>): Endpoint<P, D> {
  return {
    provider: 'WINNING_HUNTER',
    name,
    method: 'POST',
    path,
    credits: 1,
    ...rest,
    params: z.compile(rest.params),
  };
}
