// WinningHunter's suggestions: how a name becomes an id.

import { categories } from './catalogue.ts';
import type { Asked, SuggestionType } from './winninghunter-params.ts';
import type { World } from './world.ts';

const suggestionsMax = 20;

interface Named {
  id: string;
  name: string;
  country?: string;
}

const named: Record<SuggestionType, (world: World) => readonly Named[]> = {
  categories: () => categories,
  shops: (world) => [...world.shops.values()],
  creators: (world) => [...world.creators.values()],
  products: (world) => [...world.products.values()].map(({ id, title, country }) => ({ id, name: title, country })),
  videos: (world) => [...world.videos.values()].map(({ id, caption, country }) => ({ id, name: caption, country })),
};

export function suggestions({ type, q, limit, country }: Asked, world: World): object[] {
  const wanted = q.trim().toLowerCase();
  if (wanted === '') return [];
  return named[type](world)
    .filter((entity) => (entity.country ?? country) === country && entity.name.toLowerCase().includes(wanted))
    .slice(0, Math.min(limit, suggestionsMax))
    .map(({ id, name }) => ({ id, name }));
}
