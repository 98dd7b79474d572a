/**
 * Prints what operations cost, cold and warm, and which of their fields are asked for once for each object of a list.
 *
 *     npm run price                       those of schema/operations
 *     npm run price -- app/queries        those of any other folder
 *     npm run price -- --pin              writes schema/prices.json, which a test holds against what they cost
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { isFanOut, priceOf, type Price } from './src/pricing.ts';

const OPERATIONS = 'schema/operations';
const PINNED = 'schema/prices.json';
/** For which fan-outs are compared. */
const FIRST = 20;

const { values: flags, positionals } = parseArgs({
  options: { pin: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const folders = positionals.length > 0 ? positionals : [OPERATIONS];

for (const folder of folders) for (const text of await textsIn(folder)) print(text);

if (flags.pin) {
  const prices = (await textsIn(OPERATIONS)).map((text) => priceOf(text));
  await writeFile(PINNED, `${JSON.stringify(Object.fromEntries(prices), null, 2)}\n`);
  console.log(`Written: ${PINNED}`);
}

async function textsIn(folder: string): Promise<string[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.graphql')).sort();
  return Promise.all(files.map((file) => readFile(path.join(folder, file), 'utf8')));
}

function print(text: string): void {
  const [name, { calls, credits, warm, steps }] = priceOf(text);
  console.log(name);
  console.log(`  cold: ${calls} calls, ${credits} credits; warm: ${warm.calls} calls, ${warm.credits} credits`);
  for (const step of steps) {
    const where = step.path === '' ? 'the operation' : step.path;
    console.log(`  ${step.calls} x ${step.endpoint} at ${where}, for ${step.fields.join(', ')}`);
  }
  fanOuts(priceOf(text, { first: FIRST })[1]);
  console.log();
}

function fanOuts({ steps }: Price): void {
  for (const { path: where, endpoint, fields, calls, credits } of steps.filter(isFanOut)) {
    const cause = fields.length === 1 ? `${where}.${fields[0]!}` : `${fields.join(' and ')} of ${where}, together`;
    console.log(`  fan-out at first: ${FIRST}: ${calls} calls of ${endpoint}, ${credits} credits, because of ${cause}`);
  }
}
