/** Several stores as one: all are asked, and all keep. */
import type { Kept, Store } from './store.ts';

export const tiers = (...stores: readonly Store[]): Store => ({
  read: async (keys) => {
    const newest = new Map<string, Kept>();
    for (const found of await Promise.all(stores.map((store) => store.read(keys)))) {
      for (const [key, kept] of found) {
        if (kept.fetchedAt > (newest.get(key)?.fetchedAt ?? -Infinity)) newest.set(key, kept);
      }
    }
    return newest;
  },
  write: async (key, kept, expiresAt) => {
    await Promise.all(stores.map((store) => store.write(key, kept, expiresAt)));
  },
  close: () => {
    for (const store of stores) store.close();
  },
});
