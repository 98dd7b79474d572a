/**
 * EchoTik's offline data API as its OpenAPI pages describe it (`product/detail`, `influencer/detail`, `video/detail`, `seller/detail`):
 * what it collected by yesterday.
 *
 * No field is required and zero often stands for "unknown". Left out on purpose: the commission, whose unit nobody states;
 * pictures, none of which a browser may load; sales and revenue, which are its own estimates and equal no other provider's.
 */
import * as z from 'zod';
import { parseJson } from '../../json.ts';
import type { Endpoint } from '../provider.ts';
import { Count, Decimal, Float, Id, stated } from '../values.ts';

const HOUR = 3_600_000;

/** Larger batches are refused. */
const BULK_MAX = 10;

/** One malformed id may fail its whole batch. */
const askable = /^\d{5,19}$/;
const AskedId = z.string().regex(askable);

/** Whether an id is one that may be asked about. */
export const isAskable = (id: string): boolean => askable.test(id);

/** The id of something else: zero would lead to nothing. */
const LinkedId = Id.transform((id) => (/[1-9]/.test(id) ? id : null));

/** Without a currency: which one it is outside the US is contested. Zero is "unknown". */
const Price = Decimal.transform((digits) => (/[1-9]/.test(digits) ? digits : null));

/** What TikTok says of one variant, in JSON inside a string; the only place that names a currency. */
const Sku = z.object({
  sku_id: stated(Id),
  real_price: stated(
    z.object({
      currency: stated(z.string().transform((text) => (/^[A-Z]{3}$/.test(text) ? text : null))),
      // TikTok hides digits of some prices ("2?"): such a price is known to be unsaid.
      sale_price_decimal: stated(
        z.union([
          z
            .string()
            .regex(/^[\d.]*\?[\d.?]*$/)
            .transform(() => null),
          Price,
        ]),
      ),
    }),
  ),
});

/** `"[1732322694475518433]"`: a list inside a string, whose numbers no double can carry, so it is never parsed as JSON. */
const IdList = z.union([
  z
    .string()
    .transform((text) => text.split(/[[\]",\s]+/).filter((part) => part !== ''))
    .pipe(z.array(AskedId)),
  z.array(Id),
]);

/** A day (UTC) from seconds since the epoch; milliseconds and calendar digits would be another day, so they are refused. */
const DayOfSeconds = z
  .union([z.string(), z.number()])
  .transform(String)
  .pipe(z.string().regex(/^(?:0|\d{9,10})$/))
  .transform((digits) => (digits === '0' ? null : new Date(Number(digits) * 1000).toISOString().slice(0, 10)));

export const products = get('products', '/api/v3/echotik/product/detail', {
  params: z.object({ product_id: AskedId }),
  data: oneRow(
    z
      .object({
        product_id: Id,
        product_name: stated(z.string()),
        seller_id: stated(LinkedId),
        region: stated(z.string()),
        /** The cheapest variant's, and the dearest's. */
        min_price: stated(Price),
        max_price: stated(Price),
        skus: stated(inString(z.array(Sku))),
        product_rating: stated(Float),
        review_count: stated(Count),
      })
      .transform((row) => (row.product_rating === 0 && !row.review_count ? { ...row, product_rating: null } : row)),
  ),
  echoes: ['product_id'],
  bulk: { param: 'product_id', as: 'product_ids', key: 'product_id', max: BULK_MAX },
});

/** By TikTok's number, the stable key; by handle (`unique_ids`) is another question, and both at once are not documented. */
export const creators = get('creators', '/api/v3/echotik/influencer/detail', {
  params: z.object({ user_id: AskedId }),
  data: oneRow(
    z.object({
      user_id: Id,
      /** The handle. It may change. */
      unique_id: stated(z.string()),
      nick_name: stated(z.string()),
      region: stated(z.string()),
      total_followers_cnt: stated(Count),
    }),
  ),
  echoes: ['user_id'],
  bulk: { param: 'user_id', as: 'user_ids', key: 'user_id', max: BULK_MAX },
});

export const videos = get('videos', '/api/v3/echotik/video/detail', {
  params: z.object({ video_id: AskedId }),
  data: oneRow(
    z.object({
      video_id: Id,
      user_id: stated(LinkedId),
      unique_id: stated(z.string()),
      video_desc: stated(z.string()),
      region: stated(z.string()),
      create_time: stated(DayOfSeconds),
      video_products: stated(IdList),
    }),
  ),
  echoes: ['video_id'],
  bulk: { param: 'video_id', as: 'video_ids', key: 'video_id', max: BULK_MAX },
});

/** It has no bulk form. */
export const shopDetail = get('shopDetail', '/api/v3/echotik/seller/detail', {
  params: z.object({ seller_id: AskedId }),
  data: oneRow(
    z.object({
      seller_id: Id,
      seller_name: stated(z.string()),
      region: stated(z.string()),
      /** The TikTok account linked to it. */
      user_id: stated(LinkedId),
      // No count of reviews comes with it that could tell a zero from "unknown".
      rating: stated(Float.transform((stars) => stars || null)),
    }),
  ),
  echoes: ['seller_id'],
});

/** A value that came as JSON inside a string. Text that is no JSON stays text, for the value to refuse. */
function inString<T extends z.ZodType>(value: T) {
  return z.preprocess((sent) => {
    try {
      return typeof sent === 'string' ? parseJson(sent) : sent;
    } catch {
      return sent;
    }
  }, value.nullable());
}

/**
 * Each reply is a list, of one entity too; which order it has is not documented. No row: the id is not collected, which is not
 * "unknown to TikTok". The same row twice is one; of different rows nobody could say which is right.
 */
function oneRow<Row extends z.ZodType>(row: Row) {
  return z.object({ data: z.array(row).nullable() }).transform(({ data }, context): z.output<Row> | null => {
    const [first = null, ...others] = data ?? [];
    if (others.every((other) => JSON.stringify(other) === JSON.stringify(first))) return first;
    context.addIssue({ code: 'custom', message: 'several rows where one was asked for', path: ['data'] });
    return z.NEVER;
  });
}

type Rest<P extends z.ZodType, D extends z.ZodType> = Pick<Endpoint<P, D>, 'params' | 'data' | 'echoes' | 'bulk'>;

/** Whether a batch counts once or by its ids is not documented; "per request", they say. Their data is a day old, so half a day does not matter. */
function get<P extends z.ZodType, D extends z.ZodType>(name: string, path: string, rest: Rest<P, D>): Endpoint<P, D> {
  return {
    provider: 'ECHOTIK',
    name,
    method: 'GET',
    path,
    credits: 1,
    ttlMs: 12 * HOUR,
    isPartial: true,
    ...rest,
    params: z.compile(rest.params),
  };
}
