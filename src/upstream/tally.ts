/**
 * The month's credits, counted by all instances together.
 *
 * Each instance writes its own count and reads the sum: to say it twice does no harm, and a Redis that has forgotten is
 * told again. While Redis is away, each instance may spend its share of what was left.
 */
import type { Endpoint } from '../providers/provider.ts';
import { monthOf } from './calendar.ts';
import { noCredits, type Account, type Accounts, type Hold } from './accounts.ts';
import type { Clock } from './clock.ts';
import type { Spending } from './journal.ts';
import type { SharedRedis } from './redis.ts';

/** Longer than a month, so that the last one can be looked at. */
const KEPT_MS = 70 * 86_400_000;

interface Options {
  readonly redis: SharedRedis;
  readonly clock: Clock;
  /** This process. */
  readonly owner: string;
  readonly accounts: Accounts;
  readonly instances: number;
  /** What the processes before this one spent this month, by its journal. */
  readonly before: readonly Spending[];
}

export interface Tally {
  /** Rejects with `BUDGET_EXHAUSTED` if all instances together have too little left. */
  readonly claim: (hold: Hold, endpoint: Endpoint) => Promise<void>;
  /** A call was charged more or less than its price. */
  readonly charged: (account: Account, difference: number) => void;
  /** Brings what the others have spent up to date. */
  readonly refresh: () => Promise<void>;
}

/**
 * KEYS: accounts, as hashes from owner to credits. ARGV: owner, credits, ms to keep, then each account's limit.
 * Returns the first account (from 1) that has too little left or 0, then what the others have spent of each.
 */
const CLAIM = `
local others = { 0 }
for nth, key in ipairs(KEYS) do
  local sum = 0
  for _, spent in ipairs(redis.call('HVALS', key)) do sum = sum + spent end
  local own = tonumber(redis.call('HGET', key, ARGV[1]) or 0)
  others[nth + 1] = sum - own
  if others[1] == 0 and ARGV[nth + 3] ~= 'none' and sum + ARGV[2] > tonumber(ARGV[nth + 3]) then others[1] = nth end
end
if others[1] == 0 and ARGV[2] ~= '0' then
  for _, key in ipairs(KEYS) do
    redis.call('HINCRBY', key, ARGV[1], ARGV[2])
    redis.call('PEXPIRE', key, ARGV[3])
  end
end
return others`;

/** KEYS: account. ARGV: owner, credits, ms to keep. Never less than is there: it may have been spent while Redis was away. */
const RAISE = `
if tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or -1) < tonumber(ARGV[2]) then redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) end
redis.call('PEXPIRE', KEYS[1], ARGV[3])`;

export function tally({ redis, clock, owner, accounts, instances, before }: Options): Tally {
  const claimScript = redis.script(CLAIM);
  const raise = redis.script(RAISE);
  const month = monthOf(clock.now());
  const earlier = sums(before).map(({ account, ...rest }) => ({ key: `credits:${month} ${account}`, ...rest }));

  const ask = async (asked: readonly Account[], credits: number): Promise<number> => {
    const limits = asked.map(({ limit, unknown }) => (limit === Infinity ? 'none' : limit - (unknown ?? 0)));
    const said = await claimScript(asked.map(nameOf), [owner, credits, KEPT_MS, ...limits]);
    const [refused, ...others] = said as [number, ...number[]];
    asked.forEach((account, nth) => (account.others = others[nth]!));
    return refused;
  };

  /** Says again what this process has spent, and what those before it did that do not say it themselves any more. */
  const tellAll = async () => {
    const raised = earlier.map(({ key, owner: other, credits }) => raise([key], [other, credits, KEPT_MS]));
    await redis.run(async (client) => {
      const telling = client.pipeline();
      for (const account of accounts.all()) {
        telling.hset(nameOf(account), owner, account.own);
        telling.pexpire(nameOf(account), KEPT_MS);
      }
      await telling.exec();
    });
    await Promise.all(raised);
  };

  const changed = (isUp: boolean) => {
    accounts.share(isUp ? 1 : instances);
    if (isUp) tellAll().catch(() => undefined);
  };
  redis.onChange(changed);
  changed(redis.isUp());

  return {
    claim: async (hold, endpoint) => {
      let refused: number;
      try {
        refused = await ask(hold.accounts, hold.credits);
      } catch {
        // Counted when it is back; what is left to this instance alone has been set aside already.
        return;
      }
      if (refused === 1) throw noCredits(null, "The caller's budget", clock.now());
      if (refused === 2) throw noCredits(endpoint, 'The budget for the provider', clock.now());
    },
    charged: (account, difference) => {
      // While Redis is away that is told when it is back, with all else.
      redis.run((client) => client.hincrby(nameOf(account), owner, difference)).catch(() => undefined);
    },
    refresh: async () => {
      await ask(accounts.all(), 0).catch(() => undefined);
    },
  };
}

const nameOf = ({ key }: Account) => `credits:${key}`;

/** For each process and account, by the key of the account in this month. */
function sums(spendings: readonly Spending[]) {
  const totals = new Map<string, { owner: string; account: string; credits: number }>();
  for (const { owner, caller, provider, settled, unsettled } of spendings) {
    for (const account of [`caller ${caller}`, `provider ${provider}`]) {
      const key = `${owner} ${account}`;
      const credits = (totals.get(key)?.credits ?? 0) + settled + unsettled;
      totals.set(key, { owner, account, credits });
    }
  }
  return [...totals.values()];
}
