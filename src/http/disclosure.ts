/** Who gets to see the schema: by introspection, as the subgraph's SDL, in GraphiQL, and by the hints in errors. */
import type { IncomingHttpHeaders } from 'node:http';
import { BREAK, visit, type DocumentNode, type FieldNode, type GraphQLError } from 'graphql';
import type { Caller, Callers } from '../callers.ts';
import { ShopgraphError } from '../errors.ts';
import type { Objection } from './admission.ts';

/** `keys`: whoever asks with a key. */
export type Audience = 'on' | 'keys' | 'off';

export type Disclosure = ReturnType<typeof createDisclosure>;

export function createDisclosure(audience: Audience, callers: Callers) {
  const toCaller = ({ isAnonymous }: Caller): boolean =>
    audience === 'on' || (audience === 'keys' && isAnonymous !== true);
  return {
    toCaller,
    /** To whoever opens the page: no request of theirs has been counted. */
    toHeaders: (headers: IncomingHttpHeaders): boolean => {
      if (audience !== 'keys') return audience === 'on';
      const caller = callers.identify(headers);
      return !(caller instanceof ShopgraphError) && toCaller(caller);
    },
  };
}

export const hidden = new ShopgraphError('FORBIDDEN', {
  says: 'This server does not show its schema here: INTROSPECTION says to whom it does.',
});

export const secret =
  ({ toCaller }: Disclosure): Objection =>
  ({ document, context }) =>
    asksForSchema(document) && !toCaller(context.asking.caller) ? { error: hidden } : null;

const telling = new Set(['__schema', '__type', '_service']);
const known = new WeakMap<DocumentNode, boolean>();

/** Wherever it stands in the document. */
function asksForSchema(document: DocumentNode): boolean {
  const before = known.get(document);
  if (before !== undefined) return before;
  let asks = false;
  visit(document, {
    Field: ({ name }: FieldNode) => {
      if (!telling.has(name.value)) return undefined;
      asks = true;
      return BREAK;
    },
  });
  known.set(document, asks);
  return asks;
}

/** GraphQL's own errors name what is spelled alike. */
export function withoutHints(errors: readonly GraphQLError[] | undefined): void {
  for (const error of errors ?? []) error.message = error.message.replace(/ Did you mean .*\?$/s, '');
}
