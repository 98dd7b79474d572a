/**
 * What shopgraph is compared with: a server of the same schema such as a competent team writes by hand, with Yoga, Pothos and
 * DataLoader, over the same providers by the same contracts and clients.
 *
 * It is written by the pattern that DataLoader's own documentation shows: a list answers ids, and each field of a node loads
 * by the id what tells it. It does not hand on a row, since a row lacks what it lacks, so that a field which read it would
 * have to know from which list its node came. Each fact is read where most of them are, the product's own page, and only
 * what is not there elsewhere; EchoTik's ids travel ten at a time. Nothing is kept between requests.
 *
 * It has the fields that the compared operations select, and no others.
 */
import { createYoga } from 'graphql-yoga';
import { createAsk, type Wire } from './ask.ts';
import { builder, type Context } from './builder.ts';
import './creator.ts';
import './jd.ts';
import { createLoad } from './loaders.ts';
import './product.ts';
import './shop.ts';
import './storefront.ts';
import './suggestion.ts';

export const schema = builder.toSchema();

export interface PlainAnswer {
  readonly data: unknown;
  readonly errors?: unknown;
}

export type PlainServer = (query: string, variables: object) => Promise<PlainAnswer>;

export function createPlainServer(wires: readonly Wire[]): PlainServer {
  const ask = createAsk(wires);
  const yoga = createYoga<object, Context>({ schema, context: () => ({ load: createLoad(ask) }), logging: false });
  return async (query, variables) => {
    const response = await yoga.fetch('http://plain/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    return (await response.json()) as PlainAnswer;
  };
}
