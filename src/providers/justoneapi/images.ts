/** The first picture of a list that is an https URL, and until when it may be shown: shops sign their URLs, and signatures expire. */
import { isNode } from './raw.ts';

export interface Image {
  readonly url: string;
  /** In ms since the epoch; absent where the URL names no time. */
  readonly expiresAt?: number;
}

/** A URL, a list of them, an object with `url_list`, or a list of those. `base`: of relative paths. */
export function readImage(sent: unknown, base?: string): Image | undefined {
  for (const text of urlsIn(sent)) {
    const image = imageOf(text, base);
    if (image) return image;
  }
  return undefined;
}

const LOOKED_AT_MAX = 20;
const URL_CHARS_MAX = 4096;

function urlsIn(sent: unknown): unknown[] {
  if (Array.isArray(sent)) return sent.slice(0, LOOKED_AT_MAX).flatMap((each) => urlsOf(each));
  return urlsOf(sent);
}

function urlsOf(sent: unknown): unknown[] {
  if (!isNode(sent)) return [sent];
  return Array.isArray(sent.url_list) ? sent.url_list.slice(0, LOOKED_AT_MAX) : [sent.url];
}

function imageOf(text: unknown, base: string | undefined): Image | undefined {
  if (typeof text !== 'string' || text.length > URL_CHARS_MAX || /[\s\\]/.test(text)) return undefined;
  const isRelative = base !== undefined && /^jfs\/[\w./-]+$/.test(text);
  const absolute = isRelative ? base + text : text.startsWith('//') ? `https:${text}` : text;
  const url = URL.parse(absolute);
  if (url?.protocol !== 'https:' || url.username !== '' || !url.hostname.includes('.')) return undefined;
  const times = [...url.searchParams].flatMap(([name, value]) => (expiry.test(name) ? timesIn(value) : []));
  return { url: absolute, ...(times.length > 0 && { expiresAt: Math.min(...times) }) };
}

const expiry = /^(?:x-)?(?:url_?)?expires?$/i;

/** Seconds have ten digits, milliseconds thirteen; what is shorter is no time but a duration, from an unknown start. */
function timesIn(value: string): number[] {
  if (/^\d{10}$/.test(value)) return [Number(value) * 1000];
  return /^\d{13}$/.test(value) ? [Number(value)] : [];
}
