/** As a subgraph: representations resolve as a batch, each wrong one alone, and the SDL says what composes. */
import { buildASTSchema, isObjectType, parse } from 'graphql';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { documented } from '../../src/sandbox/world.ts';
import { serve, tally, type Served } from '../serve.ts';

const { shopId, productId, creatorId, videoId } = documented;

let served: Served;
beforeEach(async () => {
  if (served as Served | undefined) await served[Symbol.asyncDispose]();
  served = await serve({ env: { MAX_REPRESENTATIONS: '20' } });
});
afterAll(() => served[Symbol.asyncDispose]());

const entities = (below: string, representations: readonly unknown[]) =>
  served.ask(`query ($of: [_Any!]!) { _entities(representations: $of) { __typename ${below} } }`, {
    of: representations,
  });
const globalId = (type: string, id: string) => Buffer.from(`${type}:${id}`).toString('base64url');
const product = (id: string) => ({ __typename: 'Product', productId: id });
const products = async (first: number): Promise<string[]> => {
  const { data } = await served.ask(`{ shop(id: "${shopId}") { products(first: ${first}) { nodes { productId } } } }`);
  return data.shop.products.nodes.map((node: { productId: string }) => node.productId);
};

describe('representations', () => {
  it('of every entity, by either key, cost nothing until a fact is selected', async () => {
    const keys = { Shop: ['shopId', shopId], Product: ['productId', productId], Creator: ['creatorId', creatorId] };
    const all = { ...keys, Video: ['videoId', videoId], JdProduct: ['productId', '100117219515'] };
    const asked = Object.entries(all).flatMap(([__typename, [key, id]]) => [
      { __typename, [key!]: id },
      { __typename, id: globalId(__typename, id!) },
    ]);
    const { data, errors, calls } = await entities('... on Node { id }', asked);
    expect([errors, calls]).toEqual([undefined, []]);
    expect(data._entities.map(({ id }: { id: string }) => id)).toEqual(
      Object.entries(all).flatMap(([type, [, id]]) => [globalId(type, id!), globalId(type, id!)]),
    );
  });

  it('resolve as a batch, in the order given, repeats included', async () => {
    const ids = await products(15);
    const given = [...ids, ids[0]!, ids[3]!];
    const { data, errors, calls } = await entities(
      '... on Product { productId rating reviewCount }',
      given.map(product),
    );
    expect(errors).toBeUndefined();
    expect(data._entities.map((each: { productId: string }) => each.productId)).toEqual(given);
    expect(tally(calls)).toEqual({ products: 2 });
  });

  it.each([
    ['a malformed id', { __typename: 'Product', id: 'nope' }, /not a global id/],
    ['malformed digits', { __typename: 'Product', productId: 'x1' }, /not a global id/],
    ["another type's id", { __typename: 'Product', id: globalId('Shop', shopId) }, /that of a Shop/],
    ['no key', { __typename: 'Product' }, /needs its `id` or `productId`/],
    ['a key that is no string', { __typename: 'Product', productId: 7 }, /as a string/],
    ['no type', { productId }, /needs the `__typename`/],
    ['a type of others', { __typename: 'Review', id: '1' }, /needs the `__typename`/],
    ['a type that is no entity', { __typename: 'Money', id: '1' }, /Money is not an entity/],
    ['a prototype', { __typename: '__proto__', id: '1' }, /needs the `__typename`/],
    ['no object', 7, /is an object/],
    ['nothing', 'x', /is an object/],
  ])('of which one has %s: that one alone is null, with an error of its own', async (_what, wrong, says) => {
    const { data, errors, calls } = await entities('... on Product { title }', [
      product(productId),
      wrong,
      product(productId),
    ]);
    const right = { __typename: 'Product', title: expect.any(String) as string };
    expect(data._entities).toEqual([right, null, right]);
    expect(errors?.map(({ path, extensions: { code } }) => [path, code])).toEqual([[['_entities', 1], 'BAD_INPUT']]);
    expect(errors?.[0]?.message).toMatch(says);
    expect(calls).toHaveLength(1);
  });

  it('of an id that nobody knows: the entity, its fields null, and NOT_FOUND', async () => {
    const { data, errors } = await entities('... on Product { productId title }', [product('1730204766200000000')]);
    expect(data._entities).toEqual([{ __typename: 'Product', productId: '1730204766200000000', title: null }]);
    expect(errors?.map(({ extensions: { code } }) => code)).toEqual(['NOT_FOUND']);
  });

  it('are none for none', async () => {
    expect((await entities('', [])).data).toEqual({ _entities: [] });
  });

  it('beyond the limit are refused before any call, repeats not counted', async () => {
    const many = Array.from({ length: 20 }, (_, n) => product(String(1_000_000 + n)));
    expect((await entities('', [...many, ...many])).errors).toBeUndefined();
    const { errors, calls } = await entities('... on Product { title }', [...many, product(productId)]);
    expect([errors?.[0]?.extensions.code, errors?.[0]?.message, calls]).toEqual([
      'LIMIT_EXCEEDED',
      expect.stringContaining('20'),
      [],
    ]);
  });
});

describe('the SDL', () => {
  it('has two keys for each entity, and nothing that keeps it from composing with other nodes', async () => {
    const { data, calls } = await served.ask('{ _service { sdl } }');
    const { sdl } = data._service as { sdl: string };
    expect(calls).toEqual([]);
    expect(sdl).toContain('federation/v2.9');
    const schema = buildASTSchema(parse(sdl.replace(/^extend schema[^]*?\)\n/, '')), { assumeValidSDL: true });
    const query = schema.getQueryType()!.getFields();
    expect(Object.keys(query)).not.toEqual(expect.arrayContaining(['node', 'nodes', '_service', '_entities']));
    for (const name of ['node', 'nodes', '_service', '_entities']) expect(query).not.toHaveProperty(name);
    const keyed = Object.values(schema.getTypeMap()).filter(
      (type) => isObjectType(type) && type.astNode?.directives?.filter(({ name }) => name.value === 'key').length === 2,
    );
    expect(keyed.map(({ name }) => name).sort()).toEqual(['Creator', 'JdProduct', 'Product', 'Shop', 'Video']);
    expect(sdl).toMatch(/type PageInfo @shareable/);
    expect(sdl).toMatch(/title: String @cost\(weight: 10\)/);
    expect(sdl).toMatch(/@listSize\(slicingArguments: \["first"\]/);
  });
});
