/** Trusted documents: asked for by their ids, and where nothing else is trusted, by nothing else. */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { serve, type Served } from '../serve.ts';

const documents = JSON.parse(readFileSync('schema/trusted-documents.json', 'utf8')) as Record<string, string>;
const [id] = Object.entries(documents).find(([, text]) => text.includes('query Creator '))!;

const send = async ({ origin }: Served, body: object) => {
  const response = await fetch(`${origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, ...((await response.json()) as { data?: unknown; errors?: object[] }) };
};

const byId = {
  'as GraphQL over HTTP has it': { documentId: id },
  "as Apollo's clients send it": {
    extensions: { persistedQuery: { version: 1, sha256Hash: id.slice('sha256:'.length) } },
  },
};

describe.each(['on', 'only'])('trusted documents: %s', (mode) => {
  const env = { TRUSTED_DOCUMENTS: mode };

  it.each(Object.entries(byId))('are answered by their id, %s', async (_what, body) => {
    await using served = await serve({ env });
    const { data, errors } = await send(served, body);
    expect(errors).toBeUndefined();
    expect(data).toMatchObject({ creator: { creatorId: expect.any(String) as string } });
    expect(served.sandbox.calls).toHaveLength(2);
  });

  it('are answered by their id in a URL', async () => {
    await using served = await serve({ env });
    const response = await fetch(`${served.origin}/graphql?documentId=${encodeURIComponent(id)}`);
    expect(await response.json()).toMatchObject({ data: { creator: {} } });
  });

  it('of an unknown id are bad input, and cost nothing', async () => {
    await using served = await serve({ env });
    expect(await send(served, { documentId: `sha256:${'0'.repeat(64)}` })).toMatchObject({
      status: 400,
      errors: [{ extensions: { code: 'BAD_INPUT' } }],
    });
    expect(await send(served, {})).toMatchObject({ status: 400, errors: [{ extensions: { code: 'BAD_INPUT' } }] });
    expect(await send(served, { documentId: '__proto__' })).toMatchObject({
      errors: [{ extensions: { code: 'BAD_INPUT' } }],
    });
    expect(served.sandbox.calls).toEqual([]);
  });

  it(`any other is ${mode === 'on' ? 'answered' : 'refused'}`, async () => {
    await using served = await serve({ env });
    const answer = await send(served, { query: '{ viewer { name } }' });
    if (mode === 'on') expect(answer).toMatchObject({ data: { viewer: {} } });
    else expect(answer).toMatchObject({ status: 400, errors: [{ extensions: { code: 'FORBIDDEN' } }] });
    // What is trusted is trusted to the letter.
    if (mode === 'only')
      expect(await send(served, { documentId: id, query: '{ viewer { name } }' })).not.toHaveProperty('data');
  });
});

it('are not looked for where they are off', async () => {
  await using served = await serve();
  expect(await send(served, { documentId: id })).toMatchObject({ errors: [{ extensions: { code: 'BAD_INPUT' } }] });
});

describe('a file of trusted documents', () => {
  const file = path.join(tmpdir(), `shopgraph-trusted-${process.pid}.json`);
  const start = async (text: string) => {
    writeFileSync(file, text);
    await using served = await serve({ env: { TRUSTED_DOCUMENTS: 'only', TRUSTED_DOCUMENTS_FILE: file } });
    return served;
  };
  const query = '{ viewer { name } }';
  const digest = createHash('sha256').update(query).digest('hex');

  it('may have the ids that a build gives', async () => {
    await start(JSON.stringify({ [digest]: query, 'viewer-1': query }));
  });

  it.each([
    ['that is no JSON', 'x', /cannot be read/],
    ['that is a list', '[1]', /must be a text/],
    ['with a text under the digest of another', JSON.stringify({ [digest]: '{ cost { calls } }' }), /not the digest/],
    ['with what the schema does not have', JSON.stringify({ a: '{ nope }' }), /a: Cannot query field "nope"/],
    ['with what is no GraphQL', JSON.stringify({ a: '{' }), /a: Syntax Error/],
  ])('%s keeps the server from starting, and says why', async (_what, text, says) => {
    await expect(start(text)).rejects.toThrow(says);
  });
});
