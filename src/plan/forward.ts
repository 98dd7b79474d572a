/** Relay's forward arguments, as all connections take them. */
import { ShopgraphError } from '../errors.ts';
import { limits } from '../limits.ts';

export interface Forward {
  readonly first: number;
  readonly after?: string | null | undefined;
}

export function checkFirst({ first }: Forward): void {
  if (first < 0 || first > limits.first) {
    throw new ShopgraphError('BAD_INPUT', { says: `\`first\` must be between 0 and ${limits.first}.` });
  }
}

/** Rows are bought for what only they can tell: an empty window needs them to count, or to look ahead. */
export function needsRows({ first }: Forward, selected: ReadonlySet<string>): boolean {
  const telling = first > 0 ? ['edges', 'nodes', 'pageInfo', 'totalCount', 'asOf'] : ['pageInfo', 'totalCount', 'asOf'];
  return telling.some((field) => selected.has(field));
}
