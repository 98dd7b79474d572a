/** Which lists an operation has asked for and not yet heard: their rows may tell what would otherwise be bought. */
import type { Endpoint } from '../providers/provider.ts';

interface Pending {
  readonly list: Endpoint;
  /** Under `@defer`: the first part of the answer does not wait for it. */
  readonly isDeferred: boolean;
}

export function createPendingLists(onLanded: () => void) {
  const pending = new Set<Pending>();

  return {
    /** Whether what may stand in its rows can wait for them. */
    isPending: (list: Endpoint, want: { readonly isDeferred: boolean }): boolean =>
      [...pending].some((each) => each.list === list && (want.isDeferred || !each.isDeferred)),

    /** While `asked` is under way, the list is pending. */
    during: async <Answer>(list: Pending, asked: () => Promise<Answer>): Promise<Answer> => {
      const asking = { ...list };
      pending.add(asking);
      try {
        return await asked();
      } finally {
        pending.delete(asking);
        onLanded();
      }
    },
  };
}
