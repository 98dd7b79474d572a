/** What Prometheus sees. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { ProviderName } from './providers/provider.ts';
import type { BreakerState } from './upstream/breaker.ts';
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

  const storeTroubles = new Counter({
    name: 'shopgraph_store_troubles_total',
    help: 'Times that the durable store could not read or keep an answer, by kind.',
    labelNames: ['what'],
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
    avoided: (reasons: Readonly<Record<string, number>>) => {
      for (const [reason, calls_] of Object.entries(reasons)) avoided.inc({ reason }, calls_);
    },
    storeTrouble: (what: TroubleKind) => {
      storeTroubles.inc({ what });
    },
    /** What is read when the metrics are. */
    watch: (provider: ProviderName, state: { waiting: Reads<number>; breaker: Reads<BreakerState> }) => {
      new Gauge({
        name: 'shopgraph_upstream_waiting',
        help: 'Calls waiting for the rate limit.',
        labelNames: ['provider'],
        registers: [...registers],
        collect() {
          this.set({ provider }, state.waiting(provider));
        },
      });
      new Gauge({
        name: 'shopgraph_upstream_breaker',
        help: 'Whether the provider is asked: 1 for the state that it is in.',
        labelNames: ['provider', 'state'],
        registers: [...registers],
        collect() {
          const now = state.breaker(provider);
          for (const each of ['closed', 'failing', 'exhausted', 'refused'])
            this.set({ provider, state: each }, Number(each === now));
        },
      });
    },
  };
}

type Reads<Value> = (provider: ProviderName) => Value;

interface Ended {
  readonly outcome: string;
  readonly credits: number;
  readonly tookMs: number;
}

export type Metrics = ReturnType<typeof createMetrics>;
