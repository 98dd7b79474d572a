/** Nothing is sent that nobody pays for: the price of an attempt is set aside before, and given back if it is not sent. */
import { ShopgraphError } from '../errors.ts';
import type { Step } from './pipeline.ts';

export const admit: Step = (next) => async (call) => {
  for (;;) {
    const payment = call.asker.pay(call.endpoint);
    try {
      return await next({ ...call, payment });
    } catch (error) {
      if (!(error instanceof ShopgraphError) || error.code !== 'BUDGET_EXHAUSTED') throw error;
      // Another of those who wait may have credits left.
      payment.refuse(error);
    } finally {
      payment.release();
    }
  }
};
