/** A SQLite file with its tables: made, opened, and where it is damaged or gone, begun anew. */
import { closeSync, existsSync, mkdirSync, openSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { kindOf } from './sqlite-trouble.ts';
import type { Trouble } from './store.ts';

/** How long one try waits for another process's transaction; this process stands still meanwhile. */
const BUSY_MS_MAX = 10;
/** NORMAL: a commit is with the operating system, which a killed process cannot take back. */
const DURABILITY = `PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL`;

export interface Tables<Name extends string> {
  readonly file: string;
  /** Run at each opening. */
  readonly schema: string;
  readonly statements: Readonly<Record<Name, string>>;
  readonly onTrouble: Trouble;
}

export type Statements<Name extends string> = Readonly<Record<Name, StatementSync>>;

export interface Opened<Name extends string> {
  readonly db: DatabaseSync;
  readonly statements: Statements<Name>;
  readonly inode: number | undefined;
}

interface SqliteFile<Name extends string> {
  /** Throws what only the caller can decide upon. Work that found damage is done again in the new file. */
  readonly inFile: <T>(work: (opened: Opened<Name>) => T) => T;
  readonly shut: () => void;
}

export function sqliteFile<Name extends string>(tables: Tables<Name>): SqliteFile<Name> {
  const { file, onTrouble } = tables;
  let opened: Opened<Name> | undefined;

  const shut = () => {
    const was = opened;
    opened = undefined;
    was?.db.close();
  };

  const inFile = <T>(work: (opened: Opened<Name>) => T): T => {
    const inode = inodeOf(file);
    // Removed or moved aside by someone else: what is written to it now would be lost.
    if (opened?.inode !== inode) shut();
    try {
      return work((opened ??= open(tables)));
    } catch (error) {
      if (kindOf(error) !== 'corrupt') throw error;
      onTrouble('corrupt', error);
      shut();
      // Another process may have been faster.
      if (inodeOf(file) === inode) moveAside(file);
      return work((opened = open(tables)));
    }
  };

  return { inFile, shut };
}

function open<Name extends string>({ file, schema, statements }: Tables<Name>): Opened<Name> {
  makeFolder(path.dirname(file));
  makeFile(file);
  // Before it is opened: a file put in its place in between is then noticed at the next look.
  const inode = inodeOf(file);
  const db = new DatabaseSync(file, { timeout: BUSY_MS_MAX });
  try {
    db.exec(`${DURABILITY}; ${schema}`);
    const prepared = Object.entries<string>(statements).map(([name, sql]) => [name, db.prepare(sql)] as const);
    return { db, statements: Object.fromEntries(prepared) as Statements<Name>, inode };
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

const inodeOf = (file: string) => statSync(file, { throwIfNoEntry: false })?.ino;

/** With what SQLite keeps beside it, which would be taken for the new file's. */
function moveAside(file: string): void {
  let n = 1;
  while (existsSync(`${file}.corrupt-${n}`)) n++;
  for (const beside of ['-wal', '-shm', '']) {
    ignoring('ENOENT', () => {
      renameSync(file + beside, `${file}.corrupt-${n}${beside}`);
    });
  }
}
