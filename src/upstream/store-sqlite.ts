/** Answers kept in a SQLite file, which several processes may share. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { commit, inodeOf, kindOf, moveAside, open, pack, select, type Opened, type Row } from './sqlite-file.ts';
import type { Store, Trouble } from './store.ts';

/** Between tries the process goes on with its other work. */
const TRIES_MAX = 100;
const CLOSING_BUSY_MS_MAX = 1000;

interface Options {
  readonly file: string;
  /** Of the file's content; above it, the answers that expire first are dropped. */
  readonly bytesMax: number;
  readonly now: () => number;
  readonly onTrouble: Trouble;
}

export function sqliteStore({ file, bytesMax, now, onTrouble }: Options): Store {
  const waiting: { readonly row: Row; readonly resolve: () => void }[] = [];
  let soon: NodeJS.Immediate | undefined;
  let opened: Opened | undefined;
  let closed = false;
  // A lock that outlasted all tries is then tried once for each answer, until it is gone.
  let triesMax = TRIES_MAX;

  const shut = () => {
    const was = opened;
    opened = undefined;
    was?.db.close();
  };

  const inFile = <T>(work: (opened: Opened) => T): T => {
    const inode = inodeOf(file);
    // Removed or moved aside by someone else: what is written to it now would be lost.
    if (opened?.inode !== inode) shut();
    try {
      return work((opened ??= open(file)));
    } catch (error) {
      if (kindOf(error) !== 'corrupt') throw error;
      onTrouble('corrupt', error);
      shut();
      // Another process may have been faster.
      if (inodeOf(file) === inode) moveAside(file);
      return work((opened = open(file)));
    }
  };

  const patiently = async <T>(work: (opened: Opened) => T, otherwise: () => T): Promise<T> => {
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
        await nextTurn();
      }
    }
    return otherwise();
  };

  const settle = () => {
    clearImmediate(soon);
    soon = undefined;
    for (const { resolve } of waiting.splice(0)) resolve();
  };
  const commitWaiting = (to: Opened) => {
    const rows = waiting.map(({ row }) => row);
    commit(to, rows, { bytesMax, nowMs: now() });
    triesMax = TRIES_MAX;
    settle();
  };

  // So that trouble is told at the start and not by the first answer.
  void patiently(
    () => undefined,
    () => undefined,
  );

  return {
    read: (keys) =>
      patiently(
        (from) => select(from, keys, now(), onTrouble),
        () => new Map(),
      ),
    write: (key, kept, expiresAt) =>
      new Promise((resolve) => {
        if (closed) {
          resolve();
          return;
        }
        waiting.push({ row: pack(key, kept, expiresAt), resolve });
        // What comes within one turn of the event loop is committed together: a commit costs more than a row.
        soon ??= setImmediate(() => void patiently(commitWaiting, settle));
      }),
    close: () => {
      if (closed) return;
      closed = true;
      try {
        opened?.db.exec(`PRAGMA busy_timeout = ${CLOSING_BUSY_MS_MAX}`);
        if (waiting.length > 0) inFile(commitWaiting);
      } catch (error) {
        onTrouble(kindOf(error), error);
      }
      settle();
      shut();
    },
  };
}
