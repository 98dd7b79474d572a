/**
 * How many paid calls the same operation takes: of this server, and of a plain one (plain/server.ts) over the same providers.
 * Adds its table to the results, or replaces it there. Run: npm run bench:calls
 */
import { compare, type Compared } from './comparison.ts';
import { servedBy, type ServedBy } from './detail-facts.ts';
import { reasonFor } from './differences.ts';
import { operations } from './operations.ts';
import { writeSection } from './results.ts';

const OPERATIONS = 30;
const SAVING_MIN = 0.5;
const RUN_MS_MAX = 60_000;
const TITLE = '# Paid calls: against a plain Yoga + Pothos + DataLoader server of the same schema';

interface Line extends Compared {
  readonly by: ServedBy;
}

if (operations.length !== OPERATIONS) throw new Error(`There are ${operations.length} operations, not ${OPERATIONS}.`);
// A run that hangs is no result.
setTimeout(() => process.exit(1), RUN_MS_MAX).unref();
const lines: Line[] = [];
for (const operation of operations) {
  lines.push({ ...(await compare(operation)), by: servedBy(operation.document) });
}
const dearer = lines.filter(({ ours, plain }) => ours.calls > plain.calls || ours.credits > plain.credits);
const marked = lines.filter(({ by }) => isMarked(by));
const leastSaved = marked.reduce((least, line) => (savedIn(line) < savedIn(least) ? line : least));
const section = report();
console.log(section);
writeSection(section);
if (dearer.length > 0 || savedIn(leastSaved) < SAVING_MIN) process.exitCode = 1;

/** Each of its detail facts can be served by a row or a bulk source. */
function isMarked({ row, bulk, none }: ServedBy): boolean {
  return (row || bulk) && !none;
}

function savedIn({ ours, plain }: Compared): number {
  return 1 - ours.calls / plain.calls;
}

function report(): string {
  const names = (some: readonly Line[]) => (some.length === 0 ? '' : ` (${some.map(nameOf).join(', ')})`);
  const saved = percent(savedIn(leastSaved));
  return [
    TITLE,
    '',
    'Made by `npm run bench:calls`. Each operation is asked once of each server, both fresh, over a fresh sandbox, whose log is',
    'counted. The plain server (`bench/plain`) has one DataLoader per endpoint, never asks one question twice in a request, and',
    'sends ten ids at a time where an endpoint takes them; a list gives it ids, and a field of a node loads the product by its id.',
    '',
    '| operation | detail facts by | calls | plain server | saved | credits | plain server |',
    '|---|---|--:|--:|--:|--:|--:|',
    ...lines.map(row),
    '',
    `- operations with more calls or credits than the plain server: **${dearer.length}**${names(dearer)}, required: none`,
    `- least saved in the ${marked.length} marked operations: **${saved}** (${nameOf(leastSaved)}), required: at least ${percent(SAVING_MIN)}`,
    '',
    'A detail fact is one for which whoever is asked first takes one node in a call. Marked, in bold, are the operations in which each of',
    'them can be served by a row of a list in the operation, or, of several nodes, by a source that takes ten at once: told by the',
    'schema\'s own declarations, not by hand. "Others": some can be served by neither, as a history, totals or a picture of each product,',
    'the profile of a shop, an item of JD, or whatever is wanted of one product alone. Those calls both servers make, so that less',
    'can be saved there. `Pages` is three requests, one after the other.',
    '',
    'The answers were compared value by value. They are equal, but for cursors and times, and for this:',
    '',
    ...differencesInWords(),
    '',
  ].join('\n');
}

function row(line: Line): string {
  const { by, ours, plain } = line;
  const counts = [ours.calls, plain.calls, percent(savedIn(line)), ours.credits, plain.credits];
  return `| ${[nameOf(line), inWords(by), ...counts].join(' | ')} |`;
}

function nameOf({ operation }: Compared): string {
  return operation.name;
}

function inWords(by: ServedBy): string {
  if (!by.row && !by.bulk) return by.none ? 'others' : 'none wanted';
  const who = [...(by.row ? ['row'] : []), ...(by.bulk ? ['bulk'] : [])].join(', ');
  return by.none ? `${who}, others` : `**${who}**`;
}

/** Each reason once, with where it was met. */
function differencesInWords(): string[] {
  const met = lines.flatMap((line) =>
    line.differences.map((difference) => ({ reason: reasonFor(difference)!, name: nameOf(line) })),
  );
  return [...Map.groupBy(met, ({ reason }) => reason)].map(([reason, all]) => {
    const names = new Set(all.map(({ name }) => name));
    return `- ${reason}: ${all.length} ${all.length === 1 ? 'value' : 'values'} in ${[...names].join(', ')}`;
  });
}

function percent(share: number): string {
  return `${Math.floor(share * 100)} %`;
}
