/** What a policy is given in these tests: a question, a meter that remembers, and an end of the way that plays a script. */
import * as z from 'zod';
import { ShopgraphError, type ErrorCode } from '../../src/errors.ts';
import type { Endpoint } from '../../src/providers/provider.ts';
import type { Asker, Lane, Payment } from '../../src/upstream/asker.ts';
import type { Answer, Ask, Call } from '../../src/upstream/pipeline.ts';

export function anEndpoint(changes: Partial<Endpoint> = {}): Endpoint {
  return {
    provider: 'WINNING_HUNTER',
    name: 'thing',
    method: 'GET',
    path: '/things/{id}',
    params: z.object({ id: z.string(), page: z.int().optional(), tag: z.string().optional() }),
    data: z.unknown(),
    credits: 1,
    ttlMs: 60_000,
    ...changes,
  };
}

/** An asker whose time and credits the test says, and who remembers what it was told, oldest first. */
export interface TestAsker extends Asker {
  readonly told: string[];
  /** Its time is over. */
  readonly leave: () => void;
}

interface AskerOptions {
  readonly caller?: string;
  readonly lane?: Lane;
  readonly deadline?: number;
  readonly credits?: number;
}

export function anAsker({
  caller = 'someone',
  lane = 'interactive',
  deadline = Infinity,
  ...rest
}: AskerOptions = {}): TestAsker {
  const told: string[] = [];
  const say = (what: string) => {
    told.push(what);
  };
  let credits = rest.credits ?? Infinity;
  let isWaiting = true;
  const listeners = new Set<() => void>();
  const pay = ({ credits: price }: Endpoint): Payment => {
    if (price > credits) throw refusal('BUDGET_EXHAUSTED');
    return paymentOf(price);
  };
  const paymentOf = (price: number): Payment => {
    credits -= price;
    let isSent = false;
    return {
      caller,
      requestId: 'a request',
      isSent: () => isSent,
      expected: () => {
        say(`expected ${price}`);
      },
      claim: () => Promise.resolve(),
      sent: () => {
        isSent = true;
        say(`sent ${price}`);
      },
      settle: (charged) => {
        credits += price - charged;
        say(`settled ${charged}`);
      },
      again: (next) => paymentOf(next.credits),
      release: () => {
        if (isSent) return;
        credits += price;
        say(`released ${price}`);
      },
      refuse: () => {
        credits = -Infinity;
        say('refused');
      },
    };
  };
  return {
    caller,
    lane,
    deadline,
    told,
    pay,
    isWaiting: () => isWaiting,
    leave: () => {
      isWaiting = false;
      for (const listener of listeners) listener();
    },
    onGone: (then) => {
      listeners.add(then);
      return () => {
        listeners.delete(then);
      };
    },
    hear: (failure) => failure,
    meter: {
      avoided: (reason) => {
        say(`avoided ${reason}`);
      },
      stale: () => {
        say('stale');
      },
      waited: (_provider, ms) => {
        say(`waited ${ms}`);
      },
      retried: () => {
        say('retried');
      },
    },
  };
}

export interface TestCall extends Call {
  readonly asker: TestAsker;
  /** What its asker was told. */
  readonly told: string[];
}

export function aCall(key = 'a', endpoint = anEndpoint(), asker = anAsker()): TestCall {
  return { endpoint, params: { id: key }, key, asker, told: asker.told };
}

/** Given at the moment at which a fake clock starts, unless said otherwise. */
export const anAnswer = (data: unknown = {}, fetchedAt = Date.UTC(2030, 0, 1)): Answer => ({
  data,
  fetchedAt,
  bytes: 100,
});

export const refusal = (code: ErrorCode, details: ConstructorParameters<typeof ShopgraphError>[1] = {}) =>
  new ShopgraphError(code, details);

/** Ends the way: each call is answered by what `play` makes of its number (from 1); `calls` are those that came through. */
export function ending(play: (nth: number, call: Call) => Answer | Error | Promise<Answer>): {
  ask: Ask;
  calls: Call[];
} {
  const calls: Call[] = [];
  const ask: Ask = async (call) => {
    calls.push(call);
    const outcome = await play(calls.length, call);
    if (outcome instanceof Error) throw outcome;
    return outcome;
  };
  return { ask, calls };
}

/** An answer that comes when the test says so. */
export function held(): { promise: Promise<Answer>; answer: (answer: Answer) => void; fail: (error: Error) => void } {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  return { promise, answer: resolve, fail: reject };
}

/** What a promise was rejected with; fails the test if it was not. */
export async function failureOf(promise: Promise<unknown>): Promise<ShopgraphError> {
  const error: unknown = await promise.then(
    (value) => value,
    (reason: unknown) => reason,
  );
  if (error instanceof ShopgraphError) return error;
  throw new Error('expected a ShopgraphError', { cause: error });
}
