/**
 * The month's credits, counted by all instances together.
 *
 * Each instance writes its own count and reads the sum: to say it twice does no harm, and a Redis that has forgotten is
 * told again. While Redis is away, each instance may spend its share of what was left.
 */
import type { Endpoint } from '../providers/provider.ts';
import { monthOf } from './calendar.ts';
import { noCredits, type Account, type Accounts, type Hold } from './accounts.ts';
import { sleep, type Clock } from './clock.ts';
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
 * Returns the first account (from 1) that has too little left, or 0, or -1 where Redis knows nothing of one; then what the
 * others have spent of each, or -1 where that is not known.
 */
const CLAIM = `
local said = { 0 }
for nth, key in ipairs(KEYS) do
  local sum = 0
  for _, spent in ipairs(redis.call('HVALS', key)) do sum = sum + spent end
  said[nth + 1] = sum - (redis.call('HGET', key, ARGV[1]) or 0)
  if redis.call('EXISTS', key) == 0 then
    said[nth + 1] = -1
    said[1] = -1
  elseif said[1] == 0 and ARGV[nth + 3] ~= 'none' and sum + ARGV[2] > tonumber(ARGV[nth + 3]) then said[1] = nth end
end
if said[1] == 0 and ARGV[2] ~= '0' then
  for _, key in ipairs(KEYS) do
    redis.call('HINCRBY', key, ARGV[1], ARGV[2])
    redis.call('PEXPIRE', key, ARGV[3])
  end
end
return said`;
const UNKNOWN = -1;

/** KEYS: account. ARGV: owner, credits, ms to keep. Never less than is there, which may be claimed and not be told yet. */
const RAISE = `
if tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or -1) < tonumber(ARGV[2]) then redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) end
redis.call('PEXPIRE', KEYS[1], ARGV[3])`;

/** KEYS: account. ARGV: owner, credits. A count that Redis has forgotten is told whole, and by others. */
const ADD = `if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then redis.call('HINCRBY', KEYS[1], ARGV[1], ARGV[2]) end`;

/** On it, who finds that Redis knows nothing of an account asks all to tell. */
const CHANNEL = 'tell';
/** For the others to do so. */
const TELL_MS = 100;

export function tally({ redis, clock, owner, accounts, instances, before }: Options): Tally {
  const claimScript = redis.script(CLAIM);
  const raiseScript = redis.script(RAISE);
  const addScript = redis.script(ADD);
  const month = monthOf(clock.now());
  const earlier = sums(before).map(({ account, ...rest }) => ({ key: `credits:${month} ${account}`, ...rest }));
  const raise = (key: string, whose: string, credits: number) => raiseScript([key], [whose, credits, KEPT_MS]);

  const ask = async (asked: readonly Account[], credits: number): Promise<number> => {
    const limits = asked.map(({ limit, unknown }) => (limit === Infinity ? 'none' : limit - (unknown ?? 0)));
    const said = await claimScript(asked.map(nameOf), [owner, credits, KEPT_MS, ...limits]);
    const [refused, ...others] = said as [number, ...number[]];
    asked.forEach((account, nth) => {
      if (others[nth] !== UNKNOWN) account.others = others[nth]!;
    });
    return refused;
  };

  /** Says what this process has spent, and what those before it did that cannot say it themselves. */
  const tell = (also: readonly Account[] = []) =>
    Promise.all([
      ...earlier.map(({ key, owner: other, credits }) => raise(key, other, credits)),
      ...[...new Set([...accounts.all(), ...also])].map((account) => raise(nameOf(account), owner, account.own)),
    ]);
  redis.subscribe(CHANNEL, () => {
    tell().catch(() => undefined);
  });

  const claimOf = async ({ accounts: asked, credits }: Hold): Promise<number> => {
    const refused = await ask(asked, credits);
    if (refused !== UNKNOWN) return refused;
    await tell(asked);
    await redis.publish(CHANNEL, '');
    await sleep(clock, TELL_MS);
    return ask(asked, credits);
  };

  const changed = (isUp: boolean) => {
    accounts.share(isUp ? 1 : instances);
    if (isUp) tell().catch(() => undefined);
  };
  redis.onChange(changed);
  changed(redis.isUp());

  return {
    claim: async (hold, endpoint) => {
      // What Redis does not take now is counted when it does; what is left to this instance alone has been set aside already.
      const refused = await claimOf(hold).catch(() => 0);
      if (refused === 1) throw noCredits(null, "The caller's budget", clock.now());
      if (refused === 2) throw noCredits(endpoint, 'The budget for the provider', clock.now());
    },
    charged: (account, difference) => {
      // While Redis is away that is told when it is back, with all else.
      addScript([nameOf(account)], [owner, difference]).catch(() => undefined);
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
