/** Every attempt is counted as it ends: for the operation that pays, and for the process. */
import { ShopgraphError } from '../errors.ts';
import type { Endpoint } from '../providers/provider.ts';
import type { Clock } from './clock.ts';
import type { Step } from './pipeline.ts';

/** Told of each attempt: `outcome` is `OK` or the error's code. */
export type Observe = (
  endpoint: Endpoint,
  attempt: { outcome: string; credits: number; tookMs: number; error?: ShopgraphError },
) => void;

export function count({ clock, observe }: { clock: Clock; observe: Observe }): Step {
  return (next) => async (call) => {
    const startedAt = clock.now();
    const settle = (outcome: string, credits: number, error?: ShopgraphError) => {
      call.meter.bought(call.endpoint.provider, credits);
      observe(call.endpoint, { outcome, credits, tookMs: clock.now() - startedAt, ...(error && { error }) });
    };
    try {
      const answer = await next(call);
      settle('OK', call.endpoint.credits);
      return answer;
    } catch (error) {
      if (!(error instanceof ShopgraphError)) throw error;
      settle(error.code, error.details.creditsCharged ?? call.endpoint.credits, error);
      throw error;
    }
  };
}
