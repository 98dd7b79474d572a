/** GraphiQL as one page that asks no other host, opening with the example operations; below it, what they cost. */
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
  const html = withPrice(renderGraphiQL({ title: 'shopgraph', defaultTabs: exampleTabs() }));
  const etag = `"${createHash('sha256').update(html).digest('base64url').slice(0, 22)}"`;
  return { etag, gzipped: gzipSync(html) };
}

/** Where GraphiQL is there and not yet rendered: the script adds to what it is rendered with. */
function withPrice(html: string): string {
  const at = html.lastIndexOf('YogaGraphiQL.renderYogaGraphiQL(');
  if (at === -1) throw new Error('GraphiQL is rendered in a way of its own, and the price has no place.');
  const style = `<style>\n${own('graphiql-price.css')}</style>`;
  const script = `<script>\n${own('graphiql-price.js')}</script>`;
  return `${html.slice(0, at)}</script>\n${style}\n${script}\n<script>\n${html.slice(at)}`;
}

const own = (file: string) => readFileSync(new URL(file, import.meta.url), 'utf8');

const exampleTabs = () =>
  readdirSync(operations)
    .sort()
    .map((file) => ({ query: readFileSync(new URL(file, operations), 'utf8') }));
