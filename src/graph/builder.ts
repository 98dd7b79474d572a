/** The schema builder: what fields get to work with, and the scalars. Every field is nullable unless it says otherwise. */
import SchemaBuilder from '@pothos/core';
import RelayPlugin from '@pothos/plugin-relay';
import { GraphQLCurrency, GraphQLDateTimeISO, GraphQLJSONObject, GraphQLSafeInt, GraphQLURL } from 'graphql-scalars';
import type { RequestContext } from '../context.ts';
import { encodeGlobalId } from './ids.ts';

interface Scalar<Value> {
  Input: Value;
  Output: Value;
}

interface Types {
  Context: RequestContext;
  Scalars: {
    ID: Scalar<string>;
    Currency: Scalar<string>;
    Date: Scalar<string>;
    DateTime: Scalar<Date>;
    Decimal: Scalar<string>;
    JSONObject: Scalar<Record<string, unknown>>;
    SafeInt: Scalar<number>;
    _Any: Scalar<unknown>;
    URL: Scalar<string>;
  };
}

export const builder = new SchemaBuilder<Types>({
  plugins: [RelayPlugin],
  relay: {
    encodeGlobalID: (type, id) => encodeGlobalId(type, String(id)),
    idFieldOptions: { description: 'The global id, unique in the whole graph. Opaque.' },
    nodeTypeOptions: {
      description: 'Something with a global id. Making one costs nothing; its facts cost when they are selected.',
      resolveType: (node) => (node as { type: string }).type,
    },
    nodeQueryOptions: false,
    nodesQueryOptions: false,
    pageInfoTypeOptions: { description: 'Where a connection stands. Paging is forward only.' },
    cursorFieldOptions: { type: 'String' },
    hasNextPageFieldOptions: { description: 'Whether there are rows after this window.' },
    hasPreviousPageFieldOptions: { description: 'Whether there are rows before this window.' },
    startCursorFieldOptions: { description: 'The cursor of the first edge; null if there is none.' },
    endCursorFieldOptions: { description: 'The cursor of the last edge: the next `after`. Null if there is none.' },
  },
});

builder.queryType({
  description: 'All that can be asked. Asking for a node by id costs nothing until its facts are selected.',
});

builder.addScalarType('Currency', GraphQLCurrency);
builder.addScalarType('DateTime', GraphQLDateTimeISO);
builder.addScalarType('JSONObject', GraphQLJSONObject);
builder.addScalarType('SafeInt', GraphQLSafeInt);
builder.scalarType('URL', {
  description: 'A URL, as RFC 3986 has it.',
  serialize: (url) => GraphQLURL.serialize(url) as string,
  // The text itself: a URL object would already have mended what is to be refused.
  parseValue: (given) => {
    GraphQLURL.parseValue(given);
    return String(given);
  },
});

// Contracts have checked these two; graphql-scalars has no exact decimal, and its date costs more than the field.
builder.scalarType('Decimal', {
  description: 'An exact decimal as a string, in the digits the provider sent: `"24.9"`. Never a float.',
  serialize: (digits) => digits,
});
builder.scalarType('Date', {
  description: "A calendar day, ISO 8601: `2024-06-01`. The provider's own day: no time zone is stated.",
  serialize: (day) => day,
});
