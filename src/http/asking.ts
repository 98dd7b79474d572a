/** What a request says of itself: who asks, for how long it waits, and what it may spend. */
import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { nobody, type Caller, type Callers } from '../callers.ts';
import type { Asking } from '../context.ts';
import { ShopgraphError } from '../errors.ts';

/** A year of waiting is a mistake; the slowest answers take minutes. */
const DEADLINE_MS_MAX = 600_000;

interface Options {
  readonly callers: Callers;
  /** Of browsers that may ask from other sites. */
  readonly corsOrigins: readonly string[];
  /** For requests that do not say, and at most. */
  readonly deadlineMs: number;
  readonly maxCredits: number;
}

export interface Refusal {
  readonly status: number;
  readonly error: ShopgraphError;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Whoever routes requests here may have named them already. */
export const requestIdOf = ({ 'x-request-id': named }: IncomingHttpHeaders): string =>
  typeof named === 'string' && /^[\w.:-]{1,128}$/.test(named) ? named : randomUUID();

export function createAskingOf({ callers, corsOrigins, deadlineMs, maxCredits }: Options) {
  return async ({ method, headers }: IncomingMessage, requestId: string): Promise<Asking | Refusal> => {
    // A browser asks beforehand, without a key, what it may send.
    if (method === 'OPTIONS')
      return { caller: nobody, requestId, deadlineMs, maxCredits: 0, isExplained: false, isDryRun: false };
    if (method === 'GET' && isOfAnotherSite(headers, corsOrigins)) return { status: 403, error: crossSite };
    const caller = callers.identify(headers);
    if (caller instanceof ShopgraphError) {
      return { status: 401, error: caller, headers: { 'www-authenticate': 'Bearer' } };
    }
    const full = await callers.admit(caller);
    if (full) return tooMany(caller, full.retryAfterMs);
    try {
      const isExplained = isSet(headers, 'x-shopgraph-explain');
      if (isExplained && !caller.scopes.has('explain')) return { status: 403, error: unexplained };
      return {
        caller,
        requestId,
        deadlineMs: wholeIn(headers, 'x-deadline-ms', { min: 1, max: DEADLINE_MS_MAX }) ?? deadlineMs,
        maxCredits: Math.min(wholeIn(headers, 'x-max-credits', { min: 0, max: 1e9 }) ?? Infinity, maxCredits),
        isExplained,
        isDryRun: isSet(headers, 'x-shopgraph-dry-run'),
      };
    } catch (error) {
      if (!(error instanceof ShopgraphError)) throw error;
      return { status: 400, error };
    }
  };
}

/** A browser says so of what another site has it fetch, be it a picture: no CORS rule would keep that from being bought. */
const isOfAnotherSite = (
  { 'sec-fetch-site': site, origin = '' }: IncomingHttpHeaders,
  corsOrigins: readonly string[],
): boolean => (site === 'cross-site' || site === 'same-site') && !corsOrigins.includes(origin);

const crossSite = new ShopgraphError('FORBIDDEN', { says: 'Other sites may not send operations in a URL.' });

const unexplained = new ShopgraphError('FORBIDDEN', {
  says: '`x-shopgraph-explain` takes a key with the scope `explain`.',
});

function tooMany({ ratePerMinute }: Caller, retryAfterMs: number): Refusal {
  const says = `This key may send ${String(ratePerMinute)} requests a minute.`;
  return {
    status: 429,
    error: new ShopgraphError('RATE_LIMITED', { says, retryAfterMs }),
    headers: { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) },
  };
}

/** Any other value is a mistake: who wants a price with it would be sold the answer. */
function isSet(headers: IncomingHttpHeaders, name: string): boolean {
  const text = headers[name];
  if (text === undefined || text === '' || text === '0') return false;
  if (text === '1') return true;
  throw new ShopgraphError('BAD_INPUT', { says: `\`${name}\` must be 1, or be left out.` });
}

function wholeIn(headers: IncomingHttpHeaders, name: string, { min, max }: { min: number; max: number }) {
  const text = headers[name];
  if (text === undefined || text === '') return undefined;
  const value = typeof text === 'string' && /^\d+$/.test(text) ? Number(text) : NaN;
  if (value >= min && value <= max) return value;
  throw new ShopgraphError('BAD_INPUT', { says: `\`${name}\` must be a whole number from ${min} to ${max}.` });
}
