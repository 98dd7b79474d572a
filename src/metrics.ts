/** What Prometheus sees. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Receipt } from './plan/receipt.ts';
import type { Endpoint, ProviderName } from './providers/provider.ts';
import type { BreakerState } from './upstream/breaker.ts';
import type { CacheResult } from './upstream/cache.ts';
import type { TroubleKind } from './upstream/store.ts';

export function createMetrics() {
  const registers = [new Registry()] as const;
  const calls = new Counter({
    name: 'shopgraph_upstream_calls_total',
    help: 'Attempts made at providers, by how they ended: OK or an error code.',
    labelNames: ['provider', 'endpoint', 'outcome'],
    registers: [...registers],
  });
  const credits = new Counter({
    name: 'shopgraph_upstream_credits_total',
    help: 'Credits spent at providers; where a provider does not say, what may have been spent.',
    labelNames: ['provider'],
    registers: [...registers],
  });
  const seconds = new Histogram({
    name: 'shopgraph_upstream_duration_seconds',
    help: 'How long attempts at providers took, waiting in line not included.',
    labelNames: ['provider', 'endpoint'],
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers: [...registers],
  });
  const avoided = new Counter({
    name: 'shopgraph_upstream_avoided_total',
    help: 'Calls that operations did not have to make, by reason.',
    labelNames: ['reason'],
    registers: [...registers],
  });

  const retries = new Counter({
    name: 'shopgraph_upstream_retries_total',
    help: 'Attempts beyond the first.',
    registers: [...registers],
  });
  const queued = new Histogram({
    name: 'shopgraph_upstream_queue_seconds',
    help: 'How long operations that called a provider stood in line for it, by their longest wait.',
    buckets: [0.001, 0.01, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers: [...registers],
  });
  const looks = new Counter({
    name: 'shopgraph_cache_results_total',
    help: 'How questions fared in memory: hit, miss, refresh (old, and being bought anew), stale (old, since asking anew failed).',
    labelNames: ['provider', 'endpoint', 'result'],
    registers: [...registers],
  });
  const redisUp = new Gauge({
    name: 'shopgraph_redis_up',
    help: 'Whether the shared Redis answers; 0 also where there is none.',
    registers: [...registers],
  });
  const takeovers = new Counter({
    name: 'shopgraph_lease_takeovers_total',
    help: 'Questions asked since the instance that was asking them fell silent: each may have been bought twice.',
    registers: [...registers],
  });
  const storeTroubles = new Counter({
    name: 'shopgraph_store_troubles_total',
    help: 'Times that something could not be read, kept or reached, by kind.',
    labelNames: ['what', 'kind'],
    registers: [...registers],
  });

  return {
    contentType: registers[0].contentType,
    text: () => registers[0].metrics(),

    attempt: ({ provider, endpoint }: { provider: ProviderName; endpoint: string }, ended: Ended) => {
      calls.inc({ provider, endpoint, outcome: ended.outcome });
      credits.inc({ provider }, ended.credits);
      seconds.observe({ provider, endpoint }, ended.tookMs / 1000);
    },
    answered: (receipt: Receipt) => {
      for (const [reason, calls_] of Object.entries(receipt.avoided)) avoided.inc({ reason }, calls_);
      retries.inc(receipt.retries);
      if (receipt.calls > 0) queued.observe(receipt.queuedMs / 1000);
    },
    looked: ({ provider, name }: Endpoint, result: CacheResult) => {
      looks.inc({ provider, endpoint: name, result });
    },
    redisUp: (isUp: boolean) => {
      redisUp.set(Number(isUp));
    },
    takeover: () => {
      takeovers.inc();
    },
    storeTrouble: (what: string, kind: TroubleKind) => {
      storeTroubles.inc({ what, kind });
    },
    /** What is read when the metrics are. */
    watch: (providers: readonly ProviderName[], state: Watched) => {
      const read = (name: string, help: string, value: Reads<number>) =>
        new Gauge({
          ...{ name, help, labelNames: ['provider'], registers: [...registers] },
          collect() {
            for (const provider of providers) this.set({ provider }, value(provider));
          },
        });
      read('shopgraph_upstream_waiting', 'Calls in line for the limits.', state.waiting);
      read('shopgraph_ledger_credits', 'Credits used this month, as the ledger has it.', state.used);
      read(
        'shopgraph_ledger_drift_credits',
        "The provider's own count of this month's credits less the ledger's, when it last told.",
        state.drift,
      );
      new Gauge({
        name: 'shopgraph_upstream_breaker',
        help: 'Whether the provider is asked: 1 for the state that it is in.',
        labelNames: ['provider', 'state'],
        registers: [...registers],
        collect() {
          for (const provider of providers) {
            const now = state.breaker(provider);
            for (const each of ['closed', 'failing', 'exhausted', 'refused'])
              this.set({ provider, state: each }, Number(each === now));
          }
        },
      });
    },
  };
}

interface Watched {
  readonly waiting: Reads<number>;
  readonly breaker: Reads<BreakerState>;
  readonly used: Reads<number>;
  readonly drift: Reads<number>;
}

type Reads<Value> = (provider: ProviderName) => Value;

interface Ended {
  readonly outcome: string;
  readonly credits: number;
  readonly tookMs: number;
}

export type Metrics = ReturnType<typeof createMetrics>;
