/** A provider that does what a test tells it to: a real HTTP server on the loopback, and a sender that asks it. */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { winninghunter } from '../../src/providers/winninghunter/client.ts';
import { send, type Sender, type Wire } from '../../src/upstream/send.ts';
import { fakeClock } from './clock.ts';

export const apiKey = 'wh_0123456789abcdef0123456789abcdef0123456789abcdef';

export interface Received {
  readonly method: string;
  /** With the query, as it came. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface FakeProvider {
  readonly origin: string;
  readonly received: Received[];
  /** Every connection that was ever opened. */
  readonly sockets: Socket[];
}

type Handler = (response: ServerResponse, request: IncomingMessage) => void;

/** Ends with the test. */
export async function provider(handle: Handler): Promise<FakeProvider> {
  const received: Received[] = [];
  const sockets: Socket[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      received.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body });
      handle(response, request);
    });
  });
  server.on('connection', (socket) => sockets.push(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { origin: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`, received, sockets };
}

/** Answers everything with this text. */
export const says =
  (body: string, { status = 200, ...headers }: { status?: number; [header: string]: string | number } = {}): Handler =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
  };

/** Answers everything with `{ success: true, data }`. */
export const saysData = (data: unknown): Handler => says(JSON.stringify({ success: true, data }));

/** A sender with one wire, to WinningHunter unless told otherwise. Ends with the test. */
export function senderTo(baseUrl: string, changes: Partial<Wire> = {}): Sender {
  const wire: Wire = { provider: winninghunter({ apiKey }), baseUrl, timeoutMs: 5000, ...changes };
  const sender = send({ wires: [wire], clock: fakeClock() });
  onTestFinished(sender.close);
  return sender;
}

/** An origin on which nobody listens. */
export async function nobody(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${String(port)}`;
}
