/** What the first part of an answer does without, wherever in the document that is said. */
import { buildSchema, getOperationAST, Kind, parse, type FragmentDefinitionNode } from 'graphql';
import { describe, expect, it } from 'vitest';
import { isDeferred, placeOf, type Document, type Path } from '../../src/plan/analysis.ts';

const schema = buildSchema(`
  directive @defer(if: Boolean! = true, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT
  directive @stream(if: Boolean! = true, initialCount: Int = 0) on FIELD
  type Query { shop: Shop }
  type Shop { name: String products: [Product!]! }
  type Product { title: String rating: Float }
`);

function documentOf(text: string, variableValues: Record<string, unknown> = {}): Document {
  const document = parse(text);
  const fragments = document.definitions.filter((each) => each.kind === Kind.FRAGMENT_DEFINITION);
  const named = fragments.map((each): [string, FragmentDefinitionNode] => [each.name.value, each]);
  return { schema, operation: getOperationAST(document)!, fragments: Object.fromEntries(named), variableValues };
}

const shop: Path = { prev: undefined, key: 'shop', typename: 'Query' };
const products: Path = { prev: shop, key: 'products', typename: 'Shop' };
const deferredAt = (document: Document, path: Path, type: string) =>
  [...placeOf(document, path, type).fields].filter(([, use]) => isDeferred(use)).map(([name]) => name);

describe('below a deferred field everything is deferred', () => {
  it.each([
    ['in the operation', '{ shop { name ... @defer { products { title rating } } } }'],
    ['in a fragment', '{ shop { ...F } } fragment F on Shop { name ... @defer { products { title rating } } }'],
    [
      'by a spread',
      '{ shop { name ...F @defer } } fragment F on Shop { products { ...G } } fragment G on Product { title rating }',
    ],
    [
      'by a variable',
      'query ($later: Boolean!) { shop { name ...F @defer(if: $later) } } fragment F on Shop { products { title rating } }',
    ],
    [
      'by a variable in a fragment',
      'query ($later: Boolean!) { shop { ...F } } fragment F on Shop { name ... @defer(if: $later) { products { title rating } } }',
    ],
  ])('%s', (_where, text) => {
    const document = documentOf(text, { later: true });
    expect(deferredAt(document, shop, 'Shop')).toEqual(['products']);
    expect(deferredAt(document, products, 'Product')).toEqual(['title', 'rating']);
  });
});

it('what another selection wants at once is not deferred', () => {
  const document = documentOf(
    '{ shop { ...F products { title } } } fragment F on Shop { ... @defer { products { title rating } } }',
  );
  expect(deferredAt(document, shop, 'Shop')).toEqual([]);
  expect(deferredAt(document, products, 'Product')).toEqual(['rating']);
});

it.each([
  ['that is false', '{ shop { ... @defer(if: false) { name } } }', {}],
  [
    'that a variable denies',
    'query ($later: Boolean!) { shop { ...F } } fragment F on Shop { ... @defer(if: $later) { name } }',
    { later: false },
  ],
])('a condition %s defers nothing', (_what, text, variables) => {
  expect(deferredAt(documentOf(text, variables), shop, 'Shop')).toEqual([]);
});

it('the items of a list that is streamed from its first are deferred', () => {
  const streamed = (count: number) =>
    documentOf(`{ shop { ...F } } fragment F on Shop { products @stream(initialCount: ${count}) { title } }`);
  expect(deferredAt(streamed(0), products, 'Product')).toEqual(['title']);
  expect(deferredAt(streamed(1), products, 'Product')).toEqual([]);
});
