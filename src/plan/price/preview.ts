/**
 * What an operation would cost if it were run now: at least, at most while nobody fails, and in the regular course of
 * things; given what is held, and by the declarations that resolve its fields.
 */
import { limits } from '../../limits.ts';
import type { Endpoint } from '../../providers/provider.ts';
import type { Document } from '../analysis.ts';
import type { Looker } from '../look.ts';
import { createNotes } from './dry-nodes.ts';
import { createPurchases, type AtLeast } from './dry-purchases.ts';
import type { IsCertain } from './dry-reasons.ts';
import type { DryWorld } from './dry-resolve.ts';
import { dryWalk, type AskedField, type Unwalked } from './dry-walk.ts';
import type { AtWorst, Estimator } from './estimate.ts';
import { assemble, type Preview } from './preview-report.ts';
import { createTally, type Sum, type Tally } from './preview-tally.ts';

interface Options {
  readonly load: Looker;
  readonly world: DryWorld;
  /** In the regular course of things. */
  readonly regular: Estimator;
  readonly worst: Estimator;
  readonly atWorst: AtWorst;
}

export async function preview(document: Document, { load, world, regular, worst, atWorst }: Options): Promise<Preview> {
  const estimators = { likely: regular, max: worst };
  const notes = createNotes(load);
  const tally = createTally();
  const { asked, unwalked, refusal } = await dryWalk(document, world, notes);

  const beyond = tallyUnwalked(unwalked, estimators, tally);
  const missing = asked.flatMap(({ looks }) => looks.filter(({ held }) => !held));
  const listsComing = new Set([...beyond.endpoints, ...asked.filter(isMissing).map(({ endpoint }) => endpoint)]);
  const askedKeys = new Set(missing.map(({ key }) => key));
  const purchases = createPurchases({ notes, tally, askedKeys, listsComing, atWorst });
  const lists = tallyAsked(asked, estimators, tally, purchases.isCertain);

  // Beyond so many rows lists are refused, and it is not known which.
  const rows = beyond.rows + asked.reduce((sum, { args }) => sum + firstOf(args), 0);
  const isSure = refusal === null && rows <= limits.rows;
  const atLeast: AtLeast | null = isSure ? (weigh) => purchases.atLeast(weigh) + lists(weigh) : null;
  return { ...assemble(document, tally.steps(), atLeast), refusal };
}

interface Estimators {
  readonly likely: Estimator;
  readonly max: Estimator;
}

const isMissing = ({ looks }: AskedField) => looks.some(({ held }) => !held);
const firstOf = (args: object) => ('first' in args && typeof args.first === 'number' ? args.first : 0);

/** What is not walked is as the declarations have it. */
function tallyUnwalked(unwalked: readonly Unwalked[], estimators: Estimators, tally: Tally) {
  const endpoints = new Set<Endpoint>();
  let rows = 0;
  for (const each of unwalked) {
    for (const which of ['max', 'likely'] as const) {
      const estimated = each(estimators[which]);
      for (const step of estimated.steps) {
        const { endpoint, places, fields, count, chosen } = step;
        const [at] = places;
        tally.add(which, endpoint, at, step);
        if (which === 'likely') {
          tally.count(endpoint, at, count);
          if (chosen) tally.choose(endpoint, at, chosen);
        }
        for (const field of fields) for (const place of places) tally.describe(endpoint, at, field, place);
        endpoints.add(endpoint);
      }
      if (which === 'max') rows += estimated.rows;
    }
  }
  return { endpoints, rows };
}

/** What fields ask by themselves. Returns the least of it. */
function tallyAsked(asked: readonly AskedField[], estimators: Estimators, tally: Tally, isCertain: IsCertain): AtLeast {
  const windows = new Set<string>();
  const counted = new Set<string>();
  const sure = new Map<string, { readonly endpoint: Endpoint; calls: number }>();
  for (const { endpoint, at, use, args, reason, looks } of asked) {
    tally.describe(endpoint, at, use.field.name, at);
    tally.count(endpoint, at, 1);
    for (const look of looks) tally.look(endpoint, at, look);
    const missing = looks.filter(({ held }) => !held);
    const [first] = missing;
    if (!first) continue;
    const list = `${endpoint.provider} ${endpoint.name} ${JSON.stringify({ ...first.params, page: 0, limit: 0, cursor: 0 })}`;
    // Of several windows of one list, each may find what another has bought.
    const before = sure.get(list)?.calls ?? 0;
    const keys = new Set(missing.map(({ key }) => key));
    const calls = isCertain(reason, keys) ? missing.filter(({ isComing }) => !isComing).length : 0;
    if (calls > before) {
      sure.set(list, { endpoint, calls });
      tally.add('min', endpoint, at, { calls: calls - before, credits: (calls - before) * endpoint.credits });
    }
    if (windows.size === windows.add(`${list} ${JSON.stringify(args)}`).size) continue;
    // Held, or counted with another field that reads the same page.
    const known = looks.length - missing.filter(({ key }) => counted.size < counted.add(key).size).length;
    const most = estimators.max.asked(use);
    const regular = estimators.likely.asked(use);
    // A walk comes through each of its pages; of numbered ones, those at hand may be of no use.
    if (most) tally.add('max', endpoint, at, endpoint.pages === 'cursor' ? without(most, known, endpoint) : most);
    const likely = Math.max(looks.length - known, (regular?.calls ?? 0) - known);
    tally.add('likely', endpoint, at, { calls: likely, credits: likely * endpoint.credits });
  }
  return (weigh) => [...sure.values()].reduce((sum, { endpoint, calls }) => sum + calls * weigh(endpoint), 0);
}

const without = ({ calls, credits }: Sum, known: number, endpoint: Endpoint): Sum => ({
  calls: Math.max(0, calls - known),
  credits: Math.max(0, credits - known * endpoint.credits),
});
