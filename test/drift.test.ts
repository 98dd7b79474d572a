/** What is generated is committed: a change to the graph comes with its schema and client. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

it('the committed schema and client are what the code prints', async () => {
  const check = promisify(execFile)(process.execPath, ['codegen.ts', '--check'], {
    cwd: path.join(import.meta.dirname, '..'),
  });
  await expect(check).resolves.toMatchObject({ stderr: '' });
}, 60_000);
