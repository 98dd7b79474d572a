// The stand-in for WinningHunter: how a call travels through its router, key, meter and handler.

import type { Answer, Question, Scene } from './provider.ts';
import { type Reply, html, json } from './reply.ts';
import { faultReply, isAuthorized, refusals } from './winninghunter-manners.ts';
import { readAsked } from './winninghunter-params.ts';
import { type Route, routes } from './winninghunter-routes.ts';

export const name = 'winninghunter';
export const prefix = '/winninghunter';
export { apiKey } from './winninghunter-manners.ts';

export function answer(question: Question, scene: Scene): Answer {
  const found = findRoute(question.method, question.path);
  const { params, bodyFault } = readParams(question, found?.id);
  if (!found) return { endpoint: 'unknown', params, credits: 0, reply: unknownPath(question) };

  const { route } = found;
  const given = (reply: Reply, credits = 0): Answer => ({ endpoint: route.endpoint, params, credits, reply });
  if (!isAuthorized(question.headers, question.query)) return given(refusals.unauthorized());

  const admitted = scene.meter.admit(question.at);
  if (admitted === 'rate') return given(refusals.rate(scene.behaviour.ratePerMinute));
  if (admitted === 'quota') return given(refusals.quota(scene.behaviour.monthlyCredits));

  // One credit is taken before the work, and given back only where the provider says so.
  scene.meter.charge();
  const rule = scene.faults.take({ method: question.method, path: question.path, prefix, id: params.id });
  const fault = rule && faultReply(rule, scene);
  if (fault) {
    if (!fault.charged) scene.meter.refund();
    return given(fault.reply, fault.charged ? 1 : 0);
  }
  return given(bodyFault ?? handle(route, params, scene, rule?.fault === 'other-id'), 1);
}

function handle(route: Route, params: Record<string, unknown>, scene: Scene, asOther: boolean): Reply {
  const asked = readAsked(route.takes, params);
  if (typeof asked === 'string') return refusals.badRequest(asked);
  const { behaviour, world, meter } = scene;
  const ids = route.about ? [...world[route.about].keys()] : [];
  const id = asOther ? (ids[ids.indexOf(asked.id) + 1] ?? ids[0] ?? asked.id) : asked.id;
  return json(200, route.answer({ ...asked, id }, { behaviour, world, meter }), {}, behaviour.numericIds);
}

function findRoute(method: string, path: string): { route: Route; id?: string } | undefined {
  for (const route of routes) {
    const match = route.method === method ? route.path.exec(path) : null;
    if (!match) continue;
    const id = match.groups?.id;
    return id === undefined ? { route } : { route, id };
  }
  return undefined;
}

// A path that is not exposed and a verb that does not match are told apart by their 404's form alone.
function unknownPath({ method, path }: Question): Reply {
  const known = path.startsWith('/api/v1/tiktok-shop/') && (method === 'GET' || method === 'POST');
  return known ? json(404, { success: false, error: 'Unknown TikTok Shop endpoint' }) : html(404, '404 Not Found');
}

/** Everything the caller said: the body's words over the query's, the path's over both. The key is no parameter. */
function readParams({ query, bodyText }: Question, id: string | undefined) {
  const params: Record<string, unknown> = Object.fromEntries(query);
  delete params.api_key;
  const bodyFault = bodyText.trim() === '' ? undefined : mergeBody(params, bodyText);
  if (id !== undefined) params.id = id;
  return { params, bodyFault };
}

function mergeBody(params: Record<string, unknown>, bodyText: string): Reply | undefined {
  try {
    const body: unknown = JSON.parse(bodyText);
    if (typeof body !== 'object' || body === null || Array.isArray(body)) {
      return refusals.badRequest('The request body must be a JSON object');
    }
    Object.assign(params, body);
    return undefined;
  } catch {
    return refusals.badRequest('The request body is not valid JSON');
  }
}
