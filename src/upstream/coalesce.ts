/** One flight per question: whoever asks while it is in the air waits for the same answer, or shares the same failure. */
import type { Answer, Call, Step } from './pipeline.ts';

interface Flights {
  readonly step: Step;
  /** Whether the question is in the air now, so that asking costs nothing. */
  readonly has: (key: string) => boolean;
}

export function coalesce(): Flights {
  const flights = new Map<string, Promise<Answer>>();

  const step: Step = (next) => (call: Call) => {
    const flight = flights.get(call.key);
    if (flight) {
      call.meter.avoided('coalesced');
      return flight;
    }
    const started = next(call);
    flights.set(call.key, started);
    // Not `finally`: its promise settles later than the flight, and in between the question would be neither here nor cached.
    const land = () => flights.delete(call.key);
    started.then(land, land);
    return started;
  };

  return { step, has: (key) => flights.has(key) };
}
