/** Facts wanted together are bought together: from several sources, the cheapest set; from a row, nothing. */
import { execute, GraphQLFloat, GraphQLList, GraphQLObjectType, GraphQLSchema, GraphQLString, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { ShopgraphError } from '../../src/errors.ts';
import type { Asker } from '../../src/plan/buying.ts';
import { createOperation } from '../../src/plan/operation.ts';
import { addRow, type GraphNode } from '../../src/plan/node.ts';
import { facts, from, rowOf, type FactContext } from '../../src/plan/sources.ts';
import type { Endpoint } from '../../src/providers/provider.ts';

const about = z.object({ title: z.string().nullish(), image: z.string().nullish(), rating: z.number().nullish() });

const endpoint = (name: string, credits: number) => ({
  provider: 'WINNING_HUNTER' as const,
  name,
  method: 'GET' as const,
  path: `/${name}/{id}`,
  params: z.object({ id: z.string() }),
  data: about.nullable(),
  credits,
  ttlMs: 0,
});
const brief = endpoint('brief', 1);
const picture = endpoint('picture', 1);
const full = endpoint('full', 3);
const shelf = {
  ...endpoint('shelf', 1),
  data: z.object({ rows: z.array(about.extend({ id: z.string() })), total: z.number() }),
};

const byId = ({ id }: GraphNode) => ({ id });
const fromBrief = from(brief, byId);
const fromPicture = from(picture, byId);
const fromFull = from(full, byId);
const row = rowOf(shelf);

const Thing = new GraphQLObjectType<GraphNode, FactContext>({
  name: 'Thing',
  fields: {
    title: { type: GraphQLString, ...facts(fromFull('title'), fromBrief('title'), row('title')) },
    image: { type: GraphQLString, ...facts(fromFull('image'), fromPicture('image')) },
    rating: { type: GraphQLFloat, ...facts(fromFull('rating')) },
  },
});
const schema = new GraphQLSchema({
  query: new GraphQLObjectType<unknown, FactContext>({
    name: 'Query',
    fields: {
      thing: {
        type: Thing,
        args: { id: { type: GraphQLString } },
        resolve: (_, { id }, { operation }) => operation.node('Thing', id as string),
      },
      things: {
        type: new GraphQLList(Thing),
        resolve: (_, _args, { operation }) =>
          ['1', '2', '3'].map((id) => {
            const node = operation.node('Thing', id);
            // The second row does not speak of its title, the third says that it has none.
            const said = [{ title: 'row 1' }, {}, { title: null }][Number(id) - 1]!;
            addRow(node, { list: shelf, said, fetchedAt: 0 });
            return node;
          }),
      },
    },
  }),
});

type Say = (name: string, id: string) => object | null;
const everything: Say = (name, id) => ({ title: `${name} ${id}`, image: `${name} ${id}`, rating: 5 });

async function ask(
  document: string,
  { say = everything, free = () => false }: { say?: Say; free?: Asker['free'] } = {},
) {
  const bought: string[] = [];
  const load = (asked: Endpoint, params: object) => {
    const { id } = params as { id: string };
    bought.push(`${asked.name} ${id}`);
    return Promise.resolve().then(() => ({ data: say(asked.name, id), fetchedAt: 0 }));
  };
  const rest = {
    free,
    warm: (asked: Endpoint, params: readonly object[]) => Promise.resolve(params.map((each) => free(asked, each))),
    held: () => undefined,
    refusal: () => null,
    late: () => new Promise<undefined>(() => undefined),
  };
  const operation = createOperation(Object.assign(load, rest));
  const { data, errors } = await execute({ schema, document: parse(document), contextValue: { operation } });
  return { data: JSON.parse(JSON.stringify(data)) as Record<string, unknown>, errors, bought, operation };
}

describe('several sources', () => {
  it('of one fact: the cheapest is bought', async () => {
    expect((await ask('{ thing(id: "1") { title } }')).bought).toEqual(['brief 1']);
  });

  it('of two facts: two cheap calls beat a dear one', async () => {
    expect((await ask('{ thing(id: "1") { title image } }')).bought.sort()).toEqual(['brief 1', 'picture 1']);
  });

  it('where a third fact needs the dear call, it serves them all, and nothing else is bought', async () => {
    const { data, bought } = await ask('{ thing(id: "1") { title image rating } }');
    expect(bought).toEqual(['full 1']);
    expect(data).toEqual({ thing: { title: 'full 1', image: 'full 1', rating: 5 } });
  });

  it('asked for at two places of the same node are chosen for together', async () => {
    const { data, bought } = await ask('{ a: thing(id: "1") { title } b: thing(id: "1") { image rating } }');
    expect(bought).toEqual(['full 1']);
    expect(data).toEqual({ a: { title: 'full 1' }, b: { image: 'full 1', rating: 5 } });
  });

  it('of which one is at hand for nothing: it is taken', async () => {
    const free = ({ name }: Endpoint) => name === 'full';
    expect((await ask('{ thing(id: "1") { title image } }', { free })).bought).toEqual(['full 1']);
  });
});

describe('rows', () => {
  it('answer where their key is present, null or not; the rest is bought for those nodes alone', async () => {
    const { data, bought } = await ask('{ things { title } }');
    expect(data).toEqual({ things: [{ title: 'row 1' }, { title: 'brief 2' }, { title: null }] });
    expect(bought).toEqual(['brief 2']);
  });

  it('give way to a call that is made anyway', async () => {
    const { data, bought } = await ask('{ things { title rating } }');
    expect(bought.sort()).toEqual(['full 1', 'full 2', 'full 3']);
    expect(data.things).toContainEqual({ title: 'full 1', rating: 5 });
  });

  it('do not give way to a call for a fact that they have no part in', async () => {
    const { data, bought } = await ask('{ things { title image } }');
    expect(bought.sort()).toEqual(['brief 2', 'picture 1', 'picture 2', 'picture 3']);
    expect(data.things).toContainEqual({ title: 'row 1', image: 'picture 1' });
  });

  it('stand in for a call that failed', async () => {
    const say: Say = (name, id) => {
      if (id === '1') throw new ShopgraphError('UPSTREAM_UNAVAILABLE');
      return everything(name, id);
    };
    const { data, errors } = await ask('{ things { title rating } }', { say });
    expect(data.things).toContainEqual({ title: 'row 1', rating: null });
    expect(errors).toHaveLength(1);
  });

  it('are counted as calls avoided, once for each node that needed none of them', async () => {
    expect((await ask('{ things { title } }')).operation.avoidedByRows()).toBe(2);
    expect((await ask('{ things { title rating } }')).operation.avoidedByRows()).toBe(0);
  });
});

describe('what goes wrong', () => {
  it('in one call is one error, however many fields it was to answer', async () => {
    const say: Say = () => {
      throw new ShopgraphError('QUOTA_EXHAUSTED', { provider: 'WINNING_HUNTER', endpoint: 'full' });
    };
    const { data, errors } = await ask('{ a: thing(id: "1") { image rating } b: thing(id: "1") { again: rating } }', {
      say,
    });
    expect(data).toEqual({ a: { image: null, rating: null }, b: { again: null } });
    // GraphQL reports what is thrown; each call throws its own failure once.
    expect(errors).toHaveLength(1);
  });

  it('as an unknown id is one error at the node, even where two calls say so', async () => {
    const { errors } = await ask('{ thing(id: "1") { title image } }', { say: () => null });
    expect(errors?.map(({ path }) => path)).toEqual([['thing']]);
  });

  it('is forgotten where another call for the node knows the fact', async () => {
    const say: Say = (name) => (name === 'brief' ? null : { title: undefined, image: 'there' });
    const { data } = await ask('{ thing(id: "1") { title image } }', { say });
    expect(data).toEqual({ thing: { title: null, image: 'there' } });
  });
});
