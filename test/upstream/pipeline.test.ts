/** Guards the way a call travels: the policies see it in the order they are named, the sender last. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ShopgraphError } from '../../src/errors.ts';
import { createOperationAsker, type OperationAsker } from '../../src/operation-asker.ts';
import { createTab, type Tab } from '../../src/plan/receipt.ts';
import { createAccounts } from '../../src/upstream/accounts.ts';
import { admit } from '../../src/upstream/admit.ts';
import { givenUp } from '../../src/upstream/asker.ts';
import { cache } from '../../src/upstream/cache.ts';
import { coalesce } from '../../src/upstream/coalesce.ts';
import { pipeline, type Answer, type Ask, type Call, type Step } from '../../src/upstream/pipeline.ts';
import { retry } from '../../src/upstream/retry.ts';
import { aCall, anAnswer, anEndpoint, ending, refusal } from './calls.ts';
import { fakeClock, settled } from './clock.ts';

it('each policy sees the call on its way there in the order named, and the answer on its way back in reverse', async () => {
  const seen: string[] = [];
  const watch =
    (name: string): Step =>
    (next) =>
    async (call) => {
      seen.push(`${name} asks ${call.key}`);
      const answer = await next(call);
      seen.push(`${name} answers`);
      return answer;
    };
  const { ask } = ending(() => {
    seen.push('sent');
    return anAnswer('from the end');
  });
  const answer = await pipeline(watch('first'), watch('second'), ask)(aCall('k'));
  expect(answer.data).toBe('from the end');
  expect(seen).toEqual(['first asks k', 'second asks k', 'sent', 'second answers', 'first answers']);
});

it('a policy that answers itself keeps the call from going further', async () => {
  const { ask, calls } = ending(() => anAnswer('bought'));
  const shortcut: Step = () => () => Promise.resolve(anAnswer('at hand'));
  expect((await pipeline(shortcut, ask)(aCall())).data).toBe('at hand');
  expect(calls).toEqual([]);
});

it('without policies the sender is asked as it is', async () => {
  const { ask, calls } = ending(() => anAnswer('bought'));
  expect((await pipeline(ask)(aCall())).data).toBe('bought');
  expect(calls.length).toBe(1);
});

const endpoints = {
  plain: anEndpoint({ name: 'plain', ttlMs: 10_000 }),
  dear: anEndpoint({ name: 'dear', ttlMs: 10_000, credits: 2 }),
  refreshed: anEndpoint({ name: 'refreshed', ttlMs: 1000, refreshMs: 20_000 }),
  'never kept': anEndpoint({ name: 'never kept', ttlMs: 0 }),
};
type Key = keyof typeof endpoints;
const keys = Object.keys(endpoints) as Key[];

/** By name: what it may spend in a month. All instances together find the account of `disputed` empty. */
const callers = { rich: null, modest: 2, penniless: 0, disputed: null };
type CallerName = keyof typeof callers;

const outcomes = {
  answer: () => anAnswer(),
  limited: () => refusal('RATE_LIMITED', { creditsCharged: 0 }),
  'limited for a while': () => refusal('RATE_LIMITED', { creditsCharged: 0, retryAfterMs: 1500 }),
  'cut off': () => refusal('UPSTREAM_UNAVAILABLE'),
  timeout: () => refusal('UPSTREAM_TIMEOUT'),
  'used up': () => refusal('QUOTA_EXHAUSTED', { creditsCharged: 0 }),
} satisfies Record<string, () => Answer | ShopgraphError>;
type OutcomeName = keyof typeof outcomes;

interface Event {
  readonly what:
    | { do: 'ask'; key: Key; caller: CallerName; deadlineMs: number; maxCredits: number; isBackground: boolean }
    | { do: 'leave'; nth: number }
    | { do: 'send'; nth: number }
    | { do: 'end'; nth: number; how: OutcomeName }
    | { do: 'pass'; ms: number };
  /** How many instants pass before the next; null: as many as it takes. */
  readonly instants: number | null;
}

const nth = fc.nat({ max: 20 });
const event: fc.Arbitrary<Event> = fc.record({
  what: fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constant('ask' as const),
        key: fc.constantFrom<Key[]>('plain', 'plain', 'refreshed', 'refreshed', 'dear', 'never kept'),
        caller: fc.constantFrom<CallerName[]>('rich', 'rich', 'rich', 'modest', 'penniless', 'disputed'),
        deadlineMs: fc.integer({ min: 1, max: 20_000 }),
        maxCredits: fc.constantFrom(0, 1, 3, 9, 9),
        isBackground: fc.boolean(),
      }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('leave' as const), nth }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('send' as const), nth }) },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('end' as const),
        nth,
        how: fc.constantFrom<OutcomeName[]>(
          ...(['answer', 'answer', 'answer', 'limited', 'limited for a while'] as const),
          ...(['cut off', 'timeout', 'used up'] as const),
        ),
      }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.nat({ max: 3000 }) }) },
  ),
  instants: fc.oneof(fc.nat({ max: 8 }), fc.constant(null)),
});

interface Asked {
  readonly asker: OperationAsker;
  readonly tab: Tab;
  readonly key: Key;
  outcome: PromiseSettledResult<Answer> | undefined;
}

/** Lets everything happen as told, and then whatever it takes until nothing more does. */
async function happened(events: readonly Event[]) {
  const clock = fakeClock();
  const wrong: string[] = [];
  const accounts = createAccounts({ clock, monthlyCredits: { WINNING_HUNTER: Infinity } });
  const memory = cache({ clock, bytesMax: 1e6, onLook: () => undefined });
  const flights = coalesce();

  const line: (() => void)[] = [];
  const air: ((outcome: Answer | ShopgraphError) => void)[] = [];
  const underWay = new Set<string>();
  let charged = 0;

  /** As a line does it, for as long as somebody waits. */
  const turn = ({ asker }: Call) =>
    new Promise<void>((resolve, reject) => {
      const go = () => {
        forget();
        resolve();
      };
      const forget = asker.onGone(() => {
        line.splice(line.indexOf(go), 1);
        reject(givenUp());
      });
      line.push(go);
    });

  /** As the ledger does it. */
  const bought = async (call: Call) => {
    const { payment, asker, endpoint, key } = call;
    if (!asker.isWaiting()) throw givenUp();
    await payment!.claim();
    payment!.sent();
    if (memory.peek(key) !== undefined) wrong.push(`${key} is bought though it is at hand`);
    const outcome = await new Promise<Answer | ShopgraphError>((resolve) => air.push(resolve));
    const said = outcome instanceof ShopgraphError ? outcome.details.creditsCharged : undefined;
    const credits = said ?? endpoint.credits;
    payment!.settle(credits);
    charged += credits;
    if (outcome instanceof ShopgraphError) throw outcome;
    return { ...outcome, fetchedAt: clock.now() };
  };
  const end: Ask = async (call) => {
    if (underWay.has(call.key)) wrong.push(`${call.key} is under way twice`);
    underWay.add(call.key);
    try {
      await turn(call);
      return await bought(call);
    } finally {
      underWay.delete(call.key);
    }
  };
  const rule = { attemptsMax: 4, failedMax: 99, chargedMax: 2, waitMsMin: 200, waitMsMax: 1000, retryAfterMsMax: 2000 };
  const asking = pipeline(
    memory.look,
    flights.step,
    memory.keep,
    retry({ clock, random: () => 0.5, ...rule }),
    admit,
    end,
  );

  const all: Asked[] = [];
  const ask = ({ key, caller, deadlineMs, maxCredits, isBackground }: Extract<Event['what'], { do: 'ask' }>) => {
    const tab = createTab(maxCredits);
    const endpoint = endpoints[key];
    const asker = createOperationAsker({
      ...{ clock, caller, deadlineMs, tab, requestId: 'a request' },
      lane: isBackground ? 'background' : 'interactive',
      hold: () => {
        // What is bought in the background is tried again after the operation has been answered.
        if (!asker.isWaiting() && endpoint !== endpoints.refreshed) wrong.push(`${caller} pays though it has left`);
        return accounts.hold({ name: caller, monthlyCredits: callers[caller] }, endpoint);
      },
      claim: () => (caller === 'disputed' ? Promise.reject(refusal('BUDGET_EXHAUSTED')) : Promise.resolve()),
    });
    const asked: Asked = { asker, tab, key, outcome: undefined };
    all.push(asked);
    void Promise.allSettled([asking({ endpoint, params: { id: key }, key, asker })]).then(([outcome]) => {
      asked.outcome = outcome;
      asker.leave();
    });
  };

  const pick = <T>(from: readonly T[], which: number): T | undefined => from[which % Math.max(1, from.length)];
  const take = <T>(from: T[], which: number): T | undefined => from.splice(which % Math.max(1, from.length), 1)[0];
  const act = async (what: Event['what']) => {
    switch (what.do) {
      case 'ask':
        ask(what);
        return;
      case 'leave':
        pick(all, what.nth)?.asker.leave();
        return;
      case 'send':
        take(line, what.nth)?.();
        return;
      case 'end':
        take(air, what.nth)?.(outcomes[what.how]());
        return;
      case 'pass':
        await clock.advance(what.ms);
    }
  };

  for (const { what, instants } of events) {
    await act(what);
    for (let instant = 0; instant < (instants ?? 0); instant++) await Promise.resolve();
    if (instants !== null) continue;
    await settled();
    for (const { asker, outcome } of all) {
      if (!asker.isWaiting() && !outcome) wrong.push('who has left is still waiting');
    }
  }

  await settled();
  // Time passes only for calls that are under way, so that what they leave behind is found.
  for (let round = 0; round < 100 && keys.some(flights.has); round++) {
    for (const go of line.splice(0)) go();
    await settled();
    for (const land of air.splice(0)) land(anAnswer());
    await settled();
    if (line.length === 0 && air.length === 0 && keys.some(flights.has)) await clock.advance(clock.nextInMs() ?? 0);
  }
  return { clock, wrong, accounts, all, charged, isOver: !keys.some(flights.has) };
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);

describe('whatever is asked, left, sent, answered and refused, in whatever order', () => {
  it(
    'everybody is told something, no question is under way twice or bought though it is at hand, ' +
      'who leaves is told at once and pays nothing, all credits are settled or given back, and nothing is left behind',
    async () => {
      const unheard: unknown[] = [];
      const listener = (reason: unknown) => unheard.push(reason);
      process.on('unhandledRejection', listener);
      await fc.assert(
        fc.asyncProperty(fc.array(event, { maxLength: 60, size: 'max' }), async (events) => {
          const { clock, wrong, accounts, all, charged, isOver } = await happened(events);
          expect(wrong).toEqual([]);
          expect([isOver, clock.nextInMs()]).toEqual([true, undefined]);
          expect(all.filter(({ outcome }) => !outcome)).toEqual([]);
          for (const { outcome } of all) {
            if (outcome?.status === 'rejected') expect(outcome.reason).toHaveProperty('code');
          }

          const receipts = all.map(({ tab }) => tab.receipt(0));
          const spent = receipts.map(({ credits }) => sum(Object.values(credits)));
          receipts.forEach(({ budget: { limit, remaining } }, index) => {
            expect(limit - remaining).toBe(spent[index]);
            expect(remaining).toBeGreaterThanOrEqual(0);
          });
          expect(sum(spent)).toBe(charged);
          for (const { held, unsettled } of accounts.all()) expect([held, unsettled]).toEqual([0, 0]);
          expect(accounts.ofProvider('WINNING_HUNTER').used).toBe(charged);
        }),
        { numRuns: 1200, interruptAfterTimeLimit: 2500 },
      );
      await settled();
      process.off('unhandledRejection', listener);
      expect(unheard).toEqual([]);
    },
  );
});
