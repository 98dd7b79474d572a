/** What an operation would cost whatever is held: wanted each time that it is run or priced, and worked out anew only if it may have changed. */
import type { OperationDefinitionNode } from 'graphql';
import type { Endpoint } from '../../providers/provider.ts';
import type { Document } from '../analysis.ts';
import { isPriced } from './costing-types.ts';
import { isCut } from './cuts.ts';
import { estimate, type Prices } from './estimate.ts';
import { nothing, type Estimate } from './estimated.ts';

export type ColdPrice = Pick<Estimate, 'credits' | 'parts'>;

interface Remembered {
  readonly variables: Document['variableValues'];
  /** What else it follows from: the largest page of each endpoint, in rows; null where it cannot be asked. */
  readonly pages: ReadonlyMap<Endpoint, number | null>;
  readonly price: ColdPrice;
}

/** Of so many operations: variables may be as long as a body. */
const REMEMBERED_MAX = 200;
/** The last one of each operation; first the one that was worked out longest ago. */
const remembered = new Map<OperationDefinitionNode, Remembered>();

export function coldPriceOf(document: Document, { isAskable, pageMax }: Prices): ColdPrice {
  const { schema, operation, variableValues } = document;
  const root = schema.getRootType(operation.operation);
  // Whatever its variables, which may be long: another operation, say, that it asks the price of.
  if (!root || (!isPriced(document, undefined, root) && !isCut(document))) return nothing;
  const pageOf = (endpoint: Endpoint) => (isAskable(endpoint) ? pageMax(endpoint) : null);
  const known = remembered.get(operation);
  const isAsBefore = (of: Remembered) =>
    isSame(of.variables, variableValues) && [...of.pages].every(([endpoint, rows]) => pageOf(endpoint) === rows);
  if (known && isAsBefore(known)) return known.price;
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
  remembered.delete(operation);
  remembered.set(operation, { variables: variableValues, pages, price });
  for (const oldest of remembered.keys()) {
    if (remembered.size <= REMEMBERED_MAX) break;
    remembered.delete(oldest);
  }
  return price;
}

/** As JSON has values; of anything else it is not told. Written as JSON to be compared, a thousand representations take twice as long. */
function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (Array.isArray(one) && Array.isArray(other)) {
    if (one.length !== other.length) return false;
    for (let index = 0; index < one.length; index++) if (!isSame(one[index], other[index])) return false;
    return true;
  }
  if (!isPlain(one) || !isPlain(other)) return false;
  for (const name in one) if (!isSame(one[name], other[name])) return false;
  for (const name in other) if (!Object.hasOwn(one, name)) return false;
  return true;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
