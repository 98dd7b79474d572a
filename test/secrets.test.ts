/** Guards what is nobody else's business: keys and passwords are nowhere to be found, and buyers' words in caches alone. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pipeline } from 'node:stream';
import { inflateRawSync } from 'node:zlib';
import { Redis } from 'ioredis';
import { expect, it, onTestFinished } from 'vitest';
import { hashOf } from '../src/callers.ts';
import { startSandbox, type Sandbox } from '../src/sandbox/sandbox.ts';
import { documented } from '../src/sandbox/world.ts';
import { startProcess, type Process } from './processes.ts';
import { startRedis } from './redis.ts';

const canary = (name: string) => `${name}-${randomBytes(18).toString('base64url')}`;
const keys = {
  callerKey: canary('caller'),
  otherCallerKey: canary('other'),
  wrongKey: canary('wrong'),
};
const secrets = {
  ...keys,
  ...Object.fromEntries(Object.entries(keys).map(([name, key]) => [`hash of ${name}`, hashOf(key)])),
  providerKey: `wh_${randomBytes(24).toString('hex')}`,
  // With what a URL cannot carry as it is.
  redisPassword: `p@ss/w:rd%+${randomBytes(18).toString('base64')}`,
};
/** What buyers look for is theirs; only who made a mistake is told of it. */
const words = { query: canary('query'), cursor: canary('cursor') };
const mistakes = { mistake: canary('mistake') };

const PIECE_CHARS = 12;

/** In each form in which it may turn up: as it is, in a URL, in JSON, as hex, in Base64 wherever it begins. */
function piecesOf(secret: string): readonly string[] {
  const base64 = [0, 1, 2].map((shift) => {
    const text = Buffer.from(' '.repeat(shift) + secret).toString('base64');
    // What stands around it changes the letters at its ends.
    return text.slice(shift === 0 ? 0 : 4, -4);
  });
  const base64url = base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'));
  const plain = [secret, encodeURIComponent(secret), JSON.stringify(secret), Buffer.from(secret).toString('hex')];
  return [...plain, ...base64, ...base64url].flatMap((form) =>
    Array.from({ length: form.length - PIECE_CHARS + 1 }, (_, at) => form.slice(at, at + PIECE_CHARS)),
  );
}

interface Heard {
  readonly where: string;
  readonly text: string;
}

/** Which of them were heard, and where. */
const found = (heard: readonly Heard[], named: Readonly<Record<string, string>>): string[] =>
  Object.entries(named).flatMap(([name, secret]) => {
    const pieces = piecesOf(secret);
    const places = heard.filter(({ text }) => pieces.some((piece) => text.includes(piece)));
    return [...new Set(places.map(({ where }) => `${name} in ${where}`))];
  });

it.each<[string, (secret: string) => string]>([
  ['its beginning', (secret) => `say ${secret.slice(0, PIECE_CHARS)}`],
  ['its end', (secret) => `say ${secret.slice(-PIECE_CHARS)}`],
  ['hex', (secret) => Buffer.from(secret).toString('hex')],
  ...['x', 'xx', 'xxx'].map((before): [string, (secret: string) => string] => [
    `Base64 after ${before}`,
    (secret) => Buffer.from(`${before}${secret}x`).toString('base64'),
  ]),
  ['Base64 of a URL', (secret) => Buffer.from(`user:${secret}`).toString('base64url')],
])('the search finds a secret by %s', (_form, hide) => {
  const hidden = canary('hidden');
  expect(found([{ where: 'here', text: hide(hidden) }], { hidden })).toEqual(['hidden in here']);
  expect(found([{ where: 'here', text: hide(canary('hidden')) }], { hidden: hidden.slice(7) })).toEqual([]);
});

interface Echo {
  readonly status: number;
  readonly body: string | object;
  readonly headers?: Record<string, string>;
}

/** A provider that repeats what it was told, by the word with which the query begins. */
const echoes: Readonly<Record<string, (key: string, q: string) => Echo>> = {
  sentence: (key, q) => ({ status: 500, body: { success: false, error: `${key} asked for ${q}` } }),
  page: (key, q) => ({ status: 502, body: `<html>x-api-key: ${key} q=${encodeURIComponent(q)}</html>` }),
  cut: (key) => ({ status: 500, body: { error: '.'.repeat(180) + key } }),
  refusal: (key, q) => ({ status: 200, body: { success: false, message: `${key} asked for ${q}` } }),
  complaint: (key, q) => ({
    status: 400,
    body: { success: false, error: `${key} asked for ${q.toUpperCase()} (${q})` },
  }),
  plan: (key, q) => ({ status: 403, body: { error: `${key} asked for ${q}` } }),
  shape: (key, q) => ({ status: 200, body: { suggestions: { [key]: q } } }),
  text: (key, q) => ({ status: 200, body: `${key} asked for ${q}` }),
  moved: (key, q) => ({ status: 302, body: '', headers: { location: `http://localhost:1/?api_key=${key}&q=${q}` } }),
  later: (key, q) => ({ status: 429, body: { error: `${key} asked for ${q}` }, headers: { 'retry-after': key } }),
  answer: (key, q) => ({ status: 200, body: { success: true, suggestions: [], asked: { key, q } } }),
};

/** Before the sandbox, with a key of our own. */
async function startProvider({ winninghunter: { baseUrl, apiKey } }: Sandbox): Promise<string> {
  const listener: RequestListener = (asked, response) => {
    const { 'x-api-key': key, ...headers } = asked.headers;
    const q = new URL(asked.url!, baseUrl).searchParams.get('q') ?? '';
    const echo = echoes[q.split(' ')[0]!]?.(String(key), q);
    if (echo) {
      const text = typeof echo.body === 'string' ? echo.body : JSON.stringify(echo.body);
      response.writeHead(echo.status, { 'x-asked-by': String(key), ...echo.headers }).end(text);
      return;
    }
    const ours = { ...headers, 'x-api-key': key === secrets.providerKey ? apiKey : 'unknown' };
    const forwarded = request(baseUrl + asked.url!, { method: asked.method!, headers: ours });
    forwarded.on('error', () => response.destroy());
    forwarded.on('response', (reply) => {
      response.writeHead(reply.statusCode!, reply.headers);
      pipeline(reply, response, () => undefined);
    });
    asked.pipe(forwarded);
  };
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Where the head of a kept answer ends, in Redis. */
const HEAD_BYTES = 21;

/** As it is, and what is compressed in it. */
const unfold = (bytes: Uint8Array): string =>
  [0, HEAD_BYTES].reduce((text, head) => {
    try {
      return `${text}\n${inflateRawSync(bytes.subarray(head)).toString('latin1')}`;
    } catch {
      return text;
    }
  }, Buffer.from(bytes).toString('latin1'));

function filesIn(folder: string): Heard[] {
  return readdirSync(folder).flatMap((name): Heard[] => {
    const file = path.join(folder, name);
    const raw = { where: name, text: readFileSync(file).toString('latin1') };
    if (!name.endsWith('.sqlite')) return [raw];
    const db = new DatabaseSync(file, { readOnly: true });
    const tables = db.prepare(`SELECT name FROM sqlite_master WHERE type = 'table'`).all();
    const rows = tables.flatMap((table) => db.prepare(`SELECT * FROM ${String(table.name)}`).all());
    db.close();
    const cells = rows.flatMap((row) => Object.values(row));
    const texts = cells.map((cell) => (cell instanceof Uint8Array ? unfold(cell) : String(cell)));
    return [raw, { where: `the rows of ${name}`, text: texts.join('\n') }];
  });
}

async function keysIn(url: string): Promise<Heard[]> {
  const client = new Redis(url);
  const read: Partial<Record<string, (key: string) => Promise<string[]>>> = {
    string: async (key) => [unfold((await client.getBuffer(key)) ?? Buffer.of())],
    hash: async (key) => Object.entries(await client.hgetall(key)).flat(),
    zset: (key) => client.zrange(key, '0', '-1'),
  };
  const heard = (await client.keys('*')).map(async (key): Promise<Heard> => {
    const values = await read[await client.type(key)]!(key);
    return { where: `Redis, ${key.split(':')[1]!}`, text: [key, ...values].join('\n') };
  });
  const all = await Promise.all(heard);
  client.disconnect();
  return all;
}

const suggest = 'query ($q: String!) { suggestions(type: PRODUCT, query: $q) { name } }';
const products =
  'query ($id: ID!, $after: String) { shop(id: $id) { name products(first: 50, after: $after) { nodes { title } } } }';

/** Talks to a server, and keeps all that it answers. */
function ear() {
  const heard: Heard[] = [];
  const get = async (url: string, init: RequestInit = {}): Promise<string> => {
    const response = await fetch(url, { redirect: 'manual', ...init });
    const body = await response.text();
    heard.push({ where: 'headers', text: JSON.stringify([...response.headers]) }, { where: 'answers', text: body });
    return /"code":"(\w+)"/.exec(body)?.[1] ?? String(response.status);
  };
  const ask = ({ origin }: Process, query: string, variables: object, headers: Record<string, string>) => {
    const body = JSON.stringify({ query, variables });
    const own = { 'content-type': 'application/json', 'x-deadline-ms': '1500', ...headers };
    return get(`${origin}/graphql`, { method: 'POST', headers: own, body });
  };
  return { heard, get, ask };
}

it('keys and passwords are nowhere, and buyers’ words only where answers are kept', async () => {
  const world = await startSandbox();
  const folder = mkdtempSync(path.join(tmpdir(), 'shopgraph-secrets-'));
  onTestFinished(async () => {
    await world.close();
    rmSync(folder, { recursive: true });
  });
  const callersFile = path.join(folder, 'callers.json');
  const callers = [
    { name: 'web', keySha256: hashOf(keys.callerKey), scopes: ['market', 'credits'], ratePerMinute: 10_000 },
    { name: 'slow', keySha256: hashOf(keys.otherCallerKey), ratePerMinute: 1 },
  ];
  writeFileSync(callersFile, JSON.stringify({ callers }));
  await using redis = await startRedis({ password: secrets.redisPassword });
  const dataDir = path.join(folder, 'data');
  const env = {
    ...{ CALLERS_FILE: callersFile, REDIS_URL: redis.url, DATA_DIR: dataDir, LOG_LEVEL: 'trace' },
    ...{ WINNINGHUNTER_BASE_URL: await startProvider(world), WINNINGHUNTER_API_KEY: secrets.providerKey },
    ...{ WINNINGHUNTER_TIMEOUT_MS: '300', WINNINGHUNTER_RATE_PER_MINUTE: '10000' },
  };
  await using served = await startProcess(world, env);
  const { heard, get, ask } = ear();
  const web = { 'x-api-key': keys.callerKey };
  const lookFor = (q: string, headers: Record<string, string> = web) => ask(served, suggest, { q }, headers);
  const { shopId } = documented;

  expect(await lookFor(words.query)).toBe('200');
  const variables = encodeURIComponent(JSON.stringify({ q: `by URL ${words.query}` }));
  await get(`${served.origin}/graphql?query=${encodeURIComponent(suggest)}&variables=${variables}`, { headers: web });
  expect(await ask(served, products, { id: shopId }, web)).toBe('200');
  expect(await ask(served, products, { id: shopId, after: words.cursor }, web)).toBe('BAD_CURSOR');
  expect(await ask(served, products, { id: mistakes.mistake }, web)).toBe('BAD_INPUT');
  expect(await ask(served, suggest, { q: [mistakes.mistake] }, web)).toBe('BAD_INPUT');

  const basic = Buffer.from(`me:${keys.wrongKey}`).toString('base64');
  for (const headers of [
    { 'x-api-key': keys.wrongKey },
    { authorization: `Bearer ${keys.wrongKey}` },
    { authorization: `Basic ${basic}` },
    { authorization: `Bearer ${keys.callerKey}`, 'x-api-key': keys.wrongKey },
  ] as Record<string, string>[])
    expect(await lookFor('who', headers)).toBe('UNAUTHENTICATED');
  await lookFor('quick', { 'x-api-key': keys.otherCallerKey });
  expect(await lookFor('too quick', { 'x-api-key': keys.otherCallerKey })).toBe('RATE_LIMITED');

  const echoed = await Promise.all(Object.keys(echoes).map((name) => lookFor(`${name} ${words.query}`)));
  expect(new Set(echoed).size).toBeGreaterThan(4);
  for (const fault of ['server-error', 'redirect', 'huge', 'not-json', 'drop', 'hang', 'unauthorized'] as const) {
    world.fail({ fault, times: 1 });
    await lookFor(`${fault} ${words.query}`);
  }
  expect(await lookFor(`refused ${words.query}`)).toBe('AUTH_FAILED');
  heard.push({ where: 'the log', text: served.said() });
  const stores = [...filesIn(dataDir), ...(await keysIn(redis.url))];

  await redis.kill();
  await lookFor(`alone ${words.query}`);
  {
    await using other = await startRedis({ port: redis.port, password: canary('another') });
    // Its first trouble is a password that is refused, and is logged.
    await using second = await startProcess(world, env);
    await ask(second, suggest, { q: `second ${words.query}` }, web);
    expect(second.said()).toContain('WRONGPASS');
    heard.push({ where: 'the log', text: second.said() });
    await other.kill();
  }
  await redis.restart();
  await expect.poll(() => served.metric(/^shopgraph_redis_up/), { timeout: 5000 }).toBe(1);
  await lookFor(`together ${words.query}`);
  for (const page of ['metrics', 'health', 'ready', '', keys.wrongKey]) await get(`${served.origin}/${page}`);
  await served.kill('SIGTERM');

  heard.push({ where: 'the log', text: served.said() });
  stores.push(...filesIn(dataDir), ...(await keysIn(redis.url)));
  expect(found(heard, mistakes)).toEqual(['mistake in answers']);
  // Where answers are kept they are found: so nothing else would be missed there.
  const kept = ['the rows of answers.sqlite', 'Redis, answer'];
  expect(found(stores, words)).toEqual(expect.arrayContaining(kept.map((where) => `query in ${where}`)));
  const title = 'Overnight Repair Retinol Night Serum';
  expect(found(stores, { title })).toEqual(expect.arrayContaining(kept.map((where) => `title in ${where}`)));
  expect(heard.filter(({ where, text }) => where === 'the log' && text.includes('call failed'))).not.toEqual([]);
  expect({ secrets: found([...heard, ...stores], secrets), words: found(heard, words) }).toEqual({
    secrets: [],
    words: [],
  });
}, 60_000);

it('a server that refuses to start says nothing of the secrets that it was given', async () => {
  const world = await startSandbox();
  onTestFinished(() => world.close());
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'shopgraph-secrets-')), 'callers.json');
  onTestFinished(() => {
    rmSync(path.dirname(file), { recursive: true });
  });
  writeFileSync(file, JSON.stringify({ callers: [{ name: keys.otherCallerKey, keySha256: keys.callerKey }] }));
  const { redisPassword, providerKey } = secrets;
  const envs = [
    {
      REDIS_URL: `http://:${encodeURIComponent(redisPassword)}@localhost`,
      WINNINGHUNTER_API_KEY: `${providerKey} ${providerKey}`,
      WINNINGHUNTER_BASE_URL: `https://me:${providerKey}@localhost/?api_key=${providerKey}`,
    },
    { REDIS_URL: `redis://:${redisPassword}@localhost` },
    { REDIS_URL: `redis://:${encodeURIComponent(redisPassword)}@localhost/zero` },
    { CALLERS_FILE: file },
  ];
  for (const env of envs) {
    const said: unknown = await startProcess(world, env as Record<string, string>).catch((error: unknown) => error);
    const text = said instanceof Error ? said.message : '';
    expect(text).toMatch(/did not start: \S/);
    expect(found([{ where: 'the log', text }], secrets)).toEqual([]);
  }
});
