// What a stand-in provider sends back, as a value; and how that value reaches the wire, mishaps included.

import type { ServerResponse } from 'node:http';
import { Readable, pipeline } from 'node:stream';

type Headers = Record<string, string>;

export type Reply =
  | { kind: 'text'; status: number; contentType: string; body: string; headers?: Headers }
  /** A JSON answer of 32 MB. */
  | { kind: 'huge' }
  /** The connection is cut before a header is sent. */
  | { kind: 'drop' }
  /** Nothing is sent until the client gives up or the sandbox closes. */
  | { kind: 'hang' };

const exactJson = JSON as typeof JSON & { rawJSON(text: string): unknown };

const idKeys = new Set('id shop_id product_id creator_id seller_id sku_id user_id video_id'.split(' '));

/** JSON text; with `numericIds` the ids are bare numbers of all their 19 digits, which no double could carry. */
function jsonText(value: unknown, numericIds: boolean): string {
  if (!numericIds) return JSON.stringify(value);
  return JSON.stringify(value, (key, part: unknown) =>
    idKeys.has(key) && typeof part === 'string' && /^[1-9]\d*$/.test(part) ? exactJson.rawJSON(part) : part,
  );
}

export const json = (status: number, value: unknown, headers: Headers = {}, numericIds = false): Reply => ({
  kind: 'text',
  status,
  contentType: 'application/json; charset=utf-8',
  body: jsonText(value, numericIds),
  headers,
});

export const html = (status: number, title: string, headers: Headers = {}): Reply => ({
  kind: 'text',
  status,
  contentType: 'text/html; charset=utf-8',
  body: `<!DOCTYPE html>\n<html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>\n`,
  headers,
});

/** The status that the call log shows: 0 where the client never sees one. */
export function statusOf(reply: Reply): number {
  if (reply.kind === 'text') return reply.status;
  return reply.kind === 'huge' ? 200 : 0;
}

const hugeBytes = 32 * 1024 * 1024;

function* hugeBody(): Generator<string> {
  const chunk = 'x'.repeat(64 * 1024);
  yield '{"success":true,"data":"';
  for (let sent = 0; sent < hugeBytes; sent += chunk.length) yield chunk;
  yield '"}';
}

export function send(reply: Reply, response: ServerResponse): void {
  switch (reply.kind) {
    case 'text':
      response.writeHead(reply.status, {
        'Content-Type': reply.contentType,
        'Content-Length': Buffer.byteLength(reply.body),
        ...reply.headers,
      });
      response.end(reply.body);
      return;
    case 'huge':
      response.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8' });
      // A client that hangs up half way is what this reply is for, so its going is no error.
      pipeline(Readable.from(hugeBody()), response, () => undefined);
      return;
    case 'drop':
      response.socket?.destroy();
      return;
    case 'hang':
      return;
  }
}
