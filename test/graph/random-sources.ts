/** Random operations for facts that several providers tell: how they are made and printed, and what their answers showed. */
import fc from 'fast-check';
import { documented, makeWorld, notable } from '../../src/sandbox/world.ts';
import type { Untyped } from '../serve.ts';

export type Type = 'Product' | 'Shop' | 'Creator' | 'Video';

export interface NodeRef {
  readonly type: Type;
  readonly id: string;
  /** The market that is asked about. */
  readonly region: string | null;
}

interface Selection {
  readonly type: Type;
  readonly fields: readonly string[];
  readonly isAliased: boolean;
}

/** By a field of its type, by `node`, or by `node` with the fields of all marketplaces selected on their interface. */
type Way = 'field' | 'node' | 'marketplace';

interface Root {
  readonly node: NodeRef;
  readonly way: Way;
  readonly fields: readonly string[];
  readonly isAliased: boolean;
  readonly list: List | null;
}

/** The products that a shop sells. */
interface List {
  readonly first: number;
  readonly byEdges: boolean;
  readonly fields: readonly string[];
}

export type Operation = readonly Root[];

/** A field of an object has one below it that stands for the whole. */
interface Field {
  readonly below?: string;
}

const money = { below: 'amount' };
const fieldsOf: Readonly<Record<Type, Readonly<Record<string, Field>>>> = {
  Product: {
    title: {},
    price: money,
    originalPrice: money,
    priceMasked: {},
    description: {},
    rating: {},
    reviewCount: {},
    image: { below: 'url' },
    shop: { below: 'shopId' },
    profileSales: {},
  },
  Shop: { name: {}, region: {}, rating: {}, productCount: {} },
  Creator: { name: {}, handle: {} },
  Video: { caption: {}, postedOn: {}, creator: { below: 'creatorId' }, product: { below: 'productId' } },
};
const marketplaceFields = ['title', 'price', 'originalPrice', 'priceMasked', 'image'];

const world = makeWorld();
/** Few enough that operations meet the same nodes by different ways; each type has one that some provider does not know. */
const ids: Readonly<Record<Type, readonly string[]>> = {
  Product: [
    documented.productId,
    notable.roundedReviewsProductId,
    notable.uncollectedProductId,
    notable.frenchProductId,
    [...world.products.values()].find(({ priceCents, dearestCents }) => dearestCents !== priceCents)!.id,
    world.shops.get(notable.sparseShopId)!.products[0]!.id,
    world.shops.get(documented.shopId)!.products[2]!.id,
    '1730204766200000000',
  ],
  Shop: [
    documented.shopId,
    notable.sparseShopId,
    [...world.shops.values()].find(({ country }) => country === 'FR')!.id,
    '7493920000000000000',
  ],
  Creator: [documented.creatorId, notable.uncollectedCreatorId],
  Video: [documented.videoId, notable.mostViewedVideoId, '7361029000000000000'],
};

// How they are made.

/** Just One API does not serve the last one. */
const region = fc.constantFrom(null, null, 'US', 'FR', 'DE');
const fieldNames = (type: Type) =>
  fc.uniqueArray(fc.constantFrom(...Object.keys(fieldsOf[type])), { minLength: 1, maxLength: 4 });
const list = fc.record<List>({
  first: fc.constantFrom(1, 3, 12, 20),
  byEdges: fc.boolean(),
  fields: fieldNames('Product'),
});

const rootOf = (type: Type) =>
  fc.record<Root>({
    node: fc.record<NodeRef>({
      type: fc.constant(type),
      id: fc.constantFrom(...ids[type]),
      region: type === 'Product' ? region : fc.constant(null),
    }),
    way: fc.constantFrom<Way>('field', 'node', ...(type === 'Product' ? (['marketplace'] as const) : [])),
    isAliased: fc.boolean(),
    fields: fieldNames(type),
    list: type === 'Shop' ? fc.option(list) : fc.constant(null),
  });

export const operations: fc.Arbitrary<Operation> = fc.array(
  fc.oneof(
    { arbitrary: rootOf('Product'), weight: 2 },
    { arbitrary: rootOf('Shop'), weight: 2 },
    { arbitrary: rootOf('Creator'), weight: 1 },
    { arbitrary: rootOf('Video'), weight: 1 },
  ),
  { minLength: 1, maxLength: 4 },
);

// How they are printed.

const provenance = 'provenance { field provider endpoint cache failed { provider code } conflicts { provider value } }';

const keyOf = ({ type, isAliased }: Selection, name: string) => (isAliased ? `${type}_${name}` : name);
const rootKey = (index: number) => `r${index}`;

function fieldText(selection: Selection, name: string): string {
  const { below } = fieldsOf[selection.type][name]!;
  return `${keyOf(selection, name)}: ${name} ${below === undefined ? '' : `{ ${below} }`}`;
}

function selectionText(selection: Selection, way: Way, withProvenance: boolean): string {
  const isShared = (name: string) => way === 'marketplace' && marketplaceFields.includes(name);
  const textOf = (names: readonly string[]) => names.map((name) => fieldText(selection, name)).join(' ');
  const shared = textOf(selection.fields.filter(isShared));
  const own = textOf(selection.fields.filter((name) => !isShared(name))) + (withProvenance ? ` ${provenance}` : '');
  if (way === 'field') return own;
  return `${onType('MarketplaceProduct', shared)} ${onType(selection.type, own)}`;
}

const onType = (type: string, text: string) => (text === '' ? '' : `... on ${type} { ${text} }`);

function listText(root: Root, { first, byEdges, fields }: List, withProvenance: boolean): string {
  const rows = selectionText({ type: 'Product', fields, isAliased: root.isAliased }, 'field', withProvenance);
  const node = `{ productId ${rows} }`;
  const products = `products(first: ${first}) { ${byEdges ? `edges { node ${node} }` : `nodes ${node}`} }`;
  return onType('Shop', products);
}

function rootText(root: Root, index: number, withProvenance: boolean): string {
  const { node, way, fields, isAliased } = root;
  const facts = selectionText({ type: node.type, fields, isAliased }, way, withProvenance);
  const products = root.list ? listText(root, root.list, withProvenance) : '';
  return `${rootKey(index)}: ${way === 'field' ? byDigits(node) : byGlobalId(node)} { id ${facts} ${products} }`;
}

const byDigits = ({ type, id, region: market }: NodeRef) =>
  `${type.toLowerCase()}(id: "${id}"${market === null ? '' : `, region: ${market}`})`;

function byGlobalId({ type, id, region: market }: NodeRef): string {
  const name = `${type}:${market === null ? '' : `${market}.`}${id}`;
  return `node(id: "${Buffer.from(name).toString('base64url')}")`;
}

export const print = (operation: Operation, { withProvenance }: { withProvenance: boolean }): string =>
  `{ ${operation.map((root, index) => rootText(root, index, withProvenance)).join(' ')} }`;

// What their answers showed.

/** What the server says of a field's value. */
export interface Testimony {
  readonly field: string;
  readonly provider: string;
  readonly endpoint: string;
  readonly failed: readonly { readonly provider: string; readonly code: string }[];
  readonly conflicts: readonly { readonly provider: string; readonly value: string }[];
}

/** A field of a node as it was answered. */
export interface Seen {
  readonly node: NodeRef;
  readonly field: string;
  readonly value: unknown;
  /** The path of the node. */
  readonly at: string;
  /** About this field; none where provenance was not selected. */
  readonly testimonies: readonly Testimony[];
}

/** A URL is signed anew each time. */
const unsigned = (url: string) => url.split('?')[0]!;

function valueIn(answered: Untyped, { below }: Field): unknown {
  if (answered === null) return null;
  if (below === undefined) return answered;
  return below === 'url' ? unsigned(answered.url) : answered[below];
}

const seenOf = (node: NodeRef, selection: Selection, answered: Untyped, at: string): Seen[] =>
  selection.fields.map((field) => ({
    node,
    field,
    value: valueIn(answered[keyOf(selection, field)], fieldsOf[node.type][field]!),
    at,
    testimonies: (answered.provenance ?? []).filter((each: Testimony) => each.field === field),
  }));

function seenInList({ fields, byEdges }: List, isAliased: boolean, products: Untyped, at: string): Seen[] {
  if (!products) return [];
  const rows: Untyped[] = byEdges ? products.edges.map((edge: Untyped) => edge.node) : products.nodes;
  return rows.flatMap((row, index) =>
    seenOf(
      { type: 'Product', id: row.productId, region: null },
      { type: 'Product', fields, isAliased },
      row,
      `${at}.${byEdges ? `edges.${index}.node` : `nodes.${index}`}`,
    ),
  );
}

/** Every fact that the operation asked for, at each place where it did. */
export const seenIn = (operation: Operation, data: Untyped): Seen[] =>
  operation.flatMap(({ node, fields, isAliased, list: below }, index) => {
    const key = rootKey(index);
    const own = seenOf(node, { type: node.type, fields, isAliased }, data[key], key);
    return below ? [...own, ...seenInList(below, isAliased, data[key].products, `${key}.products`)] : own;
  });

/** The lists that were answered: whose they are, and how far they were read. */
export const listsIn = (operation: Operation, data: Untyped): { shopId: string; first: number }[] =>
  operation.flatMap(({ node, list: below }, index) =>
    below && data[rootKey(index)].products ? [{ shopId: node.id, first: below.first }] : [],
  );
