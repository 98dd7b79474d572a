/** The month's credits, per caller and per provider: how many are used, and whether there are some left. */
import { ShopgraphError } from '../errors.ts';
import type { Endpoint, ProviderName } from '../providers/provider.ts';
import { monthOf, startOfMonth, startOfNextMonth } from './calendar.ts';
import type { Clock } from './clock.ts';
import type { Spending } from './journal.ts';

/** An account as it stands. */
export interface Balance {
  /** Infinity: without limit. */
  readonly limit: number;
  /** Charged, and what may be charged for calls that have been sent. */
  readonly used: number;
  /** Of these, sent and not settled: in the air, or lost with a process that was killed. */
  readonly unsettled: number;
  /** In ms since the epoch. */
  readonly resetsAt: number;
}

/** Credits set aside in both accounts that a call is charged to. */
export interface Hold {
  /** The two accounts, by their keys. */
  readonly accounts: readonly Account[];
  readonly credits: number;
  /** Sent: from now on they count as used. */
  readonly sent: () => void;
  readonly settle: (credits: number) => void;
  /** Gives back what has not been sent. */
  readonly release: () => void;
}

/** Whose credits. */
export interface Payer {
  readonly name: string;
  /** Null: without limit. */
  readonly monthlyCredits: number | null;
}

/** One month of one account. */
export interface Account {
  /** Equal for the same account on all instances: `2026-11 caller web`. */
  readonly key: string;
  limit: number;
  /** By this instance: sent and not settled, or charged. */
  own: number;
  /** Of these, in the air: a provider may not have counted them yet. */
  inTheAir: number;
  /** By this instance: set aside for calls that have not been sent. */
  held: number;
  unsettled: number;
  /** By other instances and by processes before this one, as far as this one has heard. */
  others: number;
  /** The most that `own` and `held` may come to: a share of what was left when this instance was on its own. */
  ownMax: number;
  /** What the provider counted beyond all instances, when it last told. */
  unknown: number | undefined;
  /** Until when that is believed: the provider's month may begin later than ours, and credits may be bought. */
  believedUntil: number;
}

export interface Accounts {
  /** Throws `BUDGET_EXHAUSTED` if one of the two accounts has too little left. */
  readonly hold: (payer: Payer, endpoint: Endpoint) => Hold;
  readonly ofCaller: (payer: Payer) => Balance;
  readonly ofProvider: (provider: ProviderName) => Balance;
  /** The provider's own count of this month corrects ours. */
  readonly correct: (provider: ProviderName, used: number) => void;
  /** The provider's count less ours, when it last told; undefined: never. */
  readonly drift: (provider: ProviderName) => number | undefined;
  /** What was spent before this process started. */
  readonly restore: (spendings: readonly Spending[]) => void;
  /** Until told otherwise, this instance may spend one part in so many of what is left. */
  readonly share: (parts: number) => void;
  /** Accounts of this month that have been used. */
  readonly all: () => readonly Account[];
}

const BELIEVED_MS = 3_600_000;

/** Absent: without limit. */
export type CreditLimits = Readonly<Partial<Record<ProviderName, number>>>;

interface Options {
  readonly clock: Clock;
  readonly monthlyCredits: CreditLimits;
  /** Told when a call that was sent is charged more or less than its price. */
  readonly onCharged?: (account: Account, difference: number) => void;
}

export function createAccounts({ clock, monthlyCredits, onCharged = () => undefined }: Options): Accounts {
  let parts = 1;
  let month = startOfMonth(clock.now());
  let accounts = new Map<string, Account>();

  const account = (name: string, limit: number): Account => {
    const thisMonth = startOfMonth(clock.now());
    if (thisMonth !== month) accounts = new Map();
    month = thisMonth;
    let known = accounts.get(name);
    if (!known) {
      known = {
        key: `${monthOf(month)} ${name}`,
        limit,
        own: 0,
        inTheAir: 0,
        held: 0,
        ownMax: Infinity,
        unsettled: 0,
        others: 0,
        unknown: undefined,
        believedUntil: 0,
      };
      cap(known, parts);
      accounts.set(name, known);
    }
    if (known.limit !== limit) {
      known.limit = limit;
      // Restored without its limit, it could not be given its share.
      cap(known, parts);
    }
    return known;
  };
  const callers = (payer: Payer) => account(`caller ${payer.name}`, payer.monthlyCredits ?? Infinity);
  const providers = (provider: ProviderName) => account(`provider ${provider}`, monthlyCredits[provider] ?? Infinity);
  const balanceOf = ({ limit, own, others, unknown, unsettled }: Account): Balance => ({
    limit,
    used: own + others + (unknown ?? 0),
    unsettled,
    resetsAt: startOfNextMonth(clock.now()),
  });

  return {
    hold: (payer, endpoint) => {
      const [caller, provider] = [callers(payer), providers(endpoint.provider)];
      const { credits } = endpoint;
      for (const each of [caller, provider]) if (each.believedUntil <= clock.now()) each.unknown = undefined;
      if (leftIn(provider) < credits) throw noCredits(endpoint, 'The budget for the provider', clock.now());
      if (leftIn(caller) < credits) throw noCredits(null, "The caller's budget", clock.now());
      return createHold([caller, provider], credits, onCharged);
    },
    ofCaller: (payer) => balanceOf(callers(payer)),
    ofProvider: (provider) => balanceOf(providers(provider)),
    correct: (provider, used) => {
      const known = providers(provider);
      known.unknown = used - (known.own - known.inTheAir) - known.others;
      known.believedUntil = clock.now() + BELIEVED_MS;
    },
    drift: (provider) => providers(provider).unknown,
    restore: (spendings) => {
      for (const { caller, provider, settled, unsettled } of spendings) {
        for (const known of [account(`caller ${caller}`, Infinity), providers(provider)]) {
          known.others += settled + unsettled;
          known.unsettled += unsettled;
        }
      }
    },
    share: (into) => {
      parts = into;
      for (const known of accounts.values()) cap(known, parts);
    },
    all: () => (startOfMonth(clock.now()) === month ? [...accounts.values()] : []),
  };
}

const leftIn = ({ limit, own, held, ownMax, others, unknown }: Account): number =>
  Math.min(limit - others - (unknown ?? 0), ownMax) - own - held;

function cap(account: Account, parts: number) {
  account.ownMax = Infinity;
  const left = Math.max(0, leftIn(account));
  if (parts > 1) account.ownMax = account.own + account.held + Math.floor(left / parts);
}

export const noCredits = (endpoint: Endpoint | null, whose: string, now: number) =>
  new ShopgraphError('BUDGET_EXHAUSTED', {
    says: `${whose} for this month is used up.`,
    ...(endpoint && { provider: endpoint.provider }),
    retryAfterMs: startOfNextMonth(now) - now,
  });

function createHold(accounts: readonly Account[], credits: number, onCharged: NonNullable<Options['onCharged']>): Hold {
  const each = (change: (account: Account) => void) => {
    accounts.forEach(change);
  };
  let state: 'held' | 'sent' | 'over' = 'held';
  each((account) => (account.held += credits));
  return {
    accounts,
    credits,
    sent: () => {
      if (state !== 'held') return;
      state = 'sent';
      each((account) => {
        account.held -= credits;
        account.own += credits;
        account.inTheAir += credits;
        account.unsettled += credits;
      });
    },
    settle: (charged) => {
      if (state !== 'sent') return;
      state = 'over';
      each((account) => {
        account.own += charged - credits;
        account.inTheAir -= credits;
        account.unsettled -= credits;
        if (charged !== credits) onCharged(account, charged - credits);
      });
    },
    release: () => {
      if (state !== 'held') return;
      state = 'over';
      each((account) => (account.held -= credits));
    },
  };
}
