/** The file that answers are kept in: how it is opened, read, written and, where it is damaged, moved aside. */
import { closeSync, existsSync, mkdirSync, openSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { crc32, deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Kept, Trouble, TroubleKind } from './store.ts';

/** How long one try waits for another process's transaction; this process stands still meanwhile. */
const BUSY_MS_MAX = 10;
/** Compressing takes 10 µs and reading as much again; for shorter texts that saves too little room. */
const COMPRESSED_CHARS_MIN = 1000;
/** More than one, so that a file full of expired answers empties. */
const EXPIRED_DROPPED_PER_WRITE = 4;
const DROPPED_AT_ONCE = 16;

export interface Opened extends Readonly<Record<keyof typeof statements, StatementSync>> {
  readonly db: DatabaseSync;
  readonly inode: number | undefined;
}

/** NORMAL: a commit is with the operating system, which a killed process cannot take back. `body`: a blob is compressed. */
const schema = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  CREATE TABLE IF NOT EXISTS answers (
    key TEXT NOT NULL PRIMARY KEY,
    body ANY NOT NULL,
    fetched_at REAL NOT NULL,
    expires_at REAL NOT NULL,
    checksum REAL NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS answers_by_expiry ON answers (expires_at)`;

const statements = {
  select: `SELECT answers.* FROM json_each(?) AS asked CROSS JOIN answers ON answers.key = asked.value
    WHERE expires_at > ? AND typeof(body) IN ('text', 'blob')`,
  begin: `BEGIN IMMEDIATE`,
  put: `REPLACE INTO answers (key, body, fetched_at, expires_at, checksum) VALUES (?, ?, ?, ?, ?)`,
  dropExpired: `DELETE FROM answers WHERE rowid IN
    (SELECT rowid FROM answers WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)`,
  dropNext: `DELETE FROM answers WHERE rowid IN (SELECT rowid FROM answers ORDER BY expires_at LIMIT ${DROPPED_AT_ONCE})`,
  content: `SELECT (page_count - freelist_count) * page_size AS bytes
    FROM pragma_page_count, pragma_freelist_count, pragma_page_size`,
  end: `COMMIT`,
};

export function open(file: string): Opened {
  makeFolder(path.dirname(file));
  makeFile(file);
  // Before it is opened: a file put in its place in between is then noticed at the next look.
  const inode = inodeOf(file);
  const db = new DatabaseSync(file, { timeout: BUSY_MS_MAX });
  try {
    db.exec(schema);
    const prepared = Object.entries(statements).map(([name, sql]) => [name, db.prepare(sql)] as const);
    return { ...(Object.fromEntries(prepared) as Record<keyof typeof statements, StatementSync>), db, inode };
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Not by `recursive`, which never returns where making a folder fails with ENOENT though its parent is there (/proc). */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(path.dirname(folder));
  ignoring('EEXIST', () => {
    mkdirSync(folder, 0o700);
  });
}

/** By SQLite it would be readable for all. One that is there is not touched: closing it would release SQLite's locks. */
function makeFile(file: string): void {
  ignoring('EEXIST', () => {
    closeSync(openSync(file, 'wx', 0o600));
  });
}

function ignoring(code: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== code) throw error;
  }
}

export const inodeOf = (file: string) => statSync(file, { throwIfNoEntry: false })?.ino;

/** With what SQLite keeps beside it, which would be taken for the new file's. */
export function moveAside(file: string): void {
  let n = 1;
  while (existsSync(`${file}.corrupt-${n}`)) n++;
  for (const beside of ['-wal', '-shm', '']) {
    ignoring('ENOENT', () => {
      renameSync(file + beside, `${file}.corrupt-${n}${beside}`);
    });
  }
}

export interface Row {
  readonly key: string;
  readonly body: string | Uint8Array;
  readonly fetched_at: number;
  readonly expires_at: number;
  readonly checksum: number;
}

/** SQLite notices damage to its own structures only; a wrong digit in an answer would be served. */
const checksum = ({ key, fetched_at, body }: Omit<Row, 'checksum'>) => crc32(body, crc32(`${key} ${fetched_at}`));

export function pack(key: string, { text, fetchedAt }: Kept, expiresAt: number): Row {
  const body = text.length < COMPRESSED_CHARS_MIN ? text : deflateRawSync(text, { level: 1 });
  const row = { key, body, fetched_at: fetchedAt, expires_at: expiresAt };
  return { ...row, checksum: checksum(row) };
}

export function select(
  { select }: Opened,
  keys: readonly string[],
  nowMs: number,
  onTrouble: Trouble,
): Map<string, Kept> {
  const found = new Map<string, Kept>();
  for (const row of select.all(JSON.stringify(keys), nowMs) as unknown as Row[]) {
    const { key, body, fetched_at: fetchedAt } = row;
    if (row.checksum !== checksum(row)) onTrouble('corrupt', new Error(`the kept answer to ${key} is damaged`));
    else found.set(key, { text: typeof body === 'string' ? body : inflateRawSync(body).toString(), fetchedAt });
  }
  return found;
}

export function commit(
  to: Opened,
  rows: readonly Row[],
  { bytesMax, nowMs }: { bytesMax: number; nowMs: number },
): void {
  to.begin.run();
  try {
    for (const row of rows) to.put.run(row.key, row.body, row.fetched_at, row.expires_at, row.checksum);
    to.dropExpired.run(nowMs, EXPIRED_DROPPED_PER_WRITE * rows.length);
    while ((to.content.get() as { bytes: number }).bytes > bytesMax && to.dropNext.run().changes !== 0);
    to.end.run();
  } catch (error) {
    if (to.db.isTransaction) to.db.exec('ROLLBACK');
    throw error;
  }
}

/** Of SQLite's result codes (sqlite.org/rescode.html) and the file system's. */
const kinds: Readonly<Record<string | number, TroubleKind>> = {
  // ERROR: our statements do not fit, so the tables are another program's.
  1: 'corrupt',
  5: 'locked',
  6: 'locked',
  8: 'readonly',
  11: 'corrupt',
  13: 'full',
  14: 'readonly',
  15: 'locked',
  26: 'corrupt',
  // IOERR_SHORT_READ: the file ends too early. IOERR_WRITE: a quota or a limit on file sizes. IOERR_SHMSIZE, too.
  522: 'corrupt',
  778: 'full',
  4874: 'full',
  ENOSPC: 'full',
  EDQUOT: 'full',
  EROFS: 'readonly',
  EACCES: 'readonly',
  EPERM: 'readonly',
};

export function kindOf(error: unknown): TroubleKind {
  const { errcode = 0, code = '' } = error as { errcode?: number; code?: string };
  return kinds[errcode] ?? kinds[errcode & 0xff] ?? kinds[code] ?? 'other';
}
