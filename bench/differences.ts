/** Where two answers to one operation differ, and which differences are known: the servers may have asked different providers. */

export interface Difference {
  /** The last name on the way to it. */
  readonly field: string;
  readonly path: string;
  readonly ours: unknown;
  readonly plain: unknown;
}

/** Each server's own, or of the moment. */
const incomparable = new Set(['endCursor', 'asOf', 'submittedAt']);

export function differencesOf(ours: unknown, plain: unknown, path = ''): Difference[] {
  if (isObject(ours) && isObject(plain)) {
    const names = new Set([...Object.keys(ours), ...Object.keys(plain)]);
    return [...names]
      .filter((name) => !incomparable.has(name))
      .flatMap((name) => differencesOf(ours[name], plain[name], `${path}.${name}`));
  }
  if (ours === plain) return [];
  return [{ field: path.slice(path.lastIndexOf('.') + 1), path, ours, plain }];
}

interface Known {
  readonly why: string;
  /** Whether it is no larger than that explains. */
  readonly explains: (one: string | number, other: string | number) => boolean;
}

const anotherMoment = 'another provider read the page at another moment';

const known: Readonly<Record<string, Known>> = {
  title: {
    why: "a list's row shortens the title of the product's page, or another page adds the name of the shop",
    explains: (one, other) => {
      const [fewer, more] = [one, other].map(wordsOf).toSorted((a, b) => a.size - b.size) as [Set<string>, Set<string>];
      return fewer.isSubsetOf(more);
    },
  },
  rating: { why: `${anotherMoment}, by a tenth`, explains: isWithin(0.11) },
  amount: { why: `${anotherMoment}, by no more than ten cents, or writes 24.9 as 24.90`, explains: isWithin(0.11) },
  reviewCount: {
    why: `${anotherMoment}, by no more than 5 %`,
    explains: (one, other) => Math.abs(Number(one) / Number(other) - 1) < 0.05,
  },
};

/** Null: nothing explains it. What one of the answers lacks, nothing does. */
export function reasonFor({ field, ours, plain }: Difference): string | null {
  const reason = known[field];
  if (!reason || !isValue(ours) || !isValue(plain)) return null;
  return reason.explains(ours, plain) ? `\`${field}\`, since ${reason.why}` : null;
}

function isWithin(distance: number): Known['explains'] {
  return (one, other) => Math.abs(Number(one) - Number(other)) < distance;
}

const wordsOf = (text: string | number) => new Set(String(text).split(/\s+/));

const isValue = (value: unknown): value is string | number => typeof value === 'string' || typeof value === 'number';
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
