/** What introspection tells, and what nodes answer, keeps to Relay's two specifications: cursor connections and global object identification. */
import {
  assertInterfaceType,
  assertObjectType,
  buildClientSchema,
  getIntrospectionQuery,
  getNamedType,
  isObjectType,
  type GraphQLField,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLSchema,
  type GraphQLType,
} from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { documented, notable } from '../../src/sandbox/world.ts';
import { serve, type Served } from '../serve.ts';

let served: Served | undefined;
let schema: GraphQLSchema;
beforeAll(async () => {
  served = await serve();
  const { data } = await served.ask(getIntrospectionQuery());
  schema = buildClientSchema(data);
});
afterAll(() => served?.[Symbol.asyncDispose]());

type Fielded = GraphQLObjectType | GraphQLInterfaceType;

const objects = () => Object.values(schema.getTypeMap()).filter(isObjectType);
const fieldsOf = (type: Fielded) => Object.values(type.getFields());
const connections = () => objects().filter(({ name }) => name.endsWith('Connection'));
/** By name: of which type each field or argument is. */
const shapeOf = (type: Fielded) => typesOf(fieldsOf(type));
const argumentsOf = ({ args }: GraphQLField<unknown, unknown>) => typesOf(args);
const typesOf = (parts: readonly { name: string; type: GraphQLType }[]) =>
  Object.fromEntries(parts.map(({ name, type }) => [name, String(type)]));
const nodeInterface = () => assertInterfaceType(schema.getType('Node'));
const nodeTypes = () => schema.getPossibleTypes(nodeInterface());

describe('a connection', () => {
  it('has a list of its own edges, and says where it stands', () => {
    expect(connections()).not.toEqual([]);
    for (const connection of connections()) {
      const edge = connection.name.replace(/Connection$/, 'Edge');
      expect(shapeOf(connection), connection.name).toMatchObject({ edges: `[${edge}!]!`, pageInfo: 'PageInfo!' });
    }
  });

  it('has edges with a cursor and one node, which can be asked for again', () => {
    for (const connection of connections()) {
      const edge = assertObjectType(getNamedType(connection.getFields().edges!.type));
      const node = getNamedType(edge.getFields().node!.type);
      expect(shapeOf(edge), edge.name).toMatchObject({ cursor: 'String!', node: `${node.name}!` });
      expect(nodeTypes(), edge.name).toContain(node);
    }
  });

  it('is asked for forward, by a count and by a cursor as edges have it; never backward', () => {
    const paged = objects()
      .flatMap(fieldsOf)
      .filter(({ type }) => connections().some((each) => each === getNamedType(type)));
    expect(paged.length).toBeGreaterThanOrEqual(connections().length);
    for (const field of paged) {
      expect(argumentsOf(field)).toMatchObject({ first: 'Int!', after: 'String' });
      expect(Object.keys(argumentsOf(field)).filter((name) => ['last', 'before'].includes(name))).toEqual([]);
    }
  });
});

it('page info says always whether there are more, and where it stands if it has rows', () => {
  expect(shapeOf(assertObjectType(schema.getType('PageInfo')))).toEqual({
    ...{ hasNextPage: 'Boolean!', hasPreviousPage: 'Boolean!' },
    ...{ startCursor: 'String', endCursor: 'String' },
  });
});

describe('a node', () => {
  /** Of each type: a field that answers one, and a fact of it that is told by who knows all of them. */
  const samples: Record<string, { readonly by: string; readonly fact: string }> = {
    Shop: { by: `shop(id: "${documented.shopId}", region: US)`, fact: 'name' },
    Product: { by: `product(id: "${documented.productId}", region: US)`, fact: 'title' },
    Creator: { by: `creator(id: "${documented.creatorId}")`, fact: 'totals { sales }' },
    Video: { by: `video(id: "${documented.videoId}")`, fact: 'caption' },
    JdProduct: { by: `jdProduct(id: "${notable.pricedJdItemId}", waitMs: 60000)`, fact: 'title' },
  };
  const idOf = (type: string, rest: string) => Buffer.from(`${type}:${rest}`).toString('base64url');
  const byIds = (ids: readonly string[], selection: string) =>
    served!.ask(`query ($ids: [ID!]!) { nodes(ids: $ids) { ${selection} } }`, { ids });
  const byId = (id: string, selection: string) =>
    served!.ask(`query ($id: ID!) { node(id: $id) { ${selection} } }`, { id });

  it('is known by its id alone, and is what can be asked for by it', () => {
    expect(shapeOf(nodeInterface())).toEqual({ id: 'ID!' });
    const { node, nodes } = schema.getQueryType()!.getFields();
    expect([argumentsOf(node!), String(node!.type)]).toEqual([{ id: 'ID!' }, 'Node']);
    expect([argumentsOf(nodes!), String(nodes!.type)]).toEqual([{ ids: '[ID!]!' }, '[Node]!']);
  });

  it('is whatever has an id; but a suggestion has that of the thing suggested', () => {
    const identified = objects().filter((type) => 'id' in type.getFields());
    expect(identified.filter((type) => !nodeTypes().includes(type)).map(({ name }) => name)).toEqual(['Suggestion']);
  });

  it('of each type has a sample here', () => {
    expect(Object.keys(samples).toSorted()).toEqual(
      nodeTypes()
        .map(({ name }) => name)
        .toSorted(),
    );
  });

  it.each(Object.entries(samples))('that is a %s is the same by its id', async (type, { by, fact }) => {
    const selection = `__typename ... on ${type} { id fact: ${fact} }`;
    const first = await served!.ask(`{ found: ${by} { ${selection} } }`);
    expect(first.errors).toBeUndefined();
    const { found } = first.data;
    expect(found).toEqual({ __typename: type, id: expect.any(String), fact: expect.anything() });
    expect((await byId(found.id, selection)).data).toEqual({ node: found });
    expect((await byIds([found.id, found.id], selection)).data).toEqual({ nodes: [found, found] });
  });

  it('has an id of its own, though its digits are those of others', async () => {
    const ids = nodeTypes().map(({ name }) => idOf(name, documented.productId));
    const { data } = await byIds(ids, '__typename id');
    expect(data.nodes).toEqual(nodeTypes().map(({ name }, n) => ({ __typename: name, id: ids[n] })));
  });

  it.each(['x', documented.shopId, idOf('Money', '1'), idOf('Shop', 'x')])('by no id, %s, is null', async (id) => {
    const one = await byId(id, 'id');
    expect(one).toMatchObject({ data: { node: null }, errors: [{ path: ['node'] }], calls: [] });
    const good = idOf('Shop', documented.shopId);
    const several = await byIds([good, id], 'id');
    expect(several).toMatchObject({ data: { nodes: [{ id: good }, null] }, errors: [{ path: ['nodes', 1] }] });
  });

  it.each(Object.entries(samples))('that nobody knows, a %s, is an id without facts', async (type, { fact }) => {
    const id = idOf(type, '99');
    const { data, errors } = await byId(id, `id ... on ${type} { fact: ${fact} }`);
    expect(data.node).toEqual({ id, fact: null });
    expect(errors).toMatchObject([{ path: ['node'], extensions: { code: 'NOT_FOUND' } }]);
  });
});
