/** Takes out of a provider's words what must be neither kept, nor told, nor logged. */

const REMOVED = '[removed]';
/** Shorter ones would be found in any text. */
const CHARS_MIN = 3;

/** Each of the words, as it is and as it stands in a URL. */
export function redacted(text: string, words: readonly string[]): string {
  let rest = text;
  for (const word of words) {
    if (word.length < CHARS_MIN) continue;
    rest = rest.replaceAll(word, REMOVED).replaceAll(encodeURIComponent(word), REMOVED);
  }
  return rest;
}

/** What was asked, as far as it is text: it may be a buyer's. */
export const wordsOf = (params: unknown): string[] =>
  Object.values(params as object).filter((value): value is string => typeof value === 'string');
