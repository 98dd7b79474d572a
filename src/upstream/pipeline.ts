/** The shape of the way a call travels: policies around one sender, each seeing decoded answers. */
import type { ShopgraphError } from '../errors.ts';
import type { Bill, Endpoint } from '../providers/provider.ts';
import type { Asker, Payment } from './asker.ts';

/** One question to one endpoint. */
export interface Call {
  readonly endpoint: Endpoint;
  /** Parsed by the endpoint's schema. */
  readonly params: unknown;
  /** Equal for equal questions, whoever asks. */
  readonly key: string;
  readonly asker: Asker;
  /** Who pays; known once the call is admitted. */
  readonly payment?: Payment;
  /** All the questions that travel in this one's request, itself included, where an endpoint takes several. */
  readonly together?: readonly Call[];
  /** It looks for what has been bought; its endpoint's price is that of looking. */
  readonly isPoll?: true;
}

export interface Answer {
  /** Decoded by the endpoint's schema; shared between requests, so never changed. `null`: the id is unknown. */
  readonly data: unknown;
  /** When the provider answered, in ms since the epoch. */
  readonly fetchedAt: number;
  /** The size of the reply, as a measure of what keeping the answer takes. */
  readonly bytes: number;
  /** The reply itself, on its way to where it is kept. */
  readonly text?: string;
  /** What the provider says of its price, on its way to the ledger. */
  readonly bill?: Bill;
  /** To questions that travelled together: by key, to each its own. */
  readonly parts?: ReadonlyMap<string, Answer | ShopgraphError>;
  /** Why it was not bought for this call. Absent: it was. */
  readonly from?: 'cache' | 'stale' | 'coalesced';
}

/** Resolves to an answer or rejects with a `ShopgraphError`. */
export type Ask = (call: Call) => Promise<Answer>;

/** A policy: what it does with a call before, after or instead of handing it on. */
export type Step = (next: Ask) => Ask;

/** The first step is the first to see a call; the sender comes last. */
export function pipeline(...way: [...Step[], Ask]): Ask {
  const sender = way.at(-1) as Ask;
  const steps = way.slice(0, -1) as Step[];
  return steps.reduceRight<Ask>((next, step) => step(next), sender);
}
