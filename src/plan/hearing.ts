/**
 * Finds what a node's fact is: by a row, or by whoever was asked, in the declared precedence.
 *
 * Who fails, keeps us waiting, or has not collected the node, is replaced by the next that can serve. "Unknown id" is an
 * answer: nobody else is asked.
 */
import { ShopgraphError } from '../errors.ts';
import type { Endpoint } from '../providers/provider.ts';
import type { Asker, Buying } from './buying.ts';
import type { Knowledge, Loaded, Outcome } from './knowledge.ts';
import type { GraphNode } from './node.ts';
import { paramsFor } from './sources.ts';
import { saidByRow, type Want } from './wants.ts';

export function createHearing(load: Asker, buying: Buying) {
  const find = (node: GraphNode, known: Knowledge, want: Want): Outcome | Promise<Outcome> =>
    buying.isAsked(known, want) || buying.isOpen(known, want)
      ? hear(node, known, want)
      : (sayRow(node, known, want) ?? (isLate(known, want) ? hear(node, known, want) : unasked(node, want)));

  /** Whether it is told by calls alone that were made for what is deferred. */
  const isLate = ({ later }: Knowledge, { offers }: Want) => offers.some(({ id }) => later.has(id));

  /** Nobody was asked: there is nobody who could be, or none that could tell of this node. */
  const unasked = (node: GraphNode, { offers, args }: Want): Outcome => {
    const refusals = offers
      .filter(({ source }) => paramsFor(source, node, args) !== null)
      .map(({ source }) => load.refusal(source.asking.endpoint));
    const [failure] = refusals;
    return failure && !refusals.includes(null) ? { failure } : { value: null };
  };

  const hear = async (node: GraphNode, known: Knowledge, want: Want): Promise<Outcome> => {
    for (;;) {
      await buying.settled(known, want);
      const others = buying.offersLeft(node, known, want);
      const late = others.length > 0 ? load.late : null;
      const prompt = await listen(node, known, want, late, (id) => want.isDeferred || !known.later.has(id));
      if ('value' in prompt) return prompt;
      const said = sayRow(node, known, want);
      if (said) return said;
      const heard = isLate(known, want) ? await sooner(node, known, want, late) : prompt;
      if ('value' in heard) return heard;
      // Meanwhile one of the others may have been asked for another fact, when a list had come: it has not been heard yet.
      if (!heard.isFinal && others.some(({ id }) => known.asked.has(id))) continue;
      // Nothing more can be paid for; but somebody's answer may be at hand for nothing.
      const isPaidOut = heard.failure !== null && isOwn(heard.failure);
      const left = isPaidOut ? buying.takeFree(node, known, want) : buying.offersLeft(node, known, want).length > 0;
      if (heard.isFinal || !left) {
        const said = await rowToCome(node, known, want);
        return said ?? (heard.failure ? { failure: heard.failure } : unasked(node, want));
      }
      if (!isPaidOut) buying.askOn(node, known, want);
    }
  };

  /** What was asked for the sake of what is deferred may take its time: a row that is waited for anyway may say it before. */
  const sooner = async (node: GraphNode, known: Knowledge, want: Want, late: Asker['late'] | null): Promise<Heard> => {
    const all = listen(node, known, want, late, () => true);
    return (await Promise.race([all, rowToCome(node, known, want)])) ?? all;
  };

  /** Null when no list is on its way any more that may say it. */
  const rowToCome = async (node: GraphNode, known: Knowledge, want: Want): Promise<Told | null> => {
    for (let listed = buying.listed(want); listed; listed = buying.listed(want)) {
      await listed;
      const said = sayRow(node, known, want);
      if (said) return said;
    }
    return null;
  };

  const sayRow = (node: GraphNode, known: Knowledge, want: Want): Told | null => {
    const said = saidByRow(node, want);
    if (said) known.saidByRow.add(want);
    return said;
  };

  return find;
}

/** The budget of the operation and not of a provider: no other could be paid either. */
const isOwn = ({ code, details }: ShopgraphError) => code === 'BUDGET_EXHAUSTED' && details.provider === undefined;

type Told = Extract<Outcome, { value: unknown }>;

/** `isFinal`: whoever knows all ids does not know this one. */
type Heard = Told | { readonly failure: ShopgraphError | null; readonly isFinal: boolean };

/** The answers of the calls made for the node, in the order of precedence; then why there is none. `late`: null: all are waited for. */
async function listen(
  node: GraphNode,
  known: Knowledge,
  want: Want,
  late: Asker['late'] | null,
  isHeard: (id: string) => boolean,
): Promise<Heard> {
  let failure: ShopgraphError | null = null;
  let isFinal = false;
  let answered = false;
  for (const { id, source } of want.offers) {
    if (!isHeard(id)) continue;
    const { endpoint } = source.asking;
    // Asked for the sake of other facts: of this one its word does not count.
    if (source.isAbout?.(node) === false) continue;
    const asked = known.asked.get(id);
    let loaded: Loaded | undefined;
    try {
      loaded = late && asked ? await inTime(asked, id, known, late) : await asked;
    } catch (error) {
      failure = graver(failure, error);
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
      if (value !== undefined) return { value, said: { endpoint, fetchedAt, from, answer: loaded } };
      answered = true;
    } catch (error) {
      failure = graver(failure, saidOf(endpoint, error));
    }
  }
  // Somebody knows the id; but who failed might have told the fact.
  return { failure: answered && failure?.code === 'NOT_FOUND' ? null : failure, isFinal };
}

/** Undefined: it takes longer than one waits where somebody else can be asked; it is not waited for again, unless it is the last. */
async function inTime(
  asked: Promise<Loaded>,
  id: string,
  { slow }: Knowledge,
  late: Asker['late'],
): Promise<Loaded | undefined> {
  const loaded = await Promise.race([asked, slow.has(id) ? undefined : late()]);
  if (loaded === undefined) slow.add(id);
  else slow.delete(id);
  return loaded;
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
