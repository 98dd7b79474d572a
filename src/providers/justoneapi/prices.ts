/** A page's price: read, withheld from whoever is not logged in, or not there. */
import { at, fact, isNode, type Node } from './raw.ts';
import { isMasked, readPrice } from './spellings.ts';

interface Price {
  readonly amount: string | null | undefined;
  /** Digits were withheld, so that there is no amount. Absent: no price at all. */
  readonly isMasked: boolean | undefined;
}

/** The first place that has a price decides: a masked one is never replaced by another, which would be another price. */
export function priceAt(node: Node, paths: readonly string[]): Price {
  for (const path of paths) {
    const sent = textOf(at(node, path));
    if (isMasked(sent)) return { amount: null, isMasked: true };
    if (readPrice(sent) !== undefined) return { amount: readPrice(sent), isMasked: false };
  }
  return { amount: fact(node, paths, () => undefined), isMasked: undefined };
}

/** A price of one variant is an object: as shown, and as a value. */
const textOf = (sent: unknown): unknown =>
  isNode(sent) ? fact(sent, ['price_str', 'price_val'], (text) => text) : sent;
