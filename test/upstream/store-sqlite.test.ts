/** Guards the file of bought answers: what was kept is there after a restart, and a broken file or disk costs only itself. */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sqliteStore } from '../../src/upstream/store-sqlite.ts';
import type { Store } from '../../src/upstream/store.ts';
import { textOf } from './store-text.ts';

const FAR = Date.UTC(2100, 0, 1);

let folder: string;
let file: string;
let troubles: string[];
let stores: Store[];
let nowMs: number;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'store-'));
  file = path.join(folder, 'data', 'answers.sqlite');
  troubles = [];
  stores = [];
  nowMs = Date.UTC(2030, 0, 1);
});
afterEach(() => {
  for (const store of stores) store.close();
  rmSync(folder, { recursive: true, force: true });
});

function open({ at = file, bytesMax = 1e9 } = {}): Store {
  const store = sqliteStore({ file: at, bytesMax, now: () => nowMs, onTrouble: (what) => void troubles.push(what) });
  stores.push(store);
  return store;
}

const keep = (store: Store, key: string, text = textOf(key), expiresAt = FAR) =>
  store.write(key, { text, fetchedAt: 42 }, expiresAt);
const keepAll = (store: Store, keys: readonly string[]) => Promise.all(keys.map((key) => keep(store, key)));
const textIn = async (store: Store, key: string) => (await store.read([key])).get(key)?.text;
/** Of these, the keys that are there as they were written; fails the test if one is there otherwise. */
async function thereOf(store: Store, keys: readonly string[]): Promise<string[]> {
  const found = await store.read(keys);
  const changed = [...found].filter(([key, { text, fetchedAt }]) => text !== textOf(key) || fetchedAt !== 42);
  expect(changed).toEqual([]);
  return keys.filter((key) => found.has(key));
}
const keysFrom = (name: string, count: number) => Array.from({ length: count }, (_, nth) => `${name} ${String(nth)}`);
const beside = () => readdirSync(path.dirname(file)).sort();

describe('what was kept', () => {
  it.each([
    ['nothing', ''],
    ['a short text', '{"id":1729384756102938475}'],
    ['text of many alphabets', '{"title":"Zażółć 漢字 🧴 \u0000 \u2028"}'.repeat(50)],
    ['250 KB that compress', '{"product_id":"1729384756102938475","price":24.90},'.repeat(5000)],
    ['250 KB that do not', randomBytes(187_500).toString('base64')],
  ])('comes back as it was, also after a restart: %s', async (_what, text) => {
    const before = open();
    await before.write('a', { text, fetchedAt: 1_893_456_000_123 }, FAR);
    expect(await before.read(['a'])).toEqual(new Map([['a', { text, fetchedAt: 1_893_456_000_123 }]]));
    before.close();
    expect(await open().read(['a'])).toEqual(new Map([['a', { text, fetchedAt: 1_893_456_000_123 }]]));
    expect(troubles).toEqual([]);
  });

  it('comes back as it was, whatever the key and the text', async () => {
    const store = open();
    const wellFormed = fc.string({ unit: 'binary', maxLength: 3000, size: 'max' });
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), wellFormed, async (key, text) => {
        await keep(store, key, text);
        expect(await textIn(store, key)).toBe(text);
      }),
      { numRuns: 100 },
    );
  });

  it('is found a hundred keys at a time, and what is missing is absent', async () => {
    const store = open();
    const keys = keysFrom('WINNING_HUNTER productDetail {"id":"17293"}', 100);
    await keepAll(store, keys);
    const found = await store.read([...keys, 'never asked']);
    expect([...found.keys()].sort()).toEqual(keys.sort());
    expect(await thereOf(store, keys)).toHaveLength(100);
    expect(await store.read([])).toEqual(new Map());
  });

  it('gives way to a later answer to the same question, also within one commit', async () => {
    const store = open();
    await keep(store, 'a', 'old');
    await keep(store, 'a', 'new');
    expect(await textIn(store, 'a')).toBe('new');
    await Promise.all([keep(store, 'a', 'newer'), keep(store, 'a', 'newest')]);
    expect(await textIn(store, 'a')).toBe('newest');
  });

  it('is readable for the owner of the process alone', async () => {
    await keep(open(), 'a');
    const mode = (name: string) => (statSync(name).mode & 0o777).toString(8);
    expect(mode(path.dirname(file))).toBe('700');
    expect(beside()).toEqual(['answers.sqlite', 'answers.sqlite-shm', 'answers.sqlite-wal']);
    expect(beside().map((name) => mode(path.join(path.dirname(file), name)))).toEqual(['600', '600', '600']);
  });

  it('within one turn of the event loop is committed together', async () => {
    const store = open();
    const logBytes = () => statSync(`${file}-wal`).size;
    const start = logBytes();
    await Promise.all(keysFrom('together', 20).map((key) => keep(store, key, 'x')));
    const together = logBytes() - start;
    for (const key of keysFrom('apart', 20)) await keep(store, key, 'x');
    expect(together).toBeLessThan((logBytes() - start - together) / 5);
  });
});

it('an answer that cannot be kept keeps no other from being kept later', async () => {
  const store = open();
  await keep(store, 'before');
  await keep(store, 'a', 'text', NaN);
  expect(troubles).toEqual(['other']);
  await keep(store, 'b');
  expect(await thereOf(store, ['before', 'a', 'b'])).toEqual(['before', 'b']);
});

describe('what has expired', () => {
  it('is not read from that moment on', async () => {
    const store = open();
    await keep(store, 'a', 'text', nowMs + 1000);
    nowMs += 999;
    expect(await textIn(store, 'a')).toBe('text');
    nowMs += 1;
    expect(await textIn(store, 'a')).toBeUndefined();
  });

  it('leaves the file with later writes, a few at a time', async () => {
    const store = open();
    await Promise.all(keysFrom('old', 100).map((key) => keep(store, key, 'text', nowMs + 1000)));
    nowMs += 1000;
    const rows = () => {
      const db = new DatabaseSync(file);
      const { count } = db.prepare('SELECT count(*) AS count FROM answers').get() as { count: number };
      db.close();
      return count;
    };
    await keep(store, 'new');
    expect(rows()).toBeGreaterThan(50);
    for (const key of keysFrom('new', 40)) await keep(store, key);
    expect(rows()).toBe(41);
  });
});

describe('the bound on the size', () => {
  const incompressible = () => randomBytes(1500).toString('base64');

  it('is kept by dropping what expires first', async () => {
    const store = open({ bytesMax: 200_000 });
    const keys = keysFrom('k', 300);
    const expiry = new Map(keys.map((key, nth) => [key, nowMs + 1000 + ((nth * 7919) % 300)]));
    await Promise.all(keys.map((key) => keep(store, key, incompressible(), expiry.get(key))));
    const left = [...(await store.read(keys)).keys()];
    expect(left.length).toBeGreaterThan(30);
    expect(left.length).toBeLessThan(100);
    const lastToExpire = keys.sort((a, b) => expiry.get(b)! - expiry.get(a)!).slice(0, left.length);
    expect(left.sort()).toEqual(lastToExpire.sort());
  });

  it('holds for the file, however much is written, and for an answer larger than it', async () => {
    const store = open({ bytesMax: 200_000 });
    for (let group = 0; group < 30; group++) {
      await Promise.all(keysFrom(`g${String(group)}`, 20).map((key) => keep(store, key, incompressible())));
    }
    await keep(store, 'large', randomBytes(300_000).toString('base64'));
    await keep(store, 'small', 'text');
    expect(await textIn(store, 'small')).toBe('text');
    store.close();
    // What is written at once is dropped again only afterwards.
    expect(statSync(file).size).toBeLessThan(200_000 + 410_000);
    expect(troubles).toEqual([]);
  });
});

describe('between processes', () => {
  const writer = path.join(import.meta.dirname, 'store-writer.ts');
  const children: ChildProcess[] = [];
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  /** `shell`: what goes before the command. */
  function run(args: readonly string[], shell = '') {
    const child = spawn('sh', ['-c', `${shell} exec "$@"`, 'sh', process.execPath, writer, ...args]);
    children.push(child);
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    const said = (what: string) => [...out.matchAll(new RegExp(`^${what} (.*)\n`, 'gm'))].map(([, rest]) => rest!);
    const ended = new Promise<number | null>((resolve) => {
      child.on('close', resolve);
    });
    const started = new Promise<void>((resolve) => {
      child.stdout.once('data', () => {
        resolve();
      });
    });
    return { child, ended, started, kept: () => said('kept'), troubles: () => said('trouble'), stderr: () => err };
  }

  it('every answer that was kept is there after SIGKILL at any moment, ten times', async () => {
    const kept: string[] = [];
    for (let nth = 0; nth < 10; nth++) {
      const writing = run([file, `run${String(nth)}`]);
      await writing.started;
      await sleep(Math.random() * 100);
      writing.child.kill('SIGKILL');
      await writing.ended;
      expect(writing.troubles()).toEqual([]);
      expect(writing.kept().length).toBeGreaterThan(0);
      kept.push(...writing.kept());
      const store = open();
      expect((await thereOf(store, kept)).length).toBe(kept.length);
      // Every other time the next process finds the file as the killed one left it.
      if (nth % 2 === 0) store.close();
    }
    expect(troubles).toEqual([]);
  });

  it('two that write the same new file at once lose nothing, and end by themselves without a word', async () => {
    const both = [run([file, 'one', '1400']), run([file, 'two', '1400'])];
    expect(await Promise.all(both.map(({ ended }) => ended))).toEqual([0, 0]);
    expect(both.flatMap((each) => each.troubles())).toEqual([]);
    expect(both.map((each) => each.stderr())).toEqual(['', '']);
    const keys = [...keysFrom('one', 1400), ...keysFrom('two', 1400)];
    expect((await thereOf(open(), keys)).length).toBe(2800);
  });

  it('a disk that takes no more stops nothing: what fitted is read, and later answers are kept when there is room', async () => {
    const writing = run([file, 'k', '1400'], 'ulimit -f 800;');
    expect(await writing.ended).toBe(0);
    expect(writing.stderr()).toBe('');
    expect(new Set(writing.troubles())).toEqual(new Set(['full']));
    expect(writing.kept().length).toBe(1400);
    const store = open();
    expect((await thereOf(store, keysFrom('k', 1400))).length).toBeGreaterThan(70);
    await keep(store, 'later');
    expect(await thereOf(store, ['later'])).toEqual(['later']);
    expect(troubles).toEqual([]);
  });

  it('a corrupt file is left by all who share it, and nothing that is kept from then on is lost', async () => {
    const before = keysFrom('before', 60);
    const store = open();
    await keepAll(store, before);
    store.close();
    const writing = run([file, 'k']);
    await writing.started;
    writeFileSync(file, randomBytes(statSync(file).size));
    const again = open();
    await thereOf(again, before);
    await keepAll(again, keysFrom('after', 20));
    // What was on its way when the file was moved may have gone with it; what was said of it before has been heard by then.
    await sleep(500);
    const movedAt = writing.kept().length;
    while (writing.kept().length < movedAt + 200) await sleep(5);
    await keepAll(again, keysFrom('later', 20));
    writing.child.kill('SIGKILL');
    await writing.ended;
    again.close();
    const kept = [...keysFrom('after', 20), ...keysFrom('later', 20), ...writing.kept().slice(movedAt)];
    expect((await thereOf(open(), kept)).length).toBe(kept.length);
    expect(beside().filter((name) => /corrupt-\d+$/.test(name))).toEqual(['answers.sqlite.corrupt-1']);
  });

  it('a write waits for the transaction of another, without a word', async () => {
    const store = open();
    const other = new DatabaseSync(file);
    other.exec('BEGIN IMMEDIATE');
    const writing = keep(store, 'a');
    for (let turn = 0; turn < 5; turn++) await nextTurn();
    expect(await thereOf(store, ['a'])).toEqual([]);
    other.exec('COMMIT');
    await writing;
    expect(await thereOf(store, ['a'])).toEqual(['a']);
    other.close();
    expect(troubles).toEqual([]);
  });

  it('a lock that is never released delays one answer for a second, later ones for less, and none once it is gone', async () => {
    const store = open();
    await keep(store, 'before');
    const other = new DatabaseSync(file);
    other.exec('BEGIN IMMEDIATE');
    await keep(store, 'a');
    expect(troubles).toEqual(['locked']);
    expect(await thereOf(store, ['before', 'a'])).toEqual(['before']);
    const startMs = performance.now();
    for (const key of keysFrom('more', 10)) await keep(store, key);
    expect(performance.now() - startMs).toBeLessThan(900);
    expect(troubles.length).toBe(11);
    other.exec('ROLLBACK');
    await keep(store, 'c');
    expect(await thereOf(store, ['a', 'b', 'c'])).toEqual(['c']);
    other.close();
  });
});

describe('a corrupt file', () => {
  const keys = keysFrom('k', 60);

  async function closedFile(): Promise<Buffer> {
    const store = open();
    await keepAll(store, keys);
    store.close();
    return readFileSync(file);
  }

  const damages: [string, (whole: Buffer) => Buffer][] = [
    ['random bytes', ({ length }) => randomBytes(length)],
    ['a few random bytes', () => randomBytes(9)],
    ['the first half of what it was', (whole) => whole.subarray(0, 4096 * Math.floor(whole.length / 8192))],
    ['half a page', (whole) => whole.subarray(0, 2000)],
    ['the header of something else', (whole) => Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n'), whole.subarray(8)])],
    ['zeros', ({ length }) => Buffer.alloc(length)],
  ];

  it.each(damages)('is moved aside at the start, and a new one begun: %s', async (_what, damage) => {
    const damaged = damage(await closedFile());
    writeFileSync(file, damaged);
    const store = open();
    expect(await thereOf(store, keys)).toEqual([]);
    expect(troubles).toEqual(['corrupt']);
    await keep(store, 'new');
    store.close();
    expect(await thereOf(open(), ['new'])).toEqual(['new']);
    expect(beside()).toContain('answers.sqlite.corrupt-1');
    expect(readFileSync(`${file}.corrupt-1`).equals(damaged)).toBe(true);
    expect(troubles).toEqual(['corrupt']);
  });

  it.each(damages)('is moved aside in the middle of work, and the work goes on: %s', async (_what, damage) => {
    const whole = await closedFile();
    const [store, other] = [open(), open()];
    await store.read(['k 1']);
    writeFileSync(file, damage(whole));
    await thereOf(store, keys);
    expect(troubles).toContain('corrupt');
    const before = troubles.length;
    await keep(store, 'new');
    // Who shares the file takes the new one, and leaves it where it is.
    await keep(other, 'also new');
    store.close();
    other.close();
    expect(await thereOf(open(), ['new', 'also new'])).toEqual(['new', 'also new']);
    expect(beside().filter((name) => /corrupt-\d+$/.test(name))).toEqual(['answers.sqlite.corrupt-1']);
    expect(troubles.length).toBe(before);
  });

  it('costs nothing of what is written when it is found', async () => {
    const { length } = await closedFile();
    const store = open();
    writeFileSync(file, randomBytes(length));
    await keepAll(store, keys);
    expect(troubles).toEqual(['corrupt']);
    expect(await thereOf(store, keys)).toEqual(keys);
  });

  it('is not moved by who comes second', async () => {
    await closedFile();
    writeFileSync(file, randomBytes(5000));
    let first: Store | undefined;
    const slow = sqliteStore({
      file,
      bytesMax: 1e9,
      now: () => nowMs,
      onTrouble: () => {
        first ??= open();
      },
    });
    stores.push(slow);
    await keep(slow, 'a');
    expect(await thereOf(first!, ['a'])).toEqual(['a']);
    expect(beside().filter((name) => name.includes('corrupt'))).toEqual(['answers.sqlite.corrupt-1']);
  });

  it('is also one whose log is cut short in the middle of work', async () => {
    const [store, other] = [open(), open()];
    await keepAll(store, keys);
    truncateSync(`${file}-wal`, 5000);
    await thereOf(other, keys);
    expect(troubles).toEqual(['corrupt']);
    await keep(other, 'a');
    await keep(store, 'b');
    expect(await thereOf(other, ['a', 'b'])).toEqual(['a', 'b']);
  });

  it('is also one that belongs to another program', async () => {
    open().close();
    rmSync(file);
    const db = new DatabaseSync(file);
    db.exec('CREATE TABLE answers (question)');
    db.close();
    const store = open();
    await keep(store, 'a');
    expect(await thereOf(store, ['a'])).toEqual(['a']);
    expect(troubles).toEqual(['corrupt']);
  });

  it('each is moved to a place of its own', async () => {
    await closedFile();
    for (const nth of [1, 2, 3]) {
      writeFileSync(file, randomBytes(5000));
      open().close();
      expect(beside()).toContain(`answers.sqlite.corrupt-${String(nth)}`);
    }
  });

  it.each([
    ['body', `'another text'`],
    ['body', '9007199254740993'],
    ['fetched_at', '43'],
    ['checksum', '9007199254740993'],
  ])('where only an entry is damaged costs that entry alone: its %s is %s', async (column, value) => {
    const store = open();
    await keepAll(store, keys);
    const other = new DatabaseSync(file);
    other.exec(`UPDATE answers SET ${column} = ${value} WHERE key = 'k 7'`);
    other.close();
    expect(await thereOf(store, keys)).toEqual(keys.filter((key) => key !== 'k 7'));
    await keep(store, 'k 7');
    expect(await thereOf(store, ['k 7'])).toEqual(['k 7']);
    expect(beside().filter((name) => name.includes('corrupt-'))).toEqual([]);
  });

  it('never yields a text that was not written, and never an exception, wherever it is damaged', async () => {
    const whole = await closedFile();
    const damage = fc.record({
      at: fc.double({ min: 0, max: 0.999, noNaN: true }),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 40 }),
    });
    const whileOpen = fc.boolean();
    await fc.assert(
      fc.asyncProperty(fc.array(damage, { minLength: 1, maxLength: 12 }), whileOpen, async (places, isOpen) => {
        rmSync(path.dirname(file), { recursive: true });
        open().close();
        writeFileSync(file, whole);
        const store = isOpen ? open() : undefined;
        const damaged = Buffer.from(whole);
        for (const { at, bytes } of places) damaged.set(bytes.subarray(0, 1), Math.floor(at * whole.length));
        for (const { at, bytes } of places.slice(0, 3)) {
          damaged.set(bytes, Math.min(Math.floor(at * whole.length), whole.length - bytes.length));
        }
        writeFileSync(file, damaged);
        const working = store ?? open();
        await thereOf(working, keys);
        await keep(working, 'new');
        await Promise.all(keys.map((key) => thereOf(working, [key])));
        await keepAll(working, keys);
        await thereOf(working, keys);
        working.close();
      }),
      { numRuns: 60 },
    );
  });
});

describe('a place that cannot be used', () => {
  async function serves(store: Store): Promise<void> {
    await keep(store, 'a');
    expect(await store.read(['a'])).toEqual(new Map());
    store.close();
  }

  it.each([
    ['below a file', () => path.join(writtenFile(), 'data', 'answers.sqlite'), 'other'],
    ['where no folder can be made', () => '/proc/data/deep/answers.sqlite', 'other'],
    ['that is a folder', () => folder, 'readonly'],
  ])('is told at the start and with each answer, and all goes on without keeping: %s', async (_what, at, kind) => {
    const store = open({ at: at() });
    expect(troubles).toEqual([kind]);
    await serves(store);
    expect(troubles).toEqual([kind, kind, kind]);
  });

  const writtenFile = () => {
    const name = path.join(folder, 'file');
    writeFileSync(name, '');
    return name;
  };

  it('may be a folder that may not be written', async () => {
    chmodSync(folder, 0o500);
    await asNobodySpecial(async () => {
      const store = open();
      expect(troubles).toEqual(['readonly']);
      await serves(store);
    });
  });

  it('is used as soon as it can be', async () => {
    const store = open({ at: path.join(writtenFile(), 'answers.sqlite') });
    await keep(store, 'a');
    rmSync(path.join(folder, 'file'));
    await keep(store, 'b');
    expect(await thereOf(store, ['a', 'b'])).toEqual(['b']);
  });

  it('may be a file that others own: it is read, not written', async () => {
    const owner = open();
    await keep(owner, 'a');
    chmodSync(folder, 0o755);
    chmodSync(path.dirname(file), 0o755);
    for (const name of beside()) chmodSync(path.join(path.dirname(file), name), 0o444);
    await asNobodySpecial(async () => {
      const store = open();
      expect(await thereOf(store, ['a'])).toEqual(['a']);
      expect(troubles).toEqual([]);
      await keep(store, 'b');
      expect(troubles).toEqual(['readonly']);
      expect(await thereOf(store, ['a', 'b'])).toEqual(['a']);
      store.close();
    });
  });

  it('may be one that was there: removed while in use, it is made again', async () => {
    const store = open();
    await keep(store, 'a');
    rmSync(path.dirname(file), { recursive: true });
    expect(await thereOf(store, ['a'])).toEqual([]);
    await keep(store, 'b');
    store.close();
    expect(await thereOf(open(), ['b'])).toEqual(['b']);
    expect(troubles).toEqual([]);
  });
});

/** Modes mean nothing to root. */
async function asNobodySpecial(work: () => Promise<void>): Promise<void> {
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(65_534);
  try {
    await work();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}

describe('a closed store', () => {
  it('has kept what was under way, and from then on is empty and harmless', async () => {
    const store = open();
    const writing = keepAll(store, ['a', 'b']);
    store.close();
    await writing;
    await keep(store, 'c');
    expect(await store.read(['a'])).toEqual(new Map());
    store.close();
    expect(await thereOf(open(), ['a', 'b', 'c'])).toEqual(['a', 'b']);
    expect(troubles).toEqual([]);
  });

  it('leaves nothing running, and only its one file', async () => {
    const before = process.getActiveResourcesInfo();
    const store = open();
    void keep(store, 'a');
    store.close();
    expect(process.getActiveResourcesInfo()).toEqual(before);
    await nextTurn();
    expect(beside()).toEqual(['answers.sqlite']);
  });
});
