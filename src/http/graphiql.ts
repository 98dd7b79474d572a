/** GraphiQL as one page that asks no other host, opening with the example operations. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { renderGraphiQL } from '@graphql-yoga/render-graphiql';

export interface Page {
  readonly etag: string;
  readonly gzipped: Buffer;
}

const operations = new URL('../../schema/operations/', import.meta.url);

/** Made on first use and kept: the page has nine megabytes, of which a browser that has seen it needs none again. */
export function createGraphiql(): () => Page {
  let page: Page | undefined;
  return () => (page ??= render());
}

function render(): Page {
  const html = renderGraphiQL({ title: 'shopgraph', defaultTabs: exampleTabs() });
  const etag = `"${createHash('sha256').update(html).digest('base64url').slice(0, 22)}"`;
  return { etag, gzipped: gzipSync(html) };
}

const exampleTabs = () =>
  readdirSync(operations)
    .sort()
    .map((file) => ({ query: readFileSync(new URL(file, operations), 'utf8') }));
