/**
 * The provider's limits are never broken: calls beyond them wait in line.
 *
 * A call is refused as soon as the provider's rule says that it cannot be sent before its deadline, and one that nobody
 * waits for any more leaves the line; neither has cost anything.
 */
import { ShopgraphError } from '../errors.ts';
import type { Endpoint, ProviderName } from '../providers/provider.ts';
import { givenUp, type Asker, type Lane } from './asker.ts';
import type { Clock } from './clock.ts';
import { inOrder } from './line.ts';
import type { Step } from './pipeline.ts';
import type { Slot, Taken, Window } from './window.ts';

export interface Limits {
  /** In any rolling window. */
  readonly window: Window;
  readonly windowMs: number;
  /** In the air at once. */
  readonly concurrency: number;
}

interface Options {
  readonly clock: Clock;
  readonly limitsOf: (provider: ProviderName) => Limits;
  /** Why no call would be sent now, whatever its turn. */
  readonly refusalOf: (endpoint: Endpoint) => ShopgraphError | null;
}

interface Limiter {
  readonly step: Step;
  /** Calls in line. */
  readonly waiting: (provider: ProviderName) => number;
  /** Looks at the line again, since what `refusalOf` says has changed. */
  readonly look: (provider: ProviderName) => void;
}

export function limit({ clock, limitsOf, refusalOf }: Options): Limiter {
  const lines = new Map<ProviderName, Line>();
  const lineOf = (provider: ProviderName): Line => {
    let line = lines.get(provider);
    if (!line) lines.set(provider, (line = openLine({ clock, refusalOf, ...limitsOf(provider) })));
    return line;
  };

  const step: Step = (next) => async (call) => {
    const { endpoint, asker, payment } = call;
    const arrivedAt = clock.now();
    const leave = await lineOf(endpoint.provider)
      .pass(asker, endpoint)
      .finally(() => {
        asker.meter.waited(endpoint.provider, clock.now() - arrivedAt);
      });
    try {
      return await next(call);
    } finally {
      leave(payment?.isSent() ?? true);
    }
  };

  return {
    step,
    waiting: (provider) => lines.get(provider)?.length() ?? 0,
    look: (provider) => lines.get(provider)?.look(),
  };
}

interface Line {
  /** Resolves, when it is its turn, to the function that says it is over, and whether anything was sent. */
  readonly pass: (asker: Asker, endpoint: Endpoint) => Promise<(isSent: boolean) => void>;
  readonly length: () => number;
  readonly look: () => void;
}

interface Entry {
  readonly asker: Asker;
  readonly endpoint: Endpoint;
  readonly go: (slot: Slot) => void;
  readonly fail: (why: ShopgraphError) => void;
}

function openLine({ clock, refusalOf, window, windowMs, concurrency }: Limits & Omit<Options, 'limitsOf'>): Line {
  const entries = new Set<Entry>();
  const servedAt = new Map<string, number>();
  let served = 0;
  let inTheAir = 0;
  let isLooking = false;
  let lookAgain = false;
  let callOff: () => void = () => undefined;

  const ordered = () => inOrder([...entries], (caller) => servedAt.get(caller));
  const serve = (entry: Entry, slot: Slot) => {
    entries.delete(entry);
    servedAt.delete(entry.asker.caller);
    servedAt.set(entry.asker.caller, ++served);
    inTheAir++;
    entry.go(slot);
  };

  const dismiss = () => {
    for (const entry of entries) {
      const refusal = refusalOf(entry.endpoint);
      if (refusal) entry.fail(refusal);
    }
  };

  /** Slots that fall free one after the other are those of one after the other in line. */
  const dismissLate = ({ freeAt, size }: Taken) => {
    // Who is refused holds no place.
    let place = 0;
    for (const { asker, fail } of ordered()) {
      // Of a window that is not told to its end, those behind have to wait for its last at least.
      const nth = freeAt.length < size ? Math.min(place, freeAt.length - 1) : place % freeAt.length;
      const round = freeAt.length < size ? 0 : Math.floor(place / freeAt.length);
      const startsAt = (freeAt[nth] ?? 0) + round * windowMs;
      if (startsAt >= asker.deadline) fail(new ShopgraphError('DEADLINE_EXCEEDED', { startsAt }));
      else place++;
    }
  };

  /** Gives slots to those whose turn it is in the lane; whether there were enough. */
  const serveLane = async (lane: Lane): Promise<boolean> => {
    const wanted = Math.min([...entries].filter(({ asker }) => asker.lane === lane).length, concurrency - inTheAir);
    if (wanted <= 0) return true;
    const taken = await window.take(wanted, lane);
    const { slots, againAt } = taken;
    const next = ordered();
    slots.forEach((slot, place) => {
      const entry = next[place];
      if (entry) serve(entry, slot);
      else slot.unused();
    });
    if (slots.length === wanted) return true;
    dismissLate(taken);
    callOff();
    if (entries.size > 0) callOff = clock.after(Math.max(1, againAt - clock.now()), look);
    return false;
  };

  const lookNow = async () => {
    dismiss();
    if (await serveLane('interactive')) await serveLane('background');
  };

  const look = () => {
    lookAgain = true;
    if (isLooking) return;
    isLooking = true;
    // Not at once: calls that come together are put in order together.
    void Promise.resolve().then(async () => {
      try {
        while (lookAgain) {
          lookAgain = false;
          await lookNow();
        }
      } finally {
        isLooking = false;
      }
    });
  };

  const pass = (asker: Asker, endpoint: Endpoint) =>
    new Promise<(isSent: boolean) => void>((resolve, reject) => {
      const leaving = (settle: () => void) => {
        entries.delete(entry);
        if (entries.size === 0) callOff();
        forget();
        settle();
      };
      const entry: Entry = {
        asker,
        endpoint,
        go: (slot) => {
          leaving(() => {
            resolve((isSent) => {
              inTheAir--;
              if (isSent) slot.answered();
              else slot.unused();
              if (entries.size > 0) look();
            });
          });
        },
        fail: (why) => {
          leaving(() => {
            reject(why);
          });
        },
      };
      const forget = asker.onGone(() => {
        entry.fail(givenUp());
      });
      entries.add(entry);
      look();
    });

  return { pass, length: () => entries.size, look };
}
