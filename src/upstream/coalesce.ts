/** One flight per question: whoever asks while it is in the air waits for the same answer, or shares the same failure. */
import { ShopgraphError } from '../errors.ts';
import { givenUp } from './asker.ts';
import { createFlight, type Flight } from './flight.ts';
import type { Call, Step } from './pipeline.ts';

interface Flights {
  readonly step: Step;
  /** Whether the question is in the air now, so that asking costs nothing. */
  readonly has: (key: string) => boolean;
  /** Resolves when none is in the air. */
  readonly landed: () => Promise<void>;
}

interface Options {
  /** Says of what has been bought and is still being collected that it is. */
  readonly pendingOf?: (call: Call) => ShopgraphError | null;
}

export function coalesce({ pendingOf = () => null }: Options = {}): Flights {
  const flights = new Map<string, Flight>();
  const landing: (() => void)[] = [];

  const step: Step = (next) => {
    const launch = (call: Call, flight: Flight) => {
      const land = () => {
        flights.delete(call.key);
        if (flights.size === 0) for (const resolve of landing.splice(0)) resolve();
      };
      next({ ...call, asker: flight.asker }).then(
        (answer) => {
          land();
          for (const rider of flight.riders()) rider.resolve(answer);
        },
        (error: unknown) => {
          land();
          const isUnpaid = error instanceof ShopgraphError && error.code === 'BUDGET_EXHAUSTED';
          // Each has its own reason not to pay; who came too late to be asked asks anew.
          for (const rider of flight.riders()) rider.reject(isUnpaid ? (rider.refusal ?? givenUp()) : error);
        },
      );
    };

    const ask: ReturnType<Step> = (call) => {
      const { asker, endpoint, key } = call;
      const failed = (error: unknown) => {
        if (!(error instanceof ShopgraphError)) throw error;
        // It was given up for those on board before, who had less time.
        const isTooLate = error.code === 'DEADLINE_EXCEEDED';
        if (isTooLate && asker.isWaiting() && asker.deadline > (error.details.startsAt ?? 0)) return ask(call);
        throw asker.hear(error, endpoint);
      };
      if (!asker.isWaiting()) return Promise.reject(asker.hear(new ShopgraphError('DEADLINE_EXCEEDED'), endpoint));
      const inTheAir = flights.get(key);
      if (inTheAir) {
        // One that all have left may have been given up, unless it has been bought.
        const isShared = inTheAir.asker.isWaiting() || pendingOf(call) !== null;
        const spared = () => {
          asker.meter.avoided('coalesced');
        };
        if (isShared) spared();
        return inTheAir.board(asker).then((answer) => {
          if (!isShared) spared();
          return { from: 'coalesced', ...answer };
        }, failed);
      }
      const flight = createFlight(() => pendingOf(call) ?? new ShopgraphError('DEADLINE_EXCEEDED'));
      const answer = flight.board(asker).catch(failed);
      flights.set(key, flight);
      launch(call, flight);
      return answer;
    };
    return ask;
  };

  const landed = () => (flights.size === 0 ? Promise.resolve() : new Promise<void>((resolve) => landing.push(resolve)));

  return { step, has: (key) => flights.has(key), landed };
}
