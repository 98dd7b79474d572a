/** In which forms a client takes an answer: whole, in parts, or as events. */
import { Kind, OperationTypeNode, visit, type DirectiveNode, type DocumentNode } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { ShopgraphError } from '../errors.ts';
import type { Asked, Objection } from './admission.ts';
import { errorBody } from './errors.ts';
import type { Incoming } from './graphql.ts';

const PARTS = ['multipart/mixed', 'text/event-stream'];
const EVENTS = ['text/event-stream'];
const ANY = ['application/graphql-response+json', 'application/json', ...PARTS];

/** Asked before anything is bought. */
export const unacceptable: Objection = (asked) => {
  const { operation, context } = asked;
  const [why, forms] =
    operation.operation === OperationTypeNode.SUBSCRIPTION
      ? ['A subscription answers with events', EVENTS]
      : comesInParts(asked)
        ? ['With `@defer` or `@stream` the answer comes in parts', PARTS]
        : ['GraphQL answers in JSON', ANY];
  return accepts(context.request, forms) ? null : { error: notAcceptable(why, forms), status: 406 };
};

/** Who takes no form that there is gets told so in JSON. */
export const toldInJson: Plugin<object, Incoming> = {
  onResultProcess: (processing) => {
    const { request, serverContext } = processing;
    if (accepts(request, ANY)) return;
    const body = errorBody(notAcceptable('GraphQL answers in JSON', ANY), serverContext.asking.requestId);
    processing.setResultProcessor(
      (_result, fetchAPI) => fetchAPI.Response.json(body, { status: 406 }),
      'application/json',
    );
  },
};

const notAcceptable = (why: string, forms: readonly string[]) =>
  new ShopgraphError('BAD_INPUT', { says: `${why}: send \`accept: ${forms.join('\` or `accept: ')}\`.` });

/** As Yoga reads the header, so that what is let through here is answered there: without weights, and in UTF-8 alone. */
function accepts(request: Request, mediaTypes: readonly string[]): boolean {
  const ranges = (request.headers.get('accept') ?? '*/*').replace(/\s/g, '').toLowerCase().split(',');
  return ranges.some((range) => {
    const [type = '', ...params] = range.split(';');
    const charset = params.find((param) => param.startsWith('charset='));
    if (charset !== undefined && charset !== 'charset=utf-8') return false;
    return mediaTypes.some((each) => type === '*/*' || type === each || type === `${each.split('/')[0]!}/*`);
  });
}

interface Condition {
  /** Null: always. */
  readonly variable: string | null;
}
const conditions = new WeakMap<DocumentNode, readonly Condition[]>();

function comesInParts({ document, operation, variables }: Asked): boolean {
  let found = conditions.get(document);
  if (!found) conditions.set(document, (found = conditionsIn(document)));
  return found.some(({ variable }) => variable === null || isTrue(variable));

  function isTrue(name: string) {
    const defined = operation.variableDefinitions?.find(({ variable }) => variable.name.value === name);
    const byDefault = defined?.defaultValue?.kind === Kind.BOOLEAN ? defined.defaultValue.value : undefined;
    return (variables[name] ?? byDefault) !== false;
  }
}

/** When `@defer` and `@stream` apply, wherever they stand in the document. */
function conditionsIn(document: DocumentNode): Condition[] {
  const found: Condition[] = [];
  visit(document, {
    Directive: ({ name, arguments: args }: DirectiveNode) => {
      if (name.value !== 'defer' && name.value !== 'stream') return;
      const condition = args?.find((argument) => argument.name.value === 'if')?.value;
      if (condition?.kind === Kind.VARIABLE) found.push({ variable: condition.name.value });
      else if (condition?.kind !== Kind.BOOLEAN || condition.value) found.push({ variable: null });
    },
  });
  return found;
}
