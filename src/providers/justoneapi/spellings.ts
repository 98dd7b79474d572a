/** How shop pages spell ids, prices, counts and ratings: each reader gives the value, or `undefined` rather than a wrong one. */
import { Decimal, Id } from '../values.ts';

export const readId = (sent: unknown): string | undefined => Id.safeParse(sent).data;

/** As ISO 4217 writes it; a symbol is none, since many share one. */
export const readCurrency = (sent: unknown): string | undefined =>
  typeof sent === 'string' && /^[A-Z]{3}$/.test(sent) ? sent : undefined;

const affix = String.raw`(US\$|S\$|RM|Rp|[$£€₫đ₱฿¥￥]|[A-Z]{3})?`;
/** Digits withheld from whoever is not logged in: "2?", "$2?", "RM6??". */
export const isMasked = (sent: unknown): boolean =>
  typeof sent === 'string' && maskedPrice.test(sent) && /[?？*＊]/.test(sent);

const number = String.raw`([1-9]\d{0,2}(?: \d{3})+(?:[.,]\d{1,2})?|\d[\d.,]*)`;
const spelledPrice = new RegExp(`^${affix} ?${number} ?${affix}$`);
const maskedPrice = new RegExp(`^${affix}[^A-Za-z]{0,24}${affix}$`);
/** Currencies, by code and symbol, whose thousands are parted by a dot, or by a comma. None of them has three decimals. */
const dotParts = new Set(['EUR', '€', 'VND', '₫', 'đ', 'IDR', 'Rp']);
const commaParts = new Set('USD $ US$ GBP £ SGD S$ MYR RM PHP ₱ THB ฿ CNY ¥ ￥'.split(' '));

/** "$44.98", "12,90 €", "$1,234.50", "Rp120.000" as an exact decimal. Where a separator could mean either, nothing. */
export function readPrice(sent: unknown): string | undefined {
  if (typeof sent === 'number') return sent >= 0 ? Decimal.safeParse(sent).data : undefined;
  if (typeof sent !== 'string' || sent.length > 40) return undefined;
  const [, before, digits, after] = spelledPrice.exec(sent.replaceAll(/\s+/g, ' ').trim()) ?? [];
  return digits === undefined ? undefined : withPoint(digits.replaceAll(' ', ''), before ?? after);
}

function withPoint(digits: string, currency: string | undefined): string | undefined {
  const marks = digits.replaceAll(/\d/g, '');
  const groups = digits.split(/[.,]/);
  const [whole = '', last = ''] = [groups[0], groups.at(-1)];
  if (/^0\d/.test(whole)) return undefined;
  if (marks === '') return digits;
  if (marks.length === 1 && /^\d{1,2}$/.test(last)) return `${whole}.${last}`;
  // Too many digits for thousands: a decimal that somebody computed.
  if (marks === '.' && /^\d+$/.test(last) && (whole === '0' || last.length > 3)) return digits;
  if (marks.length === 1) {
    const parts = marks === '.' ? dotParts : commaParts;
    return currency !== undefined && parts.has(currency) ? joined(groups) : undefined;
  }
  if (/^(.)\1+$/.test(marks)) return joined(groups);
  const thousands = joined(groups.slice(0, -1));
  const isLastOther = /^(.)\1*(?!\1).$/.test(marks) && /^\d{1,2}$/.test(last);
  return isLastOther && thousands !== undefined ? `${thousands}.${last}` : undefined;
}

const joined = (groups: readonly string[]): string | undefined =>
  /^[1-9]\d{0,2}(?:,\d{3})*$/.test(groups.join(',')) ? groups.join('') : undefined;

/** 70843, "70843", "70,843", "70 843". Not "70.843", which could be either. */
export function readCount(sent: unknown): number | undefined {
  const digits = typeof sent === 'string' ? (grouped.test(sent) ? sent.replaceAll(/[,\s]/g, '') : sent) : sent;
  if (typeof digits === 'string' && !/^\d{1,16}(?:\.0{1,2})?$/.test(digits)) return undefined;
  const count = typeof digits === 'string' ? Number(digits) : digits;
  return typeof count === 'number' && Number.isSafeInteger(count) && count >= 0 ? count : undefined;
}

const grouped = /^[1-9]\d{0,2}(?:,\d{3})+$|^[1-9]\d{0,2}(?:\s\d{3})+$/;

/** "70.8K", "3.7M", "237.8K+", "100+": a count that the page itself has rounded. */
export function readRounded(sent: unknown): number | undefined {
  if (typeof sent !== 'string') return undefined;
  const [, whole, fraction = '', unit = ''] =
    /^(\d{1,6})(?:[.,](\d{1,2})(?=[KkM]))?([KkM](?=\+?$))?\+?$/.exec(sent) ?? [];
  if (whole === undefined || (unit === '' && !sent.endsWith('+'))) return undefined;
  // Where a comma parts decimals, M may be a thousand millions.
  if (unit === 'M' && sent.includes(',')) return undefined;
  const zeros = { '': 0, K: 3, M: 6 }[unit.toUpperCase()] ?? 0;
  return Number(whole + fraction.padEnd(zeros, '0'));
}

/** True or false, also written; "0" and "1" are not read, since a live item has been seen as deleted "1". */
export const readFlag = (sent: unknown): boolean | undefined =>
  sent === true || sent === 'true' ? true : sent === false || sent === 'false' ? false : undefined;

/** Stars, 0 to 5, as a number or written, also with a comma. */
export function readRating(sent: unknown): number | undefined {
  const text = typeof sent === 'string' ? sent.replace(',', '.') : sent;
  if (typeof text === 'string' && !/^\d(?:\.\d{1,6})?$/.test(text)) return undefined;
  const stars = typeof text === 'string' ? Number(text) : text;
  return typeof stars === 'number' && stars >= 0 && stars <= 5 ? stars : undefined;
}
