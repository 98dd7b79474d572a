/** A POST's body: read no further than it may be long, and not read as JSON where it holds too much. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { limits } from '../limits.ts';

/** For how long a client that is still sending may read why it is cut. */
const LINGER_MS = 1000;

/** Null as soon as it is known to be too large; the rest is not read. */
export async function bodyWithin(bytesMax: number, request: IncomingMessage): Promise<Buffer | null> {
  if (Number(request.headers['content-length'] ?? 0) > bytesMax) return null;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    const part = chunk as Buffer;
    bytes += part.length;
    if (bytes > bytesMax) return null;
    chunks.push(part);
  }
  return Buffer.concat(chunks);
}

/**
 * Answers a request that is not read to its end: cut at once, the answer would be lost on its way. It is not ended either, since
 * Node would then read on, and throw away what comes.
 */
export function answerUnread(request: IncomingMessage, response: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    connection: 'close',
  });
  response.write(text);
  request.pause();
  const cut = setTimeout(() => request.destroy(), LINGER_MS).unref();
  request.once('close', () => {
    clearTimeout(cut);
  });
}

/** What it has too much of, if anything. Counted by what stands around each value in JSON, outside of strings: quicker than to read it. */
export function excessOf(body: Buffer, valuesMax: number): string | null {
  const { length } = body;
  let values = 0;
  /** So far, of the object that is being read; in a list, none is counted. */
  let keys = -Infinity;
  /** Those of the objects around it. */
  const around: number[] = [];
  for (let at = 0; at < length; at++) {
    const byte = body[at];
    if (byte === QUOTE) at = endOfString(body, at);
    else if (byte === COMMA) {
      values++;
      if (++keys > limits.keys) return `has an object of more than ${limits.keys} keys`;
    } else if (byte === BRACKET || byte === BRACE) {
      values++;
      around.push(keys);
      keys = byte === BRACE ? 1 : -Infinity;
    } else if (byte === END_OF_BRACKET || byte === END_OF_BRACE) keys = around.pop() ?? -Infinity;
    if (values > valuesMax) return `has more than ${valuesMax} values`;
  }
  return null;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const BRACKET = 0x5b;
const END_OF_BRACKET = 0x5d;
const BRACE = 0x7b;
const END_OF_BRACE = 0x7d;

/** Where the quote is that ends the string; beyond the body if none does. */
function endOfString(body: Buffer, start: number): number {
  const { length } = body;
  let at = start + 1;
  // What stands behind a backslash ends nothing.
  while (at < length && body[at] !== QUOTE) at += body[at] === BACKSLASH ? 2 : 1;
  return at;
}
