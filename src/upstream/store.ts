/** The shape of a durable store: answers that a restart does not buy again. */

/**
 * An answer as it is kept: the reply's own text, decoded again by whatever contract reads it, so that an entry which a
 * newer contract cannot read is a miss and not a crash.
 */
export interface Kept {
  readonly text: string;
  /** When the provider answered, in ms since the epoch. */
  readonly fetchedAt: number;
}

export interface Store {
  /** In one read; what is missing, expired or damaged is absent. Never rejects: a store that fails is an empty store. */
  readonly read: (keys: readonly string[]) => Promise<ReadonlyMap<string, Kept>>;
  /**
   * Resolves when a killed process can no longer lose it, or when it cannot be kept. Never rejects.
   * `expiresAt`, in ms since the epoch: from then on it is not read, and may be dropped.
   */
  readonly write: (key: string, kept: Kept, expiresAt: number) => Promise<void>;
  /** Keeps what is still waiting to be kept. Afterwards the store reads as empty and keeps nothing. */
  readonly close: () => void;
}

export type TroubleKind = 'corrupt' | 'full' | 'readonly' | 'locked' | 'other';

/** Called each time something could not be read or kept; who listens says it once of each kind, and counts. */
export type Trouble = (what: TroubleKind, error: unknown) => void;

/** Nothing is kept beyond memory. */
export const noStore: Store = {
  read: () => Promise.resolve(new Map()),
  write: () => Promise.resolve(),
  close: () => undefined,
};
