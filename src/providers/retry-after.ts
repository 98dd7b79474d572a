/** The wait that a reply asks for in its `Retry-After` header, by the HTTP standard: in seconds, or as a date. */
import type { WireReply } from './provider.ts';

/** In ms. Undefined: none is asked for, or none that can be read. */
export function retryAfterMs({ headers }: WireReply): number | undefined {
  const value = headers['retry-after'];
  if (typeof value !== 'string') return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  // Date.parse would take "-1" and "1.5" for years.
  if (!/^[A-Z][a-z]+,? /.test(value)) return undefined;
  const waitMs = Date.parse(value) - Date.parse(String(headers.date));
  return Number.isNaN(waitMs) ? undefined : Math.max(0, waitMs);
}
