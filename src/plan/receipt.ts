/** What an operation costs: what it bought, what it did not have to buy and why, and what it could not buy. */
import type { ProviderName } from '../providers/provider.ts';

export interface Receipt {
  /** Sent to providers, each attempt. */
  readonly calls: number;
  /** Charged; for what is still in the air, what it may be charged. */
  readonly credits: Readonly<Partial<Record<ProviderName, number>>>;
  readonly avoided: {
    /** Answered from an earlier answer that is still fresh. */
    readonly cache: number;
    /** Shared with the same question, asked by this operation or another at the same time. */
    readonly coalesced: number;
    /** Not needed, because a list had said it already. */
    readonly row: number;
  };
  /** Answers past their time that were given. */
  readonly stale: number;
  /** Attempts beyond the first. */
  readonly retries: number;
  /** The longest that one call stood in line, in ms. */
  readonly queuedMs: number;
  readonly budget: {
    /** Credits that the operation may spend. */
    readonly limit: number;
    readonly remaining: number;
    /** Credits of the calls that were not made since they did not fit; completing the answer takes at least these. */
    readonly missing: number;
  };
}

/** Credits set aside in the operation's budget. */
export interface Share {
  /** Counted, though it is yet to be sent: the receipt is written before. */
  readonly expected: () => void;
  readonly sent: () => void;
  readonly settle: (credits: number) => void;
  readonly release: () => void;
}

export type Tab = ReturnType<typeof createTab>;

export function createTab(limit: number) {
  const credits: Partial<Record<ProviderName, number>> = {};
  const avoided = { cache: 0, coalesced: 0 };
  let calls = 0;
  let stale = 0;
  let retries = 0;
  let queuedMs = 0;
  let spent = 0;
  let held = 0;
  let missing = 0;
  const spend = (provider: ProviderName, more: number) => {
    credits[provider] = (credits[provider] ?? 0) + more;
    spent += more;
  };

  /** Null if the price does not fit. */
  const setAside = (provider: ProviderName, price: number): Share | null => {
    if (spent + held + price > limit) return null;
    held += price;
    let state: 'held' | 'counted' | 'sent' | 'over' = 'held';
    const count = () => {
      held -= price;
      calls++;
      spend(provider, price);
    };
    return {
      expected: () => {
        if (state !== 'held') return;
        state = 'counted';
        count();
      },
      sent: () => {
        if (state === 'held') count();
        if (state !== 'over') state = 'sent';
      },
      settle: (charged) => {
        if (state !== 'sent') return;
        state = 'over';
        spend(provider, charged - price);
      },
      release: () => {
        if (state === 'held') held -= price;
        if (state === 'counted') {
          calls--;
          spend(provider, -price);
        }
        if (state !== 'sent') state = 'over';
      },
    };
  };

  return {
    setAside,
    /** A call was not made for want of credits. */
    missed: (price: number) => {
      missing += price;
    },
    avoided: (reason: keyof typeof avoided) => {
      avoided[reason]++;
    },
    stale: () => {
      stale++;
    },
    retried: () => {
      retries++;
    },
    waited: (ms: number) => {
      queuedMs = Math.max(queuedMs, ms);
    },
    receipt: (avoidedByRows: number): Receipt => ({
      calls,
      credits: { ...credits },
      avoided: { ...avoided, row: avoidedByRows },
      stale,
      retries,
      queuedMs,
      budget: { limit, remaining: limit - spent - held, missing },
    }),
  };
}
