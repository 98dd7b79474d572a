/** Whether two providers say the same of a fact, and how to show what one says. */

interface Amount {
  readonly amount: string;
  readonly currency: string | null;
}

const isAmount = (value: unknown): value is Amount =>
  typeof value === 'object' && value !== null && 'amount' in value && 'currency' in value;

/** An amount whose currency one of them does not state is compared by its digits. */
export function isSame(one: unknown, other: unknown): boolean {
  if (!isAmount(one) || !isAmount(other)) return shown(one) === shown(other);
  const hasSameCurrency = one.currency === null || other.currency === null || one.currency === other.currency;
  return hasSameCurrency && withoutZeros(one.amount) === withoutZeros(other.amount);
}

/** `24.90` and `24.9` are one amount. */
const withoutZeros = (digits: string): string => (digits.includes('.') ? digits.replace(/\.?0+$/, '') : digits);

export function shown(value: unknown): string {
  if (isAmount(value)) return [value.amount, value.currency].filter((part) => part !== null).join(' ');
  if (typeof value === 'object' && value !== null && 'url' in value) return shown(value.url);
  return typeof value === 'string' ? value : JSON.stringify(value);
}
