/** The shape of the ledger's durable log: what was set aside for each attempt before it was sent, and what it came to. */
import type { ProviderName } from '../providers/provider.ts';

/** Credits set aside for one attempt. */
export interface Reservation {
  /** Unique among all processes that ever ran. */
  readonly id: string;
  /** The process, by an id that is new at each start. */
  readonly owner: string;
  /** In ms since the epoch. */
  readonly at: number;
  readonly provider: ProviderName;
  readonly endpoint: string;
  readonly caller: string;
  readonly credits: number;
}

/** What the attempt came to. */
export interface Settlement {
  /** The reservation's. */
  readonly id: string;
  readonly at: number;
  /** `OK` or an error's code. */
  readonly outcome: string;
  /** What was charged; where the provider does not say, what may have been. */
  readonly credits: number;
}

/** Sums over one process's reservations for one caller at one provider. */
export interface Spending {
  readonly owner: string;
  readonly provider: ProviderName;
  readonly caller: string;
  readonly settled: number;
  /** Set aside and never settled: of calls in the air, or of a process that was killed meanwhile. */
  readonly unsettled: number;
}

export interface Attempt {
  readonly provider: ProviderName;
  readonly reservedAt: number;
  /** Null: never. */
  readonly settledAt: number | null;
}

/** Append-only. Never rejects: a journal that fails keeps nothing, and says so elsewhere. */
export interface Journal {
  /** Resolves when a killed process can no longer lose it, or when it cannot be kept. */
  readonly reserve: (reservation: Reservation) => Promise<void>;
  /** Likewise. */
  readonly settle: (settlement: Settlement) => Promise<void>;
  /** Of what was reserved at that time or later. */
  readonly spentSince: (ms: number) => Promise<readonly Spending[]>;
  /** Those reserved or settled at that time or later. */
  readonly attemptsSince: (ms: number) => Promise<readonly Attempt[]>;
  /** Keeps what is still waiting to be kept; afterwards keeps nothing. */
  readonly close: () => void;
}

/** Nothing outlives the process. */
export const noJournal: Journal = {
  reserve: () => Promise.resolve(),
  settle: () => Promise.resolve(),
  spentSince: () => Promise.resolve([]),
  attemptsSince: () => Promise.resolve([]),
  close: () => undefined,
};
