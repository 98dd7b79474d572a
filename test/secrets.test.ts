/** Guards what is nobody else's business: keys and passwords are nowhere to be found, and buyers' words in caches alone. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { hashOf } from '../src/callers.ts';
import { startSandbox, type ProviderSlug } from '../src/sandbox/sandbox.ts';
import { documented, makeWorld, notable } from '../src/sandbox/world.ts';
import { echoNames, providers, startEchoing, type Credentials } from './echoing.ts';
import { startProcess, type Process } from './processes.ts';
import { startRedis } from './redis.ts';
import { filesIn, found, keysIn, PIECE_CHARS, spellings, type Heard } from './searching.ts';

const letters = (count: number) => randomBytes(count).toString('base64url').slice(0, count).replace(/[-_]/g, 'x');
const canary = (name: string) => `${name}-${letters(24)}`;
/** With all that somebody writes in another way; of any piece of it, however it is written, enough is random. */
const thorny = () => Array.from('/+=&%!\'()*~"\\<>#?@;,$', (thorn) => letters(4) + thorn).join('') + letters(4);

const keys = {
  callerKey: canary('caller'),
  otherCallerKey: canary('other'),
  wrongKey: canary('wrong'),
};
const credentials: Credentials = {
  winninghunter: thorny(),
  justoneapi: thorny(),
  socialfetch: thorny(),
  username: canary('user@+&'),
  password: `${letters(4)}:${thorny()}`,
};
const { username, ...theirs } = credentials;
const secrets = {
  ...keys,
  ...Object.fromEntries(Object.entries(keys).map(([name, key]) => [`hash of ${name}`, hashOf(key)])),
  ...theirs,
  login: Buffer.from(`${username}:${credentials.password}`).toString('base64'),
  // With what a URL cannot carry as it is.
  redisPassword: `p@ss/w:rd%+${randomBytes(18).toString('base64')}`,
};
/** What buyers look for is theirs; only who made a mistake is told of it. */
const words = { query: canary('query'), cursor: canary('cursor'), store: canary('store') };
/** Longer than what is logged of a provider's words. */
const long = words.query + letters(300);
const mistakes = { mistake: canary('mistake') };

it.each<[string, (secret: string) => string]>([
  ['its beginning', (secret) => `say ${secret.slice(0, PIECE_CHARS)}`],
  ['its end', (secret) => `say ${secret.slice(-PIECE_CHARS)}`],
  ['hex', (secret) => Buffer.from(secret).toString('hex')],
  ...['x', 'xx', 'xxx'].map((before): [string, (secret: string) => string] => [
    `Base64 after ${before}`,
    (secret) => Buffer.from(`${before}${secret}x`).toString('base64'),
  ]),
  ['Base64 of a URL', (secret) => Buffer.from(`user:${secret}`).toString('base64url')],
  ...Object.entries(spellings),
])('the search finds a secret by %s', (_form, hide) => {
  for (const make of [thorny, () => letters(24)]) {
    const hidden = make();
    expect(found([{ where: 'here', text: `.${hide(hidden)}.` }], { hidden })).toEqual(['hidden in here']);
    expect(found([{ where: 'here', text: `.${hide(make())}.` }], { hidden })).toEqual([]);
  }
});

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

/** A world of its own: callers, a Redis, a folder, and providers that repeat what they are told. */
async function setUp() {
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
  const redis = await startRedis({ password: secrets.redisPassword });
  onTestFinished(() => redis[Symbol.asyncDispose]());
  const echoing = await startEchoing(world, credentials);
  const dataDir = path.join(folder, 'data');
  const env = {
    ...{ CALLERS_FILE: callersFile, REDIS_URL: redis.url, DATA_DIR: dataDir, LOG_LEVEL: 'trace' },
    ...{ WINNINGHUNTER_API_KEY: credentials.winninghunter, JUSTONEAPI_TOKEN: credentials.justoneapi },
    // The version of the JD route that answers at once.
    ...{ SOCIALFETCH_API_KEY: credentials.socialfetch, JUSTONEAPI_JD_VERSION: 'v1' },
    ...{ ECHOTIK_USERNAME: username, ECHOTIK_PASSWORD: credentials.password },
    ...ofEach(({ prefix, provider }) => ({
      [`${prefix}_BASE_URL`]: echoing.baseUrlOf(provider),
      [`${prefix}_TIMEOUT_MS`]: '300',
      [`${prefix}_RATE_PER_MINUTE`]: '10000',
    })),
  };
  const stores = async () => [...filesIn(dataDir), ...(await keysIn(redis.url))];
  return { world, redis, echoing, env, stores };
}

const ofEach = (variables: (each: { prefix: string; provider: ProviderSlug }) => Record<string, string>) =>
  Object.assign({}, ...providers.map((provider) => variables({ prefix: provider.toUpperCase(), provider }))) as Record<
    string,
    string
  >;

const web = { 'x-api-key': keys.callerKey };
const kept = ['the rows of answers.sqlite', 'Redis, answer'];

it('keys and passwords are nowhere, and buyers’ words only where answers are kept', async () => {
  const { world, redis, echoing, env, stores } = await setUp();
  await using served = await startProcess(world, env);
  const { heard, get, ask } = ear();
  const lookFor = (q: string, headers: Record<string, string> = web) => ask(served, suggest, { q }, headers);
  const { shopId } = documented;

  expect(await lookFor(words.query)).toBe('200');
  const variables = encodeURIComponent(JSON.stringify({ q: `by URL ${words.query}` }));
  await get(`${served.origin}/graphql?query=${encodeURIComponent(suggest)}&variables=${variables}`, { headers: web });
  expect(await ask(served, products, { id: shopId }, web)).toBe('200');
  expect(await ask(served, products, { id: shopId, after: words.cursor }, web)).toBe('BAD_CURSOR');
  expect(await ask(served, products, { id: mistakes.mistake }, web)).toBe('BAD_INPUT');
  expect(await ask(served, suggest, { q: [mistakes.mistake] }, web)).toBe('BAD_INPUT');
  expect(await ask(served, storefront, { url: `https://shop.example/${mistakes.mistake}` }, web)).toBe('BAD_INPUT');

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
  heard.push({ where: 'the log', text: served.said() });
  const before = await stores();

  await redis.kill();
  await lookFor(`alone ${words.query}`);
  {
    await using other = await startRedis({ port: redis.port, password: canary('another') });
    // Its first trouble is a password that is refused, and is logged.
    await using second = await startProcess(world, env);
    await ask(second, suggest, { q: `second ${words.query}` }, web);
    await expect.poll(() => second.said()).toContain('WRONGPASS');
    heard.push({ where: 'the log', text: second.said() });
    await other.kill();
  }
  await redis.restart();
  await expect.poll(() => served.metric(/^shopgraph_redis_up/), { timeout: 5000 }).toBe(1);
  await lookFor(`together ${words.query}`);
  for (const page of ['metrics', 'health', 'ready', '', keys.wrongKey]) await get(`${served.origin}/${page}`);
  await served.kill('SIGTERM');

  heard.push({ where: 'the log', text: served.said() });
  const all = [...before, ...(await stores())];
  expect(echoing.strangers).toEqual([]);
  expect(found(heard, mistakes)).toEqual(['mistake in answers']);
  // Where answers are kept they are found: so nothing else would be missed there.
  expect(found(all, words)).toEqual(expect.arrayContaining(kept.map((where) => `query in ${where}`)));
  const title = 'Overnight Repair Retinol Night Serum';
  expect(found(all, { title })).toEqual(expect.arrayContaining(kept.map((where) => `title in ${where}`)));
  expect({ secrets: found([...heard, ...all], secrets), words: found(heard, words) }).toEqual({
    secrets: [],
    words: [],
  });
}, 60_000);

const storefront = 'query ($url: URL!) { storefront(url: $url) { soldCount products { nodes { title } } } }';
const creators = 'query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Creator { name } } }';
const rated = 'query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Product { rating reviewCount } } }';
const page = 'query ($id: ID!, $region: Region) { product(id: $id, region: $region) { title description } }';
const jd = 'query ($id: ID!) { jdProduct(id: $id, waitMs: 1500) { ... on JdProduct { title } } }';

const globalId = (type: string, id: string) => Buffer.from(`${type}:${id}`).toString('base64url');
const { shops, products: productsById, creators: creatorsById } = makeWorld();
const [shopIds, productIds, creatorIds] = [shops, productsById, creatorsById].map((all) => [...all.keys()]);

type Question = readonly [document: string, variables: object];
/** Questions that the provider alone can answer, never the same again; in turn, all of its endpoints. */
const questionsTo: Readonly<Record<ProviderSlug, ((nth: number) => Question)[]>> = {
  winninghunter: [
    // A word of it is a word of the question itself, too.
    (nth) => [suggest, { q: `${nth} products ${words.query}` }],
    // No URL can carry it.
    (nth) => [suggest, { q: `${nth} \ud800 ${words.query}` }],
    (nth) => [suggest, { q: `${nth} ${long}` }],
  ],
  justoneapi: [
    (nth) => [page, { id: productIds![nth], region: 'FR' }],
    (nth) => [page, { id: productIds![nth] }],
    (nth) => [jd, { id: String(100_000_000_000 + nth) }],
  ],
  socialfetch: [
    (nth) => [
      storefront,
      { url: `https://www.tiktok.com/shop/store/${words.store}-${nth}/${shopIds![nth % shopIds!.length]!}` },
    ],
  ],
  echotik: [
    (nth) => [creators, { ids: creatorIds!.slice(nth, nth + 2).map((id) => globalId('Creator', id)) }],
    (nth) => [rated, { ids: productIds!.slice(300 + 3 * nth, 303 + 3 * nth).map((id) => globalId('Product', id)) }],
  ],
};

const { productId, creatorId, jdItemId } = documented;
/** What is there, so that it is kept; each with something that its answer says. */
const knownTo: Readonly<Record<ProviderSlug, Question[]>> = {
  winninghunter: [[suggest, { q: 'serum' }]],
  justoneapi: [
    [page, { id: productId, region: 'FR' }],
    [page, { id: notable.frenchProductId }],
    [jd, { id: jdItemId }],
  ],
  socialfetch: [[storefront, { url: notable.storeUrl }]],
  echotik: [
    [creators, { ids: [globalId('Creator', creatorId)] }],
    [rated, { ids: [productId, notable.frenchProductId].map((id) => globalId('Product', id)) }],
  ],
};

it('what a provider repeats of our credentials goes nowhere, whatever it says and however it breaks', async () => {
  const { world, echoing, env, stores } = await setUp();
  await using served = await startProcess(world, env);
  const { heard, get, ask } = ear();
  const askAll = (to: Process, questions: readonly Question[]) =>
    Promise.all(questions.map(([document, variables]) => ask(to, document, variables, web)));

  for (const provider of providers) {
    const well = await askAll(served, knownTo[provider]);
    expect([provider, ...new Set(well)]).toEqual([provider, '200']);
  }
  const codes: string[] = [];
  // One after the other with each provider, which is well in between: none is given up.
  const lane = async (provider: ProviderSlug) => {
    const questions = questionsTo[provider];
    for (const [nth, echo] of echoNames.entries()) {
      echoing.next(provider, echo);
      codes.push(...(await askAll(served, [questions[nth % questions.length]!(nth)])));
    }
  };
  await Promise.all(providers.map(lane));
  expect([...echoing.met].sort()).toEqual(
    providers.flatMap((provider) => echoNames.map((echo) => `${provider} ${echo}`)).sort(),
  );

  const last = (to: Process) =>
    Promise.all(providers.map((provider) => ask(to, ...questionsTo[provider][0]!(echoNames.length), web)));
  // Each is a provider's last word: one process hears the one, another the other.
  echoing.refuseAll('stranger');
  expect(await last(served)).toEqual(providers.map(() => 'AUTH_FAILED'));
  await using second = await startProcess(world, env);
  echoing.refuseAll('exhausted');
  expect(await last(second)).toEqual(providers.map(() => 'QUOTA_EXHAUSTED'));

  // Nobody is there, or somebody who does not speak TLS. Without a Redis, where those last words stand.
  const places = ['http://127.0.0.1:1', echoing.baseUrlOf('echotik').replace('http:', 'https:')];
  const lost = await Promise.all(
    places.map(async (place) => {
      const elsewhere = ofEach(({ prefix }) => ({ [`${prefix}_BASE_URL`]: place }));
      await using process = await startProcess(world, { ...env, ...elsewhere, REDIS_URL: '' });
      expect(await last(process)).toEqual(providers.map(() => 'UPSTREAM_UNAVAILABLE'));
      return process.said();
    }),
  );
  for (const to of [served, second]) {
    await get(`${to.origin}/metrics`);
    await ask(to, '{ providerCredits { provider state } }', {}, web);
    await to.kill('SIGTERM');
  }

  const logs = [served.said(), second.said(), ...lost].map((text) => ({ where: 'the log', text }));
  const all = await stores();
  for (const provider of ['WINNING_HUNTER', 'JUST_ONE_API', 'SOCIAL_FETCH', 'ECHOTIK']) {
    for (const { text } of logs) expect(text).toMatch(`"provider":"${provider}"`);
    // Where answers are kept they are found: so nothing else would be missed there.
    const places = all.filter(({ text }) => text.includes(`${provider} `)).map(({ where }) => where);
    expect(places).toEqual(expect.arrayContaining(kept));
  }
  expect({
    secrets: found([...heard, ...logs, ...all], secrets),
    words: found([...heard, ...logs], words),
    // It is no secret; but whose account it is, is nobody's business either.
    username: found([...logs, ...heard.filter(({ where }) => where === 'headers')], { username }),
    unexpected: codes.filter((code) => code === 'INTERNAL'),
  }).toEqual({ secrets: [], words: [], username: [], unexpected: [] });
}, 60_000);

it('a server that refuses to start says nothing of the secrets that it was given', async () => {
  const world = await startSandbox();
  onTestFinished(() => world.close());
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'shopgraph-secrets-')), 'callers.json');
  onTestFinished(() => {
    rmSync(path.dirname(file), { recursive: true });
  });
  writeFileSync(file, JSON.stringify({ callers: [{ name: keys.otherCallerKey, keySha256: keys.callerKey }] }));
  const { redisPassword } = secrets;
  const { password } = credentials;
  const inUrl = (key: string) => `https://me:${encodeURIComponent(key)}@localhost/?token=${encodeURIComponent(key)}`;
  const envs = [
    {
      REDIS_URL: `http://:${encodeURIComponent(redisPassword)}@localhost`,
      ...{
        WINNINGHUNTER_API_KEY: `${credentials.winninghunter} `.repeat(2),
        JUSTONEAPI_TOKEN: `${credentials.justoneapi}é`,
      },
      ...{ SOCIALFETCH_API_KEY: `${credentials.socialfetch}\t.`, ECHOTIK_PASSWORD: `${password} ${password}` },
      ECHOTIK_USERNAME: `${username}:${password}`,
      ...{ WINNINGHUNTER_BASE_URL: inUrl(credentials.winninghunter), ECHOTIK_BASE_URL: inUrl(password) },
      ...{ JUSTONEAPI_BASE_URL: inUrl(credentials.justoneapi), SOCIALFETCH_BASE_URL: credentials.socialfetch },
      JUSTONEAPI_TIMEOUT_MS: credentials.justoneapi,
    },
    { ECHOTIK_PASSWORD: password },
    { REDIS_URL: `redis://:${redisPassword}@localhost` },
    { REDIS_URL: `redis://:${encodeURIComponent(redisPassword)}@localhost/zero` },
    { CALLERS_FILE: file },
  ];
  for (const env of envs) {
    const said: unknown = await startProcess(world, env as Record<string, string>).catch((error: unknown) => error);
    const text = said instanceof Error ? said.message : '';
    expect(text).toMatch(/did not start: \S/);
    expect(found([{ where: 'the log', text }], { ...secrets, username })).toEqual([]);
  }
}, 60_000);
