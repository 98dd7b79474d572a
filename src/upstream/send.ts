/** One attempt on the wire: a request made from the endpoint, a reply checked by the provider and decoded by the contract. */
import { buildConnector, Pool, type Dispatcher } from 'undici';
import { ShopgraphError } from '../errors.ts';
import { parseJson } from '../json.ts';
import type { Endpoint, Provider, ProviderName, WireReply } from '../providers/provider.ts';
import type { Clock } from './clock.ts';
import { decode, decodeTogether } from './decode.ts';
import type { Answer, Ask, Call } from './pipeline.ts';
import { redacted, redactor, wordsOf } from './redact.ts';
import { toRequest } from './request.ts';

/** Larger replies are not read to their end. */
const REPLY_BYTES_MAX = 8 * 1024 * 1024;

/** Of the provider's own words, for the log. */
const REASON_CHARS_MAX = 200;

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
    wires.map((wire) => [wire.provider.name, { ...wire, ...open(wire.baseUrl), ...silence(wire.provider) }]),
  );
  return {
    ask: async (call) => {
      const line = lines.get(call.endpoint.provider);
      if (!line) throw new ShopgraphError('INTERNAL', { reason: `no wire to ${call.endpoint.provider}` });
      const reply = await attempt(line, call);
      const bill = line.provider.bill?.(reply);
      try {
        line.provider.check(reply, call.endpoint);
        return { ...read(call, reply, clock.now()), ...(bill && { bill }) };
      } catch (error) {
        if (!(error instanceof ShopgraphError)) throw error;
        const reason = reasonOf(error, call, line);
        throw new ShopgraphError(error.code, { ...error.details, reason, ...(bill && { bill }) });
      }
    },
    close: async () => {
      await Promise.all([...lines.values()].map(({ pool }) => pool.destroy()));
    },
  };
}

function read(call: Call, { text, json }: WireReply, fetchedAt: number): Answer {
  const { endpoint, together } = call;
  const { bulk } = endpoint;
  if (!bulk || !together) return { data: decode(call, json), fetchedAt, bytes: text.length, text };
  const parts = decodeTogether(together, { ...endpoint, bulk }, json, fetchedAt);
  const failures = [...parts.values()].filter((part) => part instanceof ShopgraphError);
  // Of no use to anybody: the attempt itself has failed, and is told as such in the log and the numbers.
  if (failures[0] && failures.length === parts.size) throw failures[0];
  return { data: null, fetchedAt, bytes: 0, parts };
}

/** The provider's words, cut when what was asked has gone: half a word is still one. */
const reasonOf = ({ details: { reason = '' } }: ShopgraphError, call: Call, { withoutLogin }: Line): string => {
  const words = (call.together ?? [call]).flatMap(({ params }) => wordsOf(params));
  const start = reason.slice(0, 20 * REASON_CHARS_MAX);
  const told = withoutLogin(redacted(start, words));
  // Where it was cut before, half a word may end it; in a URL a character takes up to nine.
  const halfMax = start === reason ? 0 : 9 * Math.max(0, ...words.map(({ length }) => length));
  return told.slice(0, Math.min(REASON_CHARS_MAX, Math.max(0, told.length - halfMax)));
};

interface Line extends Wire {
  readonly pool: Pool;
  /** A provider that repeats our key must not have us keep it, tell it or log it. */
  readonly withoutSecrets: (text: string) => string;
  readonly withoutLogin: (text: string) => string;
  readonly basePath: string;
}

const silence = ({ secrets, login = [] }: Provider) => ({
  withoutSecrets: redactor(secrets),
  withoutLogin: redactor(login),
});

function open(baseUrl: string): Pick<Line, 'pool' | 'basePath'> {
  const { origin, pathname } = new URL(baseUrl);
  return {
    // As many connections as calls: a call that waited for one would time out unsent, and how many calls there are is for others to say.
    pool: new Pool(origin, { connect, headersTimeout: 0, bodyTimeout: 0 }),
    basePath: pathname.replace(/\/$/, ''),
  };
}

const connector = buildConnector({});
/** Failures to connect, TLS included: no request was carried, so nothing was charged. */
const neverConnected = new WeakSet<Error>();
const connect: buildConnector.connector = (options, done) => {
  connector(options, (...[error, socket]) => {
    if (error) {
      neverConnected.add(error);
      done(error, null);
    } else done(null, socket);
  });
};

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
    const { clean = (sent: string) => sent } = line.provider;
    const text = line.withoutSecrets(clean(await boundedText(reply.body)));
    return { status: reply.statusCode, headers: reply.headers, text, json: jsonOrUndefined(text) };
  } catch (error) {
    throw failure(call.endpoint, error);
  }
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
  const { name = 'unknown', code } = error as { name?: string; code?: unknown };
  // A DOMException's code is a number that says nothing.
  const reason = typeof code === 'string' ? code : name;
  if (name === 'TimeoutError') {
    return new ShopgraphError('UPSTREAM_TIMEOUT', { ...from, creditsCharged: endpoint.credits, reason, cause: error });
  }
  const creditsCharged = error instanceof Error && neverConnected.has(error) ? 0 : endpoint.credits;
  return new ShopgraphError('UPSTREAM_UNAVAILABLE', { ...from, creditsCharged, reason, cause: error });
}
