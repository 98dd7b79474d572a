/** A question as the endpoint's route wants it: what the path does not take goes into the query, or the JSON body. */
import type { WireRequest } from '../providers/provider.ts';
import type { Call } from './pipeline.ts';

export function toRequest({ endpoint, params }: Pick<Call, 'endpoint' | 'params'>): WireRequest {
  const rest = new Map(Object.entries(params as Record<string, string | number | undefined>));
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
