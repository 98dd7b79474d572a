/**
 * One call to a provider: the contract says how it is asked and what its reply means, the client how it says no.
 *
 * Nothing is repeated that failed: here nothing fails, and what is compared are the calls of a good day.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ShopgraphError } from '../../src/errors.ts';
import { parseJson } from '../../src/json.ts';
import type { Bulk, Endpoint, Polling, Provider, WireRequest } from '../../src/providers/provider.ts';

export interface Wire {
  readonly provider: Provider;
  readonly baseUrl: string;
}

export type Params = Readonly<Record<string, string | number | undefined>>;

/** The answers to questions about one endpoint, in their order; an answer that cannot be had is an error. */
export type Ask = (endpoint: Endpoint, questions: readonly Params[]) => Promise<unknown[]>;

export function createAsk(wires: readonly Wire[]): Ask {
  const call = async (endpoint: Endpoint, params: Params): Promise<unknown> => {
    const wire = wires.find(({ provider }) => provider.name === endpoint.provider);
    if (!wire) throw new ShopgraphError('NOT_CONFIGURED');
    const { method, path, query, headers, body } = wire.provider.authorize(toRequest(endpoint, params));
    const search = new URLSearchParams(query).toString();
    const reply = await fetch(`${wire.baseUrl}${path}${search && '?' + search}`, { method, headers, body });
    const sent = await reply.text();
    const text = wire.provider.clean?.(sent) ?? sent;
    const json = parseJson(text);
    wire.provider.check({ status: reply.status, headers: Object.fromEntries(reply.headers), text, json }, endpoint);
    return json;
  };

  const askOne = async (endpoint: Endpoint, params: Params): Promise<unknown> => {
    const { polling } = endpoint;
    return endpoint.data.parse(
      await (polling ? looked(() => call(endpoint, params), polling) : call(endpoint, params)),
    );
  };

  /** One call for all of them: each is told by its own rows. */
  const askTogether = async (endpoint: Endpoint, bulk: Bulk, questions: readonly Params[]): Promise<unknown[]> => {
    const idOf = (params: Params) => String(params[bulk.param]);
    const together = { ...questions[0], [bulk.param]: undefined, [bulk.as]: questions.map(idOf).join(',') };
    const reply = (await call(endpoint, together)) as Reply;
    const rows = Map.groupBy(reply.data ?? [], (row) => String(row[bulk.key]));
    return questions.map((params) => endpoint.data.parse({ ...reply, data: rows.get(idOf(params)) ?? [] }));
  };

  return async (endpoint, questions) => {
    if (endpoint.bulk) return askTogether(endpoint, endpoint.bulk, questions);
    const orError = (params: Params) => askOne(endpoint, params).catch((error: unknown) => error as Error);
    return Promise.all(questions.map(orError));
  };
}

interface Reply {
  readonly data: readonly Params[] | null;
}

/** What is still being collected is looked for, later and later. */
async function looked(call: () => Promise<unknown>, { firstMs, factor, waitMsMax }: Polling): Promise<unknown> {
  for (let waitMs = firstMs; ; waitMs = Math.min(waitMs * factor, waitMsMax)) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof ShopgraphError) || error.code !== 'PENDING') throw error;
    }
    await sleep(waitMs);
  }
}

/** What the path does not take goes into the query, or the JSON body. */
function toRequest({ method, path }: Endpoint, params: Params): WireRequest {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);
  const rest = Object.entries(params).filter(([name, value]) => !inPath.includes(name) && value !== undefined);
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(params[name])));
  const request = { method, path: filled, headers: { accept: 'application/json' } };
  if (method === 'GET') {
    return { ...request, query: Object.fromEntries(rest.map(([name, value]) => [name, String(value)])), body: null };
  }
  const headers = { ...request.headers, 'content-type': 'application/json' };
  return { ...request, headers, query: {}, body: JSON.stringify(Object.fromEntries(rest)) };
}
