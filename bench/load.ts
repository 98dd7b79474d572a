/** A closed loop: as many askers as connections, each asking again as soon as it is answered. */
import type { Pool } from 'undici';

export interface Request {
  readonly method: 'GET' | 'POST' | 'PATCH';
  readonly path: string;
  readonly body?: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Measured {
  readonly latenciesMs: readonly number[];
  readonly tookMs: number;
}

interface Load {
  readonly pool: Pool;
  readonly request: Request;
  readonly askers: number;
  readonly durationMs: number;
  /** Every answer must be as long as one that was checked in full. */
  readonly bytes: number;
}

export async function load({ pool, request, askers, durationMs, bytes }: Load): Promise<Measured> {
  const latenciesMs: number[] = [];
  const startedAt = performance.now();
  const asker = async () => {
    for (let now = startedAt; now - startedAt < durationMs;) {
      const askedAt = now;
      const got = (await ask(pool, request)).byteLength;
      now = performance.now();
      if (got !== bytes) throw new Error(`${request.path} answered ${String(got)} of ${String(bytes)} bytes.`);
      latenciesMs.push(now - askedAt);
    }
  };
  await Promise.all(Array.from({ length: askers }, asker));
  return { latenciesMs, tookMs: performance.now() - startedAt };
}

/**
 * By handlers, since `pool.request` leaves the asker with collections of several milliseconds, which would be timed: a quarter of what it
 * makes for each answer outlives them.
 */
export function ask(pool: Pool, { method, path, body, headers: own = {} }: Request): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const headers = { ...(body !== undefined && { 'content-type': 'application/json' }), ...own };
  const chunks: Buffer[] = [];
  let status = 0;
  pool.dispatch(
    { method, path, headers, body: body ?? null },
    {
      // Undici refuses a handler without it.
      onRequestStart: () => undefined,
      onResponseStart: (_, statusCode) => {
        status = statusCode;
      },
      onResponseData: (_, chunk) => {
        chunks.push(chunk);
      },
      onResponseEnd: () => {
        if (status === 200) resolve(Buffer.concat(chunks));
        else reject(new Error(`${path} answered ${String(status)}.`));
      },
      onResponseError: (_, error) => {
        reject(error);
      },
    },
  );
  return promise;
}

/** Rounds of the same load, taken as one. */
export const together = (rounds: readonly Measured[]): Measured => ({
  latenciesMs: rounds.flatMap(({ latenciesMs }) => latenciesMs),
  tookMs: rounds.reduce((sum, { tookMs }) => sum + tookMs, 0),
});

/** The smallest value that no more than the rest of them exceed: 0.5 is the median. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? NaN;
}
