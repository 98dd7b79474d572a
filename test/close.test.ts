/** Guards the end: what a server was busy with leaves no timer, socket or unheard failure behind, and its process ends by itself. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { documented } from '../src/sandbox/world.ts';
import { systemClock, type Clock } from '../src/upstream/clock.ts';
import { startRedis } from './redis.ts';
import { serve, type Served } from './serve.ts';

const suggest = 'query ($q: String!) { suggestions(type: PRODUCT, query: $q) { name } }';
const shopOf = 'query ($id: ID!) { shop(id: $id) { name products(first: 3) { nodes { title } } } }';

type Counts = Readonly<Partial<Record<string, number>>>;

interface Report {
  /** Timers, by the file that set them: when all was answered, when much was under way, and at the end. */
  readonly armed: Readonly<Record<string, Counts>>;
  /** What operations came to. */
  readonly outcomes: Counts;
  readonly rejections: readonly string[];
  /** What would keep the process up. */
  readonly resources: readonly string[];
  readonly closingMs: number;
  /** When all was closed, in ms since the epoch. */
  readonly closedAt: number;
}

/** A life: what is done with a server until it is closed. Plays in a process of its own. */
type Life = (world: World) => Promise<void>;

interface World {
  readonly ask: (document: string, variables: object, deadlineMs: number) => Promise<void>;
  readonly served: Served;
  readonly redis: Awaited<ReturnType<typeof startRedis>> | null;
  /** Notes which timers are armed. */
  readonly note: (moment: string) => void;
  /** Until the line has a timer: now and then it asks Redis for slots, and has none meanwhile. */
  readonly lineWaits: () => Promise<void>;
  /** Moves the clock on. */
  readonly pass: (ms: number) => void;
}

/** In a window that outlasts the test: what comes after waits in line. */
const SLOTS = 60;

const times = <Result>(count: number, work: (nth: number) => Result) =>
  Array.from({ length: count }, (_, n) => work(n));

/** A client that does not wait for its answer. */
const leave = async ({ origin }: Served, query: string) => {
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ query, variables: { q: 'left alone' } });
  const asked = fetch(`${origin}/graphql`, { method: 'POST', headers, body, signal: AbortSignal.timeout(30) });
  await asked.catch(() => undefined);
};

/** Shared flights, a full line, retries that sleep, and a client that leaves. */
const busy: Life = async ({ ask, served, note, lineWaits }) => {
  const { sandbox } = served;
  await Promise.all(times(100, (n) => ask(suggest, { q: `same ${n % 5}` }, 90_000)));
  sandbox.fail({ path: 'suggestions', fault: 'server-error', times: 5 });
  await Promise.all(times(20, (n) => ask(suggest, { q: `tried again ${n}` }, 90_000)));
  // Nobody waits for Redis to hear that flights have landed.
  await sleep(100);
  note('answered');
  sandbox.fail({ path: 'shop-detail', fault: 'rate-limit', retryAfterS: 20 });
  for (const n of times(20, (nth) => nth % 10)) void ask(shopOf, { id: `${documented.shopId}${n}` }, 90_000);
  for (const n of times(70, (nth) => nth % 60)) void ask(suggest, { q: `waits ${n}` }, 90_000);
  await Promise.all([...times(10, (n) => ask(suggest, { q: `in haste ${n}` }, 200)), leave(served, suggest)]);
  while (sandbox.calls.length < SLOTS) await sleep(10);
  await sleep(100);
  await lineWaits();
  note('under way');
};

/** Old answers are given at once, and the new ones that are bought in the background wait: to be tried again, and in line. */
const refreshing: Life = async ({ ask, served: { sandbox }, note, lineWaits, pass }) => {
  const askOld = (from: number, to: number) =>
    Promise.all(times(to - from, (n) => ask(suggest, { q: `old ${from + n}` }, 90_000)));
  await askOld(0, 10);
  pass(25 * 3_600_000);
  sandbox.fail({ fault: 'rate-limit', retryAfterS: 20, times: 5 });
  await askOld(0, 5);
  while (sandbox.calls.length < 15) await sleep(10);
  // Until the line is full: who cannot be served in time is told so at once.
  await Promise.all(times(SLOTS, (n) => ask(suggest, { q: `new ${n}` }, 10_000)));
  await askOld(5, 10);
  await lineWaits();
  note('under way');
};

/** Whatever may fail does, and clients leave meanwhile. */
const failing: Life = async ({ ask, served, redis, pass }) => {
  const { sandbox } = served;
  const askAll = () =>
    Promise.all([
      ...times(10, (n) => ask(shopOf, { id: documented.shopId }, 30 * (n + 1))),
      ...times(10, (n) => ask(suggest, { q: `question ${Date.now()} ${n}` }, 30 * (n + 1))),
      // Gone before anything is asked.
      ...times(5, (n) => ask(suggest, { q: `in vain ${Date.now()} ${n}` }, 1)),
      leave(served, suggest),
    ]);
  const faults = ['server-error', 'rate-limit', 'not-json', 'redirect', 'drop', 'hang', 'quota'] as const;
  for (const fault of faults) {
    if (fault === 'not-json') await redis?.kill();
    if (fault === 'drop') await redis?.restart();
    if (fault === 'hang') redis?.hang();
    sandbox.fail({ fault });
    await askAll();
    sandbox.reset();
    // A provider that is left alone is asked again, and credits return.
    pass(32 * 86_400_000);
  }
  redis?.resume();
  await sandbox.close();
  await askAll();
};

const lives = { busy, refreshing, failing };

async function live(name: keyof typeof lives, isShared: boolean): Promise<Report> {
  const timers = new Set<{ readonly by: string }>();
  let later = 0;
  const clock: Clock = {
    now: () => Date.now() + later,
    after: (ms, then) => {
      const timer = { by: /src\/([\w/-]+)\.ts/.exec(new Error().stack?.split('\n')[2] ?? '')?.[1] ?? 'unknown' };
      timers.add(timer);
      const callOff = systemClock.after(ms, () => {
        timers.delete(timer);
        then();
      });
      return () => {
        timers.delete(timer);
        callOff();
      };
    },
  };
  const rejections: string[] = [];
  process.on('unhandledRejection', (error) => rejections.push(String(error)));
  const armed: Record<string, Counts> = {};
  const note = (moment: string) => {
    armed[moment] = count([...timers].map(({ by }) => by));
  };
  const lineWaits = async () => {
    while (![...timers].some(({ by }) => by === 'upstream/limit')) await sleep(1);
  };
  const outcomes: string[] = [];

  const redis = isShared ? await startRedis({ password: 'secret' }) : null;
  const limits = {
    WINNINGHUNTER_RATE_PER_MINUTE: String(SLOTS),
    WINNINGHUNTER_CONCURRENCY: '10',
    // Elsewhere nobody hangs: a machine that stalls for a moment is no provider that is down.
    ...(name === 'failing' && { WINNINGHUNTER_TIMEOUT_MS: '200' }),
  };
  const folder = mkdtempSync(path.join(tmpdir(), 'shopgraph-close-'));
  // No folder can be made in a file.
  const dataDir = name === 'failing' ? '/dev/null/data' : folder;
  const env = { ...limits, DATA_DIR: dataDir, ...(redis && { REDIS_URL: redis.url }) };
  const served = await serve({ env, sandbox: { latencyMs: 20 }, deps: { clock } });
  const ask: World['ask'] = async (document, variables, deadlineMs) => {
    const headers = { 'x-deadline-ms': String(Math.ceil(deadlineMs)) };
    const { errors = [] } = await served
      .ask(document, variables as Record<string, unknown>, headers)
      .catch(() => ({ errors: [cut] }));
    outcomes.push(errors[0]?.extensions.code ?? 'OK');
  };
  await lives[name]({ ask, served, redis, note, lineWaits, pass: (ms) => (later += ms) });
  const closingAt = Date.now();
  await served[Symbol.asyncDispose]();
  const closingMs = Date.now() - closingAt;
  await redis?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
  const closedAt = Date.now();
  // What is closed is gone with one of the next turns of the event loop.
  await sleep(50);
  note('closed');
  const resources = process.getActiveResourcesInfo().filter(isOpened);
  return { armed, outcomes: count(outcomes), rejections, resources, closingMs, closedAt };
}

const cut = { extensions: { code: 'cut off' } };

/** Its own output apart. */
const isOpened = (resource: string) => resource !== 'PipeWrap';

function count(words: readonly string[]): Counts {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}

/** It is over by then, on a busy machine too. */
const LIFE_MS_MAX = 30_000;

/** A life in a process of its own, which ends by itself and soon. */
async function lived(name: string, isShared: boolean): Promise<Report> {
  const child = spawn(process.execPath, [import.meta.filename, name, String(isShared)], { timeout: LIFE_MS_MAX });
  const [said, complaints, ended] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  expect({ complaints, ended }).toEqual({ complaints: '', ended: [0, null] });
  const report = JSON.parse(said) as Report;
  expect(report.closingMs).toBeLessThan(2000);
  expect(Date.now() - report.closedAt).toBeLessThan(2000);
  return report;
}

const tests = () => {
  vi.setConfig({ testTimeout: LIFE_MS_MAX + 5000 });
  const instances = [
    ['alone', false],
    ['on a Redis', true],
  ] as const;

  it.each(instances)('a busy server %s that is closed leaves no timer and no socket', async (_where, isShared) => {
    const { armed, outcomes, rejections, resources } = await lived('busy', isShared);
    const { answered = {}, closed, 'under way': underWay = {} } = armed;
    // The leases that an instance holds are renewed by one timer, which looks once more when there are none.
    expect(Object.keys(answered).filter((by) => by !== 'upstream/lease')).toEqual([]);
    expect(underWay['upstream/limit']).toBe(1);
    expect(underWay['upstream/asker']).toBeGreaterThanOrEqual(10);
    expect(underWay['operation-asker']).toBeGreaterThan(50);
    expect(outcomes.OK).toBeGreaterThanOrEqual(120);
    expect(outcomes['cut off']).toBe(underWay['operation-asker']);
    expect({ closed, resources, rejections }).toEqual({ closed: {}, resources: [], rejections: [] });
  });

  it.each(instances)('a server %s that is closed drops what waits in the background', async (_where, isShared) => {
    const { armed, rejections, resources } = await lived('refreshing', isShared);
    const { closed, 'under way': underWay = {} } = armed;
    expect(underWay['upstream/limit']).toBe(1);
    expect(underWay['upstream/asker']).toBe(5);
    expect({ closed, resources, rejections }).toEqual({ closed: {}, resources: [], rejections: [] });
  });

  it.each(instances)('where everything fails, a server %s leaves no failure unheard', async (_where, isShared) => {
    const { armed, outcomes, rejections, resources } = await lived('failing', isShared);
    expect(outcomes.OK).toBeUndefined();
    expect(outcomes.UPSTREAM_UNAVAILABLE).toBeGreaterThan(0);
    expect({ ...armed, resources, rejections }).toEqual({ closed: {}, resources: [], rejections: [] });
  });
};

// Run by Node itself, this file is such a life.
if (process.argv[1] === import.meta.filename) {
  const [name, isShared] = process.argv.slice(2) as [keyof typeof lives, string];
  console.log(JSON.stringify(await live(name, isShared === 'true')));
} else tests();
