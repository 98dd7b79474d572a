/** That credits are used up is learned by one instance and known to all: none asks in vain until they return. */
import type { ProviderName } from '../providers/provider.ts';
import type { SharedRedis } from './redis.ts';

const CHANNEL = 'exhausted';

interface Options {
  readonly redis: SharedRedis;
  readonly providers: readonly ProviderName[];
  /** Told by another instance, or by what one has left in Redis; again each time Redis comes back. */
  readonly onTold: (provider: ProviderName, forMs: number) => void;
}

interface Told {
  readonly provider: ProviderName;
  readonly forMs: number;
}

/** Returns how to tell the others. What Redis does not take now, each instance learns by itself. */
export function shareExhaustion({
  redis,
  providers,
  onTold,
}: Options): (provider: ProviderName, forMs: number) => void {
  redis.subscribe(CHANNEL, (message) => {
    const { provider, forMs } = JSON.parse(message) as Told;
    onTold(provider, forMs);
  });

  const lookUp = async () => {
    for (const provider of providers) {
      const forMs = await redis.run((client) => client.pttl(nameOf(provider)));
      if (forMs > 0) onTold(provider, forMs);
    }
  };
  const look = () => {
    if (redis.isUp()) lookUp().catch(() => undefined);
  };
  redis.onChange(look);
  look();

  return (provider, forMs) => {
    const told: Told = { provider, forMs };
    redis
      .run((client) => client.set(nameOf(provider), '', 'PX', Math.ceil(forMs)))
      .then(() => redis.publish(CHANNEL, JSON.stringify(told)))
      .catch(() => undefined);
  };
}

const nameOf = (provider: ProviderName) => `exhausted:${provider}`;
