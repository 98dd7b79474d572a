/** What an operation knows of a node: what is wanted of it, what has been asked, and what came of it. */
import type { ShopgraphError } from '../errors.ts';
import type { Endpoint } from '../providers/provider.ts';
import type { Want, Wants } from './wants.ts';

export interface Loaded {
  readonly data: unknown;
  readonly fetchedAt: number;
  /** Why it was not bought for this operation. Absent: it was. */
  readonly from?: 'cache' | 'stale' | 'coalesced';
}

/** Whose word a value is. */
export interface Said {
  readonly endpoint: Endpoint;
  readonly fetchedAt: number;
  readonly from: NonNullable<Loaded['from']> | 'bought' | 'row';
  /** That it stands in; absent for a row. */
  readonly answer?: Loaded;
}

/** `said` is absent where nobody said anything. */
export type Outcome = { readonly value: unknown; readonly said?: Said } | { readonly failure: ShopgraphError };

export interface Knowledge {
  readonly wants: Map<string, Want>;
  readonly outcomes: Map<string, Outcome | Promise<Outcome>>;
  /** Of wants that are deferred wherever they have been met: the first part of the answer does not wait for these. */
  readonly outcomesLater: Map<string, Outcome | Promise<Outcome>>;
  readonly asked: Map<string, Promise<Loaded>>;
  /** Of the calls, those that are made for deferred wants alone. */
  readonly later: Set<string>;
  /** Calls that take longer than one waits where somebody else can be asked. */
  readonly slow: Set<string>;
  /** Wants for which a call has yet to be chosen. */
  readonly undecided: Set<Want>;
  /** Wants that a row answered. */
  readonly saidByRow: Set<Want>;
  readonly places: Set<Wants>;
}

export const emptyKnowledge = (): Knowledge => ({
  wants: new Map(),
  outcomes: new Map(),
  outcomesLater: new Map(),
  asked: new Map(),
  later: new Set(),
  slow: new Set(),
  undecided: new Set(),
  saidByRow: new Set(),
  places: new Set(),
});
