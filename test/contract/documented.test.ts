/**
 * Guards that what the providers' pages show, works: each documented question goes out as it is shown there, and the reply
 * beside it, byte for byte, is read.
 *
 * Just One API's pages load their example when somebody looks, so they show none: theirs are the question, the parameters and
 * the codes. EchoTik's guide shows nothing of its own data API.
 */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ShopgraphError } from '../../src/errors.ts';
import { parseJson } from '../../src/json.ts';
import { justoneapi } from '../../src/providers/justoneapi/client.ts';
import * as jo from '../../src/providers/justoneapi/contract.ts';
import type { Endpoint, Provider } from '../../src/providers/provider.ts';
import { socialfetch } from '../../src/providers/socialfetch/client.ts';
import * as sf from '../../src/providers/socialfetch/contract.ts';
import { winninghunter } from '../../src/providers/winninghunter/client.ts';
import * as wh from '../../src/providers/winninghunter/contract.ts';
import { decode } from '../../src/upstream/decode.ts';
import { toRequest } from '../../src/upstream/request.ts';
import { fixture } from './fixtures.ts';

const clients: Record<string, Provider> = {
  WINNING_HUNTER: winninghunter({ apiKey: 'WH_API_KEY' }),
  JUST_ONE_API: justoneapi({ token: 'YOUR_API_KEY', frVersion: 'v2', jdVersion: 'v2' }),
  SOCIAL_FETCH: socialfetch({ apiKey: 'YOUR_API_KEY' }),
};

/** What travels for a question: as `curl` would be told, the body with its keys in any order. */
function sent(endpoint: Endpoint, params: object) {
  const request = toRequest({ endpoint, params: endpoint.params.parse(params) });
  const { method, path, query, headers, body } = clients[endpoint.provider]!.authorize(request);
  const search = new URLSearchParams(query).toString();
  return { line: `${method} ${path}${search && '?' + search}`, headers, body: body === null ? null : parseJson(body) };
}

/** A reply as it is shown: its first sixteen hexadecimal digits of SHA-256 tell if somebody has tidied it up. */
const digestOf = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 16);

function read(endpoint: Endpoint, params: object, text: string): unknown {
  const json = parseJson(text);
  clients[endpoint.provider]!.check({ status: 200, headers: {}, text, json }, endpoint);
  return decode({ endpoint, params: endpoint.params.parse(params) }, json);
}

const shop = '7493920192384910';
const product = '1729384756102394';
const creator = '6892301928374615';
const video = '7361029384756102';
const v1 = '/api/v1/tiktok-shop';

describe("WinningHunter's page", () => {
  it.each<[name: keyof typeof wh, params: object, line: string, digest: string, facts: object]>([
    [
      'shopDetail',
      { id: shop, country: 'US' },
      `POST ${v1}/shop-detail`,
      '78fdb22221cf535b',
      {
        name: 'Glow Beauty Co.',
        country: 'US',
        logo: 'https://cdn.example.com/shops/glow.png',
        products_count: 84,
        creators_count: 312,
        rating: 4.8,
      },
    ],
    [
      'shopTotals',
      { id: shop, period: 30 },
      `POST ${v1}/shop-detail/total`,
      '98b83b9e711a4240',
      { revenue: '1284500', sales: 51_380, avg_price: '24.99', conversion_rate: 0.037 },
    ],
    [
      'shopProducts',
      { id: shop, page: 1, limit: 20, period: 30, sort: 'revenue', order: 'desc' },
      `POST ${v1}/shop-detail/product/queryList`,
      '2865ba1a8231b653',
      {
        rows: [{ id: product, title: 'Vitamin C Serum', price: '24.9', revenue: '312540', sales: 12_550 }],
        total: 84,
      },
    ],
    [
      'productDetail',
      { id: product },
      `GET ${v1}/product-detail/${product}`,
      'f5170ef4b73e5103',
      {
        title: 'Vitamin C Brightening Serum',
        shop_id: shop,
        price: '24.9',
        revenue: '312540',
        sales: 12_550,
        rating: 4.7,
        image: 'https://cdn.example.com/products/serum.jpg',
      },
    ],
    [
      'productTotals',
      { id: product, period: 30 },
      `POST ${v1}/product-detail/total`,
      '5b2f9d3c9d5e01dd',
      { revenue: '312540', sales: 12_550, avg_price: '24.9' },
    ],
    [
      'productHistory',
      { id: product, period: 30 },
      `POST ${v1}/product-detail/history`,
      '7b689f40a93daafd',
      [
        { date: '2024-06-01', revenue: '10840', sales: 435 },
        { date: '2024-06-02', revenue: '11290', sales: 452 },
      ],
    ],
    [
      'creatorTotals',
      { id: creator, period: 30 },
      `POST ${v1}/creator-detail/total`,
      'b22a39549f91dd41',
      { revenue: '84200', sales: 3380, videos: 47, followers: 512_000 },
    ],
    [
      'creatorProducts',
      { id: creator, page: 1, limit: 20, period: 30 },
      `POST ${v1}/creator-detail/searchProducts`,
      '564fe7506225f3b0',
      { rows: [{ id: product, title: 'Vitamin C Serum', revenue: '42100', sales: 1680 }], total: 23 },
    ],
    [
      'video',
      { id: video },
      `GET /api/v2/videos/${video}`,
      '9a9dedc1a5a3a06d',
      {
        caption: 'This serum changed my skin',
        creator_id: creator,
        product_id: product,
        posted_at: '2024-05-28',
      },
    ],
    [
      'videoMetrics',
      { id: video, period: 30 },
      `GET /api/v2/videos/${video}/metrics?period=30`,
      'bb00c549b7d4fb46',
      { views: 1_840_000, likes: 92_400, comments: 3120, shares: 8800 },
    ],
  ])('of %s: its question and its reply', (name, params, line, digest, facts) => {
    const question = sent(wh[name], params);
    const isPost = line.startsWith('POST');
    expect(question.line).toBe(line);
    expect(question.headers).toMatchObject({
      'x-api-key': 'WH_API_KEY',
      ...(isPost && { 'content-type': 'application/json' }),
    });
    expect(question.body).toEqual(isPost ? params : null);
    const text = fixture(`winninghunter/${name}`);
    expect(digestOf(text)).toBe(digest);
    expect(read(wh[name], params, text)).toMatchObject(facts);
  });

  it.each([
    ['unauthorized', 401, '9641d56e41cadfe7', 'AUTH_FAILED'],
    ['quota-bare', 429, '5929579bfca35d00', 'QUOTA_EXHAUSTED'],
  ])('of refusals: %s', (name, status, digest, code) => {
    const text = fixture(`winninghunter/refusals/${name}`);
    expect(digestOf(text)).toBe(digest);
    expect(refusalOf(wh.shopDetail, text, status)?.code).toBe(code);
  });
});

describe("SocialFetch's page", () => {
  const url = 'https://www.tiktok.com/shop/store/goli-nutrition/7495794203056835079';
  const asked = `GET /v1/tiktok/shop/products?url=${encodeURIComponent(url)}`;

  it('of the question: a store, the market that is meant where none is said, the next page of the same', () => {
    expect(sent(sf.storeProducts, { url })).toMatchObject({
      line: `${asked}&region=US`,
      headers: { 'x-api-key': 'YOUR_API_KEY' },
      body: null,
    });
    const cursor = 'WzkzNjU0LCIxNzI5NTg5MjU1NzcwMzc4NzU5Il0=';
    expect(sent(sf.storeProducts, { url, cursor, region: 'US' }).line).toBe(
      `${asked}&cursor=${encodeURIComponent(cursor)}&region=US`,
    );
  });

  it.each<[name: string, digest: string, facts: object | null]>([
    [
      'storeProducts',
      '14dcb79a480d38bc',
      {
        lookupStatus: 'found',
        shop: { id: '7495794203056835079', rating: 4.6, soldCount: 3_767_605, reviewCount: 284_185 },
        rows: [
          {
            id: '1729527313880355335',
            price: { currencyCode: 'USD', current: '14.96', original: '24.99' },
            metrics: { sold: 1_283_012, reviews: 93_661, rating: 4.5 },
          },
        ],
        nextCursor: 'WzkzNjU0LCIxNzI5NTg5MjU1NzcwMzc4NzU5Il0=',
      },
    ],
    ['storeProducts-not-found', '95ce67adf861f8e7', null],
    [
      'storeProducts-sparse',
      'cc10e94025d1d204',
      {
        lookupStatus: 'found',
        shop: { id: '7495794203056835079', name: null, rating: null, soldCount: null },
        rows: [{ id: '1732299628898390535', price: { current: '99.98', original: null }, metrics: { sold: 3076 } }],
        nextCursor: null,
      },
    ],
  ])('of the reply: %s', (name, digest, facts) => {
    const text = fixture(`socialfetch/${name}`);
    expect(digestOf(text)).toBe(digest);
    const said = read(sf.storeProducts, { url }, text);
    if (facts === null) expect(said).toBeNull();
    else expect(said).toMatchObject(facts);
  });
});

describe("Just One API's pages", () => {
  it('of the questions, which are shown without an answer', () => {
    const id = '1729587769570529799';
    expect(sent(jo.productDetail, { productId: id, region: 'FR' })).toMatchObject({
      line: `GET /api/tiktok-shop/get-product-detail/v2?productId=${id}&region=FR&token=YOUR_API_KEY`,
      body: null,
    });
    expect(sent(jo.jdItem, { itemId: '100117219515' })).toMatchObject({
      line: 'GET /api/jd/get-item-detail/v2?itemId=100117219515&token=YOUR_API_KEY',
      body: null,
    });
  });

  // As both pages list them, the last on that of JD's V2 alone.
  it.each([
    ['100: Invalid or Inactive Token', 'AUTH_FAILED'],
    ['301: Collection Failed. Please Retry.', 'COLLECTION_FAILED'],
    ['302: Rate Limit Exceeded', 'RATE_LIMITED'],
    ['303: Daily Quota Exceeded', 'QUOTA_EXHAUSTED'],
    ['400: Invalid Parameters', 'BAD_INPUT'],
    ['500: Internal Server Error', 'UPSTREAM_UNAVAILABLE'],
    ['600: Permission Denied', 'FORBIDDEN'],
    ['601: Insufficient Balance', 'QUOTA_EXHAUSTED'],
    ['602: Token Budget Exceeded', 'QUOTA_EXHAUSTED'],
  ])('of the codes: %s', (line, code) => {
    const [number, message] = line.split(': ');
    const text = `{"code":${number!},"message":${JSON.stringify(message)},"data":null}`;
    for (const endpoint of [jo.productDetail, jo.jdItem]) expect(refusalOf(endpoint, text, 200)?.code).toBe(code);
  });

  it('of success: code 0, with an item in the form of the example that V1 once showed', () => {
    const text = fixture('justoneapi/jdItem');
    expect(refusalOf(jo.jdItem, text, 200)).toBeNull();
    expect(read(jo.jdItem, { itemId: '100117219515' }, text)).toMatchObject({
      itemId: '100117219515',
      // Shown as "6??" to whoever is not logged in.
      price: null,
      priceMasked: true,
      listPrice: '1390.00',
      isBook: false,
      categoryIds: ['1316', '1381', '1396'],
      promotions: [{ price: '699.00' }],
    });
  });
});

function refusalOf(endpoint: Endpoint, text: string, status: number): ShopgraphError | null {
  try {
    clients[endpoint.provider]!.check({ status, headers: {}, text, json: parseJson(text) }, endpoint);
    return null;
  } catch (error) {
    if (error instanceof ShopgraphError) return error;
    throw error;
  }
}
