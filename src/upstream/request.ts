/** A question as the endpoint's route wants it: what the path does not take goes into the query, or the JSON body. */
import type { WireRequest } from '../providers/provider.ts';
import type { Call } from './pipeline.ts';

type Question = Pick<Call, 'endpoint' | 'params'>;
type Params = Readonly<Record<string, string | number | undefined>>;

export function toRequest(call: Question & Pick<Call, 'together'>): WireRequest {
  const { endpoint } = call;
  const rest = new Map(Object.entries(joined(call)));
  const path = endpoint.path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = String(rest.get(name));
    rest.delete(name);
    return encodeURIComponent(value);
  });
  const request = { method: endpoint.method, path, headers: { accept: 'application/json' } };
  if (endpoint.method === 'POST') {
    const headers = { ...request.headers, 'content-type': 'application/json' };
    return { ...request, headers, query: {}, body: JSON.stringify(Object.fromEntries(rest)) };
  }
  const stated = [...rest].filter(([, value]) => value !== undefined);
  return { ...request, query: Object.fromEntries(stated.map(([name, value]) => [name, String(value)])), body: null };
}

/** Questions that travel together differ in one param, whose values are sent as one. */
function joined({ endpoint: { bulk }, params, together }: Question & Pick<Call, 'together'>): Params {
  if (!bulk) return params as Params;
  const { [bulk.param]: own, ...rest } = params as Params;
  const values = together?.map((question) => (question.params as Params)[bulk.param]) ?? [own];
  return { ...rest, [bulk.as]: values.join(',') };
}
