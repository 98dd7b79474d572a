/** One attempt on the wire: a request made from the endpoint, a reply checked by the provider and decoded by the contract. */
import { Pool, type Dispatcher } from 'undici';
import { ShopgraphError } from '../errors.ts';
import { parseJson } from '../json.ts';
import type { Endpoint, Provider, ProviderName, WireReply, WireRequest } from '../providers/provider.ts';
import type { Clock } from './clock.ts';
import type { Ask, Call } from './pipeline.ts';

/** Larger replies are not read to their end. */
const REPLY_BYTES_MAX = 8 * 1024 * 1024;

export interface Wire {
  readonly provider: Provider;
  /** The provider's origin, and a path before all of its paths if there is one. */
  readonly baseUrl: string;
  /** For the whole attempt, from connecting to the last byte. */
  readonly timeoutMs: number;
}

export interface Sender {
  readonly ask: Ask;
  readonly close: () => Promise<void>;
}

export function send({ wires, clock }: { wires: readonly Wire[]; clock: Clock }): Sender {
  const lines = new Map<ProviderName, Line>(
    wires.map((wire) => [wire.provider.name, { ...wire, ...open(wire.baseUrl) }]),
  );
  return {
    ask: async (call) => {
      const line = lines.get(call.endpoint.provider);
      if (!line) throw new ShopgraphError('INTERNAL', { reason: `no wire to ${call.endpoint.provider}` });
      const reply = await attempt(line, call);
      line.provider.check(reply, call.endpoint);
      return { data: decode(call, reply.json), fetchedAt: clock.now() };
    },
    close: async () => {
      await Promise.all([...lines.values()].map(({ pool }) => pool.destroy()));
    },
  };
}

interface Line extends Wire {
  readonly pool: Pool;
  readonly basePath: string;
}

function open(baseUrl: string): Pick<Line, 'pool' | 'basePath'> {
  const { origin, pathname } = new URL(baseUrl);
  return { pool: new Pool(origin, { connections: 64 }), basePath: pathname.replace(/\/$/, '') };
}

async function attempt(line: Line, call: Call): Promise<WireReply> {
  const { method, path, query, headers, body } = line.provider.authorize(toRequest(call));
  const search = new URLSearchParams(query).toString();
  try {
    const reply = await line.pool.request({
      method,
      path: `${line.basePath}${path}${search && '?' + search}`,
      headers,
      body,
      signal: AbortSignal.timeout(line.timeoutMs),
    });
    const text = await boundedText(reply.body);
    return { status: reply.statusCode, headers: reply.headers, text, json: jsonOrUndefined(text) };
  } catch (error) {
    throw failure(call.endpoint, error);
  }
}

function toRequest({ endpoint, params }: Call): WireRequest {
  const rest = { ...(params as Record<string, unknown>) };
  const path = endpoint.path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = String(rest[name]);
    Reflect.deleteProperty(rest, name);
    return encodeURIComponent(value);
  });
  if (endpoint.method === 'POST') {
    const headers = { accept: 'application/json', 'content-type': 'application/json' };
    return { method: 'POST', path, query: {}, headers, body: JSON.stringify(rest) };
  }
  const query = Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, String(value)]));
  return { method: 'GET', path, query, headers: { accept: 'application/json' }, body: null };
}

async function boundedText(body: Dispatcher.ResponseData['body']): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    const part = chunk as Buffer;
    bytes += part.length;
    if (bytes > REPLY_BYTES_MAX) throw new ShopgraphError('UPSTREAM_BAD_DATA', { reason: 'reply too large' });
    chunks.push(part);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function jsonOrUndefined(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

/** No usable reply: whether it was charged is unknown, but a connection that never carried a request was not. */
function failure(endpoint: Endpoint, error: unknown): ShopgraphError {
  const from = { provider: endpoint.provider, endpoint: endpoint.name };
  if (error instanceof ShopgraphError) {
    return new ShopgraphError(error.code, { ...from, creditsCharged: endpoint.credits, ...error.details });
  }
  const { name, code } = error as { name?: string; code?: string };
  const reason = code ?? name ?? 'unknown';
  if (name === 'TimeoutError') {
    return new ShopgraphError('UPSTREAM_TIMEOUT', { ...from, creditsCharged: endpoint.credits, reason, cause: error });
  }
  const creditsCharged = neverConnected.has(reason) ? 0 : endpoint.credits;
  return new ShopgraphError('UPSTREAM_UNAVAILABLE', { ...from, creditsCharged, reason, cause: error });
}

const neverConnected = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT']);

function decode({ endpoint, params }: Call, json: unknown): unknown {
  const decoded = endpoint.data.safeParse(json);
  const reason = decoded.success ? changedEcho(endpoint, params, json) : firstIssue(decoded.error.issues);
  if (reason !== null) {
    const from = { provider: endpoint.provider, endpoint: endpoint.name };
    throw new ShopgraphError('UPSTREAM_BAD_DATA', { ...from, creditsCharged: endpoint.credits, reason });
  }
  return decoded.data;
}

/** The name of a param that came back with another value: the reply would pass for an answer to our question. */
function changedEcho(endpoint: Endpoint, params: unknown, json: unknown): string | null {
  const data = (json as { data?: Record<string, string | number | null> | null }).data ?? {};
  const asked = params as Record<string, string | number>;
  const changed = endpoint.echoes?.find((name) => data[name] != null && String(data[name]) !== String(asked[name]));
  return changed === undefined ? null : `reply is for another ${changed}`;
}

/** Where the shape differs, never what stood there. */
function firstIssue(issues: readonly { path: readonly PropertyKey[]; code?: string | undefined }[]): string {
  const [issue] = issues;
  return `${issue?.code ?? 'invalid'} at ${issue?.path.join('.') ?? ''}`;
}
