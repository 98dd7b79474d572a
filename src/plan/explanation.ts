/** What one request tells of its answer, if it is asked to: which call each value is from, what that took, and what was chosen among. */
import { ShopgraphError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Endpoint, ProviderName } from '../providers/provider.ts';
import { pathKeys, type Path } from './analysis.ts';
import type { Choice } from './group.ts';
import type { Said } from './knowledge.ts';

/** How an answer came to the operation that has it, as the graph's `CacheState` has it. */
export const cacheStates = {
  bought: 'MISS',
  cache: 'FRESH',
  stale: 'STALE',
  coalesced: 'COALESCED',
  row: 'LIST_SEEDED',
} as const satisfies Record<Said['from'], string>;

type CacheState = (typeof cacheStates)[Said['from']];

/** By declared names; no question, and nothing of an answer. */
export interface Explanation {
  /** All that were made, also those that told no field anything: what they cost together is what the operation cost. */
  readonly calls: readonly ExplainedCall[];
  readonly fields: readonly ExplainedField[];
  /** Fields and choices beyond those that are told of. */
  readonly omitted: number;
  readonly choices: readonly ExplainedChoice[];
}

interface ExplainedCall extends Source {
  readonly call: number;
  readonly queuedMs: number;
  readonly retries: number;
  readonly credits: number;
}

/** Without a provider: nobody's call is to blame. */
interface ExplainedField extends Partial<Source> {
  /** As errors have it. */
  readonly path: readonly (string | number)[];
  readonly cache?: CacheState;
  readonly fetchedAt?: string;
  readonly ageSeconds?: number;
  /** Of the question: equal for the fields that its answer tells. Of several that travel in one request, one has the price. */
  readonly call?: number;
  /** How long it stood in line, in ms. */
  readonly queuedMs?: number;
  readonly retries?: number;
  readonly credits?: number;
  /** Why there is no answer. */
  readonly error?: string;
}

interface Source {
  readonly provider: ProviderName;
  readonly endpoint: string;
}

interface Teller extends Source {
  /** At hand for nothing. */
  readonly isFree: boolean;
}

/** One choice of calls, for nodes that want the same. */
interface ExplainedChoice {
  /** Those of one round were taken together, knowing the same. */
  readonly round: number;
  readonly type: string;
  readonly nodes: number;
  readonly facts: readonly { readonly field: string; readonly toldBy: readonly Teller[] }[];
  readonly chosen: readonly Source[];
}

/** What a call took, written down while it travels. */
interface CallRecord {
  queuedMs: number;
  retries: number;
  credits: number;
}

/** Where it is written down what calls take. */
export interface CallLog {
  /** A question is asked. Asked again, it goes on where it was. */
  readonly asked: (key: string, endpoint: Endpoint) => CallRecord;
  readonly answered: (key: string, answer: object) => void;
}

/** Told of a field that has asked by itself, and what was answered, or why nothing was. */
export type Told = (path: Path, endpoint: Endpoint, answer: Answered | ShopgraphError) => void;

/** To whom it is told where nobody asks for it. */
export const nobody: Told = () => undefined;

/** Tells what becomes of it. */
export async function telling<Answer extends Answered>(
  told: Told,
  path: Path,
  endpoint: Endpoint,
  asked: Promise<Answer>,
): Promise<Answer> {
  try {
    const answer = await asked;
    told(path, endpoint, answer);
    return answer;
  } catch (error) {
    if (error instanceof ShopgraphError) told(path, endpoint, error);
    throw error;
  }
}

interface KnownCall extends CallRecord {
  readonly number: number;
  readonly endpoint: Endpoint;
}

interface Answered {
  readonly fetchedAt: number;
  readonly from?: 'cache' | 'stale' | 'coalesced' | undefined;
}

export type Explaining = ReturnType<typeof createExplaining>;

export function createExplaining(now: () => number) {
  const calls = new Map<string, KnownCall>();
  const answers = new Map<object, KnownCall>();
  const fields: (() => ExplainedField)[] = [];
  const choices: ExplainedChoice[] = [];
  let omitted = 0;
  let round = 0;
  let factsTold = 0;

  const log: CallLog = {
    asked: (key, endpoint) => {
      let call = calls.get(key);
      if (!call) calls.set(key, (call = { number: calls.size + 1, endpoint, queuedMs: 0, retries: 0, credits: 0 }));
      return call;
    },
    answered: (key, answer) => {
      const call = calls.get(key);
      if (call) answers.set(answer, call);
    },
  };
  const explain = (field: () => ExplainedField) => {
    if (fields.length < limits.explained) fields.push(field);
    else omitted++;
  };
  const ofCall = ({ number, queuedMs, retries, credits }: KnownCall) => ({ call: number, queuedMs, retries, credits });
  const ofAnswer = (fetchedAt: number, from: Said['from']) => ({
    cache: cacheStates[from],
    fetchedAt: new Date(fetchedAt).toISOString(),
    ageSeconds: Math.max(0, Math.floor((now() - fetchedAt) / 1000)),
  });

  return {
    log,
    list: ((path, endpoint, answer) => {
      const at = pathKeys(path);
      if (answer instanceof ShopgraphError) {
        explain(() => ({ path: at, ...toSource(endpoint), error: answer.code }));
        return;
      }
      explain(() => {
        const call = answers.get(answer);
        return {
          path: at,
          ...toSource(endpoint),
          ...ofAnswer(answer.fetchedAt, answer.from ?? 'bought'),
          ...(call && ofCall(call)),
        };
      });
    }) satisfies Told,
    /** The value of a fact. */
    fact: (path: Path, { endpoint, fetchedAt, from, answer }: Said): void => {
      const at = pathKeys(path);
      explain(() => {
        const call = answer && answers.get(answer);
        return { path: at, ...toSource(endpoint), ...ofAnswer(fetchedAt, from), ...(call && ofCall(call)) };
      });
    },
    /** There is none. */
    failed: (path: Path, { code, details: { provider, endpoint } }: ShopgraphError): void => {
      const at = pathKeys(path);
      explain(() => ({
        path: at,
        ...(provider !== undefined && { provider: provider as ProviderName }),
        ...(endpoint !== undefined && { endpoint }),
        error: code,
      }));
    },
    /** Taken together, knowing the same. */
    chose: (together: readonly Choice[]): void => {
      round++;
      for (const each of together) {
        factsTold += each.wants.length;
        if (factsTold <= limits.explained) choices.push(toChoice(each, round));
        else omitted++;
      }
    },

    explained: (): Explanation => ({
      calls: [...calls.values()]
        .slice(0, limits.explained)
        .map((call) => ({ ...ofCall(call), ...toSource(call.endpoint) })),
      fields: fields.map((field) => field()),
      omitted,
      choices,
    }),
  };
}

const toSource = ({ provider, name }: Endpoint): Source => ({ provider, endpoint: name });

function toChoice({ nodes, wants, free, purchases }: Choice, round: number): ExplainedChoice {
  return {
    round,
    type: nodes[0]!.type,
    nodes: nodes.length,
    facts: wants.map((want) => ({
      field: want.field,
      toldBy: want.offers.map(({ id, source }) => ({ ...toSource(source.asking.endpoint), isFree: free.has(id) })),
    })),
    chosen: purchases.map(({ source }) => toSource(source.asking.endpoint)),
  };
}
