/** What one request owns. */
import { createLoad, type Load } from './loaders.ts';
import { createConnect, type Connect } from './plan/connection.ts';
import { createOperation, type Operation } from './plan/operation.ts';
import type { PageSizes } from './plan/page-sizes.ts';
import { createMeter, type Receipt } from './plan/receipt.ts';
import type { Endpoint } from './providers/provider.ts';
import type { Ask, Call } from './upstream/pipeline.ts';

export interface RequestContext {
  /** Asks an endpoint, once in this request. */
  readonly load: Load;
  /** Finds the facts of nodes. */
  readonly operation: Operation;
  /** Makes connections. */
  readonly connect: Connect;
  /** What the request has cost so far. */
  readonly receipt: () => Receipt;
}

interface Shared {
  readonly ask: Ask;
  readonly free: (key: string) => boolean;
  readonly warm: (calls: readonly Call[]) => Promise<void>;
  readonly pageSizes: (endpoint: Endpoint) => PageSizes;
}

export function createContext({ ask, free, warm, pageSizes }: Shared): RequestContext {
  const meter = createMeter();
  const load = createLoad({ ask, free, warm }, meter);
  const operation = createOperation(load);
  return {
    load,
    operation,
    connect: createConnect(load, pageSizes, operation),
    receipt: () => meter.receipt(operation.avoidedByRows()),
  };
}
