/** GraphQL over HTTP: the parts of it, put together. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { useDeferStream } from '@graphql-yoga/plugin-defer-stream';
import { lexicographicSortSchema, type GraphQLSchema } from 'graphql';
import { createYoga, type Plugin } from 'graphql-yoga';
import type { Asking, RequestContext } from '../context.ts';
import { byText, documentsFor } from '../documents.ts';
import { toldInJson, unacceptable } from './accepting.ts';
import { withAdmission } from './admission.ts';
import { secret, withoutHints, type Disclosure } from './disclosure.ts';
import { boundedDocuments } from './documents.ts';
import { dryRuns } from './dry-run.ts';
import { publicError, withCodes } from './errors.ts';
import { ownBodies } from './params.ts';
import { miscounted } from './parts.ts';
import { tooDear, tooMany } from './price.ts';
import { withReceipt, type Answered, type Finish } from './receipts.ts';
import { inlineTraces, wantsTrace } from './traces.ts';
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

/** What the listener hands over with a request. */
export interface Incoming {
  readonly asking: Asking;
  /** A POST's body, already within the limit. */
  readonly body?: Buffer;
}

export function createGraphql(options: Options) {
  const plain = yogaOf(options, []);
  // Tracing wraps every resolver, in place: whoever wants it is answered by a copy.
  let tracing: typeof plain | undefined;
  return (request: IncomingMessage, response: ServerResponse, incoming: Incoming) => {
    if (!wantsTrace(request.headers)) return plain(request, response, incoming);
    tracing ??= yogaOf({ ...options, schema: lexicographicSortSchema(options.schema) }, [inlineTraces()]);
    return tracing(request, response, incoming);
  };
}

function yogaOf({ schema, corsOrigins, disclosure, trusted, ...options }: Options, plugins: readonly Plugin[]) {
  const { createContext, onAnswered, onUnexpected } = options;
  /** A part's errors are masked as a part's, and once more as a result's. */
  const told = new WeakSet<object>();
  const mask = (error: unknown) => {
    const masked = publicError(error);
    if (masked.extensions.code !== 'INTERNAL' || told.has(masked)) return masked;
    onUnexpected(error);
    told.add(masked);
    return masked;
  };
  /** Every error has a code of ours. */
  const finish: Finish = (errors, { caller, requestId }) => {
    withCodes(errors, requestId);
    if (!disclosure.toCaller(caller)) withoutHints(errors);
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
      withReceipt(onAnswered, mask, finish),
      withAdmission([secret(disclosure), miscounted, tooMany]),
      dryRuns,
      withAdmission([unacceptable, tooDear]),
      finished(finish),
      toldInJson,
      ...plugins,
    ],
    maskedErrors: { maskError: mask },
    parserAndValidationCache: { documentCache: documentsFor(schema), errorCache: byText<object>() },
    // The listener has bounded the body; Yoga's own bound copies it once more.
    maxRequestBodySize: false,
    cors: corsOrigins.length > 0 && { origin: [...corsOrigins] },
    graphiql: false,
    extraParamNames: ['documentId'],
    landingPage: false,
    logging: false,
  });
}

/** Parts are finished one by one. */
const finished = (finish: Finish): Plugin<object, Incoming> => ({
  onResultProcess({ result, serverContext: { asking } }) {
    if (!Array.isArray(result) && 'errors' in result) finish(result.errors, asking);
  },
});
