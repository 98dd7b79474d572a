/** What each provider says by its own contract, who is to be believed about which fact, and what that has to cost. */
import { readConfig } from '../../src/config.ts';
import { configuredOf } from '../../src/configured.ts';
import * as et from '../../src/providers/echotik/contract.ts';
import * as jo from '../../src/providers/justoneapi/contract.ts';
import type { DataOf, Endpoint, ParamsOf, ProviderName, RowOf } from '../../src/providers/provider.ts';
import * as wh from '../../src/providers/winninghunter/contract.ts';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { systemClock } from '../../src/upstream/clock.ts';
import { send, type Sender } from '../../src/upstream/send.ts';
import type { Untyped } from '../serve.ts';
import { aCall } from '../upstream/calls.ts';
import { listsIn, type NodeRef, type Operation, type Seen, type Type } from './random-sources.ts';

// Who can tell which fact, in the order in which they are believed.

interface Source {
  readonly endpoint: Endpoint;
  /** Null: it cannot be asked about this node. */
  readonly params: (node: NodeRef) => object | null;
  /** Undefined: it does not speak of the fact. */
  readonly pick: (data: unknown, node: NodeRef) => unknown;
}

const by =
  <Asked extends Endpoint>(endpoint: Asked, params: (node: NodeRef) => ParamsOf<Asked> | null) =>
  (pick: (data: DataOf<Asked>, node: NodeRef) => unknown) =>
    ({ endpoint, params, pick }) as Source;

const detail = by(wh.productDetail, ({ id }) => ({ id }));
/** It cannot be asked about a market. */
const detailAnywhere = by(wh.productDetail, ({ id, region }) => (region === null ? { id } : null));
const page = by(jo.productDetail, ({ id, region }) => {
  if (region === null) return { productId: id };
  return jo.isServed(region) ? { productId: id, region } : null;
});
const collectedProduct = by(et.products, ({ id }) => ({ product_id: id }));
const shopDetail = by(wh.shopDetail, ({ id }) => ({ id }));
const collectedShop = by(et.shopDetail, ({ id }) => ({ seller_id: id }));
const collectedCreator = by(et.creators, ({ id }) => ({ user_id: id }));
const video = by(wh.video, ({ id }) => ({ id }));
const collectedVideo = by(et.videos, ({ id }) => ({ video_id: id }));

/** A URL is signed anew each time. */
const unsigned = (url: string | null | undefined) => url?.split('?')[0] ?? url;

/** Variants with different prices have no price in common, and that of another market is another price. */
function collectedPrice({ region, min_price, max_price }: DataOf<typeof et.products>, node: NodeRef) {
  const isElsewhere = node.region !== null && region !== node.region;
  return isElsewhere || min_price === null || min_price !== max_price ? undefined : min_price;
}

/** Of several products nobody says which one the video is about. */
function onlyProduct({ video_products }: DataOf<typeof et.videos>) {
  if (video_products?.length === 1) return video_products[0];
  return video_products === null ? null : undefined;
}

const sourcesOf: Readonly<Record<Type, Readonly<Record<string, readonly Source[]>>>> = {
  Product: {
    title: [detail((said) => said.title), page((said) => said.title), collectedProduct((said) => said.product_name)],
    price: [
      detailAnywhere((said) => said.price),
      page((said) => (said.priceMasked ? undefined : said.price)),
      collectedProduct(collectedPrice),
    ],
    originalPrice: [page((said) => said.listPrice)],
    priceMasked: [page((said) => said.priceMasked)],
    description: [page((said) => said.description)],
    rating: [
      detail((said) => said.rating),
      collectedProduct((said) => said.product_rating),
      page((said) => said.rating),
    ],
    reviewCount: [
      collectedProduct((said) => said.review_count),
      page((said) => (said.reviewCountRounded ? undefined : said.reviewCount)),
    ],
    image: [detail((said) => unsigned(said.image)), page((said) => unsigned(said.image))],
    shop: [
      detail((said) => said.shop_id),
      collectedProduct((said) => said.seller_id ?? undefined),
      page((said) => said.sellerId),
    ],
    profileSales: [detail((said) => said.sales)],
  },
  Shop: {
    name: [shopDetail((said) => said.name), collectedShop((said) => said.seller_name)],
    region: [shopDetail((said) => said.country), collectedShop((said) => said.region)],
    rating: [shopDetail((said) => said.rating), collectedShop((said) => said.rating)],
    productCount: [shopDetail((said) => said.products_count)],
  },
  Creator: {
    name: [collectedCreator((said) => said.nick_name)],
    handle: [collectedCreator((said) => said.unique_id)],
  },
  Video: {
    caption: [video((said) => said.caption), collectedVideo((said) => said.video_desc)],
    postedOn: [video((said) => said.posted_at), collectedVideo((said) => said.create_time)],
    creator: [video((said) => said.creator_id), collectedVideo((said) => said.user_id)],
    product: [video((said) => said.product_id), collectedVideo(onlyProduct)],
  },
};

export const sourcesFor = ({ type }: NodeRef, field: string): readonly Source[] => sourcesOf[type][field]!;

/** Those that could tell the fact of this node, configured or not. */
export const tellersOf = (node: NodeRef, field: string): ProviderName[] =>
  sourcesFor(node, field)
    .filter(({ params }) => params(node) !== null)
    .map(({ endpoint }) => endpoint.provider);

// What is in hand with the lists.

interface InList {
  readonly row: RowOf<typeof wh.shopProducts>;
  readonly shopId: string;
}

/** By product. */
type Rows = ReadonlyMap<string, InList>;

const factsInRow: Readonly<Record<string, (held: InList) => unknown>> = {
  title: ({ row }) => row.title,
  price: ({ row }) => row.price,
  shop: ({ shopId }) => shopId,
};

/** Undefined: none speaks of the fact. A row is about no market. */
function saidByRow(rows: Rows, { type, id, region }: NodeRef, field: string): unknown {
  const held = type === 'Product' && region === null ? rows.get(id) : undefined;
  return held && factsInRow[field]?.(held);
}

/** What no row says has to be asked for. */
const unsaid = (rows: Rows, seen: readonly Seen[]): Seen[] =>
  seen.filter(({ node, field }) => saidByRow(rows, node, field) === undefined);

// What they say.

/** What one of them says of a fact. */
export interface Word {
  readonly provider: ProviderName;
  readonly endpoint: string;
  /** What was asked; null: it came with a list. */
  readonly question: string | null;
  readonly value: unknown;
}

export interface Expected {
  /** Of those that are configured and speak of it, in the order in which they are believed; what is in hand last. */
  readonly words: readonly Word[];
  /** Somebody who knows all ids does not know this one: then nobody else need be asked. */
  readonly isUnknown: boolean;
}

/** Equal for calls that ask the same. */
export const questionTo = (endpoint: Pick<Endpoint, 'provider' | 'name'>, params: object): string =>
  [endpoint.provider, endpoint.name, ...Object.values(params).map(String).sort()].join(' ');

type Say = <Asked extends Endpoint>(endpoint: Asked, params: ParamsOf<Asked>) => Promise<DataOf<Asked> | null>;

export type Oracle = Awaited<ReturnType<typeof startOracle>>;

/** Asks a sandbox of its own, in which nothing fails. */
export async function startOracle() {
  const sandbox = await startSandbox();
  const sender = send({ wires: configuredOf(readConfig({ SANDBOX: '1' }), sandbox), clock: systemClock });
  const say = remembering(sender);

  return {
    /** The facts that the lists of the operation have brought. */
    rowsIn: (operation: Operation, data: Untyped) => rowsIn(say, operation, data),
    expected: (rows: Rows, node: NodeRef, field: string, configured: readonly ProviderName[]) =>
      expected(say, rows, node, field, configured),
    /** Whether everybody configured tells all that is declared of them and in no row: then nobody has to be asked after another. */
    isWhole: (rows: Rows, seen: readonly Seen[], configured: readonly ProviderName[]) =>
      isWhole(say, unsaid(rows, seen), configured),
    close: async () => {
      await sender.close();
      await sandbox.close();
    },
  };
}

function remembering(sender: Sender): Say {
  const answers = new Map<string, Promise<unknown>>();
  return async <Asked extends Endpoint>(endpoint: Asked, params: ParamsOf<Asked>) => {
    const parsed = endpoint.params.parse(params) as object;
    const question = questionTo(endpoint, parsed);
    const answer = answers.get(question) ?? ask(sender, endpoint, parsed, question);
    answers.set(question, answer);
    return (await answer) as DataOf<Asked> | null;
  };
}

/** Without any policy; an endpoint that takes several questions is asked a single one. */
async function ask({ ask: sent }: Sender, endpoint: Endpoint, params: object, key: string): Promise<unknown> {
  const call = { ...aCall(key, endpoint), params };
  const { data, parts } = await sent(endpoint.bulk ? { ...call, together: [call] } : call);
  const part = parts?.get(key);
  if (part instanceof Error) throw part;
  return part ? part.data : data;
}

async function rowsIn(say: Say, operation: Operation, data: Untyped): Promise<Rows> {
  const rows = new Map<string, InList>();
  for (const { shopId, first } of listsIn(operation, data)) {
    const byRevenue = { period: 30, sort: 'revenue', order: 'desc' } as const;
    const answer = await say(wh.shopProducts, { id: shopId, ...byRevenue, page: 1, limit: 50 });
    for (const row of answer?.rows.slice(0, first) ?? []) rows.set(row.id, { row, shopId });
  }
  return rows;
}

async function expected(
  say: Say,
  rows: Rows,
  node: NodeRef,
  field: string,
  configured: readonly ProviderName[],
): Promise<Expected> {
  const words: Word[] = [];
  let isUnknown = false;
  for (const { endpoint, params, pick } of sourcesFor(node, field)) {
    const asked = configured.includes(endpoint.provider) ? params(node) : null;
    if (!asked) continue;
    const { provider, name } = endpoint;
    const data = await say(endpoint, asked);
    const question = questionTo(endpoint, endpoint.params.parse(asked) as object);
    if (data === null) isUnknown ||= endpoint.isPartial !== true;
    else words.push({ provider, endpoint: name, question, value: pick(data, node) });
  }
  const { provider, name } = wh.shopProducts;
  words.push({ provider, endpoint: name, question: null, value: saidByRow(rows, node, field) });
  return { words: words.filter(({ value }) => value !== undefined), isUnknown };
}

async function isWhole(say: Say, seen: readonly Seen[], configured: readonly ProviderName[]): Promise<boolean> {
  for (const { node, field } of seen) {
    for (const { endpoint, params, pick } of sourcesFor(node, field)) {
      const asked = configured.includes(endpoint.provider) ? params(node) : null;
      const data = asked && (await say(endpoint, asked));
      if (asked && (data === null || pick(data, node) === undefined)) return false;
    }
  }
  return true;
}

// What it has to cost.

/** Nodes of which the same is wanted. */
interface Alike {
  readonly count: number;
  /** By fact: who can tell it. A fact that nobody can tell is left out. */
  readonly choices: readonly (readonly Endpoint[])[];
}

/**
 * The calls of the cheapest cover, each of which costs one credit: every list, and for nodes alike what no row says. What is
 * wanted of a node by itself is bought before a list says that the node is in it, so what only the list wants of it comes after.
 */
export function cheapest(
  seen: readonly Seen[],
  lists: readonly { readonly shopId: string }[],
  rows: Rows,
  configured: readonly ProviderName[],
): number {
  const listed = new Set(lists.map(({ shopId }) => shopId)).size;
  const isListed = ({ at }: Seen) => at.includes('.products.');
  const direct = Map.groupBy(
    seen.filter((each) => !isListed(each)),
    ({ node }) => nodeKey(node),
  );
  const isLater = (each: Seen) => {
    const known = direct.get(nodeKey(each.node));
    return isListed(each) && known !== undefined && !known.some(({ field }) => field === each.field);
  };
  const rounds = [seen.filter((each) => !isLater(each)), seen.filter(isLater)];
  return rounds
    .flatMap((wanted) => alike(unsaid(rows, wanted), configured))
    .reduce((sum, group) => sum + cheapestCover(group), listed);
}

export const nodeKey = ({ type, region, id }: NodeRef) => `${type} ${region ?? ''} ${id}`;

function alike(wanted: readonly Seen[], configured: readonly ProviderName[]): Alike[] {
  const nodes = [...Map.groupBy(wanted, ({ node }) => nodeKey(node)).values()].map((facts) => ({
    node: facts[0]!.node,
    fields: [...new Set(facts.map(({ field }) => field))].sort(),
  }));
  const groups = Map.groupBy(nodes, ({ node, fields }) => [node.type, node.region, ...fields].join(' '));
  return [...groups.values()].map((group) => {
    const [{ node, fields }] = group as [(typeof nodes)[number]];
    const choices = fields.map((field) => endpointsFor(node, field, configured));
    return { count: group.length, choices: choices.filter((endpoints) => endpoints.length > 0) };
  });
}

const endpointsFor = (node: NodeRef, field: string, configured: readonly ProviderName[]): Endpoint[] =>
  sourcesFor(node, field)
    .filter(({ endpoint, params }) => configured.includes(endpoint.provider) && params(node) !== null)
    .map(({ endpoint }) => endpoint);

function cheapestCover({ count, choices }: Alike): number {
  const callsTo = ({ bulk }: Endpoint) => Math.ceil(count / (bulk?.max ?? 1));
  const covers = subsetsOf([...new Set(choices.flat())]).filter((chosen) =>
    choices.every((endpoints) => endpoints.some((endpoint) => chosen.includes(endpoint))),
  );
  return Math.min(...covers.map((chosen) => chosen.reduce((sum, endpoint) => sum + callsTo(endpoint), 0)));
}

const subsetsOf = <Item>(items: readonly Item[]): Item[][] =>
  items.reduce<Item[][]>((subsets, item) => [...subsets, ...subsets.map((each) => [...each, item])], [[]]);
