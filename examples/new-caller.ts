/** Makes a key for a caller, and its entry in the callers file. Run: npm run new-caller -- <name> */
import { randomBytes } from 'node:crypto';
import { CallerName } from '../src/callers-file.ts';
import { hashOf } from '../src/callers.ts';

const { data: name, error } = CallerName.safeParse(process.argv[2]);
if (error) {
  console.error(`Usage: npm run new-caller -- <name>. The name ${error.issues[0]!.message}.`);
  process.exitCode = 1;
} else {
  const key = `sg_${randomBytes(32).toString('base64url')}`;
  const entry = { name, keySha256: hashOf(key), scopes: ['market'], lane: 'interactive' };
  console.log(`
The key of ${name}, which is shown only now:

  ${key}

Its entry in the file that CALLERS_FILE names, under "callers":

${JSON.stringify(entry, null, 2).replaceAll(/^/gm, '  ')}

It may ask without limit unless the entry has "monthlyCredits" and "ratePerMinute".
For a new key of a caller that is listed already, make its "keySha256" a list and add this one.
`);
}
