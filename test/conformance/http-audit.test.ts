/** GraphQL over HTTP, by the audit of others: all that the specification requires, recommends and allows; in production but for the schema. */
import { serverAudits } from 'graphql-http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serve, type Served } from '../serve.ts';

let served: Served | undefined;
let production: Served | undefined;
beforeAll(async () => {
  served = await serve();
  production = await serve({ env: { NODE_ENV: 'production', AUTH: 'none' } });
});
afterAll(async () => {
  await served?.[Symbol.asyncDispose]();
  await production?.[Symbol.asyncDispose]();
});

describe('the audit of GraphQL over HTTP', () => {
  const audits = serverAudits({ url: () => `${served!.origin}/graphql`, fetchFn: fetch });

  it('has 61 parts', () => {
    expect(audits).toHaveLength(61);
  });

  it.each(audits.map((audit) => [audit.id, audit.name, audit] as const))('%s %s', async (_id, _name, audit) => {
    const result = await audit.fn();
    expect(result.status === 'ok' ? null : result).toBeNull();
  });
});

/** Each asks `{ __type(name: $name) { name } }` to see whether variables arrive: production shows its schema to callers with a key alone. */
const askForSchema = new Set(['2EA1', '28B9', 'D6D5', '6A70']);

describe('the audit in production, without a key', () => {
  const audits = serverAudits({ url: () => `${production!.origin}/graphql`, fetchFn: fetch });

  it.each(audits.map((audit) => [audit.id, audit.name, audit] as const))('%s %s', async (id, _name, audit) => {
    expect((await audit.fn()).status === 'ok').toBe(!askForSchema.has(id));
  });

  it('variables arrive, as those four would see if they asked for data', async () => {
    const { data } = await production!.ask('query ($id: ID!) { shop(id: $id) { shopId } }', { id: '1' });
    expect(data).toEqual({ shop: { shopId: '1' } });
  });
});
