/** Guards answers in parts: the first waits for nobody else's calls, together they are the whole answer for the same price, and who leaves buys nothing more. */
import { Writable } from 'node:stream';
import { pino, type Logger } from 'pino';
import { describe, expect, it } from 'vitest';
import { documented, makeWorld, notable } from '../../src/sandbox/world.ts';
import { systemClock, type Clock } from '../../src/upstream/clock.ts';
import { partsOf, together, type Part } from '../parts.ts';
import { serve, tally, type Served, type Untyped } from '../serve.ts';

const { shopId } = documented;
const rows = makeWorld().shops.get(shopId)!.products;
const inList = rows[0]!.id;
const unknown = '1729384756102399999';
const only = ['winninghunter'] as const;
const globalId = (id: string) => Buffer.from(`Product:${id}`).toString('base64url');
const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);

type Asking = Parameters<typeof partsOf>[2];
const allParts = (served: Served, document: string, asking?: Asking): Promise<Part[]> =>
  Array.fromAsync(partsOf(served, document, asking));

const SLOW_MS = 8000;
const details = { path: 'product-detail/', fault: 'slow', latencyMs: SLOW_MS } as const;
const lists = 'product/queryList';

interface Left {
  readonly first: Untyped;
  /** Until the first part was there. */
  readonly tookMs: number;
}

/** The first part, after which the client leaves and the providers fall silent: nobody waits for what is slow. */
async function firstOf(served: Served, document: string, asking: Asking = {}): Promise<Left> {
  const leaving = new AbortController();
  const startedAt = performance.now();
  const { value } = await partsOf(served, document, { ...asking, signal: leaving.signal }).next();
  const tookMs = performance.now() - startedAt;
  leaving.abort();
  await served.sandbox.close();
  return { first: (value as Part).data, tookMs };
}

interface Line {
  readonly msg: string;
  readonly operationName?: string;
  readonly calls?: number;
  readonly codes?: readonly string[];
}

function logged(): { readonly log: Logger; readonly lines: (msg: string) => Line[] } {
  const lines: Line[] = [];
  const write = (chunk: Buffer, _encoding: string, done: () => void) => {
    lines.push(JSON.parse(chunk.toString()) as Line);
    done();
  };
  return { log: pino({}, new Writable({ write })), lines: (msg) => lines.filter((line) => line.msg === msg) };
}

const inShop = (below: string, first = 3) => `shop(id: "${shopId}") { products(first: ${first}) { ${below} } }`;

describe('the first part', () => {
  it.each([
    ['rows tell it', `{ ${inShop('nodes { id title ... @defer { rating } }')} }`],
    [
      'the same fact is deferred at another place, and asked for there before',
      `{ product(id: "${inList}") { id ... @defer { title rating } } ${inShop('nodes { title }')} }`,
    ],
    [
      'another fact of the product is',
      `{ product(id: "${inList}") { id ... @defer { rating } } ${inShop('nodes { title }')} }`,
    ],
    [
      'another fact of the product is, and a list that is on its way tells it',
      `{ product(id: "${inList}") { price { amount } ... @defer { image { url } } } ${inShop('nodes { id }')} }`,
    ],
    [
      'all of the operation but an id is deferred',
      `{ ${inShop('nodes { id }')} ... @defer { ${inShop('nodes { rating }')} } }`,
    ],
    [
      'a fragment is deferred within one that is',
      `{ ${inShop('nodes { title ... @defer { id ... @defer { rating } } }')} }`,
    ],
    [
      'a deferred fragment is spread in a fragment',
      `{ ${inShop('nodes { ...A }')} } fragment A on Product { title ...B } fragment B on Product { ...C @defer } fragment C on Product { rating }`,
    ],
    [
      'a list is streamed from its first row',
      `{ ${inShop('nodes { title } edges @stream(initialCount: 0) { node { rating } }')} }`,
    ],
    [
      'it tells whose word its facts are',
      `{ ${inShop('nodes { title provenance { field } ... @defer { rating } }')} }`,
    ],
    [
      'a variable without a value does not keep it from being deferred',
      `query ($later: Boolean) { ${inShop('nodes { title ... @defer(if: $later) { rating } }')} }`,
    ],
  ])('waits for no call that only deferred facts need: %s', async (_where, document) => {
    await using served = await serve({ only });
    served.sandbox.fail(details);
    const { first, tookMs } = await firstOf(served, document);
    expect(tookMs).toBeLessThan(SLOW_MS / 2);
    expect(first.shop.products.nodes).toHaveLength(3);
  });

  it('waits for no page that only a deferred window of the same list needs', async () => {
    await using served = await serve({ only });
    served.sandbox.fail({ path: lists, fault: 'slow', latencyMs: 0, times: 1 });
    served.sandbox.fail({ path: lists, fault: 'slow', latencyMs: SLOW_MS });
    const { first, tookMs } = await firstOf(
      served,
      `{ all: shop(id: "${shopId}") { ... @defer { products(first: 100) { nodes { id } } } } ${inShop('nodes { id }', 5)} }`,
    );
    expect(tookMs).toBeLessThan(SLOW_MS / 2);
    expect(first.shop.products.nodes).toHaveLength(5);
  });

  it('does not wait for a list that only a deferred part asks for, and buys what its rows would have told', async () => {
    await using served = await serve({ only });
    served.sandbox.fail({ path: lists, fault: 'slow', latencyMs: SLOW_MS });
    const { first, tookMs } = await firstOf(
      served,
      `{ product(id: "${inList}") { title } ... @defer { ${inShop('nodes { id }')} } }`,
    );
    expect(tookMs).toBeLessThan(SLOW_MS / 2);
    expect(first.product.title).toBe(rows[0]!.title);
    expect(tally(served.sandbox.calls)).toEqual({ shopProducts: 1, productDetail: 1 });
  });

  it('speaks in its provenance of its own facts alone', async () => {
    await using served = await serve({ only });
    const said = 'provenance { field cache }';
    const [first] = await allParts(served, `{ ${inShop(`nodes { title ${said} ... @defer { rating } }`, 1)} }`);
    expect(first!.data).toMatchObject({
      shop: { products: { nodes: [{ provenance: [{ field: 'title', cache: 'LIST_SEEDED' }] }] } },
    });
  });

  it('that asks what the operation costs is the last, as its field says; deferred, it holds nobody up', async () => {
    await using served = await serve({ only });
    served.sandbox.fail({ ...details, latencyMs: 300 });
    const document = (cost: string) => `{ ${cost} ${inShop('nodes { title ... @defer { rating } }')} }`;
    const [first] = await allParts(served, document('cost { calls }'));
    expect(first!.data).toMatchObject({ cost: { calls: 4 } });
    await using other = await serve({ only });
    other.sandbox.fail(details);
    expect((await firstOf(other, document('... @defer { cost { calls } }'))).tookMs).toBeLessThan(SLOW_MS / 2);
  });
});

const everyNode = `{ ${inShop('nodes { id title ... @defer { rating } }', 100)} }`;
const operations = [
  ['rows and details', `{ ${inShop('nodes { id title ... @defer { rating } }')} }`],
  [
    'what another place does not defer',
    `{ product(id: "${inList}") { id ... @defer { rating } } ${inShop('nodes { id rating }', 1)} }`,
  ],
  [
    'what another place defers',
    `{ product(id: "${inList}") { id rating } ... @defer { ${inShop('nodes { id rating }', 1)} } }`,
  ],
  ['the whole operation', `{ ... @defer { ${inShop('nodes { id rating shop { name } }')} } }`],
  ['every node of a hundred', everyNode],
  [
    'nested parts',
    `{ ... @defer { shop(id: "${shopId}") { name ... @defer { products(first: 2) { nodes { id ... @defer { rating ... @defer { totals(period: LAST_7_DAYS) { sales } } } } } } } } }`,
  ],
  [
    'a fragment spread with and without',
    `{ ${inShop('nodes { id ...F @defer ...F }')} } fragment F on Product { title rating }`,
  ],
  [
    'a fragment spread without and with',
    `{ ${inShop('nodes { id ...F ...F @defer(label: "again") }')} } fragment F on Product { title rating }`,
  ],
  [
    'fragments of fragments',
    `{ ${inShop('nodes { id ...A @defer ...B }')} } fragment A on Product { title ...B ...C @defer } fragment B on Product { price { amount } } fragment C on Product { rating }`,
  ],
  [
    'aliases',
    `{ ${inShop('nodes { id a: rating ... @defer { b: rating c: totals(period: LAST_7_DAYS) { sales } d: totals(period: LAST_7_DAYS) { sales } } }')} }`,
  ],
  [
    'two windows of one list',
    `{ ${inShop('nodes { id }', 60)} ... @defer { more: shop(id: "${shopId}") { products(first: 100) { nodes { id } } } } }`,
  ],
  ['nodes that are streamed', `{ ${inShop('nodes @stream(initialCount: 0) { id rating }')} }`],
  [
    'edges that are streamed',
    `{ ${inShop('edges @stream(initialCount: 1) { rank node { id rating } } nodes { title }')} }`,
  ],
  [
    'points that are streamed',
    `{ product(id: "${inList}") { history(period: LAST_7_DAYS) { points @stream(initialCount: 0) { date sales } } } }`,
  ],
  [
    'ids that are streamed',
    `{ nodes(ids: ["${globalId(inList)}", "${globalId(rows[1]!.id)}"]) @stream(initialCount: 1) { id ... on Product { ... @defer { rating } } } }`,
  ],
  [
    'entities',
    `{ _entities(representations: [{ __typename: "Product", id: "${globalId(inList)}" }, { __typename: "Shop", shopId: "${shopId}" }]) { __typename ... on Product { id ... @defer { rating } } ... on Shop { ... @defer { name } } } }`,
  ],
  [
    'what is skipped, too',
    `query ($yes: Boolean! = true) { ${inShop('nodes { id ... @defer @skip(if: $yes) { rating } ... @include(if: $yes) @defer { title } }')} }`,
  ],
] as const;

/** The same without what cuts it. */
const inOnePiece = (document: string) => document.replace(/@(defer|stream)(\([^)]*\))?/g, '');

describe('the parts', () => {
  it.each(operations)('make the answer that there is without them, for the same price: %s', async (_what, document) => {
    await using plain = await serve();
    const whole = await plain.ask(inOnePiece(document));
    await using served = await serve();
    const parts = await allParts(served, document);
    const { data, errors } = together(parts);
    expect([whole.errors, errors]).toEqual([undefined, []]);
    expect(untitled(data)).toEqual(untitled(whole.data));
    expect(tally(served.sandbox.calls)).toEqual(tally(whole.calls));
    // What is in the air still is on the receipt.
    const { calls, credits } = parts.at(-1)!.extensions!.cost;
    expect([calls, credits]).toEqual([whole.extensions!.cost.calls, whole.extensions!.cost.credits]);
    expect(parts.map(({ hasNext }) => hasNext)).toEqual(parts.map((_, nth) => nth < parts.length - 1));
  });

  it('cost what the last of them says, and no header speaks of it', async () => {
    await using served = await serve();
    const headers = { 'content-type': 'application/json', accept: 'multipart/mixed' };
    const body = JSON.stringify({ query: everyNode });
    const response = await fetch(`${served.origin}/graphql`, { method: 'POST', headers, body });
    await response.text();
    expect([...response.headers.keys()].filter((name) => name.startsWith('x-shopgraph'))).toEqual([]);
    served.sandbox.reset();
    await using other = await serve();
    const parts = await allParts(other, everyNode);
    const { calls, credits } = parts.at(-1)!.extensions!.cost;
    expect(calls).toBe(other.sandbox.calls.length);
    expect(sum(Object.values(credits))).toBe(sum(other.sandbox.calls.map((call) => call.credits)));
    expect(parts.slice(0, -1).filter(({ extensions }) => extensions)).toEqual([]);
  });

  it('are logged as one answer, when the last is there', async () => {
    const { log, lines } = logged();
    await using served = await serve({ only, deps: { log } });
    await allParts(served, `query Named ${operations[0][1]}`);
    expect(lines('answered')).toMatchObject([{ operationName: 'Named', calls: 4, codes: [] }]);
  });

  it('come to a hundred clients at once, who buy each thing once', async () => {
    await using served = await serve({ only });
    const answers = await Promise.all(Array.from({ length: 100 }, () => allParts(served, operations[0][1])));
    const wholes = answers.map(together);
    expect(wholes.map(({ errors }) => errors)).toEqual(Array(100).fill([]));
    expect(new Set(wholes.map(({ data }) => JSON.stringify(untitled(data)))).size).toBe(1);
    expect(tally(served.sandbox.calls)).toEqual({ shopProducts: 1, productDetail: 3 });
    expect(sum(answers.map((parts) => parts.at(-1)!.extensions!.cost.calls))).toBe(4);
  });
});

/** In the first part a row may speak, where the whole answer has the detail's word. */
const untitled = (data: unknown): unknown =>
  JSON.parse(JSON.stringify(data, (key, value: unknown) => (key === 'title' && value !== null ? 'a title' : value)));

describe('an error in a part', () => {
  it('is one for each call that failed, with its code and the name of the request', async () => {
    await using served = await serve({ only });
    served.sandbox.fail({ path: details.path, fault: 'server-error' });
    const document = `{ ${inShop('nodes { id title ... @defer { rating profileSales } }', 2)} }`;
    const { data, errors } = together(await allParts(served, document, { headers: { 'x-request-id': 'deferred-1' } }));
    expect(data).toMatchObject({ shop: { products: { nodes: Array(2).fill({ rating: null, profileSales: null }) } } });
    const told = { code: 'UPSTREAM_UNAVAILABLE', retryable: true, requestId: 'deferred-1' };
    expect(errors.map(({ extensions }) => extensions)).toMatchObject([told, told]);
    expect(errors.map(({ path }) => path!.slice(0, 4))).toEqual(
      [0, 1].map((nth) => ['shop', 'products', 'nodes', nth]),
    );
  });

  it('of an id that nobody knows is one, at the node', async () => {
    await using served = await serve({ only });
    const document = `{ product(id: "${unknown}") { id ... @defer { rating } ... @defer { title profileSales } } }`;
    const { data, errors } = together(await allParts(served, document));
    expect(data).toMatchObject({ product: { rating: null, title: null, profileSales: null } });
    expect(errors).toMatchObject([{ path: ['product'], extensions: { code: 'NOT_FOUND' } }]);
  });

  it.each([
    ['the first part', 1, 'nodes { id rating ... @defer { history(period: LAST_7_DAYS) { period } } }'],
    ['one that others follow', 2, 'nodes { id title ... @defer { rating } }'],
    ['the last part', 1, 'nodes { id title } } ... @defer { totals(period: LAST_7_DAYS) { sales }'],
  ])('for want of credits says how many are missing: in %s', async (_which, credits, below) => {
    await using served = await serve({ only });
    // Who waits for what was paid comes last.
    served.sandbox.fail({ ...details, latencyMs: 200 });
    const parts = await allParts(served, `{ ${inShop(below)} }`, { headers: { 'x-max-credits': String(credits) } });
    const { errors } = together(parts);
    expect(errors).toMatchObject([{ extensions: { code: 'BUDGET_EXHAUSTED', retryable: false } }]);
    expect(errors[0]!.extensions.creditsMissing).toBeGreaterThan(0);
    expect(sum(served.sandbox.calls.map((call) => call.credits))).toBe(credits);
  });

  it('at the deadline is one, and what was there by then is told', async () => {
    await using served = await serve({ only, deps: { clock: systemClock } });
    served.sandbox.fail({ ...details, latencyMs: 1500 });
    const parts = await allParts(served, operations[0][1], { headers: { 'x-deadline-ms': '400' } });
    const { data, errors } = together(parts);
    expect(data).toMatchObject({
      shop: { products: { nodes: Array(3).fill({ title: expect.any(String) as string, rating: null }) } },
    });
    expect(errors).toMatchObject([{ extensions: { code: 'DEADLINE_EXCEEDED', retryable: true } }]);
    await served.sandbox.close();
  });

  it.each([
    ['the first part', '{ shop(id: 7) { shopId name ... @defer { marketplace } } }'],
    ['a later one', '{ shop(id: 7) { shopId ... @defer { name } } }'],
  ])('that nobody foresaw is told without a word of what it was, and logged once: in %s', async (_which, document) => {
    const { log, lines } = logged();
    let isBroken = true;
    const after = () => {
      if (isBroken) throw new Error('the clock at secret.internal stopped');
      return () => undefined;
    };
    await using served = await serve({ only, deps: { log, clock: { now: Date.now, after } } });
    const parts = await allParts(served, document);
    isBroken = false;
    expect(together(parts).errors).toMatchObject([
      { message: 'Unexpected error.', path: ['shop', 'name'], extensions: { code: 'INTERNAL', retryable: false } },
    ]);
    expect(JSON.stringify(parts)).not.toContain('secret');
    expect(lines('unexpected error')).toHaveLength(1);
  });
});

describe('a list that is streamed', () => {
  it.each([
    ['is negative', 'query', '-1', {}],
    ['is null', 'query', 'null', {}],
    ['is negative by a variable', 'query ($count: Int)', '$count', { count: -1 }],
    ['is negative by default', 'query ($count: Int = -1)', '$count', {}],
  ])('from a count that %s is bad input, and nothing is bought', async (_what, query, count, variables) => {
    await using served = await serve({ only });
    const document = `${query} { ${inShop(`nodes @stream(initialCount: ${count}) { id }`)} }`;
    const [refused] = await allParts(served, document, { variables });
    expect(refused!.errors).toMatchObject([{ extensions: { code: 'BAD_INPUT' } }]);
    expect(served.sandbox.calls).toEqual([]);
  });
});

describe('a deferred part', () => {
  it('is told by the next provider where the first fails, and says so', async () => {
    await using served = await serve();
    served.sandbox.fail({ provider: 'echotik', fault: 'server-error' });
    const document = `{ ${inShop('nodes { id ... @defer { reviewCount provenance { field provider failed { provider code } } } }', 1)} }`;
    const { data, errors } = together(await allParts(served, document));
    expect(errors).toEqual([]);
    const failed = [{ provider: 'ECHOTIK', code: 'UPSTREAM_UNAVAILABLE' }];
    expect((data as Untyped).shop.products.nodes[0]).toMatchObject({
      reviewCount: expect.any(Number) as number,
      provenance: [{ field: 'reviewCount', provider: 'JUST_ONE_API', failed }],
    });
  });

  it('of which there would be too many is refused; one that is not deferred is none', async () => {
    await using served = await serve({ only });
    const parts = Array.from({ length: 6 }, (_, nth) => `... @defer(if: $later) { a${nth}: title }`).join(' ');
    const document = `query ($later: Boolean!) { ${inShop(`nodes { ${parts} }`, 100)} }`;
    const [refused] = await allParts(served, document, { variables: { later: true } });
    expect(refused!.errors).toMatchObject([{ extensions: { code: 'LIMIT_EXCEEDED' } }]);
    expect(served.sandbox.calls).toEqual([]);
    expect((await served.ask(document, { later: false })).errors).toBeUndefined();
  });
});

const leavers = ['multipart/mixed', 'text/event-stream'] as const;

describe('a client that leaves', () => {
  it.each(leavers)('after the first part of %s buys nothing more, and what was sent is kept', async (accept) => {
    const { log, lines } = logged();
    await using served = await serve({ only, deps: { log } });
    served.sandbox.fail({ ...details, latencyMs: 400, times: 3 });
    const leaving = new AbortController();
    // The shop of each product is asked for when its detail is there: by then nobody waits.
    const document = `{ ${inShop('nodes { id ... @defer { rating shop { ... on Shop { name } } totals(period: LAST_7_DAYS) { sales } } }')} }`;
    const left = partsOf(served, document, { accept, signal: leaving.signal });
    await left.next();
    await expect.poll(() => tally(served.sandbox.calls).productDetail).toBe(3);
    const before = tally(served.sandbox.calls);
    leaving.abort();
    await expect.poll(() => lines('answered')).toHaveLength(1);
    const again = await served.ask(`{ ${inShop('nodes { id rating }')} }`);
    expect([again.errors, again.calls]).toEqual([undefined, []]);
    expect(tally(served.sandbox.calls)).toEqual(before);
    expect(lines('answered')).toHaveLength(2);
  });

  it('before the first part is asked for nothing that it has not been asked for', async () => {
    const { log, lines } = logged();
    await using served = await serve({ only, deps: { log } });
    served.sandbox.fail({ path: lists, fault: 'slow', latencyMs: 300 });
    const leaving = new AbortController();
    const left = partsOf(served, operations[0][1], { signal: leaving.signal }).next();
    await expect.poll(() => served.sandbox.calls.length).toBe(1);
    leaving.abort();
    await expect(left).rejects.toThrow();
    await expect.poll(() => lines('answered')).toHaveLength(1);
    expect((await served.ask(`{ ${inShop('nodes { id }')} }`)).calls).toEqual([]);
    expect(tally(served.sandbox.calls)).toEqual({ shopProducts: 1 });
  });

  it('fails nobody who waits for the same', async () => {
    await using served = await serve({ only });
    served.sandbox.fail({ ...details, latencyMs: 300 });
    const leaving = new AbortController();
    const left = partsOf(served, operations[0][1], { signal: leaving.signal });
    const [, stays] = [await left.next(), allParts(served, operations[0][1])];
    leaving.abort();
    const { data, errors } = together(await stays);
    expect([errors, JSON.stringify(data).includes('"rating":null')]).toEqual([[], false]);
    expect(tally(served.sandbox.calls)).toEqual({ shopProducts: 1, productDetail: 3 });
  });

  it('keeps no server from closing, and leaves no timer', async () => {
    const timers = new Set<object>();
    const after: Clock['after'] = (ms, then) => {
      const timer = {};
      const callOff = systemClock.after(ms, () => {
        timers.delete(timer);
        then();
      });
      timers.add(timer);
      return () => {
        timers.delete(timer);
        callOff();
      };
    };
    const served = await serve({ only, deps: { clock: { now: Date.now, after } } });
    served.sandbox.fail({ ...details, latencyMs: 300 });
    const firsts = Array.from({ length: 20 }, () => partsOf(served, operations[0][1]));
    await Promise.all(firsts.map((each) => each.next()));
    const startedAt = performance.now();
    await served[Symbol.asyncDispose]();
    expect(performance.now() - startedAt).toBeLessThan(2000);
    await expect.poll(() => timers.size).toBe(0);
    const cut = await Promise.allSettled(firsts.map((each) => each.next()));
    expect(new Set(cut.map(({ status }) => status))).toEqual(new Set(['rejected']));
  });
});

describe('a client that takes answers in one piece alone', () => {
  const plain = `query A { shop(id: "${shopId}") { name } } query B { shop(id: "${shopId}") { ...Later } }`;
  const accepting = async (served: Served, body: object, accept = 'application/json') => {
    const headers = { 'content-type': 'application/json', accept };
    const response = await fetch(`${served.origin}/graphql`, { method: 'POST', headers, body: JSON.stringify(body) });
    return { status: response.status, body: (await response.json()) as { data: Untyped; errors?: unknown } };
  };

  it.each([
    ['@defer', `{ ${inShop('nodes { id ... @defer { rating } }')} }`, {}],
    ['@stream', `{ ${inShop('nodes @stream(initialCount: 1) { id }')} }`, {}],
    [
      '@defer that depends',
      `query ($d: Boolean!) { ${inShop('nodes { id ... @defer(if: $d) { rating } }')} }`,
      { d: true },
    ],
    [
      '@defer that depends on nothing given',
      `query ($d: Boolean) { ${inShop('nodes { id ... @defer(if: $d) { rating } }')} }`,
      {},
    ],
    ['@defer in a fragment', `${plain} fragment Later on Shop { ... @defer { rating } }`, {}],
    ['a subscription', `subscription { jdProduct(id: "${notable.pricedJdItemId}") { __typename } }`, {}],
  ])('is told before anything is bought that %s has none', async (_what, query, variables) => {
    await using served = await serve();
    for (const accept of ['application/json', 'application/graphql-response+json']) {
      const asked = { query, variables, ...(query.startsWith('query A') && { operationName: 'B' }) };
      const { status, body } = await accepting(served, asked, accept);
      expect(status).toBe(406);
      expect(body.errors).toMatchObject([{ extensions: { code: 'BAD_INPUT', retryable: false } }]);
    }
    expect(served.sandbox.calls).toEqual([]);
  });

  it.each([
    ['it says so', `{ shop(id: "${shopId}") { name ... @defer(if: false) { rating } } }`, {}],
    [
      'its variable does',
      `query ($d: Boolean!) { shop(id: "${shopId}") { name ... @defer(if: $d) { rating } } }`,
      { d: false },
    ],
    [
      'its variable does by default',
      `query ($d: Boolean = false) { shop(id: "${shopId}") { name ... @defer(if: $d) { rating } } }`,
      {},
    ],
    ['another operation of the document has it', `${plain} fragment Later on Shop { ... @defer { rating } }`, {}],
  ])('gets it where nothing is deferred after all: %s', async (_why, query, variables) => {
    await using served = await serve({ only });
    const asked = { query, variables, ...(query.startsWith('query A') && { operationName: 'A' }) };
    const { status, body } = await accepting(served, asked);
    expect([status, body.errors, typeof body.data.shop.name]).toEqual([200, undefined, 'string']);
  });
});
