/** The products of a storefront, and how it shows them. */
import type { RowOf } from '../providers/provider.ts';
import type * as sf from '../providers/socialfetch/contract.ts';
import { builder } from './builder.ts';
import { walkedProductConnection } from './product-connection.ts';

export type Row = RowOf<typeof sf.storeProducts>;

/** What being in a storefront says of a product beyond the row's own keys. */
export interface InStore {
  readonly store_id: string;
  /** The market asked for. */
  readonly store_region: string | null;
}

const ProductLabel = builder.objectRef<NonNullable<Row['labels']>[number]>('ProductLabel').implement({
  description: 'A label that a storefront puts on a product.',
  fields: (t) => ({
    text: t.string({ description: 'What it says, in the language of the market.', resolve: ({ text }) => text }),
    type: t.field({
      type: 'SafeInt',
      description: "TikTok's own code of its kind, not documented.",
      resolve: ({ type }) => type,
    }),
  }),
});

export const StorefrontProducts = walkedProductConnection<Row>('StorefrontProduct', {
  description:
    "Products of a storefront, in the shop's own order. Each page of the provider is a call, made when the walk comes to it. Nobody says how many there are.",
  edgeDescription: 'How a storefront shows a product today.',
  edgeFields: (t) => ({
    labels: t.field({
      type: [ProductLabel],
      nullable: { list: true, items: false },
      description: 'The labels on it.',
      resolve: ({ row }) => row.labels,
    }),
    discountText: t.string({
      description: 'The discount as shown, such as "40%". Not a number to reckon with.',
      resolve: ({ row }) => row.price?.discountText,
    }),
    savingText: t.string({
      description: 'The saving as shown: digits or words, and not an amount.',
      resolve: ({ row }) => row.price?.savingText,
    }),
    trustLabel: t.string({ description: 'What is shown to win trust.', resolve: ({ row }) => row.trustLabel }),
    shipFrom: t.string({ description: 'Where it is shipped from, as shown.', resolve: ({ row }) => row.shipFrom }),
  }),
});
