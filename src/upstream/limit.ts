/**
 * The provider's rule "N requests in any rolling minute" is never broken: calls beyond it wait in line.
 *
 * The provider counts a request at a moment between its sending and its answer. So a slot is taken before sending and
 * falls free a window after the answer: any window of the provider's own clock then holds at most N of our requests.
 */
import type { ProviderName } from '../providers/provider.ts';
import type { Clock } from './clock.ts';
import type { Ask, Step } from './pipeline.ts';

const WINDOW_MS = 60_000;

/** Requests allowed in a rolling minute, per provider account. */
type Rates = Readonly<Record<ProviderName, number>>;

interface Limiter {
  readonly step: Step;
  /** Calls waiting for a slot. */
  readonly waiting: (provider: ProviderName) => number;
}

export function limit({ clock, ratePerMinute }: { clock: Clock; ratePerMinute: Rates }): Limiter {
  const windows = new Map<ProviderName, Window>();
  const windowOf = (provider: ProviderName): Window => {
    const known = windows.get(provider);
    if (known) return known;
    const opened = openWindow(clock, ratePerMinute[provider]);
    windows.set(provider, opened);
    return opened;
  };

  const step: Step =
    (next: Ask): Ask =>
    async (call) => {
      const release = await windowOf(call.endpoint.provider).slot();
      try {
        return await next(call);
      } finally {
        release();
      }
    };

  return { step, waiting: (provider) => windows.get(provider)?.waiting() ?? 0 };
}

interface Window {
  /** Resolves, in the order of asking, to the function that says "answered". */
  slot: () => Promise<() => void>;
  waiting: () => number;
}

function openWindow(clock: Clock, slots: number): Window {
  let free = slots;
  const line: ((release: () => void) => void)[] = [];
  if (slots === Infinity) return { slot: () => Promise.resolve(() => undefined), waiting: () => 0 };

  const release = () => {
    clock.after(WINDOW_MS, () => {
      const first = line.shift();
      if (first) first(release);
      else free++;
    });
  };

  return {
    slot: () => {
      if (free === 0) return new Promise((resolve) => line.push(resolve));
      free--;
      return Promise.resolve(release);
    },
    waiting: () => line.length,
  };
}
