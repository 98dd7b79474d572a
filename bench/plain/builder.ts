/** The schema builder, the scalars, and the values that several types share. Names, arguments and nullability are shopgraph's. */
import SchemaBuilder from '@pothos/core';
import { GraphQLCurrency, GraphQLDateTimeISO, GraphQLSafeInt, GraphQLURL } from 'graphql-scalars';
import type { Load } from './loaders.ts';

export interface Context {
  readonly load: Load;
}

interface Scalar<Value> {
  Input: Value;
  Output: Value;
}

interface Types {
  Context: Context;
  Scalars: {
    ID: Scalar<string>;
    Currency: Scalar<string>;
    Date: Scalar<string>;
    DateTime: Scalar<Date>;
    Decimal: Scalar<string>;
    SafeInt: Scalar<number>;
    URL: Scalar<string | URL>;
  };
}

export const builder = new SchemaBuilder<Types>({});

builder.queryType({});
builder.addScalarType('Currency', GraphQLCurrency);
builder.addScalarType('DateTime', GraphQLDateTimeISO);
builder.addScalarType('SafeInt', GraphQLSafeInt);
builder.addScalarType('URL', GraphQLURL);
builder.scalarType('Decimal', { serialize: (digits) => digits });
builder.scalarType('Date', { serialize: (day) => day });

const regionCodes = [
  'US',
  'GB',
  'DE',
  'FR',
  'IT',
  'ID',
  'MY',
  'MX',
  'PH',
  'SG',
  'ES',
  'TH',
  'VN',
  'BR',
  'JP',
  'IE',
] as const;
export const Region = builder.enumType('Region', { values: regionCodes });

export const toRegion = (country: string | null | undefined) => regionCodes.find((code) => code === country) ?? null;

export const Period = builder.enumType('Period', {
  values: {
    LAST_1_DAY: { value: 1 },
    LAST_7_DAYS: { value: 7 },
    LAST_30_DAYS: { value: 30 },
    LAST_90_DAYS: { value: 90 },
  } as const,
});

const ValueBasis = builder.enumType('ValueBasis', { values: ['REPORTED', 'INFERRED'] as const });

interface MoneyValue {
  readonly amount: string;
  readonly currency: string | null;
}

/** No provider of a plain price states its currency; one that is told has been inferred. */
export const Money = builder.objectRef<MoneyValue>('Money').implement({
  fields: (t) => ({
    amount: t.expose('amount', { type: 'Decimal', nullable: false }),
    currency: t.expose('currency', { type: 'Currency' }),
    currencyBasis: t.field({
      type: ValueBasis,
      resolve: ({ currency }) => (currency === null ? null : ('INFERRED' as const)),
    }),
  }),
});

export const money = (amount: string | null | undefined, currency: string | null = null): MoneyValue | null =>
  amount == null ? null : { amount, currency };

export const Image = builder.objectRef<{ url: string }>('Image').implement({
  fields: (t) => ({ url: t.expose('url', { type: 'URL', nullable: false }) }),
});

export const image = (url: string | null | undefined) => (url == null ? null : { url });
