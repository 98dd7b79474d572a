/** The file of callers, read once: every mistake is told in one message, which repeats nothing that could be a key. */
import { readFileSync } from 'node:fs';
import { getSystemErrorMessage } from 'node:util';
import * as z from 'zod';
import { lanes, scopes, type ListedCaller } from './callers.ts';

/** Throws one error that lists every mistake. */
export function readCallers(file: string): readonly ListedCaller[] {
  const { data, error } = callersFile().safeParse(jsonOf(file));
  if (data) return data.callers;
  throw new Error([`The callers file ${file} has mistakes:`, ...error.issues.flatMap(mistakesOf)].join('\n  '));
}

const nameRule = 'must be 1 to 64 letters, digits, dots, underscores or hyphens';
const hashRule = 'must be the SHA-256 of a key, 64 hex digits (never the key itself), or a list of such';

export const CallerName = z.string(nameRule).regex(/^[A-Za-z0-9._-]{1,64}$/, { error: nameRule, abort: true });

const wholeFrom = (min: number) =>
  z.custom<number>(
    (value) => Number.isSafeInteger(value) && (value as number) >= min,
    `must be a whole number, at least ${min}; without it there is no limit`,
  );

/** For one file: it remembers the names and hashes that it has seen. */
function callersFile() {
  const isNewName = firstTime();
  const isNewHash = firstTime();
  const hash = z
    .string()
    .toLowerCase()
    .regex(/^[0-9a-f]{64}$/, hashRule)
    .refine(isNewHash, { error: 'is listed already', when: ({ issues }) => issues.length === 0 });
  const caller = z
    .strictObject(
      {
        name: CallerName.refine(isNewName, 'is the name of an earlier caller'),
        keySha256: z.union([hash, z.array(hash).min(1, hashRule)], hashRule),
        scopes: z
          .array(z.enum(scopes, `must be one of: ${scopes.join(', ')}`), 'must be a list')
          .min(1, 'must not be empty')
          .default(['market']),
        monthlyCredits: wholeFrom(0).optional(),
        ratePerMinute: wholeFrom(1).optional(),
        lane: z.enum(lanes, `must be one of: ${lanes.join(', ')}`).default('interactive'),
      },
      'must be an object',
    )
    .transform(({ keySha256, monthlyCredits = null, ratePerMinute = null, ...caller }): ListedCaller => ({
      caller: { ...caller, scopes: new Set(caller.scopes), monthlyCredits, ratePerMinute },
      keySha256: [keySha256].flat(),
    }));
  const callers = z.array(caller, 'must be a list').min(1, 'must list a caller');
  return z.strictObject({ callers }, 'must be an object: { "callers": [...] }');
}

/** Says of each text whether it is here for the first time. */
function firstTime() {
  const seen = new Set<string>();
  return (text: string): boolean => seen.size < seen.add(text).size;
}

function mistakesOf(issue: z.core.$ZodIssue): string[] {
  if (issue.code !== 'unrecognized_keys') return [mistake(issue.path, issue.message)];
  // A key of a caller could stand where a property should.
  const legible = issue.keys.map((property) => (/^[A-Za-z]{1,20}$/.test(property) ? property : '?'));
  return legible.map((property) => mistake([...issue.path, property], 'is no property that is known'));
}

const mistake = (path: readonly PropertyKey[], says: string): string =>
  [...(path.length > 0 ? [z.core.toDotPath(path)] : []), says].join(': ');

function jsonOf(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { errno } = error as { errno: number };
    throw new Error(`The callers file ${file} cannot be read: ${getSystemErrorMessage(errno)}`);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    // The parser's own words quote the file; all that is repeated of them is the place, where they tell it.
    const [place = ''] = / \(line \d+ column \d+\)$/.exec((error as SyntaxError).message) ?? [];
    throw new Error(`The callers file ${file} is not JSON${place}`);
  }
}
