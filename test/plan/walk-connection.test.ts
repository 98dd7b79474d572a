/** Connections over lists that hang together by cursors: one operation asks for each page once, and only for what is a page. */
import { execute, GraphQLInt, GraphQLList, GraphQLObjectType, GraphQLSchema, GraphQLString, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { listName } from '../../src/plan/cursor.ts';
import { createListing } from '../../src/plan/listing.ts';
import { createNodes } from '../../src/plan/node.ts';
import { encodePlace } from '../../src/plan/walk-cursor.ts';
import { createWalk, type WalkConnection, type WalkEdge } from '../../src/plan/walk-connection.ts';
import { START } from '../../src/plan/walk.ts';

const shelf = {
  provider: 'SOCIAL_FETCH' as const,
  name: 'shelf',
  method: 'GET' as const,
  path: '/shelf',
  params: z.object({ of: z.string(), market: z.string().default('US'), cursor: z.string().max(20).optional() }),
  data: z.object({ rows: z.array(z.object({ id: z.string() })), nextCursor: z.string().nullable() }).nullable(),
  credits: 1,
  ttlMs: 0,
};
const list = { endpoint: shelf, params: { of: 'toys' } };

type Data = z.output<typeof shelf.data>;
type Shown = WalkConnection<WalkEdge<{ id: string }>>;
const rowsOf = (...ids: string[]) => ids.map((id) => ({ id }));
const two: Record<string, Data> = {
  '': { rows: rowsOf('a', 'b'), nextCursor: 'second' },
  second: { rows: rowsOf('c'), nextCursor: null },
};

/** An operation over the pages of a provider, by their cursors; a missing one fails. */
function operation(pages: Record<string, Data>) {
  const asked: string[] = [];
  const node = createNodes();
  const load = (_endpoint: unknown, params: object) => {
    const { cursor = '' } = params as { cursor?: string };
    asked.push(cursor);
    const data = pages[cursor];
    return data === undefined ? Promise.reject(new Error('failed')) : Promise.resolve({ data, fetchedAt: 0 });
  };
  const nothing = {
    free: () => false,
    warm: (_asked: unknown, params: readonly object[]) => Promise.resolve(params.map(() => false)),
    held: () => undefined,
    refusal: () => null,
    late: () => new Promise<undefined>(() => undefined),
  };
  const listing = createListing({ listing: (_list, _info, find) => find(), stand: () => undefined });
  const walk = createWalk(Object.assign(load, nothing), listing);
  const schema = new GraphQLSchema({
    query: new GraphQLObjectType({
      name: 'Query',
      fields: {
        toys: {
          type: new GraphQLObjectType<Shown>({
            name: 'Toys',
            fields: {
              nodes: {
                type: new GraphQLList(GraphQLString),
                resolve: ({ edges }) => edges.map(({ row }) => row.id),
              },
            },
          }),
          args: { first: { type: GraphQLInt }, after: { type: GraphQLString } },
          resolve: (_, { first, after }: { first: number; after?: string }, _context, info) =>
            walk.connect({ ...list, node: ({ id }) => node('Toy', id) }, { first, after }, info),
        },
      },
    }),
  });
  const ask = async (document: string) => {
    const { data, errors } = await execute({ schema, document: parse(document) });
    return { data: JSON.parse(JSON.stringify(data)) as unknown, errors: errors?.map((error) => error.originalError) };
  };
  return { ask, asked, walk };
}

describe('one operation', () => {
  it('asks for each page once, whoever reads it', async () => {
    const { ask, asked, walk } = operation(two);
    const { data } = await ask(
      '{ x: toys(first: 3) { nodes } y: toys(first: 1) { nodes } z: toys(first: 3) { nodes } }',
    );
    expect(data).toEqual({ x: { nodes: ['a', 'b', 'c'] }, y: { nodes: ['a'] }, z: { nodes: ['a', 'b', 'c'] } });
    expect((await walk.firstPage({ ...list, params: { of: 'toys', market: 'US' } }, undefined)).data).toBe(two['']);
    expect(asked).toEqual(['', 'second']);
  });

  it('has one failure of a page, and one of a list that is not there', async () => {
    for (const [pages, failure] of [
      [{}, { message: 'failed' }],
      [{ '': null }, { code: 'NOT_FOUND' }],
    ] as const) {
      const { ask, asked } = operation(pages);
      const { errors } = await ask('{ x: toys(first: 3) { nodes } y: toys(first: 1) { nodes } }');
      expect(errors).toMatchObject([failure, failure]);
      expect(errors![0]).toBe(errors![1]);
      expect(asked).toEqual(['']);
    }
  });
});

describe('a cursor of the provider that it would not take itself', () => {
  const endless = 'x'.repeat(21);

  it('does not spoil the page that has it, and fails where it is needed', async () => {
    const { ask, asked } = operation({ '': { rows: rowsOf('a', 'b'), nextCursor: endless } });
    const { data, errors } = await ask('{ x: toys(first: 2) { nodes } y: toys(first: 3) { nodes } }');
    expect(data).toEqual({ x: { nodes: ['a', 'b'] }, y: null });
    expect(errors).toMatchObject([{ code: 'UPSTREAM_BAD_DATA', details: { endpoint: 'shelf' } }]);
    expect(asked).toEqual(['']);
  });

  it('is refused in one of ours, though its seal is right', async () => {
    const name = listName(JSON.stringify(['SOCIAL_FETCH', 'shelf', { of: 'toys', market: 'US' }]));
    const forged = (cursor: string) => encodePlace(name, { ...START, cursor });
    const { ask, asked } = operation(two);
    const { errors } = await ask(`{ toys(first: 2, after: "${forged(endless)}") { nodes } }`);
    expect(errors).toMatchObject([{ code: 'BAD_CURSOR' }]);
    expect(asked).toEqual([]);
    expect((await ask(`{ toys(first: 2, after: "${forged('second')}") { nodes } }`)).errors).toBeUndefined();
  });
});
