/** Documents that are known beforehand, and asked for by their ids. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { usePersistedOperations } from '@graphql-yoga/plugin-persisted-operations';
import { parse, validate, type GraphQLSchema } from 'graphql';
import type { GraphQLParams, Plugin } from 'graphql-yoga';
import { ShopgraphError } from '../errors.ts';
import { asGraphQLError } from './errors.ts';

export interface Trusted {
  /** By id: `sha256:` and the digest of the text, or whatever a client's build calls it. */
  readonly documents: ReadonlyMap<string, string>;
  /** No other is answered. */
  readonly isOnly: boolean;
}

/** Throws one error that names every document that is not as it should be. */
export function readTrusted(file: string, schema: GraphQLSchema): ReadonlyMap<string, string> {
  const documents = new Map(Object.entries(jsonOf(file)));
  const mistakes = [...documents].flatMap(([id, text]) => mistakesIn(id, text, schema));
  if (mistakes.length > 0) throw new Error([`The trusted documents ${file} have mistakes:`, ...mistakes].join('\n  '));
  return documents as ReadonlyMap<string, string>;
}

function jsonOf(file: string): object {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof value === 'object' && value !== null) return value;
  } catch (error) {
    throw new Error(`The trusted documents ${file} cannot be read`, { cause: error });
  }
  throw new Error(`The trusted documents ${file} must be a JSON object: the text of each by its id`);
}

function mistakesIn(id: string, text: unknown, schema: GraphQLSchema): string[] {
  if (typeof text !== 'string') return [`${id}: must be a text`];
  const digest = /^(?:sha256:)?([0-9a-f]{64})$/.exec(id)?.[1];
  if (digest !== undefined && digest !== createHash('sha256').update(text).digest('hex')) {
    return [`${id}: is not the digest of its text`];
  }
  try {
    return validate(schema, parse(text)).map(({ message }) => `${id}: ${message}`);
  } catch (error) {
    return [`${id}: ${(error as Error).message}`];
  }
}

export const trustedDocuments = ({ documents, isOnly }: Trusted): Plugin => {
  const unknown = asGraphQLError(
    new ShopgraphError('BAD_INPUT', { says: 'This server trusts no document with this id.' }),
  );
  const wanted = asGraphQLError(
    new ShopgraphError('BAD_INPUT', {
      says: isOnly
        ? 'Send the `documentId` of a trusted document.'
        : 'Send a `query`, or the `documentId` of a trusted document.',
    }),
  );
  const untrusted = asGraphQLError(
    new ShopgraphError('FORBIDDEN', {
      says: 'This server answers trusted documents alone: send a `documentId` instead of a `query`.',
    }),
  );
  for (const error of [unknown, wanted, untrusted]) error.extensions.http = { status: 400 };
  return usePersistedOperations({
    allowArbitraryOperations: !isOnly,
    extractPersistedOperationId: idIn,
    getPersistedOperation: (id) => documents.get(id) ?? documents.get(`sha256:${id}`) ?? null,
    customErrors: { notFound: () => unknown, keyNotFound: () => wanted, persistedQueryOnly: () => untrusted },
  });
};

/** As GraphQL over HTTP has it, or as Apollo's clients send it. */
function idIn(params: GraphQLParams): string | null {
  const { documentId } = params as { documentId?: unknown };
  if (typeof documentId === 'string') return documentId;
  const { persistedQuery } = (params.extensions ?? {}) as { persistedQuery?: { sha256Hash?: unknown } | null };
  return typeof persistedQuery?.sha256Hash === 'string' ? persistedQuery.sha256Hash : null;
}
