// What the sandbox asks of each stand-in provider: one question in, one answer out, over one world.

import type { IncomingHttpHeaders } from 'node:http';
import type { Faults } from './faults.ts';
import type { Meter } from './meter.ts';
import type { Reply } from './reply.ts';
import type { World } from './world.ts';

export const providerSlugs = ['winninghunter', 'justoneapi', 'socialfetch', 'echotik'] as const;
export type ProviderSlug = (typeof providerSlugs)[number];

/** How the providers behave; each may be changed while they run. */
export interface Behaviour {
  pageMax: number;
  numericIds: boolean;
  totalRepeatsLimit: boolean;
  monthlyCredits: number;
  ratePerMinute: number;
  storePageSize: number;
  jdPendingPolls: number;
  jdInstructs: boolean;
}

/** A collection that a provider does in its own time. */
export interface Task {
  submittedAt: number;
  pendingAnswers: number;
}

export interface Scene {
  world: World;
  meter: Meter;
  faults: Faults;
  behaviour: Behaviour;
  /** By the id that they collect. */
  tasks: Map<string, Task>;
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

export interface StandIn {
  name: ProviderSlug;
  prefix: string;
  answer: (question: Question, scene: Scene) => Answer;
}
