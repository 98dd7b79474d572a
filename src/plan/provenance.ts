/** Whose word a fact is, who failed to tell it, and who says otherwise: among what is held anyway, nothing is bought. */
import { ShopgraphError } from '../errors.ts';
import type { Endpoint } from '../providers/provider.ts';
import type { Asker } from './buying.ts';
import type { Knowledge, Loaded, Outcome, Said } from './knowledge.ts';
import type { GraphNode } from './node.ts';
import type { Offer, Want } from './wants.ts';

export interface Testimony {
  /** The field's name. */
  readonly field: string;
  readonly value: unknown;
  readonly said: Said;
  /** Who was asked for it in vain. */
  readonly failed: readonly { readonly endpoint: Endpoint; readonly failure: ShopgraphError }[];
  /** What other providers say, be it the same or not. */
  readonly others: readonly Told[];
}

interface Told {
  readonly endpoint: Endpoint;
  readonly value: unknown;
  readonly fetchedAt: number;
}

/** Null: nobody has said it. */
export async function witness(
  load: Asker,
  node: GraphNode,
  { asked, slow, later }: Knowledge,
  want: Want,
  outcome: Outcome,
): Promise<Testimony | null> {
  if (!('value' in outcome) || !outcome.said) return null;
  const { value, said } = outcome;
  const failed: { endpoint: Endpoint; failure: ShopgraphError }[] = [];
  const others: Told[] = told(node, want);
  for (const offer of want.offers) {
    const { asking, isAbout } = offer.source;
    const { endpoint } = asking;
    if (!want.isDeferred && later.has(offer.id)) continue;
    if (isAbout?.(node) === false) continue;
    if (slow.has(offer.id)) {
      failed.push({ endpoint, failure: new ShopgraphError('UPSTREAM_TIMEOUT') });
      continue;
    }
    try {
      const loaded = await (asked.get(offer.id) ?? heldBy(load, node, want, offer));
      if (loaded?.data == null) continue;
      others.push({ endpoint, value: offer.source.pick(loaded.data, want.args, node), fetchedAt: loaded.fetchedAt });
    } catch (error) {
      if (!(error instanceof ShopgraphError)) throw error;
      failed.push({ endpoint, failure: error });
    }
  }
  const isOther = (each: Told) => each.endpoint.provider !== said.endpoint.provider && each.value != null;
  return { field: want.field, value, said, failed, others: others.filter(isOther) };
}

function heldBy(load: Asker, node: GraphNode, { args }: Want, { source: { asking } }: Offer): Loaded | undefined {
  const params = asking.params(node, args);
  return params ? load.held(asking.endpoint, params) : undefined;
}

const told = (node: GraphNode, want: Want): Told[] =>
  want.rows.flatMap(({ list, pick }) =>
    node.rows
      .filter((held) => held.list === list)
      .map(({ row, fetchedAt }) => ({ endpoint: list, value: pick(row, node), fetchedAt })),
  );
