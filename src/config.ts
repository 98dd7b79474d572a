/** Environment variables, parsed once: every mistake is told in one message. */
import * as z from 'zod';

export interface Config {
  readonly host: string;
  readonly port: number;
  readonly logLevel: string;
  readonly bodyLimitBytes: number;
  /** Origins of browsers that may ask from other sites. */
  readonly corsOrigins: readonly string[];
  /** Null: real providers. `strict`: the sandbox enforces the providers' limits. */
  readonly sandbox: { readonly strict: boolean; readonly because: 'asked' | 'no credentials' } | null;
  /** Where bought answers are kept; null: in memory alone, since what the sandbox says was not bought. */
  readonly dataDir: string | null;
  /** How long an operation waits, unless it says otherwise. */
  readonly deadlineMs: number;
  /** Above it nothing is bought, whatever a client allows. */
  readonly maxCreditsPerOperation: number;
  /** Who may ask; null: whoever can. */
  readonly callersFile: string | null;
  /** What several instances share. */
  readonly redis: { readonly url: string; readonly instances: number } | null;
  readonly winninghunter: ProviderConfig;
}

interface ProviderConfig {
  readonly apiKey: string | null;
  readonly baseUrl: string;
  /** The largest page to ask for. */
  readonly pageMax: number;
  readonly timeoutMs: number;
  /** Requests in any rolling window; Infinity in a sandbox that is not strict, so that a newcomer never waits. */
  readonly rate: { readonly slots: number; readonly windowMs: number };
  /** What may be in the air at once, for each instance. */
  readonly concurrency: number;
  /** In a calendar month, UTC; likewise Infinity. */
  readonly monthlyCredits: number;
}

type Env = Readonly<Record<string, string | undefined>>;

const isLoopback = (host: string) => /^(localhost|127(\.\d+){3}|\[::1\])$/.test(host);

const baseUrl = z.url({ protocol: /^https?$/, error: 'must be an http(s) URL', abort: true }).refine((text) => {
  const { protocol, hostname, username, password, search } = new URL(text);
  return (protocol === 'https:' || isLoopback(hostname)) && username + password + search === '';
}, 'must be https (http only on loopback), without credentials or a query');

const whole = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/, { error: 'must be a whole number', abort: true })
    .transform(Number)
    .pipe(
      z.number().int('must be a whole number').min(min, `must be at least ${min}`).max(max, `must be at most ${max}`),
    );
/** As a header can carry it; a line break from a file it came from is no part of it. */
const key = z
  .string()
  .trim()
  .regex(/^[\x21-\x7e]+$/, 'must be one word of printable ASCII');
/** Exactly as browsers send it. */
const isOrigin = (text: string) => URL.canParse(text) && new URL(text).origin === text;
const flag = z.enum(['0', '1'], { error: 'must be 0 or 1' }).default('0');

const Variables = z.object({
  NODE_ENV: z.string().default('development'),
  HOST: z.string().default('127.0.0.1'),
  PORT: whole(0, 65_535).prefault('4000'),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  BODY_LIMIT_BYTES: whole(1024, 2 ** 30).prefault('1048576'),
  CORS_ORIGINS: z
    .string()
    .transform((text) => text.split(',').map((origin) => origin.trim()))
    .pipe(z.array(z.string().refine(isOrigin, 'must be origins, as https://shop.example, separated by commas')))
    .default([]),
  DATA_DIR: z.string().optional(),
  DEADLINE_MS: whole(1, 600_000).prefault('30000'),
  MAX_CREDITS_PER_OPERATION: whole(0, 1_000_000).prefault('500'),
  AUTH: z.enum(['keys', 'none'], { error: 'must be keys or none' }).optional(),
  CALLERS_FILE: z.string().optional(),
  REDIS_URL: z.url({ protocol: /^rediss?$/, error: 'must be a redis(s) URL' }).optional(),
  INSTANCES: whole(1, 1000).prefault('10'),
  SANDBOX: flag,
  SANDBOX_STRICT: flag,
  WINNINGHUNTER_API_KEY: key.optional(),
  WH_API_KEY: key.optional(),
  WINNINGHUNTER_BASE_URL: baseUrl.default('https://app.winninghunter.com'),
  WINNINGHUNTER_PAGE_MAX: whole(1, 1000).prefault('50'),
  WINNINGHUNTER_TIMEOUT_MS: whole(100, 600_000).prefault('60000'),
  WINNINGHUNTER_RATE_PER_MINUTE: whole(1, 100_000).optional(),
  WINNINGHUNTER_CONCURRENCY: whole(1, 10_000).optional(),
  WINNINGHUNTER_MONTHLY_CREDITS: whole(0, 1_000_000_000).optional(),
});

/** Throws one error that lists every mistake. */
export function readConfig(env: Env): Config {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = Variables.safeParse(set);
  const mistakes = parsed.error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];
  const hasCredentials = set.WINNINGHUNTER_API_KEY !== undefined || set.WH_API_KEY !== undefined;
  if (set.NODE_ENV === 'production' && set.SANDBOX !== '1' && !hasCredentials) {
    mistakes.push('no provider has credentials: set WINNINGHUNTER_API_KEY, or SANDBOX=1 to serve invented data');
  }
  const auth = set.AUTH ?? (set.CALLERS_FILE === undefined ? 'none' : 'keys');
  if (auth === 'keys' && set.CALLERS_FILE === undefined) {
    mistakes.push('AUTH: keys needs CALLERS_FILE, the file that lists them');
  }
  if (set.NODE_ENV === 'production' && set.AUTH === undefined && set.CALLERS_FILE === undefined) {
    mistakes.push('nobody is kept out: set CALLERS_FILE, or AUTH=none to let everybody spend credits');
  }
  if (!parsed.success || mistakes.length > 0) {
    throw new Error(['The configuration has mistakes:', ...mistakes].join('\n  '));
  }
  const variables = parsed.data;
  const apiKey = variables.WINNINGHUNTER_API_KEY ?? variables.WH_API_KEY ?? null;
  const isAsked = variables.SANDBOX === '1';
  const strict = variables.SANDBOX_STRICT === '1';
  const sandbox =
    isAsked || apiKey === null ? ({ strict, because: isAsked ? 'asked' : 'no credentials' } as const) : null;
  const isLenient = sandbox !== null && !strict;
  return {
    host: variables.HOST,
    port: variables.PORT,
    logLevel: variables.LOG_LEVEL,
    bodyLimitBytes: variables.BODY_LIMIT_BYTES,
    corsOrigins: variables.CORS_ORIGINS,
    sandbox,
    dataDir: variables.DATA_DIR ?? (sandbox ? null : '.data'),
    deadlineMs: variables.DEADLINE_MS,
    maxCreditsPerOperation: variables.MAX_CREDITS_PER_OPERATION,
    callersFile: auth === 'keys' ? (variables.CALLERS_FILE ?? null) : null,
    redis: variables.REDIS_URL === undefined ? null : { url: variables.REDIS_URL, instances: variables.INSTANCES },
    winninghunter: {
      apiKey,
      baseUrl: variables.WINNINGHUNTER_BASE_URL,
      pageMax: variables.WINNINGHUNTER_PAGE_MAX,
      timeoutMs: variables.WINNINGHUNTER_TIMEOUT_MS,
      rate: { slots: variables.WINNINGHUNTER_RATE_PER_MINUTE ?? (isLenient ? Infinity : 60), windowMs: 60_000 },
      concurrency: variables.WINNINGHUNTER_CONCURRENCY ?? (isLenient ? Infinity : 50),
      monthlyCredits: variables.WINNINGHUNTER_MONTHLY_CREDITS ?? (isLenient ? Infinity : 20_000),
    },
  };
}
