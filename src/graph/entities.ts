/** The federation side of the graph: what a router asks of a subgraph. Representations cost nothing until paid facts are selected. */
import { isObjectType, type GraphQLSchema } from 'graphql';
import { ShopgraphError } from '../errors.ts';
import type { GraphNode } from '../plan/node.ts';
import { builder } from './builder.ts';
import { Creator } from './creator.ts';
import { decodeGlobalId, nativeKeys, nodeTypes, readId, type NodeId } from './ids.ts';
import { JdProduct } from './jd-product.ts';
import { orError } from './node.ts';
import { Product } from './product.ts';
import { Shop } from './shop.ts';
import { printSubgraph } from './subgraph.ts';
import { Video } from './video.ts';

const Any = builder.scalarType('_Any', {
  description: 'A representation of an entity: its `__typename`, and the fields of one of its keys.',
  serialize: (value) => value,
  parseValue: (value) => value,
});

const Entity = builder.unionType('_Entity', {
  description: 'A type that other subgraphs may extend.',
  types: [Shop, Product, Creator, Video, JdProduct],
  resolveType: ({ type }) => type,
});

const Service = builder.objectRef<{ sdl: string }>('_Service').implement({
  description: 'This server as a subgraph.',
  fields: (t) => ({ sdl: t.exposeString('sdl', { nullable: false, description: 'What it adds to a supergraph.' }) }),
});

/** Printed when it is first asked for: it is needed by those who compose, once. */
const sdls = new WeakMap<GraphQLSchema, string>();

builder.queryFields((t) => ({
  _service: t.field({
    type: Service,
    nullable: false,
    description: 'For those who compose a supergraph.',
    resolve: (_root, _args, _context, { schema }) => {
      const sdl = sdls.get(schema) ?? printSubgraph(schema);
      sdls.set(schema, sdl);
      return { sdl };
    },
  }),
  _entities: t.field({
    type: [Entity],
    nullable: { list: false, items: true },
    description:
      'For routers: entities by their representations, in the order given. A wrong one is null, with an error of its own.',
    args: {
      representations: t.arg({
        type: [Any],
        required: true,
        description: 'Up to a configured number of different ones.',
      }),
    },
    resolve: (_root, { representations }, { operation, limits }, { schema }) => {
      if (hasMoreDifferent(representations, limits.representationsMax)) {
        const says = `At most ${limits.representationsMax} different representations at once.`;
        throw new ShopgraphError('LIMIT_EXCEEDED', { says });
      }
      const entities = representations.map((each) =>
        orError((): GraphNode => {
          const { type, id, region } = identify(each, schema);
          return operation.node(type, id, region);
        }),
      );
      // Types of nodes are told apart by name; and an error as an item is the error of that item alone, which the builder's types know not.
      return entities as GraphNode<'Product'>[];
    },
  }),
}));

function hasMoreDifferent(representations: readonly unknown[], max: number): boolean {
  const different = new Set<string>();
  return representations.length > max && representations.some((each) => different.add(JSON.stringify(each)).size > max);
}

/** Throws `BAD_INPUT` for what is no representation of an entity of ours. */
function identify(representation: unknown, schema: GraphQLSchema): NodeId {
  if (typeof representation !== 'object' || representation === null) throw wrong('A representation is an object.');
  const keys = representation as Record<string, unknown>;
  const name = keys.__typename;
  const type = nodeTypes.find((each) => each === name);
  if (!type) {
    const isType = typeof name === 'string' && isObjectType(schema.getType(name));
    throw wrong(isType ? `${name} is not an entity here.` : 'A representation needs the `__typename` of an entity.');
  }
  const { id, [nativeKeys[type]]: native } = keys;
  if (typeof id === 'string') {
    const node = decodeGlobalId(id);
    if (node.type !== type) throw wrong(`This \`id\` is that of a ${node.type}, not of a ${type}.`);
    return node;
  }
  if (typeof native === 'string') return readId(type, native);
  throw wrong(`A representation of a ${type} needs its \`id\` or \`${nativeKeys[type]}\`, as a string.`);
}

const wrong = (says: string) => new ShopgraphError('BAD_INPUT', { says });
