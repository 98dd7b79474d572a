/**
 * What an operation would cost if it were run now: at least, at most while nobody fails, and in the regular course of
 * things; given what is held, and by the declarations that resolve its fields.
 */
import { limits } from '../limits.ts';
import type { Endpoint, ProviderName } from '../providers/provider.ts';
import { pathKeys, pathName, placeOf, type Document } from './analysis.ts';
import { createNotes } from './dry-nodes.ts';
import { createPurchases, type AtLeast, type IsCertain } from './dry-purchases.ts';
import { dryWalk, type AskedField, type DryWorld, type Unwalked } from './dry-walk.ts';
import type { AtWorst, Estimator, NodeSet } from './estimate.ts';
import { callSetsFor, savingsOf, type Alike } from './group.ts';
import type { Looker } from './look.ts';
import { createTally, type CacheState, type Sum, type Tally, type TalliedStep } from './preview-tally.ts';

export interface Bounds {
  readonly min: number;
  readonly max: number;
}

export interface Priced {
  readonly calls: Bounds;
  readonly credits: Bounds;
}

export interface Preview extends Priced {
  /** In the regular course of things: lists are full, rows say what their list can say, and whoever is asked tells. */
  readonly likely: Sum;
  readonly providers: readonly (Priced & { readonly provider: ProviderName })[];
  readonly steps: readonly PreviewStep[];
  readonly fanOuts: readonly FanOut[];
  readonly choices: readonly Choice[];
  /** Why none of it is answered; null: nothing is wrong. */
  readonly refusal: string | null;
}

/** Calls of one endpoint for what is selected at one place. */
export interface PreviewStep extends Priced {
  /** From 1. */
  readonly number: number;
  readonly provider: ProviderName;
  readonly endpoint: string;
  /** Where it is asked for: response names, joined by dots; empty for the operation itself. */
  readonly paths: readonly string[];
  readonly fields: readonly string[];
  /** The steps that say what this one asks about. */
  readonly dependsOn: readonly number[];
  readonly likely: Sum;
  /** Of the questions that are known already. */
  readonly cache: CacheState;
}

/** A step that asks about each of several objects: what is often called N+1. */
export interface FanOut extends Sum {
  readonly path: string;
  readonly provider: ProviderName;
  readonly endpoint: string;
  /** How many there are. */
  readonly objects: number;
  /** What leaving out the field alone would save. */
  readonly fields: readonly { readonly name: string; readonly credits: number }[];
}

/** Nodes that want the same, and all sets of calls that would tell it. */
export interface Choice {
  readonly type: string;
  /** Where they stand: response names, joined by dots. */
  readonly paths: readonly string[];
  readonly nodes: number;
  readonly facts: readonly { readonly field: string; readonly toldBy: readonly Source[] }[];
  /** The cheapest first, which is the one chosen; none of them can do without any of its calls. */
  readonly sets: readonly (Sum & { readonly sources: readonly Source[] })[];
}

/** One of a provider's routes. */
export interface Source {
  readonly provider: ProviderName;
  readonly endpoint: string;
}

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
  return { ...assemble(document, tally.steps(), [...beyond.nodeSets, ...purchases.nodeSets], atLeast), refusal };
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
  const nodeSets: NodeSet[] = [];
  let rows = 0;
  for (const each of unwalked) {
    for (const which of ['max', 'likely'] as const) {
      const estimated = each(estimators[which]);
      for (const { endpoint, places, fields, count, ...price } of estimated.steps) {
        const [at] = places;
        tally.add(which, endpoint, at, price);
        tally.describe(endpoint, at, { fields, places, objects: which === 'likely' ? count : 0 });
        endpoints.add(endpoint);
      }
      if (which === 'likely') nodeSets.push(...estimated.nodeSets);
      else rows += estimated.rows;
    }
  }
  return { endpoints, nodeSets, rows };
}

/** What fields ask by themselves. Returns the least of it. */
function tallyAsked(asked: readonly AskedField[], estimators: Estimators, tally: Tally, isCertain: IsCertain): AtLeast {
  const windows = new Set<string>();
  const counted = new Set<string>();
  const sure = new Map<string, { readonly endpoint: Endpoint; calls: number }>();
  for (const { endpoint, at, use, args, reason, looks } of asked) {
    tally.describe(endpoint, at, { fields: [use.field.name], objects: 1 });
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

function assemble(
  document: Document,
  tallied: readonly TalliedStep[],
  nodeSets: readonly NodeSet[],
  /** Null: nothing is sure. */
  atLeast: AtLeast | null,
): Omit<Preview, 'refusal'> {
  const asking = tallied
    .filter(({ max, cache }) => max.calls > 0 || cache.held > 0)
    .toSorted((a, b) => depthOf(a) - depthOf(b));
  const priced = (of: (endpoint: Endpoint) => boolean): Priced => {
    const at = (which: 'calls' | 'credits') => {
      const max = asking.reduce((sum, { endpoint, max: most }) => sum + (of(endpoint) ? most[which] : 0), 0);
      const min = atLeast?.((endpoint) => (of(endpoint) ? (which === 'calls' ? 1 : endpoint.credits) : 0)) ?? 0;
      return { min: whole(min), max };
    };
    return { calls: at('calls'), credits: at('credits') };
  };
  const dependenciesOf = createDependencies(asking, document);
  const names = new Set(asking.map(({ endpoint }) => endpoint.provider));
  const likely = (which: 'calls' | 'credits') =>
    whole(asking.reduce((sum, step) => sum + Math.min(step.likely[which], step.max[which]), 0));
  return {
    ...priced(() => true),
    likely: { calls: likely('calls'), credits: likely('credits') },
    providers: [...names].map((provider) => ({ provider, ...priced((endpoint) => endpoint.provider === provider) })),
    steps: asking.map((step, index) => toStep(step, index + 1, dependenciesOf(step), atLeast !== null)),
    fanOuts: asking.filter(isFanOut).map((step) => toFanOut(step, nodeSets)),
    choices: together(nodeSets).map(toChoice),
  };
}

const depthOf = ({ at }: TalliedStep): number => pathKeys(at).length;

/** A request for several is one, whoever shares it. */
const whole = (shares: number): number => Math.ceil(shares - 1e-9);

function toStep(step: TalliedStep, number: number, dependsOn: readonly number[], isSure: boolean): PreviewStep {
  const { endpoint, paths, fields, max, cache } = step;
  const min = isSure ? step.min : { calls: 0, credits: 0 };
  return {
    number,
    provider: endpoint.provider,
    endpoint: endpoint.name,
    paths: [...paths],
    fields: [...fields],
    dependsOn,
    calls: { min: whole(min.calls), max: max.calls },
    credits: { min: whole(min.credits), max: max.credits },
    likely: likelyOf(step),
    cache,
  };
}

/** One thing that is met in two markets may be asked about once. */
const likelyOf = ({ likely, max }: TalliedStep): Sum => ({
  calls: whole(Math.min(likely.calls, max.calls)),
  credits: whole(Math.min(likely.credits, max.credits)),
});

/** By number: the nearest steps on the way from the operation that say which objects there are. */
function createDependencies(steps: readonly TalliedStep[], document: Document) {
  const byField = new Map<string, number[]>();
  const nameOf = (path: string, field: string) => `${path} ${field}`;
  steps.forEach(({ paths, fields }, index) => {
    for (const path of paths) {
      for (const field of fields) {
        const name = nameOf(path, field);
        const known = byField.get(name);
        if (known) known.push(index + 1);
        else byField.set(name, [index + 1]);
      }
    }
  });
  return ({ at }: TalliedStep): readonly number[] => {
    for (let here = at; here; here = here.prev) {
      const { prev, key, typename } = here;
      const field = typename && placeOf(document, prev, typename).fields.get(String(key))?.field.name;
      const found = field && byField.get(nameOf(pathName(prev), field));
      if (found) return found;
    }
    return [];
  };
}

const isFanOut = ({ objects, likely }: TalliedStep): boolean => objects > 1 && likely.calls > 1;

function toFanOut({ endpoint, at, fields, objects, likely }: TalliedStep, nodeSets: readonly NodeSet[]): FanOut {
  const path = pathName(at);
  const savings = new Map<string, number>();
  for (const set of nodeSets.filter((each) => pathName(each.at) === path)) {
    for (const [name, credits] of savingsOf(set.alike)) savings.set(name, (savings.get(name) ?? 0) + credits);
  }
  return {
    path,
    provider: endpoint.provider,
    endpoint: endpoint.name,
    objects,
    calls: whole(likely.calls),
    credits: whole(likely.credits),
    fields: [...fields].map((name) => ({ name, credits: whole(savings.get(name) ?? likely.credits) })),
  };
}

interface Together {
  readonly type: string;
  readonly paths: Set<string>;
  readonly alike: Alike;
}

/** Nodes that want the same are chosen for together, wherever they stand. */
function together(nodeSets: readonly NodeSet[]): Together[] {
  const sets = new Map<string, Together>();
  for (const { type, at, alike } of nodeSets) {
    const wants = alike.wants.map(({ key, offers }) => [key, ...offers.map(({ id }) => id)]);
    const key = JSON.stringify([type, wants, [...alike.free]]);
    const known = sets.get(key);
    const count = (known?.alike.count ?? 0) + alike.count;
    sets.set(key, { type, paths: (known?.paths ?? new Set()).add(pathName(at)), alike: { ...alike, count } });
  }
  return [...sets.values()];
}

const toChoice = ({ type, paths, alike }: Together): Choice => ({
  type,
  paths: [...paths],
  nodes: alike.count,
  facts: alike.wants.map(({ field, offers }) => ({
    field,
    toldBy: offers.map(({ source }) => toSource(source.asking.endpoint)),
  })),
  sets: callSetsFor(alike).map(({ endpoints, calls, credits }) => ({
    sources: endpoints.map(toSource),
    calls: whole(calls),
    credits: whole(credits),
  })),
});

const toSource = ({ provider, name }: Endpoint): Source => ({ provider, endpoint: name });
