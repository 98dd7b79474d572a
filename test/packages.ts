/** Packages of their own, for what is too heavy to stand beside everything else: gateways, React. Installed when a test first needs them. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = path.join(import.meta.dirname, '..');
const STAMP = 'node_modules/.installed';

/** Makes what the folder's lock file names be there, and answers where the folder is. */
export async function installed(folder: string): Promise<string> {
  const cwd = path.join(root, folder);
  const lock = await readFile(path.join(cwd, 'package-lock.json'));
  const stamp = createHash('sha256').update(lock).digest('hex');
  const there = await readFile(path.join(cwd, STAMP), 'utf8').catch(() => null);
  if (there !== stamp) {
    await run('npm', ['ci', '--no-audit', '--no-fund'], { cwd });
    await writeFile(path.join(cwd, STAMP), stamp);
  }
  return cwd;
}
