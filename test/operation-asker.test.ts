/** Guards an operation's time and money: it waits until its deadline and no longer, spends no more than it may, and is told each reason once. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ShopgraphError } from '../src/errors.ts';
import { createOperationAsker } from '../src/operation-asker.ts';
import { createTab } from '../src/plan/receipt.ts';
import type { Hold } from '../src/upstream/accounts.ts';
import type { Payment } from '../src/upstream/asker.ts';
import { anEndpoint, refusal } from './upstream/calls.ts';
import { fakeClock } from './upstream/clock.ts';

const WH = 'WINNING_HUNTER';

type Options = Parameters<typeof createOperationAsker>[0];

/** An operation whose accounts are never empty unless the test says so; `said` is what its holds were told. */
function anOperation(changes: Partial<Options> & { credits?: number } = {}) {
  const { credits = 100, ...rest } = changes;
  const clock = fakeClock();
  const said: string[] = [];
  const tab = createTab(credits);
  const hold = (endpoint: { credits: number }): Hold => ({
    accounts: [],
    credits: endpoint.credits,
    sent: () => void said.push('sent'),
    settle: (charged) => void said.push(`settled ${charged}`),
    release: () => void said.push('released'),
  });
  const asker = createOperationAsker({
    ...{ clock, tab, hold, caller: 'web', lane: 'interactive', requestId: 'r-1', deadlineMs: 30_000 },
    claim: () => Promise.resolve(),
    ...rest,
  });
  return { asker, clock, tab, said, budget: () => tab.receipt(0).budget };
}

const costing = (credits: number) => anEndpoint({ credits });

/** What was thrown instead of a payment; fails the test if nothing was. */
function thrownBy(pay: () => Payment): ShopgraphError {
  try {
    pay();
  } catch (error) {
    if (error instanceof ShopgraphError) return error;
  }
  throw new Error('it was paid');
}

describe('its time', () => {
  it('ends so many ms after it came', () => {
    const { asker, clock } = anOperation({ deadlineMs: 5000 });
    expect(asker.deadline).toBe(clock.now() + 5000);
    expect(asker.isWaiting()).toBe(true);
  });

  it('sets no timer before it waits for something', () => {
    const { asker, clock } = anOperation();
    expect(clock.nextInMs()).toBeUndefined();
    asker.leave();
    expect(clock.nextInMs()).toBeUndefined();
  });

  it('sets a single timer, whatever it waits for, and for no longer than its deadline', async () => {
    const { asker, clock } = anOperation({ deadlineMs: 5000 });
    await clock.advance(2000);
    let gone = 0;
    for (let nth = 0; nth < 10; nth++) asker.onGone(() => gone++);
    expect(clock.nextInMs()).toBe(3000);
    await clock.advance(2999);
    expect([gone, asker.isWaiting()]).toEqual([0, true]);
    await clock.advance(1);
    expect([gone, asker.isWaiting()]).toEqual([10, false]);
    expect(clock.nextInMs()).toBeUndefined();
  });

  it('ends when it leaves: each who listens is told once, and the timer is called off', async () => {
    const { asker, clock } = anOperation();
    const told: string[] = [];
    asker.onGone(() => void told.push('one'));
    asker.onGone(() => void told.push('two'));
    asker.leave();
    expect(told).toEqual(['one', 'two']);
    expect(asker.isWaiting()).toBe(false);
    expect(clock.nextInMs()).toBeUndefined();
    asker.leave();
    await clock.advance(60_000);
    expect(told).toEqual(['one', 'two']);
  });

  it('is of no concern to who has called off listening, also while others are told', () => {
    const { asker } = anOperation();
    const told: string[] = [];
    const callOff = asker.onGone(() => void told.push('never'));
    callOff();
    asker.onGone(() => {
      told.push('first');
      callOffSecond();
    });
    const callOffSecond = asker.onGone(() => void told.push('second'));
    asker.leave();
    expect(told).toEqual(['first']);
  });

  it('ends once, though who is told of it ends it again', () => {
    const { asker } = anOperation();
    const told: string[] = [];
    for (const name of ['one', 'two']) {
      asker.onGone(() => {
        told.push(name);
        asker.leave();
      });
    }
    asker.leave();
    expect(told).toEqual(['one', 'two']);
  });

  it('is over for those who listen by the time they are told', () => {
    const { asker } = anOperation();
    let wasWaiting: boolean | undefined;
    asker.onGone(() => (wasWaiting = asker.isWaiting()));
    asker.leave();
    expect(wasWaiting).toBe(false);
  });
});

describe('its money', () => {
  it('is set aside in its budget and in the accounts, and settled in both', () => {
    const { asker, said, tab } = anOperation({ credits: 10 });
    const payment = asker.pay(costing(4));
    expect(payment).toMatchObject({ caller: 'web', requestId: 'r-1' });
    expect(tab.receipt(0)).toMatchObject({ calls: 0, budget: { remaining: 6 } });
    expect(payment.isSent()).toBe(false);
    payment.sent();
    expect(payment.isSent()).toBe(true);
    payment.settle(1);
    expect(tab.receipt(0)).toMatchObject({ calls: 1, credits: { [WH]: 1 }, budget: { remaining: 9 } });
    expect(said).toEqual(['sent', 'settled 1']);
  });

  it('comes back to both where nothing was sent', () => {
    const { asker, said, budget } = anOperation({ credits: 10 });
    const payment = asker.pay(costing(4));
    payment.release();
    expect(payment.isSent()).toBe(false);
    expect(budget().remaining).toBe(10);
    expect(said).toEqual(['released']);
  });

  it('is refused where its budget does not suffice, before any account is asked', () => {
    const asked: unknown[] = [];
    const { asker, budget } = anOperation({
      credits: 5,
      hold: (endpoint) => {
        asked.push(endpoint);
        throw refusal('BUDGET_EXHAUSTED');
      },
    });
    const error = thrownBy(() => asker.pay(costing(6)));
    expect(error.code).toBe('BUDGET_EXHAUSTED');
    expect(error.message).toContain('creditsMissing');
    // It is the operation's own: neither a provider's name nor a time would be true.
    expect(error.extensions).toEqual({ code: 'BUDGET_EXHAUSTED', retryable: false });
    expect(asked).toEqual([]);
    expect(budget().remaining).toBe(5);
  });

  it('is refused where an account does not suffice, and then nothing stays set aside', () => {
    const empty = refusal('BUDGET_EXHAUSTED', { retryAfterMs: 5 });
    const { asker, budget } = anOperation({
      hold: () => {
        throw empty;
      },
    });
    expect(thrownBy(() => asker.pay(costing(6)))).toBe(empty);
    expect(budget().remaining).toBe(100);
  });

  it('is claimed from all instances together by its hold and endpoint, and what they say is passed on', async () => {
    const empty = refusal('BUDGET_EXHAUSTED');
    const claims: [number, string][] = [];
    const { asker } = anOperation({
      claim: ({ credits }, { name }) => {
        claims.push([credits, name]);
        return claims.length === 1 ? Promise.resolve() : Promise.reject(empty);
      },
    });
    await asker.pay(costing(3)).claim();
    await expect(asker.pay(costing(4)).claim()).rejects.toBe(empty);
    expect(claims).toEqual([
      [3, 'thing'],
      [4, 'thing'],
    ]);
  });

  it('is not offered any more once an account turned out to be empty', () => {
    const { asker, said, budget } = anOperation();
    const empty = refusal('BUDGET_EXHAUSTED', { retryAfterMs: 5 });
    const payment = asker.pay(costing(3));
    payment.refuse(empty);
    payment.release();
    expect(thrownBy(() => asker.pay(costing(1)))).toBe(empty);
    expect(budget().remaining).toBe(100);
    expect(said).toEqual(['released']);
  });

  it('is offered to the other providers still where the budget of one turned out to be used up', () => {
    const { asker } = anOperation();
    const elsewhere = { ...costing(1), provider: 'ECHOTIK' as const };
    const empty = refusal('BUDGET_EXHAUSTED', { provider: 'ECHOTIK', retryAfterMs: 5 });
    asker.pay(elsewhere).refuse(empty);
    expect(thrownBy(() => asker.pay(elsewhere))).toBe(empty);
    asker.pay(costing(1));
    const own = refusal('BUDGET_EXHAUSTED');
    expect([asker.hear(empty, elsewhere), asker.hear(own, costing(1))]).toEqual([empty, own]);
  });

  it('never exceeds its budget, for any interleaving of calls that cost no more than their price', () => {
    const events = fc.array(
      fc.record({
        does: fc.constantFrom('pay', 'pay', 'sent', 'settle', 'release'),
        which: fc.nat(),
        credits: fc.integer({ min: 0, max: 12 }),
      }),
      { maxLength: 80 },
    );
    fc.assert(
      fc.property(events, fc.integer({ min: 0, max: 40 }), (given, credits) => {
        const { asker, tab } = anOperation({ credits });
        const payments: { payment: Payment; price: number }[] = [];
        let refused = 0;
        for (const event of given) {
          const one = payments[event.which % payments.length];
          if (event.does === 'pay') {
            const endpoint = costing(event.credits);
            const before = tab.receipt(0).budget.remaining;
            try {
              payments.push({ payment: asker.pay(endpoint), price: event.credits });
            } catch (error) {
              expect(event.credits).toBeGreaterThan(before);
              asker.hear(error as ShopgraphError, endpoint);
              refused += event.credits;
            }
          }
          if (event.does === 'sent') one?.payment.sent();
          if (event.does === 'settle') one?.payment.settle(Math.min(event.credits, one.price));
          if (event.does === 'release') one?.payment.release();
          const receipt = tab.receipt(0);
          expect(receipt.budget.remaining).toBeGreaterThanOrEqual(0);
          expect(receipt.credits[WH] ?? 0).toBeLessThanOrEqual(credits);
          expect(receipt.budget.missing).toBe(refused);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('what it is told', () => {
  it('of its deadline is one error, whatever the number of calls and whatever they failed of', () => {
    const { asker } = anOperation();
    const heard = [1, 2, 3].map((startsAt) => asker.hear(refusal('DEADLINE_EXCEEDED', { startsAt }), costing(1)));
    expect(new Set(heard).size).toBe(1);
    expect(heard[0]?.code).toBe('DEADLINE_EXCEEDED');
    expect(heard[0]?.extensions).toEqual({ code: 'DEADLINE_EXCEEDED', retryable: true });
  });

  it('of its budget is one error, the first, and the prices of all that was not bought are added up', () => {
    const { asker, budget } = anOperation({ credits: 2 });
    const first = thrownBy(() => asker.pay(costing(3)));
    expect(asker.hear(first, costing(3))).toBe(first);
    expect(
      asker.hear(
        thrownBy(() => asker.pay(costing(5))),
        costing(5),
      ),
    ).toBe(first);
    expect(asker.hear(refusal('BUDGET_EXHAUSTED', { retryAfterMs: 5 }), costing(7))).toBe(first);
    expect(budget()).toEqual({ limit: 2, remaining: 2, missing: 15 });
  });

  it('of questions that one request may carry is what their requests cost, and not each its price', () => {
    const { asker, budget } = anOperation({ credits: 0 });
    const bulk = { ...costing(2), bulk: { param: 'id', as: 'ids', key: 'id', max: 10 } };
    for (let nth = 1; nth <= 21; nth++) asker.hear(refusal('BUDGET_EXHAUSTED'), bulk);
    expect(budget().missing).toBe(6);
  });

  it('of anything else is each failure as it is, and adds nothing to what is missing', () => {
    const { asker, budget } = anOperation();
    for (const code of ['RATE_LIMITED', 'QUOTA_EXHAUSTED', 'UPSTREAM_TIMEOUT', 'CIRCUIT_OPEN'] as const) {
      const failure = refusal(code);
      expect(asker.hear(failure, costing(1))).toBe(failure);
    }
    expect(budget().missing).toBe(0);
  });

  it('is one operation’s own: another is told another error', () => {
    const hear = () => anOperation().asker.hear(refusal('DEADLINE_EXCEEDED'), costing(1));
    expect(hear()).not.toBe(hear());
  });

  it('while its calls travel stands on its receipt', () => {
    const { asker, tab } = anOperation();
    asker.meter.avoided('cache');
    asker.meter.avoided('coalesced');
    asker.meter.stale();
    asker.meter.retried();
    for (const ms of [10, 70, 40]) asker.meter.waited(WH, ms);
    expect(tab.receipt(0)).toMatchObject({
      avoided: { cache: 1, coalesced: 1 },
      stale: 1,
      retries: 1,
      queuedMs: 70,
    });
  });
});

it('it says who asks, and in which lane', () => {
  expect(anOperation({ caller: 'batch', lane: 'background' }).asker).toMatchObject({
    caller: 'batch',
    lane: 'background',
  });
});
