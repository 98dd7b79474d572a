/** `x-shopgraph-dry-run: 1`: instead of its answer, an operation gets its price. */
import type { ExecutionArgs, ExecutionResult } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { RequestContext } from '../context.ts';
import { executableOf } from '../documents.ts';
import type { Incoming } from './graphql.ts';

const HEADER = 'x-shopgraph-dry-run';

const isDryRun = ({ headers }: Request): boolean => headers.get(HEADER) === '1';

/** Stands behind what is refused for its size, and before what is refused for its price or its form: the price says so itself. */
export const dryRuns: Plugin<RequestContext, Incoming> = {
  onExecute: ({ args, setResultAndStopExecution }) =>
    isDryRun(args.contextValue.request) ? priceOf(args).then(setResultAndStopExecution) : undefined,
  onSubscribe: ({ args, setResultAndStopExecution }) =>
    isDryRun(args.contextValue.request)
      ? // The type promises events only; Yoga takes a result as well.
        priceOf(args).then((result) => {
          setResultAndStopExecution(result as never);
        })
      : undefined,
};

interface Args extends Pick<ExecutionArgs, 'schema' | 'document' | 'operationName' | 'variableValues'> {
  readonly contextValue: RequestContext;
}

async function priceOf(args: Args): Promise<ExecutionResult> {
  const { schema, document, operationName, variableValues, contextValue } = args;
  const asked = executableOf(schema, document, { operationName, variables: variableValues });
  if ('errors' in asked) return { errors: asked.errors };
  const estimated = await contextValue.preview(asked.executable);
  return { data: null, extensions: { cost: { estimated } } };
}
