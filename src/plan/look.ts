/** What is known of questions before they are asked. */
import type { ShopgraphError } from '../errors.ts';
import type { Endpoint } from '../providers/provider.ts';
import type { Loaded } from './knowledge.ts';

export interface Look {
  /** Equal for equal questions. */
  readonly key: string;
  /** As the provider is asked: with its defaults. */
  readonly params: object;
  /** The fresh answer at hand. */
  readonly held?: Loaded | undefined;
  /** Somebody is asking it now. */
  readonly isComing: boolean;
}

export interface Looker {
  /** What is kept from before is brought into reach; nothing is asked. At once where nothing is kept. */
  readonly look: (endpoint: Endpoint, params: readonly object[]) => readonly Look[] | Promise<readonly Look[]>;
  /** Why the endpoint can never be asked. */
  readonly refusal: (endpoint: Endpoint) => ShopgraphError | null;
}
