/** The ledger's log in a SQLite file, which several processes may share: a row for each event, and none ever changed. */
import type { Attempt, Journal, Spending } from './journal.ts';
import { sharedSqlite } from './sqlite-shared.ts';
import type { Trouble } from './store.ts';

/** What was set aside and what came of it stand apart, so that nothing is ever written but new rows. */
const schema = `
  CREATE TABLE IF NOT EXISTS reserved (
    id TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    at REAL NOT NULL,
    provider TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    caller TEXT NOT NULL,
    credits REAL NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS settled (
    id TEXT NOT NULL PRIMARY KEY,
    at REAL NOT NULL,
    outcome TEXT NOT NULL,
    credits REAL NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS reserved_by_time ON reserved (at);
  CREATE INDEX IF NOT EXISTS settled_by_time ON settled (at)`;

const statements = {
  reserve: `INSERT INTO reserved (id, owner, at, provider, endpoint, caller, credits) VALUES (?, ?, ?, ?, ?, ?, ?)`,
  // Not OR IGNORE, which would also keep silent about a value that the table does not take.
  settle: `INSERT INTO settled (id, at, outcome, credits) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
  spent: `SELECT owner, provider, caller, total(settled.credits) AS settled,
      total(reserved.credits) FILTER (WHERE settled.id IS NULL) AS unsettled
    FROM reserved LEFT JOIN settled USING (id)
    WHERE reserved.at >= ? GROUP BY owner, provider, caller`,
  // In two halves, each by its own index.
  attempts: `SELECT provider, reserved.at AS reservedAt, settled.at AS settledAt
      FROM reserved LEFT JOIN settled USING (id) WHERE reserved.at >= :ms
    UNION ALL SELECT provider, reserved.at, settled.at
      FROM settled JOIN reserved USING (id) WHERE settled.at >= :ms AND reserved.at < :ms`,
};

interface Options {
  readonly file: string;
  readonly onTrouble: Trouble;
}

export function sqliteJournal({ file, onTrouble }: Options): Journal {
  const { read, write, close } = sharedSqlite({ file, schema, statements, onTrouble });
  return {
    reserve: ({ id, owner, at, provider, endpoint, caller, credits }) =>
      write(({ reserve }) => reserve.run(id, owner, at, provider, endpoint, caller, credits)),
    settle: ({ id, at, outcome, credits }) => write(({ settle }) => settle.run(id, at, outcome, credits)),
    spentSince: (ms) =>
      read(
        ({ spent }) => spent.all(ms) as unknown as Spending[],
        () => [],
      ),
    attemptsSince: (ms) =>
      read(
        ({ attempts }) => attempts.all({ ms }) as unknown as Attempt[],
        () => [],
      ),
    close,
  };
}
