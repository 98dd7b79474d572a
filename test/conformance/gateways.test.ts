/** Behind Hive Gateway and behind @apollo/gateway the graph says what it says directly, byte for byte, and buys no more for it. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request as send, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { getOperationAST, Kind, OperationTypeNode, parse, visit } from 'graphql';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hashOf } from '../../src/callers.ts';
import { documented, notable } from '../../src/sandbox/ids.ts';
import { systemClock } from '../../src/upstream/clock.ts';
import { installed } from '../packages.ts';
import { partsOf, together, type Part } from '../parts.ts';
import { impatient, serve, tally, type Served } from '../serve.ts';

const root = path.join(import.meta.dirname, '../..');
const scratch = mkdtempSync(path.join(tmpdir(), 'shopgraph-gateways-'));
const SUPERGRAPH = path.join(scratch, 'supergraph.graphql');
/** So that two cold runs tell the same times. */
const NOW = Date.parse('2024-07-01T12:00:00Z');
const INSTALLING_MS_MAX = 300_000;
const STARTING_MS_MAX = 60_000;

type Gateway = 'Hive Gateway' | '@apollo/gateway';
const gateways: readonly Gateway[] = ['Hive Gateway', '@apollo/gateway'];

let folder: string;
let door: Door;
const origins = new Map<Gateway, string>();
const children = new Set<ChildProcess>();

beforeAll(async () => {
  folder = await installed('examples/supergraph');
  door = await openDoor();
  const notes = await said(run('notes.ts', { PORT: '0' }), /notes is at (\S+)/);
  const compose = run('compose.ts', { SUPERGRAPH, SHOPGRAPH_URL: `${door.origin}/graphql`, NOTES_URL: notes });
  await said(compose, /(composed)/);
  const hivePort = String(await freePort());
  const hive = `http://127.0.0.1:${hivePort}`;
  const program = 'node_modules/@graphql-hive/gateway/dist/bin.js';
  const [apollo] = await Promise.all([
    said(run('apollo-gateway.ts', { SUPERGRAPH, PORT: '0' }), /gateway is at (\S+)\//),
    answering(run(program, { SUPERGRAPH, PORT: hivePort, LOG_LEVEL: 'warn' }, 'supergraph'), `${hive}/readiness`),
  ]);
  origins.set('Hive Gateway', hive).set('@apollo/gateway', apollo);
}, INSTALLING_MS_MAX);

afterAll(async () => {
  await Promise.all([...children].map(end));
  await door.close();
  rmSync(scratch, { recursive: true });
});

interface Asked {
  /** The answer's text. */
  readonly text: string;
  readonly headers: Headers;
  /** What the providers were asked for it, by their own log. */
  readonly calls: Record<string, number>;
}

type Through = Gateway | 'directly';

const originOf = (through: Through, served: Served) => (through === 'directly' ? served.origin : origins.get(through)!);

/** Of a shopgraph that nobody has asked anything yet. */
async function askCold(
  through: Through,
  query: string,
  { headers = {}, env = {} }: { headers?: Record<string, string>; env?: Record<string, string> } = {},
): Promise<Asked> {
  await using served = await serve({ env, deps: { clock: impatient(() => NOW) } });
  return await ask(served, through, query, headers);
}

async function ask(served: Served, through: Through, query: string, headers: Record<string, string> = {}) {
  door.leadTo(served.origin);
  const origin = originOf(through, served);
  const before = served.sandbox.calls.length;
  const response = await fetch(`${origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
    body: JSON.stringify({ query }),
  });
  const text = await response.text();
  return { text, headers: response.headers, calls: tally(served.sandbox.calls.slice(before)) };
}

/** The text of `data` as it came, of an answer without errors. */
function rawData(text: string): string {
  const data = /^\{"data":(\{.+?\})(?:,"extensions":\{.*\})?\}\s*$/s.exec(text)?.[1];
  if (data === undefined) throw new Error(`there are errors, or there is no data: ${text}`);
  JSON.parse(data);
  return data;
}

// --- the operations that people are shown

interface Shown {
  readonly file: string;
  readonly query: string;
  readonly kind: 'plain' | 'deferred' | 'subscription';
}

const operationsFolder = path.join(root, 'schema/operations');
const servable = readdirSync(operationsFolder)
  .filter((file) => file.endsWith('.graphql'))
  .flatMap((file) => shown(file, readFileSync(path.join(operationsFolder, file), 'utf8')));
const shownOf = (kind: Shown['kind']) => servable.filter((each) => each.kind === kind);

/** None where it asks for nodes by id: of two subgraphs that have them, each would be asked for the other's. */
function shown(file: string, query: string): Shown[] {
  const document = parse(query);
  const { operation, selectionSet } = getOperationAST(document)!;
  const isOfNodes = selectionSet.selections.some(
    (selection) => selection.kind === Kind.FIELD && ['node', 'nodes'].includes(selection.name.value),
  );
  if (isOfNodes) return [];
  if (operation === OperationTypeNode.SUBSCRIPTION) return [{ file, query, kind: 'subscription' }];
  const directives = new Set<string>();
  visit(document, { Directive: ({ name }) => void directives.add(name.value) });
  return [{ file, query, kind: directives.has('defer') || directives.has('stream') ? 'deferred' : 'plain' }];
}

it('through Hive Gateway a dry run is refused, and buys nothing: the field `costPreview` tells the price', async () => {
  const { text, calls } = await askCold('Hive Gateway', `{ product(id: "${documented.productId}") { title } }`, {
    headers: { 'x-shopgraph-dry-run': '1' },
  });
  expect(text).toContain('costPreview');
  expect(calls).toEqual({});
});

describe.each(gateways)('through %s', (gateway) => {
  it.each(shownOf('plain'))('$file: the same bytes, for the same calls', async ({ query }) => {
    const direct = await askCold('directly', query);
    const through = await askCold(gateway, query);
    expect(rawData(through.text)).toBe(rawData(direct.text));
    expect(through.calls).toEqual(direct.calls);
  });

  it('what the field `cost` says is true, and the same as directly', async () => {
    const query = `{ shop(id: "${documented.shopId}") { name products(first: 3) { nodes { rating } } }
      cost { calls credits { provider credits } avoided { row cache } budget { limit remaining } } }`;
    const direct = await askCold('directly', query);
    const through = await askCold(gateway, query);
    const data = rawData(through.text);
    expect(data).toBe(rawData(direct.text));
    expect((JSON.parse(data) as { cost: { calls: number } }).cost.calls).toBe(sum(through.calls));
  });

  it('numbers beyond 32 bits, decimals and ids of 19 digits keep every digit', async () => {
    const query = `{ video(id: "${notable.mostViewedVideoId}") { videoId metrics { views } product { productId price { amount } } } }`;
    const direct = await askCold('directly', query);
    const through = await askCold(gateway, query);
    const data = rawData(through.text);
    expect(data).toBe(rawData(direct.text));
    expect(data).toMatch(/"videoId":"\d{19}"/);
    expect(data).toMatch(/"amount":"[\d.]+"/);
    expect(Number(/"views":(\d+)/.exec(data)?.[1])).toBeGreaterThan(2 ** 31);
  });

  it('products that another subgraph names, some repeatedly, are bought as directly: once each', async () => {
    const through = await askCold(gateway, '{ notes { nodes { product { productId title rating } } } }');
    const { notes } = JSON.parse(rawData(through.text)) as { notes: { nodes: { product: Product | null }[] } };
    const named = notes.nodes.flatMap(({ product }) => product ?? []);
    const ids = [...new Set(named.map(({ productId }) => productId))];
    expect(named.length).toBeGreaterThan(ids.length);
    expect(ids.length).toBeGreaterThan(1);

    const aliased = ids.map((id, n) => `p${n}: product(id: "${id}") { productId title rating }`);
    const direct = await askCold('directly', `{ ${aliased.join('\n')} }`);
    const known = Object.values(JSON.parse(rawData(direct.text)) as Record<string, Product>);
    expect(named).toEqual(named.map(({ productId }) => known.find((each) => each.productId === productId)));
    expect(through.calls).toEqual(direct.calls);
  });

  it('what another subgraph adds to products and creators costs no call', async () => {
    const paid = (added: { product: string; creator: string }) => `{
      shop(id: "${documented.shopId}") { products(first: 5) { nodes { title ${added.product} } } }
      creator(id: "${documented.creatorId}") { totals { sales } ${added.creator} } }`;
    const added = { product: 'notes(first: 1) { nodes { text } }', creator: 'note { text }' };
    const direct = await askCold('directly', paid({ product: '', creator: '' }));
    const through = await askCold(gateway, paid(added));
    const { shop, creator } = JSON.parse(rawData(through.text)) as {
      shop: { products: { nodes: { notes: { nodes: object[] } }[] } };
      creator: { note: object };
    };
    expect(shop.products.nodes.some(({ notes }) => notes.nodes.length === 1)).toBe(true);
    expect(creator.note).toEqual({ text: expect.any(String) as string });
    expect(through.calls).toEqual(direct.calls);
  });
});

interface Product {
  readonly productId: string;
  readonly title: string;
  readonly rating: number;
}

const sum = (counts: Record<string, number>) => Object.values(counts).reduce((total, each) => total + each, 0);

// --- what arrives in parts, which Hive Gateway alone knows

describe('in parts, through Hive Gateway', () => {
  it.each(shownOf('deferred'))('$file: put together they are what they are directly', async ({ query }) => {
    const direct = await partsCold('directly', query, 'multipart/mixed');
    const through = await partsCold('Hive Gateway', query, 'multipart/mixed');
    expect(through.parts.length).toBeGreaterThan(1);
    expect(together(through.parts)).toEqual(together(direct.parts));
    expect(through.calls).toEqual(direct.calls);
  });

  it.each(shownOf('subscription'))('$file: the same events, for the same calls', async ({ query }) => {
    const direct = await partsCold('directly', query, 'text/event-stream');
    const through = await partsCold('Hive Gateway', query, 'text/event-stream');
    expect(through.parts).not.toEqual([]);
    expect(through.parts.map(({ data }) => data)).toEqual(direct.parts.map(({ data }) => data));
    expect(through.calls).toEqual(direct.calls);
  });

  const product = (extra: string) => `{ product(id: "${documented.productId}") { id title ${extra} } }`;
  const history = 'history(period: LAST_7_DAYS) { points { date sales } }';

  it('a deferred part of a product is bought once, and is what it is undeferred', async () => {
    const direct = await askCold('directly', product(history));
    const through = await partsCold('Hive Gateway', product(`... @defer { ${history} }`), 'multipart/mixed');
    expect(through.parts.length).toBeGreaterThan(1);
    expect(together(through.parts)).toEqual({ data: JSON.parse(rawData(direct.text)) as unknown, errors: [] });
    expect(through.calls).toEqual(direct.calls);
  });

  it('the first part is there while what is deferred still waits', async () => {
    await using served = await serve();
    door.leadTo(served.origin);
    door.letThrough(1);
    const parts: Part[] = [];
    for await (const part of partsOf(
      { origin: originOf('Hive Gateway', served) },
      product(`... @defer { ${history} }`),
    )) {
      parts.push(part);
      if (part.data) door.open();
    }
    expect(parts).toMatchObject([{ data: { product: { title: expect.any(String) as string } } }, {}]);
  });

  it('the first part takes less than a tenth of what a provider takes for the deferred one', async () => {
    await using served = await serve({ deps: { clock: systemClock } });
    door.leadTo(served.origin);
    served.sandbox.fail({ path: 'product-detail/history', fault: 'slow', latencyMs: SLOW_MS });
    const took: number[] = [];
    const startedAt = performance.now();
    for await (const part of partsOf(
      { origin: originOf('Hive Gateway', served) },
      product(`... @defer { ${history} }`),
    )) {
      expect(part.errors).toBeUndefined();
      took.push(performance.now() - startedAt);
    }
    expect(took.at(-1)).toBeGreaterThan(SLOW_MS);
    expect(took[0]).toBeLessThan(SLOW_MS / 10);
  });
});

const SLOW_MS = 5000;

/** Of a shopgraph that nobody has asked anything yet, as `askCold`. */
async function partsCold(through: Through, query: string, accept: 'multipart/mixed' | 'text/event-stream') {
  await using served = await serve({ deps: { clock: impatient(() => NOW) } });
  door.leadTo(served.origin);
  const parts = await Array.fromAsync(partsOf({ origin: originOf(through, served) }, query, { accept }));
  return { parts, calls: tally(served.sandbox.calls) };
}

// --- headers, by the example's configuration of Hive Gateway

describe('headers through Hive Gateway', () => {
  const key = 'sg_canary-of-web';
  const callersFile = path.join(scratch, 'callers.json');
  let served: Served;
  beforeEach(async () => {
    writeFileSync(callersFile, JSON.stringify({ callers: [{ name: 'web', keySha256: hashOf(key) }] }));
    served = await serve({ env: { CALLERS_FILE: callersFile } });
  });
  afterEach(() => served[Symbol.asyncDispose]());

  it.each([
    ['authorization', { authorization: `Bearer ${key}` }],
    ['x-api-key', { 'x-api-key': key }],
  ])('a client is known by its %s', async (_name, headers) => {
    const { text } = await ask(served, 'Hive Gateway', '{ viewer { name } }', headers);
    expect(JSON.parse(text)).toEqual({ data: { viewer: { name: 'web' } } });
  });

  it('all that shopgraph reads arrives there, and nothing else of the client', async () => {
    const headers = {
      authorization: `Bearer ${key}`,
      'x-api-key': key,
      'x-max-credits': '7',
      'x-deadline-ms': '9000',
      'x-request-id': 'of-the-client.1',
    };
    const answer = await ask(served, 'Hive Gateway', '{ viewer { name } }', {
      ...headers,
      'x-other': '1',
      cookie: 'a=b',
    });
    expect(door.arrived.at(-1)).toMatchObject(headers);
    expect(door.arrived.at(-1)).not.toHaveProperty('x-other');
    expect(door.arrived.at(-1)).not.toHaveProperty('cookie');
    expect(answer.headers.get('x-request-id')).toBe('of-the-client.1');
  });

  it('what a client does not want to spend is not spent, and it is told so', async () => {
    const query = `{ shop(id: "${documented.shopId}") { name } }`;
    const headers = { 'x-api-key': key, 'x-max-credits': '0' };
    const { text, calls, headers: answered } = await ask(served, 'Hive Gateway', query, headers);
    const { data, errors } = JSON.parse(text) as { data: unknown; errors: { extensions: { code: string } }[] };
    expect([data, calls]).toEqual([{ shop: { name: null } }, {}]);
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(['BUDGET_EXHAUSTED']);
    expect(answered.get('x-shopgraph-credits')).toBe('0');
  });

  it('the price of an operation is told, summed over the requests that it took', async () => {
    const query = `{ creator(id: "${documented.creatorId}") { totals { sales } } notes { nodes { product { rating } } } }`;
    const before = door.arrived.length;
    const { headers, calls } = await ask(served, 'Hive Gateway', query, { 'x-api-key': key });
    expect(door.arrived.length - before).toBe(2);
    expect(calls).toMatchObject({ creatorTotals: 1 });
    expect(sum(calls)).toBeGreaterThan(1);
    expect(headers.get('x-shopgraph-calls')).toBe(String(sum(calls)));
    expect(Number(headers.get('x-shopgraph-credits'))).toBeGreaterThanOrEqual(sum(calls));
  });
});

// --- the example itself

describe('the example', () => {
  it('has types that hold', { timeout: STARTING_MS_MAX }, async () => {
    await promisify(execFile)(path.join(root, 'node_modules/.bin/tsc'), ['-p', folder]);
  });

  it(
    'by one command runs it all, answers the query that it shows, and stops all when told to',
    { timeout: STARTING_MS_MAX },
    async () => {
      const ports = await Promise.all([freePort(), freePort(), freePort()]);
      const [GATEWAY_PORT, SHOPGRAPH_PORT, NOTES_PORT] = ports.map(String) as [string, string, string];
      const start = run('start.ts', { GATEWAY_PORT, SHOPGRAPH_PORT, NOTES_PORT, SUPERGRAPH: `${SUPERGRAPH}.started` });
      const body = await said(start, /curl .* -d '(.+)'/);
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(`http://127.0.0.1:${GATEWAY_PORT}/graphql`, { method: 'POST', headers, body });
      expect(JSON.parse(rawData(await response.text()))).toMatchObject({
        notes: { nodes: expect.arrayContaining([{ text: expect.any(String), product: expect.anything() }]) as unknown },
      });
      expect(Number(response.headers.get('x-shopgraph-calls'))).toBeGreaterThan(0);
      await end(start);
      expect(start.exitCode).toBe(0);
      for (const port of ports) await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
    },
  );

  it('says which port is taken, and starts nothing', async () => {
    const taken = new URL(door.origin).port;
    const others = { SHOPGRAPH_PORT: String(await freePort()), NOTES_PORT: String(await freePort()) };
    const start = run('start.ts', { GATEWAY_PORT: taken, ...others, SUPERGRAPH: `${SUPERGRAPH}.refused` });
    await expect(said(start, /(supergraph is at)/)).rejects.toThrow(`GATEWAY_PORT=${taken}`);
    expect(start.exitCode).toBe(1);
    expect(readdirSync(scratch)).not.toContain('supergraph.graphql.refused');
  });
});

// --- processes, and the door before shopgraph

function run(program: string, env: Record<string, string>, ...args: string[]): ChildProcess {
  const child = spawn(process.execPath, [program, ...args], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

/** The first group of what it says, as soon as it does; rejects with all that it said when it ends before. */
function said(child: ChildProcess, pattern: RegExp): Promise<string> {
  let text = '';
  return new Promise((resolve, reject) => {
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        const found = pattern.exec(text)?.[1];
        if (found !== undefined) resolve(found);
      });
    }
    child.once('close', () => {
      reject(new Error(`it ended, having said: ${text}`));
    });
  });
}

/** Resolves when the address answers, rejects when the process ends before. */
async function answering(child: ChildProcess, url: string): Promise<void> {
  const ended = said(child, /^(?!)()/);
  const isUp = async () => (await fetch(url).catch(() => null))?.ok ?? false;
  while (!(await isUp())) await Promise.race([ended, wait(50)]);
  // It ends some time, which is no failure then.
  ended.catch(() => undefined);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const patience = setTimeout(() => child.kill('SIGKILL'), 20_000);
  await gone;
  clearTimeout(patience);
}

const listening = (server: Server): Promise<number> =>
  once(server.listen(0, '127.0.0.1'), 'listening').then(() => (server.address() as AddressInfo).port);

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listening(server);
  server.close();
  return port;
}

interface Door {
  readonly origin: string;
  readonly leadTo: (origin: string) => void;
  /** What comes after so many requests waits until it is open. */
  readonly letThrough: (requests: number) => void;
  readonly open: () => void;
  /** The headers of all requests that came through. */
  readonly arrived: IncomingHttpHeaders[];
  readonly close: () => Promise<void>;
}

/** The address that gateways know: behind it, one new shopgraph after another. */
async function openDoor(): Promise<Door> {
  let behind = '';
  let passes = Infinity;
  let opened = Promise.withResolvers<undefined>();
  const open = () => {
    passes = Infinity;
    opened.resolve(undefined);
  };
  const arrived: IncomingHttpHeaders[] = [];
  const pass: RequestListener = (request, response) => {
    const { method = 'GET', url = '/', headers } = request;
    arrived.push(headers);
    const onward = send(`${behind}${url}`, { method, headers, agent: false }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    response.on('close', () => onward.destroy());
    request.pipe(onward);
  };
  const server = createServer((request, response) => {
    passes -= 1;
    if (passes >= 0) pass(request, response);
    else
      void opened.promise.then(() => {
        pass(request, response);
      });
  });
  return {
    origin: `http://127.0.0.1:${await listening(server)}`,
    leadTo: (origin) => {
      behind = origin;
      open();
    },
    letThrough: (requests) => {
      passes = requests;
      opened = Promise.withResolvers();
    },
    open,
    arrived,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
