/**
 * Guards what we read of EchoTik: the row that was asked for, digits kept wherever they hide, and zero for "unknown" never taken for a value.
 *
 * Its pages were available to us as facts, not as whole examples: the fixtures are built from those facts (documented keys,
 * types and quirks; the ids have the length of live ones).
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson } from '../../src/json.ts';
import * as contract from '../../src/providers/echotik/contract.ts';
import type { Endpoint } from '../../src/providers/provider.ts';
import { decode as decoded } from '../../src/upstream/decode.ts';
import { documentedIn, fixture } from './fixtures.ts';

type Values = Record<string, unknown>;
const { products, creators, videos, shopDetail } = contract;
const endpoints = { products, creators, videos, shopDetail };
type Name = keyof typeof endpoints;

const decode = (endpoint: Endpoint, text: string): unknown => endpoint.data.parse(parseJson(text));
const accepts = (endpoint: Endpoint, text: string): boolean => endpoint.data.safeParse(parseJson(text)).success;
const reply = (data: string): string => `{"code":0,"message":"success","data":${data},"requestId":"r"}`;

/** What each fixture says. */
const documented: Record<Name, Values> = {
  products: {
    product_id: '1729527313880355335',
    product_name: 'Ashwagandha Gummy',
    seller_id: '7495794203056835079',
    region: 'US',
    min_price: '23.3',
    max_price: '23.3',
    skus: [{ sku_id: '1729527313880420871', real_price: { currency: 'USD', sale_price_decimal: '23.3' } }],
    product_rating: 4.8,
    review_count: 93_661,
  },
  creators: {
    user_id: '6892301928374615001',
    unique_id: 'glow.daily',
    nick_name: 'Glow Daily',
    region: 'US',
    total_followers_cnt: 512_000,
  },
  videos: {
    video_id: '7361029384756102001',
    user_id: '6892301928374615001',
    unique_id: 'glow.daily',
    video_desc: 'This changed my skin',
    region: 'US',
    create_time: '2024-05-28',
    video_products: ['1732322694475518433'],
  },
  shopDetail: {
    seller_id: '7495794203056835079',
    seller_name: 'Goli Nutrition',
    region: 'US',
    user_id: '6892301928374615001',
    rating: 4.4,
  },
};

const names = Object.keys(endpoints) as Name[];

describe('the facts', () => {
  it.each(names)('of %s decode to what they say, exactly', (name) => {
    expect(decode(endpoints[name], fixture(`echotik/${name}`))).toStrictEqual(documented[name]);
  });

  it('and the contract speak of the same endpoints', () => {
    expect(documentedIn('echotik').toSorted()).toEqual(names.toSorted());
    const routes = names.map((name) => `${endpoints[name].name} ${endpoints[name].method} ${endpoints[name].path}`);
    expect(routes).toEqual([
      'products GET /api/v3/echotik/product/detail',
      'creators GET /api/v3/echotik/influencer/detail',
      'videos GET /api/v3/echotik/video/detail',
      'shopDetail GET /api/v3/echotik/seller/detail',
    ]);
    for (const name of names)
      expect(endpoints[name]).toMatchObject({ provider: 'ECHOTIK', credits: 1, isPartial: true });
  });

  it('that nobody may rely on are not read: commission, pictures, sales and revenue', () => {
    const read = names.flatMap((name) => Object.keys(documented[name]));
    expect(read.filter((key) => /commission|cover|avatar|sale_|gmv|avg/.test(key))).toEqual([]);
  });
});

const keyed: [Name, Endpoint, key: string][] = [
  ['products', products, 'product_id'],
  ['creators', creators, 'user_id'],
  ['videos', videos, 'video_id'],
  ['shopDetail', shopDetail, 'seller_id'],
];

describe.each(keyed)('a question for %s', (name, endpoint, key) => {
  it('is of one id, which the answer repeats', () => {
    const params = { [key]: '1729527313880355335' };
    expect(endpoint.params.parse(params)).toStrictEqual(params);
    expect(endpoint.echoes).toEqual([key]);
    expect(documented[name][key]).toMatch(/^\d{19}$/);
  });

  it.each(['', '1234', 'abcde', '12345,67890', '12345 ', '-12345', '12345.0', '1'.repeat(21), 12345])(
    'is not sent with a malformed id, which may fail all that travel with it: %j',
    (id) => {
      expect(endpoint.params.safeParse({ [key]: id }).success).toBe(false);
    },
  );

  it('may be sent with nine others, but for shops', () => {
    expect(endpoint.bulk).toEqual(name === 'shopDetail' ? undefined : { param: key, as: `${key}s`, key, max: 10 });
  });

  it('whose answer is of another id is refused', () => {
    const json = parseJson(fixture(`echotik/${name}`));
    expect(() => decoded({ endpoint, params: { [key]: '12345' } }, json)).toThrow(
      expect.objectContaining({ code: 'UPSTREAM_BAD_DATA' }) as Error,
    );
    expect(decoded({ endpoint, params: { [key]: documented[name][key] } }, json)).toStrictEqual(documented[name]);
  });
});

describe.each(keyed)('the row of %s', (_name, endpoint, key) => {
  it.each(['[]', 'null'])('that is not collected is null: %s', (data) => {
    expect(decode(endpoint, reply(data))).toBeNull();
  });

  it('may come twice if both say the same; else nobody knows which is right', () => {
    const row = (region: string, id = '10000') => JSON.stringify({ [key]: id, region });
    expect(decode(endpoint, reply(`[${row('US')},${row('US')}]`))).toStrictEqual({ [key]: '10000', region: 'US' });
    for (const other of [row('GB'), row('US', '20000'), row('')])
      expect(accepts(endpoint, reply(`[${row('US')},${other}]`)), other).toBe(false);
  });

  it.each(['{"region":"US"}', `{"${key}":null}`, `{"${key}":""}`, `{"${key}":"abc"}`, '{}', '5', 'null', '[]'])(
    'without an id refuses the reply: to drop one would be a silent loss: %s',
    (row) => {
      expect(accepts(endpoint, reply(`[${row}]`))).toBe(false);
      expect(accepts(endpoint, reply(`[{"${key}":"10000"},${row}]`))).toBe(false);
    },
  );

  it.each(['{}', '"text"', '5', 'true'])('comes in a list, and not in %s', (data) => {
    expect(accepts(endpoint, reply(data))).toBe(false);
  });

  it('is not there without `data`', () => {
    expect(accepts(endpoint, '{"code":0}')).toBe(false);
  });

  it('keeps the digits of an id that came as a bare number', () => {
    expect(decode(endpoint, reply(`[{"${key}":1729527313880355335}]`))).toStrictEqual({ [key]: '1729527313880355335' });
  });
});

/** The one row of a reply, whose row's text this is. */
const rowOf = (endpoint: Endpoint, row: string) => decode(endpoint, reply(`[${row}]`)) as Values;
const product = (members: string) => rowOf(products, `{"product_id":"12345",${members}}`);
const video = (members: string) => rowOf(videos, `{"video_id":"12345",${members}}`);
const creator = (members: string) => rowOf(creators, `{"user_id":"12345",${members}}`);

describe('zero for "unknown"', () => {
  it.each([
    ['"product_rating":0,"review_count":0', { product_rating: null, review_count: 0 }],
    ['"product_rating":"0.0","review_count":"0"', { product_rating: null, review_count: 0 }],
    ['"product_rating":0', { product_rating: null }],
    ['"product_rating":0,"review_count":null', { product_rating: null, review_count: null }],
    ['"product_rating":0,"review_count":5', { product_rating: 0, review_count: 5 }],
    ['"product_rating":4.8,"review_count":0', { product_rating: 4.8, review_count: 0 }],
    ['"review_count":0', { review_count: 0 }],
    ['"min_price":0,"max_price":"0.00"', { min_price: null, max_price: null }],
    ['"min_price":0.01', { min_price: '0.01' }],
    ['"seller_id":"0"', { seller_id: null }],
  ])('of a product: %s', (members, said) => {
    expect(product(members)).toStrictEqual({ product_id: '12345', ...said });
  });

  it.each([
    ['0', null],
    ['"0"', null],
    ['"4.4"', 4.4],
    ['5', 5],
    ['null', null],
  ])("as a shop's rating: %s", (rating, said) => {
    expect(decode(shopDetail, reply(`[{"seller_id":"12345","rating":${rating}}]`))).toStrictEqual({
      seller_id: '12345',
      rating: said,
    });
  });

  it('as the time of a video, and as its creator', () => {
    expect(video('"create_time":"0","user_id":0')).toStrictEqual({
      video_id: '12345',
      create_time: null,
      user_id: null,
    });
  });

  it('is a count where it counts', () => {
    expect(creator('"total_followers_cnt":0')).toStrictEqual({ user_id: '12345', total_followers_cnt: 0 });
  });
});

describe('numbers', () => {
  it.each(['512000', '"512000"', '"512000.0"', '512000.0'])('of a count may be spelled %s', (count) => {
    expect(creator(`"total_followers_cnt":${count}`)).toMatchObject({ total_followers_cnt: 512_000 });
  });

  it.each(['"48%"', '"1,234"', '"12K"', '-1', '1.5', 'true', '{}'])(
    'that are no count refuse the reply: %s',
    (count) => {
      expect(accepts(creators, reply(`[{"user_id":"12345","total_followers_cnt":${count}}]`))).toBe(false);
    },
  );

  it.each(['23.3', '23.30', '8.06', '12345678901234567890.12'])('of a price keep their digits: %s', (price) => {
    for (const spelled of [price, `"${price}"`])
      expect(product(`"min_price":${spelled}`)).toMatchObject({ min_price: price });
  });
});

describe('variants, in JSON inside a string', () => {
  const skus = (text: string) => product(`"skus":${JSON.stringify(text)}`).skus;

  it('keep the digits of bare ids and of prices', () => {
    expect(
      skus('[{"sku_id":1729527313880420871,"real_price":{"currency":"THB","sale_price_decimal":8.060}}]'),
    ).toStrictEqual([{ sku_id: '1729527313880420871', real_price: { currency: 'THB', sale_price_decimal: '8.060' } }]);
  });

  it.each([
    ['"2?"', null],
    ['""', null],
    ['"0"', null],
    ['null', null],
    ['"23.3"', '23.3'],
  ])('cost %s: %j', (price, said) => {
    expect(skus(`[{"sku_id":"12345","real_price":{"sale_price_decimal":${price}}}]`)).toStrictEqual([
      { sku_id: '12345', real_price: { sale_price_decimal: said } },
    ]);
  });

  it.each([
    ['"USD"', 'USD'],
    ['"$"', null],
    ['"US dollar"', null],
    ['null', null],
  ])('are sold in %s: %j', (currency, said) => {
    expect(skus(`[{"sku_id":"12345","real_price":{"currency":${currency}}}]`)).toStrictEqual([
      { sku_id: '12345', real_price: { currency: said } },
    ]);
  });

  it('may be none, unknown, or sent as they are', () => {
    expect(skus('[]')).toEqual([]);
    expect(skus('null')).toBeNull();
    expect(skus('')).toBeNull();
    expect(product('"skus":null').skus).toBeNull();
    expect(product('"skus":[{"sku_id":"12345"}]').skus).toEqual([{ sku_id: '12345' }]);
  });

  it.each([
    '[{index=1}]',
    '[{"sku_id":',
    '{}',
    '5',
    '[5]',
    '[{"sku_id":"12345","real_price":{"sale_price_decimal":"$8"}}]',
  ])('in another form are refused: %s', (text) => {
    expect(accepts(products, reply(`[{"product_id":"12345","skus":${JSON.stringify(text)}}]`))).toBe(false);
  });
});

describe('the products of a video', () => {
  const inVideo = (sent: string) => video(`"video_products":${sent}`).video_products;

  it.each([
    ['"[1732322694475518433]"', ['1732322694475518433']],
    ['"[1732322694475518433,1729527313880355335]"', ['1732322694475518433', '1729527313880355335']],
    ['"[\\"1732322694475518433\\", 1729527313880355335 ]"', ['1732322694475518433', '1729527313880355335']],
    ['"1732322694475518433"', ['1732322694475518433']],
    ['[1732322694475518433,"1729527313880355335"]', ['1732322694475518433', '1729527313880355335']],
    ['"[]"', []],
    ['""', null],
    ['null', null],
  ])('%s: every digit is kept', (sent, ids) => {
    expect(inVideo(sent)).toStrictEqual(ids);
  });

  it.each([
    '"[1.732322694475518433e18]"',
    '"[1234]"',
    `"[${'1'.repeat(25)}]"`,
    '"[12345;67890]"',
    '"[{\\"id\\":12345}]"',
    '"none"',
    '[1.7e18]',
    '5',
  ])('are refused rather than read as other ids: %s', (sent) => {
    expect(accepts(videos, reply(`[{"video_id":"12345","video_products":${sent}}]`))).toBe(false);
  });

  it('are exactly those that were sent', () => {
    const id = fc.stringMatching(/^[1-9]\d{4,19}$/);
    fc.assert(
      fc.property(fc.array(id), (ids) => {
        expect(inVideo(JSON.stringify(`[${ids.join(',')}]`))).toStrictEqual(ids);
      }),
    );
  });

  it('in a hostile text are found, or refused, in no time', () => {
    const text = `[${' '.repeat(1_000_000)}x`;
    const started = performance.now();
    expect(accepts(videos, reply(`[{"video_id":"12345","video_products":${JSON.stringify(text)}}]`))).toBe(false);
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

describe('the day of a video', () => {
  it.each([
    ['"1716897600"', '2024-05-28'],
    ['1716897600', '2024-05-28'],
    ['"1716940799"', '2024-05-28'],
    ['"1716940800"', '2024-05-29'],
    ['""', null],
    ['null', null],
  ])('of %s seconds is %j, by UTC', (sent, day) => {
    expect(video(`"create_time":${sent}`)).toStrictEqual({ video_id: '12345', create_time: day });
  });

  it.each(['"1716897600000"', '20240528', '"2024-05-28"', '1716897600.5', '-1716897600', '"1.7168976e9"', 'true'])(
    'is refused where the number is of something else: %s',
    (sent) => {
      expect(accepts(videos, reply(`[{"video_id":"12345","create_time":${sent}}]`))).toBe(false);
    },
  );
});

describe.each(names)('a reply for %s with one value changed', (name) => {
  it('is refused, or says nothing that was not sent', () => {
    const endpoint = endpoints[name];
    const sent = JSON.parse(fixture(`echotik/${name}`)) as { data: Values[] };
    const before = numbersIn(documented[name]);
    let read = 0;
    fc.assert(
      fc.property(mutated(sent), ({ value, put }) => {
        const decoded = endpoint.data.safeParse(parseJson(JSON.stringify(value)));
        if (!decoded.success) return;
        read++;
        const known = new Set([...before, ...numbersIn(put)]);
        const doubles = numbersIn(put).map(Number);
        const madeUp = numbersIn(decoded.data).filter((text) => !known.has(text) && !doubles.includes(Number(text)));
        expect(madeUp).toEqual([]);
      }),
      { numRuns: 10_000 },
    );
    expect(read).toBeGreaterThan(100);
  });
});

/** The reply with something else in one place, or nothing. */
function mutated(whole: unknown): fc.Arbitrary<{ value: unknown; put: unknown }> {
  const places = placesIn(whole);
  const digits = fc.oneof(fc.maxSafeInteger(), fc.double(), fc.stringMatching(/^-?\d{1,22}([.,]\d{1,3})?[?K%]?$/));
  const put = fc.oneof(digits, digits.map(String), fc.jsonValue(), fc.constantFrom(undefined, null, '', [], {}, true));
  return fc.tuple(fc.constantFrom(...places), put).map(([place, given]) => {
    const value = structuredClone(whole);
    const holder = place.slice(0, -1).reduce<unknown>((at, key) => (at as Values)[key], value) as Values;
    holder[place.at(-1)!] = given;
    return { value, put: given };
  });
}

const placesIn = (value: unknown, path: string[] = []): string[][] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, each]) => [[...path, key], ...placesIn(each, [...path, key])])
    : [];

/** Every number in it, and every text that is one. */
function numbersIn(value: unknown): string[] {
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(numbersIn);
  return typeof value !== 'boolean' && /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(String(value)) ? [String(value)] : [];
}
