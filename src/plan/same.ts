/** Whether two hold the same. */

export const isSameSet = <Item>(one: ReadonlySet<Item>, other: ReadonlySet<Item>): boolean =>
  one.size === other.size && one.isSubsetOf(other);

/** In the same order. */
export const isSameList = <Item>(one: readonly Item[], other: readonly Item[]): boolean =>
  one === other || (one.length === other.length && one.every((each, index) => each === other[index]));
