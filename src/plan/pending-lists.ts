/** Which lists an operation has asked for and not yet heard: their rows may tell what would otherwise be bought. */
import type { Endpoint } from '../providers/provider.ts';

export function createPendingLists(onLanded: () => void) {
  const pending = new Map<Endpoint, number>();

  return {
    isPending: (list: Endpoint): boolean => pending.has(list),

    /** While `asked` is under way, the list is pending. */
    during: async <Answer>(list: Endpoint, asked: () => Promise<Answer>): Promise<Answer> => {
      pending.set(list, (pending.get(list) ?? 0) + 1);
      try {
        return await asked();
      } finally {
        const left = pending.get(list)! - 1;
        if (left > 0) pending.set(list, left);
        else pending.delete(list);
        onLanded();
      }
    },
  };
}
