/**
 * JSON without lost digits: a number that a double cannot carry digit for digit comes back as the string of its digits.
 *
 * Providers may send 19-digit ids as bare numbers and prices as `24.90`; both arrive here as written.
 */

interface Token {
  /** The number as it stood in the text (JSON.parse source text access, ES2026). */
  readonly source?: string;
}
type Reviver = (key: string, value: unknown, token: Token) => unknown;

/** Parses a provider's reply. `24.9` stays a number, `24.90` becomes `"24.90"`, `1729527313880355335` its own digits. */
export function parseJson(text: string): unknown {
  return mayLoseDigits.test(text) ? JSON.parse(text, keepDigits as Parse) : JSON.parse(text);
}

/** Parses a client's body: only whole numbers beyond 2^53 become strings, since a client may write an id without quotes. */
export function parseClientJson(text: string): unknown {
  return longNumber.test(text) ? JSON.parse(text, keepLongIntegers as Parse) : JSON.parse(text);
}

type Parse = (key: string, value: unknown) => unknown;

const keepDigits: Reviver = (_key, value, { source }) =>
  typeof value === 'number' && source !== undefined && String(value) !== source ? source : value;

const keepLongIntegers: Reviver = (_key, value, { source }) =>
  typeof value === 'number' && !Number.isSafeInteger(value) && source !== undefined && /^-?\d+$/.test(source)
    ? source
    : value;

// A reviver makes parsing nine times slower, so it runs only if some number could need it. The patterns look at what may
// follow the start of a value; a match inside a string merely costs time.
const longNumber = /(?:^|[:,[])\s*-?\d{16}/;
const mayLoseDigits = /(?:^|[:,[])\s*(?:-0(?![\d.])|-?(?:\d[\d.]{15}|\d+\.\d*0(?!\d)|0\.0{5}|\d[\d.]*[eE]))/;
