/** Guards the month's credits: what is set aside, sent, charged or given back is counted once in both accounts, and no limit is passed. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAccounts, type Account, type Hold, type Payer } from '../../src/upstream/accounts.ts';
import { ShopgraphError } from '../../src/errors.ts';
import type { Spending } from '../../src/upstream/journal.ts';
import { anEndpoint } from './calls.ts';
import { fakeClock } from './clock.ts';

const WH = 'WINNING_HUNTER';
const DAY = 86_400_000;
const HOUR = 3_600_000;

/** The middle of a month of 31 days. */
const START = Date.UTC(2030, 0, 16);
const FEBRUARY = Date.UTC(2030, 1, 1);

const payer = (name = 'web', monthlyCredits: number | null = null): Payer => ({ name, monthlyCredits });
const costing = (credits: number) => anEndpoint({ credits });
const spending = (changes: Partial<Spending> = {}): Spending => ({
  ...{ owner: 'before', provider: WH, caller: 'web', settled: 0, unsettled: 0 },
  ...changes,
});

function open(providerLimit = Infinity, start = START) {
  const clock = fakeClock(start);
  const accounts = createAccounts({ clock, monthlyCredits: { [WH]: providerLimit } });
  return { clock, accounts };
}

/** What the hold was refused with; fails the test if it was not. */
function refusalOf(hold: () => Hold): ShopgraphError {
  try {
    hold();
  } catch (error) {
    if (error instanceof ShopgraphError) return error;
  }
  throw new Error('it was not refused');
}

const pick = ({ own, held, unsettled }: Account) => ({ own, held, unsettled });

describe('credits of one call', () => {
  it('are in both accounts: set aside, then sent and unsettled, then what was charged', () => {
    const { accounts } = open();
    const hold = accounts.hold(payer(), costing(5));
    expect(hold.credits).toBe(5);
    expect(hold.accounts.map(({ key }) => key)).toEqual(['2030-01 caller web', '2030-01 provider WINNING_HUNTER']);
    const both = (expected: unknown) => {
      for (const account of hold.accounts) expect(pick(account)).toEqual(expected);
    };
    both({ own: 0, held: 5, unsettled: 0 });
    hold.sent();
    both({ own: 5, held: 0, unsettled: 5 });
    hold.settle(2);
    both({ own: 2, held: 0, unsettled: 0 });
  });

  it('are given back as if nothing had been, where nothing was sent', () => {
    const { accounts } = open(5);
    const hold = accounts.hold(payer(), costing(5));
    hold.release();
    for (const account of hold.accounts) expect(pick(account)).toEqual({ own: 0, held: 0, unsettled: 0 });
    expect(accounts.hold(payer(), costing(5)).credits).toBe(5);
  });

  it('may come to more than the price, or to nothing', () => {
    const { accounts } = open();
    const [dear, free] = [accounts.hold(payer(), costing(2)), accounts.hold(payer(), costing(3))];
    for (const hold of [dear, free]) hold.sent();
    expect(accounts.ofCaller(payer())).toMatchObject({ used: 5, unsettled: 5 });
    dear.settle(7);
    free.settle(0);
    expect(accounts.ofCaller(payer())).toMatchObject({ used: 7, unsettled: 0 });
    expect(accounts.ofProvider(WH)).toMatchObject({ used: 7, unsettled: 0 });
  });

  it('are counted once, whatever is said twice or out of order', () => {
    const { accounts } = open();
    const used = () => [accounts.ofProvider(WH).used, accounts.ofProvider(WH).unsettled];
    const hold = accounts.hold(payer(), costing(3));
    // Never sent, so nothing to settle.
    hold.settle(1);
    expect(used()).toEqual([0, 0]);
    hold.sent();
    hold.sent();
    // What was sent is not given back.
    hold.release();
    expect(used()).toEqual([3, 3]);
    hold.settle(1);
    hold.settle(2);
    hold.release();
    hold.sent();
    expect(used()).toEqual([1, 0]);
    expect(pick(hold.accounts[0]!)).toEqual({ own: 1, held: 0, unsettled: 0 });
    const other = accounts.hold(payer(), costing(3));
    other.release();
    other.sent();
    other.release();
    expect(used()).toEqual([1, 0]);
  });

  it('that come to something else than the price are told, for each account; others are not', () => {
    const told: [string, number][] = [];
    const accounts = createAccounts({
      clock: fakeClock(START),
      monthlyCredits: { [WH]: 100 },
      onCharged: ({ key }, difference) => void told.push([key, difference]),
    });
    const holds = [5, 5, 5].map((credits) => accounts.hold(payer(), costing(credits)));
    for (const hold of holds) hold.sent();
    holds[0]!.settle(5);
    expect(told).toEqual([]);
    holds[1]!.settle(2);
    holds[2]!.settle(6);
    const [caller, provider] = holds[0]!.accounts.map(({ key }) => key);
    expect(told).toEqual([
      [caller, -3],
      [provider, -3],
      [caller, 1],
      [provider, 1],
    ]);
  });
});

describe('for any interleaving of calls', () => {
  const events = fc.array(
    fc.record({
      does: fc.constantFrom('hold', 'sent', 'settle', 'release'),
      which: fc.nat(),
      caller: fc.constantFrom('a', 'b', 'c'),
      credits: fc.integer({ min: 0, max: 9 }),
    }),
    { maxLength: 120 },
  );
  const limits = { a: 20, b: 40, c: null };

  it('no account passes its limit as long as nothing costs more than its price, and none refuses what fits', () => {
    fc.assert(
      fc.property(events, fc.integer({ min: 0, max: 80 }), (given, limit) => {
        const { accounts } = open(limit);
        const calls: { hold: Hold; caller: string; state: 'held' | 'sent' | 'over'; counts: number }[] = [];
        const sum = (caller?: string) =>
          calls.filter((each) => !caller || each.caller === caller).reduce((total, { counts }) => total + counts, 0);
        for (const { does, which, caller, credits } of given) {
          if (does === 'hold') {
            const own = limits[caller];
            const fits = sum() + credits <= limit && sum(caller) + credits <= (own ?? Infinity);
            const take = () => accounts.hold(payer(caller, own), costing(credits));
            if (fits) calls.push({ hold: take(), caller, state: 'held', counts: credits });
            else expect(refusalOf(take).code).toBe('BUDGET_EXHAUSTED');
            continue;
          }
          const one = calls[which % calls.length];
          if (!one) continue;
          if (does === 'sent') {
            one.hold.sent();
            if (one.state === 'held') one.state = 'sent';
          }
          if (does === 'settle') {
            const charged = Math.min(credits, one.hold.credits);
            one.hold.settle(charged);
            if (one.state === 'sent') Object.assign(one, { state: 'over', counts: charged });
          }
          if (does === 'release') {
            one.hold.release();
            if (one.state === 'held') Object.assign(one, { state: 'over', counts: 0 });
          }
        }
        const held = calls.filter(({ state }) => state === 'held').reduce((total, { counts }) => total + counts, 0);
        expect(accounts.ofProvider(WH).used).toBe(sum() - held);
        expect(sum()).toBeLessThanOrEqual(limit);
        for (const account of accounts.all()) expect(account.own + account.held).toBeLessThanOrEqual(account.limit);
      }),
      { numRuns: 300 },
    );
  });
});

describe('an account that is used up', () => {
  it("of the provider refuses whoever asks, by the provider's name and until the month ends", () => {
    const { accounts, clock } = open(10);
    accounts.hold(payer('web'), costing(8)).sent();
    const refusal = refusalOf(() => accounts.hold(payer('batch'), costing(3)));
    expect(refusal.code).toBe('BUDGET_EXHAUSTED');
    expect(refusal.extensions).toMatchObject({ provider: WH, retryAfterMs: FEBRUARY - clock.now() });
    // What still fits is still sold.
    expect(accounts.hold(payer('batch'), costing(2)).credits).toBe(2);
  });

  it('of a caller refuses this caller alone, without the name of a provider and until the month ends', async () => {
    const { accounts, clock } = open(100);
    await clock.advance(3 * DAY);
    accounts.hold(payer('web', 10), costing(8));
    const refusal = refusalOf(() => accounts.hold(payer('web', 10), costing(3)));
    expect(refusal.code).toBe('BUDGET_EXHAUSTED');
    expect(refusal.extensions).not.toHaveProperty('provider');
    expect(refusal.extensions.retryAfterMs).toBe(FEBRUARY - START - 3 * DAY);
    expect(accounts.hold(payer('batch', 10), costing(3)).credits).toBe(3);
  });

  it('says in its message whose it is, and nothing of figures', () => {
    const { accounts } = open(0);
    expect(refusalOf(() => accounts.hold(payer(), costing(1))).message).toMatch(/provider.* month/);
    const other = open().accounts;
    expect(refusalOf(() => other.hold(payer('web', 0), costing(1))).message).toMatch(/caller.* month/);
  });

  it('a refused call leaves nothing in either account', () => {
    const { accounts } = open(10);
    refusalOf(() => accounts.hold(payer('web', 2), costing(3)));
    refusalOf(() => accounts.hold(payer('batch'), costing(11)));
    for (const account of accounts.all()) expect(pick(account)).toEqual({ own: 0, held: 0, unsettled: 0 });
  });

  it('what costs nothing is sold to the last credit', () => {
    const { accounts } = open(3);
    accounts.hold(payer('web', 3), costing(3)).sent();
    expect(accounts.hold(payer('web', 3), costing(0)).credits).toBe(0);
  });

  it('sells again with a higher limit, since it is as high as whoever asks last says', () => {
    const { accounts } = open();
    accounts.hold(payer('web', 3), costing(3)).sent();
    refusalOf(() => accounts.hold(payer('web', 3), costing(1)));
    expect(accounts.hold(payer('web', 4), costing(1)).credits).toBe(1);
    expect(accounts.ofCaller(payer('web', 4)).limit).toBe(4);
  });
});

describe('a balance', () => {
  it('tells limit, used, unsettled, and when the month ends; nothing is used by nobody', () => {
    const { accounts } = open(1000);
    expect(accounts.ofCaller(payer('web', 50))).toEqual({ limit: 50, used: 0, unsettled: 0, resetsAt: FEBRUARY });
    expect(accounts.ofCaller(payer('free'))).toMatchObject({ limit: Infinity });
    const hold = accounts.hold(payer('web', 50), costing(7));
    expect(accounts.ofCaller(payer('web', 50)).used).toBe(0);
    hold.sent();
    expect(accounts.ofCaller(payer('web', 50))).toEqual({ limit: 50, used: 7, unsettled: 7, resetsAt: FEBRUARY });
    expect(accounts.ofProvider(WH)).toEqual({ limit: 1000, used: 7, unsettled: 7, resetsAt: FEBRUARY });
    expect(accounts.ofCaller(payer('other'))).toMatchObject({ used: 0, unsettled: 0 });
  });
});

describe('a new month', () => {
  it('begins in UTC with nothing used, at its first moment and not before', async () => {
    const { accounts, clock } = open(10);
    accounts.hold(payer('web', 10), costing(10)).sent();
    await clock.advance(FEBRUARY - START - 1);
    expect(refusalOf(() => accounts.hold(payer('web', 10), costing(1))).details.retryAfterMs).toBe(1);
    await clock.advance(1);
    expect(accounts.ofProvider(WH)).toMatchObject({ used: 0, unsettled: 0, resetsAt: Date.UTC(2030, 2, 1) });
    const hold = accounts.hold(payer('web', 10), costing(10));
    expect(hold.accounts.map(({ key }) => key)).toEqual(['2030-02 caller web', '2030-02 provider WINNING_HUNTER']);
  });

  it('is not charged for calls of the old one: they are sent, settled and given back in the accounts they were held in', async () => {
    const { accounts, clock } = open(100);
    const [inTheAir, waiting, dropped] = [5, 6, 7].map((credits) => accounts.hold(payer(), costing(credits)));
    inTheAir!.sent();
    await clock.advance(FEBRUARY - START);
    waiting!.sent();
    waiting!.settle(6);
    inTheAir!.settle(3);
    dropped!.release();
    for (const { accounts: old } of [inTheAir!, waiting!, dropped!]) {
      expect(old.map(({ key }) => key)).toEqual(['2030-01 caller web', '2030-01 provider WINNING_HUNTER']);
      for (const account of old) expect(pick(account)).toEqual({ own: 9, held: 0, unsettled: 0 });
    }
    expect(accounts.ofProvider(WH)).toMatchObject({ used: 0, unsettled: 0 });
    expect(accounts.ofCaller(payer())).toMatchObject({ used: 0, unsettled: 0 });
  });

  it('has not heard what the provider counted in the old one', async () => {
    const { accounts, clock } = open(100);
    accounts.correct(WH, 40);
    expect(accounts.ofProvider(WH).used).toBe(40);
    await clock.advance(FEBRUARY - START);
    expect(accounts.ofProvider(WH).used).toBe(0);
  });

  it('keeps no accounts of the old one', async () => {
    const { accounts, clock } = open(100);
    for (const name of ['a', 'b', 'c']) accounts.hold(payer(name), costing(1)).release();
    await clock.advance(FEBRUARY - START);
    accounts.ofCaller(payer('b'));
    expect(accounts.all().map(({ key }) => key)).toEqual(['2030-02 caller b']);
  });

  it('a year ends as a month does', async () => {
    const { accounts, clock } = open(10, Date.UTC(2030, 11, 31));
    const old = accounts.hold(payer(), costing(10));
    old.sent();
    await clock.advance(DAY);
    expect(accounts.hold(payer(), costing(10)).accounts[0]?.key).toBe('2031-01 caller web');
  });
});

describe('what was spent before this process started', () => {
  it('counts in both accounts, with what was never settled', () => {
    const { accounts } = open(100);
    accounts.restore([
      spending({ settled: 10, unsettled: 2 }),
      spending({ owner: 'another', settled: 5 }),
      spending({ caller: 'batch', settled: 20, unsettled: 1 }),
    ]);
    expect(accounts.ofCaller(payer('web', 30))).toMatchObject({ limit: 30, used: 17, unsettled: 2 });
    expect(accounts.ofCaller(payer('batch'))).toMatchObject({ limit: Infinity, used: 21, unsettled: 1 });
    expect(accounts.ofProvider(WH)).toMatchObject({ limit: 100, used: 38, unsettled: 3 });
  });

  it('leaves so much less to spend', () => {
    const { accounts } = open(20);
    accounts.restore([spending({ settled: 10, unsettled: 2 })]);
    refusalOf(() => accounts.hold(payer('web', 15), costing(4)));
    const hold = accounts.hold(payer('web', 15), costing(3));
    hold.sent();
    hold.settle(3);
    expect(accounts.ofCaller(payer('web', 15))).toMatchObject({ used: 15, unsettled: 2 });
    const refusal = refusalOf(() => accounts.hold(payer('batch'), costing(6)));
    expect(refusal.details.provider).toBe(WH);
    expect(accounts.hold(payer('batch'), costing(5)).credits).toBe(5);
  });
});

describe("the provider's own count", () => {
  it('corrects ours: others that use its account are known by it, and leave so much less', () => {
    const { accounts } = open(100);
    accounts.restore([spending({ settled: 10 })]);
    const hold = accounts.hold(payer(), costing(5));
    hold.sent();
    hold.settle(5);
    accounts.correct(WH, 90);
    expect(accounts.drift(WH)).toBe(75);
    expect(accounts.ofProvider(WH).used).toBe(90);
    refusalOf(() => accounts.hold(payer(), costing(11)));
    expect(accounts.hold(payer(), costing(10)).credits).toBe(10);
  });

  it('may be less than ours: what was lost on the way has not been charged', () => {
    const { accounts } = open(100);
    accounts.restore([spending({ unsettled: 90 })]);
    accounts.correct(WH, 40);
    expect(accounts.drift(WH)).toBe(-50);
    expect(accounts.ofProvider(WH).used).toBe(40);
    expect(accounts.hold(payer(), costing(60)).credits).toBe(60);
  });

  it('replaces what it said before, and what we spend after it counts on top', () => {
    const { accounts } = open(100);
    accounts.correct(WH, 90);
    accounts.correct(WH, 20);
    const hold = accounts.hold(payer(), costing(5));
    hold.sent();
    expect(accounts.ofProvider(WH).used).toBe(25);
    hold.settle(1);
    expect(accounts.ofProvider(WH).used).toBe(21);
    expect(accounts.drift(WH)).toBe(20);
  });

  it('is believed for an hour: its month may have begun later than ours, and credits may be bought', async () => {
    const { accounts, clock } = open(100);
    accounts.correct(WH, 100);
    await clock.advance(HOUR - 1);
    refusalOf(() => accounts.hold(payer(), costing(1)));
    // Told again, it counts anew.
    accounts.correct(WH, 99);
    await clock.advance(HOUR - 1);
    refusalOf(() => accounts.hold(payer(), costing(2)));
    await clock.advance(1);
    expect(accounts.hold(payer(), costing(100)).credits).toBe(100);
  });

  it('is no concern of the callers', () => {
    const { accounts } = open(100);
    accounts.hold(payer('web', 10), costing(1)).sent();
    accounts.correct(WH, 90);
    expect(accounts.ofCaller(payer('web', 10)).used).toBe(1);
  });

  it('is as ours where it is, and then nothing drifts', () => {
    const { accounts } = open(100);
    const hold = accounts.hold(payer(), costing(7));
    hold.sent();
    hold.settle(7);
    accounts.correct(WH, 7);
    expect(accounts.drift(WH)).toBe(0);
  });
});

describe('an instance on its own', () => {
  it('may spend its part of what is left, and all of it when it is told so', () => {
    const { accounts } = open(100);
    accounts.hold(payer(), costing(20)).sent();
    accounts.share(4);
    refusalOf(() => accounts.hold(payer(), costing(21)));
    accounts.hold(payer(), costing(20)).sent();
    refusalOf(() => accounts.hold(payer(), costing(1)));
    accounts.share(1);
    expect(accounts.hold(payer(), costing(60)).credits).toBe(60);
  });

  it("may spend its part of a caller's credits that it has never seen, too", () => {
    const { accounts } = open();
    accounts.share(10);
    refusalOf(() => accounts.hold(payer('web', 50), costing(6)));
    expect(accounts.hold(payer('web', 50), costing(5)).credits).toBe(5);
    // Of no limit every part is without limit.
    expect(accounts.hold(payer('batch'), costing(1_000_000)).credits).toBe(1_000_000);
  });
});

it('all accounts of the month are known by their keys, each once', () => {
  const { accounts } = open(100);
  for (const name of ['web', 'batch', 'web']) accounts.hold(payer(name), costing(1));
  expect(
    accounts
      .all()
      .map(({ key }) => key)
      .toSorted(),
  ).toEqual(['2030-01 caller batch', '2030-01 caller web', '2030-01 provider WINNING_HUNTER']);
});

it("the provider's count, told while calls are in the air that it has not counted yet, makes no room for more than the limit", () => {
  const accounts = createAccounts({ clock: fakeClock(), monthlyCredits: { WINNING_HUNTER: 10 } });
  const holds = Array.from({ length: 10 }, () =>
    accounts.hold({ name: 'web', monthlyCredits: null }, anEndpoint({ credits: 1 })),
  );
  for (const hold of holds) hold.sent();
  holds[0]!.settle(1);
  accounts.correct('WINNING_HUNTER', 1);
  expect(() => accounts.hold({ name: 'web', monthlyCredits: null }, anEndpoint({ credits: 1 }))).toThrow();
  for (const [nth, hold] of holds.entries()) {
    hold.settle(1);
    if (nth > 0) accounts.correct('WINNING_HUNTER', nth + 1);
  }
  expect(accounts.drift('WINNING_HUNTER')).toBe(0);
  expect(accounts.ofProvider('WINNING_HUNTER').used).toBe(10);
});

it('accounts of last month are not among those of this one', async () => {
  const clock = fakeClock(Date.UTC(2030, 0, 31));
  const accounts = createAccounts({ clock, monthlyCredits: { WINNING_HUNTER: 10 } });
  accounts.hold({ name: 'web', monthlyCredits: null }, anEndpoint());
  await clock.advance(86_400_000);
  expect(accounts.all()).toEqual([]);
});
