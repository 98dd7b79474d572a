// How a call travels through a provider that is only ever read by GET: its door, its faults, its meter, its routes.

import type { FaultRule } from './faults.ts';
import type { Answer, Question, Scene, StandIn } from './provider.ts';
import type { Reply } from './reply.ts';
import type { World } from './world.ts';

/** A reply, and whether the credit for it is kept. */
export interface Outcome {
  reply: Reply;
  charged: boolean;
}

export const free = (reply: Reply): Outcome => ({ reply, charged: false });
export const charged = (reply: Reply): Outcome => ({ reply, charged: true });

export type Params = Partial<Record<string, string>>;

export interface Route {
  endpoint: string;
  path: RegExp;
  /** The parameter in whose text the ids stand, and all that the world has of their kind. */
  about?: { param: string; ids: (world: World) => Iterable<string> };
  answer: (params: Params, scene: Scene, question: Question) => Outcome;
}

export interface Manners extends Pick<StandIn, 'name' | 'prefix'> {
  routes: readonly Route[];
  /** The query parameter that is a secret, and so no parameter to log. */
  secret?: string;
  unknownPath: () => Reply;
  /** The refusal of a caller whom it does not know. */
  turnAway: (question: Question) => Reply | undefined;
  /** How the fault looks; undefined for 'other-id', which is played here. */
  faulty: (rule: FaultRule, scene: Scene, question: Question) => Outcome | undefined;
}

export function standIn(manners: Manners): StandIn {
  return { name: manners.name, prefix: manners.prefix, answer: (question, scene) => travel(question, scene, manners) };
}

function travel(question: Question, scene: Scene, manners: Manners): Answer {
  const { method, path, query } = question;
  const params: Params = Object.fromEntries([...query].filter(([name]) => name !== manners.secret));
  const route = manners.routes.find((each) => method === 'GET' && each.path.test(path));
  const given = (outcome: Outcome): Answer => {
    if (outcome.charged) scene.meter.charge();
    const endpoint = route?.endpoint ?? 'unknown';
    return { endpoint, params, credits: outcome.charged ? 1 : 0, reply: outcome.reply };
  };
  if (!route) return given(free(manners.unknownPath()));

  const refusal = manners.turnAway(question);
  if (refusal) return given(free(refusal));

  const ids = route.about ? idsIn(params[route.about.param]) : [];
  const rule = scene.faults.take({ method, path, prefix: manners.prefix, id: ids });
  const fault = rule && manners.faulty(rule, scene, question);
  if (fault && !fault.charged) return given(fault);
  const done = route.answer(rule?.fault === 'other-id' ? ofOthers(params, route, scene) : params, scene, question);
  // A fault that keeps the credit strikes after the work: it is paid for, and a task that was bought is bought.
  return given(fault ? { ...done, reply: fault.reply } : done);
}

const idText = /\d{5,}/g;
const idsIn = (text = ''): string[] => text.match(idText) ?? [];

/** Each id replaced by the world's next. */
function ofOthers(params: Params, { about }: Route, { world }: Scene): Params {
  const asked = about && params[about.param];
  if (!about || asked === undefined) return params;
  const all = [...about.ids(world)];
  return { ...params, [about.param]: asked.replaceAll(idText, (own) => all[all.indexOf(own) + 1] ?? all[0] ?? own) };
}
