/** A second subgraph: a shop's own notes on products and creators, in memory. It knows their ids alone; the rest is told by shopgraph. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GraphQLError } from 'graphql';
import { createSchema, createYoga } from 'graphql-yoga';

interface Note {
  readonly number: number;
  readonly author: string;
  readonly text: string;
  readonly productId?: string;
  readonly creatorId?: string;
}

interface Paging {
  readonly first: number;
  readonly after?: string | null;
}

/** What a router says of an entity: its type, and one of the keys that its SDL declares. */
type Representation = Readonly<Record<string, unknown>>;

const serum = '1729384756102394';
const cream = '1730200599439242972';
const sunscreen = '1730279417830422402';
const mia = '6892301928374615';

/** The newest first. */
const notes: readonly Note[] = [
  { number: 6, author: 'Ines', productId: serum, text: 'Sold out twice in May. Order earlier.' },
  { number: 5, author: 'Tom', creatorId: mia, text: 'Answers within a day. Wants samples before she films.' },
  { number: 4, author: 'Tom', productId: sunscreen, text: 'The pump leaks: three returns this week.' },
  { number: 3, author: 'Ines', productId: serum, text: 'The new bottle has the same barcode.' },
  { number: 2, author: 'Ines', productId: cream, text: 'Goes well with the serum. Try a bundle.' },
  { number: 1, author: 'Tom', productId: serum, text: 'Our first product with a video of its own.' },
];

const sdl = readFileSync(new URL('notes.graphql', import.meta.url), 'utf8');

/** What every subgraph has for routers, beside its own SDL. */
const federation = `
  scalar _Any
  union _Entity = Product | Creator | Note
  type _Service { sdl: String! }
  extend type Query {
    _service: _Service!
    _entities(representations: [_Any!]!): [_Entity]!
  }
`;

const schema = createSchema({
  typeDefs: [sdl, federation],
  // The directives of federation are for composers; nobody here needs to know them.
  assumeValidSDL: true,
  resolvers: {
    Query: {
      node: (_query, { id }: { id: string }) => noteOf(id),
      nodes: (_query, { ids }: { ids: string[] }) => ids.map(noteOf),
      notes: (_query, paging: Paging) => page(notes, paging),
      _service: () => ({ sdl }),
      // An error as an item is the error of that item alone.
      _entities: (_query, { representations }: { representations: Representation[] }) => representations.map(entity),
    },
    Node: { __resolveType: () => 'Note' },
    _Entity: { __resolveType: ({ __typename }: { __typename: string }) => __typename },
    Note: {
      id: ({ number }: Note) => globalId(number),
      product: ({ productId }: Note) => productId && { productId },
      creator: ({ creatorId }: Note) => creatorId && { creatorId },
    },
    Product: {
      notes: ({ productId }: { productId: string }, paging: Paging) =>
        page(
          notes.filter((note) => note.productId === productId),
          paging,
        ),
    },
    Creator: {
      note: ({ creatorId }: { creatorId: string }) => notes.find((note) => note.creatorId === creatorId),
    },
  },
});

/** Whoever is asked about exists: shopgraph knows better, and we have no notes on it. */
function entity(representation: Representation): object | null {
  const { __typename, productId, creatorId, id } = representation;
  if (__typename === 'Product' && typeof productId === 'string') return { __typename, productId };
  if (__typename === 'Creator' && typeof creatorId === 'string') return { __typename, creatorId };
  if (__typename === 'Note' && typeof id === 'string') {
    const note = noteOf(id);
    return note && { __typename, ...note };
  }
  return new GraphQLError('A representation needs the type of an entity and its key.', {
    extensions: { code: 'BAD_INPUT' },
  });
}

const globalId = (number: number) => Buffer.from(`Note:${number}`).toString('base64url');

const noteOf = (id: string): Note | null => notes.find(({ number }) => globalId(number) === id) ?? null;

/** A window of a list, forward only; a cursor is the id of the row before it. */
function page(rows: readonly Note[], { first, after }: Paging) {
  const start = after ? rows.findIndex(({ number }) => globalId(number) === after) + 1 : 0;
  if (first < 0 || (after && start === 0)) throw new GraphQLError('`first` or `after` is not of this list.');
  const nodes = rows.slice(start, start + first);
  const edges = nodes.map((node) => ({ node, cursor: globalId(node.number) }));
  const pageInfo = {
    hasNextPage: start + first < rows.length,
    hasPreviousPage: start > 0,
    startCursor: edges[0]?.cursor,
    endCursor: edges.at(-1)?.cursor,
  };
  return { nodes, edges, pageInfo };
}

const http = createServer(createYoga({ schema, graphiql: false, landingPage: false }));
http.listen(Number(process.env.PORT ?? 4002), '127.0.0.1', () => {
  console.log(`notes is at http://127.0.0.1:${(http.address() as AddressInfo).port}/graphql`);
});
