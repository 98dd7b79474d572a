/** From a name to ids: what a provider suggests for what was typed. */
import { ShopgraphError } from '../errors.ts';
import { telling } from '../plan/explanation.ts';
import { addRow, type GraphNode } from '../plan/node.ts';
import { asks } from '../plan/sources.ts';
import type { RowOf } from '../providers/provider.ts';
import * as wh from '../providers/winninghunter/contract.ts';
import { builder } from './builder.ts';
import { isNodeId } from './ids.ts';
import { Region } from './values.ts';

const FIRST_MAX = 20;
const QUERY_CHARS_MAX = 200;

const SuggestionType = builder.enumType('SuggestionType', {
  description: 'What to look for by name.',
  values: {
    SHOP: { value: 'shops', description: 'Shops.' },
    PRODUCT: { value: 'products', description: 'Products.' },
    CREATOR: { value: 'creators', description: 'Creators.' },
    VIDEO: { value: 'videos', description: 'Videos.' },
    CATEGORY: { value: 'categories', description: 'Categories of products.' },
  } as const,
});

const typeOf = { shops: 'Shop', products: 'Product', creators: 'Creator', videos: 'Video', categories: null } as const;

type Row = RowOf<typeof wh.suggestions>;
const Suggestion = builder.objectRef<Row & { readonly node: GraphNode | null }>('Suggestion').implement({
  description: 'A thing that bears a similar name.',
  fields: (t) => ({
    id: t.exposeID('id', {
      nullable: false,
      description: "The provider's own id: what `shop(id:)` and its like take. A category's id is not a node's.",
    }),
    name: t.field({ type: 'String', description: 'Its name.', resolve: (said) => said.name }),
    node: t.field({
      type: builder.nodeInterfaceRef(),
      description:
        'The thing itself; null for a category. Its name is in hand, its other facts cost calls of their own.',
      resolve: ({ node }) => node,
    }),
  }),
});

builder.queryField('suggestions', (t) =>
  t.field({
    type: [Suggestion],
    nullable: { list: true, items: false },
    description: 'From a name to ids. One call.',
    ...asks(wh.suggestions),
    args: {
      type: t.arg({ type: SuggestionType, required: true, description: 'What to look for.' }),
      query: t.arg.string({ required: true, description: `What was typed, 1 to ${QUERY_CHARS_MAX} characters.` }),
      region: t.arg({ type: Region, description: "The market; by the provider's default US." }),
      first: t.arg.int({ required: true, defaultValue: 10, description: 'How many, 1 to 20.' }),
    },
    resolve: async (_, { type, query, region, first }, { load, operation, told }, info) => {
      const q = query.trim();
      if (q === '' || q.length > QUERY_CHARS_MAX) {
        throw new ShopgraphError('BAD_INPUT', { says: `\`query\` must have 1 to ${QUERY_CHARS_MAX} characters.` });
      }
      if (first < 1 || first > FIRST_MAX) {
        throw new ShopgraphError('BAD_INPUT', { says: `\`first\` must be between 1 and ${FIRST_MAX}.` });
      }
      // However few are wanted, all are asked for: they cost the same, and serve whoever wants more.
      const question = { type, q, limit: FIRST_MAX, country: region ?? 'US' };
      const asked = operation.listing(wh.suggestions, info, () => load(wh.suggestions, question));
      const said = await operation.once(telling(told, info.path, wh.suggestions, asked));
      return said?.data?.rows.slice(0, first).map((row) => {
        const node = isNodeId(row.id) && typeOf[type] ? operation.node(typeOf[type], row.id) : null;
        if (node) addRow(node, { list: wh.suggestions, said: row, fetchedAt: said.fetchedAt });
        return { ...row, node };
      });
    },
  }),
);
