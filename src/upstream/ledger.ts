/** Every attempt is in the books: set aside before it is sent, settled by what it came to. */
import { ShopgraphError } from '../errors.ts';
import type { Bill, Endpoint } from '../providers/provider.ts';
import type { Accounts } from './accounts.ts';
import { givenUp } from './asker.ts';
import type { Clock } from './clock.ts';
import type { Journal } from './journal.ts';
import type { Call, Step } from './pipeline.ts';

/** Told of each attempt as it ends: `outcome` is `OK` or the error's code. */
export type Observe = (
  call: Call,
  attempt: { outcome: string; credits: number; tookMs: number; error?: ShopgraphError },
) => void;

interface Books {
  readonly clock: Clock;
  /** This process, by an id that no other ever has. */
  readonly owner: string;
  readonly journal: Journal;
  readonly accounts: Accounts;
  readonly observe: Observe;
}

export function ledger({ clock, owner, journal, accounts, observe }: Books): Step {
  let attempts = 0;
  return (next) => async (call) => {
    const { endpoint, payment, asker } = call;
    if (!payment) throw new Error('not admitted');
    if (!asker.isWaiting()) throw givenUp();
    await payment.claim();
    payment.sent();
    const id = `${owner}-${++attempts}`;
    const startedAt = clock.now();
    await journal.reserve({
      ...{ id, owner, at: startedAt, caller: payment.caller },
      ...{ provider: endpoint.provider, endpoint: endpoint.name, credits: endpoint.credits },
    });

    const settle = (outcome: string, said: Bill & { credits: number }, error?: ShopgraphError) => {
      const credits = said.charged ?? said.credits;
      payment.settle(credits);
      if (said.used !== undefined) accounts.correct(endpoint.provider, said.used);
      const at = clock.now();
      observe(call, { outcome, credits, tookMs: at - startedAt, ...(error && { error }) });
      return journal.settle({ id, at, outcome, credits });
    };
    try {
      const { bill, ...answer } = await next(call);
      await settle('OK', { credits: endpoint.credits, ...bill });
      return answer;
    } catch (error) {
      if (!(error instanceof ShopgraphError)) throw error;
      await settle(error.code, { credits: chargeOf(error, endpoint), ...error.details.bill }, error);
      throw error;
    }
  };
}

/** Where a failure does not say what it cost, it may have cost the whole price. */
const chargeOf = ({ details }: ShopgraphError, { credits }: Endpoint): number => details.creditsCharged ?? credits;
