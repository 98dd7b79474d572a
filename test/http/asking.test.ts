/** Guards the door: who has no key gets nothing and costs nothing, and who has one gets what it allows. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashOf } from '../../src/callers.ts';
import { documented } from '../../src/sandbox/world.ts';
import { serve, type Served } from '../serve.ts';

const { shopId } = documented;
const shop = `{ shop(id: "${shopId}") { name rating totals { sales } } }`;

const folder = mkdtempSync(path.join(tmpdir(), 'callers-'));
const CALLERS_FILE = path.join(folder, 'callers.json');
const callers = [
  { name: 'web' },
  { name: 'poor', monthlyCredits: 1 },
  { name: 'eager', ratePerMinute: 2 },
  { name: 'office', scopes: ['credits'], monthlyCredits: 50 },
].map((caller) => ({ ...caller, keySha256: hashOf(caller.name) }));
writeFileSync(CALLERS_FILE, JSON.stringify({ callers }));
const keyOf = (name: string) => ({ 'x-api-key': name });

let served: Served;
beforeAll(async () => {
  served = await serve({ env: { CALLERS_FILE, CORS_ORIGINS: 'https://shop.example' } });
});
afterAll(async () => {
  await served[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

describe('without a key that the server knows', () => {
  it.each([
    ['no key', {}],
    ['another key', keyOf('other')],
    ['another scheme', { authorization: 'Basic web' }],
  ])('(%s) an operation is refused with 401, says how to send one, and asks nothing', async (_what, headers) => {
    const answer = await served.ask(shop, {}, headers);
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    expect(answer.errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED', retryable: false } }]);
    expect(answer.data).toBeUndefined();
    expect(answer.calls).toEqual([]);
  });

  it('a browser may ask beforehand what it may send', async () => {
    const preflight = await fetch(`${served.origin}/graphql`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://shop.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'x-api-key,x-max-credits',
      },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-headers')).toContain('x-api-key');
  });
});

describe('a key', () => {
  it.each([{ authorization: 'Bearer web' }, keyOf('web')])('%j is known, and the viewer told', async (headers) => {
    const { data, calls } = await served.ask('{ viewer { name scopes credits { limit remaining } } }', {}, headers);
    expect(data.viewer).toEqual({ name: 'web', scopes: ['market'], credits: { limit: null, remaining: null } });
    expect(calls).toEqual([]);
  });

  it('without the scope `credits` does not see what the server has left', async () => {
    const { data, errors } = await served.ask('{ providerCredits { used } }', {}, keyOf('web'));
    expect(data.providerCredits).toBeNull();
    expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  });

  it('without the scope `market` gets nothing of it, cached or not, with one error', async () => {
    await served.ask(shop, {}, keyOf('web'));
    const { data, errors, calls } = await served.ask(shop, {}, keyOf('office'));
    expect(data.shop).toEqual({ name: null, rating: null, totals: null });
    expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    expect(calls).toEqual([]);
  });

  it("spends no more than its month's credits, and what is bought already costs it none", async () => {
    await served.ask(shop, {}, keyOf('web'));
    const more = `{ a: suggestions(type: PRODUCT, query: "a") { name } b: suggestions(type: PRODUCT, query: "b") { name }
      shop(id: "${shopId}") { name } viewer { credits { limit } } }`;
    const { data, errors, calls } = await served.ask(more, {}, keyOf('poor'));
    expect(calls).toHaveLength(1);
    expect(data.shop.name).toBe('Glow Beauty Co.');
    expect([data.a, data.b].filter((list) => list === null)).toHaveLength(1);
    expect(errors).toMatchObject([
      { extensions: { code: 'BUDGET_EXHAUSTED', creditsMissing: 1, retryAfterMs: expect.any(Number) } },
    ]);
    const { data: after } = await served.ask('{ viewer { credits { limit used remaining } } }', {}, keyOf('poor'));
    expect(after.viewer.credits).toEqual({ limit: 1, used: 1, remaining: 0 });
  });

  it('that asks too often is refused with 429, and told when to come again', async () => {
    const answers = await Promise.all([1, 2, 3].map(() => served.ask('{ viewer { name } }', {}, keyOf('eager'))));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 429]);
    const refused = answers.find(({ status }) => status === 429)!;
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(refused.errors).toMatchObject([{ extensions: { code: 'RATE_LIMITED', retryable: true } }]);
    expect((await served.ask('{ viewer { name } }', {}, keyOf('web'))).status).toBe(200);
  });
});

describe('the id of a request', () => {
  it('is the one that the client gives, in the answer and in its errors', async () => {
    const { headers, errors } = await served.ask('{ nothing }', {}, { ...keyOf('web'), 'x-request-id': 'trace-7' });
    expect(headers.get('x-request-id')).toBe('trace-7');
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_INPUT', requestId: 'trace-7' } }]);
  });

  it('is made up where the client gives none, or none that a log could hold', async () => {
    for (const given of ['a b', 'x'.repeat(200), '{"level":60}']) {
      const { headers } = await served.ask('{ viewer { name } }', {}, { ...keyOf('web'), 'x-request-id': given });
      expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    }
  });
});

describe('what a request costs', () => {
  it('is told by a field, too, the same as beside the data, however late the calls come in', async () => {
    served.sandbox.set({ latencyMs: 20 });
    const { data, extensions } = await served.ask(
      `{ cost { calls credits { provider credits } avoided { cache coalesced row } stale retries budget { limit remaining missing } }
        shop(id: "${shopId}") { products(first: 4, period: LAST_7_DAYS) { nodes { title rating history { points { sales } } } } } }`,
      {},
      keyOf('web'),
    );
    const { calls, credits, avoided, stale, retries, budget } = extensions!.cost;
    expect(calls).toBe(6);
    expect(data.cost).toEqual({
      ...{ calls, avoided, stale, retries, budget },
      credits: [
        { provider: 'WINNING_HUNTER', credits: credits.WINNING_HUNTER },
        { provider: 'ECHOTIK', credits: credits.ECHOTIK },
      ],
    });
    served.sandbox.set({ latencyMs: 0 });
  });
});

describe('where no key is needed, an operation in a URL', () => {
  let open: Served;
  beforeAll(async () => {
    open = await serve({ env: { CORS_ORIGINS: 'https://shop.example' } });
  });
  afterAll(() => open[Symbol.asyncDispose]());

  /** As a browser asks, of whose headers `fetch` sets some itself. */
  const browse = (q: string, headers: Record<string, string>) =>
    new Promise<number | undefined>((resolve, reject) => {
      const query = `{ suggestions(type: PRODUCT, query: ${JSON.stringify(q)}) { name } }`;
      get(`${open.origin}/graphql?query=${encodeURIComponent(query)}`, { headers }, (response) => {
        response.resume().on('end', () => {
          resolve(response.statusCode);
        });
      }).on('error', reject);
    });
  const picture = { accept: 'image/avif,image/webp,*/*;q=0.8', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' };
  const page = { accept: 'text/html,*/*;q=0.8', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
  const script = { accept: 'application/json', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' };
  const bought = async (q: string, headers: Record<string, string>) => {
    const before = open.sandbox.calls.length;
    const status = await browse(q, headers);
    return { status, calls: open.sandbox.calls.length - before };
  };

  it.each([
    ['a picture on another site', { ...picture, 'sec-fetch-site': 'cross-site' }],
    ['a picture on a neighbouring host', { ...picture, 'sec-fetch-site': 'same-site' }],
    [
      'a script of an origin that is not allowed',
      { ...script, 'sec-fetch-site': 'cross-site', origin: 'https://x.example' },
    ],
  ])('that is %s buys nothing', async (what, headers) => {
    expect(await bought(what, headers)).toEqual({ status: 403, calls: 0 });
  });

  it.each([
    ['asked by a page of our own origin', { ...script, 'sec-fetch-site': 'same-origin' }],
    [
      'asked by a script of an allowed origin',
      { ...script, 'sec-fetch-site': 'cross-site', origin: 'https://shop.example' },
    ],
  ])('that is %s is answered', async (what, headers) => {
    expect(await bought(what, headers)).toEqual({ status: 200, calls: 1 });
  });

  it.each([
    ['a link on another site', { ...page, 'sec-fetch-site': 'cross-site' }],
    ['typed into the address bar', { ...page, 'sec-fetch-site': 'none' }],
  ])('that is %s opens in GraphiQL, where a person runs it', async (what, headers) => {
    expect(await bought(what, headers)).toEqual({ status: 200, calls: 0 });
  });
});
