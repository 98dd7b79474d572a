/** The price as it is told: what has been tallied, step by step, with sums, fan-outs and the sets of calls chosen among. */
import type { Endpoint, ProviderName } from '../../providers/provider.ts';
import { pathName, type Document } from '../analysis.ts';
import { callSetsFor, savingOf, type Alike } from '../group.ts';
import type { AtLeast } from './dry-purchases.ts';
import type { Want } from '../wants.ts';
import type { Chosen } from './estimated.ts';
import { together, type StepsAlike } from './preview-steps.ts';
import { noCalls, plus, type CacheState, type Sum, type TalliedStep } from './preview-tally.ts';

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

/** A step that asks about each of several objects at one place: what is often called N+1. */
export interface FanOut extends Sum {
  /** All such places. */
  readonly paths: readonly string[];
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
  /** Null: nothing is sure. */
  atLeast: AtLeast | null,
): Omit<Preview, 'refusal'> {
  const asking = tallied.filter(({ max, cache }) => max.calls > 0 || cache.held > 0);
  const steps = together(asking, document);
  const priced = (of: (endpoint: Endpoint) => boolean): Priced => {
    const at = (which: 'calls' | 'credits') => {
      const max = asking.reduce((sum, { endpoint, max: most }) => sum + (of(endpoint) ? most[which] : 0), 0);
      const min = atLeast?.((endpoint) => (of(endpoint) ? (which === 'calls' ? 1 : endpoint.credits) : 0)) ?? 0;
      return { min: whole(min), max };
    };
    return { calls: at('calls'), credits: at('credits') };
  };
  const likely = steps.reduce((sum, step) => plus(sum, step.likely), noCalls);
  const names = new Set(asking.map(({ endpoint }) => endpoint.provider));
  return {
    ...priced(() => true),
    likely: priceOf(likely),
    providers: [...names].map((provider) => ({ provider, ...priced((endpoint) => endpoint.provider === provider) })),
    steps: steps.map((step) => toStep(step, atLeast !== null)),
    fanOuts: steps.filter(({ fanOut }) => fanOut.objects > 0).map(toFanOut),
    choices: setsAlike(tallied.flatMap(({ chosen }) => chosen)).map(toChoice),
  };
}

/** A request for several is one, whoever shares it. */
const whole = (shares: number): number => Math.ceil(shares - 1e-9);
/** Where a request for several is not saved as long as one of them is asked for. */
const saved = (shares: number): number => Math.floor(shares + 1e-9);
const priceOf = ({ calls, credits }: Sum): Sum => ({ calls: whole(calls), credits: whole(credits) });

function toStep({ endpoint, paths, fields, min, max, likely, ...step }: StepsAlike, isSure: boolean): PreviewStep {
  const least = isSure ? priceOf(min) : noCalls;
  return {
    number: step.number,
    provider: endpoint.provider,
    endpoint: endpoint.name,
    paths: [...paths],
    fields: [...fields],
    dependsOn: step.dependsOn,
    calls: { min: least.calls, max: max.calls },
    credits: { min: least.credits, max: max.credits },
    likely: priceOf(likely),
    cache: step.cache,
  };
}

function toFanOut({ endpoint, fields, fanOut }: StepsAlike): FanOut {
  const { paths, chosen, objects, likely } = fanOut;
  const savings =
    chosen.length > 0 ? savingsIn(chosen) : new Map([...fields].map((name) => [name, likely.credits] as const));
  return {
    paths: [...paths],
    provider: endpoint.provider,
    endpoint: endpoint.name,
    objects,
    ...priceOf(likely),
    fields: [...savings].map(([name, credits]) => ({ name, credits: saved(credits) })),
  };
}

/** What leaving out each field alone that these offers tell would save, by its name. */
function savingsIn(chosen: readonly Chosen[]): ReadonlyMap<string, number> {
  const savings = new Map<string, number>();
  for (const [{ alike }, taken] of Map.groupBy(chosen, ({ nodeSet }) => nodeSet)) {
    const isTold = ({ offers }: Want) => offers.some(({ id }) => taken.some(({ offer }) => offer === id));
    const told = alike.wants.filter(isTold);
    for (const [name, wants] of Map.groupBy(told, ({ field }) => field)) {
      savings.set(name, (savings.get(name) ?? 0) + savingOf(alike, wants));
    }
  }
  return savings;
}

interface SetsAlike {
  readonly type: string;
  readonly paths: Set<string>;
  readonly alike: Alike;
}

/** Nodes that want the same are chosen for together, wherever they stand. */
function setsAlike(chosen: readonly Chosen[]): SetsAlike[] {
  const sets = new Map<string, SetsAlike>();
  // Several offers may be taken for the same nodes.
  for (const { type, at, alike } of new Set(chosen.map(({ nodeSet }) => nodeSet))) {
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
