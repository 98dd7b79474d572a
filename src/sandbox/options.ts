// What may be chosen about a sandbox, at its start or while it runs.

export interface SandboxOptions {
  /** Enforce WinningHunter's rate limit and monthly credits. Keys are checked always. Default false. */
  strict?: boolean;
  /** How long each provider answer takes. Default 0. */
  latencyMs?: number;
  /** WinningHunter's largest page: a larger `limit` is clamped without a word, and `page` counts clamped pages. Default 50. */
  pageMax?: number;
  /** Send ids as bare JSON numbers of all their digits, as careless providers do. Default false. */
  numericIds?: boolean;
  /** Let WinningHunter's `total` merely repeat the limit asked. Default false. */
  totalRepeatsLimit?: boolean;
  /** WinningHunter's. Default 20000. Enforced only when strict. */
  monthlyCredits?: number;
  /** WinningHunter's requests per rolling 60 s. Default 60. Enforced only when strict. */
  ratePerMinute?: number;
  /** How many products SocialFetch tells of a store at once. Default 12. */
  storePageSize?: number;
  /** How often Just One API answers "pending" for a JD item of V2, that of the submission included. Default 1. */
  jdPendingPolls?: number;
  /** Let V2 of the JD items answer with instructions instead of data, as it has since June 2026. Default false. */
  jdInstructs?: boolean;
  /** Default 0: any free one. Always on 127.0.0.1. */
  port?: number;
  /** The clock of the rolling window, of the call log and of what expires. Default Date.now. */
  now?: () => number;
}

export const defaults: Required<SandboxOptions> = {
  strict: false,
  latencyMs: 0,
  pageMax: 50,
  numericIds: false,
  totalRepeatsLimit: false,
  monthlyCredits: 20_000,
  ratePerMinute: 60,
  storePageSize: 12,
  jdPendingPolls: 1,
  jdInstructs: false,
  port: 0,
  now: Date.now,
};

type Settable = Exclude<keyof SandboxOptions, 'port' | 'now'>;

/** What may be changed while it runs, and the type of each. */
export const settable: Partial<Record<string, string>> = {
  strict: 'boolean',
  latencyMs: 'number',
  pageMax: 'number',
  numericIds: 'boolean',
  totalRepeatsLimit: 'boolean',
  monthlyCredits: 'number',
  ratePerMinute: 'number',
  storePageSize: 'number',
  jdPendingPolls: 'number',
  jdInstructs: 'boolean',
} satisfies Record<Settable, 'boolean' | 'number'>;
