/** Guards the digits: what a provider or a client wrote as a number arrives digit for digit, and all else as JSON says. */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseClientJson, parseJson } from '../src/json.ts';

/** Some digits, with a liking for zeros, which are what gets lost. */
const digits = (minLength: number, maxLength: number) =>
  fc.string({
    unit: fc.constantFrom('0', '0', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9'),
    minLength,
    maxLength,
  });
const joined = (...parts: fc.Arbitrary<string>[]) => fc.tuple(...parts).map((each) => each.join(''));
const nothing = fc.constant('');

const sign = fc.constantFrom('', '', '-');
const whole = fc.oneof(
  fc.constant('0'),
  joined(fc.constantFrom('1', '2', '3', '4', '5', '6', '7', '8', '9'), fc.oneof(digits(0, 6), digits(10, 24))),
);
const fraction = joined(
  fc.constant('.'),
  fc.oneof(digits(1, 4), digits(1, 22), fc.constantFrom('0', '00', '90', '000000')),
);
const exponent = joined(fc.constantFrom('e', 'E'), fc.constantFrom('', '+', '-'), digits(1, 3));

/** Any number that JSON's grammar allows. */
const number = joined(sign, whole, fc.oneof(nothing, fraction), fc.oneof({ weight: 3, arbitrary: nothing }, exponent));

/** What looks like a number where none is: inside a string, behind quotes and colons. */
const lookalike = fc.oneof(
  number,
  joined(fc.constantFrom('', ':', ',', '[', '":', '\\":', '", "a": ', '{"id":'), number),
  fc.string(),
);

interface Written {
  readonly text: string;
  /** Whether this is how the value reads. */
  readonly is: (value: unknown) => boolean;
}

const space = fc.oneof(
  { weight: 3, arbitrary: nothing },
  fc.string({ unit: fc.constantFrom(' ', '\n', '\t', '\r'), maxLength: 4 }),
);
const spaced = (arbitrary: fc.Arbitrary<Written>) =>
  fc
    .tuple(space, arbitrary, space)
    .map(([before, { text, is }, after]): Written => ({ text: before + text + after, is }));

const writtenNumber = number.map((text): Written => ({
  text,
  is: (value) => (typeof value === 'number' || typeof value === 'string') && String(value) === text,
}));
const writtenString = lookalike.map((said): Written => ({ text: JSON.stringify(said), is: (value) => value === said }));
const writtenWord = fc
  .constantFrom(null, true, false)
  .map((word): Written => ({ text: String(word), is: (value) => value === word }));

const { written } = fc.letrec<{ written: Written; list: Written; object: Written }>((tie) => ({
  written: spaced(
    fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      writtenNumber,
      writtenString,
      writtenWord,
      tie('list'),
      tie('object'),
    ),
  ),
  list: fc.array(tie('written'), { maxLength: 5 }).map((items) => ({
    text: `[${items.map(({ text }) => text).join(',')}]`,
    is: (value) =>
      Array.isArray(value) && value.length === items.length && items.every(({ is }, index) => is(value[index])),
  })),
  object: fc.dictionary(lookalike, tie('written'), { maxKeys: 5 }).map((members) => {
    const entries = Object.entries(members);
    return {
      text: `{${entries.map(([key, { text }]) => `${JSON.stringify(key)}:${text}`).join(',')}}`,
      is: (value) =>
        typeof value === 'object' &&
        value !== null &&
        Object.keys(value).length === entries.length &&
        entries.every(([key, { is }]) => is((value as Record<string, unknown>)[key])),
    };
  }),
}));

describe("a provider's JSON", () => {
  it('keeps every number digit for digit, wherever it stands, and every string and word as it is', () => {
    fc.assert(
      fc.property(written, ({ text, is }) => {
        expect(is(parseJson(text)), text).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('keeps a number that is the whole text', () => {
    fc.assert(
      fc.property(number, space, space, (token, before, after) => {
        expect(String(parseJson(before + token + after))).toBe(token);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    '1729527313880355335',
    '9007199254740993',
    '24.90',
    '24.0',
    '0.10',
    '-0',
    '-0.0',
    '0.0000001',
    '0.00000010',
    '1e3',
    '1E400',
    '-1e-400',
    '100000000000000000000000',
    '0.1234567890123456789',
    '1.00',
  ])('keeps %s, which a double would not', (token) => {
    expect(parseJson(token)).toBe(token);
    expect(parseJson(`[${token}]`)).toEqual([token]);
    expect(parseJson(`{"a":${token}}`)).toEqual({ a: token });
    expect(parseJson(`{ "a" :\n\t [ 1 ,\r\n ${token}\n] }`)).toEqual({ a: [1, token] });
  });

  it.each(['0', '7', '-7', '24.9', '0.000001', '123456789012345', '-0.5', '1.5', '10', '100'])(
    'leaves %s a number, since nothing is lost',
    (token) => {
      expect(parseJson(token)).toBe(Number(token));
      expect(parseJson(`{"a":[${token}]}`)).toEqual({ a: [Number(token)] });
    },
  );

  it('as JavaScript writes it reads as JSON.parse does', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.boolean(), (value, withLongNumber) => {
        const text = JSON.stringify(value);
        const expected: unknown = JSON.parse(text);
        // A number that needs care must not change how its neighbours are read.
        const read = withLongNumber ? (parseJson(`[24.90,${text}]`) as unknown[])[1] : parseJson(text);
        expect(isDeepStrictEqual(read, expected), text).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ['a quote escaped before what looks like a number', String.raw`{"a":"\":123456789012345678901","b":24.90}`],
    ['a backslash at the end of a string', String.raw`{"a":"\\","b":24.90}`],
    ['a number in a key', '{"1729527313880355335":24.90,":1.50":[1.50]}'],
    ['brackets and colons in strings', '{"a":"[1.10,:2.20]","b":24.90}'],
    ['a key that objects treat apart', '{"__proto__":{"a":1.50},"constructor":24.90}'],
  ])('is not confused by %s', (_, text) => {
    const asStrings = text.replaceAll(/(?<=[\]:[,])(24\.90|1\.50)(?=[\]},])/g, '"$1"');
    expect(asStrings).not.toBe(text);
    expect(isDeepStrictEqual(parseJson(text), JSON.parse(asStrings))).toBe(true);
  });

  it('of a repeated key keeps the last value, with its own digits', () => {
    expect(parseJson('{"a":1.10,"a":2}')).toEqual({ a: 2 });
    expect(parseJson('{"a":2,"a":1.10}')).toEqual({ a: '1.10' });
    expect(parseJson('{"a":{"b":1.10},"a":[2.20]}')).toEqual({ a: ['2.20'] });
  });

  it.each(['', '{', '[1.10', '01', '1.', '.5', '+1', '1e', 'NaN', '{"a":1.10,}', 'undefined', '<html>'])(
    'that is none is refused: %s',
    (text) => {
      expect(() => parseJson(text)).toThrow(SyntaxError);
    },
  );

  it('is refused where JSON is broken, and only there, though numbers are put into quotes', () => {
    const edit = fc.tuple(
      fc.nat(),
      fc.nat(2),
      fc.constantFrom('', '"', '\\', ':', ',', '{', '}', '[', ']', '1.50', ' ', '-', 'e', '1729527313880355335', 't'),
    );
    const isRefused = (parse: (text: string) => unknown, text: string) => {
      try {
        parse(text);
        return false;
      } catch (error) {
        expect(error).toBeInstanceOf(SyntaxError);
        return true;
      }
    };
    let refused = 0;
    fc.assert(
      fc.property(written, fc.array(edit, { minLength: 1, maxLength: 3 }), ({ text }, edits) => {
        let broken = text;
        for (const [place, cut, put] of edits) {
          const at = place % (broken.length + 1);
          broken = broken.slice(0, at) + put + broken.slice(at + cut);
        }
        const expected = isRefused(JSON.parse, broken);
        expect(isRefused(parseJson, broken), broken).toBe(expected);
        if (expected) refused++;
      }),
      { numRuns: 5000 },
    );
    expect(refused).toBeGreaterThan(1000);
    for (const text of [
      '{1.50:1}',
      '{"a":1,1.50:2}',
      '{1.50 :1}',
      '[1.50:2]',
      '{"a":1.50.1}',
      '[1.50e]',
      '[-]',
      '"1.50',
    ])
      expect(() => parseJson(text), text).toThrow(SyntaxError);
  });
});

describe("a client's JSON", () => {
  const isBeyond = (token: string) => /^-?\d+$/.test(token) && !Number.isSafeInteger(Number(token));

  it('keeps whole numbers beyond 2^53 as the string of their digits, and reads all others as JSON.parse does', () => {
    fc.assert(
      fc.property(number, fc.constantFrom('id', 'a:1', '"'), (token, key) => {
        const expected: unknown = isBeyond(token) ? token : JSON.parse(token);
        for (const read of [
          parseClientJson(token),
          (parseClientJson(`[1, ${token}]`) as unknown[])[1],
          (parseClientJson(`{${JSON.stringify(key)} :\n${token}}`) as Record<string, unknown>)[key],
        ]) {
          expect(Object.is(read, expected), `${token} read as ${JSON.stringify(read)}`).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    '1729527313880355335',
    '9007199254740992',
    '9007199254740993',
    '-9007199254740993',
    '10000000000000000000000',
  ])('keeps the id %s', (token) => {
    expect(parseClientJson(`{"variables":{"id":${token},"ids":[ ${token} ]}}`)).toEqual({
      variables: { id: token, ids: [token] },
    });
  });

  it.each(['24.90', '1e3', '0.5', '-0', '1.0', '9007199254740991', '-9007199254740991', '1e21', '12345678901234567.5'])(
    'leaves %s a number, as GraphQL expects',
    (token) => {
      expect(parseClientJson(`{"a":${token}}`)).toStrictEqual({ a: Number(token) });
    },
  );

  it('leaves strings alone, whatever they look like', () => {
    fc.assert(
      fc.property(fc.array(lookalike), (strings) => {
        expect(parseClientJson(JSON.stringify({ strings, id: 1 }))).toEqual({ strings, id: 1 });
      }),
    );
  });

  it('that is none is refused', () => {
    for (const text of ['', '{', '{"id":1729527313880355335', '01729527313880355335']) {
      expect(() => parseClientJson(text)).toThrow(SyntaxError);
    }
  });
});
