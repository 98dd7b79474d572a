// A small HTTP server on the loopback that reads whole requests, delays its replies, and can stop at once.

import { type IncomingHttpHeaders, type IncomingMessage, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type Reply, send } from './reply.ts';

export interface WholeRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  bodyText: string;
}

export interface Listening {
  port: number;
  close: () => Promise<void>;
}

type Handle = (request: WholeRequest) => { reply: Reply; delayMs: number };

async function read(request: IncomingMessage): Promise<WholeRequest> {
  const target = request.url ?? '/';
  const queryStart = target.includes('?') ? target.indexOf('?') : target.length;
  return {
    method: request.method ?? 'GET',
    // Taken as it was sent: the provider's paths are exact, so nothing is normalized.
    path: target.slice(0, queryStart),
    query: new URLSearchParams(target.slice(queryStart + 1)),
    headers: request.headers,
    bodyText: await text(request),
  };
}

/** Listens on 127.0.0.1; rejects when the port is taken. */
export async function listen(port: number, handle: Handle): Promise<Listening> {
  const timers = new Set<NodeJS.Timeout>();
  const later = (delayMs: number, act: () => void) => {
    if (delayMs <= 0) {
      act();
      return;
    }
    const timer = setTimeout(() => {
      timers.delete(timer);
      act();
    }, delayMs);
    timers.add(timer);
  };

  const server = createServer((request, response) => {
    read(request)
      .then((whole) => {
        const { reply, delayMs } = handle(whole);
        later(delayMs, () => {
          send(reply, response);
        });
      })
      // The client left before it had asked, or our own code failed: either way there is nothing to say.
      .catch(() => response.destroy());
  });
  // Longer than clients keep an idle connection, so that none is closed under a request that is being sent.
  server.keepAliveTimeout = 65_000;

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });

  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        for (const timer of timers) clearTimeout(timer);
        timers.clear();
        // An error here only says that it was closed before.
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
