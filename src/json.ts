/**
 * JSON without lost digits: a number that a double cannot carry digit for digit comes back as the string of its digits.
 *
 * Providers may send 19-digit ids as bare numbers and prices as `24.90`; both arrive here as written.
 */

/** Parses a provider's reply. `24.9` stays a number, `24.90` becomes `"24.90"`, `1729527313880355335` its own digits. */
export function parseJson(text: string): unknown {
  return JSON.parse(mayLoseDigits.test(text) ? withQuotedNumbers(text, losesDigits) : text);
}

/** Parses a client's body: only whole numbers beyond 2^53 become strings, since a client may write an id without quotes. */
export function parseClientJson(text: string): unknown {
  return JSON.parse(longNumber.test(text) ? withQuotedNumbers(text, isUnsafeInteger) : text);
}

/**
 * The same JSON, but for numbers that would lose digits: each stands in quotes. Quicker than a reviver, which is called for
 * every value. Strings are stepped over whole, so what looks like a number in one is left alone.
 */
function withQuotedNumbers(text: string, isQuoted: (token: string) => boolean): string {
  let quoted = '';
  let copied = 0;
  for (let at = 0; at < text.length;) {
    const first = text.charCodeAt(at);
    if (first === QUOTE) {
      at = endOfString(text, at + 1);
    } else if (first === MINUS || isDigit(first)) {
      const end = endOfNumber(text, at + 1);
      if (isQuoted(text.slice(at, end)) && !isKey(text, end)) {
        quoted += `${text.slice(copied, at)}"${text.slice(at, end)}"`;
        copied = end;
      }
      at = end;
    } else at++;
  }
  return copied === 0 ? text : quoted + text.slice(copied);
}

const QUOTE = 0x22;
const MINUS = 0x2d;
const BACKSLASH = 0x5c;
const isDigit = (code: number) => code >= 0x30 && code <= 0x39;

/** Behind the quote that ends it: one that no odd number of backslashes stands before. */
function endOfString(text: string, start: number): number {
  for (let from = start; ;) {
    const end = text.indexOf('"', from);
    if (end < 0) return text.length;
    let unescaped = end;
    while (text.charCodeAt(unescaped - 1) === BACKSLASH) unescaped--;
    if ((end - unescaped) % 2 === 0) return end + 1;
    from = end + 1;
  }
}

/** Behind all that a number may be written with. */
function endOfNumber(text: string, start: number): number {
  let end = start;
  while (end < text.length && (isDigit(text.charCodeAt(end)) || '.eE+-'.includes(text.charAt(end)))) end++;
  return end;
}

/** What is no number as JSON has them is left for `JSON.parse` to refuse. */
const losesDigits = (token: string) => String(Number(token)) !== token && jsonNumber.test(token);
const jsonNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** Where a string may stand and a number may not: there quotes would mend what is broken. */
const isKey = (text: string, end: number) => {
  let next = end;
  while (' \t\n\r'.includes(text.charAt(next)) && next < text.length) next++;
  return text.charAt(next) === ':';
};

const isUnsafeInteger = (token: string) => jsonInteger.test(token) && !Number.isSafeInteger(Number(token));
const jsonInteger = /^-?(?:0|[1-9]\d*)$/;

// Both ways to keep digits cost time, so they are taken only where some number could need it. The patterns look at what may
// follow the start of a value; a match inside a string merely costs time.
const longNumber = /(?:^|[:,[])\s*-?\d{16}/;
const mayLoseDigits = /(?:^|[:,[])\s*(?:-0(?![\d.])|-?(?:\d[\d.]{15}|\d+\.\d*0(?!\d)|0\.0{5}|\d[\d.]*[eE]))/;
