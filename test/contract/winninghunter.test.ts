/** Guards what we read of WinningHunter: its documented replies decode to exactly these values, and spellings that live replies may have do not break it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson } from '../../src/json.ts';
import type { Endpoint } from '../../src/providers/provider.ts';
import * as contract from '../../src/providers/winninghunter/contract.ts';
import { documentedIn, fixture } from './fixtures.ts';

type Name = keyof typeof contract;
type Values = Record<string, unknown>;

/** What each documented reply says. */
const documented: Record<Name, unknown> = {
  shopDetail: {
    name: 'Glow Beauty Co.',
    country: 'US',
    logo: 'https://cdn.example.com/shops/glow.png',
    products_count: 84,
    creators_count: 312,
    rating: 4.8,
  },
  shopTotals: { revenue: '1284500', sales: 51_380, avg_price: '24.99', conversion_rate: 0.037 },
  shopProducts: {
    rows: [{ id: '1729384756102394', title: 'Vitamin C Serum', price: '24.9', revenue: '312540', sales: 12_550 }],
    total: 84,
  },
  productDetail: {
    title: 'Vitamin C Brightening Serum',
    shop_id: '7493920192384910',
    price: '24.9',
    revenue: '312540',
    sales: 12_550,
    rating: 4.7,
    image: 'https://cdn.example.com/products/serum.jpg',
  },
  productTotals: { revenue: '312540', sales: 12_550, avg_price: '24.9' },
  productHistory: [
    { date: '2024-06-01', revenue: '10840', sales: 435 },
    { date: '2024-06-02', revenue: '11290', sales: 452 },
  ],
  creatorTotals: { revenue: '84200', sales: 3380, videos: 47, followers: 512_000 },
  creatorProducts: {
    rows: [{ id: '1729384756102394', title: 'Vitamin C Serum', revenue: '42100', sales: 1680 }],
    total: 23,
  },
  video: {
    caption: 'This serum changed my skin',
    creator_id: '6892301928374615',
    product_id: '1729384756102394',
    posted_at: '2024-05-28',
  },
  videoMetrics: { views: 1_840_000, likes: 92_400, comments: 3120, shares: 8800 },
  suggestions: { rows: [{ id: '7493920192384910', name: 'Glow Beauty Co.' }] },
  credits: { used: 1250, limit: 20_000, remaining: 18_750 },
};

const endpoints: [Name, Endpoint][] = Object.entries(contract) as [Name, Endpoint][];

/** As a reply travels: text, then JSON that keeps its digits, then the contract. */
const decode = (endpoint: Endpoint, text: string): unknown => endpoint.data.parse(parseJson(text));
const accepts = (endpoint: Endpoint, text: string): boolean => endpoint.data.safeParse(parseJson(text)).success;

/** The text of a reply whose `data` is this, numbers spelled as in `data`. */
const reply = (data: string, more = ''): string => `{"success":true,"data":${data}${more}}`;

describe('the documentation', () => {
  it.each(endpoints)('of %s: its example decodes to what it says, exactly', (name, endpoint) => {
    expect(decode(endpoint, fixture(`winninghunter/${name}`))).toStrictEqual(documented[name]);
  });

  it('shows the balance in a second shape, where it may be without bounds', () => {
    expect(decode(contract.credits, fixture('winninghunter/credits-unlimited'))).toStrictEqual({
      used: null,
      limit: null,
      remaining: null,
    });
  });

  it('and the contract speak of the same endpoints: none without an example, no example without an endpoint', () => {
    const shown = new Set(documentedIn('winninghunter').map((name) => name.replace(/-.*/, '')));
    expect([...shown].toSorted()).toEqual(Object.keys(contract).toSorted());
  });

  it.each(endpoints)('%s bears its own name, so that errors and metrics can be found in the code', (name, endpoint) => {
    expect(endpoint.name).toBe(name);
    expect(endpoint).toMatchObject({ provider: 'WINNING_HUNTER', credits: 1 });
  });

  it('gives each endpoint its method and path', () => {
    const routes = endpoints.map(([name, { method, path }]) => `${name} ${method} ${path}`);
    expect(routes.toSorted()).toEqual([
      'creatorProducts POST /api/v1/tiktok-shop/creator-detail/searchProducts',
      'creatorTotals POST /api/v1/tiktok-shop/creator-detail/total',
      'credits GET /api/v1/tiktok-shop/credits',
      'productDetail GET /api/v1/tiktok-shop/product-detail/{id}',
      'productHistory POST /api/v1/tiktok-shop/product-detail/history',
      'productTotals POST /api/v1/tiktok-shop/product-detail/total',
      'shopDetail POST /api/v1/tiktok-shop/shop-detail',
      'shopProducts POST /api/v1/tiktok-shop/shop-detail/product/queryList',
      'shopTotals POST /api/v1/tiktok-shop/shop-detail/total',
      'suggestions GET /api/v1/tiktok-shop/suggestions',
      'video GET /api/v2/videos/{id}',
      'videoMetrics GET /api/v2/videos/{id}/metrics',
    ]);
  });
});

describe('what may be asked', () => {
  it.each([
    ['shopDetail', { id: '7493920192384910', country: 'US' }],
    ['shopTotals', { id: '7493920192384910', period: 30 }],
    ['shopProducts', { id: '7493920192384910', page: 1, limit: 20, period: 30, sort: 'revenue', order: 'desc' }],
    ['productDetail', { id: '1729384756102394' }],
    ['productTotals', { id: '1729384756102394', period: 30 }],
    ['productHistory', { id: '1729384756102394', period: 30 }],
    ['creatorTotals', { id: '6892301928374615', period: 30 }],
    ['creatorProducts', { id: '6892301928374615', page: 1, limit: 20, period: 30 }],
    ['video', { id: '7361029384756102' }],
    ['videoMetrics', { id: '7361029384756102', period: 30 }],
  ] satisfies [Name, object][])('%s: the documented question, kept as it is', (name, params) => {
    expect(contract[name].params.parse(params)).toStrictEqual(params);
  });

  it.each(endpoints.filter(([, { echoes }]) => echoes?.includes('period')))(
    '%s: the documented periods and no other',
    (name, { params }) => {
      const taken = [0, 1, 7, 14, 28, 30, 60, 90, 365, 1.5, -7].filter(
        (period) => params.safeParse({ id: '1', period }).success,
      );
      expect(taken).toEqual(name === 'videoMetrics' ? [1, 7, 30] : [1, 7, 30, 90]);
    },
  );

  it('an id is digits, nothing else', () => {
    const taken = ['1729527313880355335', '', 'abc', '12 ', '1/2', '-1', '1.5', '1'.repeat(21)].filter(
      (id) => contract.productDetail.params.safeParse({ id }).success,
    );
    expect(taken).toEqual(['1729527313880355335']);
  });
});

/** The endpoints whose reply is one entity's values, each with the values that its example shows. */
const ones = endpoints
  .filter(([, endpoint]) => accepts(endpoint, reply('{}')))
  .map(([name, endpoint]) => ({ name, endpoint, shown: documented[name] as Values }));

/** The endpoints whose reply is a list's page, each with the first row of its example. */
const lists = endpoints
  .filter(([, { pages }]) => pages === 'numbered')
  .map(([name, endpoint]) => ({ name, endpoint, shown: (documented[name] as { rows: [Values] }).rows[0] }));

it('the endpoints of one entity and those of lists are told apart as documented', () => {
  expect(ones.map(({ name }) => name).toSorted()).toEqual(
    ['creatorTotals', 'productDetail', 'productTotals', 'shopDetail', 'shopTotals', 'video', 'videoMetrics'].toSorted(),
  );
  expect(lists.map(({ name }) => name).toSorted()).toEqual(['creatorProducts', 'shopProducts']);
});

const valuesOfOnes = ones.flatMap(({ name, endpoint, shown }) =>
  Object.keys(shown).map((key) => ({
    name,
    key,
    read: (data: Values) => decode(endpoint, reply(JSON.stringify(data))) as Values,
    shown,
  })),
);
const valuesOfRows = lists.flatMap(({ name, endpoint, shown }) =>
  Object.keys(shown)
    .filter((key) => key !== 'id')
    .map((key) => ({
      name,
      key,
      read: (row: Values) => (decode(endpoint, reply(JSON.stringify([row]))) as { rows: [Values] }).rows[0],
      shown,
    })),
);

describe.each([...valuesOfOnes, ...valuesOfRows])('$name.$key', ({ key, read, shown }) => {
  const isText = ['name', 'country', 'title', 'caption'].includes(key);

  it('explicitly null is there and null', () => {
    const said = read({ ...shown, [key]: null });
    expect(key in said).toBe(true);
    expect(said[key]).toBeNull();
  });

  it('not sent is not there', () => {
    const others = Object.fromEntries(Object.entries(shown).filter(([name]) => name !== key));
    const said = read(others);
    expect(key in said).toBe(false);
    expect(said).toStrictEqual(others);
  });

  it('empty reads as null', () => {
    expect(read({ ...shown, [key]: '' })).toStrictEqual({ ...shown, [key]: null });
  });

  it('of a wrong type is refused, not read as something', () => {
    const wrong = [{}, [], true, false, ...(isText ? [] : ['abc', 'NaN', 'Infinity', '-', 'null', '12abc', ' '])];
    for (const value of wrong) expect(() => read({ ...shown, [key]: value }), JSON.stringify(value)).toThrow();
  });

  it('written as a string says the same as written bare', () => {
    expect(read({ ...shown, [key]: String(shown[key]) })).toStrictEqual(shown);
  });
});

describe.each(ones)('$name of an id that nobody knows', ({ endpoint }) => {
  it.each(['null', '{}', '[]'])('is null when `data` is %s', (data) => {
    expect(decode(endpoint, reply(data))).toBeNull();
  });
});

describe.each(ones)('$name', ({ endpoint, shown }) => {
  it('with none of the documented keys is refused: their names have changed', () => {
    expect(accepts(endpoint, reply('{"product_title":"A","unit_price":"1","gmv":2}'))).toBe(false);
  });

  it('with one documented key is accepted', () => {
    for (const [key, value] of Object.entries(shown)) {
      expect(decode(endpoint, reply(JSON.stringify({ [key]: value })))).toStrictEqual({ [key]: value });
    }
  });

  it('does not mind keys that nobody documented', () => {
    const data = JSON.stringify({ ...shown, surprise: { deep: [1] }, trending: true });
    expect(decode(endpoint, reply(data, ',"meta":{"a":1},"credits_remaining":5'))).toStrictEqual(shown);
  });

  it.each(['[{}]', '"text"', '5', 'true', '[null]'])('is refused when `data` is %s', (data) => {
    expect(accepts(endpoint, reply(data))).toBe(false);
  });

  it('is refused without `data`', () => {
    expect(accepts(endpoint, '{"success":true}')).toBe(false);
  });
});

describe.each(lists)('$name', ({ endpoint, shown }) => {
  const rowText = JSON.stringify(shown);

  it.each([
    ['absent', rowText.replace(/"id":"\d+",/, '')],
    ['null', rowText.replace(/"id":"\d+"/, '"id":null')],
    ['empty', rowText.replace(/"id":"\d+"/, '"id":""')],
    ['not digits', rowText.replace(/"id":"\d+"/, '"id":"abc"')],
  ])('a row whose id is %s is refused with its page: to drop it would be a silent loss', (_, row) => {
    expect(row).not.toBe(rowText);
    expect(accepts(endpoint, reply(`[${rowText},${row}]`))).toBe(false);
  });

  it('rows keep the order in which they came', () => {
    const rows = ['3', '1', '2'].map((id) => ({ id }));
    expect(decode(endpoint, reply(JSON.stringify(rows)))).toStrictEqual({ rows, total: null });
  });

  it('is an empty page when `data` is null', () => {
    expect(decode(endpoint, reply('null', ',"total":0'))).toStrictEqual({ rows: [], total: 0 });
  });

  it.each([
    ['missing', ''],
    ['null', ',"total":null'],
  ])('a total that is %s is not known', (_, total) => {
    expect(decode(endpoint, reply('[]', total))).toStrictEqual({ rows: [], total: null });
  });

  it('a total may be written as a string', () => {
    expect(decode(endpoint, reply('[]', ',"total":"84"'))).toStrictEqual({ rows: [], total: 84 });
  });

  it('does not mind keys that nobody documented', () => {
    const row = JSON.stringify({ ...shown, surprise: 1 });
    expect(decode(endpoint, reply(`[${row}]`, ',"total":1,"page":1,"meta":{}'))).toStrictEqual({
      rows: [shown],
      total: 1,
    });
  });

  it.each(['{"id":"1"}', '"text"', '5'])('is refused when `data` is %s', (data) => {
    expect(accepts(endpoint, reply(data))).toBe(false);
  });
});

describe('digits', () => {
  const long = '1729527313880355335';

  it('of ids sent as bare numbers are all kept', () => {
    expect(decode(contract.shopProducts, reply(`[{"id":${long}}]`, ',"total":1'))).toStrictEqual({
      rows: [{ id: long }],
      total: 1,
    });
    expect(decode(contract.creatorProducts, reply(`[{"id": ${long}}]`))).toStrictEqual({
      rows: [{ id: long }],
      total: null,
    });
    expect(decode(contract.productDetail, reply(`{"id":${long},"shop_id":${long}}`))).toStrictEqual({ shop_id: long });
    expect(decode(contract.video, reply(`{"creator_id":${long},"product_id":${long}}`))).toStrictEqual({
      creator_id: long,
      product_id: long,
    });
    expect(decode(contract.suggestions, `{"suggestions":[{"id":${long},"name":"a"}]}`)).toStrictEqual({
      rows: [{ id: long, name: 'a' }],
    });
    for (const [name, { params }] of endpoints.filter(([, endpoint]) => endpoint.echoes?.includes('id'))) {
      expect(params.parse(parseJson(`{"id":${long},"period":30}`)), name).toMatchObject({ id: long });
    }
  });

  it.each(['24.9', '24.90', '24.00', '24', '0.10', '0', '-3.50', '12345678901234567890.123456789', '0.0000001'])(
    'of money are those that were sent, bare or quoted: %s',
    (price) => {
      for (const spelled of [price, `"${price}"`]) {
        expect(decode(contract.productDetail, reply(`{"price":${spelled}}`))).toStrictEqual({ price });
        expect(decode(contract.shopProducts, reply(`[{"id":"1","price":${spelled}}]`))).toMatchObject({
          rows: [{ price }],
        });
        expect(decode(contract.shopTotals, reply(`{"revenue":${spelled},"avg_price":${spelled}}`))).toStrictEqual({
          revenue: price,
          avg_price: price,
        });
      }
    },
  );

  it('of money written with an exponent are spelled out, at the same value', () => {
    const whole = fc.oneof(fc.constant('0'), fc.bigInt({ min: 1n, max: 10n ** 12n }).map(String));
    const fraction = fc.oneof(fc.constant(''), fc.stringMatching(/^\.\d{1,8}$/));
    const exponent = fc.integer({ min: -20, max: 20 });
    const spelling = fc.constantFrom('e', 'E');
    fc.assert(
      fc.property(fc.boolean(), whole, fraction, exponent, spelling, (negative, w, f, e, letter) => {
        const token = `${negative ? '-' : ''}${w}${f}${letter}${String(e)}`;
        const { price } = decode(contract.productDetail, reply(`{"price":${token}}`)) as { price: string };
        expect(price).toMatch(/^-?(0|[1-9]\d*)(\.\d+)?$/);
        expect(exact(price, 0)).toBe(exact(`${negative ? '-' : ''}${w}${f}`, e));
      }),
    );
  });

  it('of counts beyond 32 bits are kept, up to what a double carries; beyond it the reply is refused', () => {
    expect(decode(contract.videoMetrics, reply('{"views":3184000000}'))).toStrictEqual({ views: 3_184_000_000 });
    expect(decode(contract.videoMetrics, reply('{"views":9007199254740991}'))).toStrictEqual({
      views: Number.MAX_SAFE_INTEGER,
    });
    expect(accepts(contract.videoMetrics, reply('{"views":9007199254740993}'))).toBe(false);
  });

  it.each(['12.0', '"12"', '"12.00"', '12'])('of a count may be spelled %s', (sales) => {
    expect(decode(contract.productTotals, reply(`{"sales":${sales}}`))).toStrictEqual({ sales: 12 });
  });

  it.each(['12.5', '"12.5"', '-1', '"1,234"', '"1.2K"', '1e400'])('that are no count are refused: %s', (sales) => {
    expect(accepts(contract.productTotals, reply(`{"sales":${sales}}`))).toBe(false);
  });

  it.each(['"$24.90"', '"24,90"', '"2?"', '"0x10"', '"1_000"', '"+5"', '".5"', '"5."', '1e400', '" 5"'])(
    'that are no decimal are refused: %s',
    (price) => {
      expect(accepts(contract.productDetail, reply(`{"price":${price}}`))).toBe(false);
    },
  );

  it('that differ between two facts stay different: nothing is computed', () => {
    // 1284500 / 51380 is 25.00.
    expect(decode(contract.shopTotals, fixture('winninghunter/shopTotals'))).toMatchObject({ avg_price: '24.99' });
  });
});

describe('a history', () => {
  it('comes oldest first, however it was sent', () => {
    const days = Array.from({ length: 30 }, (_, index) => `2024-06-${String(index + 1).padStart(2, '0')}`);
    fc.assert(
      fc.property(fc.shuffledSubarray(days), (sent) => {
        const data = JSON.stringify(sent.map((date) => ({ date, sales: 1 })));
        const points = decode(contract.productHistory, reply(data)) as { date: string }[];
        expect(points.map(({ date }) => date)).toEqual(sent.toSorted());
      }),
    );
  });

  it('of nothing is empty', () => {
    expect(decode(contract.productHistory, reply('[]'))).toEqual([]);
    expect(decode(contract.productHistory, reply('null'))).toBeNull();
  });

  it('keeps null, absent and empty values of a day apart from each other as rows do', () => {
    const data = '[{"date":"2024-06-01","revenue":null},{"date":"2024-06-02","revenue":"","sales":"7"}]';
    expect(decode(contract.productHistory, reply(data))).toStrictEqual([
      { date: '2024-06-01', revenue: null },
      { date: '2024-06-02', revenue: null, sales: 7 },
    ]);
  });

  it('may carry timestamps: the day is kept as written', () => {
    const data = '[{"date":"2024-06-01T23:59:59-08:00"},{"date":"2024-06-02 00:00:00"}]';
    expect(decode(contract.productHistory, reply(data))).toStrictEqual([
      { date: '2024-06-01' },
      { date: '2024-06-02' },
    ]);
  });

  it.each([
    '[{"sales":1}]',
    '[{"date":null}]',
    '[{"date":"2024-02-30"}]',
    '[{"date":"June 1"}]',
    '[{"date":20240601}]',
  ])('with a day that is no day is refused: %s', (data) => {
    expect(accepts(contract.productHistory, reply(data))).toBe(false);
  });
});

describe('a URL', () => {
  it.each([
    ['//cdn.example.com/a.jpg', 'https://cdn.example.com/a.jpg'],
    ['http://cdn.example.com/a.jpg?x=1', 'http://cdn.example.com/a.jpg?x=1'],
  ])('%s reads as %s', (image, read) => {
    expect(decode(contract.productDetail, reply(JSON.stringify({ image })))).toStrictEqual({ image: read });
    expect(decode(contract.shopDetail, reply(JSON.stringify({ logo: image })))).toStrictEqual({ logo: read });
  });

  it.each(['javascript:alert(1)', 'data:text/html,x', 'aweme://open', '/relative.jpg', 'no url'])(
    'that a page must not load is refused: %s',
    (image) => {
      expect(accepts(contract.productDetail, reply(JSON.stringify({ image })))).toBe(false);
    },
  );
});

describe('suggestions', () => {
  it('of nothing are an empty list', () => {
    expect(decode(contract.suggestions, '{"success":true,"suggestions":[]}')).toEqual({ rows: [] });
  });

  it('of categories may have ids that are no digits', () => {
    expect(decode(contract.suggestions, '{"suggestions":[{"id":"beauty-2","name":null}]}')).toStrictEqual({
      rows: [{ id: 'beauty-2', name: null }],
    });
  });

  it.each(['{"success":true,"data":[]}', '{"suggestions":null}', '{"suggestions":[{"name":"a"}]}'])(
    'are refused in another shape: %s',
    (text) => {
      expect(accepts(contract.suggestions, text)).toBe(false);
    },
  );
});

/** The value of a decimal times ten to a power, in units of ten to the minus thirty. */
function exact(digits: string, power: number): bigint {
  const [whole = '', fraction = ''] = digits.replace('-', '').split('.');
  const units = BigInt(whole + fraction) * 10n ** BigInt(30 - fraction.length + power);
  return digits.startsWith('-') ? -units : units;
}
