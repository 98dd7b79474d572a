/** Who gets to see the schema: by introspection, as the subgraph's SDL, in GraphiQL, and by the hints in errors. */
import type { IncomingHttpHeaders } from 'node:http';
import { visit, type DocumentNode, type FieldNode, type GraphQLError } from 'graphql';
import type { Caller, Callers } from '../callers.ts';
import { ShopgraphError } from '../errors.ts';
import type { Objection } from './admission.ts';

/** `keys`: whoever asks with a key. */
export const audiences = ['on', 'keys', 'off'] as const;
export type Audience = (typeof audiences)[number];

export type Disclosure = ReturnType<typeof createDisclosure>;

export function createDisclosure(audience: Audience, callers: Callers) {
  const toCaller = ({ isAnonymous }: Caller): boolean =>
    audience === 'on' || (audience === 'keys' && isAnonymous !== true);
  return {
    toCaller,
    /** To whoever opens the page: no request of theirs has been counted. */
    toHeaders: (headers: IncomingHttpHeaders): boolean => {
      const caller = audience === 'keys' ? callers.identify(headers) : null;
      return caller instanceof ShopgraphError ? false : caller ? toCaller(caller) : audience === 'on';
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
/** Those selected, wherever they stand. */
const found = new WeakMap<DocumentNode, ReadonlySet<string>>();

function asksForSchema(document: DocumentNode): boolean {
  let names = found.get(document);
  if (!names) found.set(document, (names = tellingIn(document)));
  return names.size > 0;
}

function tellingIn(document: DocumentNode): Set<string> {
  const names = new Set<string>();
  visit(document, {
    Field: ({ name }: FieldNode) => {
      if (telling.has(name.value)) names.add(name.value);
    },
  });
  return names;
}

/** GraphQL's own errors name what is spelled alike. */
export function withoutHints(errors: readonly GraphQLError[] | undefined): void {
  for (const error of errors ?? []) error.message = error.message.replace(/ Did you mean .*\?$/s, '');
}
