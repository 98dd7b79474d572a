/** Opaque, versioned cursors, each tied to its list: one that is broken, foreign or of another version is refused unpaid. */
import { hash } from 'node:crypto';
import { ShopgraphError } from '../errors.ts';

/** Where in a list a row stands. */
export interface Position {
  /** From 0. */
  readonly offset: number;
  /** The size of the upstream page that held it: the page to look for first when the walk goes on. */
  readonly pageSize: number;
}

const VERSION = 1;
const text = /^(\d+)\.([\w-]{11})\.(\d{1,9})\.(\d{1,5})$/;

/** A short name for a list: its endpoint and everything asked of it but the page. */
export const listName = (question: string): string => hash('sha256', question, 'base64url').slice(0, 11);

export const encodeCursor = (list: string, { offset, pageSize }: Position): string =>
  Buffer.from(`${VERSION}.${list}.${offset}.${pageSize}`).toString('base64url');

export function decodeCursor(list: string, cursor: string): Position {
  const [, version, of, offset, pageSize] = text.exec(Buffer.from(cursor, 'base64url').toString('latin1')) ?? [];
  const position = { offset: Number(offset), pageSize: Number(pageSize) };
  const isOurs = Number(version) === VERSION && of === list && position.pageSize > 0;
  // Decoding skips what is not base64url: only a cursor that encodes back to itself was made here.
  if (!isOurs || encodeCursor(list, position) !== cursor) throw new ShopgraphError('BAD_CURSOR');
  return position;
}
