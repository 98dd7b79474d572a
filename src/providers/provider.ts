/** The vocabulary in which a provider is described: an endpoint as a value, and the manners of whoever answers it. */
import type * as z from 'zod';

/** As clients see it. */
export type ProviderName = 'WINNING_HUNTER' | 'JUST_ONE_API' | 'SOCIAL_FETCH' | 'ECHOTIK';

/** A method, so that an endpoint of one kind of question passes for an endpoint of any. */
interface Ages<Params> {
  ttlMs(params: Params): number;
}

/** One REST route as a value. */
export interface Endpoint<Params extends z.ZodType = z.ZodType, Data extends z.ZodType = z.ZodType> {
  readonly provider: ProviderName;
  /** The name in errors, metrics and receipts: that of the constant which holds it. */
  readonly name: string;
  readonly method: 'GET' | 'POST';
  /** `{name}` is filled from the params; what is left of them becomes the query of a GET, or the JSON body of a POST. */
  readonly path: string;
  /**
   * Parsing orders the keys and fills the defaults: its output, as JSON, is the canonical form of the question. Compiled (`z.compile`),
   * since the price of an operation that is new asks hundreds of questions at once.
   */
  readonly params: Params;
  /** The whole reply, decoded into what it says. `null`: the provider does not know the id. */
  readonly data: Data;
  /** The price of one call. */
  readonly credits: number;
  /** For how long past its time an answer is given at once, while a new one is bought in the background. Absent: never. */
  readonly refreshMs?: number;
  /** How long an answer may be reused; may depend on the (parsed) params: yesterday's figures age faster than a quarter's. */
  readonly ttlMs: number | Ages<z.output<Params>>['ttlMs'];
  /**
   * How a list is cut. `numbered`: params `page` (from 1) and `limit`, data `{ rows, total }`. `cursor`: param `cursor`
   * (absent: the first page), data `{ rows, nextCursor }`, where null ends the list.
   */
  readonly pages?: 'numbered' | 'cursor';
  /** Params that the data repeats: if one comes back changed, the reply answers another question. */
  readonly echoes?: readonly string[];
  /** Whether it answers this question, where that shows otherwise. */
  answers?(params: z.output<Params>, data: NonNullable<z.output<Data>>): boolean;
  /** Present: one request may carry several such questions. */
  readonly bulk?: Bulk;
  /** `null` says that the provider has not collected the id, which is not that nobody knows it. */
  readonly isPartial?: true;
  /** Until when the answer is good at most, in ms since the epoch, where it says so itself: a signed URL expires. */
  goodUntil?(data: NonNullable<z.output<Data>>): number | undefined;
  /** Present: the provider may answer that it is still collecting (`PENDING`); then it is looked for, and not bought again. */
  readonly polling?: Polling;
}

/**
 * Questions that differ in one param, asked by one request at the price of one: the param's values, joined by commas.
 * The reply's `data` is a list of rows in any order, each with its value at `key`; a missing one has no row. Of a reply,
 * each question is shown its own rows.
 */
export interface Bulk {
  readonly param: string;
  /** The name that the joined values are sent under. */
  readonly as: string;
  readonly key: string;
  /** How many values one request may carry. */
  readonly max: number;
}

/** When to look whether it has been collected: first, then ever later, then no more. */
export interface Polling {
  readonly firstMs: number;
  readonly factor: number;
  readonly waitMsMax: number;
  readonly totalMs: number;
}

export type ParamsOf<E extends Endpoint> = z.input<E['params']>;
/** What a found answer holds. */
export type DataOf<E extends Endpoint> = NonNullable<z.output<E['data']>>;

/** One item of a list's page. */
export type RowOf<E extends Endpoint> = DataOf<E> extends { rows: readonly (infer Row)[] } ? Row : never;

/** An HTTP request, before it has an origin. */
export interface WireRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

export interface WireReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** The parsed body; undefined if it is not JSON. */
  readonly json: unknown;
}

/** What a reply says of its price and of our account, where it does. */
export interface Bill {
  /** Credits, for this call. */
  readonly charged?: number | undefined;
  /** Credits used in the provider's current window, by all that use the account. */
  readonly used?: number | undefined;
}

/** The manners of a provider: how it wants to be asked, and how it says no. */
export interface Provider {
  readonly name: ProviderName;
  /** Never kept, told or logged, though a reply repeats them. */
  readonly secrets: readonly string[];
  /** By what name we come, where a name goes with the password: not logged, but a word that an answer may hold. */
  readonly login?: readonly string[];
  readonly authorize: (request: WireRequest) => WireRequest;
  /** Mends a reply's text before it is read as JSON, where the provider's is not quite. */
  readonly clean?: (text: string) => string;
  /** Absent: its replies say nothing of prices. */
  readonly bill?: (reply: WireReply) => Bill;
  /** Throws a `ShopgraphError` if the reply is a refusal, whatever its status; returns if it carries data. */
  readonly check: (reply: WireReply, endpoint: Endpoint) => void;
}
