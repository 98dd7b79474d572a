/** bench/RESULTS.md: each benchmark has a section of its own there, known by its title. */
import { readFileSync, writeFileSync } from 'node:fs';

const file = new URL('RESULTS.md', import.meta.url);

/** Adds the section, or replaces it; its first line is the title. */
export function writeSection(section: string): void {
  const [title = ''] = section.split('\n');
  const sections = readFileSync(file, 'utf8').split(/^(?=# )/m);
  const others = sections.filter((each) => !each.startsWith(`${title}\n`)).join('');
  writeFileSync(file, `${others.trimEnd()}\n\n${section}`);
}
