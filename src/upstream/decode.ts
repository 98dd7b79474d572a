/** What a reply says, by the endpoint's contract: in another shape, or to another question, it is bad data and never a silent null. */
import { ShopgraphError } from '../errors.ts';
import type { Bulk, Endpoint } from '../providers/provider.ts';
import type { Answer, Call } from './pipeline.ts';

export function decode({ endpoint, params }: Pick<Call, 'endpoint' | 'params'>, json: unknown): unknown {
  const decoded = endpoint.data.safeParse(json);
  const reason = decoded.success
    ? (changedEcho(endpoint, params, [decoded.data, (json as Partial<Reply>).data]) ??
      answersOther(endpoint, params, decoded.data))
    : firstIssue(decoded.error.issues);
  if (reason !== null) throw badData(endpoint, reason);
  return decoded.data;
}

const badData = ({ provider, name, credits }: Endpoint, reason: string) =>
  new ShopgraphError('UPSTREAM_BAD_DATA', { provider, endpoint: name, creditsCharged: credits, reason });

/** Where a reply holds its answer. */
interface Reply {
  readonly data: unknown;
}

/** To each of the questions that travelled together its answer, from its own rows alone; or why they cannot be read. */
export function decodeTogether(
  questions: readonly Call[],
  { bulk, ...endpoint }: Endpoint & { readonly bulk: Bulk },
  json: unknown,
  fetchedAt: number,
): ReadonlyMap<string, Answer | ShopgraphError> {
  const { data, ...envelope } = (json ?? {}) as Reply;
  if (!Array.isArray(data) && data !== null) throw badData(endpoint, 'not a list of rows');
  const rows = Map.groupBy((data ?? []) as unknown[], (row) => idOf(row, bulk.key));
  const asked = new Set(questions.map(({ params }) => String((params as Params)[bulk.param])));
  /** Rows that nobody asked for: one of them may be the answer to whoever has none. */
  const hasOthers = [...rows.keys()].some((id) => id === null || !asked.has(id));
  /** One error, however many rows it is about. */
  let failure: ShopgraphError | undefined;
  return new Map(
    questions.map((question): [string, Answer | ShopgraphError] => {
      const own = { ...envelope, data: rows.get(String((question.params as Params)[bulk.param])) ?? [] };
      const text = JSON.stringify(own);
      try {
        if (own.data.length === 0 && hasOthers) throw badData(endpoint, 'a row that was not asked for');
        return [question.key, { data: decode(question, own), fetchedAt, bytes: text.length, text }];
      } catch (error) {
        if (!(error instanceof ShopgraphError)) throw error;
        return [question.key, (failure ??= error)];
      }
    }),
  );
}

/** Null: a row that could be anybody's. */
function idOf(row: unknown, key: string): string | null {
  const id = (row as Partial<Params> | null)?.[key];
  return /^\d+$/.test(String(id)) ? String(id) : null;
}

type Params = Readonly<Record<string, string | number>>;

/** The name of a param that came back with another value: the reply would pass for an answer to our question. */
function changedEcho({ echoes }: Endpoint, params: unknown, told: readonly unknown[]): string | null {
  const asked = params as Params;
  const changed = echoes?.find((name) =>
    told.some((data) => {
      const said = (data as Partial<Params> | null | undefined)?.[name];
      return said != null && !isSame(said, asked[name]);
    }),
  );
  return changed === undefined ? null : `reply is for another ${changed}`;
}

const answersOther = (endpoint: Endpoint, params: unknown, data: unknown): string | null =>
  data == null || (endpoint.answers?.(params, data) ?? true) ? null : 'reply is for another question';

/** An id by its digits, a number by its value: `30`, `"30"` and `30.0` are the same period. */
const isSame = (said: unknown, asked: unknown) =>
  typeof asked === 'number' ? Number(said) === asked : String(said) === String(asked);

/** Where the shape differs, never what stood there. */
function firstIssue(issues: readonly { path: readonly PropertyKey[]; code?: string | undefined }[]): string {
  const [issue] = issues;
  return `${issue?.code ?? 'invalid'} at ${issue?.path.join('.') ?? ''}`;
}
