/** Value types that several nodes share: money, images, regions. */
import { ShopgraphError } from '../errors.ts';
import { builder } from './builder.ts';
import { regions } from './ids.ts';

type RegionCode = keyof typeof regions;

export const Region = builder.enumType('Region', {
  description: 'A market of TikTok Shop, as an ISO 3166-1 alpha-2 code.',
  values: Object.fromEntries(
    Object.entries(regions).map(([code, country]) => [code, { description: `TikTok Shop in ${country}.` }]),
  ) as Record<RegionCode, { description: string }>,
});

/** A market that we have no name for is an error: as null it would read "not stated". */
export function toRegion(country: string | null | undefined): RegionCode | null | undefined {
  if (country == null) return country;
  const code = country.toUpperCase();
  if (Object.hasOwn(regions, code)) return code as RegionCode;
  throw new ShopgraphError('UPSTREAM_BAD_DATA', { reason: 'a market that the graph does not name' });
}

export const ValueBasis = builder.enumType('ValueBasis', {
  description: 'How a value came to be known.',
  values: {
    REPORTED: { description: 'The provider sent it.' },
    INFERRED: {
      description:
        'Derived by this server: a currency from a region, a balance from its own books. Do not settle accounts on it.',
    },
  } as const,
});

interface MoneyValue {
  readonly amount: string;
  readonly currency: string | null;
  readonly currencyBasis: 'REPORTED' | 'INFERRED' | null;
}

export const Money = builder.objectRef<MoneyValue>('Money').implement({
  description: 'An exact amount of money.',
  fields: (t) => ({
    amount: t.expose('amount', {
      type: 'Decimal',
      nullable: false,
      description: 'The amount, in units of the currency.',
    }),
    currency: t.expose('currency', {
      type: 'Currency',
      description: 'ISO 4217 code. Null where no provider states it and nothing lets us infer it.',
    }),
    currencyBasis: t.expose('currencyBasis', {
      type: ValueBasis,
      description: 'How the currency is known; null if it is not.',
    }),
  }),
});

/** An amount whose provider states no currency. Not stated and null stay apart. */
export const money = (amount: string | null | undefined): MoneyValue | null | undefined =>
  amount == null ? amount : { amount, currency: null, currencyBasis: null };

export const Image = builder.objectRef<{ url: string }>('Image').implement({
  description: 'A picture.',
  fields: (t) => ({
    url: t.expose('url', { type: 'URL', nullable: false, description: 'Where it can be fetched.' }),
  }),
});

export const image = (url: string | null | undefined): { url: string } | null | undefined =>
  url == null ? url : { url };
