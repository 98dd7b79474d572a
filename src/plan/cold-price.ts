/** What an operation would cost whatever is held: wanted each time that it is run or priced, and worked out anew only if it may have changed. */
import type { OperationDefinitionNode } from 'graphql';
import type { Endpoint } from '../providers/provider.ts';
import type { Document } from './analysis.ts';
import { isPriced } from './costing-types.ts';
import { isCut } from './cuts.ts';
import { estimate, type Prices } from './estimate.ts';
import { nothing, type Estimate } from './estimated.ts';

export type ColdPrice = Pick<Estimate, 'credits' | 'parts'>;

interface Remembered {
  readonly variables: string;
  /** What else it follows from: the largest page of each endpoint, in rows; null where it cannot be asked. */
  readonly pages: ReadonlyMap<Endpoint, number | null>;
  readonly price: ColdPrice;
}

/** The last one of each operation, as long as the operation is known. */
const remembered = new WeakMap<OperationDefinitionNode, Remembered>();

export function coldPriceOf(document: Document, { isAskable, pageMax }: Prices): ColdPrice {
  const { schema, operation, variableValues } = document;
  const root = schema.getRootType(operation.operation);
  // Whatever its variables, which may be long: another operation, say, that it asks the price of.
  if (!root || (!isPriced(document, undefined, root) && !isCut(document))) return nothing;
  const variables = JSON.stringify(variableValues);
  const pageOf = (endpoint: Endpoint) => (isAskable(endpoint) ? pageMax(endpoint) : null);
  const known = remembered.get(operation);
  if (known?.variables === variables && [...known.pages].every(([endpoint, rows]) => pageOf(endpoint) === rows)) {
    return known.price;
  }
  const pages = new Map<Endpoint, number | null>();
  const noting = (endpoint: Endpoint) => {
    pages.set(endpoint, pageOf(endpoint));
    return endpoint;
  };
  const { credits, parts } = estimate(document, {
    isAskable: (endpoint) => isAskable(noting(endpoint)),
    pageMax: (endpoint) => pageMax(noting(endpoint)),
  });
  const price = { credits, parts };
  remembered.set(operation, { variables, pages, price });
  return price;
}
