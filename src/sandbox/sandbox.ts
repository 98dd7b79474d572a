// The sandbox: a real HTTP server that stands in for the paid providers, with meters, a call log and faults on request.

import { control } from './control.ts';
import * as echotik from './echotik.ts';
import { type FaultRule, type Faults, makeFaults } from './faults.ts';
import * as justoneapi from './justoneapi.ts';
import { type WholeRequest, listen } from './listen.ts';
import { type MeterLimits, makeMeter } from './meter.ts';
import { type SandboxOptions, defaults } from './options.ts';
import { type ProviderSlug, type Scene, type StandIn, providerSlugs } from './provider.ts';
import { html, statusOf } from './reply.ts';
import * as socialfetch from './socialfetch.ts';
import * as winninghunter from './winninghunter.ts';
import { makeWorld } from './world.ts';

export type { FaultName, FaultRule } from './faults.ts';
export type { SandboxOptions } from './options.ts';
export type { ProviderSlug } from './provider.ts';

export interface SandboxCall {
  at: number;
  provider: ProviderSlug;
  /** A short name such as 'shopDetail', or 'unknown'. */
  endpoint: string;
  method: string;
  /** The provider's own path, without query. */
  path: string;
  params: Record<string, unknown>;
  /** 0 where no answer was sent. */
  status: number;
  credits: number;
}

export interface Sandbox {
  origin: string;
  winninghunter: { baseUrl: string; apiKey: string };
  justoneapi: { baseUrl: string; token: string };
  socialfetch: { baseUrl: string; apiKey: string };
  echotik: { baseUrl: string; username: string; password: string };
  /** Every request to a provider route, refused ones too, oldest first. */
  calls: SandboxCall[];
  /** Credits charged so far, by one provider or by all. */
  credits: (provider?: ProviderSlug) => number;
  fail: (rule: FaultRule) => void;
  set: (options: Partial<SandboxOptions>) => void;
  /** Clears the call log, the faults, the rolling window, the credits and the tasks. */
  reset: () => void;
  /** Stops at once, whatever is under way. */
  close: () => Promise<void>;
}

const standIns: Record<ProviderSlug, StandIn> = {
  winninghunter,
  justoneapi: justoneapi.player,
  socialfetch: socialfetch.player,
  echotik: echotik.player,
};

/** A sandbox that plays for weeks must not remember all of it. */
const CALLS_KEPT = 10_000;

export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const current = { ...defaults, ...options };
  const calls: SandboxCall[] = [];
  const faults = makeFaults();
  const scenes = makeScenes(current, faults);
  const clearCalls = () => void calls.splice(0);

  const ask = (request: WholeRequest, { name, prefix, answer }: StandIn) => {
    const scene = scenes[name];
    const question = { ...request, path: request.path.slice(prefix.length), at: current.now() };
    const { isRefunded, slowMs, take } = watched(faults, name);
    const { endpoint, params, credits: kept, reply } = answer(question, { ...scene, faults: { ...faults, take } });
    const credits = isRefunded() ? 0 : kept;
    if (credits < kept) scene.meter.refund();
    const { at, method, path } = question;
    calls.push({ at, provider: name, endpoint, method, path, params, status: statusOf(reply), credits });
    if (calls.length > CALLS_KEPT) calls.shift();
    return { reply, delayMs: current.latencyMs + slowMs() };
  };

  const { port, close } = await listen(current.port, (request) => {
    const asked = Object.values(standIns).find(({ prefix }) => request.path.startsWith(`${prefix}/`));
    if (asked) return ask(request, asked);
    const own = request.path === '/_sandbox' || request.path.startsWith('/_sandbox/');
    const reply = own
      ? control(request, sandbox, { clearCalls, clearFaults: faults.clear })
      : html(404, '404 Not Found');
    return { reply, delayMs: 0 };
  });
  for (const { name, prefix } of Object.values(standIns)) {
    scenes[name].elsewhere = `http://localhost:${port}${prefix}/elsewhere`;
  }

  const origin = `http://127.0.0.1:${port}`;
  const sandbox: Sandbox = {
    origin,
    winninghunter: { baseUrl: origin + winninghunter.prefix, apiKey: winninghunter.apiKey },
    justoneapi: { baseUrl: origin + justoneapi.player.prefix, token: justoneapi.token },
    socialfetch: { baseUrl: origin + socialfetch.player.prefix, apiKey: socialfetch.apiKey },
    echotik: { baseUrl: origin + echotik.player.prefix, ...echotik.account },
    calls,
    credits: (provider) =>
      (provider ? [provider] : providerSlugs).map((slug) => scenes[slug].meter.used()).reduce((a, b) => a + b, 0),
    fail: faults.add,
    set: (changes) => void Object.assign(current, changes),
    reset() {
      clearCalls();
      faults.clear();
      for (const { meter, tasks } of Object.values(scenes)) {
        meter.reset();
        tasks.clear();
      }
    },
    close,
  };
  return sandbox;
}

/** No limit of theirs is documented in numbers. */
const unlimited: MeterLimits = { strict: false, ratePerMinute: Infinity, monthlyCredits: Infinity };

/** One world for all, and a meter for each. */
function makeScenes(current: Required<SandboxOptions>, faults: Faults): Record<ProviderSlug, Scene> {
  const world = makeWorld();
  const scene = (limits: MeterLimits): Scene => {
    const meter = makeMeter(() => limits);
    return { world, meter, faults, behaviour: current, tasks: new Map(), elsewhere: '' };
  };
  return {
    winninghunter: scene(current),
    justoneapi: scene(unlimited),
    socialfetch: scene(unlimited),
    echotik: scene(unlimited),
  };
}

/** A provider charges as its manners say; a rule that gives the credit back overrules them. One that is slow is no worse for it. */
function watched(faults: Faults, provider: ProviderSlug) {
  let rule: FaultRule | undefined;
  const take: Faults['take'] = (call) => {
    rule = faults.take({ ...call, provider });
    return rule?.fault === 'slow' ? undefined : rule;
  };
  const slowMs = () => (rule?.fault === 'slow' ? (rule.latencyMs ?? 5000) : 0);
  return { take, slowMs, isRefunded: () => rule?.refunded ?? false };
}
