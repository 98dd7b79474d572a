/**
 * SocialFetch's list of a TikTok Shop store's products as its documentation describes it ("List TikTok Shop store products").
 *
 * Every documented key is sent but most may be null, and sparse answers are normal. Page size, order, total, and how long a
 * cursor lives are not documented.
 */
import * as z from 'zod';
import { ShopgraphError } from '../../errors.ts';
import type { Endpoint } from '../provider.ts';
import { Count, Decimal, Float, Id, stated, Url } from '../values.ts';

const HOUR = 3_600_000;

const URL_CHARS_MAX = 4096;

// No `u` flag: with it, `i` takes the Kelvin sign for a k and the long s for an s.
const store = /^https:\/\/(?:www\.)?tiktok\.com\/shop\/store\/([^/?#]+)\/([1-9]\d{0,19})\/?(?:\?[!"$-[\]-~]*)?$/i;
const slugText = /^[\p{L}\p{M}\p{N}._~-]{1,200}$/u;

/**
 * The canonical address of a store, from what somebody pasted: throws `BAD_INPUT` for anything else.
 *
 * The provider fetches what we send it, so nothing of the text travels but the store's name and number, on a host that we
 * write ourselves. `www.tiktok.com` is the only documented host; without `www.` people mean the same. No other subdomain is
 * known to have store pages. The query is tracking; a market is asked for by `region`.
 */
export function storeUrl(text: string): string {
  const [, name = '', id] = text.length <= URL_CHARS_MAX ? (store.exec(text) ?? []) : [];
  const slug = slugOf(name);
  if (id === undefined || slug === null) throw new ShopgraphError('BAD_INPUT', { says: NOT_A_STORE });
  return `https://www.tiktok.com/shop/store/${slug}/${id}`;
}

const NOT_A_STORE =
  'This is not the address of a TikTok Shop store. Open the store in a browser and copy its address: ' +
  'https://www.tiktok.com/shop/store/<name>/<number>, with no port, user name or #.';

/** Letters, digits and what joins them, in one spelling: decoded, composed, encoded. Null: no name of a store. */
function slugOf(name: string): string | null {
  try {
    const slug = decodeURIComponent(name).normalize('NFC');
    return slugText.test(slug) && /[^.]/.test(slug) ? encodeURIComponent(slug) : null;
  } catch {
    return null;
  }
}

/** Documented as "name or code": only a code is a currency. */
const Currency = z.string().transform((text) => (/^[A-Z]{3}$/.test(text) ? text : null));

/**
 * As displayed. TikTok hides digits of some prices from some visitors ("2?"): such a price is known to be unsaid. So is one with
 * three decimals: no currency of these markets has them, and a dot parts thousands in some ("120.000").
 */
const Price = z.union([
  z
    .string()
    .regex(/^[\d.]*\?[\d.?]*$|^[1-9]\d{0,2}\.\d{3}$/)
    .transform(() => null),
  Decimal,
]);

/** A code, which nobody promised to be positive. */
const Code = Float.pipe(z.int());
const Stars = Float.pipe(z.number().nonnegative());

const Shop = z.object({
  id: stated(Id),
  name: stated(z.string()),
  logoUrl: stated(Url),
  storeUrl: stated(Url),
  region: stated(z.string()),
  rating: stated(Stars),
  /** Approximate, over all time. */
  soldCount: stated(Count),
  reviewCount: stated(Count),
  onSellProductCount: stated(Count),
  followerCount: stated(Count),
  videoCount: stated(Count),
});

const Product = z.object({
  id: Id,
  title: stated(z.string()),
  description: stated(z.string()),
  url: stated(Url),
  imageUrl: stated(Url),
  image: stated(z.object({ width: stated(Count), height: stated(Count), url: stated(Url) })),
  shipFrom: stated(z.string()),
  trustLabel: stated(z.string()),
  labels: stated(z.array(z.object({ text: stated(z.string()), type: stated(Code) }))),
  price: stated(
    z.object({
      currencyCode: stated(Currency),
      currencySymbol: stated(z.string()),
      current: stated(Price),
      original: stated(Price),
      /** As shown: "40%". */
      discountText: stated(z.string()),
      /** As shown: "10.03" here, in words elsewhere. Never an amount. */
      savingText: stated(z.string()),
    }),
  ),
  metrics: stated(z.object({ sold: stated(Count), reviews: stated(Count), rating: stated(Stars) })),
  /** Its name and logo may be null though the store's are known. */
  shop: stated(z.object({ id: stated(Id), name: stated(z.string()), logoUrl: stated(Url) })),
});

const NotFound = z
  .object({ lookupStatus: z.literal('not_found'), shop: z.null().optional(), products: z.array(z.never()).nullish() })
  .transform(() => null);

/**
 * `private` and `restricted` are known of other routes. Should they come here: TikTok knows the store but does not show it,
 * so they are answers (paid, kept, asked once) and neither "unknown id" nor a failure that another try could mend.
 */
const Listing = z
  .object({
    lookupStatus: z.enum(['found', 'private', 'restricted']),
    shop: Shop.nullable(),
    products: z.array(Product),
    page: z.object({ nextCursor: z.string().min(1).nullable(), hasMore: z.boolean() }),
  })
  .transform(({ lookupStatus, shop, products, page }) => ({
    lookupStatus,
    shop,
    rows: products,
    /** Null: the end, which either of two keys may say. */
    nextCursor: page.hasMore ? page.nextCursor : null,
  }));

export const storeProducts = get('storeProducts', '/v1/tiktok/shop/products', {
  params: z.object({
    /** Checked here too: no caller can forget it. Throws the `BAD_INPUT` of `storeUrl`. */
    url: z.string().transform(storeUrl),
    /** Opaque; goes with the url and the region of the page that gave it. */
    cursor: z.string().min(1).max(8192).optional(),
    region: z
      .enum(['US', 'GB', 'DE', 'FR', 'IT', 'ID', 'MY', 'MX', 'PH', 'SG', 'ES', 'TH', 'VN', 'BR', 'JP', 'IE'])
      .default('US'),
  }),
  data: z.object({ data: z.discriminatedUnion('lookupStatus', [NotFound, Listing]) }).transform((reply) => reply.data),
  // A kept page leads on by its cursor, and pages of different hours do not fit together: not for long.
  ttlMs: HOUR,
  pages: 'cursor',
  answers: ({ url }, { shop }) => shop?.id == null || url.endsWith(`/${shop.id}`),
});

type Rest<P extends z.ZodType, D extends z.ZodType> = Pick<
  Endpoint<P, D>,
  'params' | 'data' | 'ttlMs' | 'pages' | 'answers'
>;

/** A look-up costs one credit, also of a store that is not found, and also where they answer from their own cache. */
function get<P extends z.ZodType, D extends z.ZodType>(name: string, path: string, rest: Rest<P, D>): Endpoint<P, D> {
  return { provider: 'SOCIAL_FETCH', name, method: 'GET', path, credits: 1, ...rest, params: z.compile(rest.params) };
}
