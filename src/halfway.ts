/** For how long one waits where somebody else can be asked: half of the time that is left. */
import type { Asker } from './upstream/asker.ts';
import type { Clock } from './upstream/clock.ts';

/** Resolves when half of the asker's time is over that is left now; never, once nobody waits. */
export function createHalfway(clock: Clock, { deadline, onGone }: Pick<Asker, 'deadline' | 'onGone'>) {
  /** Those who begin to wait at the same time share one. */
  let latest: { readonly from: number; readonly promise: Promise<undefined> } | undefined;

  return (): Promise<undefined> => {
    const now = clock.now();
    if (latest?.from === now) return latest.promise;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const callOff = clock.after((deadline - now) / 2, () => {
      forget();
      resolve(undefined);
    });
    const forget = onGone(callOff);
    latest = { from: now, promise };
    return promise;
  };
}
