/**
 * A TikTok Shop product's page as Just One API passes it on: raw, and of a shape that it does not document.
 *
 * Read by the names that TikTok's own pages are known to use, at whatever depth they stand. Picked, never passed through:
 * raw pages carry cookies and tokens.
 */
import { readImage } from './images.ts';
import { readLine, readText } from './plain-text.ts';
import { priceAt } from './prices.ts';
import { at, fact, isNode, isUnknown, shallowest, stated, type Node } from './raw.ts';
import { readCount, readCurrency, readFlag, readId, readRating, readRounded } from './spellings.ts';

export type ProductPage = NonNullable<Exclude<ReturnType<typeof productPage>, 'strange'>>;

/** Null: nobody knows the id. `'strange'`: there is a page, but not of one product that says something. */
export function productPage(reply: unknown) {
  if (!isNode(reply) || !('data' in reply || 'code' in reply)) return 'strange';
  if (isUnknown(reply)) return null;
  const pages = shallowest(reply.data, isProduct);
  // The same product twice is one; without ids it cannot be told.
  const told = new Set(pages.map(idOf));
  const [page] = pages;
  if (!page || (pages.length > 1 && (told.size > 1 || told.has(undefined)))) return 'strange';
  const facts = factsOf(page);
  return Object.entries(facts).some(([name, value]) => name !== 'productId' && value !== null) ? facts : 'strange';
}

const ids = ['product_id', 'product_base.product_id', 'id'];
const idOf = (node: Node) => fact(node, ids, readId) ?? undefined;

function isProduct(node: Node): boolean {
  const base = node.product_base;
  if (isNode(base) && ['title', 'price', 'images', 'sold_count'].some((key) => key in base)) return true;
  const parts = ['product_price_info', 'product_detail_review', 'images', 'image', 'rate_info', 'sold_info'];
  // Anything may have an `id`; with a title and one of these parts it is a product.
  const isNamed = readId(node.product_id) !== undefined || (readId(node.id) !== undefined && 'title' in node);
  return isNamed && parts.some((key) => isNode(node[key]) || Array.isArray(node[key]));
}

function factsOf(page: Node) {
  const price = priceAt(page, [
    'product_base.price.real_price',
    'product_price_info.sale_price_decimal',
    'product_price_info.sale_price_format',
    ...(hasOnePrice(page) ? ['product_base.price.min_sku_price'] : []),
  ]);
  const listPrice = priceAt(page, [
    'product_base.price.original_price',
    'product_price_info.origin_price_decimal',
    'product_price_info.origin_price_format',
  ]);
  const image = fact(page, ['product_base.images', 'images', 'image'], (sent) => readImage(sent));
  const sold = countAt(page, ['product_base.sold_count', 'sold_info.sold_count', 'sold_count']);
  const reviews = countAt(page, [
    'product_detail_review.review_count',
    'product_detail_review.review_count_str_v2',
    'product_detail_review.review_count_str',
    'rate_info.review_count',
  ]);
  const rating = fact(page, ['product_detail_review.product_rating', 'rate_info.score'], readRating);
  return stated({
    productId: idOf(page),
    title: fact(page, ['product_base.title', 'title'], readLine),
    price: price.amount,
    priceMasked: price.isMasked,
    listPrice: listPrice.amount,
    /** As stated by the page, in ISO 4217; never inferred. */
    currency: fact(page, ['product_base.price.currency', 'product_price_info.currency_name'], readCurrency),
    // Nobody has rated it; what the page shows as 0 stars is no rating.
    rating: rating === 0 && !reviews.count ? null : rating,
    reviewCount: reviews.count,
    /** The page gives the number in a rounded form alone ("70.8K"). */
    reviewCountRounded: reviews.isRounded,
    soldCount: sold.count,
    soldCountRounded: sold.isRounded,
    sellerId: fact(page, ['seller.seller_id', 'seller_id', 'seller_info.seller_id'], readId),
    sellerName: fact(page, ['seller.name', 'seller_info.shop_name'], readLine),
    image: image === null ? null : image?.url,
    /** Until when the image's URL is good, in ms since the epoch: the answer is not good for longer. */
    imageExpiresAt: image?.expiresAt,
    description: fact(
      page,
      ['product_base.desc_detailv3', 'desc_detailv3', 'product_base.description', 'description'],
      readText,
    ),
  });
}

/** The cheapest variant's price is the product's only where all cost the same. */
function hasOnePrice(page: Node): boolean {
  const price = at(page, 'product_base.price');
  if (!isNode(price)) return false;
  return readFlag(price.is_interval_price) === false || price.min_sku_price === price.max_sku_price;
}

/** Exact, if any of the places has it so. */
function countAt(node: Node, paths: readonly string[]) {
  const exact = fact(node, paths, readCount);
  if (typeof exact === 'number') return { count: exact, isRounded: undefined };
  const rounded = fact(node, paths, readRounded);
  return typeof rounded === 'number' ? { count: rounded, isRounded: true } : { count: exact, isRounded: undefined };
}
