/** What an estimate says, and how several add up. */
import type { Endpoint } from '../providers/provider.ts';
import type { Path } from './analysis.ts';
import type { Alike } from './group.ts';

export interface Estimate {
  readonly credits: number;
  /** Into which `@defer` and `@stream` cut the answer, besides the first. */
  readonly parts: number;
  /** In all lists together. */
  readonly rows: number;
  /** From the operation down. */
  readonly steps: readonly Step[];
  /** Who was chosen among, wherever there are nodes. */
  readonly nodeSets: readonly NodeSet[];
}

/** Calls that are made together, for all objects at one place. */
export interface Step {
  readonly endpoint: Endpoint;
  /** Where the objects stand, which may be in several places; undefined: the operation itself. */
  readonly places: readonly Path[];
  /** The fields there that the calls are made for. */
  readonly fields: readonly string[];
  /** Of objects. */
  readonly count: number;
  readonly calls: number;
  readonly credits: number;
}

/** Nodes that want the same. */
export interface NodeSet {
  readonly type: string;
  readonly at: Path;
  readonly alike: Alike;
}

export const nothing: Estimate = { credits: 0, parts: 0, rows: 0, steps: [], nodeSets: [] };
export const partsAlone = (parts: number): Estimate => (parts === 0 ? nothing : { ...nothing, parts });
export function sum(all: readonly Estimate[]): Estimate {
  // Most fields ask nothing.
  const each = all.filter((one) => one !== nothing);
  if (each.length < 2) return each[0] ?? nothing;
  const total = { credits: 0, parts: 0, rows: 0, steps: [] as Step[], nodeSets: [] as NodeSet[] };
  for (const { credits, parts, rows, steps, nodeSets } of each) {
    total.credits += credits;
    total.parts += parts;
    total.rows += rows;
    total.steps.push(...steps);
    total.nodeSets.push(...nodeSets);
  }
  return total;
}

export const dearer = (a: Estimate, b: Estimate): Estimate => (b.credits > a.credits ? b : a);
