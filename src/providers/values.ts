/** How single values are read from a provider's JSON: tolerant of spelling, strict about meaning. */
import * as z from 'zod';

const digits = z.string().regex(/^\d{1,20}$/);

/** An id: digits as the provider sent them, quoted or bare. */
export const Id = z.union([digits, z.number().transform(String).pipe(digits)]);

const decimal = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,2}))?$/;

/** An exact decimal, in the digits the provider sent: `24.9` is `"24.9"`, `"24.90"` stays `"24.90"`. */
export const Decimal = z
  .union([z.string(), z.number()])
  .transform(String)
  .pipe(z.string().regex(decimal))
  .transform(withoutExponent);

function withoutExponent(digits: string): string {
  const [, sign, whole = '', fraction = '', exponent] = decimal.exec(digits) ?? [];
  if (exponent === undefined) return digits;
  const all = whole + fraction;
  const point = whole.length + Number(exponent);
  const padded = point > 0 ? all.padEnd(point, '0') : all.padStart(all.length - point + 1, '0');
  const cut = Math.max(point, 1);
  const [left, right] = [padded.slice(0, cut).replace(/^0+(?=\d)/, ''), padded.slice(cut)];
  return `${sign ?? ''}${left}${right && '.' + right}`;
}

/** A whole number of things, at most 2^53-1. */
export const Count = z
  .union([z.string().regex(/^\d+(\.0+)?$/), z.number()])
  .transform(Number)
  .pipe(z.int().nonnegative());

/** A number where the last digit does not matter: a rating, a share. */
export const Float = z
  .union([z.string().regex(decimal), z.number()])
  .transform(Number)
  .pipe(z.number());

/** A calendar day; of a timestamp, its day as written. */
export const Day = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}/)
  .transform((text) => text.slice(0, 10))
  .pipe(z.iso.date());

/** An absolute http(s) URL; `//host/path` is read as https. */
export const Url = z
  .string()
  .transform((text) => (text.startsWith('//') ? `https:${text}` : text))
  .pipe(z.url({ protocol: /^https?$/ }));

/** A documented value: present, present but null (or empty), or not sent at all; the three stay apart. */
export const stated = <T extends z.ZodType>(value: T) =>
  z.preprocess((sent) => (sent === '' ? null : sent), value.nullable()).optional();
