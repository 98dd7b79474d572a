// Faults on request: the rules that tests lay down, and which of them meets a call.

import { type ProviderSlug, providerSlugs } from './provider.ts';
import { randomOf } from './random.ts';

export const faultNames = [
  'rate-limit',
  'quota',
  'quota-bare',
  'server-error',
  'bad-gateway',
  'refused',
  'upgrade',
  'unauthorized',
  'plan',
  'insufficient-credits',
  'unknown-path',
  'html-404',
  'not-json',
  'wrong-shape',
  'other-id',
  'redirect',
  'huge',
  'drop',
  'hang',
  'code',
  'slow',
] as const;

export type FaultName = (typeof faultNames)[number];

export interface FaultRule {
  /** Only calls to this one. Absent: every provider's. */
  provider?: ProviderSlug;
  /** A part of "METHOD /path", the path with the provider's prefix or without it. Absent: every call. */
  path?: string;
  /** Only calls whose id is this, or that ask for it among others. */
  id?: string;
  fault: FaultName;
  /**
   * With the fault 'code': the code that the provider refuses with, inside of a reply of HTTP 200 where it does so
   * (Just One API, EchoTik), else as the HTTP status. Absent: 500.
   */
  code?: number;
  /** How often it strikes. Absent: until cleared. */
  times?: number;
  /**
   * How likely it strikes a call that it could, 0 to 1; what it spares meets the later rules. Absent: always. Drawn in
   * the order in which calls come, and from the same beginning after each clearing, so that a run can be repeated.
   */
  chance?: number;
  /** The credit is given back whatever the fault: with 'drop', a connection that is cut before any work was done. */
  refunded?: boolean;
  /** Sent as Retry-After, in seconds, with the fault 'rate-limit'. */
  retryAfterS?: number;
  /** With the fault 'slow', which is the right answer: how much later it comes. Absent: 5000. */
  latencyMs?: number;
}

export interface FaultedCall {
  method: string;
  path: string;
  prefix: string;
  /** One id, or a list of them. */
  id: unknown;
  provider?: ProviderSlug;
}

export interface Faults {
  add: (rule: FaultRule) => void;
  /** The rule that meets this call, used up by one; the oldest rule first. */
  take: (call: FaultedCall) => FaultRule | undefined;
  clear: () => void;
}

export function makeFaults(): Faults {
  let rules: { rule: FaultRule; left: number }[] = [];
  let random = randomOf('faults');
  return {
    add(rule) {
      rules.push({ rule, left: rule.times ?? Infinity });
    },
    take(call) {
      const met = rules.find(
        ({ rule, left }) =>
          left > 0 && isAbout(rule, call) && (rule.chance === undefined || random.next() < rule.chance),
      );
      if (met) met.left--;
      return met?.rule;
    },
    clear() {
      rules = [];
      random = randomOf('faults');
    },
  };
}

function isAbout(rule: FaultRule, { method, path, prefix, id, provider }: FaultedCall): boolean {
  const names = [`${method} ${path}`, `${method} ${prefix}${path}`];
  return (
    (rule.provider === undefined || rule.provider === provider) &&
    (rule.path === undefined || names.some((name) => name.includes(rule.path!))) &&
    (rule.id === undefined || [id].flat().includes(rule.id))
  );
}

/** The rule that a control request states, or a sentence that says what is wrong with it. */
export function readFaultRule(value: unknown): FaultRule | string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'A fault rule is a JSON object.';
  const { provider, path, id, fault, code, times, chance, refunded, retryAfterS, latencyMs, ...others } =
    value as Record<string, unknown>;
  const unknownKey = Object.keys(others)[0];
  if (unknownKey !== undefined) return `A fault rule has no "${unknownKey}".`;
  if (!faultNames.includes(fault as FaultName)) return `"fault" must be one of: ${faultNames.join(', ')}.`;
  if (provider !== undefined && !providerSlugs.includes(provider as ProviderSlug)) {
    return `"provider" must be one of: ${providerSlugs.join(', ')}.`;
  }
  if (path !== undefined && typeof path !== 'string') return '"path" must be a string.';
  if (id !== undefined && typeof id !== 'string') return '"id" must be a string.';
  if (code !== undefined && !Number.isInteger(code)) return '"code" must be a whole number.';
  if (times !== undefined && !(Number.isInteger(times) && (times as number) > 0)) return '"times" must be 1 or more.';
  if (chance !== undefined && !(typeof chance === 'number' && chance >= 0 && chance <= 1)) {
    return '"chance" must be a number from 0 to 1.';
  }
  if (refunded !== undefined && typeof refunded !== 'boolean') return '"refunded" must be a boolean.';
  if (latencyMs !== undefined && !(typeof latencyMs === 'number' && latencyMs >= 0)) {
    return '"latencyMs" must be a number of 0 or more.';
  }
  if (retryAfterS !== undefined && typeof retryAfterS !== 'number') return '"retryAfterS" must be a number.';
  return value as FaultRule;
}
