/* eslint-disable */
import * as types from './graphql.ts';



/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "query ShopProductsHistory {\n  shop(id: \"7493920192384910\") {\n    name\n    rating\n    products(first: 20, period: LAST_30_DAYS) {\n      totalCount\n      edges {\n        rank\n        revenue {\n          amount\n        }\n        sales\n        node {\n          productId\n          title\n          price {\n            amount\n          }\n          history(period: LAST_30_DAYS) {\n            points {\n              date\n              revenue {\n                amount\n              }\n              sales\n            }\n          }\n        }\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n  }\n}": typeof types.ShopProductsHistoryDocument,
    "query ShopProfile {\n  shop(id: \"7493920192384910\", region: US) {\n    name\n    region\n    logo {\n      url\n    }\n    rating\n    productCount\n    creatorCount\n    month: totals(period: LAST_30_DAYS) {\n      revenue {\n        amount\n      }\n      sales\n      averagePrice {\n        amount\n      }\n      conversionRate\n    }\n    week: totals(period: LAST_7_DAYS) {\n      revenue {\n        amount\n      }\n      sales\n    }\n    products(first: 5, orderBy: {field: PRICE, direction: DESC}) {\n      nodes {\n        title\n        price {\n          amount\n        }\n      }\n    }\n  }\n}": typeof types.ShopProfileDocument,
    "query Product {\n  product(id: \"1729384756102394\") {\n    productId\n    title\n    price {\n      amount\n      currency\n    }\n    rating\n    image {\n      url\n    }\n    shop {\n      shopId\n      name\n    }\n    totals(period: LAST_30_DAYS) {\n      revenue {\n        amount\n      }\n      sales\n      averagePrice {\n        amount\n      }\n    }\n    history(period: LAST_7_DAYS) {\n      points {\n        date\n        sales\n      }\n    }\n  }\n}": typeof types.ProductDocument,
    "query Creator {\n  creator(id: \"6892301928374615\") {\n    creatorId\n    totals {\n      revenue {\n        amount\n      }\n      sales\n      videoCount\n      followerCount\n    }\n    products(first: 10) {\n      totalCount\n      edges {\n        rank\n        attributedRevenue {\n          amount\n        }\n        attributedSales\n        node {\n          productId\n          title\n        }\n      }\n    }\n  }\n}": typeof types.CreatorDocument,
    "query Video {\n  video(id: \"7361029384756102\") {\n    caption\n    postedOn\n    metrics(period: LAST_30_DAYS) {\n      views\n      likes\n      comments\n      shares\n    }\n    creator {\n      creatorId\n      totals {\n        revenue {\n          amount\n        }\n        followerCount\n      }\n    }\n    product {\n      productId\n    }\n  }\n}": typeof types.VideoDocument,
    "query Suggestions {\n  suggestions(type: SHOP, query: \"glow\", first: 5) {\n    id\n    name\n  }\n}": typeof types.SuggestionsDocument,
};
const documents: Documents = {
    "query ShopProductsHistory {\n  shop(id: \"7493920192384910\") {\n    name\n    rating\n    products(first: 20, period: LAST_30_DAYS) {\n      totalCount\n      edges {\n        rank\n        revenue {\n          amount\n        }\n        sales\n        node {\n          productId\n          title\n          price {\n            amount\n          }\n          history(period: LAST_30_DAYS) {\n            points {\n              date\n              revenue {\n                amount\n              }\n              sales\n            }\n          }\n        }\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n  }\n}": types.ShopProductsHistoryDocument,
    "query ShopProfile {\n  shop(id: \"7493920192384910\", region: US) {\n    name\n    region\n    logo {\n      url\n    }\n    rating\n    productCount\n    creatorCount\n    month: totals(period: LAST_30_DAYS) {\n      revenue {\n        amount\n      }\n      sales\n      averagePrice {\n        amount\n      }\n      conversionRate\n    }\n    week: totals(period: LAST_7_DAYS) {\n      revenue {\n        amount\n      }\n      sales\n    }\n    products(first: 5, orderBy: {field: PRICE, direction: DESC}) {\n      nodes {\n        title\n        price {\n          amount\n        }\n      }\n    }\n  }\n}": types.ShopProfileDocument,
    "query Product {\n  product(id: \"1729384756102394\") {\n    productId\n    title\n    price {\n      amount\n      currency\n    }\n    rating\n    image {\n      url\n    }\n    shop {\n      shopId\n      name\n    }\n    totals(period: LAST_30_DAYS) {\n      revenue {\n        amount\n      }\n      sales\n      averagePrice {\n        amount\n      }\n    }\n    history(period: LAST_7_DAYS) {\n      points {\n        date\n        sales\n      }\n    }\n  }\n}": types.ProductDocument,
    "query Creator {\n  creator(id: \"6892301928374615\") {\n    creatorId\n    totals {\n      revenue {\n        amount\n      }\n      sales\n      videoCount\n      followerCount\n    }\n    products(first: 10) {\n      totalCount\n      edges {\n        rank\n        attributedRevenue {\n          amount\n        }\n        attributedSales\n        node {\n          productId\n          title\n        }\n      }\n    }\n  }\n}": types.CreatorDocument,
    "query Video {\n  video(id: \"7361029384756102\") {\n    caption\n    postedOn\n    metrics(period: LAST_30_DAYS) {\n      views\n      likes\n      comments\n      shares\n    }\n    creator {\n      creatorId\n      totals {\n        revenue {\n          amount\n        }\n        followerCount\n      }\n    }\n    product {\n      productId\n    }\n  }\n}": types.VideoDocument,
    "query Suggestions {\n  suggestions(type: SHOP, query: \"glow\", first: 5) {\n    id\n    name\n  }\n}": types.SuggestionsDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query ShopProductsHistory {\n  shop(id: \"7493920192384910\") {\n    name\n    rating\n    products(first: 20, period: LAST_30_DAYS) {\n      totalCount\n      edges {\n        rank\n        revenue {\n          amount\n        }\n        sales\n        node {\n          productId\n          title\n          price {\n            amount\n          }\n          history(period: LAST_30_DAYS) {\n            points {\n              date\n              revenue {\n                amount\n              }\n              sales\n            }\n          }\n        }\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n  }\n}"): typeof import('./graphql.ts').ShopProductsHistoryDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query ShopProfile {\n  shop(id: \"7493920192384910\", region: US) {\n    name\n    region\n    logo {\n      url\n    }\n    rating\n    productCount\n    creatorCount\n    month: totals(period: LAST_30_DAYS) {\n      revenue {\n        amount\n      }\n      sales\n      averagePrice {\n        amount\n      }\n      conversionRate\n    }\n    week: totals(period: LAST_7_DAYS) {\n      revenue {\n        amount\n      }\n      sales\n    }\n    products(first: 5, orderBy: {field: PRICE, direction: DESC}) {\n      nodes {\n        title\n        price {\n          amount\n        }\n      }\n    }\n  }\n}"): typeof import('./graphql.ts').ShopProfileDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Product {\n  product(id: \"1729384756102394\") {\n    productId\n    title\n    price {\n      amount\n      currency\n    }\n    rating\n    image {\n      url\n    }\n    shop {\n      shopId\n      name\n    }\n    totals(period: LAST_30_DAYS) {\n      revenue {\n        amount\n      }\n      sales\n      averagePrice {\n        amount\n      }\n    }\n    history(period: LAST_7_DAYS) {\n      points {\n        date\n        sales\n      }\n    }\n  }\n}"): typeof import('./graphql.ts').ProductDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Creator {\n  creator(id: \"6892301928374615\") {\n    creatorId\n    totals {\n      revenue {\n        amount\n      }\n      sales\n      videoCount\n      followerCount\n    }\n    products(first: 10) {\n      totalCount\n      edges {\n        rank\n        attributedRevenue {\n          amount\n        }\n        attributedSales\n        node {\n          productId\n          title\n        }\n      }\n    }\n  }\n}"): typeof import('./graphql.ts').CreatorDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Video {\n  video(id: \"7361029384756102\") {\n    caption\n    postedOn\n    metrics(period: LAST_30_DAYS) {\n      views\n      likes\n      comments\n      shares\n    }\n    creator {\n      creatorId\n      totals {\n        revenue {\n          amount\n        }\n        followerCount\n      }\n    }\n    product {\n      productId\n    }\n  }\n}"): typeof import('./graphql.ts').VideoDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Suggestions {\n  suggestions(type: SHOP, query: \"glow\", first: 5) {\n    id\n    name\n  }\n}"): typeof import('./graphql.ts').SuggestionsDocument;


export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}
