/** What was bought outlives the process that bought it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import { documented } from '../../src/sandbox/world.ts';
import { ShopProductsHistoryDocument } from '../client/graphql.ts';
import { serve } from '../serve.ts';

const { shopId, videoId } = documented;
let world: Sandbox;
let folder: string;
beforeEach(async () => {
  world = await startSandbox();
  folder = mkdtempSync(path.join(tmpdir(), 'shopgraph-'));
});
afterEach(async () => {
  await world.close();
  rmSync(folder, { recursive: true });
});

const started = () => serve({ world, env: { DATA_DIR: folder } });

describe('a server that starts again on the same data', () => {
  it('answers what was answered before without a call, digit for digit', async () => {
    await using first = await started();
    const before = await first.ask(ShopProductsHistoryDocument);
    await first[Symbol.asyncDispose]();
    await using second = await started();
    const after = await second.ask(ShopProductsHistoryDocument);
    expect(before.calls).toHaveLength(22);
    expect(after.calls).toEqual([]);
    expect(after.data).toEqual(before.data);
    expect(after.extensions?.cost).toMatchObject({ calls: 0, avoided: { cache: 22 } });
  });

  it('goes on with a walk from the pages that are kept', async () => {
    const page = (after: string | null) =>
      `{ shop(id: "${shopId}") { products(first: 7${after ? `, after: "${after}"` : ''}) { edges { rank } pageInfo { hasNextPage endCursor } } } }`;
    const ranks: number[] = [];
    let after: string | null = null;
    for (let more = true; more;) {
      await using server = await started();
      const { data } = await server.ask(page(after));
      const { edges, pageInfo } = data.shop.products as {
        edges: { rank: number }[];
        pageInfo: { hasNextPage: boolean; endCursor: string };
      };
      ranks.push(...edges.map(({ rank }) => rank));
      ({ hasNextPage: more, endCursor: after } = pageInfo);
    }
    expect(ranks).toEqual(Array.from({ length: 84 }, (_, index) => index + 1));
    expect(world.calls.length).toBeLessThanOrEqual(3);
  });

  it('buys nothing that a row says to which what is kept leads, however many steps', async () => {
    // Nothing has to be chosen then.
    const alone = () => serve({ world, only: ['winninghunter'], env: { DATA_DIR: folder } });
    const parts = {
      list: 'product { shop { products(first: 50) { nodes { title } } } }',
      link: 'creator { products(period: LAST_7_DAYS, first: 2) { nodes { shop { shopId } } } }',
    };
    const video = (...fields: string[]) => `{ video(id: "${videoId}") { ${fields.join(' ')} } }`;
    {
      await using server = await alone();
      await server.ask(video(parts.list));
      await server.ask(video('creator { products(period: LAST_7_DAYS, first: 2) { nodes { title } } }'));
      const { data, calls } = await server.ask(video(parts.link, parts.list));
      expect(data.video.creator.products.nodes).toContainEqual({ shop: { shopId } });
      expect(calls, 'from memory').toEqual([]);
    }
    await using server = await alone();
    expect((await server.ask(video(parts.link, parts.list))).calls, 'from the store').toEqual([]);
  });

  it('serves on where the data cannot be read or kept', async () => {
    writeFileSync(path.join(folder, 'sandbox.sqlite'), 'this was never a database');
    await using server = await started();
    expect((await server.ask(`{ shop(id: "${shopId}") { name } }`)).data.shop.name).toBe('Glow Beauty Co.');
    await using nowhere = await serve({ world, env: { DATA_DIR: '/dev/null/nowhere' } });
    expect((await nowhere.ask(`{ shop(id: "${shopId}") { name } }`)).data.shop.name).toBe('Glow Beauty Co.');
    const metrics = await (await fetch(`${nowhere.origin}/metrics`)).text();
    expect(metrics).toMatch(/shopgraph_store_troubles_total{what="answers",kind="\w+"} [1-9]/);
  });
});
