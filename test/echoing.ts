/** Providers that repeat what they were told: before the sandbox, with credentials of our own that are worth keeping. */
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as textOf } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import type { ProviderSlug, Sandbox } from '../src/sandbox/sandbox.ts';
import { spellings } from './searching.ts';

export interface Credentials {
  readonly winninghunter: string;
  readonly justoneapi: string;
  readonly socialfetch: string;
  readonly username: string;
  readonly password: string;
}

/** What a provider repeats. */
interface Told {
  /** As a header can hold it. */
  readonly key: string;
  /** Who asked, in each way in which it was or might have been told. */
  readonly who: string;
  /** For what. */
  readonly what: string;
  /** Both. */
  readonly all: string;
}

/** Bytes for the socket as they are, or a reply. Null: the line is cut. */
type Echo = (
  told: Told,
) => { status?: number; body?: string; headers?: Record<string, string> } | { raw: string } | null;

/** In each provider's own form of a refusal. */
const refusals: Readonly<Record<ProviderSlug, (text: string, code: number) => object>> = {
  winninghunter: (error) => ({ success: false, error, message: error }),
  justoneapi: (message, code) => ({ code, message, data: null }),
  socialfetch: (message) => ({ error: { code: 'internal_error', message } }),
  echotik: (message, code) => ({ code, message, msg: message, data: null }),
};

export const providers = Object.keys(refusals) as ProviderSlug[];

function echoesOf(provider: ProviderSlug) {
  const said = (text: string, code = 500) => JSON.stringify(refusals[provider](text, code));
  const failed = (body: string, status = 500) => ({ status, body });
  return {
    sentence: ({ all }) => failed(said(all)),
    ascii: ({ all }) => failed(said('#').replace('#', () => spellings['json in ascii']!(all))),
    slashes: ({ all }) => failed(said(all).replaceAll('/', '\\/')),
    cut: ({ key }) => failed(said('.'.repeat(180) + key)),
    // Wherever it is cut, half a word is left.
    again: ({ what }) => failed(said(`${what} `.repeat(100))),
    page: ({ all }) => failed(`<html>${spellings.html!(all)}</html>`, 502),
    refusal: ({ all }) => failed(said(all), 200),
    complaint: ({ all }) => failed(said(all, 400), 400),
    // One of them says so of a stranger, whom it never answers again.
    plan: ({ all }) => failed(said(all, 600), provider === 'echotik' ? 400 : 403),
    lost: ({ all }) => failed(`<h1>${all}</h1>`, 404),
    text: ({ all }) => failed(all, 200),
    shape: ({ key }) => failed(JSON.stringify({ success: true, code: 0, data: { [key]: [key] }, [key]: key }), 200),
    moved: ({ key }) => ({
      status: 302,
      body: said(key),
      headers: { location: `http://localhost:1/?token=${encodeURIComponent(key)}` },
    }),
    later: ({ key, all }) => ({ status: 429, body: said(all, 302), headers: { 'retry-after': key } }),
    malformed: ({ key }) => ({ raw: `HTTP/1.1 200 OK\r\n${key} without a colon\r\n\r\n${key}` }),
    overflow: ({ key }) => ({ raw: `HTTP/1.1 200 OK\r\nx-asked-by: ${key.repeat(2000)}\r\n\r\n` }),
    half: ({ key }) => ({ raw: `HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n{"success":false,"error":"${key}` }),
    huge: ({ key }) => failed(key.repeat(100_000), 200),
    drop: () => null,
  } satisfies Record<string, Echo>;
}

/** After it, a provider is asked no more. */
const lastWords = {
  stranger: () => ({ status: 401, code: 100, words: 'unauthorized' }),
  exhausted: (provider: ProviderSlug) => ({
    status: { winninghunter: 429, justoneapi: 200, socialfetch: 402, echotik: 500 }[provider],
    code: 601,
    words: 'Usage limit exceeded: the monthly credit limit',
  }),
};
export type LastWord = keyof typeof lastWords;

/** Replies of the sandbox, changed on their way: a name that repeats what was told, and no reply at all. */
const others = ['answer', 'answer in ascii', 'hang'] as const;
export type EchoName = keyof ReturnType<typeof echoesOf> | (typeof others)[number];
export const echoNames = [...Object.keys(echoesOf('echotik')), ...others] as EchoName[];

/** Texts that are served, or at least kept. */
const names = /"(?:name|title|nick_name|product_name|skuName)": ?"/g;

const repeating = (what: string, reply: string) =>
  reply.replace(names, (start) => `${start}${what} `).replace('{', () => `{"asked":"${what}",`);

export interface Echoing {
  readonly baseUrlOf: (provider: ProviderSlug) => string;
  /** The next call to the provider meets it; then all is well again. */
  readonly next: (provider: ProviderSlug, echo: EchoName) => void;
  /** From now on each refuses, with all that it was told. */
  readonly refuseAll: (because: LastWord) => void;
  /** Which echoes were met, as `provider echo`. */
  readonly met: ReadonlySet<string>;
  /** Those who came with other credentials than ours. */
  readonly strangers: readonly string[];
}

export async function startEchoing(sandbox: Sandbox, ours: Credentials): Promise<Echoing> {
  const queues = new Map(providers.map((provider) => [provider, [] as EchoName[]]));
  let lastWord: LastWord | undefined;
  const met = new Set<string>();
  const strangers: string[] = [];
  const pair = `${ours.username}:${ours.password}`;
  const basic = (login: string) => `Basic ${Buffer.from(login).toString('base64')}`;

  const answer = async (asked: IncomingMessage, response: ServerResponse) => {
    const provider = providers.find((name) => asked.url!.startsWith(`/${name}/`))!;
    const body = await textOf(asked);
    const told = toldBy(asked, body, provider);
    if (lastWord) {
      const { status, code, words } = lastWords[lastWord](provider);
      response.writeHead(status).end(JSON.stringify(refusals[provider](`${words} ${told.all}`, code)));
      return;
    }
    const name = queues.get(provider)!.shift();
    if (name !== undefined) met.add(`${provider} ${name}`);
    if (name === 'hang') return;
    const echo = (echoesOf(provider) as Partial<Record<string, Echo>>)[name ?? ''];
    if (!echo) {
      const spell = { answer: spellings.json, 'answer in ascii': spellings['json in ascii'] }[String(name)];
      forward(asked, body, provider, response, (text) => (spell ? repeating(spell(told.who), text) : text));
      return;
    }
    const reply = echo(told);
    if (reply === null) response.destroy();
    else if ('raw' in reply) asked.socket.end(reply.raw);
    else {
      const headers = { 'x-asked-by': told.key, 'set-cookie': `key=${told.key}`, ...reply.headers };
      response.writeHead(reply.status ?? 200, headers).end(reply.body);
    }
  };

  const toldBy = ({ url, headers }: IncomingMessage, body: string, provider: ProviderSlug): Told => {
    const query = new URL(url!, sandbox.origin).searchParams;
    const key = {
      winninghunter: headers['x-api-key'],
      justoneapi: query.get('token'),
      socialfetch: headers['x-api-key'],
    };
    if (provider === 'echotik') {
      if (headers.authorization !== basic(pair)) strangers.push(provider);
      const words = [headers.authorization, encodeURIComponent(basic(pair)), pair, ours.username, ours.password];
      return { key: ours.password, who: words.join(' '), what: url!, all: words.join(' ') };
    }
    const sent = String(key[provider]);
    if (sent !== ours[provider]) strangers.push(provider);
    // An address is told in parts, too: "no store <name>".
    const asked = [...query]
      .filter(([name]) => name !== 'token')
      .flatMap(([, value]) => [value, value.split('/').at(-2)]);
    const who = ['form', 'url', 'url in small letters', 'plain'].map((name) => spellings[name]!(sent)).join(' ');
    return { key: sent, who, what: asked.join(' '), all: [...asked, body, url, who].join(' ') };
  };

  const forward = (
    { url, method, headers: { ...headers } }: IncomingMessage,
    body: string,
    provider: ProviderSlug,
    response: ServerResponse,
    changed: (text: string) => string,
  ) => {
    const to = new URL(url!, sandbox.origin);
    if (provider === 'justoneapi') to.searchParams.set('token', sandbox.justoneapi.token);
    else if (provider === 'echotik') {
      const { username, password } = sandbox.echotik;
      headers.authorization = basic(`${username}:${password}`);
    } else headers['x-api-key'] = sandbox[provider].apiKey;
    const forwarded = request(to, { method: method!, headers });
    forwarded.on('error', () => response.destroy());
    forwarded.on('response', (reply) => {
      const { 'content-type': type = 'text/plain' } = reply.headers;
      textOf(reply).then(
        (text) => response.writeHead(reply.statusCode!, { 'content-type': type }).end(changed(text)),
        () => response.destroy(),
      );
    });
    forwarded.end(body);
  };

  const server = createServer((asked, response) => void answer(asked, response).catch(() => response.destroy()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    baseUrlOf: (provider) => `${origin}/${provider}`,
    next: (provider, echo) => void queues.get(provider)!.push(echo),
    refuseAll: (because) => {
      lastWord = because;
    },
    met,
    strangers,
  };
}
