/** A node is an id plus the rows that led to it; making one costs nothing. What an operation learns of it is kept with it. */
import type { Endpoint } from '../providers/provider.ts';

export interface GraphNode<Type extends string = string> {
  readonly type: Type;
  /** The provider's id. */
  readonly id: string;
  /** The market asked for; part of the node's identity, since what a node says may differ by market. */
  readonly region: string | null;
  /** Grows with `addRow` alone. */
  rows: readonly RowInHand[];
}

/** The list whose rows led to objects; null: none did. */
export type Via = Endpoint | null;

/** What a list said about an item of it: facts in hand, free. */
interface Said {
  readonly list: Endpoint;
  /** The row itself, which is one object however often its page is read. */
  readonly said: object;
  /** What being in the list says beyond it. */
  readonly implied?: object | undefined;
  /** When the provider said it, in ms since the epoch. */
  readonly fetchedAt: number;
}

class RowInHand {
  readonly list: Endpoint;
  readonly said: object;
  readonly implied: object | undefined;
  readonly fetchedAt: number;
  #row: object | undefined;

  constructor({ list, said, implied, fetchedAt }: Said) {
    this.list = list;
    this.said = said;
    this.implied = implied;
    this.fetchedAt = fetchedAt;
  }

  /** What it says, with what being in the list implies. Put together when it is read, which most rows are not. */
  get row(): object {
    return (this.#row ??= this.implied ? { ...this.said, ...this.implied } : this.said);
  }
}

/** A row that is met again, in the same page of the same list, says nothing new. */
export function addRow(node: GraphNode, said: Said): void {
  for (const held of node.rows) if (held.said === said.said && isSame(held.implied, said.implied)) return;
  const row = new RowInHand(said);
  // Nearly all have one, and an array that is pushed to takes room for many.
  node.rows = node.rows.length === 0 ? [row] : [...node.rows, row];
}

/** Of one list asked about in two ways, as in two markets, a row is the same and what it implies is not. */
const isSame = (one: object = {}, other: object = {}): boolean =>
  one === other || Object.entries(other).every(([key, value]) => (one as Record<string, unknown>)[key] === value);

const none: readonly never[] = [];

/** The nodes of one operation: one object per type, id and region, so that all its places share what is known. */
export function createNodes() {
  const nodes = new Map<string, Map<string | null, Map<string, GraphNode>>>();
  return function node<Type extends string>(type: Type, id: string, region: string | null = null): GraphNode<Type> {
    const ofType = within(nodes, type);
    const inRegion = within(ofType, region);
    const known = inRegion.get(id);
    if (known) return known as GraphNode<Type>;
    const made: GraphNode<Type> = { type, id, region, rows: none };
    inRegion.set(id, made);
    return made;
  };
}

function within<Outer, Inner, Value>(maps: Map<Outer, Map<Inner, Value>>, key: Outer): Map<Inner, Value> {
  let found = maps.get(key);
  if (!found) maps.set(key, (found = new Map<Inner, Value>()));
  return found;
}
