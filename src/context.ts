/** What one request owns. */
import type { Caller } from './callers.ts';
import { ShopgraphError } from './errors.ts';
import { dryRun, type Verdict } from './dry-run.ts';
import { createHalfway } from './halfway.ts';
import { createLoad, type Load } from './loaders.ts';
import { createOperationAsker } from './operation-asker.ts';
import type { Document } from './plan/analysis.ts';
import { createConnect, type Connect } from './plan/connection.ts';
import { createExplaining, nobody, type Explanation, type Told } from './plan/explanation.ts';
import { createListing } from './plan/listing.ts';
import { createOperation, type Operation } from './plan/operation.ts';
import type { PageSizes } from './plan/page-sizes.ts';
import { coldPriceOf, type ColdPrice } from './plan/price/cold-price.ts';
import { createQuiet } from './plan/quiet.ts';
import { createTab, type Receipt } from './plan/receipt.ts';
import { createWalk, type Walk } from './plan/walk-connection.ts';
import type { Endpoint, ProviderName } from './providers/provider.ts';
import type { QuestionOf } from './questions.ts';
import type { Accounts, Balance, Hold } from './upstream/accounts.ts';
import type { BreakerState } from './upstream/breaker.ts';
import type { Clock } from './upstream/clock.ts';
import type { Patience } from './upstream/patience.ts';
import type { Answer, Ask, Call } from './upstream/pipeline.ts';

export interface RequestContext {
  /** Asks an endpoint, once in this request. */
  readonly load: Load;
  /** Finds the facts of nodes. */
  readonly operation: Operation;
  /** Makes connections over lists of numbered pages. */
  readonly connect: Connect;
  /** Makes connections over lists whose pages hang together by cursors. */
  readonly walk: Walk;
  readonly limits: Limits;
  /** What an operation would cost in the regular course of things, whatever is held. */
  readonly coldPrice: (document: Document) => ColdPrice;
  /** What the operation would cost if it were run now. Asks nothing. */
  readonly preview: (document: Document) => Promise<Verdict>;
  /** Where a field has its answer from that it asked for by itself: for who wants it explained. */
  readonly told: Told;
  /** Null: nobody has asked for it. */
  readonly explained: () => Explanation | null;
  /** In ms since the epoch. */
  readonly now: () => number;
  /** What the request has cost so far. */
  readonly receipt: () => Receipt;
  /** Resolves when the request waits for nothing but this. */
  readonly quiet: () => Promise<void>;
  readonly asking: Asking;
  /** What the caller may spend this month. */
  readonly balance: () => Promise<Balance>;
  /** Our accounts with the providers. */
  readonly standings: () => Promise<readonly Standing[]>;
  /** Nobody waits for the request any more. */
  readonly leave: () => void;
}

/** What one operation may ask of the graph. */
export interface Limits {
  readonly representationsMax: number;
  /** Estimated above it, nothing is bought. */
  readonly creditsMax: number;
}

/** What a request says of itself. */
export interface Asking {
  readonly caller: Caller;
  readonly requestId: string;
  readonly deadlineMs: number;
  readonly maxCredits: number;
  /** Wants to know where each value is from. */
  readonly isExplained: boolean;
  /** Wants its price instead of its answer. */
  readonly isDryRun: boolean;
}

/** Our account with a provider, and whether the provider is asked. */
export interface Standing {
  readonly provider: ProviderName;
  readonly balance: Balance;
  /** Whether the provider has told its own count. */
  readonly isReported: boolean;
  readonly state: BreakerState;
}

interface Shared {
  /** What looking once for what is being collected costs. */
  readonly pollCredits: number;
  readonly limits: Limits;
  readonly questionOf: QuestionOf;
  readonly ask: Ask;
  readonly within: Patience['within'];
  /** The fresh answer in memory. */
  readonly peek: (key: string) => Answer | undefined;
  /** Whether it is being asked. */
  readonly coming: (key: string) => boolean;
  /** Brings what is kept elsewhere into memory. Null: nothing is. */
  readonly recall: ((calls: readonly Call[]) => Promise<void>) | null;
  /** Those that are configured. */
  readonly providers: ReadonlySet<ProviderName>;
  readonly pageSizes: (endpoint: Endpoint) => PageSizes;
  readonly clock: Clock;
  readonly accounts: Accounts;
  readonly claim: (hold: Hold, endpoint: Endpoint) => Promise<void>;
  /** Brings what other instances have spent up to date. Null: there are none. */
  readonly refresh: (() => Promise<void>) | null;
  readonly standings: () => readonly Standing[];
  /** How to have each request that is under way answered now, with what is there. */
  readonly running: Set<() => void>;
}

export function createContext(shared: Shared, asking: Asking): RequestContext {
  const { questionOf, ask, within, peek, coming, pageSizes, clock, accounts, claim, standings, running } = shared;
  const { recall: recallKept, refresh: refreshAll } = shared;
  const { caller, requestId, deadlineMs } = asking;
  const tab = createTab(asking.maxCredits);
  const hold = (endpoint: Endpoint) => accounts.hold(caller, endpoint);
  const who = { caller: caller.name, lane: caller.lane, requestId };
  const asker = createOperationAsker({ clock, ...who, deadlineMs, tab, hold, claim });
  const refusal = createRefusal(caller, shared.providers);
  const isAskable = (endpoint: Endpoint) => refusal(endpoint) === null;
  const recall = recallKept && ((calls: readonly Call[]) => asker.within(recallKept(calls)));
  const refresh = refreshAll && (() => asker.within(refreshAll()));
  const { during, quiet } = createQuiet();
  const explaining = asking.isExplained ? createExplaining(clock.now) : null;
  const load = createLoad(
    { questionOf, ask, within, peek, coming, recall, refusal, late: createHalfway(clock, asker) },
    asker,
    during,
    explaining?.log,
  );
  const operation = createOperation(load, explaining);
  const listing = createListing(operation);
  const leave = () => {
    running.delete(leave);
    asker.leave();
  };
  running.add(leave);
  const told = explaining?.list ?? nobody;
  const prices = { isAskable, pageMax: (endpoint: Endpoint) => pageSizes(endpoint).max() };
  const context: RequestContext = {
    load,
    operation,
    connect: createConnect(load, pageSizes, listing, told),
    walk: createWalk(load, listing, told),
    told,
    explained: () => explaining?.explained() ?? null,
    limits: shared.limits,
    coldPrice: (document) => coldPriceOf(document, prices),
    preview: (document) => dryRun({ document, context, prices, pageSizes, pollCredits: shared.pollCredits }),
    now: clock.now,
    receipt: () => tab.receipt(operation.avoidedByRows()),
    quiet,
    asking,
    balance: async () => {
      accounts.ofCaller(caller);
      await refresh?.();
      return accounts.ofCaller(caller);
    },
    standings: async () => {
      standings();
      await refresh?.();
      return standings();
    },
    leave,
  };
  return context;
}

/** One error for the scope, and one for each provider that is not configured, whatever the number of calls. */
function createRefusal(caller: Caller, providers: ReadonlySet<ProviderName>) {
  const noScope = caller.scopes.has('market')
    ? null
    : new ShopgraphError('FORBIDDEN', { says: 'This key does not have the scope `market`.' });
  const notConfigured = new Map<ProviderName, ShopgraphError>();
  return ({ provider }: Endpoint): ShopgraphError | null => {
    if (noScope || providers.has(provider)) return noScope;
    let refusal = notConfigured.get(provider);
    if (!refusal) notConfigured.set(provider, (refusal = new ShopgraphError('NOT_CONFIGURED', { provider })));
    return refusal;
  };
}
