/** `x-shopgraph-dry-run: 1`: instead of its answer, an operation gets its price. */
import type { ExecutionArgs, ExecutionResult } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { RequestContext } from '../context.ts';
import { executableOf } from '../documents.ts';
import { answersNoParts } from './accepting.ts';
import type { Incoming } from './graphql.ts';

/** Stands behind what is refused for its size, and before what is refused for its price or its form: the price says so itself. */
export const dryRuns: Plugin<RequestContext, Incoming> = {
  onExecute: ({ args, setResultAndStopExecution }) =>
    args.contextValue.asking.isDryRun ? priceOf(args).then(setResultAndStopExecution) : undefined,
  onSubscribe: ({ args, setResultAndStopExecution }) => {
    const context = args.contextValue as RequestContext & { readonly request: Request };
    if (!context.asking.isDryRun) return undefined;
    answersNoParts(context.request);
    // The type promises events only; Yoga takes a result as well.
    return priceOf(args).then((result) => {
      setResultAndStopExecution(result as never);
    });
  },
};

interface Args extends Pick<ExecutionArgs, 'schema' | 'document' | 'operationName' | 'variableValues'> {
  readonly contextValue: RequestContext;
}

async function priceOf(args: Args): Promise<ExecutionResult> {
  const { schema, document, operationName, variableValues, contextValue } = args;
  const asked = executableOf(schema, document, { operationName, variables: variableValues });
  if ('errors' in asked) {
    for (const { extensions } of asked.errors) extensions.http = { status: 400 };
    return { errors: asked.errors };
  }
  const estimated = await contextValue.preview(asked.executable);
  return { data: null, extensions: { cost: { estimated } } };
}
