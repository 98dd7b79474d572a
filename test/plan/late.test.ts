/** Who comes while answers kept from before are being fetched is not decided for without them. */
import { execute, GraphQLObjectType, GraphQLSchema, GraphQLString, parse } from 'graphql';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import * as z from 'zod';
import { createOperation } from '../../src/plan/operation.ts';
import type { GraphNode } from '../../src/plan/node.ts';
import { facts, from, type FactContext } from '../../src/plan/sources.ts';
import type { Endpoint } from '../../src/providers/provider.ts';

const endpoint = (name: string) => ({
  ...{ provider: 'WINNING_HUNTER' as const, name, method: 'GET' as const, path: `/${name}/{id}`, credits: 1, ttlMs: 0 },
  params: z.object({ id: z.string() }),
  data: z.object({ title: z.string() }).nullable(),
});
const [one, two] = [endpoint('one'), endpoint('two')];
const byId = ({ id }: GraphNode) => ({ id });
const Thing = new GraphQLObjectType<GraphNode, FactContext>({
  name: 'Thing',
  fields: { title: { type: GraphQLString, ...facts(from(one, byId)('title'), from(two, byId)('title')) } },
});
const schema = new GraphQLSchema({
  query: new GraphQLObjectType<unknown, FactContext>({
    name: 'Query',
    fields: {
      thing: {
        type: Thing,
        args: { id: { type: GraphQLString } },
        resolve: async (_, { id }, { operation }) => {
          if (id === 'late') await sleep(10);
          return operation.node('Thing', id as string);
        },
      },
    },
  }),
});

it('a node that comes meanwhile waits for its own look', async () => {
  const bought: string[] = [];
  const kept = new Set<string>();
  const load = (asked: Endpoint, params: object) => {
    const key = `${asked.name} ${(params as { id: string }).id}`;
    if (!kept.has(key)) bought.push(key);
    return Promise.resolve({ data: { title: key }, fetchedAt: 0 });
  };
  const free = ({ name }: Endpoint, params: object) => kept.has(`${name} ${(params as { id: string }).id}`);
  const rest = {
    free,
    // The second provider's answers are all in the durable store.
    warm: async (asked: Endpoint, params: readonly object[]) => {
      await sleep(40);
      if (asked.name === 'two') for (const each of params) kept.add(`two ${(each as { id: string }).id}`);
      return params.map((each) => free(asked, each));
    },
    held: () => undefined,
    refusal: () => null,
    late: () => new Promise<undefined>(() => undefined),
  };
  const operation = createOperation(Object.assign(load, rest));
  await execute({
    schema,
    document: parse('{ a: thing(id: "early") { title } b: thing(id: "late") { title } }'),
    contextValue: { operation },
  });
  expect(bought).toEqual([]);
});
