/** Random valid operations over the whole schema: how they are made and printed, and what their answers had to be asked for. */
import fc from 'fast-check';
import { limits } from '../../src/limits.ts';
import type { SandboxCall } from '../../src/sandbox/sandbox.ts';
import { documented, makeWorld, notable } from '../../src/sandbox/world.ts';
import type { Untyped } from '../serve.ts';

type Type = 'Shop' | 'Product' | 'Creator' | 'Video';
type Style = 'plain' | 'inline' | 'spread' | 'include' | 'skip' | 'variable';

interface Args {
  readonly period?: string;
  readonly first?: number;
  readonly orderBy?: { readonly field: string; readonly direction: string };
}

/** A field of a node, and what is selected below it. */
export interface Field {
  readonly on: Type;
  readonly name: string;
  readonly alias: string;
  readonly style: Style;
  readonly args: Args;
  readonly below: { readonly text: string } | { readonly node: readonly Field[] } | Below;
}

interface Below {
  readonly counted: boolean;
  readonly paged: boolean;
  readonly nodes: readonly Field[] | null;
  readonly edges: readonly Field[] | null;
}

interface Root {
  readonly name: string;
  readonly ids: readonly string[];
  readonly fields: readonly Field[];
}

export type Operation = readonly Root[];

const world = makeWorld();
const periods = ['LAST_1_DAY', 'LAST_7_DAYS', 'LAST_30_DAYS', 'LAST_90_DAYS'] as const;
const daysOf: Record<string, number> = { LAST_1_DAY: 1, LAST_7_DAYS: 7, LAST_30_DAYS: 30, LAST_90_DAYS: 90 };
/** Few enough that operations meet the same nodes by different ways. */
const ids: Record<Type, readonly string[]> = {
  Shop: [documented.shopId, ...Object.values(notable).filter((id) => world.shops.has(id))],
  Product: [
    documented.productId,
    ...world.shops
      .get(notable.sparseShopId)!
      .products.slice(0, 3)
      .map(({ id }) => id),
  ],
  Creator: [...world.creators.keys()].slice(0, 4),
  Video: [documented.videoId, ...[...world.videos.keys()].slice(0, 3)],
};
const types = Object.keys(ids) as Type[];
const globalId = (type: Type, id: string) => Buffer.from(`${type}:${id}`).toString('base64url');

// How they are made.

const period = fc.constantFrom(...periods);
const videoPeriod = fc.constantFrom(...periods.slice(0, 3));
const style = fc.constantFrom<Style>('plain', 'plain', 'plain', 'inline', 'spread', 'include', 'skip', 'variable');
const alias = fc.constantFrom('', '', 'x', 'y');
const none = fc.constant<Args>({});
/** The deeper a list, the shorter: no answer becomes larger than the server gives. */
const firsts = [
  [0, 1],
  [0, 1, 2],
  [0, 1, 2, 3, 5, 20],
  [0, 1, 2, 3, 5, 20, 50, 60, 100],
];

const field = (on: Type, names: readonly string[], args: fc.Arbitrary<Args>, below: fc.Arbitrary<Field['below']>) =>
  fc.record<Field>({ on: fc.constant(on), name: fc.constantFrom(...names), alias, style, args, below });

const facts = (on: Type, text: string, ...names: string[]) => field(on, names, none, fc.constant({ text }));
const byPeriod = (on: Type, name: string, text: string, days: fc.Arbitrary<string> = period) =>
  field(on, [name], fc.record({ period: days }), fc.constant({ text }));
const linkTo = (on: Type, name: string, type: Type, depth: number) =>
  field(on, [name], none, fc.record({ node: fieldsOf(type, depth) }));

const list = (on: Type, depth: number) => {
  const orderBy = fc.record({
    field: fc.constantFrom('REVENUE', 'SALES', 'PRICE'),
    direction: fc.constantFrom('ASC', 'DESC'),
  });
  const args = { period, first: fc.constantFrom(...firsts[depth]!) };
  const products = fc.option(fieldsOf('Product', depth - 1));
  return field(
    on,
    ['products'],
    on === 'Shop' ? fc.record({ ...args, orderBy }, { requiredKeys: ['period', 'first'] }) : fc.record(args),
    fc.record({ counted: fc.boolean(), paged: fc.boolean(), nodes: products, edges: products }),
  );
};

const fieldsOf = (type: Type, depth: number) =>
  fc.array(fc.oneof(...choices(type, depth)), { minLength: 1, maxLength: 3 });

function choices(type: Type, depth: number): fc.Arbitrary<Field>[] {
  const sums = '{ period sales revenue { amount } }';
  switch (type) {
    case 'Shop':
      return [
        facts('Shop', '', 'region', 'name', 'rating', 'productCount', 'creatorCount'),
        facts('Shop', '{ url }', 'logo'),
        byPeriod('Shop', 'totals', sums),
        ...(depth > 0 ? [list('Shop', depth), list('Shop', depth)] : []),
      ];
    case 'Product':
      return [
        facts('Product', '', 'title'),
        facts('Product', '', 'title', 'rating', 'profileSales'),
        facts('Product', '{ amount }', 'price'),
        facts('Product', '{ amount }', 'price', 'profileRevenue'),
        facts('Product', '{ url }', 'image'),
        byPeriod('Product', 'totals', sums),
        byPeriod('Product', 'history', '{ period points { date sales } }'),
        ...(depth > 0 ? [linkTo('Product', 'shop', 'Shop', depth - 1)] : []),
      ];
    case 'Creator':
      return [
        byPeriod('Creator', 'totals', sums),
        ...(depth > 0 ? [list('Creator', depth), list('Creator', depth)] : []),
      ];
    case 'Video':
      return [
        facts('Video', '', 'caption', 'postedOn'),
        byPeriod('Video', 'metrics', '{ period views likes }', videoPeriod),
        ...(depth > 0
          ? [linkTo('Video', 'creator', 'Creator', depth - 1), linkTo('Video', 'product', 'Product', depth - 1)]
          : []),
      ];
  }
}

const DEPTH = firsts.length - 1;
const anyId = fc.oneof(...types.map((type) => fc.constantFrom(...ids[type]).map((id) => globalId(type, id))));
const byType = types.map((type) =>
  fc.record<Root>({
    name: fc.constant(type.toLowerCase()),
    ids: fc.constantFrom(...ids[type], ...ids[type].map((id) => globalId(type, id))).map((id) => [id]),
    fields: fieldsOf(type, DEPTH),
  }),
);
const ofAnyType = fc.tuple(...types.map((type) => fieldsOf(type, DEPTH - 1))).map((each) => each.flat());
const byNode = fc.record<Root>({
  name: fc.constant('nodes'),
  ids: fc.array(anyId, { minLength: 1, maxLength: 4 }),
  fields: ofAnyType,
});

/** Each is printed under a name of its own. */
const aliasesIn = (fields: readonly Field[]): number =>
  fields.reduce((sum, { below }) => {
    const inside =
      'node' in below ? below.node : 'text' in below ? [] : [...(below.nodes ?? []), ...(below.edges ?? [])];
    return sum + 1 + aliasesIn(inside);
  }, 0);
const isTaken = (operation: Operation) =>
  operation.reduce((sum, { fields }) => sum + 1 + aliasesIn(fields), 0) <= limits.aliases;

/** None is refused for its size. */
export const operations: fc.Arbitrary<Operation> = fc
  .array(fc.oneof(...byType, byNode), { minLength: 1, maxLength: 3 })
  .filter(isTaken);

// How they are printed. Equal fields share a key, so that they merge.

const keyOf = ({ on, name, alias: prefix, style: written, args: { period: days, first, orderBy } }: Field): string => {
  const said = [days, first, orderBy?.field, orderBy?.direction].filter((part) => part !== undefined);
  const isPlain = prefix === '' && said.length === 0;
  return isPlain
    ? name
    : [prefix + on, name, ...said, ...(written === 'variable' && said.length > 0 ? ['v'] : [])].join('_');
};
const rootKey = ({ name, ids: given }: Root) => `${name}_${given.join('__').replaceAll('-', '___')}`;

export function print(operation: Operation): { query: string; variables: Record<string, unknown> } {
  const variables = new Map<string, { type: string; value: unknown }>([['yes', { type: 'Boolean', value: true }]]);
  const fragments: string[] = [];
  const variable = (name: string, type: string, value: unknown) => {
    variables.set(name, { type, value });
    return `$${name}`;
  };

  const argsOf = (each: Field): string => {
    const { period: days, first, orderBy } = each.args;
    const key = keyOf(each);
    const isVariable = each.style === 'variable';
    const periodType = each.name === 'metrics' ? 'VideoPeriod' : 'Period';
    const said = [
      ...(days === undefined ? [] : [`period: ${isVariable ? variable(`${key}_p`, periodType, days) : days}`]),
      ...(first === undefined ? [] : [`first: ${isVariable ? variable(`${key}_f`, 'Int', first) : first}`]),
      ...(orderBy ? [`orderBy: { field: ${orderBy.field}, direction: ${orderBy.direction} }`] : []),
    ];
    return said.length === 0 ? '' : `(${said.join(', ')})`;
  };

  const belowOf = ({ below }: Field): string => {
    if ('text' in below) return below.text;
    if ('node' in below) return nodeText(below.node);
    const { counted, paged, nodes, edges } = below;
    return `{ period ${counted ? 'totalCount' : ''} ${paged ? 'pageInfo { hasNextPage hasPreviousPage endCursor }' : ''} ${
      nodes ? `nodes ${nodeText(nodes)}` : ''
    } ${edges ? `edges { rank node ${nodeText(edges)} }` : ''} }`;
  };

  const fieldText = (each: Field): string => {
    const directives = { include: ' @include(if: $yes)', skip: ' @skip(if: $yes)' } as Partial<Record<Style, string>>;
    const text = `${keyOf(each)}: ${each.name}${argsOf(each)}${directives[each.style] ?? ''} ${belowOf(each)}`;
    if (each.style !== 'spread') return text;
    fragments.push(`fragment F${fragments.length} on ${each.on} { ${text} }`);
    return `...F${fragments.length - 1}`;
  };

  const nodeText = (fields: readonly Field[], isAny = false): string =>
    `{ __typename id ${fields
      .map((each) => (isAny || each.style === 'inline' ? `... on ${each.on} { ${fieldText(each)} }` : fieldText(each)))
      .join(' ')} }`;

  const rootText = (root: Root): string => {
    const args = root.name === 'nodes' ? `ids: ${JSON.stringify(root.ids)}` : `id: "${root.ids[0]!}"`;
    return `${rootKey(root)}: ${root.name}(${args}) ${nodeText(root.fields, root.name === 'nodes')}`;
  };

  const body = operation.map(rootText).join(' ');
  const declared = [...variables].map(([name, { type }]) => `$${name}: ${type}!`).join(', ');
  return {
    // Whether or not anything is left out, `$yes` must be used.
    query: `query (${declared}) { __typename @include(if: $yes) ${body} } ${fragments.join(' ')}`,
    variables: Object.fromEntries([...variables].map(([name, { value }]) => [name, value])),
  };
}

// What their answers had to be asked for.

/** A field of a node as it was answered. */
export interface Place {
  readonly path: string;
  readonly id: string;
  readonly field: Field;
  /** The list in whose row the node was met. */
  readonly list: 'shopProducts' | 'creatorProducts' | null;
}

/** Every place where a fact or a list of a node was answered. */
export function placesOf(operation: Operation, data: Untyped): Place[] {
  const places: Place[] = [];
  const visit = (fields: readonly Field[], node: Untyped, path: string, list: Place['list']) => {
    if (!node) return;
    const id = Buffer.from(node.id, 'base64url').toString().split(':')[1]!;
    for (const each of fields) {
      if (each.on !== node.__typename || each.style === 'skip') continue;
      const at = `${path}.${keyOf(each)}`;
      const value = node[keyOf(each)];
      places.push({ path: at, id, field: each, list });
      if ('node' in each.below) visit(each.below.node, value, at, null);
      if (!('nodes' in each.below) || !value) continue;
      const { nodes, edges } = each.below;
      const through = each.on === 'Shop' ? 'shopProducts' : 'creatorProducts';
      if (nodes)
        value.nodes.forEach((to: Untyped, i: number) => {
          visit(nodes, to, `${at}.nodes.${i}`, through);
        });
      if (edges)
        value.edges.forEach((edge: Untyped, i: number) => {
          visit(edges, edge.node, `${at}.edges.${i}.node`, through);
        });
    }
  };
  for (const root of operation) {
    const key = rootKey(root);
    if (root.name !== 'nodes') visit(root.fields, data[key], key, null);
    else
      data[key].forEach((node: Untyped, i: number) => {
        visit(root.fields, node, `${key}.${i}`, null);
      });
  }
  return places;
}

const details: Record<Type, string> = { Shop: 'shopDetail', Product: 'productDetail', Creator: '', Video: 'video' };
const others: Record<string, string> = {
  'Shop.totals': 'shopTotals',
  'Shop.products': 'shopProducts',
  'Product.totals': 'productTotals',
  'Product.history': 'productHistory',
  'Creator.totals': 'creatorTotals',
  'Creator.products': 'creatorProducts',
  'Video.metrics': 'videoMetrics',
};

const words = (...parts: readonly unknown[]) =>
  parts
    .filter((part) => part !== undefined)
    .map(String)
    .join(' ');

/** What a call was about: its endpoint and its parameters, without the page. */
export const subjectOfCall = ({ endpoint, params: { id, period: days, sort, order } }: SandboxCall): string =>
  words(endpoint, id, days, sort, order);

export const questionOfCall = (call: SandboxCall): string =>
  words(subjectOfCall(call), call.params.limit, call.params.page);

/** What the provider is asked about where nothing in hand tells the field. */
export function subjectOf({ id, field: { on, name, args } }: Place): string {
  const endpoint = others[`${on}.${name}`] ?? details[on];
  const order = endpoint === 'shopProducts' ? (args.orderBy ?? { field: 'REVENUE', direction: 'DESC' }) : undefined;
  return words(
    endpoint,
    id,
    args.period && daysOf[args.period],
    order?.field.toLowerCase(),
    order?.direction.toLowerCase(),
  );
}

/** The questions that the place may at most lead to. */
export function questionsOf(place: Place): string[] {
  const { below, args } = place.field;
  if ('nodes' in below) return pagesOf(place, below, args.first!);
  return isToldByRow(place) ? [] : [subjectOf(place)];
}

function isToldByRow({ id, list, field: { on, name } }: Place): boolean {
  if (on !== 'Product' || list === null) return false;
  if (name === 'title') return true;
  if (list === 'creatorProducts') return false;
  return name === 'shop' || (name === 'price' && world.products.get(id)?.quirk !== 'no-row-price');
}

/** The largest page that the sandbox serves. */
const PAGE = 50;

export const totalOf = ({ id, field: { on } }: Place): number =>
  (on === 'Shop' ? world.shops.get(id)?.products : world.creators.get(id)?.promotions)?.length ?? 0;

function pagesOf(place: Place, { counted, paged, nodes, edges }: Below, first: number): string[] {
  if (!counted && !paged && (first === 0 || (!nodes && !edges))) return [];
  const total = totalOf(place);
  // A total that is as large as the page may merely repeat it: then the row after it is looked for.
  const last = total === PAGE ? first : Math.min(first, total);
  const pages = Math.max(1, Math.ceil(last / PAGE));
  return Array.from({ length: pages }, (_, index) => `${subjectOf(place)} ${PAGE} ${index + 1}`);
}
