/** What an operation cost: in the result's extensions, in those of the last part where there are several, and in headers that proxies can read. */
import { getOperationAST, type DocumentNode, type ExecutionResult, type GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Asking, RequestContext } from '../context.ts';
import type { Explanation } from '../plan/explanation.ts';
import type { Receipt } from '../plan/receipt.ts';
import { codeOf } from './errors.ts';
import type { Incoming } from './graphql.ts';

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

/** A part of an answer that comes in several, or an event. */
interface Part extends ExecutionResult {
  readonly hasNext?: boolean;
  readonly incremental?: readonly { errors?: readonly GraphQLError[] }[];
}

interface Args {
  readonly document: DocumentNode;
  readonly operationName?: string | null | undefined;
  readonly contextValue: RequestContext & { readonly request: Request };
}

type Mask = (error: unknown) => GraphQLError;
/** As this client gets to see them. */
export type Finish = (errors: readonly GraphQLError[] | undefined, asking: Asking) => void;

export function withReceipt(
  onAnswered: (answered: Answered) => void,
  mask: Mask,
  finish: Finish,
): Plugin<RequestContext, Incoming> {
  /** Null: the cost is not known before the last part. */
  const receipts = new WeakMap<Request, Receipt | null>();

  const follow = ({ document, operationName, contextValue }: Args) => {
    const { asking, request, leave, receipt, explained } = contextValue;
    const startedAt = performance.now();
    const codes: string[] = [];
    /** It is over: nobody waits for more. */
    const end = (): Receipt => {
      leave();
      const cost = receipt();
      const name = getOperationAST(document, operationName)?.name?.value;
      onAnswered({ asking, operationName: name, receipt: cost, tookMs: performance.now() - startedAt, codes });
      return cost;
    };
    return {
      whole: (result: ExecutionResult): ExecutionResult => {
        codes.push(...(result.errors ?? []).map(codeOf));
        const cost = end();
        receipts.set(request, cost);
        return withCost(result, cost, explained());
      },
      parts: () => {
        receipts.set(request, null);
        return {
          onNext: ({ result, setResult }: { result: unknown; setResult: (result: ExecutionResult) => void }) => {
            const part = publicPart(result as Part, mask);
            finish(errorsOf(part), asking);
            codes.push(...errorsOf(part).map(codeOf));
            setResult(part.hasNext === true ? withMissing(part, receipt()) : withCost(part, receipt(), explained()));
          },
          onEnd: () => {
            end();
          },
        };
      },
    };
  };

  return {
    onExecute: ({ args }) => {
      const { whole, parts } = follow(args);
      return {
        onExecuteDone: ({ result, setResult }) => {
          if (Symbol.asyncIterator in result) return parts();
          setResult(whole(result));
          return undefined;
        },
      };
    },
    onSubscribe: ({ args }) => {
      const { whole, parts } = follow(args);
      return {
        onSubscribeResult: ({ result, setResult }) => {
          if (Symbol.asyncIterator in result) return parts();
          setResult(whole(result));
          return undefined;
        },
      };
    },
    onResponse: ({ request, response }) => {
      const receipt = receipts.get(request);
      if (receipt === null) return;
      const { calls = 0, credits = {}, budget } = receipt ?? {};
      response.headers.set('x-shopgraph-calls', String(calls));
      response.headers.set('x-shopgraph-credits', String(Object.values(credits).reduce((sum, each) => sum + each, 0)));
      if (budget) response.headers.set('x-shopgraph-credits-remaining', String(budget.remaining));
    },
  };
}

const errorsOf = ({ errors = [], incremental = [] }: Part): readonly GraphQLError[] => [
  ...errors,
  ...incremental.flatMap((each) => each.errors ?? []),
];

/** Yoga masks the errors of whole results alone. */
function publicPart(part: Part, mask: Mask): Part {
  const told = (errors: readonly GraphQLError[]) => errors.map(mask);
  const { errors, incremental } = part;
  return {
    ...part,
    ...(errors && { errors: told(errors) }),
    ...(incremental && {
      incremental: incremental.map((each) => (each.errors ? { ...each, errors: told(each.errors) } : each)),
    }),
  };
}

function withCost<Result extends Part>(result: Result, cost: Receipt, explain: Explanation | null): Result {
  const { cost: told, ...others } = result.extensions ?? {};
  const explained = explain && { explain };
  const extensions = { ...others, ...explained, cost: { ...cost, ...(told as object) } };
  return { ...withMissing(result, cost), extensions };
}

/** What the calls cost that were not made is known when all others have been, and in a part of an answer as far as it goes: the error says it, too. */
function withMissing<Result extends Part>(result: Result, { budget }: Receipt): Result {
  for (const error of errorsOf(result)) {
    if (codeOf(error) === 'BUDGET_EXHAUSTED') Object.assign(error.extensions, { creditsMissing: budget.missing });
  }
  return result;
}
