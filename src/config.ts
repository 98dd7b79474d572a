/** Environment variables, parsed once: every mistake is told in one message. */
import * as z from 'zod';
import { readLimits, whole, type ProviderConfig } from './config-limits.ts';

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
  /** Of entities that a router asks for at once, counted without repeats. */
  readonly maxRepresentations: number;
  /** Who gets to see the schema. */
  readonly introspection: 'on' | 'keys' | 'off';
  /** Documents that may be asked for by their ids; null: none. `isOnly`: no others. */
  readonly trustedDocuments: { readonly file: string; readonly isOnly: boolean } | null;
  /** Who may ask; null: whoever can. */
  readonly callersFile: string | null;
  /** What several instances share. */
  readonly redis: { readonly url: string; readonly instances: number } | null;
  /** Of each provider: null if it has no credentials, and so is not asked. */
  readonly winninghunter: ProviderConfig & {
    readonly apiKey: string | null;
    /** The largest page to ask for. */
    readonly pageMax: number;
  };
  readonly justoneapi: ProviderConfig & {
    readonly token: string | null;
    /** The version of the product route that is asked for France: the others have one only. */
    readonly frVersion: 'v1' | 'v2';
    readonly jdVersion: 'v1' | 'v2' | 'v3';
    /** What looking whether a task is done counts as. */
    readonly pollCredits: number;
  };
  readonly socialfetch: ProviderConfig & { readonly apiKey: string | null };
  readonly echotik: ProviderConfig & {
    readonly login: { readonly username: string; readonly password: string } | null;
  };
}

type Env = Readonly<Record<string, string | undefined>>;

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
  BODY_LIMIT_BYTES: whole(1024, 2 ** 30).prefault('262144'),
  CORS_ORIGINS: z
    .string()
    .transform((text) => text.split(',').map((origin) => origin.trim()))
    .pipe(z.array(z.string().refine(isOrigin, 'must be origins, as https://shop.example, separated by commas')))
    .default([]),
  DATA_DIR: z.string().optional(),
  DEADLINE_MS: whole(1, 600_000).prefault('30000'),
  MAX_CREDITS_PER_OPERATION: whole(0, 1_000_000).prefault('500'),
  MAX_REPRESENTATIONS: whole(1, 100_000).prefault('1000'),
  INTROSPECTION: z.enum(['on', 'keys', 'off'], { error: 'must be on, keys or off' }).optional(),
  TRUSTED_DOCUMENTS: z.enum(['off', 'on', 'only'], { error: 'must be off, on or only' }).default('off'),
  TRUSTED_DOCUMENTS_FILE: z.string().default('schema/trusted-documents.json'),
  AUTH: z.enum(['keys', 'none'], { error: 'must be keys or none' }).optional(),
  CALLERS_FILE: z.string().optional(),
  REDIS_URL: z.url({ protocol: /^rediss?$/, error: 'must be a redis(s) URL' }).optional(),
  INSTANCES: whole(1, 1000).prefault('10'),
  SANDBOX: flag,
  SANDBOX_STRICT: flag,
  WINNINGHUNTER_API_KEY: key.optional(),
  WH_API_KEY: key.optional(),
  WINNINGHUNTER_PAGE_MAX: whole(1, 1000).prefault('50'),
  JUSTONEAPI_TOKEN: key.optional(),
  JUSTONEAPI_FR_VERSION: z.enum(['v1', 'v2'], { error: 'must be v1 or v2' }).default('v2'),
  JUSTONEAPI_JD_VERSION: z.enum(['v1', 'v2', 'v3'], { error: 'must be v1, v2 or v3' }).default('v2'),
  JUSTONEAPI_POLL_CREDITS: whole(0, 1000).prefault('0'),
  SOCIALFETCH_API_KEY: key.optional(),
  ECHOTIK_USERNAME: key.refine((name) => !name.includes(':'), 'must not hold a colon').optional(),
  ECHOTIK_PASSWORD: key.optional(),
});

/** Any of them is enough to ask a provider. */
const credentials = [
  'WINNINGHUNTER_API_KEY',
  'WH_API_KEY',
  'JUSTONEAPI_TOKEN',
  'SOCIALFETCH_API_KEY',
  'ECHOTIK_USERNAME',
];
const named = 'WINNINGHUNTER_API_KEY, JUSTONEAPI_TOKEN, SOCIALFETCH_API_KEY or ECHOTIK_USERNAME and ECHOTIK_PASSWORD';

/** Throws one error that lists every mistake. */
export function readConfig(env: Env): Config {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = Variables.safeParse(set);
  const mistakes = parsed.error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];
  const limits = readLimits(set, mistakes);
  const hasCredentials = credentials.some((name) => set[name] !== undefined);
  if (set.NODE_ENV === 'production' && set.SANDBOX !== '1' && !hasCredentials) {
    mistakes.push(`no provider has credentials: set ${named}, or SANDBOX=1 to serve invented data`);
  }
  if ((set.ECHOTIK_USERNAME === undefined) !== (set.ECHOTIK_PASSWORD === undefined)) {
    mistakes.push('ECHOTIK_USERNAME and ECHOTIK_PASSWORD: one is of no use without the other');
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
  const isAsked = variables.SANDBOX === '1';
  const strict = variables.SANDBOX_STRICT === '1';
  const sandbox =
    isAsked || !hasCredentials ? ({ strict, because: isAsked ? 'asked' : 'no credentials' } as const) : null;
  const isLenient = sandbox !== null && !strict;
  const { ECHOTIK_USERNAME: username, ECHOTIK_PASSWORD: password } = variables;
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
    maxRepresentations: variables.MAX_REPRESENTATIONS,
    introspection: variables.INTROSPECTION ?? (set.NODE_ENV === 'production' ? 'keys' : 'on'),
    trustedDocuments:
      variables.TRUSTED_DOCUMENTS === 'off'
        ? null
        : { file: variables.TRUSTED_DOCUMENTS_FILE, isOnly: variables.TRUSTED_DOCUMENTS === 'only' },
    callersFile: auth === 'keys' ? (variables.CALLERS_FILE ?? null) : null,
    redis: variables.REDIS_URL === undefined ? null : { url: variables.REDIS_URL, instances: variables.INSTANCES },
    winninghunter: {
      apiKey: variables.WINNINGHUNTER_API_KEY ?? variables.WH_API_KEY ?? null,
      pageMax: variables.WINNINGHUNTER_PAGE_MAX,
      ...limits('WINNINGHUNTER', isLenient),
    },
    justoneapi: {
      token: variables.JUSTONEAPI_TOKEN ?? null,
      frVersion: variables.JUSTONEAPI_FR_VERSION,
      jdVersion: variables.JUSTONEAPI_JD_VERSION,
      pollCredits: variables.JUSTONEAPI_POLL_CREDITS,
      ...limits('JUSTONEAPI', isLenient),
    },
    socialfetch: { apiKey: variables.SOCIALFETCH_API_KEY ?? null, ...limits('SOCIALFETCH', isLenient) },
    echotik: { login: username && password ? { username, password } : null, ...limits('ECHOTIK', isLenient) },
  };
}
