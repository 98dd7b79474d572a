/**
 * Prints the graph into schema/, and makes what follows from it: the operations there as trusted documents, and the typed
 * client that the tests use.
 *
 *     npm run codegen              writes
 *     node codegen.ts --check      fails if what is committed differs
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { generate } from '@graphql-codegen/cli';
import { parse, print } from 'graphql';
import { schema } from './src/graph/schema.ts';
import { printApi, printSubgraph } from './src/graph/subgraph.ts';

const SCHEMA = 'schema/schema.graphql';
const SUBGRAPH = 'schema/subgraph.graphql';
const CLIENT = 'test/client/';
const OPERATIONS = 'schema/operations/';
const TRUSTED = 'schema/trusted-documents.json';

const { values: flags } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const sdl = printApi(schema);
const files = new Map([
  [SCHEMA, sdl],
  [SUBGRAPH, printSubgraph(schema)],
  [TRUSTED, await trustedDocuments()],
  ...(await clientFiles(sdl)),
]);
const differing = await differingFrom(files);

if (!flags.check) {
  for (const [file, text] of files) {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  console.log(differing.length > 0 ? `Written: ${differing.join(', ')}` : 'Nothing has changed.');
} else if (differing.length > 0) {
  console.error(
    `Not up to date: ${differing.join(', ')}. Run \`npm run codegen\`, then review and commit what changed.`,
  );
  process.exitCode = 1;
}

async function trustedDocuments(): Promise<string> {
  const names = (await readdir(OPERATIONS)).sort();
  const texts = await Promise.all(names.map((name) => readFile(OPERATIONS + name, 'utf8')));
  // Without the comments, which are for people.
  const printed = texts.map((text) => print(parse(text)));
  const byDigest = printed.map((text) => [`sha256:${createHash('sha256').update(text).digest('hex')}`, text]);
  return `${JSON.stringify(Object.fromEntries(byDigest), null, 2)}\n`;
}

async function clientFiles(schemaText: string): Promise<[string, string][]> {
  const outputs = (await generate(
    {
      schema: schemaText,
      documents: ['schema/operations/*.graphql', 'test/**/*.ts', `!${CLIENT}**`, '!test/conformance/clients/**'],
      silent: true,
      generates: {
        [CLIENT]: {
          preset: 'client',
          presetConfig: { fragmentMasking: false },
          config: {
            documentMode: 'string',
            emitLegacyCommonJSImports: false,
            importExtension: '.ts',
            useTypeImports: true,
            enumsAsConst: true,
            strictScalars: true,
            scalars: {
              Currency: 'string',
              Date: 'string',
              DateTime: 'string',
              Decimal: 'string',
              JSONObject: 'Record<string, unknown>',
              SafeInt: 'number',
              URL: 'string',
            },
          },
        },
      },
    },
    false,
  )) as { filename: string; content: string }[];
  return outputs.map(({ filename, content }) => [path.normalize(filename), content]);
}

async function differingFrom(wanted: ReadonlyMap<string, string>): Promise<string[]> {
  const generated = (await readdir(CLIENT).catch(() => [])).map((file) => path.join(CLIENT, file));
  const stale = generated.filter((file) => !wanted.has(file));
  const differing: string[] = [];
  for (const [file, text] of wanted) {
    if ((await readFile(file, 'utf8').catch(() => null)) !== text) differing.push(file);
  }
  return [...differing, ...stale];
}
