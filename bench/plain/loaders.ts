/**
 * One DataLoader for each endpoint, made anew for each request: within it, no question is asked twice.
 *
 * A question is known by its canonical form, which the contract makes. Where an endpoint takes several ids at once they
 * travel together, as many as it takes; and so that ids which come out of several replies do, too, they wait for each other.
 */
import DataLoader from 'dataloader';
import type { DataOf, Endpoint, ParamsOf } from '../../src/providers/provider.ts';
import type { Ask, Params } from './ask.ts';

/** Replies of the sandbox to calls that were made together come within this time. */
const TOGETHER_MS = 50;

/** Null: the provider does not know the id. */
export type Load = <E extends Endpoint>(endpoint: E, params: ParamsOf<E>) => Promise<DataOf<E> | null>;

export function createLoad(ask: Ask): Load {
  const loaders = new Map<Endpoint, DataLoader<Params, unknown, string>>();
  const loaderOf = (endpoint: Endpoint) => {
    let loader = loaders.get(endpoint);
    if (!loader) loaders.set(endpoint, (loader = open(endpoint)));
    return loader;
  };
  const open = (endpoint: Endpoint) => {
    const cacheKeyFn = (params: Params) => JSON.stringify(params);
    const batch = async (questions: readonly Params[]) => (await ask(endpoint, questions)) as (Error | null)[];
    if (!endpoint.bulk) return new DataLoader<Params, unknown, string>(batch, { cacheKeyFn });
    const batchScheduleFn = (send: () => void) => void setTimeout(send, TOGETHER_MS);
    const maxBatchSize = endpoint.bulk.max;
    return new DataLoader<Params, unknown, string>(batch, { cacheKeyFn, batchScheduleFn, maxBatchSize });
  };
  return async <E extends Endpoint>(endpoint: E, params: ParamsOf<E>) =>
    (await loaderOf(endpoint).load(endpoint.params.parse(params) as Params)) as DataOf<E> | null;
}
