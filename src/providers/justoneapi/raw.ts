/** How facts are found in pages that others wrote for themselves: at whatever depth, under whichever of their names. */

export type Node = Readonly<Record<string, unknown>>;

export const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Of a page, at most so many objects are looked at. */
const NODES_MAX = 300;
/** What stands under these is about others: other products, their buyers, their videos. */
const aboutOthers = /recommend|related|similar|bundle|history|review|video|sku|seller|shop|promo/i;

/** The shallowest objects that pass, searched level by level through objects, and through lists of one. */
export function shallowest(root: unknown, isIt: (node: Node) => boolean): Node[] {
  let level: unknown[] = [root];
  for (let seen = 0; level.length > 0 && seen < NODES_MAX;) {
    const nodes = level
      .map(unwrapped)
      .filter(isNode)
      .slice(0, NODES_MAX - seen);
    seen += nodes.length;
    const found = nodes.filter(isIt);
    if (found.length > 0) return found;
    level = nodes.flatMap((node) => Object.keys(node).flatMap((key) => (aboutOthers.test(key) ? [] : [node[key]])));
  }
  return [];
}

/** What a list of one holds. */
export const unwrapped = (value: unknown): unknown =>
  Array.isArray(value) && value.length === 1 ? (value[0] as unknown) : value;

/** The reply's envelope says that nobody knows the id, or there is nothing in it: a "yes" without data is documented, too. */
export function isUnknown(reply: Node): boolean {
  return [201, 404].includes(Number(reply.code)) || isEmpty(reply.data);
}

/** Whether it says nothing at all: no value anywhere but null, "" and "-". */
function isEmpty(value: unknown, depth = 6): boolean {
  if (isBlank(value)) return true;
  if (typeof value !== 'object' || value === null || depth === 0) return false;
  // An envelope in the envelope: its own "yes" says nothing of the id.
  const isYes = (key: string, said: unknown) => key === 'code' && (said === 0 || said === '0') && 'data' in value;
  return Object.entries(value).every(([key, said]) => isYes(key, said) || isEmpty(said, depth - 1));
}

/** Stated, but nothing: other pages of theirs write a dash. */
const isBlank = (sent: unknown): boolean => sent === null || (typeof sent === 'string' && /^\s*[-–—]?\s*$/.test(sent));

/** What stands at `a.b.c`. Own keys alone: a page may hold a key named `constructor`. */
export function at(node: unknown, path: string): unknown {
  let here = node;
  for (const key of path.split('.')) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, key)) return undefined;
    here = (here as Node)[key];
  }
  return here;
}

/**
 * The first readable value among the places where a fact may stand. Null: a place is there, and it is blank.
 * `undefined`: no place is there, or what stands there cannot be read; another source may know.
 */
export function fact<T>(
  node: Node,
  paths: readonly string[],
  read: (sent: unknown) => T | undefined,
): T | null | undefined {
  let said: null | undefined;
  for (const path of paths) {
    const sent = at(node, path);
    if (sent === undefined) continue;
    if (isBlank(sent)) {
      said = null;
      continue;
    }
    const value = read(sent);
    if (value !== undefined) return value;
  }
  return said;
}

export type Stated<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> };

/** Without the keys of what was not said. */
export const stated = <T extends object>(facts: T): Stated<T> =>
  Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as Stated<T>;
