/** A process that reserves and settles, and prints each once it is kept: `journal-writer.ts <file> <name> [count]`. */
import { sqliteJournal } from '../../src/upstream/journal-sqlite.ts';

const [file, name, count = 'Infinity'] = process.argv.slice(2) as [string, string, string?];
const GROUP = 5;

// To a pipe, each line is with the reader before the next statement runs.
const say = (line: string) => process.stdout.write(`${line}\n`);

const journal = sqliteJournal({
  file,
  onTrouble: (what) => {
    say(`trouble ${what}`);
  },
});
const call = async (id: string) => {
  const at = Date.now();
  await journal.reserve({
    id,
    owner: name,
    at,
    provider: 'WINNING_HUNTER',
    endpoint: 'productDetail',
    caller: 'shop',
    credits: 3,
  });
  say(`reserved ${id}`);
  await journal.settle({ id, at, outcome: 'OK', credits: 2 });
  say(`settled ${id}`);
};
for (let nth = 0; nth < Number(count); nth += GROUP) {
  await Promise.all(Array.from({ length: GROUP }, (_, i) => call(`${name} ${String(nth + i)}`)));
}
journal.close();
