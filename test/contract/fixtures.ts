/** The replies that the providers' documentation shows, as text, the way they come over the wire. */
import { readdirSync, readFileSync } from 'node:fs';

const folder = new URL('../fixtures/', import.meta.url);

/** The names of what is documented in a folder. */
export const documentedIn = (path: string): string[] =>
  readdirSync(new URL(path, folder), { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name.replace(/\.json$/, ''));

/** Without the line's end that a file has and a reply has not. */
export const fixture = (path: string): string => readFileSync(new URL(`${path}.json`, folder), 'utf8').trimEnd();
