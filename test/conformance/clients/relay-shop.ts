/** The page of a shop as an application has it: a list with a button for more, and in each row one for the rating. */
import { createElement as h, startTransition } from 'react';
import { graphql, useLazyLoadQuery, usePaginationFragment, useRefetchableFragment } from 'react-relay';
import type { relayShop_product$key } from './.data/relayShop_product.graphql.ts';
import type { relayShop_products$key } from './.data/relayShop_products.graphql.ts';
import type { relayShopProductQuery } from './.data/relayShopProductQuery.graphql.ts';
import type { relayShopProductsQuery } from './.data/relayShopProductsQuery.graphql.ts';
import type { relayShopQuery } from './.data/relayShopQuery.graphql.ts';

export function Shop({ id, first }: { id: string; first: number }) {
  const { shop } = useLazyLoadQuery<relayShopQuery>(
    graphql`
      query relayShopQuery($id: ID!, $first: Int!) {
        shop(id: $id) {
          ...relayShop_products @arguments(first: $first)
        }
      }
    `,
    { id, first },
  );
  return shop && h(Products, { shop, first });
}

function Products({ shop, first }: { shop: relayShop_products$key; first: number }) {
  const { data, hasNext, isLoadingNext, loadNext } = usePaginationFragment<
    relayShopProductsQuery,
    relayShop_products$key
  >(
    graphql`
      fragment relayShop_products on Shop
      @argumentDefinitions(first: { type: "Int!" }, after: { type: "String" })
      @refetchable(queryName: "relayShopProductsQuery") {
        products(first: $first, after: $after, orderBy: { field: SALES }) @connection(key: "relayShop_products") {
          edges {
            node {
              id
              ...relayShop_product
            }
          }
        }
      }
    `,
    shop,
  );
  const rows = data.products?.edges.map(({ node }) => h(Product, { key: node.id, product: node }));
  const more = h('button', { id: 'more', disabled: isLoadingNext, onClick: () => loadNext(first) }, 'More');
  return h('main', null, h('ol', null, rows), hasNext && more);
}

function Product({ product }: { product: relayShop_product$key }) {
  const [data, refetch] = useRefetchableFragment<relayShopProductQuery, relayShop_product$key>(
    graphql`
      fragment relayShop_product on Product
      @argumentDefinitions(withRating: { type: "Boolean", defaultValue: false })
      @refetchable(queryName: "relayShopProductQuery") {
        productId
        rating @include(if: $withRating)
      }
    `,
    product,
  );
  const askForRating = () => {
    startTransition(() => {
      refetch({ withRating: true });
    });
  };
  const button = h('button', { onClick: askForRating }, 'Rating');
  return h('li', { id: data.productId }, data.rating === undefined ? button : h('output', null, data.rating));
}
