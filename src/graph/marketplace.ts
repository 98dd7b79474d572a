/** What the products of all marketplaces have in common. */
import type { GraphNode } from '../plan/node.ts';
import { builder } from './builder.ts';
import { Image, Money } from './values.ts';

const Marketplace = builder.enumType('Marketplace', {
  description: 'Where something is sold.',
  values: {
    TIKTOK_SHOP: { description: 'TikTok Shop.' },
    JD: { description: 'JD.com.' },
  },
});

type Fields<Node extends GraphNode> = PothosSchemaTypes.ObjectFieldBuilder<typeof builder.$inferSchemaTypes, Node>;

/** The `marketplace` field of a type whose nodes are all sold at the same. */
export const soldAt = <Node extends GraphNode>(t: Fields<Node>, marketplace: 'TIKTOK_SHOP' | 'JD') =>
  t.field({
    type: Marketplace,
    nullable: false,
    description: 'Where it is sold.',
    resolve: () => marketplace,
  });

export const MarketplaceProduct = builder.interfaceRef<GraphNode>('MarketplaceProduct').implement({
  description: 'What every marketplace can tell of a product. What only one can tell lives on its own type.',
  resolveType: ({ type }) => type,
  fields: (t) => ({
    marketplace: t.field({ type: Marketplace, nullable: false, description: 'Where it is sold.' }),
    productId: t.id({ nullable: false, description: "The marketplace's own id, as digits." }),
    title: t.string({ description: 'The title.' }),
    price: t.field({ type: Money, description: 'The current price.' }),
    originalPrice: t.field({ type: Money, description: 'The price before a discount.' }),
    priceMasked: t.boolean({
      description: 'True where the marketplace withholds digits of the price, which is then null.',
    }),
    image: t.field({ type: Image, description: 'The main picture.' }),
  }),
});
