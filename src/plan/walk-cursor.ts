/** Cursors of lists whose pages hang together by the provider's own cursors, which they carry on: opaque, versioned, sealed. */
import { ShopgraphError } from '../errors.ts';
import { listName } from './cursor.ts';
import type { Place } from './walk.ts';

const VERSION = 1;
const text = /^\d+\.[\w-]{11}\.(\d{1,9})\.(\d{1,9})\.((?:[\w-]{11})?)\.(.*)$/s;

/** The longest that any documented provider cursor makes: 8192 characters of three bytes each. */
const CHARS_MAX = 33_000;

/** The seal is of the list as well, so that nothing but a cursor made here for this list fits. */
export function encodePlace(list: string, { index, pages, mark, cursor }: Place): string {
  const place = `${index}.${pages}.${mark}.${cursor ?? ''}`;
  return Buffer.from(`${VERSION}.${listName(`${VERSION} ${list} ${place}`)}.${place}`).toString('base64url');
}

export function decodePlace(list: string, given: string): Place {
  const decoded = given.length > CHARS_MAX ? '' : Buffer.from(given, 'base64url').toString();
  const [, index, pages, mark, cursor] = text.exec(decoded) ?? [];
  if (mark === undefined || cursor === undefined) throw new ShopgraphError('BAD_CURSOR');
  // A provider's cursor is never empty: the first page has none.
  const place = { index: Number(index), pages: Number(pages), mark, cursor: cursor === '' ? null : cursor };
  // Which holds for the version, the seal and the list, and for characters that decoding skips.
  if (encodePlace(list, place) !== given) throw new ShopgraphError('BAD_CURSOR');
  return place;
}
