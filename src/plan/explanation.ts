/** What one request tells of its answer, if it is asked to: which call each value is from, what that took, and what was chosen among. */
import type { ShopgraphError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Endpoint, ProviderName } from '../providers/provider.ts';
import { pathKeys, type Path } from './analysis.ts';
import type { Purchase } from './group.ts';
import type { Said } from './knowledge.ts';
import type { GraphNode } from './node.ts';
import type { Want } from './wants.ts';

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
  readonly fields: readonly ExplainedField[];
  /** Fields beyond those that are told of. */
  readonly omitted: number;
  readonly choices: readonly ExplainedChoice[];
}

interface ExplainedField extends Source {
  /** As errors have it. */
  readonly path: readonly (string | number)[];
  readonly cache?: CacheState;
  readonly fetchedAt?: string;
  readonly ageSeconds?: number;
  /** Of the call: equal for the fields that share it. What it took is the same for all of them. */
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

/** What is chosen for a group of nodes. */
interface Choice {
  readonly nodes: readonly GraphNode[];
  readonly wants: readonly Want[];
  readonly free: ReadonlySet<string>;
  readonly purchases: readonly Purchase[];
}

/** What a call took, written down while it travels. */
interface CallRecord {
  queuedMs: number;
  retries: number;
  credits: number;
}

/** Where it is written down what calls take. */
export interface CallLog {
  /** A question is asked for the first time. */
  readonly asked: (key: string, endpoint: Endpoint) => CallRecord;
  readonly answered: (key: string, answer: object) => void;
}

/** Told of a field that has asked by itself, and what was answered. */
export type Told = (path: Path, endpoint: Endpoint, answer: Answered) => void;

/** To whom it is told where nobody asks for it. */
export const nobody: Told = () => undefined;

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

  const log: CallLog = {
    asked: (key, endpoint) => {
      const call = { number: calls.size + 1, endpoint, queuedMs: 0, retries: 0, credits: 0 };
      calls.set(key, call);
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
      if (provider === undefined || endpoint === undefined) return;
      const at = pathKeys(path);
      explain(() => ({ path: at, provider: provider as ProviderName, endpoint, error: code }));
    },
    /** Taken together, knowing the same. */
    chose: (together: readonly Choice[]): void => {
      round++;
      for (const each of together) if (choices.length < limits.explained) choices.push(toChoice(each, round));
    },

    explained: (): Explanation => ({ fields: fields.map((field) => field()), omitted, choices }),
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
