// The sandbox: a real HTTP server that stands in for the paid providers, with a meter, a call log and faults on request.

import { control } from './control.ts';
import { type FaultRule, type Faults, makeFaults } from './faults.ts';
import { type WholeRequest, listen } from './listen.ts';
import { makeMeter } from './meter.ts';
import type { Scene } from './provider.ts';
import { html, statusOf } from './reply.ts';
import * as winninghunter from './winninghunter.ts';
import { makeWorld } from './world.ts';

export type { FaultName, FaultRule } from './faults.ts';

export interface SandboxOptions {
  /** Enforce the rate limit and the monthly credits. The key is checked always. Default false. */
  strict?: boolean;
  /** How long each provider answer takes. Default 0. */
  latencyMs?: number;
  /** The largest page: a larger `limit` is clamped without a word, and `page` then counts clamped pages. Default 50. */
  pageMax?: number;
  /** Send ids as bare JSON numbers of all their digits, as careless providers do. Default false. */
  numericIds?: boolean;
  /** Let `total` merely repeat the limit asked. Default false. */
  totalRepeatsLimit?: boolean;
  /** Default 20000. Enforced only when strict. */
  monthlyCredits?: number;
  /** Requests per rolling 60 s. Default 60. Enforced only when strict. */
  ratePerMinute?: number;
  /** Default 0: any free one. Always on 127.0.0.1. */
  port?: number;
  /** The clock of the rolling window and of the call log. Default Date.now. */
  now?: () => number;
}

export interface SandboxCall {
  at: number;
  provider: 'winninghunter';
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
  /** Every request to a provider route, refused ones too, oldest first. */
  calls: SandboxCall[];
  /** Credits charged so far. */
  credits: () => number;
  fail: (rule: FaultRule) => void;
  set: (options: Partial<SandboxOptions>) => void;
  /** Clears the call log, the faults, the rolling window and the credits. */
  reset: () => void;
  /** Stops at once, whatever is under way. */
  close: () => Promise<void>;
}

const defaults: Required<SandboxOptions> = {
  strict: false,
  latencyMs: 0,
  pageMax: 50,
  numericIds: false,
  totalRepeatsLimit: false,
  monthlyCredits: 20_000,
  ratePerMinute: 60,
  port: 0,
  now: Date.now,
};

/** A sandbox that plays for weeks must not remember all of it. */
const CALLS_KEPT = 10_000;

export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const current = { ...defaults, ...options };
  const calls: SandboxCall[] = [];
  const meter = makeMeter(() => current);
  const faults = makeFaults();
  const scene: Scene = { world: makeWorld(), meter, faults, behaviour: current, elsewhere: '' };
  const clearCalls = () => void calls.splice(0);

  const ask = (request: WholeRequest) => {
    const { prefix, name, answer } = winninghunter;
    const question = { ...request, path: request.path.slice(prefix.length), at: current.now() };
    const { isRefunded, take } = watched(faults);
    const { endpoint, params, credits: kept, reply } = answer(question, { ...scene, faults: { ...faults, take } });
    const credits = isRefunded() ? 0 : kept;
    if (credits < kept) meter.refund();
    const { at, method, path } = question;
    calls.push({ at, provider: name, endpoint, method, path, params, status: statusOf(reply), credits });
    if (calls.length > CALLS_KEPT) calls.shift();
    return { reply, delayMs: current.latencyMs };
  };

  const { port, close } = await listen(current.port, (request) => {
    if (request.path.startsWith(`${winninghunter.prefix}/`)) return ask(request);
    const own = request.path === '/_sandbox' || request.path.startsWith('/_sandbox/');
    const reply = own
      ? control(request, sandbox, { clearCalls, clearFaults: faults.clear })
      : html(404, '404 Not Found');
    return { reply, delayMs: 0 };
  });
  scene.elsewhere = `http://localhost:${port}${winninghunter.prefix}/elsewhere`;

  const origin = `http://127.0.0.1:${port}`;
  const sandbox: Sandbox = {
    origin,
    winninghunter: { baseUrl: origin + winninghunter.prefix, apiKey: winninghunter.apiKey },
    calls,
    credits: meter.used,
    fail: faults.add,
    set: (changes) => void Object.assign(current, changes),
    reset() {
      clearCalls();
      faults.clear();
      meter.reset();
    },
    close,
  };
  return sandbox;
}

/** A provider charges as its manners say; a rule that gives the credit back overrules them. */
function watched(faults: Faults) {
  let rule: FaultRule | undefined;
  const take: Faults['take'] = (call) => (rule = faults.take(call));
  return { take, isRefunded: () => rule?.refunded ?? false };
}
