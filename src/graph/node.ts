/** Any node by its global id. */
import { builder } from './builder.ts';
import { decodeGlobalId } from './ids.ts';
import { ShopgraphError } from '../errors.ts';

const NODES_MAX = 100;

builder.queryFields((t) => ({
  node: t.field({
    type: builder.nodeInterfaceRef(),
    description: 'Any node by its global id. Free until its facts are selected.',
    args: { id: t.arg.id({ required: true, description: 'A global id, from an `id` field.' }) },
    resolve: (_, args, { operation }) => {
      const { type, id, region } = decodeGlobalId(args.id);
      return operation.node(type, id, region);
    },
  }),
  nodes: t.field({
    type: [builder.nodeInterfaceRef()],
    nullable: { list: false, items: true },
    description: 'Nodes by their global ids, in the order given. Free until their facts are selected.',
    args: { ids: t.arg.idList({ required: true, description: 'Up to 100 global ids.' }) },
    resolve: (_, { ids }, { operation }) => {
      if (ids.length > NODES_MAX) {
        throw new ShopgraphError('LIMIT_EXCEEDED', { says: `At most ${NODES_MAX} ids at once.` });
      }
      return ids.map((given) => {
        const { type, id, region } = decodeGlobalId(given);
        return operation.node(type, id, region);
      });
    },
  }),
}));
