/** Who would be asked about nodes that want the same, whatever is held. */
import type { Endpoint } from '../../providers/provider.ts';
import { noneFree, purchasesFor, type Alike } from '../group.ts';
import type { Via } from '../node.ts';
import type { Offer, Want } from '../wants.ts';
import type { Calls } from './estimated.ts';

interface Options {
  readonly isAskable: (endpoint: Endpoint) => boolean;
  /** Then rows say nothing, and whoever can be asked is asked. */
  readonly isAtWorst: boolean;
  /** What so many purchases come to. */
  readonly callsOf: (endpoint: Endpoint, count: number) => Omit<Calls, 'fields'>;
}

/** The different facts that are wanted somewhere. */
export interface Wanted {
  readonly wants: readonly Want[];
  /** Equal where they are. */
  readonly name: string;
}

interface Purchases {
  readonly alike: Alike;
  readonly bought: readonly Bought[];
}

interface Bought extends Calls {
  /** The id of the offer. */
  readonly offer: string;
}

/** What has been chosen for so many nodes of a type, led to by `via`. */
interface Remembered extends Purchases {
  readonly type: string;
  readonly count: number;
  readonly via: Via;
}

export function createChooser({ isAskable, isAtWorst, callsOf }: Options) {
  /** The same fragment at many places is chosen for once. By the name of what is wanted. */
  const remembered = new Map<string, Remembered[]>();

  const choose = (all: readonly Want[], count: number, via: Via): Purchases => {
    const isTold = ({ rows }: Want) => !isAtWorst && rows.some(({ list }) => list === via);
    const wants = all
      .filter((want) => !isTold(want))
      .map((want) => ({ ...want, offers: want.offers.filter(({ source }) => isAskable(source.asking.endpoint)) }));
    const offers = new Map(wants.flatMap((want) => want.offers).map((offer) => [offer.id, offer]));
    const isFree = ({ source }: Offer) => source.asking.endpoint === via;
    const free = new Set([...offers.values()].filter(isFree).map(({ id }) => id));
    const alike = { count, wants, free };
    const bought = (isAtWorst ? [...offers.values()] : purchasesFor(alike))
      .filter(({ id }) => !free.has(id))
      .map(({ id, source: { asking } }) => ({
        offer: id,
        ...callsOf(asking.endpoint, isAtWorst ? count : Math.ceil(count / (asking.endpoint.bulk?.max ?? 1))),
        fields: wants.filter((want) => want.offers.some((offer) => offer.id === id)).map(({ field }) => field),
      }));
    return { alike, bought };
  };

  return (type: string, { wants, name }: Wanted, count: number, via: Via): Purchases => {
    if (wants.length === 0) return noPurchases;
    let alike = remembered.get(name);
    if (!alike) remembered.set(name, (alike = []));
    let known = alike.find((each) => each.type === type && each.count === count && each.via === via);
    if (!known) alike.push((known = { type, count, via, ...choose(wants, count, via) }));
    return known;
  };
}

const noPurchases: Purchases = { alike: { count: 0, wants: [], free: noneFree }, bought: [] };

/** Of the wants of a place, as long as that is known. */
const wanted = new WeakMap<readonly Want[], Wanted>();

export function wantedOf(wants: readonly Want[]): Wanted {
  let found = wanted.get(wants);
  if (!found) wanted.set(wants, (found = { wants, name: wants.map(({ key }) => `\n${key}`).join('') }));
  return found;
}
