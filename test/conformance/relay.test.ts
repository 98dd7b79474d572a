/** Relay's own compiler takes the schema: connections that can be paged, nodes that can be asked for again. */
import { execFile } from 'node:child_process';
import { mkdtemp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { parse, print } from 'graphql';
import { expect, it } from 'vitest';

const run = promisify(execFile);
const compiler = createRequire(import.meta.url).resolve('relay-compiler/cli.js');
const read = (file: string) => readFile(path.join(import.meta.dirname, file), 'utf8');

/** The names of what it writes; rejects with what it has to say. */
async function compiled(schema: string): Promise<string[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'shopgraph-relay-'));
  try {
    // Operations stand in modules, whose name theirs begin with.
    const operations = parse(await read('relay/shop.graphql')).definitions.map(print);
    const module = operations.map((text, n) => `export const part${n} = graphql`.concat('`', text, '`;')).join('\n');
    await mkdir(path.join(folder, 'src'));
    await mkdir(path.join(folder, 'artifacts'));
    await writeFile(path.join(folder, 'src/shop.js'), `import { graphql } from 'react-relay';\n${module}\n`);
    await writeFile(path.join(folder, 'schema.graphql'), schema);
    const config = {
      src: './src',
      schema: './schema.graphql',
      language: 'javascript',
      artifactDirectory: './artifacts',
    };
    await writeFile(path.join(folder, 'relay.config.json'), JSON.stringify(config));
    await run(process.execPath, [compiler, 'relay.config.json'], { cwd: folder });
    return await readdir(path.join(folder, 'artifacts'));
  } finally {
    await rm(folder, { recursive: true });
  }
}

it('with pages, storefronts, refetched nodes and look-ups: clean, and it knows how to ask for each again', async () => {
  const artifacts = await compiled(await read('../../schema/schema.graphql'));
  expect(artifacts).toEqual(
    expect.arrayContaining([
      'shopProductsPageQuery.graphql.js',
      'shopProductQuery.graphql.js',
      'shopLookupQuery.graphql.js',
    ]),
  );
});

it.each([
  ['edges without a cursor', /^ {2}cursor: String!$/gm],
  ['pages that do not say whether there are more', /^ {2}hasNextPage: Boolean!$/gm],
])('and it would refuse %s', async (_what, field) => {
  const schema = await read('../../schema/schema.graphql');
  expect(schema).toMatch(field);
  await expect(compiled(schema.replaceAll(field, '  other: Int'))).rejects.toThrow();
});
