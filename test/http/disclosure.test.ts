/** Who gets to see the schema: everybody in development, callers with a key in production, nobody where it is off. */
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { hashOf } from '../../src/callers.ts';
import { serve, type Served } from '../serve.ts';

const callersFile = path.join(tmpdir(), `shopgraph-disclosure-${process.pid}.json`);
writeFileSync(callersFile, JSON.stringify({ callers: [{ name: 'web', keySha256: hashOf('the-key') }] }));
const withKey = { authorization: 'Bearer the-key' };
const production = { NODE_ENV: 'production', AUTH: 'none' };

const questions = {
  introspection: '{ __schema { queryType { name } } }',
  'introspection of a type, in a fragment': '{ ...T } fragment T on Query { kind: __type(name: "Shop") { name } }',
  'the SDL': '{ _service { sdl } }',
};
const page = (served: Served, headers: Record<string, string> = {}) =>
  fetch(`${served.origin}/graphql`, { headers: { accept: 'text/html', ...headers } });
const hint = '{ shop(id: "1") { shopID } }';

const cases = [
  { what: 'in development', env: {}, headers: {}, isShown: true },
  { what: 'in production, to those without a key', env: production, headers: {}, isShown: false },
  {
    what: 'in production, to those with a key',
    env: { NODE_ENV: 'production', CALLERS_FILE: callersFile },
    headers: withKey,
    isShown: true,
  },
  { what: 'in production where it is on', env: { ...production, INTROSPECTION: 'on' }, headers: {}, isShown: true },
  {
    what: 'where it is off, even to those with a key',
    env: { CALLERS_FILE: callersFile, INTROSPECTION: 'off' },
    headers: withKey,
    isShown: false,
  },
];

describe.each(cases)('the schema $what', ({ env, headers, isShown }) => {
  it.each(Object.entries(questions))(`by %s: shown ${String(isShown)}`, async (_what, question) => {
    await using served = await serve({ env });
    const { data, errors, calls } = await served.ask(question, {}, headers);
    expect(calls).toEqual([]);
    if (isShown) {
      expect(errors).toBeUndefined();
    } else {
      expect(data).toBeUndefined();
      expect(errors).toMatchObject([
        { extensions: { code: 'FORBIDDEN' }, message: expect.stringContaining('INTROSPECTION') as string },
      ]);
    }
  });

  it(`in GraphiQL, and by hints in errors: shown ${String(isShown)}`, async () => {
    await using served = await serve({ env });
    expect((await page(served, headers)).status).toBe(isShown ? 200 : 403);
    const { errors } = await served.ask(hint, {}, headers);
    expect(errors?.[0]?.message.includes('Did you mean "shopId"')).toBe(isShown);
    expect((await served.ask('{ shop(id: "1") { __typename shopId } }', {}, headers)).errors).toBeUndefined();
  });
});

it('GraphiQL is not shown to a key that is wrong', async () => {
  await using served = await serve({ env: { NODE_ENV: 'production', CALLERS_FILE: callersFile } });
  expect((await page(served, { authorization: 'Bearer another' })).status).toBe(403);
  expect((await page(served)).status).toBe(403);
});
