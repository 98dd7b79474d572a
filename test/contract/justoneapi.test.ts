/** Guards what we read of Just One API: raw pages of uncertain depth give the right value of a fact, or none, never a wrong one. */
import { describe, expect, it } from 'vitest';
import { parseJson } from '../../src/json.ts';
import * as contract from '../../src/providers/justoneapi/contract.ts';
import type { Endpoint } from '../../src/providers/provider.ts';
import { decode as decoded } from '../../src/upstream/decode.ts';
import { toRequest } from '../../src/upstream/request.ts';
import { documentedIn, fixture } from './fixtures.ts';

type Values = Record<string, unknown>;

const { productDetail, jdItem } = contract;
const pageText = fixture('justoneapi/productDetail');
const itemText = fixture('justoneapi/jdItem');

const decode = (endpoint: Endpoint, text: string): unknown => endpoint.data.parse(parseJson(text));
const accepts = (endpoint: Endpoint, text: string): boolean => endpoint.data.safeParse(parseJson(text)).success;
const product = (data: unknown) => decode(productDetail, JSON.stringify({ code: 0, data })) as Values;

const page: Values = {
  productId: '1729587769570529799',
  title: 'Apple Cider Vinegar & Ashwagandha Gummies',
  price: '44.98',
  priceMasked: false,
  listPrice: '74.94',
  currency: 'USD',
  rating: 4.6,
  reviewCount: 70_843,
  soldCount: 853_864,
  sellerId: '7494000000000000003',
  sellerName: 'Good Gummies',
  image: 'https://p16.example.com/one.webp?x-expires=1775000000&x-signature=abc%2Bd',
  imageExpiresAt: 1_775_000_000_000,
  description: 'Vitamin B12 in each gummy & no sugar\nMade in the USA',
};

const item: Values = {
  itemId: '100117219515',
  title: '示例水乳套装200ml 生日礼物',
  price: null,
  priceMasked: true,
  listPrice: '1390.00',
  shopId: '1000000017',
  shopName: '示例京东自营专区',
  brandId: '190001',
  brand: '示例（EXAMPLE）',
  categoryIds: ['1316', '1381', '1396'],
  productArea: '日本',
  isBook: false,
  image: 'https://img30.360buyimg.com/sku/jfs/t1/1/2/3/4/example.jpg',
  delivery: '23:10前付款，预计明天送达',
  promotions: [{ price: '699.00', endsAt: 1_774_972_799_000 }],
};

/** A page whose product has these parts; `base` and `price` go into the documented ones. */
const withBase = (base: Values, more: Values = {}) => product({ product_base: { title: 'A', ...base }, ...more });
const priced = (price: Values) => withBase({ price });

describe('the documentation', () => {
  it('of both: the known values decode to what they say, exactly', () => {
    expect(decode(productDetail, pageText)).toStrictEqual(page);
    expect(decode(jdItem, itemText)).toStrictEqual(item);
  });

  it('and the contract speak of the same endpoints', () => {
    const endpoints = { productDetail, jdItem };
    expect(documentedIn('justoneapi').toSorted()).toEqual(Object.keys(endpoints).toSorted());
    for (const [name, endpoint] of Object.entries(endpoints))
      expect(endpoint).toMatchObject({ name, provider: 'JUST_ONE_API', method: 'GET', credits: 1 });
  });

  const asked = (endpoint: Endpoint, params: object) => {
    const { path, query } = toRequest({ endpoint, params: endpoint.params.parse(params) });
    return `${path} ${JSON.stringify(query)}`;
  };

  it('asks for a product and its region, US where none is said; the version is the client’s to add', () => {
    for (const region of ['US', 'GB', 'FR', 'SG', 'MY', 'PH', 'TH', 'VN', 'ID'])
      expect(asked(productDetail, { region, productId: '1' })).toBe(
        `/api/tiktok-shop/get-product-detail {"productId":"1","region":"${region}"}`,
      );
    expect(asked(productDetail, { productId: '1' })).toBe(asked(productDetail, { productId: '1', region: 'US' }));
    expect(asked(jdItem, { itemId: '100117219515' })).toBe('/api/jd/get-item-detail {"itemId":"100117219515"}');
  });

  it.each([
    [productDetail, { region: 'US' }],
    [productDetail, { productId: '1', region: 'DE' }],
    [productDetail, { productId: '1', region: 'us' }],
    [productDetail, { productId: 'a', region: 'US' }],
    [jdItem, { itemId: '' }],
    [jdItem, {}],
  ] as [Endpoint, object][])('knows no other questions: %#', (endpoint, params) => {
    expect(endpoint.params.safeParse(params).success).toBe(false);
  });

  it('tells which markets it can be asked about', () => {
    const served = ['US', 'FR', 'ID', 'DE', 'us', ''].filter((market) => contract.isServed(market));
    expect(served).toEqual(['US', 'FR', 'ID']);
  });

  it('params say the same when they are parsed again: they are the key of the answer', () => {
    const once = productDetail.params.parse({ productId: '1' });
    expect(once).toStrictEqual({ productId: '1', region: 'US' });
    expect(productDetail.params.parse(once)).toStrictEqual(once);
  });

  it('an answer is good for as long as its picture is, where that is known', () => {
    expect(productDetail.goodUntil?.(decode(productDetail, pageText) as never)).toBe(1_775_000_000_000);
    expect(productDetail.goodUntil?.({ title: 'A', image: 'https://a.example.com/' })).toBeUndefined();
    const signed = itemText.replace('example.jpg"\n', 'example.jpg?x-expires=1775000000"\n');
    expect(jdItem.goodUntil?.(decode(jdItem, signed) as never)).toBe(1_775_000_000_000);
    expect(jdItem.goodUntil?.(decode(jdItem, itemText) as never)).toBeUndefined();
  });

  it('what is still collected is asked for again, later and later, for five minutes and no longer', () => {
    expect(productDetail.polling).toBeUndefined();
    expect(jdItem.polling).toEqual({ firstMs: 2000, factor: 1.5, waitMsMax: 10_000, totalMs: 300_000 });
  });

  it.each([
    [productDetail, pageText, { productId: page.productId, region: 'US' }, { productId: '1', region: 'US' }],
    [jdItem, itemText, { itemId: item.itemId }, { itemId: '1' }],
  ] as [Endpoint, string, object, object][])(
    'an answer of $name to another id is refused',
    (endpoint, text, own, other) => {
      const json = parseJson(text);
      expect(decoded({ endpoint, params: own }, json)).not.toBeNull();
      expect(() => decoded({ endpoint, params: other }, json)).toThrow(
        expect.objectContaining({ code: 'UPSTREAM_BAD_DATA' }) as Error,
      );
    },
  );
});

describe.each([productDetail, jdItem] as Endpoint[])('$name of an id that nobody knows is null:', (endpoint) => {
  it.each([
    '{"code":201,"data":null}',
    '{"code":"201","data":{"product_id":"1"}}',
    '{"code":404,"data":null}',
    '{"code":0,"data":null}',
    '{"code":0,"data":[]}',
    '{"code":0,"data":{}}',
    '{"code":0,"data":{"data":null}}',
    '{"code":0,"data":{"code":0,"data":{}}}',
    '{"code":0,"data":{"title":"","price":"-","images":[],"seller":{"name":null}}}',
  ])('%s', (text) => {
    expect(decode(endpoint, text)).toBeNull();
  });
});

describe.each([productDetail, jdItem] as Endpoint[])('$name refuses what is no answer:', (endpoint) => {
  it.each([
    '{"code":0}',
    '{"code":0,"data":"text"}',
    '{"code":0,"data":5}',
    '{"code":0,"data":true}',
    '{"code":0,"data":{"surprise":1}}',
    '{"code":0,"data":{"code":10000,"message":"no","data":{}}}',
    '{"code":0,"data":[1,2]}',
    '{"code":0,"data":{"product_id":"1"}}',
    '{"code":0,"data":{"product":{"skuId":"1"}}}',
    '{"code":0,"data":{"recommend_products":[{"product_id":"1","title":"B","images":[]}]}}',
    '{}',
    '[]',
    'null',
    '"a"',
  ])('%s', (text) => {
    expect(accepts(endpoint, text)).toBe(false);
  });
});

describe('a product is found', () => {
  const { data } = parseJson(pageText) as { data: Values };
  it.each<[string, unknown]>([
    ['data', data],
    ['data.data', { data }],
    ['data.product', { product: data }],
    ['data.data.product', { code: 0, message: 'ok', data: { product: data } }],
    ['a list of one', [data]],
    ['beneath a list of one', { data: [{ detail: data }] }],
    [
      'behind hundreds of other keys',
      { ...Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`k${n}`, {}])), p: data },
    ],
  ])('at %s', (_, nested) => {
    expect(product(nested)).toStrictEqual(page);
  });

  it('not among others: where several could be meant, none is', () => {
    const other = { product_id: '2', title: 'B', images: [] };
    for (const nested of [{ a: data, b: other }, [data, other], { list: [other, other] }])
      expect(() => product(nested)).toThrow();
    expect(
      product({ product: data, product_info: { product_id: data.product_id, title: 'A', image: {} } }),
    ).toStrictEqual(page);
  });

  it('JD: one envelope deeper too', () => {
    const { data } = parseJson(itemText) as { data: Values };
    expect(decode(jdItem, JSON.stringify({ code: 0, data: { data } }))).toStrictEqual(item);
  });

  it('a page too deep, too wide or wound is given up, not followed', () => {
    let deep: unknown = data;
    for (let n = 0; n < 2000; n++) deep = { a: deep };
    expect(accepts(productDetail, JSON.stringify({ code: 0, data: deep }))).toBe(false);
    const wide = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`k${n}`, { a: 1 }]));
    expect(accepts(productDetail, JSON.stringify({ code: 0, data: { wide } }))).toBe(false);
  });

  it('as search rows are written', () => {
    expect(
      product({
        product_id: '1729587769570529799',
        title: 'A',
        image: { url_list: ['https://p16.example.com/a.webp'] },
        product_price_info: {
          currency_name: 'EUR',
          sale_price_decimal: '',
          sale_price_format: '12,90 €',
          origin_price_decimal: '53',
        },
        rate_info: { score: 4.7, review_count: '2493' },
        sold_info: { sold_count: 12 },
        seller_info: { seller_id: '7494000000000000003', shop_name: 'S' },
      }),
    ).toStrictEqual({
      productId: '1729587769570529799',
      title: 'A',
      price: '12.90',
      priceMasked: false,
      listPrice: '53',
      currency: 'EUR',
      rating: 4.7,
      reviewCount: 2493,
      soldCount: 12,
      sellerId: '7494000000000000003',
      sellerName: 'S',
      image: 'https://p16.example.com/a.webp',
    });
  });
});

it('digits of ids are all kept, bare or quoted', () => {
  const bare = pageText.replaceAll(/"(\d{19})"/g, '$1');
  expect(bare).not.toBe(pageText);
  expect(decode(productDetail, bare)).toStrictEqual(page);
  expect(decode(jdItem, itemText.replace('"100117219515"', '100117219515'))).toStrictEqual(item);
});

describe('a price', () => {
  it.each([
    ['$44.98', '44.98'],
    ['12,90 €', '12.90'],
    ['12,90\u00a0€', '12.90'],
    ['€12.90', '12.90'],
    ['44.98', '44.98'],
    ['9.9', '9.9'],
    ['19', '19'],
    ['USD 19.00', '19.00'],
    ['$1,234.50', '1234.50'],
    ['1.234,50 €', '1234.50'],
    ['1 234,50 €', '1234.50'],
    ['1\u202f234 €', '1234'],
    ['$1,234', '1234'],
    ['1,234,567', '1234567'],
    ['Rp120.000', '120000'],
    ['120.000₫', '120000'],
    ['₫1.120.000', '1120000'],
    ['£0.123', '0.123'],
    ['¥1,390.00', '1390.00'],
  ])('written %s is %s', (sent, price) => {
    expect(priced({ real_price: sent })).toStrictEqual({ title: 'A', price, priceMasked: false });
  });

  it('bare keeps its digits', () => {
    for (const bare of ['24.90', '24.9', '24', '0', '12345678901234567890.12'])
      expect(
        decode(productDetail, `{"code":0,"data":{"product_base":{"price":{"real_price":${bare}}}}}`),
      ).toStrictEqual({
        price: bare,
        priceMasked: false,
      });
  });

  it.each([
    '2?',
    'RM2?',
    'USD 2?',
    '2? SGD',
    'Rp12?.000',
    'US$2?',
    '$2?',
    '6??',
    '$?',
    '??',
    '¥6??',
    '1,2??.??',
    '$**',
    '2？',
  ])('masked as %s is none, and says so', (sent) => {
    expect(
      priced({ real_price: sent, min_sku_price: '', max_sku_price: '', min_sku_original_price: '39.99' }),
    ).toStrictEqual({
      title: 'A',
      price: null,
      priceMasked: true,
    });
    expect(priced({ real_price: { price_str: sent, price_val: '2' }, original_price: sent })).toStrictEqual({
      title: 'A',
      price: null,
      priceMasked: true,
      listPrice: null,
    });
  });

  it('of one variant is its text, or its value where the text is blank', () => {
    expect(priced({ real_price: { price_str: '$44.98', price_val: '1' } }).price).toBe('44.98');
    expect(priced({ real_price: { price_str: '', price_val: '44.98' } }).price).toBe('44.98');
    for (const none of [{}, { price_str: '-', price_val: '' }])
      expect(priced({ real_price: none })).toStrictEqual({ title: 'A' });
  });

  it.each([
    '1,234',
    '1.234',
    '$1.234',
    '1,234 €',
    '1.234',
    '12,3456',
    '$10 - $20',
    '-5.00',
    '-40%',
    '40%',
    'free',
    '1.2.3',
    '1,23,456',
    '007.50',
    '1e3',
    '12.9.0',
    '5 12',
    '$',
    '.5',
    '5.',
  ])('written %s could mean anything: it is not there', (sent) => {
    expect(priced({ real_price: sent })).toStrictEqual({ title: 'A' });
  });

  it.each([
    ['', null],
    ['-', null],
    [null, null],
  ])('stated as %j is null', (sent, price) => {
    expect(priced({ real_price: sent })).toStrictEqual({ title: 'A', price });
  });

  it('of the cheapest variant is read only where all cost the same', () => {
    expect(priced({ min_sku_price: '44.98', max_sku_price: '44.98' }).price).toBe('44.98');
    expect(priced({ min_sku_price: '44.98', is_interval_price: false }).price).toBe('44.98');
    expect('price' in priced({ min_sku_price: '44.98', max_sku_price: '60.00', is_interval_price: true })).toBe(false);
  });

  it('has a currency where one is stated, never from a symbol', () => {
    expect(priced({ real_price: '$5.00', currency_symbol: '$' })).not.toHaveProperty('currency');
    expect(priced({ real_price: '$5.00', currency: '$' })).not.toHaveProperty('currency');
    expect(priced({ real_price: '$5.00', currency: '' }).currency).toBeNull();
  });
});

describe('a count', () => {
  const sold = (sold_count: unknown) => withBase({ sold_count });
  it.each([
    [3_767_605, 3_767_605],
    ['3767605', 3_767_605],
    ['70,843', 70_843],
    ['70 843', 70_843],
    ['12.0', 12],
    [0, 0],
  ])('written %j is %d', (sent, soldCount) => {
    expect(sold(sent)).toStrictEqual({ title: 'A', soldCount });
  });

  it.each([
    ['70.8K', 70_800],
    ['3.7M', 3_700_000],
    ['237.8K+', 237_800],
    ['853.9K', 853_900],
    ['70,8 K'.replace(' ', ''), 70_800],
    ['100+', 100],
    ['1.25k', 1250],
  ])('known as %s alone is %d, and said to be rounded', (sent, soldCount) => {
    expect(sold(sent)).toStrictEqual({ title: 'A', soldCount, soldCountRounded: true });
  });

  it('is exact where any of its places is', () => {
    const reviews = (product_detail_review: Values) => withBase({}, { product_detail_review });
    expect(reviews({ review_count_str: '70.8K', review_count_str_v2: '70,843' })).toStrictEqual({
      title: 'A',
      reviewCount: 70_843,
    });
    expect(reviews({ review_count: '', review_count_str: '70.8K' })).toStrictEqual({
      title: 'A',
      reviewCount: 70_800,
      reviewCountRounded: true,
    });
  });

  it.each([
    '70.843',
    '1,2',
    '12.5',
    -1,
    1.5,
    '1.234K',
    '1,2M',
    '200+ bought in past month',
    'K',
    '+',
    '1e9',
    true,
    {},
    ['5'],
    2 ** 60,
  ])('written %j is not there', (sent) => {
    expect(sold(sent)).toStrictEqual({ title: 'A' });
  });
});

describe('a rating', () => {
  const rated = (product_rating: unknown, review_count?: unknown) =>
    withBase({}, { product_detail_review: { product_rating, review_count } }).rating;
  it('is a number however it is written', () => {
    expect([4.6, '4.6', '4,6', 5, '5'].map((sent) => rated(sent, 3))).toEqual([4.6, 4.6, 4.6, 5, 5]);
  });
  it('of 0 that nobody gave is none', () => {
    expect([rated(0, 0), rated('0', '0'), rated('0.0'), rated(0, 3)]).toEqual([null, null, null, 0]);
  });
  it('beyond the stars is not there', () => {
    for (const sent of [46, -1, '46', '4.6/5', 'good', true, [4]]) expect(rated(sent, 3)).toBeUndefined();
  });
  it("is never the seller's", () => {
    expect(withBase({}, { seller: { rating: '4.6', rating_value: 4.6 } })).toStrictEqual({ title: 'A' });
  });
});

describe('null, empty and absent', () => {
  it('stay apart for each fact', () => {
    const { data } = parseJson(pageText) as { data: Values & { product_base: Values } };
    for (const blank of [null, '', '-', ' '])
      expect(product({ ...data, product_base: { ...data.product_base, title: blank } }), String(blank)).toStrictEqual({
        ...page,
        title: null,
      });
    const without = (values: Values) => Object.fromEntries(Object.entries(values).filter(([key]) => key !== 'title'));
    expect(product({ ...data, product_base: without(data.product_base) })).toStrictEqual(without(page));
  });
});

describe('a picture', () => {
  const pictured = (images: unknown) => {
    const { image, imageExpiresAt } = withBase({ images });
    return [image, imageExpiresAt];
  };
  it.each([
    ['x-expires=1752549352&x-signature=a', 1_752_549_352_000],
    ['url_expire=1752549352', 1_752_549_352_000],
    ['expires=1752549352000', 1_752_549_352_000],
    ['x-expires=1752549352&expire=1752549000', 1_752_549_000_000],
    ['X-Amz-Expires=86400', undefined],
    ['expires=86400', undefined],
    ['a=1', undefined],
  ])('signed with %s expires at %s', (query, expiresAt) => {
    const url = `https://p16.example.com/a.webp?${query}`;
    expect(pictured([{ url_list: [url] }])).toEqual([url, expiresAt]);
    expect(pictured([url])).toEqual([url, expiresAt]);
  });

  it('is https or none', () => {
    expect(pictured(['//p16.example.com/a.webp'])).toEqual(['https://p16.example.com/a.webp', undefined]);
    const none = [
      'http://a.com/a',
      'aweme://x',
      'javascript:alert(1)',
      '\\',
      'jfs/a.jpg',
      'https://u:p@a.com/',
      'data:,',
      5,
      null,
    ];
    expect(pictured(none)).toEqual([undefined, undefined]);
    expect(pictured('')).toEqual([null, undefined]);
  });

  it('of JD that is relative is made absolute', () => {
    const text = itemText.replace(/"mainImages": \[[^\]]*\]/, '"mainImages": []');
    expect(decode(jdItem, text)).toStrictEqual(item);
  });
});

describe('a description', () => {
  const described = (sent: unknown) => withBase({ desc_detailv3: sent }).description;
  it.each<[string, unknown, unknown]>([
    [
      'HTML',
      '<p>One<br/>two</p><script>evil("<p>")</script><style>p{}</style><ul><li>three &amp; &lt;four&gt; &#39;</li></ul>',
      "One\ntwo\nthree & '",
    ],
    ['HTML written as entities', '&lt;b&gt;bold&lt;/b&gt;', 'bold'],
    [
      'JSON in a string',
      JSON.stringify([{ type: 'text', text: 'One' }, { type: 'image', image: {} }, { text: 'two' }]),
      'One\ntwo',
    ],
    [
      'JSON in JSON in a string',
      JSON.stringify([JSON.stringify({ text: JSON.stringify([{ text: 'deep' }]) })]),
      'deep',
    ],
    [
      'a list of blocks',
      [
        {
          ec_rich_blocks: [
            {
              xl_ec_rich_text: {
                ec_rich_texts: [
                  { template: 'A {{x}}{{y}}', arguments: { '{{x}}': { text_attribute: { text: 'B' } } } },
                ],
              },
            },
          ],
        },
      ],
      'A B',
    ],
    ['what only looks like JSON', '[new] shoes', '[new] shoes'],
    ['an element that never ends', 'a<script>b', 'a'],
    ['a sign that is no tag', '5 < 6 > 4', '5 < 6 > 4'],
    ['nothing but pictures', [{ image: {} }], undefined],
    ['a number', 5, undefined],
    ['nothing', '', null],
  ])('of %s is plain text', (_, sent, text) => {
    expect(described(sent)).toBe(text);
  });

  it('is never longer than anyone reads, nor cut within a character', () => {
    const long = described(`a${'😀'.repeat(10_000)}`) as string;
    expect(long.length).toBeLessThanOrEqual(5000);
    expect(long.isWellFormed()).toBe(true);
  });

  it.each(['<script', '<', '<!--', '&', '{{', '<p', '[', '{"text":', '&#'])(
    'made to be slow of %s is read at once',
    (part) => {
      described(part.repeat(200_000 / part.length));
    },
  );
});

describe('JD', () => {
  const read = (change: (data: Record<string, Values>) => void) => {
    const reply = parseJson(itemText) as { data: Record<string, Values> };
    change(reply.data);
    return decode(jdItem, JSON.stringify(reply)) as Values;
  };
  it.each(['1', 1, '-1', 'x', {}])('that refuses inside of an answer, errCode %j, is refused', (code) => {
    expect(() => read((data) => (data.errCode = code as Values))).toThrow();
  });
  it.each(['', '0', 0, null])('with errCode %j answers', (code) => {
    expect(read((data) => (data.errCode = code as unknown as Values))).toStrictEqual(item);
  });
  it('shows a price to whoever may see it', () => {
    expect(read((data) => (data.priceFloor!.price = '699.00'))).toMatchObject({ price: '699.00', priceMasked: false });
  });
  it('says true and false in words, and codes that nobody has explained are not read', () => {
    const isBook = (book: unknown) => read((data) => (data.product!.book = book)).isBook;
    expect(['true', 'false', true, '1', 0, 'no', ''].map(isBook)).toEqual([
      true,
      false,
      true,
      undefined,
      undefined,
      undefined,
      null,
    ]);
  });
  it('keeps JSON in strings that is none out', () => {
    const broken = (customtag: unknown) =>
      read((data) => ((data.promov2 as unknown as { pis: Values[] }[])[0]!.pis[0]!.customtag = customtag)).promotions;
    for (const tag of ['{', '{"p":"6??"}', '{"p":{}}', 5, null, '[]']) expect(broken(tag)).toEqual([]);
  });
});

it("nothing of the raw page comes through but the facts: neither others' secrets nor their keys", () => {
  const said = JSON.stringify([decode(productDetail, pageText), decode(jdItem, itemText)]);
  for (const secret of ['secret-of-others', 'cookie', 'floorForbids', 'Another', 'haul'])
    expect(said).not.toContain(secret);
});
