/** Steps that are alike but for where their objects stand, taken together; and what each of them waits for. */
import type { Endpoint } from '../../providers/provider.ts';
import { pathName, placeOf, type Document, type Path } from '../analysis.ts';
import type { Chosen } from './estimated.ts';
import { noCalls, plus, type Sum, type TalliedStep } from './preview-tally.ts';

export interface StepsAlike {
  /** From 1. */
  readonly number: number;
  readonly endpoint: Endpoint;
  readonly paths: Set<string>;
  readonly fields: ReadonlySet<string>;
  /** The numbers of the nearest steps on the way from the operation that say which objects there are. */
  readonly dependsOn: readonly number[];
  min: Sum;
  max: Sum;
  likely: Sum;
  readonly cache: { held: number; coming: number; absent: number };
  /** At the places where each of several objects is asked about. */
  readonly fanOut: { readonly paths: Set<string>; readonly chosen: Chosen[]; objects: number; likely: Sum };
}

/** From the operation down, so that a step stands behind those that it waits for. */
export function together(steps: readonly TalliedStep[], document: Document): StepsAlike[] {
  const known: StepsAlike[] = [];
  const byEndpoint = new Map<Endpoint, StepsAlike[]>();
  const askers = createAskers(document);
  for (const { endpoint, at, besides, fields, objects, min, max, likely, chosen, cache } of byDepth(steps)) {
    const dependsOn = askers.before(at);
    const others = byEndpoint.get(endpoint) ?? [];
    byEndpoint.set(endpoint, others);
    let alike = others.find((each) => isSameSet(each.fields, fields) && isSameList(each.dependsOn, dependsOn));
    if (!alike) {
      alike = { number: known.length + 1, endpoint, fields, dependsOn, ...nothing() };
      known.push(alike);
      others.push(alike);
    }
    // One thing that is met in two markets may be asked about once.
    const once = { calls: Math.min(likely.calls, max.calls), credits: Math.min(likely.credits, max.credits) };
    alike.min = plus(alike.min, min);
    alike.max = plus(alike.max, max);
    alike.likely = plus(alike.likely, once);
    alike.cache.held += cache.held;
    alike.cache.coming += cache.coming;
    alike.cache.absent += cache.absent;
    const paths = [pathName(at), ...besides];
    for (const path of paths) alike.paths.add(path);
    if (objects > 1 && once.calls > 1) {
      for (const path of paths) alike.fanOut.paths.add(path);
      alike.fanOut.chosen.push(...chosen);
      alike.fanOut.objects += objects;
      alike.fanOut.likely = plus(alike.fanOut.likely, once);
    }
    for (const path of paths) askers.add(alike, path);
  }
  return known;
}

const isSameSet = (one: ReadonlySet<string>, other: ReadonlySet<string>): boolean =>
  one.size === other.size && one.isSubsetOf(other);
const isSameList = (one: readonly number[], other: readonly number[]): boolean =>
  one.length === other.length && one.every((each, index) => each === other[index]);

const nothing = () => ({
  paths: new Set<string>(),
  min: noCalls,
  max: noCalls,
  likely: noCalls,
  cache: { held: 0, coming: 0, absent: 0 },
  fanOut: { paths: new Set<string>(), chosen: [], objects: 0, likely: noCalls },
});

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

/** Which steps ask for a field, by path. */
function createAskers(document: Document) {
  const askers = new Map<string, Asker[]>();
  return {
    add: (asker: Asker, path: string): void => {
      const there = askers.get(path);
      if (there) there.push(asker);
      else askers.set(path, [asker]);
    },
    /** The nearest on the way to the path. */
    before: (at: Path): readonly number[] => {
      for (let here = at; here; here = here.prev) {
        const { prev, key, typename } = here;
        const there = askers.get(pathName(prev));
        const name = there && typename && placeOf(document, prev, typename).fields.get(String(key))?.field.name;
        if (!name) continue;
        const found: number[] = [];
        for (const { number, fields } of there) if (fields.has(name) && !found.includes(number)) found.push(number);
        if (found.length > 0) return found;
      }
      return [];
    },
  };
}

interface Asker {
  readonly number: number;
  readonly fields: ReadonlySet<string>;
}
