/** Where each provider is, and how much is asked of it: the same variables for all, after the prefix of each. */
import * as z from 'zod';

export interface ProviderConfig {
  readonly baseUrl: string;
  readonly timeoutMs: number;
  /** Requests in any rolling window; Infinity in a sandbox that is not strict, so that a newcomer never waits. */
  readonly rate: { readonly slots: number; readonly windowMs: number };
  /** What may be in the air at once, for each instance; likewise Infinity. */
  readonly concurrency: number;
  /** In a calendar month, UTC; likewise Infinity. */
  readonly monthlyCredits: number;
}

type Env = Readonly<Record<string, string | undefined>>;

/** The limits are the provider's where its pages state any; elsewhere they are modest, and can be raised. */
const defaults = {
  WINNINGHUNTER: {
    ...{ baseUrl: 'https://app.winninghunter.com', timeoutMs: 60_000 },
    ...{ ratePerMinute: 60, concurrency: 50, monthlyCredits: 20_000 },
  },
  JUSTONEAPI: {
    ...{ baseUrl: 'https://api.justoneapi.com', timeoutMs: 120_000 },
    ...{ ratePerMinute: 60, concurrency: 10, monthlyCredits: 10_000 },
  },
  SOCIALFETCH: {
    ...{ baseUrl: 'https://api.socialfetch.dev', timeoutMs: 60_000 },
    ...{ ratePerMinute: 600, concurrency: 50, monthlyCredits: 10_000 },
  },
  ECHOTIK: {
    ...{ baseUrl: 'https://open.echotik.live', timeoutMs: 30_000 },
    ...{ ratePerMinute: 120, concurrency: 4, monthlyCredits: 10_000 },
  },
} as const;
type Prefix = keyof typeof defaults;

const isLoopback = (host: string) => /^(localhost|127(\.\d+){3}|\[::1\])$/.test(host);

const baseUrl = z.url({ protocol: /^https?$/, error: 'must be an http(s) URL', abort: true }).refine((text) => {
  const { protocol, hostname, username, password, search } = new URL(text);
  return (protocol === 'https:' || isLoopback(hostname)) && username + password + search === '';
}, 'must be https (http only on loopback), without credentials or a query');

export const whole = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/, { error: 'must be a whole number', abort: true })
    .transform(Number)
    .pipe(
      z.number().int('must be a whole number').min(min, `must be at least ${min}`).max(max, `must be at most ${max}`),
    );

const Variables = z.object({
  BASE_URL: baseUrl.optional(),
  TIMEOUT_MS: whole(100, 600_000).optional(),
  RATE_PER_MINUTE: whole(1, 100_000).optional(),
  CONCURRENCY: whole(1, 10_000).optional(),
  MONTHLY_CREDITS: whole(0, 1_000_000_000).optional(),
});

/** Reads all providers' variables, and adds what is wrong with them to `mistakes`. */
export function readLimits(env: Env, mistakes: string[]) {
  const read = new Map<Prefix, z.output<typeof Variables>>();
  for (const prefix of Object.keys(defaults) as Prefix[]) {
    const own = Object.keys(Variables.shape).map((name) => [name, env[`${prefix}_${name}`]]);
    const parsed = Variables.safeParse(Object.fromEntries(own));
    for (const { path, message } of parsed.error?.issues ?? [])
      mistakes.push(`${prefix}_${path.join('.')}: ${message}`);
    read.set(prefix, parsed.data ?? {});
  }
  return (prefix: Prefix, isLenient: boolean): ProviderConfig => {
    const set = read.get(prefix) ?? {};
    const { ratePerMinute, concurrency, monthlyCredits, ...where } = defaults[prefix];
    const orElse = (value: number | undefined, limit: number) => value ?? (isLenient ? Infinity : limit);
    return {
      baseUrl: set.BASE_URL ?? where.baseUrl,
      timeoutMs: set.TIMEOUT_MS ?? where.timeoutMs,
      rate: { slots: orElse(set.RATE_PER_MINUTE, ratePerMinute), windowMs: 60_000 },
      concurrency: orElse(set.CONCURRENCY, concurrency),
      monthlyCredits: orElse(set.MONTHLY_CREDITS, monthlyCredits),
    };
  };
}
