/** Answers kept in a SQLite file, which several processes may share. */
import { crc32 } from 'node:zlib';
import { compressed, decompressed } from './compress.ts';
import { sharedSqlite } from './sqlite-shared.ts';
import type { Kept, Store, Trouble } from './store.ts';

/** More than one, so that a file full of expired answers empties. */
const EXPIRED_DROPPED_PER_WRITE = 4;
const DROPPED_AT_ONCE = 16;

/** `body`: a blob is compressed. */
const schema = `
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
  put: `REPLACE INTO answers (key, body, fetched_at, expires_at, checksum) VALUES (?, ?, ?, ?, ?)`,
  dropExpired: `DELETE FROM answers WHERE rowid IN
    (SELECT rowid FROM answers WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)`,
  dropNext: `DELETE FROM answers WHERE rowid IN (SELECT rowid FROM answers ORDER BY expires_at LIMIT ${DROPPED_AT_ONCE})`,
  content: `SELECT (page_count - freelist_count) * page_size AS bytes
    FROM pragma_page_count, pragma_freelist_count, pragma_page_size`,
};

interface Options {
  readonly file: string;
  /** Of the file's content; above it, the answers that expire first are dropped. */
  readonly bytesMax: number;
  readonly now: () => number;
  readonly onTrouble: Trouble;
}

export function sqliteStore({ file, bytesMax, now, onTrouble }: Options): Store {
  const { read, write, close } = sharedSqlite({
    file,
    schema,
    statements,
    beforeCommit: ({ dropExpired, content, dropNext }, writes) => {
      dropExpired.run(now(), EXPIRED_DROPPED_PER_WRITE * writes);
      while ((content.get() as { bytes: number }).bytes > bytesMax && dropNext.run().changes !== 0);
    },
    onTrouble,
  });

  return {
    read: (keys) =>
      read(
        ({ select }) => unpack(select.all(JSON.stringify(keys), now()) as unknown as Row[], onTrouble),
        () => new Map(),
      ),
    write: (key, kept, expiresAt) => {
      const row = pack(key, kept, expiresAt);
      return write(({ put }) => put.run(row.key, row.body, row.fetched_at, row.expires_at, row.checksum));
    },
    close,
  };
}

interface Row {
  readonly key: string;
  readonly body: string | Uint8Array;
  readonly fetched_at: number;
  readonly expires_at: number;
  readonly checksum: number;
}

/** SQLite notices damage to its own structures only; a wrong digit in an answer would be served. */
const checksum = ({ key, fetched_at, body }: Omit<Row, 'checksum'>) => crc32(body, crc32(`${key} ${fetched_at}`));

function pack(key: string, { text, fetchedAt }: Kept, expiresAt: number): Row {
  const row = { key, body: compressed(text), fetched_at: fetchedAt, expires_at: expiresAt };
  return { ...row, checksum: checksum(row) };
}

function unpack(rows: readonly Row[], onTrouble: Trouble): Map<string, Kept> {
  const found = new Map<string, Kept>();
  for (const row of rows) {
    const { key, body, fetched_at: fetchedAt } = row;
    if (row.checksum !== checksum(row)) onTrouble('corrupt', new Error('a kept answer is damaged'));
    else found.set(key, { text: decompressed(body), fetchedAt });
  }
  return found;
}
