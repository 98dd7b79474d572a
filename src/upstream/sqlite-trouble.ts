/** What kind of trouble an error of SQLite or of the file system is. */
import type { TroubleKind } from './store.ts';

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
