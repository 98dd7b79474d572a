// JD's own reply for an item, as Just One API passes it on: dozens of parts, most of them noise.

import type { JdItem } from './jd-items.ts';
import { randomOf } from './random.ts';

const forbids = ['shopDetail', 'commentFloor', 'askFloor', 'rankFloor', 'liveFloor', 'bookFloor', 'giftFloor'];

export function jdPage(item: JdItem): object {
  const random = randomOf(`jd ${item.id}`);
  const picture = `jfs/t1/${random.whole(1, 999)}/${random.whole(1, 99)}/${item.id}/item.jpg`;
  const [cat1 = '', cat2 = '', cat3 = ''] = item.categoryIds.split(',');
  return {
    errCode: '0',
    retCode: '',
    msg: '',
    product: {
      skuId: item.id,
      productId: item.id,
      skuName: item.name,
      // Relative, while its brothers are absolute.
      imageurl: picture,
      mainImages: item.isBook ? [] : [`https://img30.360buyimg.com/sku/${picture}`],
      book: String(item.isBook),
      category: item.categoryIds,
      ...{ cat1, cat2, cat3 },
      venderId: item.shopId,
      shopId: item.shopId,
      weight: '0.610',
      brandId: item.brandId,
      brandName: item.brand,
      productArea: item.area,
      saleDate: '2024-09-02 17:09:44',
      // Of an item that is for sale.
      isDelete: '1',
    },
    priceFloor: {
      price: item.price,
      ext: {
        jdPrice: item.price,
        realPriceExt: {
          ORIGINAL: { salePrice: item.listPrice },
          JD: { discountRate: 5.03, discount: '691.00', pid: 100_000_000_001, endTime: 1_774_972_799 },
        },
      },
    },
    stock: {
      StockState: 33,
      weightValue: '0.61kg',
      promiseResult: '23:10前付款，预计<b>明天</b>送达',
      ir: [{ picUrl: '//static.example.com/icon.png' }, { picUrl: '\\' }],
      self_D: {
        venderId: Number(item.shopId),
        shopId: Number(item.shopId),
        ...(item.shopName !== undefined && { shopName: item.shopName }),
      },
    },
    category: { categoryId: Number(cat1), created: 1_366_000_000_000 },
    promov2: [
      {
        pis: [
          { customtag: JSON.stringify({ p: item.listPrice }), pid: '100000000001_1', d: '1774972799' },
          { '18': '满300元可得赠品', pid: '100000000002_10', d: '1779206399' },
        ],
      },
    ],
    floorForbids: Object.fromEntries(forbids.map((name) => [name, random.next() < 0.5])),
    eventParam: JSON.stringify({ sku: item.id, sep: 'pdp', ext: JSON.stringify({ from: 'search' }) }),
  };
}
