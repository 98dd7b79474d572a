// Faults that look the same at every provider, since they happen outside of its code.

import type { FaultRule } from './faults.ts';
import { type Outcome, charged, free } from './manners.ts';
import { html } from './reply.ts';

/** Undefined: the provider's own code has to play it. */
export function mishap({ fault }: FaultRule, elsewhere: string): Outcome | undefined {
  switch (fault) {
    // A gateway in front of the provider answers: nobody says whether it was charged.
    case 'bad-gateway':
      return free(html(502, '502 Bad Gateway'));
    case 'html-404':
      return free(html(404, '404 Not Found'));
    case 'redirect':
      return free(html(302, '302 Found', { Location: elsewhere }));
    // The credit is kept: the work was done, or nobody can tell.
    case 'not-json':
      return charged({ kind: 'text', status: 200, contentType: 'text/plain; charset=utf-8', body: 'OK, see you soon' });
    case 'huge':
    case 'drop':
    case 'hang':
      return charged({ kind: fault });
    default:
      return undefined;
  }
}

export const retryAfter = ({ retryAfterS }: FaultRule): Record<string, string> =>
  retryAfterS === undefined ? {} : { 'Retry-After': String(retryAfterS) };
