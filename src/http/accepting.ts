/** In which forms a client takes an answer: whole, in parts, or as events. */
import { OperationTypeNode } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { ShopgraphError } from '../errors.ts';
import type { Objection } from './admission.ts';
import { errorBody } from './errors.ts';
import type { Incoming } from './graphql.ts';
import { comesInParts } from './parts.ts';

const PARTS = ['multipart/mixed', 'text/event-stream'];
const EVENTS = ['text/event-stream'];
const WHOLE = ['application/graphql-response+json', 'application/json'];
const ANY = [...WHOLE, ...PARTS];

const WITH_EVENTS = 'A subscription answers with events';

/** Those for which Yoga makes no parts. */
const subscribing = new WeakSet<Request>();
export const answersNoParts = (request: Request) => {
  subscribing.add(request);
};

/** Asked before anything is bought. */
export const unacceptable: Objection = (asked) => {
  const { operation, context } = asked;
  if (operation.operation === OperationTypeNode.SUBSCRIPTION) answersNoParts(context.request);
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
