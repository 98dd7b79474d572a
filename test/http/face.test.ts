/** The server as the network sees it: paths, bodies, origins, and what never leaves it. */
import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { documented } from '../../src/sandbox/world.ts';
import { serve, type Served } from '../serve.ts';

let served: Served;
beforeAll(async () => {
  served = await serve({ env: { BODY_LIMIT_BYTES: '2048', CORS_ORIGINS: 'https://shop.example' } });
});
afterAll(async () => {
  await served[Symbol.asyncDispose]();
});

const post = (body: string, headers: Record<string, string> = { 'content-type': 'application/json' }) =>
  fetch(`${served.origin}/graphql`, { method: 'POST', headers, body });
const operation = JSON.stringify({ query: '{ shop(id: 1) { shopId } }' });

describe('a body', () => {
  it('within the limit is read, and answered as JSON', async () => {
    const response = await post(operation);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ data: { shop: { shopId: '1' } } });
  });

  it.each([
    ['announced', { 'content-length': '3000' }],
    ['sent without a length', { 'transfer-encoding': 'chunked' }],
  ])('that is %s beyond the limit is refused, and not read on', async (_what, headers) => {
    const { port } = new URL(served.origin);
    const answer = await new Promise<{ status: number; text: string }>((resolve, reject) => {
      const request = httpRequest(
        { port, path: '/graphql', method: 'POST', headers: { 'content-type': 'application/json', ...headers } },
        (response) => {
          let text = '';
          response.on('data', (chunk: Buffer) => (text += chunk.toString()));
          response.on('end', () => {
            resolve({ status: response.statusCode ?? 0, text });
          });
        },
      );
      request.on('error', reject);
      request.write('x'.repeat(2500));
      // The request is never ended: the answer does not wait for it.
    });
    expect(answer.status).toBe(413);
    expect(JSON.parse(answer.text)).toMatchObject({ errors: [{ extensions: { code: 'LIMIT_EXCEEDED' } }] });
    expect(answer.text).toContain('2048');
  });

  it.each([
    ['not JSON', 'nonsense'],
    ['a list', '[]'],
    ['a string', '"{ shop }"'],
    ['empty', ''],
  ])('that is %s is bad input', async (_what, body) => {
    const response = await post(body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_INPUT' } }] });
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', ''])(
    'of type "%s", which any page may send, is not an operation',
    async (type) => {
      const response = await post(operation, type ? { 'content-type': type } : { 'content-type': ' ' });
      expect(response.status).toBe(415);
      expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_INPUT' } }] });
    },
  );
});

describe('a host header that is none', () => {
  it('is bad input, without a word of how that was found', async () => {
    const { port } = new URL(served.origin);
    const text = await new Promise<string>((resolve, reject) => {
      const request = httpRequest(
        { port, path: '/graphql', method: 'POST', headers: { host: 'a b', 'content-type': 'application/json' } },
        (response) => {
          let body = '';
          response.on('data', (chunk: Buffer) => (body += chunk.toString()));
          response.on('end', () => {
            resolve(`${response.statusCode ?? 0} ${body}`);
          });
        },
      );
      request.on('error', reject);
      request.end(operation);
    });
    expect(text).toMatch(/^400 .*BAD_INPUT/);
    expect(text).not.toContain('Invalid URL');
  });
});

describe('a GET', () => {
  it('answers an operation in the URL', async () => {
    const response = await fetch(`${served.origin}/graphql?query=${encodeURIComponent('{ shop(id: 1) { shopId } }')}`, {
      headers: { accept: 'application/json' },
    });
    expect(await response.json()).toMatchObject({ data: { shop: { shopId: '1' } } });
  });
});

describe('an id in the variables of a GET', () => {
  const get = (variables: string) =>
    fetch(
      `${served.origin}/graphql?query=${encodeURIComponent('query ($id: ID!) { shop(id: $id) { shopId } }')}&variables=${encodeURIComponent(variables)}`,
      { headers: { accept: 'application/json' } },
    );

  it('keeps its digits, quoted or not', async () => {
    for (const id of ['1729527313880355335', '"1729527313880355335"']) {
      expect(await (await get(`{"id":${id}}`)).json()).toMatchObject({
        data: { shop: { shopId: '1729527313880355335' } },
      });
    }
  });

  it('that is not JSON is bad input', async () => {
    const response = await get('{');
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_INPUT' } }] });
  });
});

describe('another origin', () => {
  it('is let in only if it is configured', async () => {
    const from = (origin: string) => post(operation, { 'content-type': 'application/json', origin });
    expect((await from('https://shop.example')).headers.get('access-control-allow-origin')).toBe(
      'https://shop.example',
    );
    expect((await from('https://evil.example')).headers.get('access-control-allow-origin')).not.toBe(
      'https://evil.example',
    );
    await using closed = await serve();
    const answer = await fetch(`${closed.origin}/graphql`, {
      method: 'OPTIONS',
      headers: { origin: 'https://shop.example', 'access-control-request-method': 'POST' },
    });
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('the operations paths', () => {
  it('say that it lives and is ready', async () => {
    expect(await (await fetch(`${served.origin}/health`)).json()).toEqual({ status: 'ok' });
    expect(await (await fetch(`${served.origin}/ready`)).json()).toEqual({ status: 'ready' });
  });

  it('count upstream calls and credits for Prometheus', async () => {
    await served.ask(`{ shop(id: "${documented.shopId}") { name } }`);
    served.sandbox.fail({ fault: 'quota', times: 1 });
    await served.ask(`{ shop(id: "${documented.shopId}") { totals { sales } } }`);
    const text = await (await fetch(`${served.origin}/metrics`)).text();
    expect(text).toContain(
      'shopgraph_upstream_calls_total{provider="WINNING_HUNTER",endpoint="shopDetail",outcome="OK"} 1',
    );
    expect(text).toContain('endpoint="shopTotals",outcome="QUOTA_EXHAUSTED"} 1');
    expect(text).toContain('shopgraph_upstream_credits_total{provider="WINNING_HUNTER"} 1');
    expect(text).toContain('shopgraph_upstream_waiting{provider="WINNING_HUNTER"} 0');
    expect(text).toContain('shopgraph_upstream_breaker{provider="WINNING_HUNTER",state="exhausted"} 1');
  });

  it('show the way at the root, and nothing elsewhere', async () => {
    const root = await fetch(served.origin, { redirect: 'manual' });
    expect([root.status, root.headers.get('location')]).toEqual([302, '/graphql']);
    expect((await fetch(`${served.origin}/admin`)).status).toBe(404);
  });
});

describe('GraphiQL', () => {
  it('comes compressed, and is not sent again to a browser that has it', async () => {
    const ask = (headers: Record<string, string>) =>
      fetch(`${served.origin}/graphql`, { headers: { accept: 'text/html', ...headers } });
    const page = await ask({});
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(page.headers.get('content-encoding')).toBe('gzip');
    expect(await page.text()).toContain('ShopProductsHistory');
    expect((await ask({ 'if-none-match': page.headers.get('etag')! })).status).toBe(304);
  });
});

describe('an error that nobody foresaw', () => {
  it('is told without a word of what it was', async () => {
    let isBroken = true;
    const after = () => {
      if (isBroken) throw new Error('the clock at secret.internal stopped');
      return () => undefined;
    };
    const broken = await serve({ deps: { clock: { now: Date.now, after } } });
    const { data, errors } = await broken.ask(`{ shop(id: "${documented.shopId}") { shopId name } }`);
    isBroken = false;
    await broken[Symbol.asyncDispose]();
    expect(data).toEqual({ shop: { shopId: documented.shopId, name: null } });
    expect(errors).toMatchObject([{ message: 'Unexpected error.', extensions: { code: 'INTERNAL' } }]);
    expect(JSON.stringify(errors)).not.toContain('secret');
  });
});
