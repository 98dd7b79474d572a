// A provider's meter: requests in the rolling minute, and credits charged.

export interface MeterLimits {
  strict: boolean;
  ratePerMinute: number;
  monthlyCredits: number;
}

export interface Meter {
  /** Whether a call that arrives at `at` may pass. Call it once for each arrival. */
  admit: (at: number) => 'passed' | 'rate' | 'quota';
  charge: () => void;
  refund: () => void;
  used: () => number;
  reset: () => void;
}

const windowMs = 60_000;

export function makeMeter(limits: () => MeterLimits): Meter {
  let arrivals: number[] = [];
  let used = 0;
  return {
    admit(at) {
      const { strict, ratePerMinute, monthlyCredits } = limits();
      // Only the arrival that is `ratePerMinute` calls back can still fill the window, so no more need be kept.
      const early = arrivals.length < ratePerMinute ? -Infinity : arrivals.at(-ratePerMinute)!;
      const crowded = early > at - windowMs;
      // A refused call counts towards the window too: who retries at once only makes it worse.
      arrivals.push(at);
      if (arrivals.length > ratePerMinute) arrivals = arrivals.slice(-ratePerMinute);
      if (strict && crowded) return 'rate';
      return strict && used >= monthlyCredits ? 'quota' : 'passed';
    },
    charge() {
      used++;
    },
    refund() {
      used--;
    },
    used: () => used,
    reset() {
      arrivals = [];
      used = 0;
    },
  };
}
