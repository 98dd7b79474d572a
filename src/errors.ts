/** The closed table of the ways to fail: what the public is told, and whether asking again can help. */

interface Row {
  /** The public sentence. Never the provider's words, a URL, a key or a plan. */
  readonly says: string;
  /** Whether the same question may succeed later without anything else changing. */
  readonly retryable: boolean;
}

const table = {
  BAD_INPUT: { says: 'The request is not valid.', retryable: false },
  BAD_CURSOR: { says: 'The cursor does not belong to this list. Start again without `after`.', retryable: false },
  NOT_FOUND: { says: 'No provider knows this id.', retryable: false },
  NOT_CONFIGURED: { says: 'This server has no credentials for the provider that knows this.', retryable: false },
  AUTH_FAILED: { says: 'The provider refused our credentials.', retryable: false },
  FORBIDDEN: { says: 'Our account with the provider does not include this.', retryable: false },
  RATE_LIMITED: { says: 'The provider asks us to slow down.', retryable: true },
  UNAUTHENTICATED: {
    says: 'Send a key of this server: `Authorization: Bearer <key>` or `x-api-key: <key>`.',
    retryable: false,
  },
  BUDGET_EXHAUSTED: { says: 'The credits that may be spent do not suffice.', retryable: false },
  DEADLINE_EXCEEDED: {
    says: 'Not everything was there in time. What was asked of providers meanwhile will be: ask again.',
    retryable: true,
  },
  QUOTA_EXHAUSTED: { says: 'Our credits with the provider are used up.', retryable: false },
  CIRCUIT_OPEN: { says: 'The provider has been failing and is left alone for a while.', retryable: true },
  COLLECTION_FAILED: { says: 'The provider could not collect this. Ask again.', retryable: true },
  PENDING: { says: 'The provider is still collecting this. Ask again later.', retryable: true },
  UPSTREAM_TIMEOUT: { says: 'The provider did not answer in time.', retryable: true },
  UPSTREAM_UNAVAILABLE: { says: 'The provider cannot answer now.', retryable: true },
  UPSTREAM_BAD_DATA: { says: 'The provider answered in a form we do not know.', retryable: false },
  COST_TOO_HIGH: { says: 'The operation may cost more credits than one operation may take.', retryable: false },
  LIMIT_EXCEEDED: { says: 'The request is larger than this server accepts.', retryable: false },
  INTERNAL: { says: 'Unexpected error.', retryable: false },
} as const satisfies Record<string, Row>;

export type ErrorCode = keyof typeof table;

export const isErrorCode = (code: unknown): code is ErrorCode => typeof code === 'string' && Object.hasOwn(table, code);

interface Details {
  /** Replaces the table's sentence where the client can be told what to do. Shown to the public. */
  readonly says?: string;
  readonly provider?: string;
  readonly endpoint?: string;
  /** How long the provider asks us to wait, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  /** Where credits are used up: with which of the provider's days or months they return. */
  readonly resets?: 'day' | 'month' | undefined;
  /** What the failed call cost; where the provider does not say, what it may have cost. */
  readonly creditsCharged?: number;
  /** Where the price is too high: what it was estimated at. */
  readonly creditsEstimated?: number;
  /** Where time is too short: when the call could be sent at the earliest, in ms since the epoch. */
  readonly startsAt?: number;
  /** Of what is still being collected: since when it is, in ms since the epoch. */
  readonly submittedAt?: number;
  /** What the provider said of its price and of our account. */
  readonly bill?: { readonly charged?: number | undefined; readonly used?: number | undefined };
  /** Asked no further for want of the asker's time or credits: no other asker's concern. */
  readonly isCutShort?: boolean;
  /** For the log alone: the provider's own words, already without secrets. */
  readonly reason?: string;
  readonly cause?: unknown;
}

/** Every failure that we foresee. `message` and `extensions` are public, `reason` and `cause` are not. */
export class ShopgraphError extends Error {
  override readonly name = 'ShopgraphError';
  readonly code: ErrorCode;
  readonly details: Details;

  constructor(code: ErrorCode, details: Details = {}) {
    super(details.says ?? table[code].says, { cause: details.cause });
    this.code = code;
    this.details = details;
  }

  get retryable(): boolean {
    return table[this.code].retryable;
  }

  /** What GraphQL puts into `errors[].extensions`. */
  get extensions(): Record<string, unknown> {
    const { provider, endpoint, retryAfterMs, creditsCharged, creditsEstimated } = this.details;
    return {
      code: this.code,
      retryable: this.retryable,
      ...(provider !== undefined && { provider }),
      ...(endpoint !== undefined && { endpoint }),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
      ...(creditsCharged !== undefined && { creditsCharged }),
      ...(creditsEstimated !== undefined && { creditsEstimated }),
    };
  }
}
