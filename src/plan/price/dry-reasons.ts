/** Why an object stands where a dry run comes to it, and whether it surely does. */
import type { GraphNode } from '../node.ts';
import type { Want } from '../wants.ts';

/** On account of what an object stands where it does: of one of these. Null: of nothing that is yet to be told. */
export type Reason = readonly Link[] | null;

type Link = FactLink | QuestionLink;

/** A fact leads there. */
interface FactLink {
  readonly node: GraphNode;
  readonly want: Want;
  /** On account of what that node is there. */
  readonly before: Reason;
}

/** It is there unless one of these questions, which are asked on the way, says that it is not. */
interface QuestionLink {
  readonly keys: readonly string[];
  readonly before: Reason;
}

/** So many ways to come to an object are remembered: one that is certain will do. */
const REASONS_MAX = 10;

/** Two ways to come to one object. */
export const either = (one: Reason, other: Reason): Reason =>
  one && other && (one.length < REASONS_MAX ? [...one, ...other] : one);

/** Whether objects stand where they do whatever is bought; `asking`: but for these questions. */
export type IsCertain = (reason: Reason, asking?: ReadonlySet<string>) => boolean;

/** `possible`: whom a node may yet be asked about, by their ids. */
export function createCertainty(possible: ReadonlyMap<GraphNode, ReadonlySet<string>>): IsCertain {
  const certain = new Map<Reason, boolean>();
  const isCertain: IsCertain = (reason, asking) => {
    if (!reason) return true;
    let found = asking ? undefined : certain.get(reason);
    if (found === undefined) {
      found = reason.some((link) => isCertain(link.before, asking) && isSure(link, asking));
      if (!asking) certain.set(reason, found);
    }
    return found;
  };
  /** Nobody who may yet be asked could say otherwise of what leads there. */
  const isSure = (link: Link, asking?: ReadonlySet<string>): boolean => {
    if ('keys' in link) return link.keys.every((key) => asking?.has(key));
    const mayBe = possible.get(link.node);
    return !link.want.offers.some(({ id }) => mayBe?.has(id));
  };
  return isCertain;
}
