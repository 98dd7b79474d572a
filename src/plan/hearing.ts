/**
 * Finds what a node's fact is: by a row, or by whoever was asked, in the declared precedence.
 *
 * Who fails, or has not collected the node, is replaced by the next that can serve. "Unknown id" is an answer: nobody
 * else is asked.
 */
import { ShopgraphError, type ErrorCode } from '../errors.ts';
import type { Endpoint } from '../providers/provider.ts';
import type { Asker, Buying } from './buying.ts';
import type { Knowledge, Loaded, Outcome } from './knowledge.ts';
import type { GraphNode } from './node.ts';
import { saidByRow, type Want } from './wants.ts';

/** Ours and not the provider's: another would be no better. */
const ours: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['BUDGET_EXHAUSTED', 'DEADLINE_EXCEEDED']);

/** Where a provider's budget is used up, another's is not. */
const isOurs = ({ code, details }: ShopgraphError) => ours.has(code) && details.provider === undefined;

export function createHearing(load: Asker, buying: Buying) {
  const find = (node: GraphNode, known: Knowledge, want: Want): Outcome | Promise<Outcome> =>
    buying.isAsked(known, want) || buying.isOpen(known, want)
      ? hear(node, known, want)
      : (sayRow(node, known, want) ?? unasked(want));

  /** Nobody was asked: there is nobody who could be, or none that could tell of this node. */
  const unasked = ({ offers }: Want): Outcome => {
    const refusals = offers.map(({ source }) => load.refusal(source.asking.endpoint));
    const [failure] = refusals;
    return failure && !refusals.includes(null) ? { failure } : { value: null };
  };

  const hear = async (node: GraphNode, known: Knowledge, want: Want): Promise<Outcome> => {
    for (;;) {
      await buying.settled(known, want);
      const heard = await listen(node, known, want);
      if ('value' in heard) return heard;
      const said = sayRow(node, known, want);
      if (said) return said;
      if (heard.isFinal || buying.offersLeft(node, known, want).length === 0) {
        return heard.failure ? { failure: heard.failure } : { value: null };
      }
      buying.askOn(node, known, want);
    }
  };

  const sayRow = (node: GraphNode, known: Knowledge, want: Want): Outcome | null => {
    const said = saidByRow(node, want);
    if (said) known.saidByRow.add(want);
    return said;
  };

  return find;
}

type Heard =
  Extract<Outcome, { value: unknown }> | { readonly failure: ShopgraphError | null; readonly isFinal: boolean };

/** The answers of the calls made for the node, in the order of precedence; then why there is none. */
async function listen(node: GraphNode, { asked }: Knowledge, want: Want): Promise<Heard> {
  let failure: ShopgraphError | null = null;
  let isFinal = false;
  let answered = false;
  for (const { id, source } of want.offers) {
    const { endpoint, params } = source.asking;
    // Asked for the sake of other facts: of this one its word does not count.
    if (params(node, want.args) === null) continue;
    let loaded: Loaded | undefined;
    try {
      loaded = await asked.get(id);
    } catch (error) {
      failure = graver(failure, error);
      isFinal ||= isOurs(failure);
      continue;
    }
    if (!loaded) continue;
    if (loaded.data === null) {
      if (endpoint.isPartial) continue;
      isFinal = true;
      failure ??= new ShopgraphError('NOT_FOUND');
      continue;
    }
    try {
      const value = source.pick(loaded.data as object, want.args, node);
      const { fetchedAt, from = 'bought' } = loaded;
      if (value !== undefined) return { value, said: { endpoint, fetchedAt, from } };
      answered = true;
    } catch (error) {
      failure = graver(failure, saidOf(endpoint, error));
    }
  }
  return { failure: answered ? null : failure, isFinal };
}

/** A call's failure outweighs another's "unknown id". */
function graver(earlier: ShopgraphError | null, error: unknown): ShopgraphError {
  if (!(error instanceof ShopgraphError)) throw error;
  return earlier && earlier.code !== 'NOT_FOUND' ? earlier : error;
}

/** What a source finds wrong in the data is said of its endpoint. */
const saidOf = ({ provider, name }: Endpoint, error: unknown): unknown =>
  error instanceof ShopgraphError
    ? new ShopgraphError(error.code, { ...error.details, provider, endpoint: name })
    : error;
