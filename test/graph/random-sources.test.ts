/** Several providers, some of them failing: each fact is somebody's word or an explained null; nothing is bought twice or too dear. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Config } from '../../src/config.ts';
import { readConfig } from '../../src/config.ts';
import { configuredOf } from '../../src/configured.ts';
import * as et from '../../src/providers/echotik/contract.ts';
import * as jo from '../../src/providers/justoneapi/contract.ts';
import type { Endpoint } from '../../src/providers/provider.ts';
import * as wh from '../../src/providers/winninghunter/contract.ts';
import {
  startSandbox,
  type FaultName,
  type ProviderSlug,
  type Sandbox,
  type SandboxCall,
} from '../../src/sandbox/sandbox.ts';
import { documented, makeWorld, notable } from '../../src/sandbox/world.ts';
import { send, type Sender } from '../../src/upstream/send.ts';
import { systemClock } from '../../src/upstream/clock.ts';
import { serve, type Answer, type Untyped } from '../serve.ts';

const longer = Number(process.env.RUNS ?? 1);
const bounded = (numRuns: number) => ({ numRuns: numRuns * longer, interruptAfterTimeLimit: 5_000 * longer });

// The oracle: what each provider says, by its own contract, asked directly.

let told: Sandbox;
let sender: Sender;
const said = new Map<string, Promise<Untyped>>();
beforeAll(async () => {
  told = await startSandbox();
  const config: Config = readConfig({ SANDBOX: '1' });
  sender = send({ wires: configuredOf(config, told), clock: systemClock });
});
afterAll(async () => {
  await sender.close();
  await told.close();
});
function say(endpoint: Endpoint, params: object): Promise<Untyped> {
  const parsed = endpoint.params.parse(params);
  const key = `${endpoint.provider} ${endpoint.name} ${JSON.stringify(parsed)}`;
  let answer = said.get(key);
  if (!answer) {
    const call = { endpoint, params: parsed, key } as Untyped;
    const asked = sender.ask(endpoint.bulk ? { ...call, together: [call] } : call);
    answer = asked.then(({ data, parts }) => (parts ? (parts.get(key) as Untyped).data : data));
    said.set(key, answer);
  }
  return answer;
}

type Type = 'Product' | 'Shop' | 'Creator' | 'Video';
type Slug = 'WINNING_HUNTER' | 'JUST_ONE_API' | 'ECHOTIK' | 'SOCIAL_FETCH';
interface NodeAt {
  readonly type: Type;
  readonly id: string;
  readonly region: string | null;
}
interface Source {
  readonly provider: Slug;
  readonly endpoint: Endpoint;
  /** The questions that may be meant. */
  readonly params: (node: NodeAt) => object[];
  readonly pick: (data: Untyped, node: NodeAt) => unknown;
}
const served = ['US', 'GB', 'FR', 'SG', 'MY', 'PH', 'TH', 'VN', 'ID'];
const D = (pick: Source['pick'], anywhere = false): Source => ({
  provider: 'WINNING_HUNTER',
  endpoint: wh.productDetail,
  pick,
  params: ({ id, region }) => (anywhere && region !== null ? [] : [{ id }]),
});
const J = (pick: Source['pick']): Source => ({
  provider: 'JUST_ONE_API',
  endpoint: jo.productDetail,
  pick,
  // Without a market it may be asked in the default one, or in that of a list.
  params: ({ id, region }) =>
    region === null
      ? [{ productId: id }, ...served.map((each) => ({ productId: id, region: each }))]
      : served.includes(region)
        ? [{ productId: id, region }]
        : [],
});
const by =
  (provider: Slug, endpoint: Endpoint, params: (id: string) => object) =>
  (pick: Source['pick']): Source => ({ provider, endpoint, pick, params: ({ id }) => [params(id)] });
const E = by('ECHOTIK', et.products, (product_id) => ({ product_id }));
const S = by('WINNING_HUNTER', wh.shopDetail, (id) => ({ id }));
const ES = by('ECHOTIK', et.shopDetail, (seller_id) => ({ seller_id }));
const EC = by('ECHOTIK', et.creators, (user_id) => ({ user_id }));
const V = by('WINNING_HUNTER', wh.video, (id) => ({ id }));
const EV = by('ECHOTIK', et.videos, (video_id) => ({ video_id }));

interface Fact {
  readonly sources: readonly Source[];
  readonly below?: string;
  readonly value?: (answered: Untyped) => unknown;
  readonly row?: (row: Untyped, shop: string) => unknown;
}
const path = (url: unknown) => (typeof url === 'string' ? url.split('?')[0] : url);
const factsOf: Record<Type, Record<string, Fact>> = {
  Product: {
    title: { sources: [D((d) => d.title), J((d) => d.title), E((d) => d.product_name)], row: (r) => r.title },
    price: {
      sources: [
        D((d) => d.price, true),
        J((d) => (d.priceMasked ? undefined : d.price)),
        E((d, { region }) =>
          (region !== null && d.region !== region) || d.min_price == null || d.min_price !== d.max_price
            ? undefined
            : d.min_price,
        ),
      ],
      below: '{ amount }',
      value: (v) => v.amount,
      row: (r) => r.price,
    },
    originalPrice: { sources: [J((d) => d.listPrice)], below: '{ amount }', value: (v) => v.amount },
    priceMasked: { sources: [J((d) => d.priceMasked)] },
    description: { sources: [J((d) => d.description)] },
    rating: { sources: [D((d) => d.rating), E((d) => d.product_rating), J((d) => d.rating)] },
    reviewCount: { sources: [E((d) => d.review_count), J((d) => (d.reviewCountRounded ? undefined : d.reviewCount))] },
    image: {
      sources: [D((d) => path(d.image)), J((d) => (d.image === undefined ? undefined : path(d.image?.url ?? d.image)))],
      below: '{ url }',
      value: (v) => path(v.url),
    },
    shop: {
      sources: [D((d) => d.shop_id), E((d) => d.seller_id ?? undefined), J((d) => d.sellerId)],
      below: '{ shopId }',
      value: (v) => v.shopId,
      row: (_r, shop) => shop,
    },
    profileSales: { sources: [D((d) => d.sales)] },
  },
  Shop: {
    name: { sources: [S((d) => d.name), ES((d) => d.seller_name)] },
    region: { sources: [S((d) => d.country), ES((d) => d.region)] },
    rating: { sources: [S((d) => d.rating), ES((d) => d.rating)] },
    productCount: { sources: [S((d) => d.products_count)] },
  },
  Creator: { name: { sources: [EC((d) => d.nick_name)] }, handle: { sources: [EC((d) => d.unique_id)] } },
  Video: {
    caption: { sources: [V((d) => d.caption), EV((d) => d.video_desc)] },
    postedOn: { sources: [V((d) => d.posted_at), EV((d) => d.create_time)] },
    creator: {
      sources: [V((d) => d.creator_id), EV((d) => d.user_id)],
      below: '{ creatorId }',
      value: (v) => v.creatorId,
    },
    product: {
      sources: [
        V((d) => d.product_id),
        EV((d) =>
          d.video_products?.length === 1 ? d.video_products[0] : d.video_products === null ? null : undefined,
        ),
      ],
      below: '{ productId }',
      value: (v) => v.productId,
    },
  },
};

// Operations.

type Way = 'field' | 'node' | 'inline' | 'market';
interface Root {
  readonly node: NodeAt;
  readonly way: Way;
  readonly fields: readonly string[];
  readonly alias: boolean;
  readonly list?: { readonly first: number; readonly edges: boolean; readonly fields: readonly string[] } | undefined;
}
const world = makeWorld();
const many = [...world.products.values()];
const french = [...world.shops.values()].find(({ country }) => country === 'FR')!;
const ids = {
  Product: [
    documented.productId,
    notable.roundedReviewsProductId,
    notable.uncollectedProductId,
    notable.frenchProductId,
    many.find((p) => p.dearestCents !== p.priceCents)!.id,
    world.shops.get(notable.sparseShopId)!.products[0]!.id,
    world.shops.get(documented.shopId)!.products[2]!.id,
    '1730204766200000000',
  ],
  Shop: [documented.shopId, notable.sparseShopId, french.id, '7493920000000000000'],
  Creator: [documented.creatorId, notable.uncollectedCreatorId],
  Video: [documented.videoId, notable.mostViewedVideoId],
};
const names = (type: Type) =>
  fc.uniqueArray(fc.constantFrom(...Object.keys(factsOf[type])), { minLength: 1, maxLength: 4 });
const nodeAt = (type: Type) =>
  fc.record<NodeAt>({
    type: fc.constant(type),
    id: fc.constantFrom(...ids[type]),
    region: type === 'Product' ? fc.constantFrom(null, null, 'US', 'FR', 'DE') : fc.constant(null),
  });
const listOf = fc.record({ first: fc.constantFrom(1, 3, 12, 20), edges: fc.boolean(), fields: names('Product') });
const rootOf = (type: Type) =>
  fc.record<Root>({
    node: nodeAt(type),
    way: fc.constantFrom<Way>('field', 'node', 'inline', ...(type === 'Product' ? (['market'] as const) : [])),
    alias: fc.boolean(),
    fields: names(type),
    list: type === 'Shop' ? fc.option(listOf, { nil: undefined }) : fc.constant(undefined),
  });
const operations = fc.array(
  fc.oneof(rootOf('Product'), rootOf('Product'), rootOf('Shop'), rootOf('Shop'), rootOf('Creator'), rootOf('Video')),
  { minLength: 1, maxLength: 4 },
);
type Operation = readonly Root[];

const common = ['title', 'price', 'originalPrice', 'priceMasked', 'image'];
const keyOf = (alias: boolean, on: string, name: string) => (alias ? `${on}_${name}` : name);
function selection(type: Type, fields: readonly string[], alias: boolean, provenance: boolean, way: Way): string {
  const text = (name: string) => `${alias ? `${type}_${name}: ` : ''}${name} ${factsOf[type][name]!.below ?? ''}`;
  const own = way === 'market' ? fields.filter((name) => common.includes(name)) : [];
  const rest = fields.filter((name) => !own.includes(name));
  const onType = `${rest.map(text).join(' ')} ${
    provenance
      ? 'provenance { field provider endpoint cache failed { provider code } conflicts { provider value } }'
      : ''
  }`;
  return `${own.length > 0 ? `... on MarketplaceProduct { ${own.map(text).join(' ')} }` : ''} ${onType.trim() === '' ? '' : `... on ${type} { ${onType} }`}`;
}
const globalId = ({ type, id, region }: NodeAt) =>
  Buffer.from(`${type}:${region === null ? '' : `${region}.`}${id}`).toString('base64url');
const print = (operation: Operation, provenance: boolean): string =>
  `{ ${operation
    .map(({ node, way, fields, alias, list }, i) => {
      const { type, id, region } = node;
      const root =
        way === 'field'
          ? `${type.toLowerCase()}(id: "${id}"${region === null ? '' : `, region: ${region}`})`
          : `node(id: "${globalId(node)}")`;
      const below =
        list &&
        `products(first: ${list.first}) { ${list.edges ? 'edges { node' : 'nodes'} { productId ${selection('Product', list.fields, alias, provenance, 'inline')} } ${list.edges ? '}' : ''} }`;
      return `r${i}: ${root} { id ${selection(type, fields, alias, provenance, way)} ${below ? `... on Shop { ${below} }` : ''} }`;
    })
    .join(' ')} }`;

interface Seen {
  readonly node: NodeAt;
  readonly field: string;
  readonly value: unknown;
  readonly at: string;
  readonly provenance?: Untyped;
}
function* seenIn(operation: Operation, data: Untyped): Generator<Seen> {
  const of = function* (
    node: NodeAt,
    fields: readonly string[],
    alias: boolean,
    object: Untyped,
    at: string,
  ): Generator<Seen> {
    for (const field of fields) {
      const raw = object[keyOf(alias, node.type, field)];
      const { value = (v: unknown) => v } = factsOf[node.type][field]!;
      yield { node, field, value: raw == null ? null : value(raw), at, provenance: object.provenance };
    }
  };
  for (const [i, { node, fields, alias, list }] of operation.entries()) {
    const object = data[`r${i}`];
    yield* of(node, fields, alias, object, `r${i}`);
    const rows = list && (list.edges ? object.products?.edges.map((e: Untyped) => e.node) : object.products?.nodes);
    for (const [n, row] of (rows ?? []).entries())
      yield* of({ type: 'Product', id: row.productId, region: null }, list!.fields, alias, row, `r${i}.products.${n}`);
  }
}

// What holds.

const slugs: Record<Slug, ProviderSlug> = {
  WINNING_HUNTER: 'winninghunter',
  JUST_ONE_API: 'justoneapi',
  ECHOTIK: 'echotik',
  SOCIAL_FETCH: 'socialfetch',
};
const questionsOf = ({ provider, endpoint, params }: SandboxCall): string[] => {
  const { product_ids, user_ids, video_ids, ...rest } = params as Record<string, string>;
  const bulk = product_ids ?? user_ids ?? video_ids;
  return (bulk === undefined ? [JSON.stringify(rest)] : bulk.split(',')).map(
    (each) => `${provider} ${endpoint} ${each}`,
  );
};
const repeated = (all: readonly string[]) => all.filter((each, i) => all.indexOf(each) !== i);
const good = (calls: readonly SandboxCall[]) => calls.filter(({ status, credits }) => status === 200 && credits > 0);

/** The rows in hand: by product, what the lists of the operation said of it. */
async function rowsOf(operation: Operation, data: Untyped): Promise<Map<string, { row: Untyped; shop: string }>> {
  const rows = new Map<string, { row: Untyped; shop: string }>();
  for (const [i, { node, list }] of operation.entries()) {
    if (!list || !data[`r${i}`]?.products) continue;
    const page = await say(wh.shopProducts, {
      id: node.id,
      period: 30,
      sort: 'revenue',
      order: 'desc',
      page: 1,
      limit: 50,
    });
    for (const row of page.rows.slice(0, list.first)) rows.set(row.id, { row, shop: node.id });
  }
  return rows;
}

async function expectFacts(
  operation: Operation,
  { data, errors = [] }: Answer<Untyped>,
  only: readonly ProviderSlug[],
  faulty: boolean,
) {
  const rows = await rowsOf(operation, data);
  const one = new Map<string, unknown>();
  const notFound = errors
    .filter(({ extensions }) => extensions.code === 'NOT_FOUND')
    .map(({ path: at }) => at?.join('.'));
  expect(repeated(notFound.map(String)), 'NOT_FOUND twice').toEqual([]);
  const failures = errors.filter(({ extensions: { code } }) => code !== 'NOT_FOUND');
  const notConfigured = failures
    .filter(({ extensions: { code } }) => code === 'NOT_CONFIGURED')
    .map(({ extensions }) => String(extensions.provider));
  expect(repeated(notConfigured), 'NOT_CONFIGURED twice').toEqual([]);
  expect(errors.map(({ extensions }) => extensions.code)).not.toContain('INTERNAL');
  const lost = new Set(
    operation.filter(({ node: { type } }) => notFound.length > 0 && type).map(({ node }) => node.id),
  );
  for (const { node, field, value, at, provenance } of seenIn(operation, data)) {
    const name = `${at} ${JSON.stringify(node)} ${field}`;
    const key = `${node.type} ${node.region} ${node.id} ${field}`;
    if (one.has(key)) expect(value, `one value: ${name}`).toEqual(one.get(key));
    one.set(key, value);
    const { sources, row } = factsOf[node.type][field]!;
    const words: { provider: Slug; endpoint: string; value: unknown }[] = [];
    let unknown = false;
    for (const { provider, endpoint, params, pick } of sources) {
      if (!only.includes(slugs[provider])) continue;
      for (const each of params(node)) {
        const answer = await say(endpoint, each);
        if (answer === null) unknown ||= endpoint.isPartial !== true;
        else words.push({ provider, endpoint: endpoint.name, value: pick(answer, node) });
      }
    }
    const inRow = node.region === null ? rows.get(node.id) : undefined;
    if (inRow && row)
      words.push({ provider: 'WINNING_HUNTER', endpoint: 'shopProducts', value: row(inRow.row, inRow.shop) });
    const own = provenance?.filter((each: Untyped) => each.field === field);
    if (value !== null) {
      expect(
        words.map((w) => w.value),
        `somebody's word: ${name}`,
      ).toContainEqual(value);
      if (provenance) {
        expect(own.length, `provenance of ${name}`).toBe(1);
        const theirs = words
          .filter((w) => w.provider === own[0].provider && w.endpoint === own[0].endpoint)
          .map((w) => w.value);
        expect(theirs, `whose word: ${name} ${JSON.stringify(own)}`).toContainEqual(value);
        expect(own[0].failed.length === 0 || faulty, 'failed, though nothing did').toBe(true);
      }
      continue;
    }
    const speaks = words.filter((w) => w.value !== undefined);
    const isSaidNull = speaks.some((w) => w.value === null);
    const isLost = unknown && lost.has(node.id);
    if (isSaidNull || isLost) continue;
    const could = sources.filter((s) => s.params(node).length > 0).map(({ provider }) => provider);
    const isConfigured = could.some((provider) => only.includes(slugs[provider]));
    if (!isConfigured && could.length > 0) {
      expect(
        notConfigured.some((provider) => could.includes(provider as Slug)),
        `not configured: ${name}`,
      ).toBe(true);
      continue;
    }
    if (!faulty) {
      // A product may have been looked for in a market that does not know it.
      const sure = speaks.filter((w) => w.provider !== 'JUST_ONE_API' || node.region !== null);
      expect(sure, `null, though somebody says it: ${name}`).toEqual([]);
    } else if (speaks.length > 0 && speaks.some((w) => w.provider !== 'JUST_ONE_API' || node.region !== null)) {
      const explained = failures.some(
        ({ extensions: { code, provider } }) => code === 'BUDGET_EXHAUSTED' || could.includes(provider as Slug),
      );
      expect(explained, `null without why: ${name} ${JSON.stringify(errors)}`).toBe(true);
    }
  }
}

const expectReceipt = ({ extensions, calls, headers }: Answer<Untyped>) => {
  expect(extensions?.cost.calls, 'calls on the receipt').toBe(calls.length);
  expect(headers.get('x-shopgraph-credits')).toBe(String(calls.reduce((sum, { credits }) => sum + credits, 0)));
};

/** The least that tells all wanted facts of the nodes, if each source tells all it is declared for; nodes alike together. */
async function cheapest(operation: Operation, data: Untyped, only: readonly ProviderSlug[]): Promise<number> {
  const rows = await rowsOf(operation, data);
  const wants = new Map<string, { node: NodeAt; fields: Set<string> }>();
  for (const { node, field } of seenIn(operation, data)) {
    const inRow = node.region === null ? rows.get(node.id) : undefined;
    if (inRow && factsOf[node.type][field]!.row?.(inRow.row, inRow.shop) !== undefined) continue;
    const key = `${node.type} ${node.region} ${node.id}`;
    if (!wants.has(key)) wants.set(key, { node, fields: new Set() });
    wants.get(key)!.fields.add(field);
  }
  const groups = Map.groupBy(
    wants.values(),
    ({ node, fields }) => `${node.type} ${node.region} ${[...fields].sort().join()}`,
  );
  let total = new Set(operation.filter(({ list }) => list).map(({ node }) => node.id)).size;
  for (const [first, ...others] of groups.values()) {
    const n = 1 + others.length;
    const { node, fields } = first!;
    const options = (field: string) =>
      factsOf[node.type]
        [field]!.sources.filter((s) => only.includes(slugs[s.provider]) && s.params(node).length > 0)
        .map((s) => s.endpoint);
    const endpoints = [...new Set([...fields].flatMap(options))];
    let best = Infinity;
    for (let mask = 0; mask < 1 << endpoints.length; mask++) {
      const chosen = endpoints.filter((_, i) => mask & (1 << i));
      if (![...fields].every((field) => options(field).length === 0 || options(field).some((e) => chosen.includes(e))))
        continue;
      best = Math.min(
        best,
        chosen.reduce((sum, e) => sum + Math.ceil(n / (e.bulk?.max ?? 1)), 0),
      );
    }
    total += best;
  }
  return total;
}
/** Whether every source that could be asked tells all that it is declared for, so that nobody is asked after another. */
async function isWhole(operation: Operation, data: Untyped): Promise<boolean> {
  for (const { node, field } of seenIn(operation, data))
    for (const { endpoint, params, pick } of factsOf[node.type][field]!.sources)
      for (const each of params(node).slice(0, 1)) {
        const answer = await say(endpoint, each);
        if (answer === null || pick(answer, node) === undefined) return false;
      }
  return true;
}

const all: readonly ProviderSlug[] = ['winninghunter', 'justoneapi', 'echotik'];
const subsets = fc.subarray([...all], { minLength: 1 });

describe('random operations over random providers', () => {
  it('are told truly, bought once, and no dearer than the cheapest cover; with provenance at the same price', async () => {
    let bound = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(operations, { minLength: 1, maxLength: 3 }), subsets, async (sequence, only) => {
        await using server = await serve({ only });
        await using plain = await serve({ only });
        for (const [n, operation] of sequence.entries()) {
          const answer = await server.ask(print(operation, true));
          expectReceipt(answer);
          await expectFacts(operation, answer, only, false);
          const bare = await plain.ask(print(operation, false));
          expect(bare.calls.flatMap(questionsOf).sort(), 'bought for provenance').toEqual(
            answer.calls.flatMap(questionsOf).sort(),
          );
          if (n === 0 && only.includes('winninghunter') && (await isWhole(operation, answer.data))) {
            bound++;
            expect(answer.calls.length, 'dearer than the cheapest').toBeLessThanOrEqual(
              await cheapest(operation, answer.data, only),
            );
          }
          const again = await server.ask(print(operation, true));
          expect(again.calls, 'bought again').toEqual([]);
          await expectFacts(operation, again, only, false);
        }
        expect(repeated(server.sandbox.calls.flatMap(questionsOf)), 'bought twice').toEqual([]);
      }),
      bounded(60),
    );
    expect(bound).toBeGreaterThan(0);
  });

  const faults = fc.constantFrom<FaultName>(
    'rate-limit',
    'quota',
    'server-error',
    'bad-gateway',
    'refused',
    'unauthorized',
    'not-json',
    'wrong-shape',
    'drop',
    'code',
  );
  const rules = fc.array(
    fc.record({ provider: fc.constantFrom(...all), fault: faults, chance: fc.constantFrom(0.3, 0.7, 1) }),
    { minLength: 1, maxLength: 3 },
  );
  it('while providers fail, warm or cold, alone or at once: explained, and never bought twice', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(operations, { minLength: 1, maxLength: 3 }),
        subsets,
        rules,
        fc.option(operations),
        fc.option(fc.integer({ min: 0, max: 6 })),
        async (together, only, struck, before, credits) => {
          await using server = await serve({ only });
          if (before) await server.ask(print(before, false));
          struck.forEach(server.sandbox.fail);
          const headers: Record<string, string> = credits === null ? {} : { 'x-max-credits': String(credits) };
          const answers = await Promise.all(
            together.map((operation) => server.ask(print(operation, true), {}, headers)),
          );
          for (const [i, answer] of answers.entries()) {
            await expectFacts(together[i]!, answer, only, true);
            const spent = Object.values(answer.extensions!.cost.credits).reduce((a, b) => a + b, 0);
            expect(spent).toBeLessThanOrEqual(credits ?? Infinity);
          }
          expect(
            repeated(
              good(server.sandbox.calls)
                .flatMap(questionsOf)
                .filter((q) => !struck.some(({ provider }) => q.startsWith(provider))),
            ),
            'bought twice',
          ).toEqual([]);
        },
      ),
      bounded(60),
    );
  });

  it('cold and at once: each question is bought by one of them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(operations, { minLength: 2, maxLength: 5 }), subsets, async (together, only) => {
        await using server = await serve({ only, sandbox: { latencyMs: 3 } });
        const answers = await Promise.all(together.map((operation) => server.ask(print(operation, true))));
        for (const [i, answer] of answers.entries()) await expectFacts(together[i]!, answer, only, false);
        expect(repeated(server.sandbox.calls.flatMap(questionsOf)), 'bought twice').toEqual([]);
      }),
      bounded(40),
    );
  });
});
