/** That credits are used up is learned by one instance and known to all: none asks in vain until they return. */
import type { ProviderName } from '../providers/provider.ts';
import type { SharedRedis } from './redis.ts';

const CHANNEL = 'exhausted';
/** Who starts later than that asks once for itself: credits may have been bought. */
const KEPT_MS = 3_600_000;

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
    const told = toldBy(message);
    if (told && providers.includes(told.provider)) onTold(told.provider, told.forMs);
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
      .run((client) => client.set(nameOf(provider), '', 'PX', Math.ceil(Math.min(forMs, KEPT_MS))))
      .then(() => redis.publish(CHANNEL, JSON.stringify(told)))
      .catch(() => undefined);
  };
}

/** Null: said by another version of us, or not by us. */
function toldBy(message: string): Told | null {
  try {
    const told = JSON.parse(message) as Told;
    return Number.isFinite(told.forMs) ? told : null;
  } catch {
    return null;
  }
}

const nameOf = (provider: ProviderName) => `exhausted:${provider}`;
