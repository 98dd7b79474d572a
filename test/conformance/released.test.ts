/** What clients have been promised stays: an operation that the last release answers is answered alike by the next. */
import { readFileSync } from 'node:fs';
import { ChangeType, CriticalityLevel, diff, type Change } from '@graphql-inspector/core';
import { buildSchema } from 'graphql';
import { expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };

const read = (file: string) => readFileSync(new URL(`../../schema/${file}`, import.meta.url), 'utf8');
const released = read('released.graphql');

/** The inspector calls these dangerous: the operation is valid still, but asks for something else. */
const otherwise: readonly string[] = [ChangeType.FieldArgumentDefaultChanged, ChangeType.InputFieldDefaultValueChanged];
/** Whatever else is dangerous is how the graph grows, such as a new value of an enum, and is no fault. */
const breaks = ({ criticality, type }: Change) =>
  criticality.level === CriticalityLevel.Breaking || otherwise.includes(type);

async function broken(schema: string): Promise<string[]> {
  const changes = await diff(buildSchema(released), buildSchema(schema));
  return changes.filter(breaks).map(({ message }) => message);
}

it('the schema breaks nothing of the last release', async () => {
  expect(await broken(read('schema.graphql'))).toEqual([]);
});

it('the last release is the one that package.json names', () => {
  expect(released.split('\n')[0]).toBe(`# The schema of shopgraph ${manifest.version}, as it was released.`);
});

it.each([
  ['a field that is gone', / caption(?=: String$)/m, ' words', "'caption' was removed from object type 'Video'"],
  ['a fact that may be null', /(?<=^ {2}videoId: ID)!/m, '', "'Video.videoId' changed type from 'ID!' to 'ID'"],
  ['a value that is gone', /(?<=^ {2})VN$/m, 'XX', "'VN' was removed from enum 'Region'"],
  [
    'an argument more that must be given',
    'waitMs: Int!',
    'must: Int! $&',
    "'must: Int!' added to field 'Query.jdProduct'",
  ],
  [
    'an argument that must be given',
    'waitMs: Int! = 5000',
    'waitMs: Int!',
    "'waitMs' on field 'Query.jdProduct' changed",
  ],
  ['another default', 'waitMs: Int! = 5000', 'waitMs: Int! = 0', "'waitMs' on field 'Query.jdProduct' changed"],
])('and %s would be named', async (_what, from, to, named) => {
  expect(await broken(released.replace(from, to))).toEqual([expect.stringContaining(named)]);
});

it.each([
  ['a field more', /^ {2}caption: String$/m, '$& length: Int'],
  ['an argument more', 'waitMs: Int! = 5000', '$& patience: Int'],
  ['a value more', /^ {2}VN$/m, '$& XX'],
])('but %s is growth', async (_what, from, to) => {
  const grown = released.replace(from, to);
  expect(grown).not.toBe(released);
  expect(await broken(grown)).toEqual([]);
});
