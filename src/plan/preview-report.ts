/** The price as it is told: what has been tallied, step by step, with sums, fan-outs and the sets of calls chosen among. */
import type { Endpoint, ProviderName } from '../providers/provider.ts';
import { pathName, placeOf, type Document, type Path } from './analysis.ts';
import type { AtLeast } from './dry-purchases.ts';
import type { NodeSet } from './estimate.ts';
import { callSetsFor, savingsOf, type Alike } from './group.ts';
import type { CacheState, Sum, TalliedStep } from './preview-tally.ts';

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

/** Calls of one endpoint for the same fields, wherever these are selected, which wait for the same steps. */
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

export function assemble(
  document: Document,
  tallied: readonly TalliedStep[],
  nodeSets: readonly NodeSet[],
  /** Null: nothing is sure. */
  atLeast: AtLeast | null,
): Omit<Preview, 'refusal'> {
  const asking = byDepth(tallied.filter(({ max, cache }) => max.calls > 0 || cache.held > 0));
  const priced = (of: (endpoint: Endpoint) => boolean): Priced => {
    const at = (which: 'calls' | 'credits') => {
      const max = asking.reduce((sum, { endpoint, max: most }) => sum + (of(endpoint) ? most[which] : 0), 0);
      const min = atLeast?.((endpoint) => (of(endpoint) ? (which === 'calls' ? 1 : endpoint.credits) : 0)) ?? 0;
      return { min: whole(min), max };
    };
    return { calls: at('calls'), credits: at('credits') };
  };
  const names = new Set(asking.map(({ endpoint }) => endpoint.provider));
  const likely = (which: 'calls' | 'credits') =>
    whole(asking.reduce((sum, step) => sum + Math.min(step.likely[which], step.max[which]), 0));
  return {
    ...priced(() => true),
    likely: { calls: likely('calls'), credits: likely('credits') },
    providers: [...names].map((provider) => ({ provider, ...priced((endpoint) => endpoint.provider === provider) })),
    steps: together(asking, document).map((step) => toStep(step, atLeast !== null)),
    fanOuts: asking.filter(isFanOut).map((step) => toFanOut(step, nodeSets)),
    choices: setsAlike(nodeSets).map(toChoice),
  };
}

/** From the operation down. */
function byDepth(steps: readonly TalliedStep[]): TalliedStep[] {
  const levels: TalliedStep[][] = [];
  for (const step of steps) (levels[depthOf(step.at)] ??= []).push(step);
  return levels.flat();
}

function depthOf(path: Path): number {
  let depth = 0;
  for (let at = path; at; at = at.prev) depth++;
  return depth;
}

/** A request for several is one, whoever shares it. */
const whole = (shares: number): number => Math.ceil(shares - 1e-9);

/** Steps that are alike but for where their objects stand. */
interface StepsAlike {
  readonly number: number;
  readonly endpoint: Endpoint;
  readonly paths: Set<string>;
  readonly fields: ReadonlySet<string>;
  readonly dependsOn: readonly number[];
  readonly min: Mutable<Sum>;
  readonly max: Mutable<Sum>;
  readonly likely: Mutable<Sum>;
  readonly cache: Mutable<CacheState>;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** `steps` from the operation down: what a step waits for stands before it. */
function together(steps: readonly TalliedStep[], document: Document): StepsAlike[] {
  const told = new Map<string, StepsAlike>();
  /** The numbers of the steps that ask for a field: by path, and by name. */
  const askers = new Map<string, Map<string, Set<number>>>();
  /** The nearest on the way from the operation that say which objects there are. */
  const dependenciesOf = (at: Path): readonly number[] => {
    for (let here = at; here; here = here.prev) {
      const { prev, key, typename } = here;
      const there = askers.get(pathName(prev));
      const field = there && typename && placeOf(document, prev, typename).fields.get(String(key))?.field.name;
      const found = field && there.get(field);
      if (found) return [...found];
    }
    return [];
  };
  for (const { endpoint, at, paths, fields, min, max, likely, cache } of steps) {
    const dependsOn = dependenciesOf(at);
    const key = `${endpoint.provider} ${endpoint.name} ${[...fields].sort().join()} ${dependsOn.join()}`;
    let alike = told.get(key);
    if (!alike) {
      const number = told.size + 1;
      const sums = { min: noCalls(), max: noCalls(), likely: noCalls(), cache: { held: 0, coming: 0, absent: 0 } };
      told.set(key, (alike = { number, endpoint, paths: new Set(), fields, dependsOn, ...sums }));
    }
    add(alike.min, min);
    add(alike.max, max);
    // One thing that is met in two markets may be asked about once.
    add(alike.likely, { calls: Math.min(likely.calls, max.calls), credits: Math.min(likely.credits, max.credits) });
    alike.cache.held += cache.held;
    alike.cache.coming += cache.coming;
    alike.cache.absent += cache.absent;
    for (const path of paths) {
      alike.paths.add(path);
      const there = askers.get(path) ?? new Map<string, Set<number>>();
      askers.set(path, there);
      for (const field of fields) there.set(field, (there.get(field) ?? new Set()).add(alike.number));
    }
  }
  return [...told.values()];
}

const noCalls = (): Mutable<Sum> => ({ calls: 0, credits: 0 });
function add(sum: Mutable<Sum>, { calls, credits }: Sum): void {
  sum.calls += calls;
  sum.credits += credits;
}

function toStep({ endpoint, paths, fields, min, max, likely, ...step }: StepsAlike, isSure: boolean): PreviewStep {
  const { number, dependsOn, cache } = step;
  return {
    number,
    provider: endpoint.provider,
    endpoint: endpoint.name,
    paths: [...paths],
    fields: [...fields],
    dependsOn,
    calls: { min: isSure ? whole(min.calls) : 0, max: max.calls },
    credits: { min: isSure ? whole(min.credits) : 0, max: max.credits },
    likely: { calls: whole(likely.calls), credits: whole(likely.credits) },
    cache,
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

interface SetsAlike {
  readonly type: string;
  readonly paths: Set<string>;
  readonly alike: Alike;
}

/** Nodes that want the same are chosen for together, wherever they stand. */
function setsAlike(nodeSets: readonly NodeSet[]): SetsAlike[] {
  const sets = new Map<string, SetsAlike>();
  for (const { type, at, alike } of nodeSets) {
    const wants = alike.wants.map(({ key, offers }) => [key, ...offers.map(({ id }) => id)]);
    const key = JSON.stringify([type, wants, [...alike.free]]);
    const known = sets.get(key);
    const count = (known?.alike.count ?? 0) + alike.count;
    sets.set(key, { type, paths: (known?.paths ?? new Set()).add(pathName(at)), alike: { ...alike, count } });
  }
  return [...sets.values()];
}

const toChoice = ({ type, paths, alike }: SetsAlike): Choice => ({
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
