/** One page of a shop's products, as Apollo Client and urql ask for it. */
import type { TypedDocumentNode } from '@apollo/client';
import { parse } from 'graphql';
import { walked, type Walked } from './asking.ts';

export interface Page {
  edges: { node: { id: string; productId: string } }[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

export const Products: TypedDocumentNode<
  { shop: { id: string; products: Page } },
  { shop: string; first: number; after?: string | null }
> = parse(`
  query Products($shop: ID!, $first: Int!, $after: String) {
    shop(id: $shop) {
      id
      products(first: $first, after: $after, orderBy: { field: SALES }) {
        edges {
          node {
            id
            productId
          }
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  }
`);

export const walkedOver = ({ edges, pageInfo }: Page): Walked =>
  walked(
    edges.map(({ node }) => node.productId),
    pageInfo.hasNextPage,
  );
