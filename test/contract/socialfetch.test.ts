/** Guards what we read of SocialFetch's store lists, and that nothing but the address of a store is ever sent there. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ShopgraphError } from '../../src/errors.ts';
import { parseJson } from '../../src/json.ts';
import { storeProducts, storeUrl } from '../../src/providers/socialfetch/contract.ts';
import { documentedIn, fixture } from './fixtures.ts';

const decode = (text: string): unknown => storeProducts.data.parse(parseJson(text));
const accepts = (text: string): boolean => storeProducts.data.safeParse(parseJson(text)).success;

const url = 'https://www.tiktok.com/shop/store/goli-nutrition/7495794203056835079';

/** What each documented reply says. */
const documented: Record<string, unknown> = {
  storeProducts: {
    lookupStatus: 'found',
    shop: {
      id: '7495794203056835079',
      name: 'Goli Nutrition',
      logoUrl: 'https://p16.example.com/shop-logo.webp',
      storeUrl: url,
      region: 'US',
      rating: 4.6,
      soldCount: 3_767_605,
      reviewCount: 284_185,
      onSellProductCount: 36,
      followerCount: 237_879,
      videoCount: 2413,
    },
    rows: [
      {
        id: '1729527313880355335',
        title:
          'Goli Ashwagandha & Vitamin D Gummy - Mixed Berry, KSM-66, Vegan, Plant Based, Non-GMO, Gluten-Free & Gelatin Free.',
        description: null,
        url: 'https://www.tiktok.com/shop/pdp/1729527313880355335',
        imageUrl: 'https://p16.example.com/product.webp',
        image: { width: 500, height: 500, url: 'https://p16.example.com/product.webp' },
        shipFrom: null,
        trustLabel: null,
        labels: [],
        price: {
          currencyCode: 'USD',
          currencySymbol: '$',
          current: '14.96',
          original: '24.99',
          discountText: '40%',
          savingText: '10.03',
        },
        metrics: { sold: 1_283_012, reviews: 93_661, rating: 4.5 },
        shop: { id: '7495794203056835079', name: 'Goli Nutrition', logoUrl: null },
      },
    ],
    nextCursor: 'WzkzNjU0LCIxNzI5NTg5MjU1NzcwMzc4NzU5Il0=',
  },
  'storeProducts-not-found': null,
  'storeProducts-sparse': {
    lookupStatus: 'found',
    shop: {
      id: '7495794203056835079',
      name: null,
      logoUrl: null,
      storeUrl: url,
      region: 'US',
      rating: null,
      soldCount: null,
      reviewCount: null,
      onSellProductCount: null,
      followerCount: null,
      videoCount: null,
    },
    rows: [
      {
        id: '1732299628898390535',
        title: 'Goli Restore Kit - 1 Silk Pillow Case & 1 Silk Eye Mask',
        description: null,
        url: 'https://www.tiktok.com/shop/pdp/1732299628898390535',
        imageUrl: 'https://p16.example.com/p.webp',
        image: { width: 500, height: 500, url: 'https://p16.example.com/p.webp' },
        shipFrom: null,
        trustLabel: null,
        labels: [],
        price: {
          currencyCode: 'USD',
          currencySymbol: '$',
          current: '99.98',
          original: null,
          discountText: null,
          savingText: null,
        },
        metrics: { sold: 3076, reviews: null, rating: null },
        shop: { id: '7495794203056835079', name: null, logoUrl: null },
      },
    ],
    nextCursor: null,
  },
};

describe('the documentation', () => {
  it.each(documentedIn('socialfetch'))('%s decodes to what it says, exactly', (name) => {
    expect(Object.keys(documented)).toContain(name);
    expect(decode(fixture(`socialfetch/${name}`))).toStrictEqual(documented[name]);
  });

  it('gives the endpoint its route and its price', () => {
    expect(storeProducts).toMatchObject({
      provider: 'SOCIAL_FETCH',
      name: 'storeProducts',
      method: 'GET',
      path: '/v1/tiktok/shop/products',
      credits: 1,
      pages: 'cursor',
    });
  });
});

describe('what may be asked', () => {
  it('a market left out is the documented default, so that both are one question', () => {
    expect(storeProducts.params.parse({ url })).toStrictEqual({ url, region: 'US' });
    expect(storeProducts.params.parse({ region: 'US', url })).toStrictEqual({ url, region: 'US' });
  });

  it('a cursor as it came, up to its documented length, and not an empty one', () => {
    const cursor = 'WzkzNjU0LCIxNzI5NTg5MjU1NzcwMzc4NzU5Il0=';
    expect(storeProducts.params.parse({ url, cursor, region: 'GB' })).toStrictEqual({ url, cursor, region: 'GB' });
    const lengths = [0, 1, 8192, 8193].filter(
      (length) => storeProducts.params.safeParse({ url, cursor: 'a'.repeat(length) }).success,
    );
    expect(lengths).toEqual([1, 8192]);
  });

  it('the documented markets and no other', () => {
    for (const region of 'US GB DE FR IT ID MY MX PH SG ES TH VN BR JP IE'.split(' ')) {
      expect(storeProducts.params.parse({ url, region })).toMatchObject({ region });
    }
    for (const region of ['us', 'UK', 'CN', '']) {
      expect(storeProducts.params.safeParse({ url, region }).success).toBe(false);
    }
  });

  it('no address that `storeUrl` refuses, though the caller forgot to ask it', () => {
    expect(() => storeProducts.params.parse({ url: 'http://127.0.0.1/' })).toThrow(
      expect.objectContaining({ code: 'BAD_INPUT' }) as Error,
    );
    expect(storeProducts.params.parse({ url: `${url}/?x=1` })).toMatchObject({ url });
  });
});

describe('the address of a store', () => {
  const id = '7495794203056835079';
  it.each([
    ['as documented', url],
    ['with a slash at its end', `${url}/`],
    ['with what a page adds to track', `${url}?enter_from=a&x=%20b`],
    ['without www', url.replace('www.', '')],
    ['in capitals, where they do not matter', url.replace('https://www.tiktok.com', 'HTTPS://WWW.TikTok.COM')],
  ])('%s has one form', (_, text) => {
    expect(storeUrl(text)).toBe(url);
  });

  it('in another script is encoded, however it was written', () => {
    const canonical = `https://www.tiktok.com/shop/store/caf%C3%A9/${id}`;
    for (const slug of ['café', 'cafe\u0301', 'caf%C3%A9', 'caf%c3%a9', 'cafe%CC%81']) {
      expect(storeUrl(`https://www.tiktok.com/shop/store/${slug}/${id}`)).toBe(canonical);
    }
  });

  const path = `/shop/store/goli/${id}`;
  const tab = String.fromCharCode(9);
  const hostile: [what: string, text: string][] = [
    ['nothing', ''],
    ['a host of ours', `http://127.0.0.1${path}`],
    ['a host of ours, by https', `https://127.0.0.1${path}`],
    ['a host of ours, by IPv6', `https://[::1]${path}`],
    ['a cloud’s metadata', 'http://169.254.169.254/latest/meta-data/'],
    ['not encrypted', `http://www.tiktok.com${path}`],
    ['a file', `file:///etc/passwd`],
    ['a file of a host', `file://www.tiktok.com${path}`],
    ['a script', `javascript:location='https://www.tiktok.com${path}'`],
    ['without a scheme', `www.tiktok.com${path}`],
    ['with a scheme left open', `//www.tiktok.com${path}`],
    ['a host that begins like it', `https://www.tiktok.com.evil.test${path}`],
    ['a host that begins like it, without www', `https://tiktok.com.evil.test${path}`],
    ['a host that ends like it', `https://eviltiktok.com${path}`],
    ['another subdomain', `https://vm.tiktok.com${path}`],
    ['a subdomain of the subdomain', `https://www.www.tiktok.com${path}`],
    ['a host with a dot at its end', `https://www.tiktok.com.${path}`],
    ['a host with a dot at its beginning', `https://.tiktok.com${path}`],
    ['a user', `https://me@www.tiktok.com${path}`],
    ['a user that looks like the host', `https://www.tiktok.com@evil.test${path}`],
    ['a user and a password', `https://www.tiktok.com:x@evil.test${path}`],
    ['a port', `https://www.tiktok.com:8443${path}`],
    ['the usual port', `https://www.tiktok.com:443${path}`],
    ['a fragment', `https://www.tiktok.com${path}#top`],
    ['a fragment that hides a host', `https://evil.test/#@www.tiktok.com${path}`],
    ['a query that hides a host', `https://evil.test/?https://www.tiktok.com${path}`],
    ['a fragment behind a query', `https://www.tiktok.com${path}?a#b`],
    ['backslashes for slashes', `https:\\\\www.tiktok.com${path}`],
    ['a backslash behind the host', `https://www.tiktok.com\\@evil.test${path}`],
    ['a backslash in front of the host', `https://evil.test\\.www.tiktok.com${path}`],
    ['a backslash in the name', `https://www.tiktok.com/shop/store/a\\b/${id}`],
    ['a tab in the host', `https://www.tik${tab}tok.com${path}`],
    ['a tab in the scheme', `ht${tab}tps://www.tiktok.com${path}`],
    ['a tab in the number', `https://www.tiktok.com/shop/store/goli/7495${tab}794`],
    ['a line end', `https://www.tiktok.com${path}\n`],
    ['a line end and a header', `https://www.tiktok.com${path}\r\nhost: evil.test`],
    ['a space in front', ` https://www.tiktok.com${path}`],
    ['a NUL', `https://www.tiktok.com${path}\u0000`],
    ['an i without a dot', `https://www.t\u0131ktok.com${path}`],
    ['a Kelvin sign', `https://www.ti\u212Atok.com${path}`],
    ['a long s', `http\u017F://www.tiktok.com${path}`],
    ['a long s in the path', `https://www.tiktok.com/\u017Fhop/store/goli/${id}`],
    ['a Cyrillic o', `https://www.tikt\u043Ek.com${path}`],
    ['full-width letters', `https://www.\uFF54iktok.com${path}`],
    ['an ideographic full stop', `https://www\u3002tiktok.com${path}`],
    ['a soft hyphen', `https://www.tik\u00ADtok.com${path}`],
    ['an encoded host', `https://www.%74iktok.com${path}`],
    ['punycode', `https://www.xn--tktok-q4a.com${path}`],
    ['full-width digits', `https://www.tiktok.com/shop/store/goli/\uFF17\uFF14`],
    ['no path', 'https://www.tiktok.com/'],
    ['a product', `https://www.tiktok.com/shop/pdp/${id}`],
    ['no name', `https://www.tiktok.com/shop/store/${id}`],
    ['an empty name', `https://www.tiktok.com/shop/store//${id}`],
    ['no number', 'https://www.tiktok.com/shop/store/goli/'],
    ['words for a number', 'https://www.tiktok.com/shop/store/goli/abc'],
    ['a number with zeros in front', `https://www.tiktok.com/shop/store/goli/0${id}`],
    ['a number too long', `https://www.tiktok.com/shop/store/goli/${'1'.repeat(21)}`],
    ['more path', `https://www.tiktok.com${path}/more`],
    ['the way up for a name', `https://www.tiktok.com/shop/store/../${id}`],
    ['the encoded way up', `https://www.tiktok.com/shop/store/%2e%2E/${id}`],
    ['the way up behind', `https://www.tiktok.com${path}/..`],
    ['a slash encoded in the name', `https://www.tiktok.com/shop/store/a%2Fb/${id}`],
    ['a question mark encoded in the name', `https://www.tiktok.com/shop/store/a%3Fb/${id}`],
    ['a name encoded twice', `https://www.tiktok.com/shop/store/a%252e/${id}`],
    ['half an encoding', `https://www.tiktok.com/shop/store/a%/${id}`],
    ['an encoding of nothing', `https://www.tiktok.com/shop/store/%ff/${id}`],
    ['an encoded line end', `https://www.tiktok.com/shop/store/a%0d%0a/${id}`],
    ['a text turned around', `https://www.tiktok.com/shop/store/a\u202Eb/${id}`],
    ['half a character', `https://www.tiktok.com/shop/store/a\uD83Db/${id}`],
    ['longer than the provider takes', `https://www.tiktok.com${path}?${'a'.repeat(4096)}`],
    ['a name without end', `https://www.tiktok.com/shop/store/${'a'.repeat(201)}/${id}`],
  ];
  it.each(hostile)('is not %s', (_, text) => {
    expect(() => storeUrl(text)).toThrow(
      expect.objectContaining({
        code: 'BAD_INPUT',
        message: expect.stringContaining('https://www.tiktok.com/shop/store/<name>/<number>') as string,
      }) as Error,
    );
  });

  it('is the only thing that ever leaves here, whatever is given', () => {
    const part = fc.oneof(
      fc.constantFrom('https://', 'www.', 'tiktok.com', '/shop/store/', 'goli', '/', id, '?', '#', '@', ':', '.', '\\'),
      fc.string({ unit: 'binary', maxLength: 3 }),
    );
    const edited = fc
      .tuple(fc.nat(url.length), fc.nat(3), fc.string({ unit: 'binary', maxLength: 3 }))
      .map(([at, cut, put]) => url.slice(0, at) + put + url.slice(at + cut));
    const text = fc.oneof(
      edited,
      fc.array(part, { maxLength: 12 }).map((parts) => parts.join('')),
      fc.webUrl(),
    );
    let taken = 0;
    fc.assert(
      fc.property(text, (given) => {
        let canonical: string;
        try {
          canonical = storeUrl(given);
        } catch (error) {
          expect(error).toBeInstanceOf(ShopgraphError);
          return;
        }
        taken++;
        expect(canonical).toMatch(/^https:\/\/www\.tiktok\.com\/shop\/store\/[A-Za-z0-9._~%-]+\/[1-9]\d{0,19}$/);
        expect(new URL(canonical).href).toBe(canonical);
        expect(storeUrl(canonical)).toBe(canonical);
        // Whoever read the address as a browser does came to the same place.
        const { protocol, hostname, port, username, password } = new URL(given);
        expect([protocol, port, username, password]).toEqual(['https:', '', '', '']);
        expect(['www.tiktok.com', 'tiktok.com']).toContain(hostname);
      }),
      { numRuns: 3000 },
    );
    expect(taken).toBeGreaterThan(0);
  });
});

type Values = Record<string, unknown>;
interface Reply {
  data: { lookupStatus: unknown; shop: unknown; products: Values[]; page: Values };
}
const found = () => JSON.parse(fixture('socialfetch/storeProducts')) as Reply;
/** The documented reply, changed. */
const changed = (change: (data: Reply['data']) => void): string => {
  const reply = found();
  change(reply.data);
  return JSON.stringify(reply);
};
const rowWith = (values: Values) => changed(({ products }) => Object.assign(products[0]!, values));
const firstRow = (text: string) => (decode(text) as { rows: [Values] }).rows[0];

describe('the outcome', () => {
  it.each(['private', 'restricted'])('%s is an answer of its own, neither unknown nor a failure', (lookupStatus) => {
    const text = changed((data) =>
      Object.assign(data, { lookupStatus, shop: null, products: [], page: { nextCursor: null, hasMore: false } }),
    );
    expect(decode(text)).toStrictEqual({ lookupStatus, shop: null, rows: [], nextCursor: null });
  });

  it.each<[string, (data: Reply['data']) => unknown]>([
    ['of a name nobody documented', (data) => (data.lookupStatus = 'gone')],
    ['that is null', (data) => (data.lookupStatus = null)],
    ['not found, and yet a shop', (data) => Object.assign(data, { lookupStatus: 'not_found', products: [] })],
    ['not found, and yet products', (data) => Object.assign(data, { lookupStatus: 'not_found', shop: null })],
    ['found without a list', (data) => Object.assign(data, { products: null })],
    ['found without a page', (data) => Object.assign(data, { page: null })],
    ['found without a word of a shop', (data) => Object.assign(data, { shop: undefined })],
  ])('%s is refused', (_, change) => {
    expect(accepts(changed(change))).toBe(false);
  });
});

describe('the next page', () => {
  it.each([
    [{ hasMore: true, nextCursor: 'abc' }, 'abc'],
    [{ hasMore: false, nextCursor: 'abc' }, null],
    [{ hasMore: true, nextCursor: null }, null],
    [{ hasMore: false, nextCursor: null }, null],
  ])('of %j is %j: either key may end the list', (page, nextCursor) => {
    expect(decode(changed((data) => (data.page = page)))).toMatchObject({ nextCursor });
  });

  it.each([
    {},
    { hasMore: true },
    { nextCursor: 'abc' },
    { hasMore: 'true', nextCursor: 'abc' },
    { hasMore: true, nextCursor: '' },
  ])('of %j is refused: a list must not end for a misspelling', (page) => {
    expect(accepts(changed((data) => (data.page = page)))).toBe(false);
  });
});

describe('a product', () => {
  it.each(['14.96', '105.00', '9.9', '19', '0.10', '12345678901234567890.123456789'])(
    'costs exactly the digits that were sent: %s',
    (current) => {
      expect(firstRow(rowWith({ price: { current } }))).toMatchObject({ price: { current } });
      expect(firstRow(rowWith({ price: { current: '@' } }).replace('"@"', current))).toMatchObject({
        price: { current },
      });
    },
  );

  it.each(['2?', '??', '1?.96', '?'])('whose price is masked has none: %s', (current) => {
    expect(firstRow(rowWith({ price: { current, original: current } })).price).toStrictEqual({
      current: null,
      original: null,
    });
  });

  it.each(['120.000', '1.290'])('whose price could be of thousands has none: %s', (current) => {
    expect(firstRow(rowWith({ price: { current } })).price).toStrictEqual({ current: null });
  });

  it.each(['$14.96', '14,96', '1,234.00', '10.00 - 20.00', 'free', '1.2K', ' 5'])(
    'whose price is no number is refused with its page: %s',
    (current) => {
      expect(accepts(rowWith({ price: { current } }))).toBe(false);
    },
  );

  it.each([
    ['USD', 'USD'],
    ['US dollar', null],
    ['usd', null],
    ['$', null],
    ['', null],
  ])('in %j is in %j: "name or code", of which a code is a currency', (currencyCode, currency) => {
    expect(firstRow(rowWith({ price: { currencyCode } })).price).toStrictEqual({ currencyCode: currency });
  });

  it('keeps the digits of ids that came as bare numbers', () => {
    const text = rowWith({ id: '@' }).replace('"@"', '1729527313880355335');
    expect(firstRow(text)).toMatchObject({ id: '1729527313880355335' });
  });

  it('keeps its labels, with codes of any sign', () => {
    const labels = [
      { text: 'Free shipping', type: 3 },
      { text: 'New', type: -1 },
      { text: 'Sale', type: null },
    ];
    expect(firstRow(rowWith({ labels }))).toMatchObject({ labels });
  });

  it('tells not sent, null and empty apart from each other as the house does', () => {
    expect(
      decode(
        changed((data) => (data.products = [{ id: '1' }, { id: '2', shipFrom: null, trustLabel: '', image: null }])),
      ),
    ).toMatchObject({
      rows: [{ id: '1' }, { id: '2', shipFrom: null, trustLabel: null, image: null }],
    });
  });

  it.each([undefined, null, '', 'abc', {}])('whose id is %j is refused with its page', (id) => {
    expect(accepts(rowWith({ id }))).toBe(false);
  });

  it.each(['javascript:alert(1)', 'aweme://open', '/p.webp'])(
    'whose picture a page must not load is refused: %s',
    (imageUrl) => {
      expect(accepts(rowWith({ imageUrl }))).toBe(false);
    },
  );
});

it('of a reply with one value changed, whatever is read was sent: no number is made up, and nothing is thrown but a refusal', () => {
  const sent = numbersIn(documented.storeProducts);
  let read = 0;
  fc.assert(
    fc.property(mutated(found()), ({ value, put }) => {
      const decoded = storeProducts.data.safeParse(parseJson(JSON.stringify(value)));
      if (!decoded.success) return;
      read++;
      const known = new Set([...sent, ...numbersIn(put)]);
      // A double may be spelled out in other digits; a text of digits may not.
      const doubles = numbersIn(put).map(Number);
      const madeUp = numbersIn(decoded.data).filter((text) => !known.has(text) && !doubles.includes(Number(text)));
      expect(madeUp).toEqual([]);
    }),
    { numRuns: 10_000 },
  );
  expect(read).toBeGreaterThan(100);
});

/** The reply with something else in one place, or nothing. */
function mutated(reply: unknown): fc.Arbitrary<{ value: unknown; put: unknown }> {
  const places = placesIn(reply);
  const digits = fc.oneof(fc.maxSafeInteger(), fc.double(), fc.stringMatching(/^-?\d{1,22}([.,]\d{1,3})?[?K]?$/));
  const put = fc.oneof(digits, digits.map(String), fc.jsonValue(), fc.constantFrom(undefined, null, '', [], {}, true));
  return fc.tuple(fc.constantFrom(...places), put).map(([place, given]) => {
    const value = structuredClone(reply);
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
