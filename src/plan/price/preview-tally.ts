/** Adds up what a preview finds, step by step: calls of one endpoint for what is selected at one place. */
import type { Endpoint } from '../../providers/provider.ts';
import { pathName, type Path } from '../analysis.ts';
import type { Look } from '../look.ts';
import type { Chosen } from './estimated.ts';

/** Calls and the credits that they cost. */
export interface Sum {
  readonly calls: number;
  readonly credits: number;
}

export const noCalls: Sum = { calls: 0, credits: 0 };
export function plus(one: Sum, other: Sum): Sum {
  // Of most steps nothing is to be bought.
  if (other === noCalls) return one;
  return one === noCalls ? other : { calls: one.calls + other.calls, credits: one.credits + other.credits };
}

export interface TalliedStep {
  readonly endpoint: Endpoint;
  /** The first of the places. */
  readonly at: Path;
  /** The names of the others. */
  readonly besides: ReadonlySet<string>;
  readonly fields: ReadonlySet<string>;
  /** That are asked about. */
  readonly objects: number;
  readonly min: Sum;
  readonly max: Sum;
  readonly likely: Sum;
  /** Which offers the calls are, in the regular course of things; none where a field asks by itself. */
  readonly chosen: readonly Chosen[];
  readonly cache: CacheState;
}

/** Of questions that are known already. */
export interface CacheState {
  /** Answered from an earlier answer, for nothing. */
  readonly held: number;
  /** Being asked just now, by somebody else. */
  readonly coming: number;
  readonly absent: number;
}

type Which = 'min' | 'max' | 'likely';

export type Tally = ReturnType<typeof createTally>;

export function createTally() {
  const steps: DraftStep[] = [];
  const byEndpoint = new Map<Endpoint, OfEndpoint>();
  const seen = new Set<string>();
  /** The step of these calls. */
  const stepAt = (endpoint: Endpoint, at: Path): DraftStep => {
    let known = byEndpoint.get(endpoint);
    if (!known) byEndpoint.set(endpoint, (known = { last: null, byPlace: new Map() }));
    if (known.last && known.last.at === at) return known.last;
    const name = pathName(at);
    let step = known.byPlace.get(name);
    if (!step) {
      step = emptyStep(endpoint, at);
      steps.push(step);
      known.byPlace.set(name, step);
    }
    known.last = step;
    return step;
  };

  return {
    add: (which: Which, endpoint: Endpoint, at: Path, calls: Sum): void => {
      const step = stepAt(endpoint, at);
      step[which] = plus(step[which], calls);
    },
    /** Of how many objects the calls are. */
    count: (endpoint: Endpoint, at: Path, objects: number): void => {
      stepAt(endpoint, at).objects += objects;
    },
    /** That an offer is taken there, in the regular course of things. */
    choose: (endpoint: Endpoint, at: Path, chosen: Chosen): void => {
      stepAt(endpoint, at).chosen.push(chosen);
    },
    /** A field that the calls are for. `place`: where it stands. */
    describe: (endpoint: Endpoint, at: Path, field: string, place: Path): void => {
      const step = stepAt(endpoint, at);
      step.fields.add(field);
      if (place === at) return;
      if (step.besides === nowhere) step.besides = new Set();
      step.besides.add(pathName(place));
    },
    /** Each question counts where it was met first. */
    look: (endpoint: Endpoint, at: Path, { key, held, isComing }: Look): void => {
      if (seen.size === seen.add(key).size) return;
      stepAt(endpoint, at).cache[held ? 'held' : isComing ? 'coming' : 'absent']++;
    },
    steps: (): readonly TalliedStep[] => steps,
  };
}

interface OfEndpoint {
  /** Objects of one place come one after the other. */
  last: DraftStep | null;
  readonly byPlace: Map<string, DraftStep>;
}

interface DraftStep extends TalliedStep {
  besides: Set<string>;
  readonly fields: Set<string>;
  objects: number;
  min: Sum;
  max: Sum;
  likely: Sum;
  readonly chosen: Chosen[];
  readonly cache: { held: number; coming: number; absent: number };
}

/** Most steps are for one place. */
const nowhere = new Set<string>();

const emptyStep = (endpoint: Endpoint, at: Path): DraftStep => ({
  endpoint,
  at,
  besides: nowhere,
  fields: new Set(),
  objects: 0,
  min: noCalls,
  max: noCalls,
  likely: noCalls,
  chosen: [],
  cache: { held: 0, coming: 0, absent: 0 },
});
