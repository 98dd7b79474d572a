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

/**
 * An amount with the currency that its provider states, or else with that of the market which the provider was asked
 * about. Of the amount, not stated and null stay apart.
 */
export function money(
  amount: string | null | undefined,
  { stated, market }: { readonly stated?: string | null | undefined; readonly market?: string | null } = {},
): MoneyValue | null | undefined {
  if (amount == null) return amount;
  if (stated != null) return { amount, currency: stated, currencyBasis: 'REPORTED' };
  const currency = market == null ? undefined : currencies[market as RegionCode];
  return currency === undefined
    ? { amount, currency: null, currencyBasis: null }
    : { amount, currency, currencyBasis: 'INFERRED' };
}

const currencies: Readonly<Record<RegionCode, string>> = {
  ...{ US: 'USD', GB: 'GBP', DE: 'EUR', FR: 'EUR', IT: 'EUR', ES: 'EUR', IE: 'EUR', ID: 'IDR' },
  ...{ MY: 'MYR', MX: 'MXN', PH: 'PHP', SG: 'SGD', TH: 'THB', VN: 'VND', BR: 'BRL', JP: 'JPY' },
};

interface ImageValue {
  readonly url: string;
  readonly width?: number | null | undefined;
  readonly height?: number | null | undefined;
}

export const Image = builder.objectRef<ImageValue>('Image').implement({
  description: 'A picture.',
  fields: (t) => ({
    url: t.expose('url', { type: 'URL', nullable: false, description: 'Where it can be fetched. It may expire.' }),
    width: t.expose('width', { type: 'SafeInt', description: 'In pixels, where the provider says.' }),
    height: t.expose('height', { type: 'SafeInt', description: 'In pixels, where the provider says.' }),
  }),
});

export const image = (url: string | null | undefined): ImageValue | null | undefined => (url == null ? url : { url });
