/** What an executable operation is refused for before any of it is resolved. */
import {
  getOperationAST,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { RequestContext } from '../context.ts';
import type { ShopgraphError } from '../errors.ts';
import { asGraphQLError } from './errors.ts';
import type { Incoming } from './graphql.ts';

export interface Asked {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** As the client sent them. */
  readonly variables: Readonly<Record<string, unknown>>;
  readonly schema: GraphQLSchema;
  readonly context: RequestContext & { readonly request: Request };
}

/** Null: there is nothing against it. `status`: of the HTTP response, where it is not GraphQL's own affair. */
export type Objection = (asked: Asked) => { readonly error: ShopgraphError; readonly status?: number } | null;

export function withAdmission(objections: readonly Objection[]): Plugin<RequestContext, Incoming> {
  const refusalOf = (args: unknown): ExecutionResult | null => {
    const { schema, document, operationName, variableValues, contextValue } = args as ExecutionArgs;
    const operation = getOperationAST(document, operationName);
    if (!operation) return null;
    const context = contextValue as Asked['context'];
    const asked = { schema, document, operation, variables: variableValues ?? {}, context };
    for (const object of objections) {
      const refusal = object(asked);
      if (!refusal) continue;
      const error = asGraphQLError(refusal.error);
      error.extensions.http = refusal.status === undefined ? { status: 400, spec: true } : { status: refusal.status };
      return { errors: [error] };
    }
    return null;
  };
  return {
    onExecute: ({ args, setResultAndStopExecution }) => {
      const refusal = refusalOf(args);
      if (refusal) setResultAndStopExecution(refusal);
    },
    onSubscribe: ({ args, setResultAndStopExecution }) => {
      const refusal = refusalOf(args);
      // The type promises events only; Yoga takes a result as well.
      if (refusal) setResultAndStopExecution(refusal as never);
    },
  };
}
