/** What a reply says, by the endpoint's contract: in another shape, or to another question, it is bad data and never a silent null. */
import { ShopgraphError } from '../errors.ts';
import type { Endpoint } from '../providers/provider.ts';
import type { Call } from './pipeline.ts';

export function decode({ endpoint, params }: Pick<Call, 'endpoint' | 'params'>, json: unknown): unknown {
  const decoded = endpoint.data.safeParse(json);
  const reason = decoded.success ? changedEcho(endpoint, params, json) : firstIssue(decoded.error.issues);
  if (reason !== null) {
    const from = { provider: endpoint.provider, endpoint: endpoint.name };
    throw new ShopgraphError('UPSTREAM_BAD_DATA', { ...from, creditsCharged: endpoint.credits, reason });
  }
  return decoded.data;
}

/** The name of a param that came back with another value: the reply would pass for an answer to our question. */
function changedEcho(endpoint: Endpoint, params: unknown, json: unknown): string | null {
  const data = (json as { data?: Record<string, string | number | null> | null }).data ?? {};
  const asked = params as Record<string, string | number>;
  const changed = endpoint.echoes?.find((name) => data[name] != null && !isSame(data[name], asked[name]));
  return changed === undefined ? null : `reply is for another ${changed}`;
}

/** An id by its digits, a number by its value: `30`, `"30"` and `30.0` are the same period. */
const isSame = (said: unknown, asked: unknown) =>
  typeof asked === 'number' ? Number(said) === asked : String(said) === String(asked);

/** Where the shape differs, never what stood there. */
function firstIssue(issues: readonly { path: readonly PropertyKey[]; code?: string | undefined }[]): string {
  const [issue] = issues;
  return `${issue?.code ?? 'invalid'} at ${issue?.path.join('.') ?? ''}`;
}
