/** How many objects fields answer with, as far as their arguments say. */
import type { FieldUse } from '../analysis.ts';
import { argumentsOf } from '../wants.ts';

export type Counts = ReturnType<typeof createCounts>;

/** `first`: in place of each that the operation has. */
export function createCounts(variableValues: Record<string, unknown>, first?: number) {
  const args = new Map<FieldUse, Record<string, unknown>>();
  /** None where they are wrong. */
  const argsOf = (use: FieldUse): Record<string, unknown> => {
    let known = args.get(use);
    if (!known) args.set(use, (known = (argumentsOf(use, variableValues) ?? {}) as Record<string, unknown>));
    return known;
  };

  return {
    argsOf,

    /** At most. */
    rowsOf: (use: FieldUse): number => {
      if (use.field.args.length === 0) return 1;
      const { first: given, ids } = argsOf(use);
      if (typeof given === 'number') return Math.max(0, first ?? given);
      return Array.isArray(ids) ? new Set(ids).size : 1;
    },

    /** Of each type, the different entities that a router asks for; null: it is not what the field is about. */
    representedOf: (use: FieldUse): ReadonlyMap<string, number> | null => {
      const { representations } = argsOf(use);
      if (!Array.isArray(representations)) return null;
      const counts = new Map<string, number>();
      const seen = new Set<string>();
      for (const each of representations as ({ __typename?: unknown } | null)[]) {
        const type = each?.__typename;
        if (typeof type !== 'string' || seen.size === seen.add(JSON.stringify(each)).size) continue;
        counts.set(type, (counts.get(type) ?? 0) + 1);
      }
      return counts;
    },
  };
}
