/** What an estimate says, and how several add up. */
import type { Endpoint } from '../../providers/provider.ts';
import type { Path } from '../analysis.ts';
import type { Alike } from '../group.ts';

export interface Estimate {
  readonly credits: number;
  /** Into which `@defer` and `@stream` cut the answer, besides the first. */
  readonly parts: number;
  /** In all lists together. */
  readonly rows: number;
  /** From the operation down. */
  readonly steps: readonly Step[];
}

/** Of one endpoint. */
export interface Calls {
  readonly endpoint: Endpoint;
  readonly calls: number;
  readonly credits: number;
  /** That they are made for. */
  readonly fields: readonly string[];
}

/** Calls that are made together. */
export interface Step extends Calls, Subject {}

/** What calls are about: all objects at one place. */
export interface Subject {
  /** Where the objects stand, which may be in several places; undefined: the operation itself. */
  readonly places: readonly Path[];
  /** Of objects. */
  readonly count: number;
  /** Null: a field asks by itself. */
  readonly chosen: Chosen | null;
}

/** That an offer is taken, and for whom. */
export interface Chosen {
  /** Its id. */
  readonly offer: string;
  readonly nodeSet: NodeSet;
}

/** Nodes that want the same. */
export interface NodeSet {
  readonly type: string;
  readonly at: Path;
  readonly alike: Alike;
}

export const nothing: Estimate = { credits: 0, parts: 0, rows: 0, steps: [] };

/** An estimate that is being added up. */
export interface Draft extends Estimate {
  credits: number;
  parts: number;
  rows: number;
  readonly steps: Step[];
}

export const emptyEstimate = (): Draft => ({ credits: 0, parts: 0, rows: 0, steps: [] });

export function addTo(draft: Draft, { credits, parts, rows, steps }: Estimate): void {
  draft.credits += credits;
  draft.parts += parts;
  draft.rows += rows;
  draft.steps.push(...steps);
}

export const dearer = (a: Estimate, b: Estimate): Estimate => (b.credits > a.credits ? b : a);
