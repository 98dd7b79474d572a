// The one small world that every stand-in provider speaks of: shops and what they sell, always the same.

import { type Creator, makeCreators } from './creators.ts';
import { type Figures, sumOf } from './history.ts';
import { documented, notable, shopId } from './ids.ts';
import { type Product, type ShopPlan, makeDocumentedProduct, makeProduct, productFigures } from './products.ts';
import { randomOf } from './random.ts';
import { type Video, makeVideos } from './videos.ts';

export { documented, notable } from './ids.ts';

export interface Shop {
  id: string;
  name: string;
  country: string;
  /** Its name in the address of its store page. */
  slug: string;
  logo: string;
  rating: number;
  conversionRate: number;
  creatorsCount: number;
  followers: number;
  products: Product[];
}

export interface World {
  shops: Map<string, Shop>;
  products: Map<string, Product>;
  creators: Map<string, Creator>;
  videos: Map<string, Video>;
}

const plan = (
  id: string,
  name: string,
  country: string,
  aisle: ShopPlan['aisle'],
  size: number,
  unitsPerDay: number,
): ShopPlan => ({
  id,
  name,
  country,
  aisle,
  size,
  unitsPerDay,
});

const shopPlans: readonly ShopPlan[] = [
  // Its other 83 products sell nearly what the documented total leaves for them.
  plan(documented.shopId, 'Glow Beauty Co.', 'US', 'beauty', 84, 1390),
  plan(notable.emptyShopId, 'Willow & Wick', 'GB', 'home', 0, 0),
  plan(notable.oneProductShopId, 'Solo Brush Lab', 'US', 'beauty', 1, 40),
  plan(notable.fiftyProductShopId, 'Nordlicht Wohnen', 'DE', 'home', 50, 420),
  plan(notable.hundredProductShopId, 'PawHaven Pets', 'US', 'pet', 100, 900),
  plan(notable.sparseShopId, 'Bazar Serba Ada', 'MY', 'home', 12, 60),
  plan(shopId('three'), 'Petit Rituel', 'FR', 'beauty', 3, 25),
  plan(shopId('peak'), 'Peak Form Fitness', 'GB', 'fitness', 61, 530),
  plan(shopId('casa'), 'Casa Serena', 'IT', 'home', 47, 310),
  plan(shopId('piel'), 'Piel y Sol', 'ES', 'beauty', 40, 260),
  plan(shopId('kuat'), 'Kuat Active', 'ID', 'fitness', 33, 700),
  plan(shopId('tail'), 'Tail & Trail', 'GB', 'pet', 28, 150),
  plan(shopId('fell'), 'Fellnasen Laden', 'DE', 'pet', 22, 110),
  plan(shopId('atelier'), 'Atelier Mouvement', 'FR', 'fitness', 20, 90),
];

// For walks of many pages. It stands apart: what creators promote is chosen among the others' products.
const longShopPlan = plan(notable.fiveHundredProductShopId, 'Emporio Millecose', 'IT', 'home', 500, 2600);

function makeShop(shop: ShopPlan): Shop {
  const isDocumented = shop.id === documented.shopId;
  const random = randomOf(`shop ${shop.id}`);
  // A few products sell most: the shop's units are shared by rank.
  const ranks = Array.from({ length: shop.size }, (_, index) => (index + 2) ** -0.9);
  const rankSum = ranks.reduce((a, b) => a + b, 0);
  const products = ranks.map((rank, index) =>
    isDocumented && index === 0
      ? makeDocumentedProduct(shop)
      : makeProduct(shop, index, (shop.unitsPerDay * rank) / rankSum),
  );
  const slug = shop.name
    .toLowerCase()
    .replaceAll(/[^a-z]+/g, '-')
    .replace(/-$/, '');
  return {
    id: shop.id,
    name: shop.name,
    country: shop.country,
    slug,
    logo: `https://cdn.example.com/shops/${isDocumented ? 'glow' : slug}.png`,
    // Nobody has rated the shop that has sold nothing.
    rating: isDocumented ? 4.8 : shop.size === 0 ? 0 : random.whole(38, 50) / 10,
    conversionRate: isDocumented ? 0.037 : shop.size === 0 ? 0 : random.whole(12, 60) / 1000,
    creatorsCount: isDocumented ? 312 : 0,
    followers: Math.floor(10 ** randomOf(`followers ${shop.id}`).between(2.5, 5.5)),
    products,
  };
}

const byId = <T extends { id: string }>(entities: T[]) => new Map(entities.map((entity) => [entity.id, entity]));

const productsOf = (shops: Shop[]) => shops.flatMap((shop) => shop.products);

/** Where its store can be seen. */
export const storeUrlOf = ({ slug, id }: Pick<Shop, 'slug' | 'id'>) =>
  `https://www.tiktok.com/shop/store/${slug}/${id}`;

/** Builds the whole world: a few milliseconds, no state on disk, the same each time. */
export function makeWorld(): World {
  const shops = shopPlans.map(makeShop);
  const creators = makeCreators(productsOf(shops));
  const videos = makeVideos(creators);
  for (const shop of shops) {
    if (shop.id === documented.shopId) continue;
    shop.creatorsCount = creators.filter((creator) =>
      creator.promotions.some((promotion) => promotion.product.shopId === shop.id),
    ).length;
  }
  shops.push(makeShop(longShopPlan));
  return { shops: byId(shops), products: byId(productsOf(shops)), creators: byId(creators), videos: byId(videos) };
}

export const shopFigures = (shop: Shop, periodDays: number): Figures =>
  sumOf(shop.products.map((product) => productFigures(product, periodDays)));
