// What the world sells on JD.com: a few items of another country, which no TikTok shop knows.

import { documented, notable } from './ids.ts';

export interface JdItem {
  id: string;
  /** As JD spells it, entities included. */
  name: string;
  brandId: string;
  brand: string;
  /** Widest first. */
  categoryIds: string;
  area: string;
  /** As shown: JD hides digits from whoever is not logged in. */
  price: string;
  listPrice: string;
  shopId: string;
  /** Undefined: the key is missing. */
  shopName: string | undefined;
  isBook: boolean;
}

const items: JdItem[] = [
  {
    id: documented.jdItemId,
    name: '示例水乳套装200ml 生日礼物',
    brandId: '190001',
    brand: '示例（EXAMPLE）',
    categoryIds: '1316,1381,1396',
    area: '日本',
    price: '6??',
    listPrice: '1390.00',
    shopId: '1000000017',
    shopName: '示例京东自营专区',
    isBook: false,
  },
  {
    id: notable.pricedJdItemId,
    name: '静音无线鼠标 &amp; 键盘套装',
    brandId: '190002',
    brand: '北岸（NORTHSHORE）',
    categoryIds: '670,686,689',
    area: '中国大陆',
    price: '129.00',
    listPrice: '199.00',
    shopId: '1000000021',
    shopName: '北岸京东自营旗舰店',
    isBook: false,
  },
  {
    id: '10082345671234',
    name: '不锈钢保温杯 500ml',
    brandId: '190003',
    brand: '青竹',
    categoryIds: '6196,6219,6223',
    area: '浙江永康',
    price: '59.9',
    listPrice: '89.00',
    shopId: '11870042',
    shopName: undefined,
    isBook: false,
  },
  {
    id: '13498872',
    name: '三体全集（套装共3册）',
    brandId: '190004',
    brand: '',
    categoryIds: '1713,3258,3297',
    area: '',
    price: '4?.??',
    listPrice: '93.00',
    shopId: '1000000112',
    shopName: '京东图书自营',
    isBook: true,
  },
];

export const jdItems: ReadonlyMap<string, JdItem> = new Map(items.map((item) => [item.id, item]));
