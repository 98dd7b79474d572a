/** GraphQL over HTTP, by the audit of others: all that the specification requires, recommends and allows. */
import { serverAudits } from 'graphql-http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serve, type Served } from '../serve.ts';

let served: Served | undefined;
beforeAll(async () => {
  served = await serve();
});
afterAll(() => served?.[Symbol.asyncDispose]());

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
