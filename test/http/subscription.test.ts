/** Guards events: a product of JD.com as it comes, or why it does not, over server-sent events; paid once, and given up with who listens. */
import { Writable } from 'node:stream';
import { createClient, type Client } from 'graphql-sse';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { notable } from '../../src/sandbox/ids.ts';
import { systemClock, type Clock } from '../../src/upstream/clock.ts';
import { partsOf, type Part } from '../parts.ts';
import { serve, tally, type Served, type Untyped } from '../serve.ts';

const id = notable.pricedJdItemId;
const title = '静音无线鼠标 & 键盘套装';
const collected = `subscription Collected($id: ID! = "${id}") {
  jdProduct(id: $id) {
    __typename
    ... on LookupPending { productId retryAfterMs }
    ... on JdProduct { productId title }
    ... on LookupFailed { productId code }
  }
}`;

/** The world's own time, so many times as fast: what is waited for in it takes a moment here. */
const SPEED = 20;
function fastClock(): Clock {
  const startedAt = Date.now();
  return {
    now: () => startedAt + (Date.now() - startedAt) * SPEED,
    after: (ms, then) => systemClock.after(ms / SPEED, then),
  };
}

type Options = NonNullable<Parameters<typeof serve>[0]>;
const slowly = (jdPendingPolls: number, { deps = {}, ...options }: Options = {}) =>
  serve({ ...options, sandbox: { jdPendingPolls }, deps: { clock: fastClock(), ...deps } });
const calls = ({ sandbox }: Served) => tally(sandbox.calls).jdItem ?? 0;

type Asking = Parameters<typeof partsOf>[2];
const events = (served: Served, document = collected, asking: Asking = {}): Promise<Part[]> =>
  Array.fromAsync(partsOf(served, document, { accept: 'text/event-stream', ...asking }));
const said = (parts: readonly Pick<Part, 'data'>[]) => parts.map(({ data }): Untyped => (data as Untyped).jdProduct);
const types = (parts: readonly Pick<Part, 'data'>[]) => said(parts).map(({ __typename }) => __typename as string);

/** The answers that are in the log, each with what it cost. */
function logged() {
  const lines: { msg: string; calls: number; operationName: string }[] = [];
  const write = (chunk: Buffer, _encoding: string, done: () => void) => {
    lines.push(JSON.parse(chunk.toString()) as (typeof lines)[number]);
    done();
  };
  return { log: pino({}, new Writable({ write })), answers: () => lines.filter(({ msg }) => msg === 'answered') };
}

describe('a subscription to a product', () => {
  it('is told that it is pending, then what it is, and what that cost; it is logged as one answer', async () => {
    const { log, answers } = logged();
    await using served = await slowly(3, { deps: { log } });
    const parts = await events(served);
    expect(said(parts)).toEqual([
      { __typename: 'LookupPending', productId: id, retryAfterMs: expect.any(Number) as number },
      { __typename: 'JdProduct', productId: id, title },
    ]);
    expect(parts.at(-1)!.extensions!.cost).toMatchObject({ calls: 4, credits: { JUST_ONE_API: 1 } });
    expect([calls(served), served.sandbox.credits('justoneapi')]).toEqual([4, 1]);
    expect(answers()).toMatchObject([{ operationName: 'Collected', calls: 4 }]);
  });

  it('has one event where it is known already, which costs nothing', async () => {
    await using served = await slowly(1);
    await events(served);
    const before = calls(served);
    const parts = await events(served);
    expect(types(parts)).toEqual(['JdProduct']);
    expect(parts[0]!.extensions!.cost).toMatchObject({ calls: 0, avoided: { cache: 1 } });
    expect(calls(served)).toBe(before);
  });

  it('shares one task with all who listen', async () => {
    await using served = await slowly(3);
    const all = await Promise.all(Array.from({ length: 30 }, () => events(served)));
    expect(all.map(types)).toEqual(Array(30).fill(['LookupPending', 'JdProduct']));
    expect([calls(served), served.sandbox.credits('justoneapi')]).toEqual([4, 1]);
  });

  it.each([
    ['nobody knows the id', { variables: { id: '99999999' } }, ['LookupPending', 'LookupFailed'], 'NOT_FOUND'],
    [
      'its time is over',
      { headers: { 'x-deadline-ms': '300' } },
      ['LookupPending', 'LookupFailed'],
      'DEADLINE_EXCEEDED',
    ],
    ['there are no credits for it', { headers: { 'x-max-credits': '0' } }, ['LookupFailed'], 'BUDGET_EXHAUSTED'],
  ] as const)('ends with a failure where %s', async (_why, asking, expected, code) => {
    await using served = await slowly(2);
    const parts = await events(served, collected, asking);
    expect(types(parts)).toEqual(expected);
    expect(said(parts).at(-1)).toMatchObject({ code });
  });

  it('ends with a failure where the provider fails', async () => {
    await using served = await slowly(2);
    served.sandbox.fail({ provider: 'justoneapi', fault: 'quota' });
    const parts = await events(served);
    expect(said(parts).at(-1)).toMatchObject({ __typename: 'LookupFailed', code: 'QUOTA_EXHAUSTED' });
  });

  it('of what is no id is an error, and buys nothing', async () => {
    await using served = await slowly(2);
    const [only, ...others] = await events(served, collected, { variables: { id: 'no id' } });
    expect(only).toMatchObject({
      errors: [{ path: ['jdProduct'], extensions: { code: 'BAD_INPUT', retryable: false } }],
    });
    expect([others, calls(served)]).toEqual([[], 0]);
  });

  it('may defer what is slow of an event', async () => {
    await using served = await slowly(1);
    const document = `subscription { jdProduct(id: "${id}") { __typename ... on JdProduct { id ... @defer { title } } } }`;
    const parts = await events(served, document);
    expect(parts.map(({ hasNext }) => hasNext)).toEqual([undefined, true, false]);
    expect(parts.at(-1)).toMatchObject({
      incremental: [{ data: { title }, path: ['jdProduct'] }],
      extensions: { cost: { credits: { JUST_ONE_API: 1 } } },
    });
  });
});

describe('who leaves a subscription', () => {
  it('is not waited for: what was bought lands all the same, and the server closes', async () => {
    const { log, answers } = logged();
    const served = await slowly(4, { deps: { log } });
    const leaving = new AbortController();
    const left = partsOf(served, collected, { accept: 'text/event-stream', signal: leaving.signal });
    await left.next();
    leaving.abort();
    await expect.poll(() => answers().length).toBe(1);
    await expect.poll(async () => types(await events(served)).at(-1)).toBe('JdProduct');
    expect(served.sandbox.credits('justoneapi')).toBe(1);
    await served[Symbol.asyncDispose]();
  });

  it('because the server closes is not waited for either', async () => {
    const served = await slowly(1000, { deps: { clock: systemClock } });
    const listening = Array.from({ length: 10 }, () => partsOf(served, collected, { accept: 'text/event-stream' }));
    await Promise.all(listening.map((each) => each.next()));
    const startedAt = performance.now();
    await served[Symbol.asyncDispose]();
    expect(performance.now() - startedAt).toBeLessThan(2000);
    await Promise.allSettled(listening.map((each) => each.next()));
  });
});

describe('the client graphql-sse', () => {
  /** One connection for each operation, since the server keeps nothing between them. */
  const clientOf = ({ origin }: Served): Client => createClient({ url: `${origin}/graphql`, retryAttempts: 0 });

  it('hears the events of each of its subscriptions', async () => {
    await using served = await slowly(2);
    const client = clientOf(served);
    const heard = await Promise.all([1, 2].map(() => Array.fromAsync(client.iterate({ query: collected }))));
    client.dispose();
    expect(heard.map(types)).toEqual(Array(2).fill(['LookupPending', 'JdProduct']));
    expect(served.sandbox.credits('justoneapi')).toBe(1);
  });

  it('is answered a query, whole and in parts', async () => {
    await using served = await slowly(1);
    const client = clientOf(served);
    const [whole] = await Array.fromAsync(client.iterate({ query: '{ shop(id: 7) { shopId } }' }));
    const parts = await Array.fromAsync(client.iterate({ query: '{ shop(id: 7) { shopId ... @defer { name } } }' }));
    client.dispose();
    expect(whole).toMatchObject({ data: { shop: { shopId: '7' } } });
    expect(parts).toHaveLength(2);
  });

  it('may leave in the middle', async () => {
    const { log, answers } = logged();
    await using served = await slowly(4, { deps: { log } });
    const client = clientOf(served);
    for await (const event of client.iterate({ query: collected })) {
      expect(types([event])).toEqual(['LookupPending']);
      break;
    }
    client.dispose();
    await expect.poll(() => answers().length).toBe(1);
  });
});

it.each(['application/json', 'application/graphql-response+json', 'multipart/mixed'])(
  'who takes %s alone is told in JSON that there are events, and nothing is bought',
  async (accept) => {
    await using served = await slowly(1);
    const headers = { 'content-type': 'application/json', accept };
    const body = JSON.stringify({ query: collected });
    const response = await fetch(`${served.origin}/graphql`, { method: 'POST', headers, body });
    expect(response.status).toBe(406);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_INPUT' } }] });
    expect(calls(served)).toBe(0);
  },
);
