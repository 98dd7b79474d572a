/** Which lists an operation has asked for and not yet heard: their rows may tell what would otherwise be bought, or be asked about along with others. */
import type { Endpoint } from '../providers/provider.ts';
import type { Want } from './wants.ts';

interface Pending {
  readonly list: Endpoint;
  /** Under `@defer`: the first part of the answer does not wait for it. */
  readonly isDeferred: boolean;
  /** What will be wanted of its nodes that its rows do not tell. */
  readonly seeks: () => readonly Want[];
}

/** `onLanded`: a list has come, or is not waited for any longer. `late`: resolves when it is not. */
export function createPendingLists(onLanded: () => void, late: () => Promise<undefined>) {
  const pending = new Set<Pending>();

  const isWaitedFor = (want: Want, isAwaited: (list: Pending) => boolean) =>
    [...pending].some((each) => (want.isDeferred || !each.isDeferred) && isAwaited(each));

  return {
    /** Whether a row may yet come that says it. */
    mayTell: (want: Want): boolean =>
      want.rows.length > 0 && isWaitedFor(want, (each) => want.rows.some(({ list }) => list === each.list)),

    /** Whether nodes may yet come of which a call would tell the same that takes several. */
    mayShare: (want: Want): boolean => {
      const shared = new Set(want.offers.filter(({ source }) => source.asking.endpoint.bulk).map(({ id }) => id));
      const isSame = ({ isDeferred, offers }: Want) =>
        (want.isDeferred || !isDeferred) && offers.some(({ id }) => shared.has(id));
      return shared.size > 0 && isWaitedFor(want, ({ seeks }) => seeks().some(isSame));
    },

    /** While `asked` is under way, the list is pending. */
    during: async <Answer>(list: Pending, asked: () => Promise<Answer>): Promise<Answer> => {
      const asking = { ...list };
      const end = () => {
        if (pending.delete(asking)) onLanded();
      };
      pending.add(asking);
      void late().then(end);
      try {
        return await asked();
      } finally {
        end();
      }
    },
  };
}
