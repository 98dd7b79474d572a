/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** How an answer came to this operation. */
export type CacheState =
  /** Another operation was buying it at the same time. */
  | 'COALESCED'
  /** It was bought earlier, and is good still. */
  | 'FRESH'
  /** It came with a list's row. */
  | 'LIST_SEEDED'
  /** It was bought for it. */
  | 'MISS'
  /** It is past its time: asking anew failed, or is under way. */
  | 'STALE';

/** How far back sales figures reach, in whole days up to the last complete one. Other windows do not exist upstream. */
export type Period =
  /** Yesterday. */
  | 'LAST_1_DAY'
  /** The last 7 days. */
  | 'LAST_7_DAYS'
  /** The last 30 days. */
  | 'LAST_30_DAYS'
  /** The last 90 days. */
  | 'LAST_90_DAYS';

/** A third party that is asked. */
export type Provider =
  /** EchoTik: products, creators and videos of TikTok Shop, ten in one call. */
  | 'ECHOTIK'
  /** Just One API: product pages of TikTok Shop and of JD.com. */
  | 'JUST_ONE_API'
  /** SocialFetch: public store pages of TikTok Shop. */
  | 'SOCIAL_FETCH'
  /** WinningHunter: shops, products, creators and videos of TikTok Shop. */
  | 'WINNING_HUNTER';

/** Whether a provider is asked. */
export type ProviderHealth =
  /** It says that our credits are used up: not asked until they return. */
  | 'EXHAUSTED'
  /** It has been failing and is left alone for a while. */
  | 'OPEN_CIRCUIT'
  /** It refused our key: not asked until the server starts anew. */
  | 'REFUSED'
  /** It is asked. */
  | 'UP';

/** A market of TikTok Shop, as an ISO 3166-1 alpha-2 code. */
export type Region =
  /** TikTok Shop in Brazil. */
  | 'BR'
  /** TikTok Shop in Germany. */
  | 'DE'
  /** TikTok Shop in Spain. */
  | 'ES'
  /** TikTok Shop in France. */
  | 'FR'
  /** TikTok Shop in the United Kingdom. */
  | 'GB'
  /** TikTok Shop in Indonesia. */
  | 'ID'
  /** TikTok Shop in Ireland. */
  | 'IE'
  /** TikTok Shop in Italy. */
  | 'IT'
  /** TikTok Shop in Japan. */
  | 'JP'
  /** TikTok Shop in Mexico. */
  | 'MX'
  /** TikTok Shop in Malaysia. */
  | 'MY'
  /** TikTok Shop in the Philippines. */
  | 'PH'
  /** TikTok Shop in Singapore. */
  | 'SG'
  /** TikTok Shop in Thailand. */
  | 'TH'
  /** TikTok Shop in the United States. */
  | 'US'
  /** TikTok Shop in Viet Nam. */
  | 'VN';

/** How a shop's products are sorted. */
export type ShopProductOrder = {
  /** Which end first. */
  direction?: SortDirection;
  /** What to sort by. */
  field?: ShopProductOrderField;
};

/** What a shop's products can be sorted by. */
export type ShopProductOrderField =
  /** The current price. */
  | 'PRICE'
  /** Revenue in the period. */
  | 'REVENUE'
  /** Units sold in the period. */
  | 'SALES';

/** Which end of an order comes first. */
export type SortDirection =
  /** The smallest first. */
  | 'ASC'
  /** The largest first. */
  | 'DESC';

/** How a value came to be known. */
export type ValueBasis =
  /** Derived by this server: a currency from a region, a balance from its own books. Do not settle accounts on it. */
  | 'INFERRED'
  /** The provider sent it. */
  | 'REPORTED';

/** How far back video metrics reach, in whole days. They know no 90 days. */
export type VideoPeriod =
  /** Yesterday. */
  | 'LAST_1_DAY'
  /** The last 7 days. */
  | 'LAST_7_DAYS'
  /** The last 30 days. */
  | 'LAST_30_DAYS';

export type ShopProductsHistoryQueryVariables = Exact<{ [key: string]: never; }>;


export type ShopProductsHistoryQuery = { shop: { name: string | null, rating: number | null, products: { totalCount: number | null, edges: Array<{ rank: number, sales: number | null, revenue: { amount: string } | null, node: { productId: string, title: string | null, price: { amount: string } | null, history: { points: Array<{ date: string, sales: number | null, revenue: { amount: string } | null }> } | null } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } | null } | null };

export type ShopProfileQueryVariables = Exact<{ [key: string]: never; }>;


export type ShopProfileQuery = { shop: { name: string | null, region: Region | null, rating: number | null, productCount: number | null, creatorCount: number | null, logo: { url: string } | null, month: { sales: number | null, conversionRate: number | null, revenue: { amount: string } | null, averagePrice: { amount: string } | null } | null, week: { sales: number | null, revenue: { amount: string } | null } | null, products: { nodes: Array<{ title: string | null, price: { amount: string } | null }> } | null } | null };

export type ProductQueryVariables = Exact<{ [key: string]: never; }>;


export type ProductQuery = { product: { productId: string, title: string | null, rating: number | null, price: { amount: string, currency: string | null } | null, image: { url: string } | null, shop: { shopId: string, name: string | null } | null, totals: { sales: number | null, revenue: { amount: string } | null, averagePrice: { amount: string } | null } | null, history: { points: Array<{ date: string, sales: number | null }> } | null } | null };

export type WhoseWordQueryVariables = Exact<{ [key: string]: never; }>;


export type WhoseWordQuery = { shop: { products: { nodes: Array<{ title: string | null, rating: number | null, reviewCount: number | null, provenance: Array<{ field: string, provider: Provider, fetchedAt: string, cache: CacheState, conflicts: Array<{ provider: Provider, value: string }>, failed: Array<{ provider: Provider, code: string }> }> }> } | null } | null };

export type CreatorQueryVariables = Exact<{ [key: string]: never; }>;


export type CreatorQuery = { creator: { creatorId: string, totals: { sales: number | null, videoCount: number | null, followerCount: number | null, revenue: { amount: string } | null } | null, products: { totalCount: number | null, edges: Array<{ rank: number, attributedSales: number | null, attributedRevenue: { amount: string } | null, node: { productId: string, title: string | null } }> } | null } | null };

export type VideoQueryVariables = Exact<{ [key: string]: never; }>;


export type VideoQuery = { video: { caption: string | null, postedOn: string | null, metrics: { views: number | null, likes: number | null, comments: number | null, shares: number | null } | null, creator: { creatorId: string, totals: { followerCount: number | null, revenue: { amount: string } | null } | null } | null, product: { productId: string } | null } | null };

export type StorefrontPageQueryVariables = Exact<{ [key: string]: never; }>;


export type StorefrontPageQuery = { storefront: { soldCount: number | null, reviewCount: number | null, followerCount: number | null, rating: number | null, products: { asOf: string, edges: Array<{ discountText: string | null, shipFrom: string | null, labels: Array<{ text: string | null }> | null, node: { productId: string } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } | null } | null };

export type JdItemQueryVariables = Exact<{ [key: string]: never; }>;


export type JdItemQuery = { jdProduct:
    | { __typename: 'JdProduct', title: string | null, brand: string | null, priceMasked: boolean | null, price: { amount: string, currency: string | null, currencyBasis: ValueBasis | null } | null, originalPrice: { amount: string } | null, seller: { name: string | null } | null }
    | { __typename: 'LookupFailed', code: string, message: string, retryable: boolean }
    | { __typename: 'LookupPending', submittedAt: string, retryAfterMs: number }
   | null };

export type SuggestionsQueryVariables = Exact<{ [key: string]: never; }>;


export type SuggestionsQuery = { suggestions: Array<{ id: string, name: string | null }> | null };

export type CreditsQueryVariables = Exact<{ [key: string]: never; }>;


export type CreditsQuery = { viewer: { name: string, credits: { used: number, remaining: number | null, resetsAt: string } }, providerCredits: Array<{ provider: Provider, health: ProviderHealth, used: number, reserved: number, remaining: number | null, resetsAt: string }> | null };

export type DeferredQueryVariables = Exact<{ [key: string]: never; }>;


export type DeferredQuery = { shop: { id: string, name: string | null, products: { nodes: Array<{ id: string, title: string | null } & ({ rating: number | null } | { rating?: never }) & ({ reviewCount: number | null } | { reviewCount?: never })> } | null } | null } & ({ jdProduct:
    | { __typename: 'JdProduct', id: string, title: string | null, price: { amount: string, currency: string | null } | null }
    | { __typename: 'LookupFailed', code: string, message: string }
    | { __typename: 'LookupPending' }
   | null } | { jdProduct?: never });

export type JdItemCollectedSubscriptionVariables = Exact<{ [key: string]: never; }>;


export type JdItemCollectedSubscription = { jdProduct:
    | { __typename: 'JdProduct', id: string, title: string | null, price: { amount: string, currency: string | null } | null }
    | { __typename: 'LookupFailed', code: string, message: string }
    | { __typename: 'LookupPending', submittedAt: string, retryAfterMs: number }
   };

export type CostPreviewQueryVariables = Exact<{ [key: string]: never; }>;


export type CostPreviewQuery = { costPreview: { credits: { min: number, max: number }, likely: { calls: number, credits: number }, budget: { limit: number, stops: Array<string> }, fanOuts: Array<{ paths: Array<string>, endpoint: string, calls: number, fields: Array<{ name: string, credits: number }> }> } | null };

export type ProductsOfShopQueryVariables = Exact<{
  shop: string | number;
  first: number;
  after?: string | null | undefined;
}>;


export type ProductsOfShopQuery = { shop: { products: { nodes: Array<{ productId: string }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } | null } | null };

export type ShopFactsQueryVariables = Exact<{
  id: string | number;
}>;


export type ShopFactsQuery = { shop: { id: string, shopId: string, region: Region | null, name: string | null, rating: number | null, productCount: number | null, creatorCount: number | null, logo: { url: string } | null, totals: { period: Period, sales: number | null, conversionRate: number | null, revenue: { amount: string, currency: string | null, currencyBasis: ValueBasis | null } | null, averagePrice: { amount: string } | null } | null } | null };

export type ProductFactsQueryVariables = Exact<{
  id: string | number;
}>;


export type ProductFactsQuery = { product: { productId: string, title: string | null, rating: number | null, profileSales: number | null, price: { amount: string, currency: string | null, currencyBasis: ValueBasis | null } | null, image: { url: string } | null, shop: { shopId: string } | null, profileRevenue: { amount: string } | null, totals: { period: Period, sales: number | null, revenue: { amount: string } | null, averagePrice: { amount: string } | null } | null, history: { period: Period, points: Array<{ date: string, sales: number | null, revenue: { amount: string } | null }> } | null } | null };

export type CreatorFactsQueryVariables = Exact<{
  id: string | number;
}>;


export type CreatorFactsQuery = { creator: { creatorId: string, totals: { period: Period, sales: number | null, videoCount: number | null, followerCount: number | null, revenue: { amount: string } | null } | null, products: { totalCount: number | null, period: Period, edges: Array<{ rank: number, attributedSales: number | null, attributedRevenue: { amount: string } | null, node: { productId: string, title: string | null } }> } | null } | null };

export type VideoFactsQueryVariables = Exact<{
  id: string | number;
}>;


export type VideoFactsQuery = { video: { videoId: string, caption: string | null, postedOn: string | null, creator: { creatorId: string } | null, product: { productId: string } | null, metrics: { period: VideoPeriod, views: number | null, likes: number | null, comments: number | null, shares: number | null } | null } | null };

export type ShopPageQueryVariables = Exact<{
  id: string | number;
  first: number;
  after?: string | null | undefined;
  period: Period;
  order: ShopProductOrder;
}>;


export type ShopPageQuery = { shop: { products: { totalCount: number | null, edges: Array<{ cursor: string, rank: number, sales: number | null, node: { productId: string } }>, pageInfo: { hasNextPage: boolean, hasPreviousPage: boolean, startCursor: string | null, endCursor: string | null } } | null } | null };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}

export const ShopProductsHistoryDocument = new TypedDocumentString(`
    query ShopProductsHistory {
  shop(id: "7493920192384910") {
    name
    rating
    products(first: 20, period: LAST_30_DAYS) {
      totalCount
      edges {
        rank
        revenue {
          amount
        }
        sales
        node {
          productId
          title
          price {
            amount
          }
          history(period: LAST_30_DAYS) {
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
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
}
    `) as unknown as TypedDocumentString<ShopProductsHistoryQuery, ShopProductsHistoryQueryVariables>;
export const ShopProfileDocument = new TypedDocumentString(`
    query ShopProfile {
  shop(id: "7493920192384910", region: US) {
    name
    region
    logo {
      url
    }
    rating
    productCount
    creatorCount
    month: totals(period: LAST_30_DAYS) {
      revenue {
        amount
      }
      sales
      averagePrice {
        amount
      }
      conversionRate
    }
    week: totals(period: LAST_7_DAYS) {
      revenue {
        amount
      }
      sales
    }
    products(first: 5, orderBy: {field: PRICE, direction: DESC}) {
      nodes {
        title
        price {
          amount
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<ShopProfileQuery, ShopProfileQueryVariables>;
export const ProductDocument = new TypedDocumentString(`
    query Product {
  product(id: "1729384756102394") {
    productId
    title
    price {
      amount
      currency
    }
    rating
    image {
      url
    }
    shop {
      shopId
      name
    }
    totals(period: LAST_30_DAYS) {
      revenue {
        amount
      }
      sales
      averagePrice {
        amount
      }
    }
    history(period: LAST_7_DAYS) {
      points {
        date
        sales
      }
    }
  }
}
    `) as unknown as TypedDocumentString<ProductQuery, ProductQueryVariables>;
export const WhoseWordDocument = new TypedDocumentString(`
    query WhoseWord {
  shop(id: "7493920192384910") {
    products(first: 20) {
      nodes {
        title
        rating
        reviewCount
        provenance {
          field
          provider
          fetchedAt
          cache
          conflicts {
            provider
            value
          }
          failed {
            provider
            code
          }
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<WhoseWordQuery, WhoseWordQueryVariables>;
export const CreatorDocument = new TypedDocumentString(`
    query Creator {
  creator(id: "6892301928374615") {
    creatorId
    totals {
      revenue {
        amount
      }
      sales
      videoCount
      followerCount
    }
    products(first: 10) {
      totalCount
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
    `) as unknown as TypedDocumentString<CreatorQuery, CreatorQueryVariables>;
export const VideoDocument = new TypedDocumentString(`
    query Video {
  video(id: "7361029384756102") {
    caption
    postedOn
    metrics(period: LAST_30_DAYS) {
      views
      likes
      comments
      shares
    }
    creator {
      creatorId
      totals {
        revenue {
          amount
        }
        followerCount
      }
    }
    product {
      productId
    }
  }
}
    `) as unknown as TypedDocumentString<VideoQuery, VideoQueryVariables>;
export const StorefrontPageDocument = new TypedDocumentString(`
    query StorefrontPage {
  storefront(
    url: "https://www.tiktok.com/shop/store/glow-beauty-co/7493920192384910"
  ) {
    soldCount
    reviewCount
    followerCount
    rating
    products(first: 10) {
      edges {
        labels {
          text
        }
        discountText
        shipFrom
        node {
          productId
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
      asOf
    }
  }
}
    `) as unknown as TypedDocumentString<StorefrontPageQuery, StorefrontPageQueryVariables>;
export const JdItemDocument = new TypedDocumentString(`
    query JdItem {
  jdProduct(id: "100117219515", waitMs: 20000) {
    __typename
    ... on JdProduct {
      title
      brand
      price {
        amount
        currency
        currencyBasis
      }
      priceMasked
      originalPrice {
        amount
      }
      seller {
        name
      }
    }
    ... on LookupPending {
      submittedAt
      retryAfterMs
    }
    ... on LookupFailed {
      code
      message
      retryable
    }
  }
}
    `) as unknown as TypedDocumentString<JdItemQuery, JdItemQueryVariables>;
export const SuggestionsDocument = new TypedDocumentString(`
    query Suggestions {
  suggestions(type: SHOP, query: "glow", first: 5) {
    id
    name
  }
}
    `) as unknown as TypedDocumentString<SuggestionsQuery, SuggestionsQueryVariables>;
export const CreditsDocument = new TypedDocumentString(`
    query Credits {
  viewer {
    name
    credits {
      used
      remaining
      resetsAt
    }
  }
  providerCredits {
    provider
    health
    used
    reserved
    remaining
    resetsAt
  }
}
    `) as unknown as TypedDocumentString<CreditsQuery, CreditsQueryVariables>;
export const DeferredDocument = new TypedDocumentString(`
    query Deferred {
  shop(id: "7493920192384910") {
    id
    name
    products(first: 3) {
      nodes {
        id
        title
        ... @defer(label: "ratings") {
          rating
          reviewCount
        }
      }
    }
  }
  ... @defer(label: "jd") {
    jdProduct(id: "100117219515", waitMs: 20000) {
      __typename
      ... on JdProduct {
        id
        title
        price {
          amount
          currency
        }
      }
      ... on LookupFailed {
        code
        message
      }
    }
  }
}
    `) as unknown as TypedDocumentString<DeferredQuery, DeferredQueryVariables>;
export const JdItemCollectedDocument = new TypedDocumentString(`
    subscription JdItemCollected {
  jdProduct(id: "100117219515") {
    __typename
    ... on LookupPending {
      submittedAt
      retryAfterMs
    }
    ... on JdProduct {
      id
      title
      price {
        amount
        currency
      }
    }
    ... on LookupFailed {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<JdItemCollectedSubscription, JdItemCollectedSubscriptionVariables>;
export const CostPreviewDocument = new TypedDocumentString(`
    query CostPreview {
  costPreview(
    document: """
    {
      shop(id: "7493920192384910") {
        products(first: 20) {
          nodes {
            title
            rating
            history(period: LAST_30_DAYS) {
              points {
                date
                revenue {
                  amount
                }
              }
            }
          }
        }
      }
    }
    """
  ) {
    credits {
      min
      max
    }
    likely {
      calls
      credits
    }
    budget {
      limit
      stops
    }
    fanOuts {
      paths
      endpoint
      calls
      fields {
        name
        credits
      }
    }
  }
}
    `) as unknown as TypedDocumentString<CostPreviewQuery, CostPreviewQueryVariables>;
export const ProductsOfShopDocument = new TypedDocumentString(`
    query ProductsOfShop($shop: ID!, $first: Int!, $after: String) {
  shop(id: $shop) {
    products(first: $first, after: $after, orderBy: {field: SALES}) {
      nodes {
        productId
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
}
    `) as unknown as TypedDocumentString<ProductsOfShopQuery, ProductsOfShopQueryVariables>;
export const ShopFactsDocument = new TypedDocumentString(`
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
    `) as unknown as TypedDocumentString<ShopFactsQuery, ShopFactsQueryVariables>;
export const ProductFactsDocument = new TypedDocumentString(`
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
    `) as unknown as TypedDocumentString<ProductFactsQuery, ProductFactsQueryVariables>;
export const CreatorFactsDocument = new TypedDocumentString(`
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
    `) as unknown as TypedDocumentString<CreatorFactsQuery, CreatorFactsQueryVariables>;
export const VideoFactsDocument = new TypedDocumentString(`
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
    `) as unknown as TypedDocumentString<VideoFactsQuery, VideoFactsQueryVariables>;
export const ShopPageDocument = new TypedDocumentString(`
    query ShopPage($id: ID!, $first: Int!, $after: String, $period: Period!, $order: ShopProductOrder!) {
  shop(id: $id) {
    products(first: $first, after: $after, period: $period, orderBy: $order) {
      totalCount
      edges {
        cursor
        rank
        sales
        node {
          productId
        }
      }
      pageInfo {
        hasNextPage
        hasPreviousPage
        startCursor
        endCursor
      }
    }
  }
}
    `) as unknown as TypedDocumentString<ShopPageQuery, ShopPageQueryVariables>;