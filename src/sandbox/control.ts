// The sandbox's own routes, for tests in other processes and for curious people: the call log, faults, options.

import { readFaultRule } from './faults.ts';
import { documented, notable } from './ids.ts';
import { settable } from './options.ts';
import { providerSlugs } from './provider.ts';
import { type Reply, json } from './reply.ts';
import type { Sandbox } from './sandbox.ts';

export interface ControlRequest {
  method: string;
  path: string;
  bodyText: string;
}

/** The parts of the sandbox that can be cleared one by one. */
export interface Clearing {
  clearCalls(): void;
  clearFaults(): void;
}

const oneOrMore = new Set(['pageMax', 'ratePerMinute', 'storePageSize']);

const wrong = (error: string) => json(400, { error });
const done = json(200, { ok: true });

export function control({ method, path, bodyText }: ControlRequest, sandbox: Sandbox, clearing: Clearing): Reply {
  switch (`${method} ${path}`) {
    case 'GET /_sandbox':
      return json(200, summary(sandbox));
    case 'PATCH /_sandbox':
      return withJson(bodyText, (value) => patch(value, sandbox));
    case 'GET /_sandbox/calls':
      return json(200, sandbox.calls);
    case 'DELETE /_sandbox/calls':
      clearing.clearCalls();
      return done;
    case 'POST /_sandbox/faults':
      return withJson(bodyText, (value) => addFault(value, sandbox));
    case 'DELETE /_sandbox/faults':
      clearing.clearFaults();
      return done;
    default:
      return json(404, { error: `The sandbox has no ${method} ${path}.` });
  }
}

function summary(sandbox: Sandbox) {
  return {
    baseUrls: Object.fromEntries(providerSlugs.map((slug) => [slug, sandbox[slug].baseUrl])),
    credits: sandbox.credits(),
    calls: sandbox.calls.length,
    startWith: { ...documented, ...notable },
  };
}

function withJson(bodyText: string, use: (value: unknown) => Reply): Reply {
  let value: unknown;
  try {
    value = JSON.parse(bodyText);
  } catch {
    return wrong('The body is not valid JSON.');
  }
  return use(value);
}

function addFault(value: unknown, sandbox: Sandbox): Reply {
  const rule = readFaultRule(value);
  if (typeof rule === 'string') return wrong(rule);
  sandbox.fail(rule);
  return json(201, rule);
}

function patch(value: unknown, sandbox: Sandbox): Reply {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return wrong('Options are a JSON object.');
  for (const [name, given] of Object.entries(value)) {
    const type = Object.hasOwn(settable, name) ? settable[name] : undefined;
    if (!type) return wrong(`There is no option "${name}". Options: ${Object.keys(settable).join(', ')}.`);
    if (typeof given !== type) return wrong(`"${name}" must be a ${type}.`);
    if (typeof given === 'number' && !(given >= 0)) return wrong(`"${name}" must not be negative.`);
    if (oneOrMore.has(name) && !(Number.isInteger(given) && (given as number) > 0)) {
      return wrong(`"${name}" must be a whole number of 1 or more.`);
    }
  }
  sandbox.set(value);
  return done;
}
