/** Any node by its global id. */
import { ShopgraphError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Operation } from '../plan/operation.ts';
import { builder } from './builder.ts';
import { decodeGlobalId } from './ids.ts';

builder.queryFields((t) => ({
  node: t.field({
    type: builder.nodeInterfaceRef(),
    description: 'Any node by its global id. Free until its facts are selected.',
    args: { id: t.arg.id({ required: true, description: 'A global id, from an `id` field.' }) },
    resolve: (_, args, { operation }) => nodeOf(args.id, operation),
  }),
  nodes: t.field({
    type: [builder.nodeInterfaceRef()],
    nullable: { list: false, items: true },
    description:
      'Nodes by their global ids, in the order given; null where an id is none. Free until their facts are selected.',
    args: { ids: t.arg.idList({ required: true, description: `Up to ${limits.nodes} global ids.` }) },
    resolve: (_, { ids }, { operation }) => {
      if (ids.length > limits.nodes) {
        throw new ShopgraphError('LIMIT_EXCEEDED', { says: `At most ${limits.nodes} ids at once.` });
      }
      return ids.map((given) => orError(() => nodeOf(given, operation)));
    },
  }),
}));

function nodeOf(given: string, operation: Operation) {
  const { type, id, region } = decodeGlobalId(given);
  return operation.node(type, id, region);
}

/** An error as an item of a list is the error of that item alone. */
export function orError<Item>(make: () => Item): Item | Error {
  try {
    return make();
  } catch (error) {
    return error as Error;
  }
}
