/** From a name to ids. */
import type { RowOf } from '../../src/providers/provider.ts';
import * as wh from '../../src/providers/winninghunter/contract.ts';
import { builder } from './builder.ts';
import { Node, type Ref } from './node.ts';

const SuggestionType = builder.enumType('SuggestionType', {
  values: {
    SHOP: { value: 'shops' },
    PRODUCT: { value: 'products' },
    CREATOR: { value: 'creators' },
    VIDEO: { value: 'videos' },
  } as const,
});

const typeOf = { shops: 'Shop', products: 'Product', creators: 'Creator', videos: 'Video' } as const;

type Row = RowOf<typeof wh.suggestions>;
const Suggestion = builder.objectRef<Row & { readonly node: Ref }>('Suggestion').implement({
  fields: (t) => ({
    id: t.exposeID('id', { nullable: false }),
    name: t.field({ type: 'String', resolve: ({ name }) => name }),
    node: t.field({ type: Node, resolve: ({ node }) => node }),
  }),
});

builder.queryField('suggestions', (t) =>
  t.field({
    type: [Suggestion],
    nullable: { list: true, items: false },
    args: {
      type: t.arg({ type: SuggestionType, required: true }),
      query: t.arg.string({ required: true }),
      first: t.arg.int({ required: true, defaultValue: 10 }),
    },
    resolve: async (_, { type, query, first }, { load }) => {
      const said = await load(wh.suggestions, { type, q: query, limit: first, country: 'US' });
      return said?.rows.map((row) => ({ ...row, node: { type: typeOf[type], id: row.id } }));
    },
  }),
);
