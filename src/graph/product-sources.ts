/** Who can tell what of a product of TikTok Shop, and about which market. */
import { from, rowOf } from '../plan/sources.ts';
import type { GraphNode } from '../plan/node.ts';
import * as et from '../providers/echotik/contract.ts';
import * as jo from '../providers/justoneapi/contract.ts';
import type { DataOf, RowOf } from '../providers/provider.ts';
import * as sf from '../providers/socialfetch/contract.ts';
import * as wh from '../providers/winninghunter/contract.ts';
import type { ByPeriod } from './period.ts';
import type { InStore } from './storefront-products.ts';
import { money } from './values.ts';

export type ProductNode = GraphNode<'Product'>;

/** What being in a shop's list says beyond the row. */
interface InShop {
  readonly shop_id: string;
  /** The market in which the shop was asked about. */
  readonly shop_region: string | null;
}

export const shopRow = rowOf<typeof wh.shopProducts, InShop>(wh.shopProducts);
export const creatorRow = rowOf(wh.creatorProducts);
export const storeRow = rowOf<typeof sf.storeProducts, InStore>(sf.storeProducts);
export const suggested = rowOf(wh.suggestions);

export const detail = from(wh.productDetail, ({ id }: ProductNode) => ({ id }));
/** For what differs by market, which it cannot be asked about. */
export const detailAnywhere = detail.about(({ region }) => region === null);
export const collected = from(et.products, ({ id }: ProductNode) => (et.isAskable(id) ? { product_id: id } : null));
export const page = from(jo.productDetail, (node: ProductNode) => {
  const region = marketIn(node);
  // Where no market is known, the provider takes its default.
  if (region === null) return { productId: node.id };
  return jo.isServed(region) ? { productId: node.id, region } : null;
});
export const totals = from(wh.productTotals, ({ id }: ProductNode, { period }: ByPeriod) => ({ id, period }));
export const history = from(wh.productHistory, ({ id }: ProductNode, { period }: ByPeriod) => ({ id, period }));

/** The market that the product was asked about in, or else that the lists are of in which it stands, if it is one. */
export function marketIn({ region, rows }: ProductNode): string | null {
  if (region !== null) return region;
  let market: string | null = null;
  for (const { row } of rows) {
    const { shop_region, store_region } = row as Partial<InShop & InStore>;
    const stated = shop_region ?? store_region;
    if (stated == null || stated === market) continue;
    if (market !== null) return null;
    market = stated;
  }
  return market;
}

/** The way back from a shop's list leads to the market in which the shop was asked about, if it is one. */
export function marketOf({ region, rows }: ProductNode, shopId: string): string | null {
  if (region !== null) return region;
  let market: string | null | undefined;
  for (const { list, row } of rows) {
    const { shop_id, shop_region } = row as InShop;
    if (list !== wh.shopProducts || shop_id !== shopId) continue;
    if (market !== undefined && shop_region !== market) return null;
    market = shop_region;
  }
  return market ?? null;
}

/** In a storefront's row. */
export const storePrice = (
  { price, store_region }: RowOf<typeof sf.storeProducts> & InStore,
  which: 'current' | 'original',
) => price && money(price[which], { stated: price.currencyCode, market: store_region });

/** Of several variants' prices none is the product's; a currency is stated with a variant's price alone. */
export function collectedPrice(
  { min_price, max_price, skus, region }: DataOf<typeof et.products>,
  node: ProductNode,
): ReturnType<typeof money> {
  const isElsewhere = node.region !== null && region !== node.region;
  // Null is their zero, which is "unknown".
  if (isElsewhere || min_price == null || min_price !== max_price) return undefined;
  const variant = skus?.find(({ real_price }) => real_price?.sale_price_decimal === min_price);
  return money(min_price, { stated: variant?.real_price?.currency });
}
