/** GraphQL over HTTP: the parts of it, put together. */
import { useDeferStream } from '@graphql-yoga/plugin-defer-stream';
import type { DocumentNode, GraphQLSchema } from 'graphql';
import { createYoga, type Plugin } from 'graphql-yoga';
import { LRUCache } from 'lru-cache';
import type { Asking, RequestContext } from '../context.ts';
import { toldInJson, unacceptable } from './accepting.ts';
import { withAdmission } from './admission.ts';
import { secret, withoutHints, type Disclosure } from './disclosure.ts';
import { boundedDocuments } from './documents.ts';
import { publicError, withCodes } from './errors.ts';
import { ownBodies } from './params.ts';
import { tooDear } from './price.ts';
import { withReceipt, type Answered } from './receipts.ts';
import { trustedDocuments, type Trusted } from './trusted.ts';

interface Options {
  readonly schema: GraphQLSchema;
  readonly corsOrigins: readonly string[];
  readonly disclosure: Disclosure;
  /** Null: every document is answered, and has to be sent. */
  readonly trusted: Trusted | null;
  readonly createContext: (asking: Asking) => RequestContext;
  readonly onAnswered: (answered: Answered) => void;
  /** Told of errors that the client does not get to see. */
  readonly onUnexpected: (error: unknown) => void;
}

/** Read documents are kept by the length of their texts: a text takes a hundred times as much when it is read. */
const documents = <Value extends object>() =>
  new LRUCache<string, Value>({ maxSize: 2 * 1024 * 1024, sizeCalculation: (_value, text) => text.length + 500 });

/** What the listener hands over with a request. */
export interface Incoming {
  readonly asking: Asking;
  /** A POST's body, already within the limit. */
  readonly body?: Buffer;
}

export function createGraphql({ schema, corsOrigins, disclosure, trusted, ...options }: Options) {
  const { createContext, onAnswered, onUnexpected } = options;
  const mask = (error: unknown) => {
    const masked = publicError(error);
    if (masked.extensions.code === 'INTERNAL') onUnexpected(error);
    return masked;
  };
  return createYoga<Incoming, RequestContext>({
    schema,
    context: ({ asking, request }) => {
      const context = createContext(asking);
      request.signal.addEventListener('abort', context.leave);
      return context;
    },
    plugins: [
      ownBodies,
      ...(trusted ? [trustedDocuments(trusted)] : []),
      boundedDocuments,
      useDeferStream(),
      withReceipt(onAnswered, mask),
      withAdmission([secret(disclosure), unacceptable, tooDear]),
      coded(disclosure),
      toldInJson,
    ],
    maskedErrors: { maskError: mask },
    parserAndValidationCache: { documentCache: documents<DocumentNode>(), errorCache: documents<object>() },
    // The listener has bounded the body; Yoga's own bound copies it once more.
    maxRequestBodySize: false,
    cors: corsOrigins.length > 0 && { origin: [...corsOrigins] },
    graphiql: false,
    extraParamNames: ['documentId'],
    landingPage: false,
    logging: false,
  });
}

/** Every error has a code of ours. */
const coded = ({ toCaller }: Disclosure): Plugin<object, Incoming> => ({
  onResultProcess({ result, serverContext: { asking } }) {
    if (Array.isArray(result) || !('errors' in result)) return;
    withCodes(result.errors, asking.requestId);
    if (!toCaller(asking.caller)) withoutHints(result.errors);
  },
});
