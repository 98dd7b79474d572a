/** The cheapest way to cover wanted facts: exact, since there are few sources per type. */

/** A call that could be made for every node of a group, at the price of the whole group. */
export interface Option {
  readonly id: string;
  readonly credits: number;
  readonly calls: number;
}

/**
 * The ids of a cheapest set of options such that every want has one of its options in it: fewest credits, then fewest
 * calls, then most told of the wants that are `waiting`, then the options that stand first. A want without
 * options is left out: nothing at hand can ever answer it.
 */
export function choose(
  wants: readonly (readonly string[])[],
  options: readonly Option[],
  waiting: readonly (readonly string[])[] = [],
): string[] {
  const rank = new Map(options.map(({ id }, index) => [id, index]));
  // Wants with one option first: what they force may cover the others.
  const open = wants.filter((want) => want.length > 0).sort((a, b) => a.length - b.length);
  let best: Cover | undefined;
  const toldBesides = ({ ids }: Cover) => waiting.filter((want) => want.some((id) => ids.includes(id))).length;
  const isBetter = (cover: Cover, than: Cover) =>
    (costs(cover, than) || toldBesides(than) - toldBesides(cover) || (standsFirst(cover, than, rank) ? -1 : 1)) < 0;

  const search = (from: number, cover: Cover): void => {
    if (best && costs(cover, best) > 0) return;
    const index = open.findIndex((want, at) => at >= from && !want.some((id) => cover.ids.includes(id)));
    const want = open[index];
    if (want) for (const id of want) search(index + 1, withOption(cover, id, options[rank.get(id)!]!));
    else if (!best || isBetter(cover, best)) best = cover;
  };
  search(0, { ids: [], credits: 0, calls: 0 });
  return best?.ids ?? [];
}

/** Some options, and what they cost together. */
export interface Cover {
  readonly ids: string[];
  readonly credits: number;
  readonly calls: number;
}

/** All sets of options that cover the wants and of which none can be left out, the cheapest first: what `choose` chooses among. */
export function coversOf(wants: readonly (readonly string[])[], options: readonly Option[]): Cover[] {
  const known = new Map(options.map((option) => [option.id, option]));
  const rank = new Map(options.map(({ id }, index) => [id, index]));
  const open = wants.filter((want) => want.length > 0);
  const covers = new Map<string, Cover>();

  const search = (cover: Cover): void => {
    const want = open.find((each) => !each.some((id) => cover.ids.includes(id)));
    if (want) for (const id of want) search(withOption(cover, id, known.get(id)!));
    else covers.set(cover.ids.toSorted().join('\n'), cover);
  };
  search({ ids: [], credits: 0, calls: 0 });

  const isNeeded = (id: string, { ids }: Cover) =>
    open.some((want) => want.includes(id) && !ids.some((other) => other !== id && want.includes(other)));
  const needed = [...covers.values()].filter((cover) => cover.ids.every((id) => isNeeded(id, cover)));
  return needed.sort((a, b) => costs(a, b) || (standsFirst(a, b, rank) ? -1 : 1));
}

const withOption = (cover: Cover, id: string, { credits, calls }: Option): Cover => ({
  ids: [...cover.ids, id],
  credits: cover.credits + credits,
  calls: cover.calls + calls,
});

/** Negative if the first is cheaper. Adding an option never makes a cover cheaper, so a dearer one can be given up. */
const costs = (a: Cover, b: Cover): number => a.credits - b.credits || a.calls - b.calls;

/** Of two covers at the same price. */
function standsFirst(a: Cover, b: Cover, rank: ReadonlyMap<string, number>): boolean {
  const ranks = (cover: Cover) => cover.ids.map((id) => rank.get(id)!).sort((x, y) => x - y);
  const [ours, theirs] = [ranks(a), ranks(b)];
  const first = ours.findIndex((each, index) => each !== theirs[index]);
  const [our, their] = [ours[first], theirs[first]];
  return our !== undefined && their !== undefined && our < their;
}
