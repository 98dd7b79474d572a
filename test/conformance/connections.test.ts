/**
 * Connections page as `graphql-relay` pages an array: every window, by every `first` and every cursor ever given out.
 *
 * Where we differ from it, on purpose: rows cost, so `first` left out is 20 rows and not all; `hasPreviousPage` tells what a forward
 * page knows, as the specification allows, and not `false`; and a cursor of no row is refused, not ignored (test/graph/lists.test.ts).
 * There is no `last` and no `before`.
 */
import { connectionFromArray, offsetToCursor } from 'graphql-relay';
import { expect, it } from 'vitest';
import type { SandboxOptions } from '../../src/sandbox/sandbox.ts';
import { makeWorld, storeUrlOf } from '../../src/sandbox/world.ts';
import { impatient, serve, type Answer, type Untyped } from '../serve.ts';

const FIRST_DEFAULT = 20;

interface List {
  readonly what: string;
  /** The field that has the list as its `products`. */
  readonly parent: string;
  readonly ids: readonly string[];
  /** Whether the provider tells how many rows it has. */
  readonly isCounted: boolean;
  readonly sandbox: SandboxOptions;
}

const world = makeWorld();
const shops = [...world.shops.values()];
const creators = [...world.creators.values()];
const idsOf = (products: readonly { id: string }[]) => products.map(({ id }) => id);

function ofShop(size: number, pageMax = 50): List {
  const { id, products } = shops.find((shop) => shop.products.length === size)!;
  const what = `shop.products: ${size} in pages of ${pageMax}`;
  return { what, parent: `shop(id: "${id}")`, ids: idsOf(products), isCounted: true, sandbox: { pageMax } };
}

function ofCreator(size: number, pageMax = 50): List {
  const { id, promotions } = creators.find((creator) => creator.promotions.length === size)!;
  const what = `creator.products: ${size} in pages of ${pageMax}`;
  const ids = idsOf(promotions.map(({ product }) => product));
  return { what, parent: `creator(id: "${id}")`, ids, isCounted: true, sandbox: { pageMax } };
}

function ofStorefront(size: number, storePageSize = 12): List {
  const shop = shops.find(({ products }) => products.length === size)!;
  const what = `storefront.products: ${size} in pages of ${storePageSize}`;
  const parent = `storefront(url: "${storeUrlOf(shop)}")`;
  return { what, parent, ids: idsOf(shop.products), isCounted: false, sandbox: { storePageSize } };
}

const lists = [
  ...[ofShop(0), ofShop(1), ofShop(3), ofShop(12), ofShop(12, 11), ofShop(12, 12), ofShop(12, 5), ofShop(50)],
  ...[ofCreator(0), ofCreator(2), ofCreator(12), ofCreator(12, 11), ofCreator(12, 13), ofCreator(12, 5), ofCreator(23)],
  ...[ofStorefront(0), ofStorefront(1), ofStorefront(3), ofStorefront(12), ofStorefront(12, 11), ofStorefront(12, 13)],
  ...[ofStorefront(12, 5), ofStorefront(28)],
];

interface Page {
  readonly totalCount?: number;
  readonly edges: readonly { readonly cursor: string; readonly node: { readonly productId: string } }[];
  readonly pageInfo: Readonly<Record<'startCursor' | 'endCursor', string | null>> & { readonly hasNextPage: boolean };
}

type First = number | undefined;
type Ask = (operation: string) => Promise<Answer<Untyped>>;

const windowOf = ({ isCounted }: List, first: First, after: string | null) =>
  `products(${first === undefined ? '' : `first: ${first}, `}after: ${JSON.stringify(after)}) {
    ${isCounted ? 'totalCount' : ''} edges { cursor node { productId } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }`;

/** The pages that follow the cursor, for each `first`. */
async function pagesAfter(after: string | null, firsts: readonly First[], list: List, ask: Ask, atOnce: number) {
  const pages: Page[] = [];
  for (let from = 0; from < firsts.length; from += atOnce) {
    const windows = firsts.slice(from, from + atOnce).map((first, n) => `w${n}: ${windowOf(list, first, after)}`);
    const { data, errors } = await ask(`{ list: ${list.parent} { ${windows.join('\n')} } }`);
    expect(errors).toBeUndefined();
    pages.push(...Object.values<Page>(data.list));
  }
  return pages;
}

/** So many windows in one operation. */
async function conforms(list: List, ask: Ask, atOnce: number) {
  const size = list.ids.length;
  const [whole] = await pagesAfter(null, [100], list, ask, 1);
  const rows = whole!.edges.map(({ node }) => node.productId);
  expect(rows.toSorted()).toEqual(list.ids.toSorted());

  const firsts = [undefined, ...Array.from({ length: size + 3 }, (_, first) => first)];
  // Ours are opaque: known by the row that they came with. A row may have several, and each is tried once it has been seen.
  const offsets = new Map<string | null, number>([[null, -1]]);
  const asOracle = (cursor: string | null) => (cursor === null ? null : offsetToCursor(offsets.get(cursor)!));

  for (const [after, offset] of offsets) {
    const pages = await pagesAfter(after, firsts, list, ask, atOnce);
    for (const { cursor, node } of pages.flatMap(({ edges }) => edges)) {
      offsets.set(cursor, rows.indexOf(node.productId));
    }
    const ours = pages.map(({ edges, pageInfo, ...counts }) => ({
      edges: edges.map(({ cursor, node }) => ({ cursor: asOracle(cursor), node: node.productId })),
      pageInfo: {
        ...pageInfo,
        startCursor: asOracle(pageInfo.startCursor),
        endCursor: asOracle(pageInfo.endCursor),
      },
      ...counts,
    }));
    const theirs = firsts.map((first = FIRST_DEFAULT) => {
      const { edges, pageInfo } = connectionFromArray(rows, { first, after: asOracle(after) });
      const counts = list.isCounted ? { totalCount: size } : {};
      return { edges, pageInfo: { ...pageInfo, hasPreviousPage: offset >= 0 }, ...counts };
    });
    expect(ours, `after row ${offset}`).toEqual(theirs);
  }
  expect(new Set(offsets.values()).size).toBe(size + 1);
}

it.each(lists)('$what', async (list) => {
  await using served = await serve({ sandbox: list.sandbox });
  await conforms(list, served.ask, 10);
});

it.each([ofShop(12, 5), ofCreator(12, 5), ofStorefront(12, 5)])('$what, each bought anew', async (list) => {
  let now = Date.now();
  await using served = await serve({ sandbox: list.sandbox, deps: { clock: impatient(() => now) } });
  const askLater: Ask = (operation) => {
    now += 100 * 3_600_000;
    return served.ask(operation);
  };
  await conforms(list, askLater, 1);
});

it.each([ofShop(3), ofCreator(12), ofStorefront(3)])('a negative `first` is refused: $parent', async ({ parent }) => {
  await using served = await serve();
  expect(() => connectionFromArray([], { first: -1 })).toThrow();
  const { errors } = await served.ask(`{ ${parent} { products(first: -1) { edges { cursor } } } }`);
  expect(errors).toMatchObject([{ extensions: { code: 'BAD_INPUT' } }]);
});
