/** A node is an id plus the rows that led to it; making one costs nothing. What an operation learns of it is kept with it. */
import type { Endpoint } from '../providers/provider.ts';

export interface GraphNode<Type extends string = string> {
  readonly type: Type;
  /** The provider's id. */
  readonly id: string;
  /** The market asked for; part of the node's identity, since what a node says may differ by market. */
  readonly region: string | null;
  readonly rows: RowInHand[];
}

/** What a list said about an item of it: facts in hand, free. */
interface RowInHand {
  readonly list: Endpoint;
  /** What it says, with what being in the list implies. */
  readonly row: object;
  /** The row itself, which is one object however often its page is read. */
  readonly said: object;
  /** When the provider said it, in ms since the epoch. */
  readonly fetchedAt: number;
}

/** A row that is met again, in the same page of the same list, says nothing new. */
export function addRow(
  { rows }: GraphNode,
  { list, said, fetchedAt, implied }: Omit<RowInHand, 'row'> & { readonly implied?: object | undefined },
): void {
  for (const held of rows) if (held.said === said && isImplied(held.row, implied)) return;
  rows.push({ list, said, fetchedAt, row: implied ? { ...said, ...implied } : said });
}

/** Of one list asked about in two ways, as in two markets, a row is the same and what it implies is not. */
const isImplied = (row: object, implied: object = {}): boolean =>
  Object.entries(implied).every(([key, value]) => (row as Record<string, unknown>)[key] === value);

/** The nodes of one operation: one object per type, id and region, so that all its places share what is known. */
export function createNodes() {
  const nodes = new Map<string, Map<string | null, Map<string, GraphNode>>>();
  return function node<Type extends string>(type: Type, id: string, region: string | null = null): GraphNode<Type> {
    const ofType = within(nodes, type);
    const inRegion = within(ofType, region);
    const known = inRegion.get(id);
    if (known) return known as GraphNode<Type>;
    const made: GraphNode<Type> = { type, id, region, rows: [] };
    inRegion.set(id, made);
    return made;
  };
}

function within<Outer, Inner, Value>(maps: Map<Outer, Map<Inner, Value>>, key: Outer): Map<Inner, Value> {
  let found = maps.get(key);
  if (!found) maps.set(key, (found = new Map<Inner, Value>()));
  return found;
}
