/** What the graph says of the world, field by field. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { documented, notable } from '../../src/sandbox/world.ts';
import { graphql } from '../client/index.ts';
import { serve, type Served } from '../serve.ts';

const { shopId, productId, creatorId, videoId } = documented;
const money = (amount: string) => ({ amount, currency: null, currencyBasis: null });

let served: Served;
beforeAll(async () => {
  served = await serve({ only: ['winninghunter'] });
});
afterAll(async () => {
  await served[Symbol.asyncDispose]();
});

const ShopFacts = graphql(`
  query ShopFacts($id: ID!) {
    shop(id: $id, region: US) {
      id
      shopId
      region
      name
      logo {
        url
      }
      rating
      productCount
      creatorCount
      totals(period: LAST_30_DAYS) {
        period
        revenue {
          amount
          currency
          currencyBasis
        }
        sales
        averagePrice {
          amount
        }
        conversionRate
      }
    }
  }
`);

const ProductFacts = graphql(`
  query ProductFacts($id: ID!) {
    product(id: $id) {
      productId
      title
      price {
        amount
        currency
        currencyBasis
      }
      rating
      image {
        url
      }
      shop {
        shopId
      }
      profileRevenue {
        amount
      }
      profileSales
      totals {
        period
        revenue {
          amount
        }
        sales
        averagePrice {
          amount
        }
      }
      history {
        period
        points {
          date
          revenue {
            amount
          }
          sales
        }
      }
    }
  }
`);

const CreatorFacts = graphql(`
  query CreatorFacts($id: ID!) {
    creator(id: $id) {
      creatorId
      totals {
        period
        revenue {
          amount
        }
        sales
        videoCount
        followerCount
      }
      products(first: 1) {
        totalCount
        period
        edges {
          rank
          attributedRevenue {
            amount
          }
          attributedSales
          node {
            productId
            title
          }
        }
      }
    }
  }
`);

const VideoFacts = graphql(`
  query VideoFacts($id: ID!) {
    video(id: $id) {
      videoId
      caption
      postedOn
      creator {
        creatorId
      }
      product {
        productId
      }
      metrics {
        period
        views
        likes
        comments
        shares
      }
    }
  }
`);

describe('the documented entities answer with the documented values', () => {
  it('a shop and its totals', async () => {
    const { data, errors } = await served.ask(ShopFacts, { id: shopId });
    expect(errors).toBeUndefined();
    expect(data.shop).toEqual({
      id: Buffer.from(`Shop:US.${shopId}`).toString('base64url'),
      shopId,
      region: 'US',
      name: 'Glow Beauty Co.',
      logo: { url: 'https://cdn.example.com/shops/glow.png' },
      rating: 4.8,
      productCount: 84,
      creatorCount: 312,
      totals: {
        period: 'LAST_30_DAYS',
        revenue: money('1284500'),
        sales: 51380,
        averagePrice: { amount: '24.99' },
        conversionRate: 0.037,
      },
    });
  });

  it('a product, its totals and its history, oldest day first', async () => {
    const { data } = await served.ask(ProductFacts, { id: productId });
    expect(data.product).toMatchObject({
      productId,
      title: 'Vitamin C Brightening Serum',
      price: money('24.9'),
      rating: 4.7,
      image: { url: 'https://cdn.example.com/products/serum.jpg' },
      shop: { shopId },
      profileRevenue: { amount: '312540' },
      profileSales: 12550,
      totals: { period: 'LAST_30_DAYS', revenue: { amount: '312540' }, sales: 12550, averagePrice: { amount: '24.9' } },
    });
    const points = data.product?.history?.points ?? [];
    expect(points).toHaveLength(30);
    expect(points.slice(0, 2)).toEqual([
      { date: '2024-06-01', revenue: { amount: '10840' }, sales: 435 },
      { date: '2024-06-02', revenue: { amount: '11290' }, sales: 452 },
    ]);
  });

  it("a creator: the figures on an edge are the creator's, not the product's", async () => {
    const { data } = await served.ask(CreatorFacts, { id: creatorId });
    expect(data.creator).toEqual({
      creatorId,
      totals: {
        period: 'LAST_30_DAYS',
        revenue: { amount: '84200' },
        sales: 3380,
        videoCount: 47,
        followerCount: 512000,
      },
      products: {
        totalCount: 23,
        period: 'LAST_30_DAYS',
        edges: [
          {
            rank: 1,
            attributedRevenue: { amount: '42100' },
            attributedSales: 1680,
            node: { productId, title: 'Vitamin C Serum' },
          },
        ],
      },
    });
  });

  it('a video and its metrics', async () => {
    const { data } = await served.ask(VideoFacts, { id: videoId });
    expect(data.video).toEqual({
      videoId,
      caption: 'This serum changed my skin',
      postedOn: '2024-05-28',
      creator: { creatorId },
      product: { productId },
      metrics: { period: 'LAST_30_DAYS', views: 1840000, likes: 92400, comments: 3120, shares: 8800 },
    });
  });
});

describe('a fact', () => {
  it('has one value in one operation, wherever it is asked', async () => {
    const { data } = await served.ask(`{
      shop(id: "${shopId}") { products(first: 1) { nodes { title } edges { node { title rating } } } }
      product(id: "${productId}") { title }
      creator(id: "${creatorId}") { products(first: 1) { nodes { title } } }
    }`);
    const titles = JSON.stringify(data).match(/"title":"[^"]*"/g);
    expect(titles).toHaveLength(4);
    expect(new Set(titles).size).toBe(1);
  });

  it('is told by the page of the product where that is bought anyway', async () => {
    const { data } = await served.ask(
      `{ shop(id: "${shopId}") { products(first: 1) { nodes { title } edges { node { rating } } } } }`,
    );
    expect(data.shop.products.nodes).toEqual([{ title: 'Vitamin C Brightening Serum' }]);
  });

  it('is told by the row where nothing better is bought', async () => {
    const { data } = await served.ask(`{ shop(id: "${shopId}") { products(first: 1) { nodes { title } } } }`);
    expect(data.shop.products.nodes).toEqual([{ title: 'Vitamin C Serum' }]);
  });

  it('beyond 32 bits keeps its value', async () => {
    const { data } = await served.ask(`{ video(id: "${notable.mostViewedVideoId}") { metrics { views } } }`);
    expect(data.video.metrics.views).toBe(3_184_000_000);
  });

  it('that a row lacks is bought for that product alone', async () => {
    const { data, calls, errors } = await served.ask(
      `{ shop(id: "${notable.sparseShopId}") { products(first: 50) { nodes { productId price { amount } } } } }`,
    );
    expect(errors).toBeUndefined();
    const details = calls.filter(({ endpoint }) => endpoint === 'productDetail');
    expect(details.length).toBeGreaterThan(0);
    expect(details.length).toBeLessThan(data.shop.products.nodes.length);
    const bought = new Set(details.map(({ params }) => params.id));
    for (const { productId: id, price } of data.shop.products.nodes) if (bought.has(id)) expect(price).not.toBeNull();
  });

  it('that is known and empty is null without an error', async () => {
    const { data, errors } = await served.ask(
      `{ shop(id: "${notable.sparseShopId}") { products(first: 50) { nodes { rating image { url } } } } }`,
    );
    expect(errors).toBeUndefined();
    expect(data.shop.products.nodes.some(({ rating }: { rating: number | null }) => rating === null)).toBe(true);
  });
});

describe('ids of 19 digits', () => {
  it('survive every path, sent by the provider as strings or as bare numbers', async () => {
    for (const numericIds of [false, true]) {
      await using other = await serve({ only: ['winninghunter'], sandbox: { numericIds } });
      const { data } = await other.ask(
        `{ shop(id: "${notable.fiftyProductShopId}") { shopId products(first: 5) { nodes { id productId rating shop { shopId } } } }
           video(id: "${notable.mostViewedVideoId}") { caption creator { creatorId totals { sales } } product { productId title } } }`,
      );
      expect(data.shop.products.nodes[0].productId).toMatch(/^\d{19}$/);
      expect(data.shop.products.nodes[0].shop.shopId).toBe(notable.fiftyProductShopId);
      expect(data.video.product.title).not.toBeNull();
      expect(data.video.creator.totals.sales).not.toBeNull();
      const { id, productId: digits } = data.shop.products.nodes[0];
      const again = await other.ask(`query ($id: ID!) { node(id: $id) { ... on Product { productId title } } }`, {
        id,
      });
      expect(again.data.node.productId).toBe(digits);
      expect(other.sandbox.calls.every(({ params }) => typeof params.id === 'string')).toBe(true);
    }
  });

  it('survive when the client sends them as bare numbers, in the document or in the variables', async () => {
    const digits = notable.fiftyProductShopId;
    const literal = await served.ask(`{ shop(id: ${digits}) { shopId name } }`);
    expect(literal.data.shop).toMatchObject({ shopId: digits, name: expect.any(String) as string });
    const response = await fetch(`${served.origin}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: `{"query":"query ($id: ID!) { shop(id: $id) { shopId } }","variables":{"id":${digits}}}`,
    });
    expect(await response.json()).toMatchObject({ data: { shop: { shopId: digits } } });
  });
});

describe('suggestions', () => {
  it('lead from a name to an id', async () => {
    const { data, calls } = await served.ask(`{ suggestions(type: SHOP, query: "glow beauty") { id name } }`);
    expect(data.suggestions).toContainEqual({ id: shopId, name: 'Glow Beauty Co.' });
    expect(calls).toHaveLength(1);
  });
});
