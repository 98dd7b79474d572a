/** A shop's public listing, by the address of its page: what the shop itself shows today, in its own order. */
import type { ArgBuilder } from '@pothos/core';
import type { GraphQLResolveInfo } from 'graphql';
import type { RequestContext } from '../context.ts';
import { ShopgraphError } from '../errors.ts';
import { readsFirstPage } from '../plan/first-page.ts';
import { addRow, type GraphNode } from '../plan/node.ts';
import { asks } from '../plan/sources.ts';
import * as sf from '../providers/socialfetch/contract.ts';
import { builder } from './builder.ts';
import type { regions } from './ids.ts';
import { forwardArgs } from './product-connection.ts';
import { Shop } from './shop.ts';
import { StorefrontProducts, type InStore, type Row } from './storefront-products.ts';
import { Region } from './values.ts';

type ShopNode = GraphNode<'Shop'>;
type RegionCode = keyof typeof regions;

/** The page of a shop; what it shows has yet to be asked. */
interface Store {
  /** As the provider is asked for it. */
  readonly url: string;
  /** The market asked for. */
  readonly region: RegionCode | null;
  readonly shop: ShopNode;
}

const listOf = ({ url, region }: Store) => ({
  endpoint: sf.storeProducts,
  params: { url, ...(region !== null && { region }) },
});

type FigureName = 'soldCount' | 'reviewCount' | 'followerCount' | 'videoCount' | 'onSellProductCount' | 'rating';

/** From the first page, which is asked for once however many figures are wanted. */
const figure = (name: FigureName, description: string) => ({
  description,
  ...asks(sf.storeProducts),
  resolve: async (store: Store, _args: object, { operation, walk }: RequestContext, info: GraphQLResolveInfo) => {
    const page = await operation.once(walk.firstPage(listOf(store), info.path));
    return page?.data.shop?.[name];
  },
});

export const Storefront = builder.objectRef<Store>('Storefront').implement({
  description:
    "A shop's public page. Its figures and its first products come with one call; `url` and `shop` cost none.",
  fields: (t) => ({
    url: t.field({ type: 'URL', description: 'The address, without what tracks.', resolve: ({ url }) => url }),
    shop: t.field({
      type: Shop,
      description: 'The shop, in the market asked for. Its own facts cost calls of their own.',
      resolve: ({ shop }) => shop,
    }),
    soldCount: t.field({ type: 'SafeInt', ...figure('soldCount', 'Units sold over all time, approximately.') }),
    reviewCount: t.field({ type: 'SafeInt', ...figure('reviewCount', 'Reviews of its products.') }),
    followerCount: t.field({ type: 'SafeInt', ...figure('followerCount', 'Followers of the shop.') }),
    videoCount: t.field({ type: 'SafeInt', ...figure('videoCount', 'Videos of the shop.') }),
    onSaleProductCount: t.field({
      type: 'SafeInt',
      ...figure('onSellProductCount', 'Products on sale, by the page itself: not the length of the list below.'),
    }),
    rating: t.float(figure('rating', 'The average rating, 0 to 5.')),
    products: t.field({
      type: StorefrontProducts,
      description: 'What it shows, page by page.',
      ...asks(sf.storeProducts),
      args: forwardArgs(t.arg),
      resolve: (store, forward, { operation, walk }, info) => {
        const { region, shop } = store;
        const implied: InStore = { store_id: shop.id, store_region: region };
        const node = (row: Row) => operation.node('Product', row.id, region);
        return operation.once(walk.connect({ ...listOf(store), node, implied }, forward, info));
      },
    }),
  }),
});

/** The address of the page to which a field has led, by the field's path. */
const addresses = new WeakMap<object, string>();

/** That of the page by which one has come to the shop: whatever else the operation asks, and in whichever order. */
function addressAbove(shop: ShopNode, { path }: GraphQLResolveInfo): string | undefined {
  for (let at = path.prev; at; at = at.prev) {
    const url = addresses.get(at);
    if (url !== undefined && idIn(url) === shop.id) return url;
  }
  return undefined;
}

/** What ends the address is the shop's id: the contract has checked it. */
const idIn = (url: string): string => url.slice(url.lastIndexOf('/') + 1);

/** The page at the address that somebody gave; throws `BAD_INPUT` for anything but a store's. */
function storeAt(
  given: string,
  region: RegionCode | null,
  { operation }: RequestContext,
  info: GraphQLResolveInfo,
): Store {
  const url = sf.storeUrl(given);
  const shop = operation.node('Shop', idIn(url), region);
  addresses.set(info.path, url);
  return { url, region, shop };
}

/** Null, and one error, where what is selected shows that there is no such page. Any other failure is that of the fields. */
async function opened(store: Store, { operation, walk }: RequestContext, info: GraphQLResolveInfo) {
  if (!readsFirstPage(info, 'products', ['url', 'shop'])) return store;
  const page = operation.listing(sf.storeProducts, info, () => walk.firstPage(listOf(store), info.path));
  try {
    const { data, fetchedAt } = await page;
    if (data.shop) addRow(store.shop, { list: sf.storeProducts, said: data.shop, fetchedAt });
    return store;
  } catch (failure) {
    const isUnknown = failure instanceof ShopgraphError && failure.code === 'NOT_FOUND';
    return isUnknown ? await operation.once(page).then(() => null) : store;
  }
}

interface ShopsPage {
  readonly url?: string | null | undefined;
  readonly region?: RegionCode | null | undefined;
}

/** `Shop.storefront`: the page of this shop and no other. */
export function storefrontOf(
  shop: ShopNode,
  { url, region }: ShopsPage,
  context: RequestContext,
  info: GraphQLResolveInfo,
) {
  const given = url ?? addressAbove(shop, info);
  if (given === undefined) {
    throw new ShopgraphError('BAD_INPUT', {
      says: 'Give the `url` of the storefront: it does not follow from the id.',
    });
  }
  // A node's market was read as one of ours.
  const store = storeAt(given, region ?? (shop.region as RegionCode | null), context, info);
  if (store.shop.id !== shop.id) {
    throw new ShopgraphError('BAD_INPUT', { says: `This \`url\` is not the storefront of shop ${shop.id}.` });
  }
  return opened(store, context, info);
}

const regionArg = (t: ArgBuilder<typeof builder.$inferSchemaTypes>, whenAbsent: string) =>
  t({ type: Region, description: `The market to look from; ${whenAbsent}. Becomes part of the ids of what is found.` });

/** The arguments of `Shop.storefront`. */
export const storefrontArgs = (t: ArgBuilder<typeof builder.$inferSchemaTypes>) => ({
  url: t({
    type: 'URL',
    description: "The address of the shop's page. Needed unless this operation has come to the shop by it.",
  }),
  region: regionArg(t, "absent: the shop's own, where it has one"),
});

builder.queryField('storefront', (t) =>
  t.field({
    type: Storefront,
    description: 'The public page of a shop, by its address. Null, and an error, if there is none.',
    args: {
      url: t.arg({
        type: 'URL',
        required: true,
        description: 'As a browser shows it: `https://www.tiktok.com/shop/store/<name>/<number>`.',
      }),
      region: regionArg(t.arg, "absent: the provider's default, US"),
    },
    resolve: (_, { url, region }, context, info) => opened(storeAt(url, region ?? null, context, info), context, info),
  }),
);
