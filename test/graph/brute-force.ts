/** The least that can be paid, found by trying everything: knows prices, and nothing of how the server chooses. */
import * as et from '../../src/providers/echotik/contract.ts';
import * as jo from '../../src/providers/justoneapi/contract.ts';
import type { Endpoint } from '../../src/providers/provider.ts';
import * as sf from '../../src/providers/socialfetch/contract.ts';
import * as wh from '../../src/providers/winninghunter/contract.ts';

export interface Source {
  readonly provider: string;
  readonly endpoint: string;
  /** At hand for nothing. */
  readonly isFree?: boolean;
}

/** Nodes that want the same. */
export interface Group {
  readonly nodes: number;
  readonly facts: readonly { readonly field: string; readonly toldBy: readonly Source[] }[];
}

const isEndpoint = (value: unknown): value is Endpoint =>
  typeof value === 'object' && value !== null && 'credits' in value && 'params' in value;
const endpoints = new Map(
  [wh, jo, et, sf]
    .flatMap((contract) => Object.values(contract) as unknown[])
    .filter(isEndpoint)
    .map((endpoint) => [`${endpoint.provider} ${endpoint.name}`, endpoint]),
);

export const nameOf = ({ provider, endpoint }: Source): string => `${provider} ${endpoint}`;
/** A call of these tells one period: each such fact takes its own. */
const byPeriod = new Set(['totals', 'history', 'metrics']);
const offersOf = ({ facts }: Pick<Group, 'facts'>): string[][] =>
  facts.map(({ field, toldBy }, index) =>
    toldBy.map((source) => {
      const words = [nameOf(source), ...(source.isFree ? ['free'] : []), ...(byPeriod.has(field) ? [index] : [])];
      return words.join(' ');
    }),
  );
const endpointOf = (offer: string): Endpoint => endpoints.get(offer.split(' ').slice(0, 2).join(' '))!;

/** Each set of calls that tells every fact which anybody could tell; none of them can do without any of its calls. */
export function coversOf(group: Pick<Group, 'facts'>): string[][] {
  const wants = offersOf(group).filter((offers) => offers.length > 0);
  const offers = [...new Set(wants.flat())];
  const isCover = (set: readonly string[]) => wants.every((want) => want.some((offer) => set.includes(offer)));
  const subsets = offers.reduce<string[][]>(
    (sets, offer) => {
      const isNeeded = wants.some((want) => want.length === 1 && want[0] === offer);
      const withIt = sets.map((set) => [...set, offer]);
      return isNeeded ? withIt : [...sets, ...withIt];
    },
    [[]],
  );
  return subsets
    .filter(isCover)
    .filter((set) => set.every((offer) => !isCover(set.filter((other) => other !== offer))));
}

/** Of groups that are chosen for together: requests for several are shared by all of them. */
export function leastOf(groups: readonly Group[]): number {
  // By how many questions of each such request there are: what all else costs at least.
  let states = new Map([['{}', 0]]);
  for (const group of groups) {
    const next = new Map<string, number>();
    for (const [state, cost] of states) {
      for (const cover of coversOf(group)) {
        const { shared, alone } = costOf(group, cover);
        const sum = JSON.parse(state) as Record<string, number>;
        for (const [name, nodes] of Object.entries(shared)) sum[name] = (sum[name] ?? 0) + nodes;
        const key = JSON.stringify(Object.fromEntries(Object.entries(sum).toSorted()));
        next.set(key, Math.min(next.get(key) ?? Infinity, cost + alone));
      }
    }
    states = next;
  }
  return Math.min(
    ...[...states].map(([state, cost]) => cost + requestsFor(JSON.parse(state) as Record<string, number>)),
  );
}

function costOf({ nodes }: Group, cover: readonly string[]) {
  const shared: Record<string, number> = {};
  let alone = 0;
  for (const offer of cover) {
    const endpoint = endpointOf(offer);
    if (offer.includes(' free')) continue;
    if (endpoint.bulk) shared[offer] = nodes;
    else alone += nodes * endpoint.credits;
  }
  return { shared, alone };
}

function requestsFor(shared: Record<string, number>): number {
  return Object.entries(shared).reduce((sum, [offer, nodes]) => {
    const { bulk, credits } = endpointOf(offer);
    return sum + Math.ceil(nodes / bulk!.max) * credits;
  }, 0);
}
