/** What an operation cost: calls, credits per provider, and the calls it did not have to make. */
import type { ProviderName } from '../providers/provider.ts';

export interface Receipt {
  readonly calls: number;
  readonly credits: Readonly<Partial<Record<ProviderName, number>>>;
  readonly avoided: {
    /** Answered from an earlier answer that is still fresh. */
    readonly cache: number;
    /** Shared with the same question, asked by this operation or another at the same time. */
    readonly coalesced: number;
    /** Not needed, because a list had said it already. */
    readonly row: number;
  };
  /** Answers past their time, given since asking again failed. */
  readonly stale: number;
}

export function createMeter() {
  const credits: Partial<Record<ProviderName, number>> = {};
  const avoided = { cache: 0, coalesced: 0 };
  let calls = 0;
  let stale = 0;
  return {
    bought: (provider: ProviderName, price: number) => {
      calls++;
      credits[provider] = (credits[provider] ?? 0) + price;
    },
    avoided: (reason: keyof typeof avoided) => {
      avoided[reason]++;
    },
    stale: () => {
      stale++;
    },
    receipt: (avoidedByRows: number): Receipt => ({
      calls,
      credits: { ...credits },
      avoided: { ...avoided, row: avoidedByRows },
      stale,
    }),
  };
}
