// What the sandbox asks of each stand-in provider: one question in, one answer out, over one world.

import type { IncomingHttpHeaders } from 'node:http';
import type { Faults } from './faults.ts';
import type { Meter } from './meter.ts';
import type { Reply } from './reply.ts';
import type { World } from './world.ts';

/** How the provider behaves; each may be changed while it runs. */
export interface Behaviour {
  pageMax: number;
  numericIds: boolean;
  totalRepeatsLimit: boolean;
  monthlyCredits: number;
  ratePerMinute: number;
}

export interface Scene {
  world: World;
  meter: Meter;
  faults: Faults;
  behaviour: Behaviour;
  /** Where the fault 'redirect' points: another origin, the same server, so that following it shows in the call log. */
  elsewhere: string;
}

export interface Question {
  at: number;
  method: string;
  /** Without the provider's prefix. */
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  bodyText: string;
}

export interface Answer {
  endpoint: string;
  params: Record<string, unknown>;
  credits: number;
  reply: Reply;
}
