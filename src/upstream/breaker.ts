/**
 * A provider that said no for a reason that will not pass is not asked until it has: per provider, and by cause.
 *
 * - Our key is refused: until the process starts anew, with other configuration.
 * - One of its routes serves nothing as we ask for it: likewise, that route alone.
 * - Our credits are used up: until they return.
 * - It is down or slow: for a while; then one call tries, and its outcome decides.
 *
 * Being asked to slow down is none of these: that passes by waiting in line.
 */
import { ShopgraphError } from '../errors.ts';
import type { Endpoint, ProviderName } from '../providers/provider.ts';
import { startOfDay, startOfMonth, startOfNextDay, startOfNextMonth } from './calendar.ts';
import type { Clock } from './clock.ts';
import type { Step } from './pipeline.ts';

/** How many of the latest attempts are looked at, and how many of them must have failed. */
const ATTEMPTS_SEEN = 20;
const ATTEMPTS_FAILED = 12;
/** For how long a failing provider is left alone: at first, and at most. */
const REST_MS_MIN = 15_000;
const REST_MS_MAX = 300_000;
/** When it is not known when credits return, one call an hour asks. */
const UNKNOWN_RESET_MS = 3_600_000;
/** How long after ours the provider's day or month may begin: its clock is late, or in another time zone. */
const LATE_MS_MAX = { day: 600_000, month: 86_400_000 } as const;

export type BreakerState = 'closed' | 'failing' | 'exhausted' | 'refused';

interface Breaker {
  /** Before the line: who would be refused at its end need not wait in it. */
  readonly gate: Step;
  /** After the line: what waited in it meanwhile is refused as well, and outcomes are learned from. */
  readonly step: Step;
  readonly stateOf: (provider: ProviderName) => BreakerState;
  /** Another instance has learned that our credits are used up. */
  readonly exhaust: (provider: ProviderName, forMs: number) => void;
  /** Why a call to the endpoint would not be sent now. */
  readonly refusalOf: (endpoint: Endpoint) => ShopgraphError | null;
}

/** Why a provider is not asked, and until when; Infinity: until the process starts anew. */
interface Closure {
  readonly state: Exclude<BreakerState, 'closed'>;
  readonly until: number;
}

interface Memory {
  closure: Closure | null;
  /** Of the latest attempts: whether they failed. */
  attempts: boolean[];
  restMs: number;
  /** Whether a call is out to see if the reason has passed. */
  isProbing: boolean;
  /** Routes that serve nothing, by their names. */
  unserved: Map<string, ShopgraphError>;
}

const codes = { failing: 'CIRCUIT_OPEN', exhausted: 'QUOTA_EXHAUSTED', refused: 'AUTH_FAILED' } as const;

interface Options {
  readonly clock: Clock;
  /** Told as soon as a provider is not to be asked, and for how long. */
  readonly onOpened: (provider: ProviderName, why: Closure['state'], forMs: number) => void;
}

export function breaker({ clock, onOpened }: Options): Breaker {
  const memories = new Map<ProviderName, Memory>();
  const memoryOf = (provider: ProviderName): Memory => {
    let memory = memories.get(provider);
    if (!memory)
      memories.set(
        provider,
        (memory = { closure: null, attempts: [], restMs: REST_MS_MIN, isProbing: false, unserved: new Map() }),
      );
    return memory;
  };

  const refusalOf = ({ provider, name }: Endpoint): ShopgraphError | null => {
    const { closure, isProbing, unserved } = memoryOf(provider);
    const why = unserved.get(name);
    if (why) return new ShopgraphError(why.code, { ...why.details, creditsCharged: 0 });
    if (!closure || (closure.until <= clock.now() && !isProbing)) return null;
    const retryAfterMs = closure.until === Infinity ? undefined : Math.max(closure.until - clock.now(), 1000);
    const from = { provider, endpoint: name, creditsCharged: 0 };
    return new ShopgraphError(codes[closure.state], { ...from, retryAfterMs, reason: `not asked: ${closure.state}` });
  };
  const refuseIfClosed = (endpoint: Endpoint) => {
    const refusal = refusalOf(endpoint);
    if (refusal) throw refusal;
  };

  const gate: Step = (next) => async (call) => {
    refuseIfClosed(call.endpoint);
    return next(call);
  };

  const step: Step = (next) => async (call) => {
    const memory = memoryOf(call.endpoint.provider);
    refuseIfClosed(call.endpoint);
    const isProbe = memory.closure !== null;
    if (isProbe) memory.isProbing = true;
    try {
      const answer = await next(call);
      answered(memory, isProbe);
      return answer;
    } catch (error) {
      // What was not sent teaches nothing.
      if (!(error instanceof ShopgraphError) || !call.payment?.isSent()) throw error;
      const wasAsked = memory.closure === null;
      const told = learned(memory, isProbe, error, clock.now());
      if ((wasAsked || isProbe) && memory.closure) {
        const { state, until } = memory.closure;
        onOpened(call.endpoint.provider, state, until - clock.now());
      }
      throw told;
    } finally {
      if (isProbe) memory.isProbing = false;
    }
  };

  const exhaust = (provider: ProviderName, forMs: number) => {
    const memory = memoryOf(provider);
    const until = clock.now() + forMs;
    if (!memory.closure || memory.closure.until < until) memory.closure = { state: 'exhausted', until };
  };

  return { gate, step, exhaust, stateOf: (provider) => memories.get(provider)?.closure?.state ?? 'closed', refusalOf };
}

/** Only the call that was sent to see lifts a closure: others may have been under way since before it. */
function answered(memory: Memory, isProbe: boolean) {
  memory.attempts = [...memory.attempts, false].slice(-ATTEMPTS_SEEN);
  if (!isProbe) return;
  memory.closure = null;
  memory.attempts = [];
  memory.restMs = REST_MS_MIN;
}

/** The error to tell: with the time at which asking again makes sense, where that is known. */
function learned(memory: Memory, isProbe: boolean, error: ShopgraphError, now: number): ShopgraphError {
  switch (error.code) {
    case 'AUTH_FAILED':
      memory.closure = { state: 'refused', until: Infinity };
      return error;
    case 'QUOTA_EXHAUSTED': {
      const retryAfterMs = error.details.retryAfterMs ?? resetInMs(error.details.resets, now);
      // What was sent before our key was refused does not say that it is accepted again.
      if (memory.closure?.state !== 'refused') memory.closure = { state: 'exhausted', until: now + retryAfterMs };
      return new ShopgraphError(error.code, { ...error.details, retryAfterMs });
    }
    case 'UPSTREAM_UNAVAILABLE':
    case 'UPSTREAM_TIMEOUT':
      failed(memory, isProbe, now);
      return error;
    case 'NOT_CONFIGURED':
      memory.unserved.set(error.details.endpoint ?? '', error);
      answered(memory, isProbe);
      return error;
    default:
      // It answered, if only to say no.
      answered(memory, isProbe);
      return error;
  }
}

function failed(memory: Memory, isProbe: boolean, now: number) {
  memory.attempts = [...memory.attempts, true].slice(-ATTEMPTS_SEEN);
  if (isProbe) memory.restMs = Math.min(memory.restMs * 2, REST_MS_MAX);
  const isDown = memory.attempts.filter(Boolean).length >= ATTEMPTS_FAILED;
  if (isProbe || (isDown && !memory.closure)) memory.closure = { state: 'failing', until: now + memory.restMs };
}

/** Until the provider's next day or month begins. One that has just begun here may not have begun there. */
function resetInMs(resets: 'day' | 'month' | undefined, now: number): number {
  if (resets === undefined) return UNKNOWN_RESET_MS;
  const hasJustBegun = now - (resets === 'month' ? startOfMonth(now) : startOfDay(now)) < LATE_MS_MAX[resets];
  if (hasJustBegun) return UNKNOWN_RESET_MS;
  return (resets === 'month' ? startOfNextMonth(now) : startOfNextDay(now)) - now;
}
