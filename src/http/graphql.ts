/** GraphQL over HTTP: bodies, errors and receipts as clients see them. */
import {
  getOperationAST,
  GraphQLError,
  parse,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLSchema,
} from 'graphql';
import { createYoga, type GraphQLParams, type Plugin } from 'graphql-yoga';
import { LRUCache } from 'lru-cache';
import type { Asking, RequestContext } from '../context.ts';
import { isErrorCode, ShopgraphError } from '../errors.ts';
import { parseClientJson } from '../json.ts';
import type { Receipt } from '../plan/receipt.ts';

interface Options {
  readonly schema: GraphQLSchema;
  readonly corsOrigins: readonly string[];
  readonly createContext: (asking: Asking) => RequestContext;
  readonly onAnswered: (answered: Answered) => void;
  /** Told of errors that the client does not get to see. */
  readonly onUnexpected: (error: unknown) => void;
}

/** An operation that has been executed. */
export interface Answered {
  readonly asking: Asking;
  /** As the document names it. */
  readonly operationName: string | undefined;
  readonly receipt: Receipt;
  readonly tookMs: number;
  /** Of the errors in the answer. */
  readonly codes: readonly string[];
}

/** What a document may have; the largest that people write have some hundreds. */
const TOKENS_MAX = 10_000;

/** Read documents are kept by the length of their texts: a text takes a hundred times as much when it is read. */
const documents = <Value extends object>() =>
  new LRUCache<string, Value>({ maxSize: 2 * 1024 * 1024, sizeCalculation: (_value, text) => text.length + 500 });

/** What the listener hands over with a request. */
export interface Incoming {
  readonly asking: Asking;
  /** A POST's body, already within the limit. */
  readonly body?: Buffer;
}

export function createGraphql({ schema, corsOrigins, createContext, onAnswered, onUnexpected }: Options) {
  return createYoga<Incoming, RequestContext>({
    schema,
    context: ({ asking, request }) => {
      const context = createContext(asking);
      request.signal.addEventListener('abort', context.leave);
      return context;
    },
    plugins: [ownBodies, boundedDocuments, coded, withReceipt(onAnswered)],
    maskedErrors: {
      maskError: (error) => {
        const masked = publicError(error);
        if (masked.extensions.code === 'INTERNAL') onUnexpected(error);
        return masked;
      },
    },
    parserAndValidationCache: { documentCache: documents<DocumentNode>(), errorCache: documents<object>() },
    // The listener has bounded the body; Yoga's own bound copies it once more.
    maxRequestBodySize: false,
    cors: corsOrigins.length > 0 && { origin: [...corsOrigins] },
    graphiql: false,
    landingPage: false,
    logging: false,
  });
}

/** Only JSON is read, from the bytes that the listener took or from the URL: whole numbers beyond 2^53 keep their digits. */
const ownBodies: Plugin<object, Incoming> = {
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
  const params: GraphQLParams = {};
  for (const name of ['query', 'operationName'] as const) {
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

/** A document that is too long is not read to its end. */
const boundedDocuments: Plugin = {
  onParse({ setParseFn }) {
    setParseFn((source: string, options: object) => {
      try {
        return parse(source, { ...options, maxTokens: TOKENS_MAX });
      } catch (error) {
        throw isGraphQLError(error) && error.message.includes('Parsing aborted')
          ? asGraphQLError(
              new ShopgraphError('LIMIT_EXCEEDED', { says: `The document has more than ${TOKENS_MAX} tokens.` }),
            )
          : error;
      }
    });
  },
};

const asGraphQLError = ({ message, extensions }: ShopgraphError, at: object = {}): GraphQLError =>
  new GraphQLError(message, { ...at, extensions });

export const errorBody = ({ message, extensions }: ShopgraphError, requestId?: string) => ({
  errors: [{ message, extensions: { ...extensions, ...(requestId !== undefined && { requestId }) } }],
});

/** Ours and GraphQL's own as they are, everything else without a word of what it was. */
function publicError(error: unknown): GraphQLError {
  const original = isGraphQLError(error) ? (error.originalError ?? error) : error;
  const isForeseen = original instanceof ShopgraphError || isGraphQLError(original);
  if (isForeseen && isGraphQLError(error)) return error;
  const at = isGraphQLError(error) ? { nodes: error.nodes ?? null, path: error.path ?? null } : {};
  if (original instanceof ShopgraphError) return asGraphQLError(original, at);
  // The stack that GraphQL reads a document on is as deep as the document.
  if (original instanceof RangeError) {
    return asGraphQLError(new ShopgraphError('LIMIT_EXCEEDED', { says: 'The document is nested too deeply.' }), at);
  }
  return asGraphQLError(new ShopgraphError('INTERNAL'), at);
}

// By name: a second copy of the library in the process must not turn every error into an unexpected one.
const isGraphQLError = (error: unknown): error is GraphQLError =>
  error instanceof Error && error.name === 'GraphQLError';

/** Every error has a code of ours, and says by which name the log knows the request: what GraphQL itself refuses is bad input. */
const coded: Plugin<object, Incoming> = {
  onResultProcess({ result, serverContext: { asking } }) {
    if (Array.isArray(result) || !('errors' in result)) return;
    for (const { extensions } of result.errors ?? []) {
      if (!isErrorCode(extensions.code)) Object.assign(extensions, { code: 'BAD_INPUT', retryable: false });
      extensions.requestId = asking.requestId;
    }
  },
};

/** What the operation cost, in the result's extensions and in headers that proxies can read. */
function withReceipt(onAnswered: Options['onAnswered']): Plugin<RequestContext, Incoming> {
  const receipts = new WeakMap<Request, Receipt>();
  return {
    onExecute: ({ args }) => {
      const { contextValue } = args;
      const operationName = getOperationAST(args.document as DocumentNode, args.operationName as string)?.name?.value;
      const startedAt = performance.now();
      return {
        onExecuteDone: ({ result, setResult }) => {
          contextValue.leave();
          const receipt = contextValue.receipt();
          receipts.set(contextValue.request, receipt);
          if (Symbol.asyncIterator in result) return;
          const codes = (result.errors ?? []).map(codeOf);
          const tookMs = performance.now() - startedAt;
          onAnswered({
            asking: contextValue.asking,
            operationName,
            receipt,
            tookMs,
            codes,
          });
          setResult(withCost(result, receipt));
        },
      };
    },
    onResponse: ({ request, response }) => {
      const { calls = 0, credits = {}, budget } = receipts.get(request) ?? {};
      response.headers.set('x-shopgraph-calls', String(calls));
      response.headers.set('x-shopgraph-credits', String(Object.values(credits).reduce((sum, each) => sum + each, 0)));
      if (budget) response.headers.set('x-shopgraph-credits-remaining', String(budget.remaining));
    },
  };
}

const codeOf = ({ extensions }: GraphQLError) => String(extensions.code);

/** What the calls cost that were not made is known when all others have been: the error says it, too. */
function withCost(result: ExecutionResult, cost: Receipt): ExecutionResult {
  for (const error of result.errors ?? []) {
    if (codeOf(error) === 'BUDGET_EXHAUSTED') Object.assign(error.extensions, { creditsMissing: cost.budget.missing });
  }
  return { ...result, extensions: { ...result.extensions, cost } };
}
