/** The prices of the example operations are pinned beside them: a field that makes one dearer is red, by its name. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { priceOf, rises, type Price } from '../src/pricing.ts';

const schemaFolder = path.join(import.meta.dirname, '../schema');
const pinned = JSON.parse(readFileSync(path.join(schemaFolder, 'prices.json'), 'utf8')) as Record<string, Price>;
const texts = readdirSync(path.join(schemaFolder, 'operations')).map((file) =>
  readFileSync(path.join(schemaFolder, 'operations', file), 'utf8'),
);
const textOf = (name: string) => texts.find((text) => text.includes(`query ${name} `))!;

describe('the price of an operation', () => {
  it.each(texts.map((text) => [...priceOf(text)] as const))('%s has not risen', (name, now) => {
    expect(rises(pinned[name]!, now), 'dearer: `npm run price -- --pin` if that is meant').toEqual([]);
    expect(now, 'another: `npm run price -- --pin`').toEqual(pinned[name]);
  });

  it('is pinned for no other', () => {
    expect(Object.keys(pinned)).toEqual(texts.map((text) => priceOf(text)[0]));
  });
});

describe('a field that is added', () => {
  const added = (name: string, before: string, after: string) => {
    const text = textOf(name);
    expect(text).toContain(before);
    return rises(pinned[name]!, priceOf(text.replace(before, after))[1]);
  };

  it('and asks for each object of a list is named, with its price', () => {
    expect(added('ShopProductsHistory', 'title\n', 'title\n image { url }\n')).toEqual([
      'shop.products.edges.node.image costs 20 credits more: 20 calls of WINNING_HUNTER productDetail, a call for each of 20',
    ]);
  });

  it('and that ten share is named at its own price', () => {
    expect(added('ShopProductsHistory', 'title\n', 'title\n rating\n')).toEqual([
      'shop.products.edges.node.rating costs 2 credits more: 2 calls of ECHOTIK products, a call for each of 20',
    ]);
  });

  it('and that a row tells, or a call that is made anyway, costs nothing', () => {
    expect(added('ShopProductsHistory', 'title\n', 'title\n shop { shopId }\n')).toEqual([]);
    expect(added('Product', 'rating\n', 'rating\n profileSales\n')).toEqual([]);
  });

  it('and that asks the same for another period is named, though the endpoint was asked before', () => {
    expect(
      added('ShopProfile', 'week: totals', 'quarter: totals(period: LAST_90_DAYS) { sales } week: totals'),
    ).toEqual(['shop.totals costs 1 credits more: 3 calls of WINNING_HUNTER shopTotals']);
  });

  it('by a longer list is blamed on what is asked for each of it', () => {
    expect(added('ShopProductsHistory', 'first: 20', 'first: 30')).toEqual([
      'shop.products.edges.node.history costs 10 credits more: 30 calls of WINNING_HUNTER productHistory, a call for each of 30',
    ]);
  });
});
