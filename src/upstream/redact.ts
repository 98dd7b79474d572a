/** Takes out of a provider's words what must be neither kept, nor told, nor logged. */

const REMOVED = '[removed]';
/** Shorter ones would be found in any text. */
const CHARS_MIN = 3;

const longestFirst = (words: readonly string[]) =>
  [...new Set(words)].filter(({ length }) => length >= CHARS_MIN).sort((one, other) => other.length - one.length);

/** Without buyers' words, as they are and as they stand in a URL or a form. A word may be a part of another. */
export function redacted(text: string, words: readonly string[]): string {
  let rest = text;
  for (const word of longestFirst(words)) {
    const sent = word.toWellFormed();
    const inUrl = encodeURIComponent(sent);
    const inForm = new URLSearchParams([['', sent]]).toString().slice(1);
    for (const spelling of new Set([word, sent, inUrl, inForm])) rest = rest.replaceAll(spelling, REMOVED);
  }
  return rest;
}

/** Without our own secrets, however the text spells them: in a URL, a form, JSON or HTML. Not for buyers' words: a pattern has no bounds. */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const patterns = longestFirst(secrets).map(patternOf);
  return (text) => patterns.reduce((rest, pattern) => rest.replace(pattern, REMOVED), text);
}

/** Backslashes in a row are one piece. */
const patternOf = (secret: string): RegExp => new RegExp((secret.match(/\\+|[^\\]/g) ?? []).map(spelled).join(''), 'g');

/** What begins a spelling may itself be spelled in JSON. */
const PERCENT = '(?:%|\\\\{1,4}u0025)(?:25){0,2}';
const AND = '(?:&|\\\\{1,4}u0026)(?:amp;)?';
const named: Partial<Record<string, string>> = { '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', "'": 'apos' };

/** One character of ASCII, or so many backslashes; each of these spellings may have been spelled once more. */
function spelled(piece: string): string {
  if (/^[A-Za-z0-9]$/.test(piece)) return piece;
  const isSlashes = piece.startsWith('\\');
  const char = isSlashes ? '\\' : piece;
  const code = char.charCodeAt(0);
  const entities = [`#0{0,4}${code}`, `#[xX]0{0,4}${hex(code)}`, named[char]].filter((entity) => entity !== undefined);
  const ways = [PERCENT + hex(code, 2), `\\\\{1,4}u${hex(code, 4)}`, `${AND}(?:${entities.join('|')});`];
  if (!isSlashes) return `(?:${ways.join('|')}|\\\\{0,3}${RegExp.escape(char)})`;
  // Within JSON they are twice as many, within that once more.
  return `(?:(?:${ways.join('|')}){${piece.length}}|\\\\{${piece.length},${4 * piece.length}})`;
}

/** Digits of a number, in letters of either size. */
const hex = (number: number, digits = 1): string =>
  number
    .toString(16)
    .padStart(digits, '0')
    .replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);

/** What was asked, as far as it is text: it may be a buyer's. */
export const wordsOf = (params: unknown): string[] =>
  Object.values(params as object)
    .filter((value): value is string => typeof value === 'string')
    .flatMap((value) => [value, ...partsOf(value)]);

/** An address is told in parts, too: "no store of this name". */
function partsOf(text: string): string[] {
  try {
    return new URL(text).pathname.split('/').map(decodeURIComponent);
  } catch {
    return [];
  }
}
