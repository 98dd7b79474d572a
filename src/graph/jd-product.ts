/** A product of JD.com. */
import { facts, from } from '../plan/sources.ts';
import type { GraphNode } from '../plan/node.ts';
import type { DataOf } from '../providers/provider.ts';
import * as jo from '../providers/justoneapi/contract.ts';
import { builder } from './builder.ts';
import { localId } from './ids.ts';
import { MarketplaceProduct, soldAt } from './marketplace.ts';
import { provenance } from './provenance.ts';
import { Image, image, Money } from './values.ts';

type JdProductNode = GraphNode<'JdProduct'>;
type Item = DataOf<typeof jo.jdItem>;

const detail = from(jo.jdItem, ({ id }: JdProductNode) => ({ itemId: id }));

/** JD states no currency; it sells in mainland China. */
const yuan = (amount: string | null | undefined) =>
  amount == null ? amount : { amount, currency: 'CNY', currencyBasis: 'INFERRED' as const };

interface Seller {
  readonly id: string | null;
  readonly name: string | null;
}

function sellerOf({ shopId, shopName }: Item): Seller | null | undefined {
  if (shopId === undefined && shopName === undefined) return undefined;
  return shopId == null && shopName == null ? null : { id: shopId ?? null, name: shopName ?? null };
}

const JdShop = builder.objectRef<Seller>('JdShop').implement({
  description: 'A shop of JD.com, as its products name it.',
  fields: (t) => ({
    shopId: t.exposeID('id', { description: "JD's own id, as digits." }),
    name: t.exposeString('name', { description: 'The name that customers see.' }),
  }),
});

const JdPromotion = builder.objectRef<NonNullable<Item['promotions']>[number]>('JdPromotion').implement({
  description: 'A price that a product is promoted at.',
  fields: (t) => ({
    price: t.field({ type: Money, description: 'The price that its tag shows.', resolve: ({ price }) => yuan(price) }),
    endsAt: t.field({
      type: 'DateTime',
      description: 'Until when it lasts, where that is said.',
      resolve: ({ endsAt }) => (endsAt === undefined ? null : new Date(endsAt)),
    }),
  }),
});

export const JdProduct = builder.objectRef<JdProductNode>('JdProduct');
builder.node(JdProduct, {
  description:
    'A product of JD.com. All its facts are one call, which is answered when the provider has collected them; where they ' +
    'are not there in time, they are null with one error `PENDING`. `jdProduct` tells that as a state.',
  id: { resolve: localId },
  interfaces: [MarketplaceProduct],
  fields: (t) => ({
    marketplace: soldAt(t, 'JD'),
    productId: t.exposeID('id', { nullable: false, description: "JD's own id (SKU), as digits." }),
    title: t.string({ description: 'The title, mostly Chinese.', ...facts(detail('title')) }),
    brand: t.string({ description: 'The brand.', ...facts(detail('brand')) }),
    price: t.field({
      type: Money,
      description: 'The current price. Null where JD shows it to nobody who is not logged in: see `priceMasked`.',
      ...facts(detail(({ price }) => yuan(price))),
    }),
    priceMasked: t.boolean({
      description: 'Whether JD withholds digits of the price (`6??`), so that there is none to tell.',
      ...facts(detail('priceMasked')),
    }),
    originalPrice: t.field({
      type: Money,
      description: 'The price before discounts.',
      ...facts(detail(({ listPrice }) => yuan(listPrice))),
    }),
    promotions: t.field({
      type: [JdPromotion],
      nullable: { list: true, items: false },
      description: 'Promotions that show a price.',
      ...facts(detail('promotions')),
    }),
    image: t.field({
      type: Image,
      description: 'The main picture.',
      ...facts(detail((said) => image(said.image))),
    }),
    seller: t.field({
      type: JdShop,
      description: 'The shop that sells it: of JD.com, so never a `Shop` of this graph.',
      ...facts(detail(sellerOf)),
    }),
    categoryIds: t.idList({
      nullable: { list: true, items: false },
      description: "JD's own categories, widest first.",
      ...facts(detail('categoryIds')),
    }),
    productArea: t.string({
      description: 'Where it comes from, as JD writes it: mostly Chinese.',
      ...facts(detail('productArea')),
    }),
    isBook: t.boolean({ description: 'Whether it is a book.', ...facts(detail('isBook')) }),
    delivery: t.string({
      description: "JD's promise of when it arrives, in Chinese, as of when it was collected.",
      ...facts(detail('delivery')),
    }),
    provenance: provenance(t),
  }),
});
