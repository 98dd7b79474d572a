/** Errors as clients see them: each has a code of ours, and none a word of what went wrong inside. */
import { GraphQLError } from 'graphql';
import { isErrorCode, ShopgraphError } from '../errors.ts';

export const asGraphQLError = ({ message, extensions }: ShopgraphError, at: object = {}): GraphQLError =>
  new GraphQLError(message, { ...at, extensions });

export const errorBody = ({ message, extensions }: ShopgraphError, requestId?: string) => ({
  errors: [{ message, extensions: { ...extensions, ...(requestId !== undefined && { requestId }) } }],
});

/** Ours and GraphQL's own as they are, everything else without a word of what it was. */
export function publicError(error: unknown): GraphQLError {
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
export const isGraphQLError = (error: unknown): error is GraphQLError =>
  error instanceof Error && error.name === 'GraphQLError';

/** What GraphQL itself refuses is bad input. By the request's name the log knows what has happened. */
export function withCodes(errors: readonly GraphQLError[] | undefined, requestId: string): void {
  for (const { extensions } of errors ?? []) {
    if (!isErrorCode(extensions.code)) Object.assign(extensions, { code: 'BAD_INPUT', retryable: false });
    extensions.requestId = requestId;
  }
}

export const codeOf = ({ extensions }: GraphQLError) => String(extensions.code);
