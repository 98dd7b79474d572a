/** Guards the shared Redis: what it cannot do now it refuses at once, it comes back by itself, and it gives nothing away. */
import { spawn } from 'node:child_process';
import dns from 'node:dns';
import { once } from 'node:events';
import { createConnection, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import path from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { systemClock } from '../../src/upstream/clock.ts';
import { connectRedis, RedisDown, type SharedRedis } from '../../src/upstream/redis.ts';
import { startRedis, type TestRedis } from '../redis.ts';
import { fakeClock } from './clock.ts';

let opened: SharedRedis[];
let servers: Server[];
let troubles: Error[];
beforeEach(() => {
  opened = [];
  servers = [];
  troubles = [];
});
afterEach(() => {
  for (const shared of opened) shared.close();
  for (const server of servers) server.close();
});

function open(url: string, { prefix = 'test:', clock = systemClock } = {}): SharedRedis {
  const shared = connectRedis({ url, prefix, clock, onTrouble: (error) => void troubles.push(error) });
  opened.push(shared);
  return shared;
}
async function openUp(redis: TestRedis): Promise<SharedRedis> {
  const shared = open(redis.url);
  await shared.settledOnce(5000);
  expect(shared.isUp()).toBe(true);
  return shared;
}

const turns = (shared: SharedRedis, isUp: boolean) =>
  expect.poll(shared.isUp, { interval: 5, timeout: 5000 }).toBe(isUp);
const set = (shared: SharedRedis, key: string, value: string) => shared.run((client) => client.set(key, value));
const get = (shared: SharedRedis, key: string) => shared.run((client) => client.get(key));
/** What it was rejected with, and after how long. */
async function refusal(promise: Promise<unknown>): Promise<{ error: Error; ms: number }> {
  const start = performance.now();
  const error: unknown = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Error)) throw new Error('it was not rejected');
  return { error, ms: performance.now() - start };
}
/** On a free port of this machine, with what it does to each connection. */
async function server(onConnection: Parameters<typeof createServer>[1]): Promise<number> {
  const server = createServer(onConnection);
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}

describe('a Redis that is there', () => {
  it('is asked by several with one prefix of keys and channels, and by others beside them', async () => {
    await using redis = await startRedis();
    const [one, two] = [await openUp(redis), await openUp(redis)];
    const [other, bare] = [open(redis.url, { prefix: 'other:' }), open(redis.url, { prefix: '' })];
    await Promise.all([turns(other, true), turns(bare, true)]);
    await set(one, 'a', '1729384756102938475');
    expect(await get(two, 'a')).toBe('1729384756102938475');
    expect(await get(other, 'a')).toBeNull();
    expect(await get(bare, 'test:a')).toBe('1729384756102938475');
    const replies = await two.run((client) => client.multi().incr('n').mget('a', 'n').exec());
    expect(replies).toEqual([
      [null, 1],
      [null, ['1729384756102938475', '1']],
    ]);

    const heard: string[] = [];
    other.subscribe('news', (message) => void heard.push(`other ${message}`));
    const off = two.subscribe('news', (message) => void heard.push(`first ${message}`));
    two.subscribe('news', (message) => void heard.push(`second ${message}`));
    await expect.poll(() => one.publish('news', 'again?')).toBe(1);
    await expect.poll(() => heard).toEqual(expect.arrayContaining(['first again?', 'second again?']));
    off();
    heard.length = 0;
    await one.publish('news', 'zażółć');
    await expect.poll(() => heard).toEqual(['second zażółć']);
    expect(troubles).toEqual([]);
  });

  it('is told no more of a channel to which nobody listens', async () => {
    await using redis = await startRedis();
    const shared = await openUp(redis);
    const offs = [shared.subscribe('news', () => undefined), shared.subscribe('news', () => undefined)];
    await expect.poll(() => shared.publish('news', '')).toBe(1);
    for (const off of [...offs, ...offs]) off();
    await expect.poll(() => shared.publish('news', '')).toBe(0);
    shared.subscribe('news', () => undefined);
    await expect.poll(() => shared.publish('news', '')).toBe(1);
  });

  it('runs scripts, also after it has forgotten them', async () => {
    await using redis = await startRedis();
    const shared = await openUp(redis);
    const add = shared.script(`return {redis.call('INCRBY', KEYS[1], ARGV[1]), KEYS[1], ARGV[2]}`);
    expect(await add(['n'], [2, 'a'])).toEqual([2, 'test:n', 'a']);
    await shared.run((client) => client.script('FLUSH'));
    expect(await Promise.all([add(['n'], [3, 'b']), add(['n'], [4, 'c'])])).toEqual([
      [5, 'test:n', 'b'],
      [9, 'test:n', 'c'],
    ]);
    await redis.restart();
    await turns(shared, false);
    await turns(shared, true);
    expect(await add(['n'], [1, 'd'])).toEqual([1, 'test:n', 'd']);
  });

  it('says what it refuses, and stays up; so do those who work with it', async () => {
    await using redis = await startRedis();
    const shared = await openUp(redis);
    await shared.run((client) => client.rpush('list', 'a'));
    const { error } = await refusal(get(shared, 'list'));
    expect(error).not.toBeInstanceOf(RedisDown);
    expect(error.message).toMatch(/^WRONGTYPE /);
    expect(Object.keys(error)).toEqual([]);
    await expect(shared.script('return nonsense')([], [])).rejects.toThrow('nonsense');
    const over = { msBeforeNext: 1 };
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- as rate-limiter-flexible does
    await expect(shared.run(() => Promise.reject(over))).rejects.toBe(over);
    expect(shared.isUp()).toBe(true);
    expect(troubles).toEqual([]);
  });

  it('is not called late for what came in while this process stood still', async () => {
    await using redis = await startRedis();
    const shared = await openUp(redis);
    const asked = set(shared, 'a', 'b');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1100);
    expect(await asked).toBe('OK');
    expect(shared.isUp()).toBe(true);
    expect(troubles).toEqual([]);
  });

  it('keeps its databases apart', async () => {
    await using redis = await startRedis();
    const [zero, two] = [await openUp(redis), open(`${redis.url}/2`)];
    await turns(two, true);
    await set(two, 'a', 'two');
    expect(await get(zero, 'a')).toBeNull();
  });
});

describe('a Redis that is not there', () => {
  it('is refused at once, and used as soon as it is', async () => {
    await using redis = await startRedis();
    await redis.kill();
    const shared = open(redis.url);
    const start = performance.now();
    await shared.settledOnce(5000);
    expect(performance.now() - start).toBeLessThan(1000);
    expect(shared.isUp()).toBe(false);
    for (const asked of [get(shared, 'a'), shared.publish('a', 'b'), shared.script('return 1')([], [])]) {
      const { error, ms } = await refusal(asked);
      expect(error).toBeInstanceOf(RedisDown);
      expect(ms).toBeLessThan(300);
    }
    await redis.restart();
    await turns(shared, true);
    expect(await set(shared, 'a', 'b')).toBe('OK');
    expect(troubles.every(({ message }) => message.includes('ECONNREFUSED'))).toBe(true);
  });

  it('is waited for no longer than said, by whatever clock', async () => {
    const port = await server((socket) => void socket.on('error', () => undefined));
    const clock = fakeClock();
    const waiting = open(`redis://127.0.0.1:${String(port)}`, { clock }).settledOnce(300);
    expect(clock.nextInMs()).toBe(300);
    await clock.advance(300);
    await waiting;
    const refused = open('redis://127.0.0.1:1', { clock });
    await refused.settledOnce(300);
    expect(clock.nextInMs()).toBeUndefined();
  });

  it('has trouble with words, also where its host has several addresses', async () => {
    const addresses = ['127.0.0.1', '127.0.0.2'].map((address) => ({ address, family: 4 }));
    type Answer = (error: null, found: typeof addresses) => void;
    const lookup = vi.spyOn(dns, 'lookup').mockImplementation(((_host: string, _options: unknown, answer: Answer) => {
      answer(null, addresses);
    }) as never);
    onTestFinished(() => {
      lookup.mockRestore();
    });
    await open('redis://localhost:1').settledOnce(5000);
    expect(troubles.map(({ message }) => message)).toEqual([expect.stringContaining('ECONNREFUSED')]);
  });

  it('may have died: what was asked is refused at once, nothing is asked twice, and it is back after a restart', async () => {
    await using redis = await startRedis({ persistent: true });
    const shared = await openUp(redis);
    const changes: boolean[] = [];
    shared.onChange((isUp) => void changes.push(isUp));
    const off = shared.onChange(() => void changes.push(false));
    off();
    const heard: string[] = [];
    shared.subscribe('news', (message) => void heard.push(message));
    await expect.poll(() => shared.publish('news', 'before')).toBe(1);
    await set(shared, 'n', '1');

    redis.hang();
    const asked = [
      shared.run((client) => client.incr('n')),
      shared.run((client) => client.pipeline().incr('n').get('n').exec()),
      shared.run((client) => client.multi().incr('n').exec()),
    ].map(refusal);
    const start = performance.now();
    await redis.kill();
    for (const { error } of await Promise.all(asked)) expect(error).toBeInstanceOf(RedisDown);
    expect(performance.now() - start).toBeLessThan(500);
    expect(shared.isUp()).toBe(false);

    await redis.restart();
    await turns(shared, true);
    expect(await get(shared, 'n')).toBe('1');
    await expect.poll(() => shared.publish('news', 'after')).toBe(1);
    await expect.poll(() => heard).toEqual(['before', 'after']);
    expect(changes).toEqual([false, true]);
  });
});

describe('a Redis that hangs', () => {
  it('is given up after a second, also by those who only listen, and taken back when it answers', async () => {
    await using redis = await startRedis();
    const shared = await openUp(redis);
    const heard: string[] = [];
    shared.subscribe('news', (message) => void heard.push(message));
    await expect.poll(() => shared.publish('news', 'before')).toBe(1);
    await expect.poll(() => heard).toEqual(['before']);

    redis.hang();
    const late = await Promise.all([
      refusal(get(shared, 'a')),
      refusal(shared.run((client) => client.pipeline().set('a', 'b').get('a').exec())),
    ]);
    for (const { error, ms } of late) {
      expect(error).toBeInstanceOf(RedisDown);
      expect(ms).toBeGreaterThan(900);
      expect(ms).toBeLessThan(1500);
    }
    expect(shared.isUp()).toBe(false);
    expect((await refusal(get(shared, 'a'))).ms).toBeLessThan(300);
    expect(troubles.some((error) => error instanceof RedisDown)).toBe(true);

    redis.resume();
    await turns(shared, true);
    expect(await set(shared, 'a', 'b')).toBe('OK');
    await expect.poll(() => shared.publish('news', 'after')).toBe(1);
    await expect.poll(() => heard).toEqual(['before', 'after']);
  });

  it('may do so from the first moment', async () => {
    await using redis = await startRedis();
    redis.hang();
    const shared = open(redis.url);
    const start = performance.now();
    await shared.settledOnce(9000);
    expect(performance.now() - start).toBeLessThan(4000);
    expect(shared.isUp()).toBe(false);
    redis.resume();
    await turns(shared, true);
  });

  it('may do so on the connections that there are, and not on those that follow', async () => {
    await using redis = await startRedis();
    const sockets: Socket[] = [];
    const port = await server((socket) => {
      const beyond = createConnection(redis.port, '127.0.0.1');
      socket.pipe(beyond).pipe(socket);
      for (const end of [socket, beyond]) sockets.push(end.on('error', () => undefined));
    });
    const shared = open(redis.url.replace(String(redis.port), String(port)));
    await turns(shared, true);
    const heard: string[] = [];
    shared.subscribe('news', (message) => void heard.push(message));
    await expect.poll(() => shared.publish('news', 'before')).toBe(1);
    await expect.poll(() => heard).toEqual(['before']);

    for (const socket of sockets.splice(0)) socket.unpipe().pause();
    expect((await refusal(get(shared, 'a'))).error).toBeInstanceOf(RedisDown);
    await turns(shared, true);
    await expect
      .poll(async () => {
        await shared.publish('news', 'after');
        return heard;
      })
      .toContain('after');
    for (const socket of sockets) socket.destroy();
  });
});

describe('the password', () => {
  const password = 'p@ss/w:rd 1';

  it('opens the door', async () => {
    await using redis = await startRedis({ password });
    const shared = await openUp(redis);
    expect(await set(shared, 'a', 'b')).toBe('OK');
    expect(troubles).toEqual([]);
  });

  it('may become right without a restart', async () => {
    await using redis = await startRedis({ password });
    const admin = await openUp(redis);
    const late = open(redis.url.replace('1@', '2@'));
    await late.settledOnce(5000);
    expect(late.isUp()).toBe(false);
    expect(troubles.map(({ message }) => message.split(' ')[0])).toContain('WRONGPASS');
    await admin.run((client) => client.config('SET', 'requirepass', password.replace('1', '2')));
    await turns(late, true);
  });

  it('is in no trouble, also where the server repeats it', async () => {
    await using redis = await startRedis({ password: 'another' });
    const wrong = redis.url.replace('another', encodeURIComponent(password));
    const parrot = await server((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (chunk) => {
        const said = chunk.toString().replaceAll('\r\n', ' ');
        socket.write(`-ERR unknown command 'AUTH', with args beginning with: '${password.slice(0, 9)}\r\n`);
        socket.write(`-ERR I do not know ${said}\r\n`);
      });
    });
    const closing = await server((socket) => socket.destroy());
    const at = (port: number) => wrong.replace(String(redis.port), String(port));
    const shareds = [wrong, at(parrot), at(closing)].map((url) => open(url));
    await Promise.all(shareds.map((shared) => shared.settledOnce(5000)));
    const refused = await Promise.all(shareds.map((shared) => refusal(get(shared, 'a'))));
    await expect.poll(() => troubles.length).toBeGreaterThan(2);
    for (const error of [...troubles, ...refused.map(({ error }) => error)]) {
      const all = inspect(error, { depth: 9, showHidden: true });
      expect(all).not.toContain('p@ss');
      expect(all).not.toContain(encodeURIComponent(password));
    }
  });

  it.each([
    '',
    'secret',
    'http://:secret@host',
    'redis://:secret@',
    'redis://:secret@host:99999',
    'redis://:secret@h/x',
  ])('is not in what is said of a URL that is none: %s', (url) => {
    let error: unknown;
    try {
      open(url);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toEqual(new Error('not the URL of a Redis'));
    expect(inspect(error, { showHidden: true })).not.toContain('secret');
  });
});

it('rediss: greets with TLS, and names the host', async () => {
  const { promise, resolve } = Promise.withResolvers<Buffer>();
  const port = await server((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (chunk) => {
      resolve(chunk);
      socket.destroy();
    });
  });
  const shared = open(`rediss://localhost:${String(port)}`);
  const hello = await promise;
  expect(hello[0]).toBe(0x16);
  expect(hello.includes('localhost')).toBe(true);
  await shared.settledOnce(5000);
  expect(shared.isUp()).toBe(false);
});

describe('closing', () => {
  it('refuses what is under way and what comes, and says that it is down', async () => {
    await using redis = await startRedis();
    const shared = await openUp(redis);
    const changes: boolean[] = [];
    shared.onChange((isUp) => void changes.push(isUp));
    redis.hang();
    const asked = refusal(get(shared, 'a'));
    shared.close();
    expect(shared.isUp()).toBe(false);
    expect((await asked).error).toBeInstanceOf(RedisDown);
    expect((await asked).ms).toBeLessThan(500);
    expect((await refusal(get(shared, 'a'))).error).toBeInstanceOf(RedisDown);
    shared.close();
    expect(changes).toEqual([false]);
    expect(troubles).toEqual([]);
  });

  /** A process that holds nothing more ends by itself, and what nobody caught ends it badly. */
  async function inProcess(url: string, work: string): Promise<{ said: string; code: number }> {
    const file = path.join(import.meta.dirname, '../../src/upstream');
    const code = `
      import { connectRedis } from '${file}/redis.ts';
      import { systemClock as clock } from '${file}/clock.ts';
      const shared = connectRedis({ url: ${JSON.stringify(url)}, prefix: '', clock });
      ${work}
      const start = performance.now();
      process.on('exit', () => { if (performance.now() - start > 900) console.log('something lingered') });
      shared.close();`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', code]);
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const [exitCode] = (await once(child, 'close')) as [number];
    return { said, code: exitCode };
  }

  it('leaves nothing that would keep a process alive, in whatever state, and nothing is ever printed', async () => {
    await using redis = await startRedis();
    await using hanging = await startRedis();
    hanging.hang();
    const subscribed = `shared.subscribe('a', () => {}); while ((await shared.publish('a', '')) === 0);`;
    const ended = await Promise.all([
      inProcess(redis.url, ''),
      inProcess(redis.url, `await shared.settledOnce(5000);`),
      inProcess(redis.url, `await shared.settledOnce(5000); ${subscribed}`),
      inProcess(
        redis.url,
        `await shared.settledOnce(5000); void shared.run((client) => client.get('a')).catch(() => {});`,
      ),
      inProcess('redis://127.0.0.1:1', `await shared.settledOnce(5000);`),
      inProcess('redis://127.0.0.1:1', `shared.subscribe('a', () => {}); await shared.settledOnce(5000);`),
      inProcess(hanging.url, `shared.subscribe('a', () => {}); await shared.settledOnce(200);`),
    ]);
    expect(ended).toEqual(ended.map(() => ({ said: '', code: 0 })));
  });
});
