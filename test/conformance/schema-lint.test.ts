/** The schema is written as graphql-eslint recommends, and as its rules for Relay want it; each departure has its reason here. */
import { readFileSync } from 'node:fs';
import * as graphqlEslint from '@graphql-eslint/eslint-plugin';
import { ESLint, type Linter } from 'eslint';
import { expect, it } from 'vitest';
import { nativeKeys } from '../../src/graph/ids.ts';

const sdl = readFileSync(new URL('../../schema/schema.graphql', import.meta.url), 'utf8');

/** What has no identity: it is read with the node or the operation that it tells of, and cannot be asked for again. */
const values = [
  ...['Image', 'JdPromotion', 'JdShop', 'Money', 'ProductLabel', 'SalesHistory', 'SalesPoint', 'VideoMetrics'],
  ...['FailedSource', 'FieldProvenance', 'ProvenanceConflict'],
  ...['AvoidedCalls', 'CallerCredits', 'OperationBudget', 'OperationCost', 'ProviderCost', 'ProviderCredits'],
  // What one operation would cost.
  ...['CostBudget', 'CostCallSet', 'CostChoice', 'CostFact', 'CostFanOut', 'CostPreview', 'CostRange', 'CostSource'],
  ...['CostStep', 'CostStepCache', 'CostSum', 'FanOutField', 'ProviderCostRange'],
  // A state of looking for a product, by the product's id.
  ...['LookupFailed', 'LookupPending'],
  // Known by its address.
  'Storefront',
  // One for each who asks.
  'Viewer',
  // Relay's own.
  'PageInfo',
];

/** Without its types, which ESLint's own disagree with. */
const plugin: object = { rules: graphqlEslint.rules };

const rules: Linter.RulesRecord = {
  ...graphqlEslint.configs['flat/schema-recommended'].rules,
  ...graphqlEslint.configs['flat/schema-relay'].rules,
  // Nodes have ids; windows of lists, and sums over a period, are of the node that has them.
  '@graphql-eslint/strict-id-in-types': [
    'error',
    { exceptions: { types: values, suffixes: ['Connection', 'Edge', 'Totals'] } },
  ],
  // Paging is forward only: upstream lists cannot be read from their end.
  '@graphql-eslint/relay-arguments': ['error', { includeBoth: false }],
  // Short lists are whole, and `nodes` is the shortcut past the edges.
  '@graphql-eslint/relay-edge-types': ['error', { listTypeCanWrapOnlyEdgeType: false }],
};

/** The key that others hold is named as they name it; the rule against `Shop.shopId` has no options. */
const isNativeKey = (message: string) =>
  Object.entries(nativeKeys).some(
    ([type, key]) => message === `Field "${key}" starts with the name of the parent type "${type}"`,
  );

async function complaints(schema: string) {
  const eslint = new ESLint({
    overrideConfigFile: true,
    overrideConfig: {
      files: ['**/*.graphql'],
      languageOptions: { parser: graphqlEslint.parser, parserOptions: { graphQLConfig: { schema } } },
      plugins: { '@graphql-eslint': plugin },
      rules,
    },
  });
  const [result] = await eslint.lintText(schema, { filePath: 'schema/schema.graphql' });
  return result!.messages
    .filter(({ message }) => !isNativeKey(message))
    .map(({ ruleId, line, message }) => `${ruleId ?? 'unreadable'}, line ${line}: ${message}`);
}

it('nothing is to be said against it', async () => {
  expect(await complaints(sdl)).toEqual([]);
});

it('what is excepted is there', () => {
  expect(values.filter((name) => !sdl.includes(`\ntype ${name} `))).toEqual([]);
});

it.each([
  ['require-description', 'a type without a description', sdl.replace('"""A picture."""\n', '')],
  ['naming-convention', 'a field of another style', sdl.replace('  caption: String', '  video_caption: String')],
  ['no-typename-prefix', 'a field that repeats its type', sdl.replace('  caption: String', '  videoCaption: String')],
  ['no-unreachable-types', 'a type that nothing answers', `${sdl}\n"""Nobody's."""\ntype Lost { id: ID! }\n`],
  [
    'strict-id-in-types',
    'a type without an id',
    `${sdl}\nextend type Video { note: Note }\n"A note."\ntype Note { text: String }\n`,
  ],
  [
    'relay-arguments',
    'a connection without a way to go on',
    sdl.replaceAll('    after: String\n', '    behind: String\n'),
  ],
  ['relay-connection-types', 'a connection without edges', sdl.replaceAll('  edges: [', '  rows: [')],
  ['relay-edge-types', 'an edge without a cursor', sdl.replaceAll('  cursor: String!', '  place: String!')],
  [
    'relay-page-info',
    'a page that does not say if it is the last',
    sdl.replace('  hasNextPage: Boolean!', '  more: Boolean!'),
  ],
])('and %s would complain of %s', async (rule, _what, spoilt) => {
  expect(spoilt).not.toBe(sdl);
  expect(await complaints(spoilt)).toContainEqual(expect.stringContaining(`@graphql-eslint/${rule},`));
});
