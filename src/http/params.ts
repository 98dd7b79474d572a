/** What is asked, as GraphQL over HTTP sends it: a JSON body, or a URL. */
import { GraphQLError } from 'graphql';
import type { GraphQLParams, Plugin } from 'graphql-yoga';
import { ShopgraphError } from '../errors.ts';
import { parseClientJson } from '../json.ts';
import { errorBody } from './errors.ts';
import type { Incoming } from './graphql.ts';

/** Only JSON is read, from the bytes that the listener took or from the URL: whole numbers beyond 2^53 keep their digits. */
export const ownBodies: Plugin<object, Incoming> = {
  onRequestParse({ request, url, serverContext: { body }, setRequestParser, fetchAPI }) {
    if (request.method === 'GET') setRequestParser(() => paramsOfUrl(url.searchParams));
    if (request.method !== 'POST') return;
    setRequestParser(() => {
      if (/^application\/(graphql\+)?json\b/i.test(request.headers.get('content-type') ?? ''))
        return paramsOfBody(body);
      const error = new ShopgraphError('BAD_INPUT', {
        says: 'Send the operation as JSON, with `content-type: application/json`.',
      });
      return fetchAPI.Response.json(errorBody(error), { status: 415 });
    });
  },
};

const paramsOfBody = (body: Buffer | undefined): GraphQLParams =>
  jsonObject(body?.toString('utf8') ?? '', 'The body must be a JSON object with a `query`.');

/** As GraphQL over HTTP has them in a URL. */
function paramsOfUrl(search: URLSearchParams): GraphQLParams {
  const params: GraphQLParams & { documentId?: string } = {};
  for (const name of ['query', 'operationName', 'documentId'] as const) {
    const text = search.get(name);
    if (text !== null) params[name] = text;
  }
  for (const name of ['variables', 'extensions'] as const) {
    const text = search.get(name);
    if (text !== null) params[name] = jsonObject(text, `\`${name}\` must be a JSON object.`);
  }
  return params;
}

function jsonObject(text: string, says: string): Record<string, unknown> {
  try {
    const parsed = parseClientJson(text);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed))
      return parsed as Record<string, unknown>;
  } catch {
    // Told below, like any other text that is no object.
  }
  throw new GraphQLError(says, { extensions: { code: 'BAD_INPUT', retryable: false, http: { status: 400 } } });
}
