/** A process that keeps answers and prints the key of each once it is kept: `store-writer.ts <file> <name> [count]`. */
import { sqliteStore } from '../../src/upstream/store-sqlite.ts';
import { textOf } from './store-text.ts';

const [file, name, count = 'Infinity'] = process.argv.slice(2) as [string, string, string?];
const GROUP = 7;

// To a pipe, each line is with the reader before the next statement runs.
const say = (line: string) => process.stdout.write(`${line}\n`);

const store = sqliteStore({
  file,
  bytesMax: 1e9,
  now: Date.now,
  onTrouble: (what) => {
    say(`trouble ${what}`);
  },
});
const keep = async (key: string) => {
  await store.write(key, { text: textOf(key), fetchedAt: 42 }, Date.UTC(2100, 0, 1));
  say(`kept ${key}`);
};
for (let nth = 0; nth < Number(count); nth += GROUP) {
  await Promise.all(Array.from({ length: GROUP }, (_, i) => keep(`${name} ${String(nth + i)}`)));
}
store.close();
