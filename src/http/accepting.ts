/** In which forms a client takes an answer: whole, in parts, or as events. */
import {
  Kind,
  OperationTypeNode,
  valueFromASTUntyped,
  visit,
  type DirectiveNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { ShopgraphError } from '../errors.ts';
import type { Asked, Objection } from './admission.ts';
import { errorBody } from './errors.ts';
import type { Incoming } from './graphql.ts';

const PARTS = ['multipart/mixed', 'text/event-stream'];
const EVENTS = ['text/event-stream'];
const WHOLE = ['application/graphql-response+json', 'application/json'];
const ANY = [...WHOLE, ...PARTS];

const WITH_EVENTS = 'A subscription answers with events';

/** Those for which Yoga makes no parts. */
const subscribing = new WeakSet<Request>();

/** Asked before anything is bought. */
export const unacceptable: Objection = (asked) => {
  const { operation, context } = asked;
  if (operation.operation === OperationTypeNode.SUBSCRIPTION) subscribing.add(context.request);
  const [why, forms] =
    operation.operation === OperationTypeNode.SUBSCRIPTION
      ? [WITH_EVENTS, EVENTS]
      : comesInParts(asked)
        ? ['With `@defer` or `@stream` the answer comes in parts', PARTS]
        : ['GraphQL answers in JSON', ANY];
  return accepts(context.request, forms) ? null : { error: notAcceptable(why, forms), status: 406 };
};

/** Who takes no form that there is gets told so in JSON. */
export const toldInJson: Plugin<object, Incoming> = {
  onResultProcess: (processing) => {
    const { request, serverContext } = processing;
    const isOfEvents = subscribing.has(request);
    if (accepts(request, isOfEvents ? [...WHOLE, ...EVENTS] : ANY)) return;
    const error = isOfEvents ? notAcceptable(WITH_EVENTS, EVENTS) : notAcceptable('GraphQL answers in JSON', ANY);
    const body = errorBody(error, serverContext.asking.requestId);
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

/** Asked before anything is bought, since it is executed only then. */
export const miscounted: Objection = (asked) => {
  const counts = cutsIn(asked).map((cut) => said(cut, 'initialCount', asked));
  const isWrong = counts.some((count) => count === null || (typeof count === 'number' && count < 0));
  return isWrong ? { error: new ShopgraphError('BAD_INPUT', { says: '`initialCount` must be 0 or more.' }) } : null;
};

const comesInParts = (asked: Asked) => cutsIn(asked).some((cut) => said(cut, 'if', asked) !== false);

/** Undefined: nothing. */
function said({ arguments: args }: DirectiveNode, argument: string, { operation, variables }: Asked): unknown {
  const value = args?.find(({ name }) => name.value === argument)?.value;
  if (value?.kind !== Kind.VARIABLE) return value && valueFromASTUntyped(value);
  const defined = operation.variableDefinitions?.find(({ variable }) => variable.name.value === value.name.value);
  const given = variables[value.name.value];
  return given === undefined && defined?.defaultValue ? valueFromASTUntyped(defined.defaultValue) : given;
}

const cuts = new WeakMap<OperationDefinitionNode, readonly DirectiveNode[]>();

/** Each `@defer` and `@stream`, wherever it stands in the operation or in a fragment that it leads to. */
function cutsIn({ operation, document }: Asked): readonly DirectiveNode[] {
  const known = cuts.get(operation);
  if (known) return known;
  const found: DirectiveNode[] = [];
  const fragments = document.definitions.filter((each) => each.kind === Kind.FRAGMENT_DEFINITION);
  const looked = new Set<OperationDefinitionNode | FragmentDefinitionNode>();
  const look = (at: OperationDefinitionNode | FragmentDefinitionNode): void => {
    if (looked.has(at)) return;
    looked.add(at);
    visit(at, {
      Directive: (directive) => {
        if (directive.name.value === 'defer' || directive.name.value === 'stream') found.push(directive);
      },
      FragmentSpread: ({ name }) => {
        fragments.filter((each) => each.name.value === name.value).forEach(look);
      },
    });
  };
  look(operation);
  cuts.set(operation, found);
  return found;
}
