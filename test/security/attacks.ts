/** 39 attacks of a server that is open to everybody: what each sends, in all its ways, and what has to become of it. */
import { Agent, request, type IncomingHttpHeaders, type IncomingMessage, type RequestOptions } from 'node:http';
import { documented } from '../../src/sandbox/world.ts';

/** Production is attacked where it shows less than a server in development. */
export const profiles = {
  development: { MAX_CREDITS_PER_OPERATION: '500' },
  production: { NODE_ENV: 'production', AUTH: 'none', TRUSTED_DOCUMENTS: 'on' },
} as const;
export type Profile = keyof typeof profiles;

export interface Attack {
  readonly name: string;
  readonly profile: Profile;
  readonly ways: readonly Way[];
}

export interface Way {
  /** Different for each number, so that nothing kept from one answers the next. */
  readonly sends: (n: number) => Sent;
  readonly gets: Refused | Harmless;
  /** How many are sent at once; absent: one. */
  readonly atOnce?: number;
}

export interface Sent {
  readonly method: 'GET' | 'POST' | 'OPTIONS';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer | Endless | null;
}

/** A body of so many bytes, of which no more are sent than are taken. */
interface Endless {
  readonly bytes: number;
  /** By its `content-length`; otherwise it comes in chunks. */
  readonly isAnnounced: boolean;
  /** Only this much is ever sent, and the rest is left to wait for. */
  readonly stopsAfter?: number;
}

interface Refused {
  readonly status: number;
  /** Null: it never reaches what has codes. */
  readonly code: string | null;
  readonly says?: RegExp;
}

interface Harmless {
  /** What becomes of it, in words. */
  readonly harmless: string;
  /** 0: there is no answer before the rest of the request. */
  readonly status: number;
  readonly shows: RegExp;
  readonly showsNot?: RegExp;
  /** Upstream calls that it is worth, at most. */
  readonly calls?: number;
}

/** No answer is longer, whatever was sent. */
export const ANSWER_BYTES_MAX = 30_000;

const { shopId } = documented;

const times = (count: number, text: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => text(index)).join(' ');

const json = { 'content-type': 'application/json', accept: 'application/graphql-response+json' };

const post = (body: Sent['body'], headers: Readonly<Record<string, string>> = {}): Sent => ({
  method: 'POST',
  path: '/graphql',
  headers: { ...json, ...headers },
  body,
});

/** With a comment that nobody has sent before: no memory of documents helps. */
const asking = (document: string, n: number, variables?: unknown, headers?: Readonly<Record<string, string>>): Sent =>
  post(JSON.stringify({ query: `${document} #${String(n)}`, variables }), headers);

const get = (query: string, n: number, headers: Readonly<Record<string, string>> = {}): Sent => ({
  method: 'GET',
  path: `/graphql?query=${encodeURIComponent(`${query} #${String(n)}`)}`,
  headers: { accept: json.accept, ...headers },
  body: null,
});

/** A body around what is written by hand, for what `JSON.stringify` would not write. */
const writing = (n: number, variables: string, document = '{ __typename }'): Sent =>
  post(`{"query":${JSON.stringify(`${document} #${String(n)}`)},"variables":${variables}}`);

export const trivial = (n: number): Sent => asking(`{ shop(id: "${shopId}") { id } }`, n);

const tooMuch = (says: RegExp): Refused => ({ status: 400, code: 'LIMIT_EXCEEDED', says });
const bad = (says?: RegExp): Refused => ({ status: 400, code: 'BAD_INPUT', ...(says && { says }) });
const tooLarge: Refused = { status: 413, code: 'LIMIT_EXCEEDED', says: /The body/ };
const forbidden: Refused = { status: 400, code: 'FORBIDDEN', says: /INTROSPECTION/ };
const noJson: Refused = { status: 415, code: 'BAD_INPUT' };
const harmless = (what: string, shows: RegExp, more: Partial<Harmless> = {}): Harmless => ({
  harmless: what,
  status: 200,
  shows,
  ...more,
});
const typename = /^\{"data":\{"__typename":"Query"\}/;

const way = (sends: Way['sends'], gets: Way['gets'], atOnce?: number): Way => ({
  sends,
  gets,
  ...(atOnce !== undefined && { atOnce }),
});
const attack = (name: string, ...ways: Way[]): Attack => ({ name, profile: 'development', ways });
const inProduction = (name: string, ...ways: Way[]): Attack => ({ name, profile: 'production', ways });

/** That many fields, each inside of the one before. */
const nested = (depth: number): string =>
  ['shopId', 'logo { url }', 'products(first: 100) { pageInfo { hasNextPage } }'][depth - 1] ??
  `products(first: 100) { nodes { shop { ${nested(depth - 3)} } } }`;

const entities = 'query ($of: [_Any!]!) { _entities(representations: $of) { __typename } }';
const product = (index: number) => ({ __typename: 'Product', productId: String(1_729_384_756_000_000 + index) });
const several = <Value>(count: number, value: (index: number) => Value) =>
  Array.from({ length: count }, (_, index) => value(index));

const MB = 1_000_000;

const documents: readonly Attack[] = [
  attack(
    '1,000 cheap aliases',
    way((n) => asking(`{ ${times(1000, (i) => `a${String(i)}: __typename`)} }`, n), tooMuch(/tokens/)),
    way((n) => asking(`{ ${times(101, (i) => `a${String(i)}: __typename`)} }`, n), tooMuch(/aliases/)),
  ),
  attack(
    '200 aliases of a connection',
    way(
      (n) =>
        asking(
          `{ shop(id: ${shopId}) { ${times(200, (i) => `a${String(i)}: products(first: 1) { totalCount }`)} } }`,
          n,
        ),
      tooMuch(/tokens/),
    ),
  ),
  attack(
    'A document of 100,000 tokens',
    way((n) => asking(`{ ${'id '.repeat(99_998)} }`, n), tooLarge),
    way((n) => asking(`{ ${'a '.repeat(9_900)} }`, n), tooMuch(/tokens/)),
  ),
  attack(
    '100 operations in an array',
    way(
      (n) => post(JSON.stringify(several(100, () => ({ query: `{ __typename } #${String(n)}` })))),
      bad(/JSON object/),
    ),
  ),
  attack(
    'Directives, 500 times',
    way((n) => asking(`{ ${'... @skip(if: true) { __typename } '.repeat(500)} }`, n), tooMuch(/tokens/)),
    way((n) => asking(`{ __typename ${'@skip(if: true) '.repeat(101)} }`, n), tooMuch(/directives/)),
    way((n) => asking(`{ __typename ${'@a '.repeat(490)} }`, n), tooMuch(/directives/)),
    way((n) => asking(`{ __typename ${'@a '.repeat(99)} }`, n), bad(/@a/)),
  ),
  attack(
    'One field 5,000 times',
    way((n) => asking(`{ ${'__typename '.repeat(5000)} }`, n), tooMuch(/characters/)),
    way((n) => asking(`{ ${'__typename '.repeat(490)} }`, n), tooMuch(/One name/)),
  ),
  attack(
    '400 fields that overlap',
    way((n) => asking(`{ ${times(400, (i) => `shop(id: ${String(i)}) { id }`)} }`, n), tooMuch(/tokens/)),
    way((n) => asking(`{ ${times(10, () => `shop(id: 1) { ${'id '.repeat(20)} }`)} }`, n), tooMuch(/One name/)),
    way(
      (n) => asking(`{ ${times(20, () => 'shop(id: 1) { id shopId __typename }')} }`, n),
      harmless('compared, and answered once', /^\{"data":\{"shop":\{"id":"\w+",/),
    ),
    way(
      (n) => asking(`{ ${times(20, (i) => `... { shop(id: ${String(i)}) { id shopId __typename } }`)} }`, n),
      bad(/conflict/),
    ),
  ),
  attack(
    'Fragments in a circle',
    way((n) => asking('{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }', n), bad(/within itself/)),
    way(
      (n) =>
        asking(
          '{ shop(id: 1) { ...A } } fragment A on Shop { products { nodes { a: shop { ...A } b: shop { ...A } } } }',
          n,
        ),
      bad(/within itself/),
    ),
  ),
  attack(
    'Fragments that double 16 times, or are all compared',
    way(
      (n) =>
        asking(
          `{ ...F0 } ${times(16, (i) => `fragment F${String(i)} on Query { ...F${String(i + 1)} ...F${String(i + 1)} }`)} fragment F16 on Query { __typename }`,
          n,
        ),
      tooMuch(/One name/),
    ),
    way(
      (n) =>
        asking(
          `{ shop(id: 1) { ${times(30, (i) => `...F${String(i)}`)} } } ${times(30, (i) => `fragment F${String(i)} on Shop { ${['id', 'shopId', '__typename'][i % 3]!} }`)}`,
          n,
        ),
      harmless('compared, and answered once', /^\{"data":\{"shop":\{/),
    ),
    way(
      (n) =>
        asking(
          `{ __typename } ${times(30, (i) => `fragment F${String(i)} on Query { a${String(i % 25)}: __typename }`)}`,
          n,
        ),
      bad(/never used/),
    ),
  ),
  attack(
    'Many operations in one document',
    way(
      (n) =>
        asking(
          times(300, (i) => `query Q${String(i)} { __typename }`),
          n,
        ),
      tooMuch(/tokens|operations/),
    ),
    way(
      (n) =>
        post(
          JSON.stringify({
            query: `${times(10, (i) => `query Q${String(i)} { __typename }`)} #${String(n)}`,
            operationName: '__proto__',
          }),
        ),
      bad(),
    ),
    way(
      (n) =>
        post(
          JSON.stringify({
            query: `${times(10, (i) => `query Q${String(i)} { ${times(20, () => '__typename')} }`)} #${String(n)}`,
            operationName: 'Q1',
          }),
        ),
      harmless('the named one is answered', typename),
    ),
  ),
  attack(
    'A document full of mistakes',
    way((n) => asking(`{ ${times(290, (i) => `nope${String(i)}`)} }`, n), bad(/nope0/)),
    way((n) => asking(`query (${times(240, (i) => `$a${String(i)}: ID`)}) { __typename }`, n), bad(/never used/)),
    way((n) => asking(`{ shop(${times(320, (i) => `a${String(i)}: 1`)}) { id } }`, n), bad(/Unknown argument/)),
  ),
  attack(
    'Connections nested 20 deep',
    way((n) => asking(`{ shop(id: ${shopId}) { ${nested(19)} } }`, n), { status: 400, code: 'COST_TOO_HIGH' }),
  ),
  attack(
    'Connections nested 200 deep',
    way((n) => asking(`{ shop(id: ${shopId}) { ${nested(199)} } }`, n), tooMuch(/tokens|deep/)),
    way((n) => asking(`{ shop(id: ${'['.repeat(490)}1${']'.repeat(490)}) { id } }`, n), bad()),
  ),
  attack(
    '`first: 1000000`, nested',
    way(
      (n) =>
        asking(
          '{ shop(id: 1) { products(first: 1000000) { nodes { shop { products(first: 1000000) { nodes { title } } } } } } }',
          n,
        ),
      { status: 400, code: 'COST_TOO_HIGH' },
    ),
  ),
  attack(
    'Made to cost 10,000 credits',
    way(
      (n) =>
        asking(
          `{ ${times(17, (i) => `s${String(i)}: shop(id: ${String(i + 1)}) { products(first: 100) { nodes { ...F } } }`)} } fragment F on Product { image { url } history { period } totals { sales } a: history(period: LAST_7_DAYS) { period } b: history(period: LAST_90_DAYS) { period } c: totals(period: LAST_7_DAYS) { sales } }`,
          n,
        ),
      { status: 400, code: 'COST_TOO_HIGH', says: /"creditsEstimated":10234/ },
    ),
    way(
      (n) =>
        asking(
          '{ shop(id: 1) { products(first: 100) { nodes { shop { products(first: 100) { nodes { image { url } } } } } } } }',
          n,
        ),
      { status: 400, code: 'COST_TOO_HIGH' },
    ),
  ),
  attack(
    'A bomb of `@defer`',
    way(
      (n) =>
        asking(
          `{ shop(id: ${shopId}) { products(first: 100) { nodes { ${'...F @defer '.repeat(6)} } } } } fragment F on Product { title }`,
          n,
          {},
          { accept: 'multipart/mixed, application/json' },
        ),
      { status: 200, code: 'LIMIT_EXCEEDED', says: /600 parts/ },
    ),
    way((n) => asking(`{ ${'... @defer { __typename } '.repeat(101)} }`, n), tooMuch(/directives|One name/)),
  ),
  attack(
    'A bomb of `@stream`',
    way(
      (n) =>
        asking(
          `{ shop(id: ${shopId}) { ${times(6, (i) => `a${String(i)}: products(first: 100) { nodes @stream { id } }`)} } }`,
          n,
          {},
          { accept: 'multipart/mixed, application/json' },
        ),
      { status: 200, code: 'LIMIT_EXCEEDED', says: /600 parts/ },
    ),
  ),
];

const schemas: readonly Attack[] = [
  attack(
    'Introspection in circles',
    way(
      (n) =>
        asking(
          '{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }',
          n,
        ),
      bad(/introspection depth/),
    ),
  ),
  inProduction(
    'Introspection without a key',
    way((n) => asking('{ __schema { types { name fields { name } } } }', n), forbidden),
    way((n) => asking('{ ...T } fragment T on Query { kind: __type(name: "Shop") { fields { name } } }', n), forbidden),
  ),
  inProduction(
    "The subgraph's SDL without a key",
    way((n) => asking('{ _service { sdl } }', n), forbidden),
  ),
  inProduction(
    'Names by suggestion',
    way(
      (n) => asking(`{ shop(id: ${shopId}) { nam } prodct(id: 1) { id } }`, n),
      bad(/field \\"nam\\" on type \\"Shop\\"\.",/),
    ),
  ),
];

const requests: readonly Attack[] = [
  attack(
    '1,000 ids in `nodes`',
    way((n) => asking('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', n, { ids: several(1000, String) }), {
      status: 200,
      code: 'LIMIT_EXCEEDED',
      says: /100 ids/,
    }),
  ),
  attack(
    '5,000 different representations',
    way((n) => asking(entities, n, { of: several(5000, product) }), tooLarge),
    way(
      (n) => asking(entities, n, { of: several(5000, (i) => ({ __typename: 'Shop', shopId: String(i) })) }),
      tooLarge,
    ),
    way((n) => asking(entities, n, { of: several(5000, String) }), tooMuch(/2000 items/)),
    way((n) => asking(entities, n, { of: several(1001, (i) => i) }), {
      status: 200,
      code: 'LIMIT_EXCEEDED',
      says: /1000 different/,
    }),
  ),
  attack(
    'An operation in a URL, from another site',
    way((n) => get(`{ shop(id: ${shopId}) { name } }`, n, { 'sec-fetch-site': 'cross-site' }), {
      status: 403,
      code: 'FORBIDDEN',
    }),
    way(
      (n) =>
        get(`{ shop(id: ${shopId}) { name } }`, n, { 'sec-fetch-site': 'same-site', origin: 'https://evil.example' }),
      { status: 403, code: 'FORBIDDEN' },
    ),
  ),
  attack(
    'A mutation in a URL',
    way((n) => get('mutation { buy }', n), { status: 405, code: 'BAD_INPUT' }),
  ),
  attack(
    'A form of another site',
    ...['application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/plain', ''].map((type) =>
      way((n) => post(`query=mutation+%7B+buy+%7D&n=${String(n)}`, { 'content-type': type }), noJson),
    ),
  ),
  attack(
    'A preflight of another origin',
    way(
      () => ({
        method: 'OPTIONS',
        path: '/graphql',
        headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
        body: null,
      }),
      { status: 405, code: 'BAD_INPUT' },
    ),
    way(
      (n) => asking('{ __typename }', n, {}, { origin: 'https://evil.example' }),
      harmless('answered without a word to the browser that its page may read it', typename),
    ),
  ),
  attack(
    'A body of 1 MB',
    ...[
      ' '.repeat(MB),
      `"${'x'.repeat(MB)}"`,
      `[12345678901234567890${',1'.repeat(MB / 2)}]`,
      `[${'[],'.repeat(MB / 3)}[]]`,
    ].map((value) => way((n) => writing(n, value), tooLarge)),
    way((n) => asking('{ __typename }', n, { a: 'x'.repeat(200_000) }), harmless('read and answered', typename)),
    way((n) => asking(`{ __typename } # ${'x'.repeat(200_000)}`, n), tooMuch(/characters/)),
  ),
  attack(
    'A body of 20 MB',
    way(() => post({ bytes: 20 * MB, isAnnounced: true }), tooLarge),
    way(() => post({ bytes: 20 * MB, isAnnounced: false }), tooLarge),
  ),
  attack(
    'A body of 1 GB',
    way(() => post({ bytes: 1000 * MB, isAnnounced: true }), tooLarge),
    way(() => post({ bytes: 1000 * MB, isAnnounced: false }), tooLarge),
  ),
  attack(
    'A body that never ends',
    way(
      () => post({ bytes: 1000, isAnnounced: true, stopsAfter: 100 }),
      harmless('waited for, and cut after 300 s', /^$/, { status: 0 }),
      20,
    ),
  ),
  attack(
    'Huge variables',
    way((n) => writing(n, `{${several(20_000, (i) => `"a${String(i)}":1`).join()}}`), tooLarge),
    way(
      (n) => writing(n, `{"a":{"b":[12345678901234567890${',1'.repeat(6300)}]}}`),
      harmless('read, and not looked at', typename),
    ),
    way((n) => writing(n, `{"a":[12345678901234567890${',1'.repeat(4900)}]}`), tooMuch(/2000 items/)),
    way(
      (n) =>
        writing(
          n,
          `{${several(30, (i) => `"a${String(i)}":{${several(199, (j) => `"b${String(i)}-${String(j)}":1`).join()}}`).join()}}`,
        ),
      harmless('read, and not looked at', typename),
    ),
  ),
  attack(
    'JSON nested 100,000 deep',
    way((n) => writing(n, `${'['.repeat(100_000)}${']'.repeat(100_000)}`), tooLarge),
    way((n) => writing(n, `{"a":${'{"a":'.repeat(100_000)}`), tooLarge),
    way((n) => writing(n, `{"of":[${'['.repeat(1000)}${']'.repeat(1000)}]}`, entities), {
      status: 200,
      code: 'BAD_INPUT',
      says: /needs the `__typename`/,
    }),
  ),
  attack(
    'Bytes that are no text',
    way(
      (n) =>
        post(Buffer.concat([Buffer.from([0xff, 0xfe, 0xc3]), Buffer.from(`{"query":"{ __typename } #${String(n)}"}`)])),
      bad(/JSON object/),
    ),
    way((n) => post(Buffer.from(`\uFEFF{"query":"\uFEFF{ __typename } #${String(n)}"}`)), bad(/JSON object/)),
    way((n) => asking('{ shop(id: "\u202E\uD800") { id } }', n), bad(/Invalid character/)),
    way(
      (n) =>
        post(`{"query":"{ nope }","query":"{ __typename } #${String(n)}","query":"{ __typename } # ${String(n)}"}`),
      harmless('the last of equal keys counts', typename),
    ),
  ),
  inProduction(
    'The prototype, by all names',
    way(
      (n) =>
        writing(
          n,
          '{"__proto__":{"of":[]},"constructor":{"prototype":{"a":1}},"of":[{"__proto__":{"__typename":"Shop","shopId":"1"}},{"__typename":"__proto__","id":"1"}]}',
          entities,
        ),
      { status: 200, code: 'BAD_INPUT', says: /needs the `__typename`/ },
    ),
    ...['__proto__', 'constructor', 'toString'].map((documentId) =>
      way(() => post(JSON.stringify({ documentId })), bad(/trusts no document/)),
    ),
  ),
  attack(
    'Ids and cursors that are none',
    way(
      (n) =>
        asking(
          `{ shop(id: ${shopId}) { products(after: "${Buffer.from('{"o":-1}').toString('base64url')}${String(n)}") { nodes { id } } } }`,
          n,
        ),
      { status: 200, code: 'BAD_CURSOR' },
    ),
    way(
      (n) =>
        asking('query ($after: String) { shop(id: 1) { products(after: $after) { nodes { id } } } }', n, {
          after: 'x'.repeat(200_000),
        }),
      { status: 200, code: 'BAD_CURSOR' },
    ),
    way((n) => asking('query ($id: ID!) { shop(id: $id) { name } }', n, { id: 'x'.repeat(200_000) }), {
      status: 200,
      code: 'BAD_INPUT',
      says: /x\.\.\.\\" is not a global id/,
    }),
    way((n) => asking(`{ node(id: "${Buffer.from('Caller:1').toString('base64url')}") { id } }`, n), {
      status: 200,
      code: 'BAD_INPUT',
      says: /not a global id/,
    }),
  ),
  attack(
    'Headers that are none',
    way(() => ({ ...trivial(0), headers: { ...json, host: 'a b' } }), bad(/`host`/)),
    way(
      () => ({
        ...trivial(0),
        headers: { ...json, ...Object.fromEntries(several(1500, (i) => [`x-${String(i)}`, '0123456789'])) },
      }),
      { status: 431, code: null },
    ),
    ...['-1', '1e9', 'NaN', '99999999999999999999'].flatMap((value) =>
      ['x-max-credits', 'x-deadline-ms'].map((name) =>
        way((n) => ({ ...trivial(n), headers: { ...json, [name]: value } }), bad(/whole number/)),
      ),
    ),
    way(
      (n) => ({ ...trivial(n), headers: { ...json, 'x-request-id': '{"level":60}'.repeat(100) } }),
      harmless('the id is replaced', /"data":\{"shop"/, { showsNot: /level/ }),
    ),
  ),
  attack(
    'A trace of a large operation',
    way(
      (n) =>
        asking(
          `{ ${times(20, (i) => `s${String(i)}: shop(id: ${String(i + 1)}) { id shopId __typename a: id b: shopId c: __typename }`)} }`,
          n,
          {},
          { 'apollo-federation-include-trace': 'ftv1' },
        ),
      harmless('traced', /"ftv1":"/),
    ),
  ),
  attack(
    'A flood of subscriptions',
    way(
      (n) =>
        asking(
          `subscription { ${times(90, (i) => `a${String(i)}: jdProduct(id: "${String(i)}") { __typename }`)} }`,
          n,
          {},
          { accept: 'text/event-stream' },
        ),
      { status: 200, code: 'BAD_INPUT', says: /must select only one top level field/ },
    ),
    way(
      (n) =>
        asking('subscription { jdProduct(id: "100117219515") { __typename } }', n, {}, { accept: 'text/event-stream' }),
      harmless('one call for all of them', /"__typename":"JdProduct"/, { calls: 2 }),
      30,
    ),
  ),
];

export const attacks: readonly Attack[] = [...documents, ...schemas, ...requests];

export interface Got {
  /** 0: none, since the request was left unfinished. Null: it was cut, and the writing found out before the reading. */
  readonly status: number | null;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** Of the body. */
  readonly sentBytes: number;
}

/** Connections that are kept, with one request at a time on each: so do clients. */
export const connections = () => new Agent({ keepAlive: true });

const ignore = () => undefined;

const CHUNK = Buffer.alloc(64 * 1024, 'x');

/** As written: no client corrects a header or a body. */
export async function send(origin: string, { method, path, headers, body }: Sent, agent: Agent): Promise<Got> {
  const { hostname, port } = new URL(origin);
  const isEndless = body !== null && typeof body === 'object' && !Buffer.isBuffer(body);
  const length = isEndless && body.isAnnounced ? { 'content-length': String(body.bytes) } : {};
  const options: RequestOptions = { hostname, port, method, path, agent, headers: { ...headers, ...length } };
  return new Promise((resolve) => {
    const sending = request(options);
    let sentBytes = 0;
    let response: IncomingMessage | undefined;
    const done = (status: number | null, text = '') => {
      resolve({ status, headers: response?.headers ?? {}, text, sentBytes });
      if (isEndless) sending.destroy();
    };
    sending.on('error', () => {
      done(null);
    });
    // It may break under what is still being written when the answer has been read.
    sending.on('socket', (socket) => socket.off('error', ignore).on('error', ignore));
    sending.on('response', (got) => {
      response = got;
      let text = '';
      got.setEncoding('utf8');
      got.on('data', (chunk: string) => (text += chunk));
      got.on('close', () => {
        done(got.statusCode!, text);
      });
    });
    if (!isEndless) {
      sending.end(body ?? undefined);
      return;
    }
    const upTo = body.stopsAfter ?? body.bytes;
    const pump = () => {
      if (response || sending.destroyed) return;
      const chunk = CHUNK.subarray(0, upTo - sentBytes);
      sentBytes += chunk.length;
      sending.write(chunk, () => {
        if (sentBytes < upTo) setImmediate(pump);
        else if (body.stopsAfter === undefined) sending.end();
        else done(0);
      });
    };
    pump();
  });
}
