/** Guards the bill of an operation: what it bought, what it was spared, and that it never spends more than it may. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTab, type Share, type Tab } from '../../src/plan/receipt.ts';

const WH = 'WINNING_HUNTER';

const budgetOf = (tab: Tab) => tab.receipt(0).budget;

/** Fails the test if it does not fit. */
function shareOf(tab: Tab, price: number): Share {
  const share = tab.setAside(WH, price);
  if (!share) throw new Error('it does not fit');
  return share;
}

it('an operation that asked for nothing has cost nothing', () => {
  expect(createTab(100).receipt(0)).toEqual({
    calls: 0,
    credits: {},
    avoided: { cache: 0, coalesced: 0, row: 0 },
    stale: 0,
    retries: 0,
    queuedMs: 0,
    budget: { limit: 100, remaining: 100, missing: 0 },
  });
});

it('everything that it is told stands in its place', () => {
  const tab = createTab(10);
  for (const reason of ['cache', 'coalesced', 'cache'] as const) tab.avoided(reason);
  tab.stale();
  for (const ms of [5, 30, 20]) tab.waited(ms);
  for (let nth = 0; nth < 3; nth++) tab.retried();
  const share = shareOf(tab, 4);
  share.sent();
  share.settle(3);
  tab.missed(8);
  expect(tab.receipt(6)).toEqual({
    calls: 1,
    credits: { [WH]: 3 },
    avoided: { cache: 2, coalesced: 1, row: 6 },
    stale: 1,
    retries: 3,
    // The longest of all waits, not their sum: they were at the same time.
    queuedMs: 30,
    budget: { limit: 10, remaining: 7, missing: 8 },
  });
});

it('a receipt that was given does not change any more', () => {
  const tab = createTab(10);
  shareOf(tab, 1).sent();
  const before = tab.receipt(0);
  const text = JSON.stringify(before);
  shareOf(tab, 1).sent();
  tab.avoided('cache');
  expect(JSON.stringify(before)).toBe(text);
});

describe('a share of the budget', () => {
  it('is set aside, then spent, then what was charged', () => {
    const tab = createTab(10);
    const share = shareOf(tab, 6);
    expect(tab.receipt(0)).toMatchObject({ calls: 0, credits: {}, budget: { remaining: 4 } });
    share.sent();
    expect(tab.receipt(0)).toMatchObject({ calls: 1, credits: { [WH]: 6 }, budget: { remaining: 4 } });
    share.settle(1);
    expect(tab.receipt(0)).toMatchObject({ calls: 1, credits: { [WH]: 1 }, budget: { remaining: 9 } });
  });

  it('comes back where nothing was sent, and is no call', () => {
    const tab = createTab(10);
    const share = shareOf(tab, 10);
    expect(tab.setAside(WH, 1)).toBeNull();
    share.release();
    expect(tab.receipt(0)).toMatchObject({ calls: 0, credits: {}, budget: { remaining: 10 } });
    expect(tab.setAside(WH, 10)).not.toBeNull();
  });

  it('fits to the last credit, and not beyond it', () => {
    const tab = createTab(3);
    expect(tab.setAside(WH, 4)).toBeNull();
    expect(tab.setAside(WH, 3)).not.toBeNull();
    expect(tab.setAside(WH, 1)).toBeNull();
    // What is free fits always.
    expect(tab.setAside(WH, 0)).not.toBeNull();
    expect(budgetOf(tab)).toEqual({ limit: 3, remaining: 0, missing: 0 });
  });

  it('of an operation that may spend nothing is refused, without asking for it to be missing', () => {
    const tab = createTab(0);
    expect(tab.setAside(WH, 1)).toBeNull();
    expect(budgetOf(tab)).toEqual({ limit: 0, remaining: 0, missing: 0 });
  });

  it('that was charged less leaves room for another', () => {
    const tab = createTab(5);
    const share = shareOf(tab, 5);
    share.sent();
    share.settle(0);
    expect(tab.setAside(WH, 5)).not.toBeNull();
  });

  it('that was charged more than its price is told as it was, and nothing more is bought', () => {
    const tab = createTab(5);
    const share = shareOf(tab, 4);
    share.sent();
    share.settle(7);
    expect(tab.receipt(0)).toMatchObject({ credits: { [WH]: 7 }, budget: { limit: 5, remaining: -2 } });
    expect(tab.setAside(WH, 1)).toBeNull();
  });

  it('counts once, whatever is said twice or out of order', () => {
    const tab = createTab(10);
    const share = shareOf(tab, 4);
    share.settle(1);
    expect(budgetOf(tab).remaining).toBe(6);
    share.sent();
    share.sent();
    share.release();
    expect(tab.receipt(0)).toMatchObject({ calls: 1, credits: { [WH]: 4 }, budget: { remaining: 6 } });
    share.settle(2);
    share.settle(3);
    share.release();
    share.sent();
    expect(tab.receipt(0)).toMatchObject({ calls: 1, credits: { [WH]: 2 }, budget: { remaining: 8 } });
    const other = shareOf(tab, 4);
    other.release();
    other.sent();
    other.release();
    expect(tab.receipt(0)).toMatchObject({ calls: 1, credits: { [WH]: 2 }, budget: { remaining: 8 } });
  });
});

it('what is missing is the sum of what could not be bought', () => {
  const tab = createTab(10);
  for (const price of [1, 5, 3]) tab.missed(price);
  expect(budgetOf(tab)).toEqual({ limit: 10, remaining: 10, missing: 9 });
});

it('for any interleaving the budget is never exceeded while nothing costs more than its price, and nothing that fits is refused', () => {
  const events = fc.array(
    fc.record({
      does: fc.constantFrom('setAside', 'setAside', 'sent', 'settle', 'release'),
      which: fc.nat(),
      credits: fc.integer({ min: 0, max: 12 }),
    }),
    { maxLength: 100 },
  );
  fc.assert(
    fc.property(events, fc.integer({ min: 0, max: 40 }), (given, limit) => {
      const tab = createTab(limit);
      const calls: { share: Share; price: number; state: 'held' | 'sent' | 'over'; counts: number; isCall: boolean }[] =
        [];
      const sum = () => calls.reduce((total, { counts }) => total + counts, 0);
      for (const { does, which, credits } of given) {
        if (does === 'setAside') {
          const share = tab.setAside(WH, credits);
          expect(share !== null).toBe(sum() + credits <= limit);
          if (share) calls.push({ share, price: credits, state: 'held', counts: credits, isCall: false });
        }
        const one = calls[which % calls.length];
        if (does === 'sent' && one) {
          one.share.sent();
          if (one.state === 'held') Object.assign(one, { state: 'sent', isCall: true });
        }
        if (does === 'settle' && one) {
          const charged = Math.min(credits, one.price);
          one.share.settle(charged);
          if (one.state === 'sent') Object.assign(one, { state: 'over', counts: charged });
        }
        if (does === 'release' && one) {
          one.share.release();
          if (one.state === 'held') Object.assign(one, { state: 'over', counts: 0 });
        }
        const receipt = tab.receipt(0);
        expect(receipt.budget.remaining).toBe(limit - sum());
        expect(receipt.budget.remaining).toBeGreaterThanOrEqual(0);
        expect(receipt.calls).toBe(calls.filter(({ isCall }) => isCall).length);
        const spent = calls.filter(({ isCall }) => isCall).reduce((total, { counts }) => total + counts, 0);
        expect(receipt.credits[WH] ?? 0).toBe(spent);
      }
    }),
    { numRuns: 300 },
  );
});
