/** Guards what many ids cost: ten to a request, each bought once, after a restart, among operations and among servers on one Redis. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { startSandbox, type Sandbox } from '../src/sandbox/sandbox.ts';
import { documented, makeWorld, notable } from '../src/sandbox/world.ts';
import { systemClock } from '../src/upstream/clock.ts';
import { startRedis } from './redis.ts';
import { serve, tally, type Answer, type Served, type Untyped } from './serve.ts';

/** Of creators nobody else tells: who is asked is no choice. */
const ids = [...makeWorld().creators.keys()].filter((id) => id !== notable.uncollectedCreatorId);
const videos = [...makeWorld().videos.keys()];
const idsFrom = (count: number, from = 0) => ids.slice(from, from + count);
const nodes = (type: string, asked: readonly string[], facts: string) => {
  const named = asked.map((id) => Buffer.from(`${type}:${id}`).toString('base64url'));
  return `{ nodes(ids: ${JSON.stringify(named)}) { ... on ${type} { ${facts} } } }`;
};
const about = (asked: readonly string[]) => nodes('Creator', asked, 'creatorId handle');
interface Named {
  readonly creatorId: string;
  readonly handle: string | null;
}
const told = ({ data }: Answer<Untyped>) => (data.nodes as Named[]).filter(({ handle }) => handle !== null);
const said = (answer: Answer<Untyped>) => told(answer).map(({ creatorId }) => creatorId);

let world: Sandbox;
let folder: string;
beforeEach(async () => {
  world = await startSandbox();
  folder = mkdtempSync(path.join(tmpdir(), 'shopgraph-'));
});
afterEach(async () => {
  await world.close();
  rmSync(folder, { recursive: true });
});

const started = async (env: Record<string, string> = {}, options: Parameters<typeof serve>[0] = {}) => {
  const served = await serve({ world, env, ...options });
  onTestFinished(async () => {
    await served[Symbol.asyncDispose]().then(undefined, () => undefined);
  });
  return served;
};
/** What each request asked for. */
const batches = (): string[][] =>
  world.calls
    .filter(({ endpoint }) => endpoint === 'creators' || endpoint === 'videos')
    .map(({ params }) => String(params.user_ids ?? params.video_ids).split(','));
const sizes = () => batches().map(({ length }) => length);
const callsOf = (answers: readonly Answer<Untyped>[]) =>
  answers.reduce((sum, { extensions }) => sum + extensions!.cost.calls, 0);
const creditsOf = (answers: readonly Answer<Untyped>[]) =>
  answers.reduce((sum, { extensions }) => sum + (extensions!.cost.credits.ECHOTIK ?? 0), 0);

describe('20 ids in one operation', () => {
  it('are two requests and two credits, and none after a restart on the same data, digit for digit', async () => {
    const first = await started({ DATA_DIR: folder });
    const before = await first.ask(about(idsFrom(20)));
    expect(said(before)).toEqual(idsFrom(20));
    expect(sizes()).toEqual([10, 10]);
    expect(before.extensions?.cost).toMatchObject({ calls: 2, credits: { ECHOTIK: 2 } });
    await first[Symbol.asyncDispose]();
    const second = await started({ DATA_DIR: folder });
    const after = await second.ask(about(idsFrom(20)));
    expect(after.calls).toEqual([]);
    expect(after.data).toEqual(before.data);
    expect(after.extensions?.cost).toMatchObject({ calls: 0, credits: {}, avoided: { cache: 20 } });
  });

  it('of which some are kept from before are as few requests as the others take', async () => {
    const first = await started({ DATA_DIR: folder });
    await first.ask(about(idsFrom(5, 3)));
    await first[Symbol.asyncDispose]();
    const second = await started({ DATA_DIR: folder });
    expect(said(await second.ask(about(idsFrom(25))))).toEqual(idsFrom(25));
    expect(sizes()).toEqual([5, 10, 10]);
    expect(new Set(batches().flat()).size).toBe(25);
  });

  it('of which one credit buys ten miss one more, and not ten', async () => {
    const served = await started();
    const { errors, data, extensions } = await served.ask(about(idsFrom(20)), {}, { 'x-max-credits': '1' });
    expect(sizes()).toEqual([10]);
    expect(told({ data } as Answer<Untyped>)).toHaveLength(10);
    expect(errors).toMatchObject([{ extensions: { code: 'BUDGET_EXHAUSTED', creditsMissing: 1 } }]);
    expect(extensions?.cost).toMatchObject({ calls: 1, budget: { limit: 1, remaining: 0, missing: 1 } });
    expect((await served.ask(about(idsFrom(20)), {}, { 'x-max-credits': '1' })).errors).toBeUndefined();
    expect(sizes()).toEqual([10, 10]);
  });

  it('fail by one error for each request that failed', async () => {
    const served = await started();
    world.fail({ provider: 'echotik', fault: 'code', code: 400, times: 1 });
    const { errors, data } = await served.ask(about(idsFrom(20)));
    expect(errors).toHaveLength(1);
    expect(told({ data } as Answer<Untyped>)).toHaveLength(10);
  });

  it('where their provider is not configured are one error and no request', async () => {
    const served = await started({}, { only: ['winninghunter'] });
    const { errors, calls } = await served.ask(about(idsFrom(20)));
    expect(errors).toMatchObject([{ extensions: { code: 'NOT_CONFIGURED', provider: 'ECHOTIK' } }]);
    expect(calls).toEqual([]);
  });

  it('that a client did not wait for land all the same', async () => {
    const served = await started({ DATA_DIR: folder }, { deps: { clock: systemClock } });
    world.set({ latencyMs: 400 });
    const { errors } = await served.ask(about(idsFrom(20)), {}, { 'x-deadline-ms': '200' });
    expect(errors).toMatchObject([{ extensions: { code: 'DEADLINE_EXCEEDED' } }]);
    // The server waits for what is in the air before it closes.
    await served[Symbol.asyncDispose]();
    const second = await started({ DATA_DIR: folder });
    expect((await second.ask(about(idsFrom(20)))).calls).toEqual([]);
    expect(sizes()).toEqual([10, 10]);
  });
});

it('many operations at once buy each id once, and their receipts add up to what was bought', async () => {
  const served = await started({ DATA_DIR: folder });
  world.set({ latencyMs: 30 });
  const wanted = Array.from({ length: 12 }, (_, nth) => idsFrom(20, nth));
  const answers = await Promise.all(wanted.map((each) => served.ask(about(each))));
  expect(answers.map(said)).toEqual(wanted);
  expect(batches().flat()).toHaveLength(31);
  expect(new Set(batches().flat()).size).toBe(31);
  expect([callsOf(answers), creditsOf(answers)]).toEqual([batches().length, world.credits('echotik')]);
  for (const { extensions } of answers) expect(extensions!.cost.calls).toBeLessThanOrEqual(2);
});

describe('a provider', () => {
  it('that has no credits left for us leaves the others as they are', async () => {
    const served = await started();
    world.fail({ provider: 'echotik', fault: 'quota' });
    expect((await served.ask(about(idsFrom(5)))).errors).toMatchObject([{ extensions: { code: 'QUOTA_EXHAUSTED' } }]);
    const { errors, calls } = await served.ask(`{ shop(id: "${documented.shopId}") { name } }`);
    expect([errors, tally(calls)]).toEqual([undefined, { shopDetail: 1 }]);
    const again = await served.ask(about(idsFrom(5, 5)));
    expect([again.errors?.map(({ extensions }) => extensions.code), again.calls]).toEqual([['QUOTA_EXHAUSTED'], []]);
  });

  it.each([
    ['ECHOTIK', 2, 9],
    ['WINNING_HUNTER', 9, 2],
  ])('%s alone stands in line after a restart for what was sent to it before', async (_who, ofEt, ofWh) => {
    const limited = () =>
      started(
        { DATA_DIR: folder },
        {
          deps: { clock: systemClock },
          configure: (config) => ({
            ...config,
            echotik: { ...config.echotik, rate: { slots: ofEt, windowMs: 60_000 } },
            winninghunter: { ...config.winninghunter, rate: { slots: ofWh, windowMs: 60_000 } },
          }),
        },
      );
    const suggest = (q: string) => `{ suggestions(type: PRODUCT, query: "${q}") { name } }`;
    const first = await limited();
    await first.ask(about(idsFrom(20)));
    await first.ask(suggest('glow'));
    await first.ask(suggest('serum'));
    expect(world.calls).toHaveLength(4);
    await first[Symbol.asyncDispose]();
    const second = await limited();
    const codes = async (document: string) =>
      (await second.ask(document, {}, { 'x-deadline-ms': '3000' })).errors?.map(({ extensions }) => extensions.code) ??
      [];
    const late = ['DEADLINE_EXCEEDED'];
    expect(await codes(about(idsFrom(1, 30)))).toEqual(ofEt === 2 ? late : []);
    expect(await codes(suggest('other'))).toEqual(ofWh === 2 ? late : []);
  });
});

describe('a provider whose budget for the month is used up', () => {
  const rated = (asked: readonly string[]) => nodes('Product', asked, 'productId rating');
  const products = [...makeWorld().products.keys()];
  const isWhole = ({ data, errors, extensions }: Answer<Untyped>) => {
    expect(errors).toBeUndefined();
    expect(extensions!.cost.budget.missing).toBe(0);
    expect((data.nodes as { rating: number | null }[]).filter(({ rating }) => rating === null)).toEqual([]);
  };

  it('is replaced by the next, as one that fails is', async () => {
    const served = await started({ ECHOTIK_MONTHLY_CREDITS: '1' });
    isWhole(await served.ask(rated(products.slice(0, 20))));
    expect(world.credits('echotik')).toBe(1);
  });

  it('by what all servers on one Redis have spent is replaced, too', async () => {
    await using redis = await startRedis();
    const env = { REDIS_URL: redis.url, ECHOTIK_MONTHLY_CREDITS: '2' };
    const [one, other] = [
      await started(env, { deps: { clock: systemClock } }),
      await started(env, { deps: { clock: systemClock } }),
    ];
    isWhole(await one.ask(rated(products.slice(0, 20))));
    isWhole(await other.ask(rated(products.slice(20, 40))));
    expect(world.credits('echotik')).toBe(2);
    await Promise.all([one, other].map((each) => each[Symbol.asyncDispose]()));
  });
});

describe('on one Redis', () => {
  const servers = (url: string, count: number): Promise<Served[]> =>
    Promise.all(
      Array.from({ length: count }, () =>
        started({ REDIS_URL: url, INSTANCES: '3' }, { deps: { clock: systemClock } }),
      ),
    );

  it('20 ids are two requests, again and again', async () => {
    await using redis = await startRedis();
    const [served] = await servers(redis.url, 1);
    for (let round = 0; round < 8; round++) {
      const asked = videos.slice(round * 20, round * 20 + 20);
      const { data, extensions } = await served!.ask(nodes('Video', asked, 'videoId caption'));
      expect((data.nodes as { videoId: string }[]).map(({ videoId }) => videoId)).toEqual(asked);
      expect(extensions!.cost).toMatchObject({ calls: 2, credits: { ECHOTIK: 2 } });
    }
    expect(sizes()).toEqual(Array(16).fill(10));
    await served![Symbol.asyncDispose]();
  });

  it('three servers that are asked the same at once buy each id once, and none when they are asked again', async () => {
    await using redis = await startRedis();
    world.set({ latencyMs: 50 });
    const three = await servers(redis.url, 3);
    const ask = () =>
      Promise.all(Array.from({ length: 30 }, (_, nth) => three[nth % 3]!.ask(about(idsFrom(20, nth % 5)))));
    const answers = await ask();
    answers.forEach((answer, nth) => {
      expect(answer.errors).toBeUndefined();
      expect(said(answer)).toEqual(idsFrom(20, nth % 5));
    });
    expect(batches().flat()).toHaveLength(24);
    expect(new Set(batches().flat()).size).toBe(24);
    // Each server may have asked for its share in requests that are not full.
    expect(batches().length).toBeLessThanOrEqual(9);
    expect([callsOf(answers), creditsOf(answers)]).toEqual([batches().length, world.credits('echotik')]);
    const asked = world.calls.length;
    for (const answer of await ask()) expect(answer.extensions?.cost.calls).toBe(0);
    expect(world.calls).toHaveLength(asked);
    await Promise.all(three.map((each) => each[Symbol.asyncDispose]()));
  });

  it('a request that one server made and that failed is one error in the answers of the others', async () => {
    await using redis = await startRedis();
    world.set({ latencyMs: 500 });
    world.fail({ provider: 'echotik', fault: 'code', code: 400 });
    const [one, other] = await servers(redis.url, 2);
    const first = one!.ask(about(idsFrom(10)));
    await expect.poll(() => world.calls.length).toBe(1);
    const second = await other!.ask(about(idsFrom(10)));
    expect((await first).errors).toHaveLength(1);
    expect(world.calls).toHaveLength(1);
    expect(second.errors).toHaveLength(1);
    await Promise.all([one, other].map((each) => each![Symbol.asyncDispose]()));
  });

  it('that stops answering in the middle hangs nobody: each server asks for itself', async () => {
    await using redis = await startRedis();
    const three = await servers(redis.url, 3);
    await Promise.all(three.map((each) => each.ask(about(idsFrom(10)))));
    redis.hang();
    const answers = await Promise.all(three.map((each) => each.ask(about(idsFrom(20, 20)))));
    redis.resume();
    for (const answer of answers) expect(said(answer)).toEqual(idsFrom(20, 20));
    await Promise.all(three.map((each) => each[Symbol.asyncDispose]()));
  }, 30_000);
});
