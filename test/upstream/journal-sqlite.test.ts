/** Guards the ledger's log: what was set aside or charged is known after any death of the process, and is counted once. */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ProviderName } from '../../src/providers/provider.ts';
import { sqliteJournal } from '../../src/upstream/journal-sqlite.ts';
import type { Journal, Reservation, Settlement } from '../../src/upstream/journal.ts';

let folder: string;
let file: string;
let troubles: string[];
let journals: Journal[];
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'journal-'));
  file = path.join(folder, 'data', 'ledger.sqlite');
  troubles = [];
  journals = [];
});
afterEach(() => {
  for (const journal of journals) journal.close();
  rmSync(folder, { recursive: true, force: true });
});

function open(): Journal {
  const journal = sqliteJournal({ file, onTrouble: (what) => void troubles.push(what) });
  journals.push(journal);
  return journal;
}

const reserve = (journal: Journal, id: string, but: Partial<Reservation> = {}) =>
  journal.reserve({
    id,
    owner: 'one',
    at: 1000,
    provider: 'WINNING_HUNTER',
    endpoint: 'productDetail',
    caller: 'shop',
    credits: 3,
    ...but,
  });
const settle = (journal: Journal, id: string, but: Partial<Settlement> = {}) =>
  journal.settle({ id, at: 2000, outcome: 'OK', credits: 2, ...but });
const spending = (settled: number, unsettled: number, but = {}) => ({
  owner: 'one',
  provider: 'WINNING_HUNTER',
  caller: 'shop',
  settled,
  unsettled,
  ...but,
});
const attempt = (reservedAt: number, settledAt: number | null) => ({
  provider: 'WINNING_HUNTER',
  reservedAt,
  settledAt,
});
const beside = () => readdirSync(path.dirname(file)).sort();

describe('what is reserved or settled', () => {
  it('is there for whoever else has the file as soon as the promise resolves', async () => {
    const [writing, other] = [open(), open()];
    await reserve(writing, 'a');
    expect(await other.spentSince(0)).toEqual([spending(0, 3)]);
    expect(await other.attemptsSince(0)).toEqual([attempt(1000, null)]);
    await settle(writing, 'a');
    expect(await other.spentSince(0)).toEqual([spending(2, 0)]);
    expect(await other.attemptsSince(0)).toEqual([attempt(1000, 2000)]);
    expect(troubles).toEqual([]);
  });

  it('is there after a restart', async () => {
    const before = open();
    await reserve(before, 'a');
    await reserve(before, 'b');
    await settle(before, 'a');
    before.close();
    expect(await open().spentSince(0)).toEqual([spending(2, 3)]);
  });

  it('is summed for each process, provider and caller', async () => {
    const journal = open();
    const elsewhere = { provider: 'ELSEWHERE' as ProviderName };
    await Promise.all([
      reserve(journal, 'a'),
      reserve(journal, 'b', { credits: 0.5 }),
      reserve(journal, 'c', { credits: 4 }),
      reserve(journal, 'd', { owner: 'two', credits: 10 }),
      reserve(journal, 'e', { caller: 'ads', credits: 20 }),
      reserve(journal, 'f', { ...elsewhere, credits: 40 }),
      settle(journal, 'a', { credits: 1.25 }),
      settle(journal, 'c', { credits: 5, outcome: 'UPSTREAM_TIMEOUT' }),
      settle(journal, 'f', { credits: 0, outcome: 'NOT_FOUND' }),
    ]);
    const sums = await journal.spentSince(0);
    expect(sums).toHaveLength(4);
    expect(sums).toEqual(
      expect.arrayContaining([
        spending(6.25, 0.5),
        spending(0, 10, { owner: 'two' }),
        spending(0, 20, { caller: 'ads' }),
        spending(0, 0, elsewhere),
      ]),
    );
  });

  it('counts from the very moment that is asked for, and as spent when it was reserved', async () => {
    const journal = open();
    await reserve(journal, 'a', { at: 1000 });
    await reserve(journal, 'b', { at: 1999 });
    await settle(journal, 'a', { at: 2000 });
    expect(await journal.spentSince(1000)).toEqual([spending(2, 3)]);
    expect(await journal.spentSince(1001)).toEqual([spending(0, 3)]);
    expect(await journal.spentSince(2000)).toEqual([]);
  });

  it('is an attempt since any time up to the later of both, and once', async () => {
    const journal = open();
    await reserve(journal, 'a', { at: 1000 });
    await settle(journal, 'a', { at: 2000 });
    await reserve(journal, 'b', { at: 1500 });
    const since = async (ms: number) => (await journal.attemptsSince(ms)).map(({ reservedAt }) => reservedAt).sort();
    expect(await since(1000)).toEqual([1000, 1500]);
    expect(await since(1500)).toEqual([1000, 1500]);
    expect(await since(1501)).toEqual([1000]);
    expect(await since(2000)).toEqual([1000]);
    expect(await since(2001)).toEqual([]);
  });

  it('is settled by the first settlement, whoever writes the second', async () => {
    const [one, two] = [open(), open()];
    await reserve(one, 'a');
    await Promise.all([settle(one, 'a', { credits: 1 }), settle(one, 'a', { credits: 7 })]);
    await settle(two, 'a', { credits: 9, at: 9000 });
    expect(await two.spentSince(0)).toEqual([spending(1, 0)]);
    expect(await two.attemptsSince(0)).toEqual([attempt(1000, 2000)]);
    expect(troubles).toEqual([]);
  });

  it('is told where it makes no sense, and costs nothing of what is kept with it', async () => {
    const journal = open();
    await Promise.all([
      reserve(journal, 'a'),
      reserve(journal, 'a', { credits: 100 }),
      reserve(journal, 'b', { credits: NaN }),
      reserve(journal, 'c'),
      settle(journal, 'c', { credits: NaN }),
    ]);
    expect(troubles).toEqual(['other', 'other', 'other']);
    expect(await journal.spentSince(0)).toEqual([spending(0, 6)]);
  });

  it('is readable for the owner of the process alone', async () => {
    await reserve(open(), 'a');
    expect(beside()).toEqual(['ledger.sqlite', 'ledger.sqlite-shm', 'ledger.sqlite-wal']);
    const modes = beside().map((name) => (statSync(path.join(path.dirname(file), name)).mode & 0o777).toString(8));
    expect(modes).toEqual(['600', '600', '600']);
  });
});

describe('between processes', () => {
  const writer = path.join(import.meta.dirname, 'journal-writer.ts');
  const children: ChildProcess[] = [];
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  /** `linesMax`: at that line it is killed. */
  function run(args: readonly string[], linesMax = Infinity) {
    const child = spawn(process.execPath, [writer, ...args]);
    children.push(child);
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
      if (linesOf(out).length >= linesMax) child.kill('SIGKILL');
    });
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    return new Promise<{ code: number | null; lines: string[]; err: string }>((resolve) => {
      child.on('close', (code) => {
        resolve({ code, lines: linesOf(out), err });
      });
    });
  }
  /** The last may have been cut. */
  const linesOf = (out: string) => out.split('\n').slice(0, -1);

  /** As the writer prints them. */
  function linesInFile(): Set<string> {
    const db = new DatabaseSync(file);
    const rows = db.prepare(
      `SELECT 'reserved ' || id AS line FROM reserved UNION SELECT 'settled ' || id FROM settled`,
    );
    const lines = rows.all().map(({ line }) => line as string);
    db.close();
    return new Set(lines);
  }

  it('four that write the same new file at once lose nothing, and end by themselves without a word', async () => {
    const names = ['one', 'two', 'three', 'four'];
    const ended = await Promise.all(names.map((name) => run([file, name, '500'])));
    expect(ended.map(({ code, err }) => [code, err])).toEqual(names.map(() => [0, '']));
    expect(ended.flatMap(({ lines }) => lines.filter((line) => line.startsWith('trouble')))).toEqual([]);
    const sums = await open().spentSince(0);
    expect(sums).toHaveLength(4);
    expect(sums).toEqual(expect.arrayContaining(names.map((owner) => spending(1000, 0, { owner }))));
    expect(linesInFile().size).toBe(4000);
  });

  it('all that was said to be kept is there after SIGKILL at any moment, ten times', async () => {
    const said: string[] = [];
    for (let nth = 0; nth < 10; nth++) {
      const { code, lines, err } = await run([file, `run${String(nth)}`], 1 + Math.floor(Math.random() * 500));
      expect([code, err]).toEqual([null, '']);
      said.push(...lines);
      const there = linesInFile();
      expect(said.filter((line) => !there.has(line))).toEqual([]);
    }
    // Of a killed process, what it had in the air stays set aside.
    const sums = await open().spentSince(0);
    expect(sums).toHaveLength(10);
    for (const { unsettled } of sums) expect([0, 3, 6, 9, 12, 15]).toContain(unsettled);
    expect(troubles).toEqual([]);
  });
});

describe('a corrupt file', () => {
  it('is moved aside at the start, whole, and a new one begun', async () => {
    const before = open();
    await reserve(before, 'a');
    before.close();
    const damaged = randomBytes(statSync(file).size);
    writeFileSync(file, damaged);
    const journal = open();
    expect(troubles).toEqual(['corrupt']);
    expect(await journal.spentSince(0)).toEqual([]);
    await reserve(journal, 'b');
    expect(await open().spentSince(0)).toEqual([spending(0, 3)]);
    expect(readFileSync(`${file}.corrupt-1`).equals(damaged)).toBe(true);
    expect(troubles).toEqual(['corrupt']);
  });

  it('costs nothing of what is written when it is found', async () => {
    open().close();
    const journal = open();
    writeFileSync(file, randomBytes(statSync(file).size));
    await Promise.all([reserve(journal, 'a'), reserve(journal, 'b'), settle(journal, 'a')]);
    expect(troubles).toEqual(['corrupt']);
    expect(await open().spentSince(0)).toEqual([spending(2, 3)]);
  });
});

describe('a place that cannot be used', () => {
  it('is told with each try, and none is refused: a folder that may not be written', async () => {
    chmodSync(folder, 0o555);
    await asNobodySpecial(async () => {
      const journal = open();
      expect(troubles).toEqual(['readonly']);
      await reserve(journal, 'a');
      await settle(journal, 'a');
      expect(await journal.spentSince(0)).toEqual([]);
      expect(await journal.attemptsSince(0)).toEqual([]);
      expect(troubles).toEqual(Array(5).fill('readonly'));
      journal.close();
    });
  });

  it('is one that another never lets go of: told once for all that waited, until it is gone', async () => {
    const journal = open();
    const other = new DatabaseSync(file);
    other.exec('BEGIN IMMEDIATE');
    await Promise.all([reserve(journal, 'a'), reserve(journal, 'b')]);
    expect(troubles).toEqual(['locked']);
    other.exec('ROLLBACK');
    other.close();
    await reserve(journal, 'c');
    expect(await journal.spentSince(0)).toEqual([spending(0, 3)]);
    expect(troubles).toEqual(['locked']);
  });

  it('may be one that was there: removed while in use, it is made again', async () => {
    const journal = open();
    await reserve(journal, 'a');
    rmSync(path.dirname(file), { recursive: true });
    await reserve(journal, 'b', { credits: 5 });
    expect(await open().spentSince(0)).toEqual([spending(0, 5)]);
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

it('a closed journal has kept what waited, and from then on is empty and harmless', async () => {
  const journal = open();
  const writing = Promise.all([reserve(journal, 'a'), reserve(journal, 'b'), settle(journal, 'a')]);
  journal.close();
  await writing;
  await reserve(journal, 'c');
  await settle(journal, 'b');
  expect(await journal.spentSince(0)).toEqual([]);
  expect(await journal.attemptsSince(0)).toEqual([]);
  journal.close();
  expect(beside()).toEqual(['ledger.sqlite']);
  expect(await open().spentSince(0)).toEqual([spending(2, 3)]);
  expect(troubles).toEqual([]);
});
