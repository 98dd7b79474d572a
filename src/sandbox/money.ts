// How shops write prices: each country's currency, by its code, its symbol and its habits.

interface Currency {
  code: string;
  name: string;
  symbol: string;
  /** Parts whole from fraction by a comma, and has the symbol behind. */
  isContinental?: true;
  /** Never shows cents; parts thousands by a dot. */
  isWhole?: true;
}

const euro: Currency = { code: 'EUR', name: 'Euro', symbol: '€', isContinental: true };
const dollar: Currency = { code: 'USD', name: 'US Dollar', symbol: '$' };

const currencies: Partial<Record<string, Currency>> = {
  US: dollar,
  GB: { code: 'GBP', name: 'Pound Sterling', symbol: '£' },
  DE: euro,
  FR: euro,
  IT: euro,
  ES: euro,
  MY: { code: 'MYR', name: 'Malaysian Ringgit', symbol: 'RM' },
  ID: { code: 'IDR', name: 'Indonesian Rupiah', symbol: 'Rp', isWhole: true },
};

export const currencyOf = (country: string): Currency => currencies[country] ?? dollar;

/** "24.90": as values are written, whatever the country. */
export const decimal = (cents: number): string => (cents / 100).toFixed(2);

const grouped = (whole: string, mark: string) => whole.replaceAll(/\B(?=(?:\d{3})+$)/g, mark);

/** As a page shows it: "$1,234.50", "12,90 €" with a space that does not break, "Rp120.000". */
export function spelled(cents: number, country: string): string {
  const { symbol, isContinental, isWhole } = currencyOf(country);
  const [whole = '', fraction = ''] = decimal(cents).split('.');
  if (isWhole) return `${symbol}${grouped(whole, '.')}`;
  return isContinental
    ? `${grouped(whole, '.')},${fraction}\u00a0${symbol}`
    : `${symbol}${grouped(whole, ',')}.${fraction}`;
}
