/** The node:http face: what is answered at which path, and how much of a body is read. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { gunzipSync } from 'node:zlib';
import type { Asking } from '../context.ts';
import { ShopgraphError } from '../errors.ts';
import { hidden } from './disclosure.ts';
import { answerUnread, bodyWithin, excessOf } from './body.ts';
import { requestIdOf, type Refusal } from './asking.ts';
import { errorBody } from './errors.ts';
import type { Incoming } from './graphql.ts';
import type { Page } from './graphiql.ts';

interface Face {
  readonly graphql: (request: IncomingMessage, response: ServerResponse, incoming: Incoming) => unknown;
  readonly asking: (request: IncomingMessage, requestId: string) => Promise<Asking | Refusal>;
  readonly graphiql: () => Page;
  readonly mayReadSchema: (request: IncomingMessage) => boolean;
  readonly metrics: { readonly contentType: string; readonly text: () => Promise<string> };
  /** False once the process is about to stop. */
  readonly isReady: () => boolean;
  readonly bodyLimitBytes: number;
  /** In a body's JSON. */
  readonly valuesMax: number;
}

export function createListener(face: Face): RequestListener {
  return (request, response) => {
    const [path] = (request.url ?? '/').split('?');
    switch (path) {
      case '/graphql':
        if (!isHost(request.headers.host)) refuse(response, badHost);
        else if (wantsPage(request) && face.mayReadSchema(request)) sendPage(request, response, face.graphiql());
        else if (wantsPage(request)) refuse(response, { status: 403, error: hidden });
        else answer(face, request, response).catch(() => response.destroy());
        return;
      case '/health':
        sendJson(response, 200, { status: 'ok' });
        return;
      case '/ready':
        if (face.isReady()) sendJson(response, 200, { status: 'ready' });
        else sendJson(response, 503, { status: 'stopping' });
        return;
      case '/metrics':
        face.metrics.text().then(
          (text) => response.writeHead(200, { 'content-type': face.metrics.contentType }).end(text),
          () => response.destroy(),
        );
        return;
      case '/':
        response.writeHead(302, { location: '/graphql' }).end();
        return;
      default:
        sendJson(response, 404, { error: 'Not found. GraphQL is at /graphql.' });
    }
  };
}

async function answer(face: Face, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const requestId = requestIdOf(request.headers);
  response.setHeader('x-request-id', requestId);
  const asking = await face.asking(request, requestId);
  if ('error' in asking) {
    refuse(response, asking, requestId);
  } else if (request.method !== 'POST') {
    await face.graphql(request, response, { asking });
  } else {
    const body = await bodyWithin(face.bodyLimitBytes, request);
    if (!body) {
      const { status, error } = tooLarge(`has more than ${face.bodyLimitBytes} bytes`);
      answerUnread(request, response, status, errorBody(error, requestId));
      return;
    }
    const excess = excessOf(body, face.valuesMax);
    if (excess === null) await face.graphql(request, response, { asking, body });
    else refuse(response, tooLarge(excess), requestId);
  }
}

const tooLarge = (excess: string): Refusal => ({
  status: 413,
  error: new ShopgraphError('LIMIT_EXCEEDED', { says: `The body ${excess}.` }),
});

const badHost = { status: 400, error: new ShopgraphError('BAD_INPUT', { says: 'The `host` header is not valid.' }) };

/** Absent or empty will do; what is there must make a URL. */
const isHost = (host: string | undefined) => !host || URL.canParse(`http://${host}/`);

function refuse(response: ServerResponse, { status, error, headers = {} }: Refusal, requestId?: string) {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  sendJson(response, status, errorBody(error, requestId));
}

/** A browser that navigates here. An operation in the URL, as GraphiQL puts it there, is for the editor: a reload buys nothing. */
const wantsPage = ({ method, headers }: IncomingMessage): boolean =>
  method === 'GET' && (headers.accept?.includes('text/html') ?? false);

function sendPage({ headers }: IncomingMessage, response: ServerResponse, { etag, gzipped }: Page) {
  const shared = { etag, 'cache-control': 'no-cache', vary: 'accept, accept-encoding' };
  if (headers['if-none-match'] === etag) {
    response.writeHead(304, shared).end();
    return;
  }
  const type = { ...shared, 'content-type': 'text/html; charset=utf-8' };
  if (headers['accept-encoding']?.includes('gzip')) {
    response.writeHead(200, { ...type, 'content-encoding': 'gzip' }).end(gzipped);
  } else {
    response.writeHead(200, type).end(gunzipSync(gzipped));
  }
}

function sendJson(response: ServerResponse, status: number, body: object) {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body));
}
