/** The providers that can be asked: those that we have credentials for, each with where and how much it is asked. */
import type { ProviderConfig } from './config-limits.ts';
import type { Config } from './config.ts';
import { echotik } from './providers/echotik/client.ts';
import { justoneapi } from './providers/justoneapi/client.ts';
import type { Provider } from './providers/provider.ts';
import { socialfetch } from './providers/socialfetch/client.ts';
import { winninghunter } from './providers/winninghunter/client.ts';
import type { Sandbox } from './sandbox/sandbox.ts';

export interface Configured extends ProviderConfig {
  readonly provider: Provider;
}

/** Those that the sandbox plays. */
export type Played = Partial<Pick<Sandbox, 'winninghunter' | 'justoneapi' | 'socialfetch' | 'echotik'>>;

/** `played`: the sandbox's, with its own credentials, in place of the real ones. */
export function configuredOf(config: Config, played: Played | null): Configured[] {
  const { frVersion, jdVersion } = config.justoneapi;
  const { apiKey } = config.winninghunter;
  const { token } = config.justoneapi;
  const { apiKey: sfKey } = config.socialfetch;
  const { login } = config.echotik;
  return [
    ...configured(config.winninghunter, winninghunter, played ? played.winninghunter : apiKey !== null && { apiKey }),
    ...configured(
      config.justoneapi,
      (access: { token: string }) => justoneapi({ ...access, frVersion, jdVersion }),
      played ? played.justoneapi : token !== null && { token },
    ),
    ...configured(config.socialfetch, socialfetch, played ? played.socialfetch : sfKey !== null && { apiKey: sfKey }),
    ...configured(config.echotik, echotik, played ? played.echotik : (login ?? false)),
  ];
}

function configured<Access extends object>(
  { baseUrl, timeoutMs, rate, concurrency, monthlyCredits }: ProviderConfig,
  client: (access: Access) => Provider,
  access: (Access & { readonly baseUrl?: string }) | false | undefined,
): Configured[] {
  if (!access) return [];
  const limits = { timeoutMs, rate, concurrency, monthlyCredits };
  return [{ ...limits, baseUrl: access.baseUrl ?? baseUrl, provider: client(access) }];
}
