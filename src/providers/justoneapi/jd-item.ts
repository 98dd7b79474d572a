/**
 * A JD.com item as Just One API passes it on: JD's own reply, of some sixty parts, of which the shop's facts are picked.
 *
 * Documented by the example of V1 alone; V3 is read by the same names. JD states no currency.
 */
import { parseJson } from '../../json.ts';
import { readImage } from './images.ts';
import { readLine, readText } from './plain-text.ts';
import { priceAt } from './prices.ts';
import { at, fact, isNode, isUnknown, shallowest, stated, type Node } from './raw.ts';
import { readFlag, readId, readPrice } from './spellings.ts';

/** Where the example's own absolute URLs of the same pictures begin. */
const IMAGES = 'https://img30.360buyimg.com/sku/';
const PROMOTIONS_MAX = 50;

export type JdItem = NonNullable<Exclude<ReturnType<typeof jdItem>, 'strange'>>;

/** Null: nobody knows the id. `'strange'`: no item that we could read, or JD's own refusal inside of the reply. */
export function jdItem(reply: unknown) {
  if (!isNode(reply) || !('data' in reply || 'code' in reply)) return 'strange';
  if (isUnknown(reply)) return null;
  const [item, another] = shallowest(reply.data, isItem);
  if (!item || another || hasFailed(item)) return 'strange';
  const facts = factsOf(item);
  return Object.entries(facts).some(([name, value]) => name !== 'itemId' && value !== null) ? facts : 'strange';
}

export const isItem = ({ product }: Node): boolean => isNode(product) && ('skuId' in product || 'skuName' in product);

/** "0" in the example; what other codes mean is not documented. */
const hasFailed = ({ errCode }: Node): boolean => ![undefined, null, '', '0', 0].includes(errCode as string);

function factsOf(item: Node) {
  const price = priceAt(item, ['priceFloor.price', 'priceFloor.ext.jdPrice']);
  const listPrice = priceAt(item, ['priceFloor.ext.realPriceExt.ORIGINAL.salePrice']);
  const image = fact(item, ['product.mainImages', 'product.imageurl'], (sent) => readImage(sent, IMAGES));
  return stated({
    itemId: fact(item, ['product.skuId'], readId),
    title: fact(item, ['product.skuName'], readLine),
    price: price.amount,
    priceMasked: price.isMasked,
    listPrice: listPrice.amount,
    shopId: fact(item, ['product.shopId', 'stock.self_D.shopId'], readId),
    shopName: fact(item, ['stock.self_D.shopName'], readLine),
    brandId: fact(item, ['product.brandId'], readId),
    brand: fact(item, ['product.brandName'], readLine),
    /** Widest first. */
    categoryIds: fact(item, ['product.category'], readIds),
    productArea: fact(item, ['product.productArea'], readLine),
    isBook: fact(item, ['product.book'], readFlag),
    image: image === null ? null : image?.url,
    imageExpiresAt: image?.expiresAt,
    /** JD's promise of when it arrives, in Chinese. */
    delivery: fact(item, ['stock.promiseResult'], readText),
    promotions: fact(item, ['promov2'], readPromotions),
  });
}

const readIds = (sent: unknown): string[] | undefined =>
  typeof sent === 'string' && /^\d{1,20}(?:,\d{1,20}){0,9}$/.test(sent) ? sent.split(',') : undefined;

interface Promotion {
  /** The price that its tag shows. */
  readonly price: string;
  /** In ms since the epoch. */
  readonly endsAt?: number;
}

/** Those that show a price: it is JSON inside of a string. */
function readPromotions(sent: unknown): Promotion[] | undefined {
  if (!Array.isArray(sent)) return undefined;
  const lists = sent.slice(0, PROMOTIONS_MAX).map((each: unknown) => at(each, 'pis'));
  return lists.flatMap((list) => (Array.isArray(list) ? list.slice(0, PROMOTIONS_MAX).flatMap(promotionOf) : []));
}

function promotionOf(sent: unknown): Promotion[] {
  const price = readPrice(at(jsonIn(at(sent, 'customtag')), 'p'));
  const ends = at(sent, 'd');
  if (price === undefined) return [];
  // Seconds here, though JD has milliseconds elsewhere.
  return [{ price, ...(typeof ends === 'string' && /^\d{10}$/.test(ends) && { endsAt: Number(ends) * 1000 }) }];
}

function jsonIn(text: unknown): unknown {
  try {
    return typeof text === 'string' && text.length < 10_000 ? parseJson(text) : undefined;
  } catch {
    return undefined;
  }
}
