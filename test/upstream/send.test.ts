/** Guards the wire: a question leaves as the provider wants it, and whatever comes back is an answer or one clear failure. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { Readable, pipeline as flow } from 'node:stream';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Endpoint, ParamsOf } from '../../src/providers/provider.ts';
import {
  creatorTotals,
  productDetail,
  shopDetail,
  shopTotals,
  suggestions,
  video,
  videoMetrics,
} from '../../src/providers/winninghunter/contract.ts';
import { winninghunter } from '../../src/providers/winninghunter/client.ts';
import { startSandbox, type FaultName } from '../../src/sandbox/sandbox.ts';
import { documented } from '../../src/sandbox/world.ts';
import type { Call } from '../../src/upstream/pipeline.ts';
import { send } from '../../src/upstream/send.ts';
import { aCall, anEndpoint, failureOf } from './calls.ts';
import { fakeClock, settled } from './clock.ts';
import { apiKey, nobody, provider, says, saysData, senderTo } from './world.ts';

/** 19 digits, as live ids have: a double would end it in 328. */
const longId = '1729527313880355335';

const asking = <E extends Endpoint>(endpoint: E, params: ParamsOf<E>): Call => ({
  ...aCall('a', endpoint),
  params: endpoint.params.parse(params),
});

const parsed = (text: string | undefined): unknown => JSON.parse(text ?? '');

describe('a question on its way', () => {
  it('as POST: the path of the contract, the params as a JSON body, the key in a header, nothing in the query', async () => {
    const { origin, received } = await provider(saysData({ revenue: 1 }));
    await senderTo(origin).ask(asking(shopTotals, { id: longId, period: 30 }));
    expect(received).toMatchObject([{ method: 'POST', url: '/api/v1/tiktok-shop/shop-detail/total' }]);
    expect(received[0]?.headers).toMatchObject({
      'x-api-key': apiKey,
      'content-type': 'application/json',
      accept: 'application/json',
    });
    expect(parsed(received[0]?.body)).toEqual({ id: longId, period: 30 });
  });

  it('an id of 19 digits travels as a string of these digits, though it came without quotes', async () => {
    const { origin, received } = await provider(saysData({ name: 'a shop' }));
    await senderTo(origin).ask(asking(shopDetail, { id: longId }));
    expect(received[0]?.body).toBe(`{"id":"${longId}"}`);
  });

  it('as GET: the id in the path, the rest in the query, no body', async () => {
    const { origin, received } = await provider(saysData({ views: 1 }));
    await senderTo(origin).ask(asking(videoMetrics, { id: longId, period: 7 }));
    expect(received).toMatchObject([
      { method: 'GET', url: `/api/v2/videos/${longId}/metrics?period=7`, body: '', headers: { 'x-api-key': apiKey } },
    ]);
  });

  it('a value cannot leave its place in the path', async () => {
    const { origin, received } = await provider(saysData({}));
    const endpoint = anEndpoint({ path: '/things/{id}/parts' });
    await senderTo(origin).ask({ ...aCall('a', endpoint), params: { id: '../../admin?x=1#é %2F' } });
    expect(received[0]?.url).toBe('/things/..%2F..%2Fadmin%3Fx%3D1%23%C3%A9%20%252F/parts');
  });

  it('a value cannot leave its place in the query', async () => {
    const { origin, received } = await provider(says('{"success":true,"suggestions":[]}'));
    const q = 'a&limit=1#é +%26=?';
    await senderTo(origin).ask(asking(suggestions, { type: 'shops', q, limit: 20 }));
    const { pathname, searchParams } = new URL(received[0]?.url ?? '', origin);
    expect(pathname).toBe('/api/v1/tiktok-shop/suggestions');
    expect(Object.fromEntries(searchParams)).toEqual({ type: 'shops', q, limit: '20' });
  });

  it('a param that is undefined is not sent, neither in a query nor in a body', async () => {
    const { origin, received } = await provider(says('{"success":true,"suggestions":[],"data":{"name":"a"}}'));
    const sender = senderTo(origin);
    await sender.ask(asking(shopDetail, { id: '1', country: undefined }));
    await sender.ask(asking(suggestions, { type: 'shops', q: 'a', limit: 20, country: undefined }));
    expect(received.map(({ url, body }) => url + body)).toEqual([
      '/api/v1/tiktok-shop/shop-detail{"id":"1"}',
      '/api/v1/tiktok-shop/suggestions?type=shops&q=a&limit=20',
    ]);
  });

  it.each(['/winninghunter', '/winninghunter/', '/a/b'])('a base URL may have a path: %s', async (prefix) => {
    const { origin, received } = await provider(saysData({ title: 'a product' }));
    await senderTo(origin + prefix).ask(asking(productDetail, { id: '5' }));
    expect(received[0]?.url).toBe(`${prefix.replace(/\/$/, '')}/api/v1/tiktok-shop/product-detail/5`);
  });

  it('calls one after the other share one connection', async () => {
    const { origin, received, sockets } = await provider(saysData({ title: 'a product' }));
    const sender = senderTo(origin);
    for (let nth = 0; nth < 5; nth++) {
      await sender.ask(asking(productDetail, { id: String(nth) }));
      await settled(); // A connection is free again a moment after its answer.
    }
    expect(received.length).toBe(5);
    expect(sockets.length).toBe(1);
  });

  it('a provider without a wire is our own mistake, told without a call', async () => {
    const sender = send({ wires: [], clock: fakeClock() });
    expect((await failureOf(sender.ask(asking(productDetail, { id: '5' })))).code).toBe('INTERNAL');
  });
});

describe('an answer', () => {
  it('is decoded by the contract, digits kept, with the time at which it came', async () => {
    const { origin } = await provider(
      says(`{"success":true,"data":{"id":${longId},"shop_id":${longId},"price":24.90,"sales":3184000000}}`),
    );
    const answer = await senderTo(origin).ask(asking(productDetail, { id: longId }));
    expect(answer.text).toContain('24.90');
    expect(answer).toMatchObject({
      data: { shop_id: longId, price: '24.90', sales: 3_184_000_000 },
      fetchedAt: fakeClock().now(),
      bytes: 113,
    });
  });

  it('without anything in it says that the id is unknown', async () => {
    const { origin } = await provider(saysData(null));
    expect((await senderTo(origin).ask(asking(productDetail, { id: '5' }))).data).toBeNull();
  });

  it('of many pieces, whose cuts fall within characters, is read whole', async () => {
    const title = 'x💧é'.repeat(200_000);
    const { origin } = await provider(saysData({ title }));
    const { data } = await senderTo(origin).ask(asking(productDetail, { id: '5' }));
    expect(isDeepStrictEqual(data, { title })).toBe(true);
  });
});

describe('a reply for another question is refused, and counted as charged', () => {
  const cases: { what: string; call: Call; data: object; reason: string }[] = [
    {
      what: 'another shop',
      call: asking(shopDetail, { id: longId }),
      data: { id: '1729527313880355328', name: 'not the one' },
      reason: 'reply is for another id',
    },
    {
      what: 'another product',
      call: asking(productDetail, { id: longId }),
      data: { id: '2', title: 'not the one' },
      reason: 'reply is for another id',
    },
    {
      what: 'another video',
      call: asking(video, { id: longId }),
      data: { id: '2', caption: 'not the one' },
      reason: 'reply is for another id',
    },
    {
      what: 'another period of a shop',
      call: asking(shopTotals, { id: longId, period: 7 }),
      data: { revenue: 1, period: 30 },
      reason: 'reply is for another period',
    },
    {
      what: 'another period of a creator',
      call: asking(creatorTotals, { id: longId, period: 90 }),
      data: { revenue: 1, period: '30' },
      reason: 'reply is for another period',
    },
    {
      what: 'another period of a video',
      call: asking(videoMetrics, { id: longId, period: 1 }),
      data: { views: 1, period: 30 },
      reason: 'reply is for another period',
    },
  ];
  it.each(cases)('$what', async ({ call, data, reason }) => {
    const { origin } = await provider(saysData(data));
    const { code, details } = await failureOf(senderTo(origin).ask(call));
    expect(code).toBe('UPSTREAM_BAD_DATA');
    expect(details).toMatchObject({ reason, creditsCharged: 1, endpoint: call.endpoint.name });
  });

  it.each([
    ['a string', '{"id":"5","period":"7","revenue":1}'],
    ['a bare number', '{"id":5,"period":7,"revenue":1}'],
    ['a number with a fraction of nothing', '{"period":7.0,"revenue":1}'],
    ['null', '{"id":null,"period":null,"revenue":1}'],
    ['nothing', '{"revenue":1}'],
  ])('but not one that repeats the question as %s', async (_, data) => {
    const { origin } = await provider(says(`{"success":true,"data":${data}}`));
    const answer = await senderTo(origin).ask(asking(shopTotals, { id: '5', period: 7 }));
    expect(answer.data).toEqual({ revenue: '1' });
  });
});

describe('no answer', () => {
  it('a provider that says nothing is a timeout, possibly charged', async () => {
    const { origin } = await provider(() => undefined);
    const { code, details } = await failureOf(
      senderTo(origin, { timeoutMs: 60 }).ask(asking(productDetail, { id: '5' })),
    );
    expect(code).toBe('UPSTREAM_TIMEOUT');
    expect(details).toMatchObject({ provider: 'WINNING_HUNTER', endpoint: 'productDetail', creditsCharged: 1 });
  });

  it('a provider that stops in the middle of its answer is a timeout too', async () => {
    const { origin } = await provider((response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).write('{"success":true,');
    });
    const { code, details } = await failureOf(
      senderTo(origin, { timeoutMs: 60 }).ask(asking(productDetail, { id: '5' })),
    );
    expect(code).toBe('UPSTREAM_TIMEOUT');
    expect(details.creditsCharged).toBe(1);
  });

  it('a connection that nobody accepts: unavailable, at no charge', async () => {
    const { code, details } = await failureOf(senderTo(await nobody()).ask(asking(productDetail, { id: '5' })));
    expect(code).toBe('UPSTREAM_UNAVAILABLE');
    expect(details).toMatchObject({ creditsCharged: 0, reason: 'ECONNREFUSED', endpoint: 'productDetail' });
  });

  it('a connection whose encryption fails never carried the request: unavailable, at no charge', async () => {
    const { origin, received } = await provider(saysData({}));
    const { code, details } = await failureOf(
      senderTo(origin.replace('http:', 'https:')).ask(asking(productDetail, { id: '5' })),
    );
    expect(received).toEqual([]);
    expect(code).toBe('UPSTREAM_UNAVAILABLE');
    expect(details.creditsCharged).toBe(0);
  });

  it.each([
    ['closed', (socket: Socket) => socket.destroy()],
    ['reset', (socket: Socket) => socket.resetAndDestroy()],
  ])('a connection that is %s before any header: unavailable, possibly charged', async (_, cut) => {
    const { origin } = await provider((_response, { socket }) => {
      cut(socket);
    });
    const { code, details } = await failureOf(senderTo(origin).ask(asking(productDetail, { id: '5' })));
    expect(code).toBe('UPSTREAM_UNAVAILABLE');
    expect(details.creditsCharged).toBe(1);
  });

  it('a connection that is cut within the answer: unavailable, possibly charged, and the half is not used', async () => {
    const { origin } = await provider((response, { socket }) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('{"success":true,"data":{"title":"half"}}', () => void socket.destroy());
    });
    const { code, details } = await failureOf(senderTo(origin).ask(asking(productDetail, { id: '5' })));
    expect(code).toBe('UPSTREAM_UNAVAILABLE');
    expect(details.creditsCharged).toBe(1);
  });

  it('the next call after a broken one goes through', async () => {
    let nth = 0;
    const { origin } = await provider((response, request) => {
      if (nth++ === 0) request.socket.destroy();
      else saysData({ title: 'here again' })(response, request);
    });
    const sender = senderTo(origin);
    await failureOf(sender.ask(asking(productDetail, { id: '5' })));
    expect((await sender.ask(asking(productDetail, { id: '5' }))).data).toEqual({ title: 'here again' });
  });
});

describe('a reply that is no answer', () => {
  it('an endless body is cut: not read to its end, not kept, and the connection is given up', async () => {
    const chunk = Buffer.alloc(64 * 1024, 'x');
    let written = 0;
    let cut: Promise<unknown> = Promise.reject(new Error('never asked'));
    cut.catch(() => undefined);
    const { origin } = await provider((response) => {
      function* endless() {
        for (;;) {
          written += chunk.length;
          yield chunk;
        }
      }
      cut = once(response, 'close');
      flow(Readable.from(endless()), response, () => undefined);
    });
    const { code, details } = await failureOf(senderTo(origin).ask(asking(productDetail, { id: '5' })));
    await cut;
    expect(code).toBe('UPSTREAM_BAD_DATA');
    expect(details).toMatchObject({ reason: 'reply too large', creditsCharged: 1, endpoint: 'productDetail' });
    expect(written).toBeLessThan(32 * 1024 * 1024);
  });

  it('a large body below the bound is an answer', async () => {
    const title = 'x'.repeat(7 * 1024 * 1024);
    const { origin } = await provider(saysData({ title }));
    const { data } = await senderTo(origin).ask(asking(productDetail, { id: '5' }));
    expect(isDeepStrictEqual(data, { title })).toBe(true);
  });

  it('a redirect is not followed, so that the key goes nowhere else', async () => {
    const elsewhere = await provider(saysData({ title: 'a trap' }));
    const { origin } = await provider(says('', { status: 302, location: `${elsewhere.origin}/trap` }));
    const { code } = await failureOf(senderTo(origin).ask(asking(productDetail, { id: '5' })));
    expect(code).toBe('UPSTREAM_BAD_DATA');
    expect(elsewhere.received).toEqual([]);
  });

  it('of a wrong shape says where it differs, never what stood there', async () => {
    const { origin } = await provider(saysData({ title: 'fine', price: { secret: 'words of theirs' } }));
    const error = await failureOf(senderTo(origin).ask(asking(productDetail, { id: '5' })));
    expect(error.code).toBe('UPSTREAM_BAD_DATA');
    expect(error.details).toMatchObject({ creditsCharged: 1, provider: 'WINNING_HUNTER', endpoint: 'productDetail' });
    expect(error.details.reason).toMatch(/ at data/);
    expect(error.details.reason).not.toMatch(/secret|words of theirs/);
  });

  it.each<[FaultName, string, number]>([
    ['unauthorized', 'AUTH_FAILED', 0],
    ['plan', 'FORBIDDEN', 0],
    ['insufficient-credits', 'QUOTA_EXHAUSTED', 0],
    ['rate-limit', 'RATE_LIMITED', 0],
    ['quota', 'QUOTA_EXHAUSTED', 0],
    ['quota-bare', 'QUOTA_EXHAUSTED', 0],
    ['server-error', 'UPSTREAM_UNAVAILABLE', 0],
    ['bad-gateway', 'UPSTREAM_UNAVAILABLE', 0],
    ['upgrade', 'FORBIDDEN', 1],
    ['refused', 'UPSTREAM_BAD_DATA', 1],
    ['unknown-path', 'UPSTREAM_BAD_DATA', 1],
    ['html-404', 'UPSTREAM_BAD_DATA', 1],
    ['redirect', 'UPSTREAM_BAD_DATA', 1],
    ['not-json', 'UPSTREAM_BAD_DATA', 1],
    ['wrong-shape', 'UPSTREAM_BAD_DATA', 1],
    ['other-id', 'UPSTREAM_BAD_DATA', 1],
    ['huge', 'UPSTREAM_BAD_DATA', 1],
    ['drop', 'UPSTREAM_UNAVAILABLE', 1],
  ])(
    'the fault %s of a real server is one %s, counted as %i credits, never fewer than were charged',
    async (fault, code, credits) => {
      const sandbox = await startSandbox();
      const { baseUrl, apiKey: theirKey } = sandbox.winninghunter;
      onTestFinished(sandbox.close);
      sandbox.fail({ fault });
      const sender = senderTo(baseUrl, { provider: winninghunter({ apiKey: theirKey }) });
      const error = await failureOf(sender.ask(asking(productDetail, { id: documented.productId })));
      expect(error.code).toBe(code);
      expect(error.extensions).toMatchObject({ provider: 'WINNING_HUNTER', endpoint: 'productDetail' });
      expect(error.details.creditsCharged).toBe(credits);
      expect(sandbox.credits()).toBeLessThanOrEqual(credits);
      expect(sandbox.calls.map(({ endpoint }) => endpoint)).toEqual(['productDetail']);
    },
  );

  it('without data fails for an endpoint that does not need `data` either', async () => {
    const { origin } = await provider(says('{"success":true}'));
    expect((await failureOf(senderTo(origin).ask(asking(suggestions, { type: 'shops', q: 'a', limit: 1 })))).code).toBe(
      'UPSTREAM_BAD_DATA',
    );
  });
});

describe('closing', () => {
  it('frees the connections that are kept alive', async () => {
    const { origin, sockets } = await provider(saysData({ title: 'a product' }));
    const sender = senderTo(origin);
    await sender.ask(asking(productDetail, { id: '5' }));
    const closed = sockets.map((socket) => once(socket, 'close'));
    expect(closed.length).toBe(1);
    await sender.close();
    await Promise.all(closed);
  });

  it('ends what is under way with a failure that we foresaw, and lets nothing hang', async () => {
    const arrived = Promise.withResolvers<undefined>();
    const { origin, sockets } = await provider(() => {
      arrived.resolve(undefined);
    });
    const sender = senderTo(origin);
    const failure = failureOf(sender.ask(asking(productDetail, { id: '5' })));
    await arrived.promise;
    const closed = sockets.map((socket) => once(socket, 'close'));
    await sender.close();
    expect((await failure).code).toBe('UPSTREAM_UNAVAILABLE');
    await Promise.all(closed);
  });
});

describe("a provider's words", () => {
  const piecesOf = (word: string) => Array.from({ length: word.length - 9 }, (_, from) => word.slice(from, from + 10));

  it.each([1, 100, 150, 180, 190, 195, 199, 250])(
    'are told to the log cut short, without our key and without what was asked, nor a piece of them (at %i)',
    async (offset) => {
      const asked = 'the buyer of Elm Street 7';
      const words = `${'.'.repeat(offset)} ${asked} ${encodeURIComponent(asked)} ${apiKey} ${'x'.repeat(100_000)}`;
      for (const body of [words, JSON.stringify({ success: false, error: words })]) {
        const { origin } = await provider(says(body, { status: 502 }));
        const question = asking(suggestions, { type: 'shops', q: asked, limit: 20 });
        const { reason = '' } = (await failureOf(senderTo(origin).ask(question))).details;
        expect(reason).toMatch(/^HTTP 502 \./);
        expect(reason.length).toBeLessThanOrEqual(200);
        for (const piece of [...piecesOf(apiKey), ...piecesOf(asked)]) expect(reason).not.toContain(piece);
      }
    },
  );

  it('that repeat our key in an answer are kept and told without it', async () => {
    const { origin } = await provider(saysData({ name: `made with ${apiKey}` }));
    const { data, text } = await senderTo(origin).ask({ ...aCall('a'), endpoint: anEndpoint() });
    expect(JSON.stringify(data) + text!).not.toContain(apiKey);
    expect(text).toContain('made with [removed]');
  });
});
