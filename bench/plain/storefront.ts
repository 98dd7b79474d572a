/** A shop's public page, by its address: its figures stand on the first page of its list. */
import type { DataOf, RowOf } from '../../src/providers/provider.ts';
import * as sf from '../../src/providers/socialfetch/contract.ts';
import { builder, Region } from './builder.ts';
import { listOfProducts, toConnection, windowArgs } from './connection.ts';
import type { Load } from './loaders.ts';
import { Shop } from './shop.ts';

type Row = RowOf<typeof sf.storeProducts>;
type ShopSaid = NonNullable<DataOf<typeof sf.storeProducts>['shop']>;
type RegionCode = typeof Region.$inferType;

interface Store {
  readonly question: { readonly url: string; readonly region?: RegionCode };
  readonly said: ShopSaid | null;
}

const ProductLabel = builder.objectRef<NonNullable<Row['labels']>[number]>('ProductLabel').implement({
  fields: (t) => ({ text: t.string({ resolve: ({ text }) => text }) }),
});

const StorefrontProducts = listOfProducts<Row>('StorefrontProduct', {
  isCounted: false,
  edgeFields: (t) => ({
    labels: t.field({
      type: [ProductLabel],
      nullable: { list: true, items: false },
      resolve: ({ row }) => row.labels,
    }),
    discountText: t.string({ resolve: ({ row }) => row.price?.discountText }),
    shipFrom: t.string({ resolve: ({ row }) => row.shipFrom }),
  }),
});

const Storefront = builder.objectRef<Store>('Storefront').implement({
  fields: (t) => ({
    shop: t.field({
      type: Shop,
      resolve: ({ said, question }) =>
        said?.id == null ? null : { type: 'Shop' as const, id: said.id, region: question.region },
    }),
    soldCount: t.field({ type: 'SafeInt', resolve: ({ said }) => said?.soldCount }),
    reviewCount: t.field({ type: 'SafeInt', resolve: ({ said }) => said?.reviewCount }),
    followerCount: t.field({ type: 'SafeInt', resolve: ({ said }) => said?.followerCount }),
    rating: t.float({ resolve: ({ said }) => said?.rating }),
    products: t.field({
      type: StorefrontProducts,
      args: windowArgs(t.arg),
      resolve: async ({ question }, { first }, { load }) => {
        const { rows, isEnd } = await walk(question, first, load);
        return { ...toConnection({ rows, total: null }, { first }), hasNextPage: !isEnd };
      },
    }),
  }),
});

/** The first rows: page after page, as far as they are needed. */
async function walk(question: Store['question'], first: number, load: Load) {
  const rows: Row[] = [];
  let cursor: string | null = null;
  do {
    const page: DataOf<typeof sf.storeProducts> | null = await load(sf.storeProducts, {
      ...question,
      ...(cursor !== null && { cursor }),
    });
    rows.push(...(page?.rows ?? []));
    cursor = page?.nextCursor ?? null;
  } while (rows.length < first && cursor !== null);
  return { rows: rows.slice(0, first), isEnd: rows.length <= first && cursor === null };
}

builder.queryField('storefront', (t) =>
  t.field({
    type: Storefront,
    args: { url: t.arg({ type: 'URL', required: true }), region: t.arg({ type: Region }) },
    resolve: async (_, { url, region }, { load }) => {
      const question = { url: String(url), ...(region != null && { region }) };
      const page = await load(sf.storeProducts, question);
      return page && { question, said: page.shop };
    },
  }),
);
