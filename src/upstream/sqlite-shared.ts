/** A SQLite file that processes share: each waits for the others' locks, and commits together what came in one turn. */
import { sqliteFile, type Opened, type Statements, type Tables } from './sqlite-file.ts';
import { kindOf } from './sqlite-trouble.ts';

/** Between tries the process goes on with its other work. */
const TRIES_MAX = 100;
const CLOSING_BUSY_MS_MAX = 1000;

interface Options<Name extends string> extends Tables<Name> {
  /** The last in each transaction, after so many writes. */
  readonly beforeCommit?: (statements: Statements<Name>, writes: number) => void;
}

/** Nothing of it ever rejects. */
interface SharedSqlite<Name extends string> {
  /** `otherwise`: where the file cannot be read. */
  readonly read: <T>(work: (statements: Statements<Name>) => T, otherwise: () => T) => Promise<T>;
  /** Resolves when a killed process can no longer lose it, or when it cannot be kept. Work not committed is done again. */
  readonly write: (work: (statements: Statements<Name>) => void) => Promise<void>;
  /** Writes what is still waiting. Afterwards nothing is read, and nothing written. */
  readonly close: () => void;
}

export function sharedSqlite<Name extends string>({ beforeCommit, ...tables }: Options<Name>): SharedSqlite<Name> {
  const { onTrouble } = tables;
  const { inFile, shut } = sqliteFile(tables);
  const waiting: { readonly work: (statements: Statements<Name>) => void; readonly resolve: () => void }[] = [];
  let soon: NodeJS.Immediate | undefined;
  let closed = false;
  // A lock that outlasted all tries is then tried once for each work, until it is gone.
  let triesMax = TRIES_MAX;

  const patiently = async <T>(work: (opened: Opened<Name>) => T, otherwise: () => T): Promise<T> => {
    for (let tries = 1; !closed; tries++) {
      try {
        return inFile(work);
      } catch (error) {
        const kind = kindOf(error);
        if (kind !== 'locked' || tries >= triesMax) {
          if (kind === 'locked') triesMax = 1;
          onTrouble(kind, error);
          break;
        }
        await new Promise(setImmediate);
      }
    }
    return otherwise();
  };

  const settle = () => {
    clearImmediate(soon);
    soon = undefined;
    for (const { resolve } of waiting.splice(0)) resolve();
  };
  const commitWaiting = ({ db, statements }: Opened<Name>) => {
    db.exec('BEGIN IMMEDIATE');
    try {
      for (const { work } of waiting) {
        try {
          work(statements);
        } catch (error) {
          // A value that its table does not take costs that work alone.
          if (kindOf(error) !== 'other' || !db.isTransaction) throw error;
          onTrouble('other', error);
        }
      }
      beforeCommit?.(statements, waiting.length);
      db.exec('COMMIT');
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK');
      throw error;
    }
    triesMax = TRIES_MAX;
    settle();
  };

  // So that trouble is told at the start and not by the first work.
  void patiently(
    () => undefined,
    () => undefined,
  );

  return {
    read: (work, otherwise) => patiently(({ statements }) => work(statements), otherwise),
    write: (work) =>
      new Promise((resolve) => {
        if (closed) {
          resolve();
          return;
        }
        waiting.push({ work, resolve });
        // What comes within one turn of the event loop is committed together: a commit costs more than a row.
        soon ??= setImmediate(() => void patiently(commitWaiting, settle));
      }),
    close: () => {
      if (closed) return;
      closed = true;
      const atLast = (opened: Opened<Name>) => {
        opened.db.exec(`PRAGMA busy_timeout = ${CLOSING_BUSY_MS_MAX}`);
        commitWaiting(opened);
      };
      try {
        if (waiting.length > 0) inFile(atLast);
      } catch (error) {
        onTrouble(kindOf(error), error);
      }
      settle();
      shut();
    },
  };
}
