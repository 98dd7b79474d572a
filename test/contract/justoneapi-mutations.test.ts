/** Guards the reading of raw pages against pages that nobody has seen: whatever is missing, swapped or moved, a value is right or not there. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseJson } from '../../src/json.ts';
import * as contract from '../../src/providers/justoneapi/contract.ts';
import type { Endpoint } from '../../src/providers/provider.ts';
import { fixture } from './fixtures.ts';

/** ES2026, of which TypeScript does not know yet: a number that is written in these very digits. */
const { rawJSON: bare, isRawJSON: isBare } = JSON as unknown as {
  rawJSON: (digits: string) => Json;
  isRawJSON: (value: unknown) => boolean;
};

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Values = Record<string, unknown>;

const copyOf = (text: string) => parseJson(text) as Record<string, Json>;

/** Every place in a reply's data, as a path. */
function placesOf(value: Json, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => placesOf(inner, [...path, key]))];
}

/** Numbers that a page does not have elsewhere: wherever one is put, a fact may be it. */
const others = ['7', '19.5', '19.50', '1729000000000000123'];

const isPut = (value: unknown) => others.some((digits) => value === digits || value === Number(digits));

/** What may happen to a value; `undefined` drops its key. */
const mutations: ((value: Json) => Json | undefined)[] = [
  ...others.flatMap((digits) => [() => digits, () => bare(digits)]),
  () => undefined,
  () => null,
  () => '',
  () => '-',
  () => true,
  () => 'abc',
  () => ({}),
  () => [],
  (value) => [value],
  (value) => ({ data: value }),
  (value) => ({ value }),
  (value) => [value, value],
  (value) => (typeof value === 'number' ? String(value) : value),
  (value) => (typeof value === 'string' && /^(0|[1-9]\d*)(\.\d+)?$/.test(value) ? bare(value) : value),
  (value) => JSON.stringify(value),
  (value) => (typeof value === 'string' && !value.includes('//') ? value.replace(/\d(?=\D*$)/, '?') : value),
];

function mutated(data: Json, path: readonly string[], mutate: (value: Json) => Json | undefined): Json | undefined {
  const [key, ...rest] = path;
  if (key === undefined) return mutate(data);
  if (typeof data !== 'object' || data === null || isBare(data) || !Object.hasOwn(data, key)) return data;
  const entries = Object.entries(data).map(
    ([name, value]) => [name, name === key ? mutated(value, rest, mutate) : value] as const,
  );
  const kept = entries.filter(([, value]) => value !== undefined) as [string, Json][];
  return Array.isArray(data) ? kept.map(([, value]) => value) : Object.fromEntries(kept);
}

/** What may be said beside what the unspoilt reply says. */
const mayAlsoSay: Record<string, unknown[]> = {
  price: [null],
  priceMasked: [true, false],
  // Only the abbreviation is left.
  reviewCount: [70_800],
  reviewCountRounded: [true],
  // The other URL of the same picture.
  image: ['https://p19.example.com/two.webp'],
};

it.each([
  [contract.productDetail, fixture('justoneapi/productDetail')],
  [contract.jdItem, fixture('justoneapi/jdItem')],
] as [Endpoint, string][])(
  '10,000 spoilt replies of %o',
  (endpoint, text) => {
    const { data = null } = copyOf(text);
    const right = endpoint.data.parse(copyOf(text)) as Values;
    const places = placesOf(data);
    const mutation = fc.tuple(fc.constantFrom(...places), fc.constantFrom(...mutations));
    let read = 0;
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 6 }), (changes) => {
        let spoilt: Json | undefined = data;
        for (const [path, mutate] of changes) if (spoilt !== undefined) spoilt = mutated(spoilt, path, mutate);
        const decoded = endpoint.data.safeParse(parseJson(JSON.stringify({ code: 0, data: spoilt })));
        if (!decoded.success || decoded.data === null) return;
        read++;
        for (const [name, value] of Object.entries(decoded.data as Values)) {
          if (value === null || name === 'isBook' || isPut(value)) continue;
          if (Array.isArray(value)) {
            // Each of a list is right; a promotion may have lost its end.
            const all = JSON.stringify(right[name]);
            for (const each of (value as unknown[]).filter((each) => !isPut(each)))
              expect(all).toContain(JSON.stringify(each).replace(/}$/, ''));
            continue;
          }
          // Texts may be shortened or spoilt; numbers, money, ids and pictures may not.
          if (['title', 'sellerName', 'shopName', 'brand', 'productArea', 'description', 'delivery'].includes(name))
            continue;
          expect([right[name], ...(mayAlsoSay[name] ?? [])], `${name} ${JSON.stringify(value)}`).toContainEqual(value);
        }
      }),
      { numRuns: 10_000 },
    );
    expect(read).toBeGreaterThan(5000);
  },
  60_000,
);

it('anything at all is read or refused, never thrown about', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (any, other) => {
      for (const endpoint of [contract.productDetail, contract.jdItem]) {
        endpoint.data.safeParse(any);
        endpoint.data.safeParse({ code: 0, data: any });
        endpoint.data.safeParse({
          code: 0,
          data: { product_base: { title: any, price: other, images: any }, seller: other },
        });
        endpoint.data.safeParse({
          code: 0,
          data: { product: { skuId: any }, priceFloor: other, promov2: any, stock: other },
        });
      }
    }),
    { numRuns: 2000 },
  );
});

it('a page of 250 KB keeps every digit, though its ids are bare numbers', () => {
  const reply = copyOf(fixture('justoneapi/productDetail')) as { data: Record<string, Json> };
  const review = { rating: 5, text: 'so good '.repeat(20), user: { name: 'W**n', id: '7300000000000000001' } };
  reply.data = { reviews: Array.from({ length: 1060 }, () => review), ...reply.data };
  const quoted = JSON.stringify(reply);
  const numeric = quoted.replaceAll(/"(\d{19})"/g, '$1');
  expect(quoted.length).toBeGreaterThan(245_000);
  expect(numeric).toContain(':1729587769570529799,');
  const right = contract.productDetail.data.parse(parseJson(fixture('justoneapi/productDetail')));
  for (const text of [quoted, numeric]) expect(contract.productDetail.data.parse(parseJson(text))).toStrictEqual(right);
});
