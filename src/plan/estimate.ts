/**
 * What an operation would cost by the declarations that resolve its fields, before anything is asked and whatever is kept
 * from before: in the regular course of things, where every list is full, every row says what its list can say and whoever
 * is asked tells; or at worst, where rows say nothing and the last who can be asked is the first who tells.
 */
import { getNamedType, isAbstractType, isObjectType } from 'graphql';
import type { Endpoint } from '../providers/provider.ts';
import { nodePathsBelow, placeOf, type Document, type FieldUse, type Path } from './analysis.ts';
import { costlyAt } from './costing-types.ts';
import { createCounts } from './counts.ts';
import { createCuts } from './cuts.ts';
import { dearer, nothing, partsAlone, sum, type Estimate, type NodeSet } from './estimated.ts';
import { noneFree, purchasesFor, type Alike } from './group.ts';
import { byKey, eachOnce, toWants, type Offer, type Want } from './wants.ts';

export interface Prices {
  readonly isAskable: (endpoint: Endpoint) => boolean;
  /** Rows of the largest page. */
  readonly pageMax: (endpoint: Endpoint) => number;
  /** In place of each `first`. */
  readonly first?: number;
  /** Present: at worst. */
  readonly atWorst?: AtWorst;
}

export interface AtWorst {
  /** The most pages that so many rows come in, from the beginning of the list or from somewhere in it. */
  readonly pagesOf: (endpoint: Endpoint, rows: number, isFromStart: boolean) => number;
  /** How often it is asked whether what has been bought has been collected. */
  readonly pollsFor: (endpoint: Endpoint) => number;
  readonly pollCredits: number;
}

/** Where pages hang together by cursors, the provider decides how long they are. */
const LINKED_PAGE_ROWS = 10;

/** Objects of one type at one place. */
interface Standing {
  readonly path: Path;
  readonly type: string;
}

/** Of one endpoint, for these fields. */
interface Calls {
  readonly endpoint: Endpoint;
  readonly calls: number;
  readonly credits: number;
  readonly fields: readonly string[];
}

type Held = ReadonlySet<Endpoint>;

const wider = (a: Calls | undefined, b: Calls): Calls =>
  a && a.calls > b.calls ? { ...a, fields: together(a, b) } : { ...b, fields: together(a, b) };
const together = (a: Calls | undefined, b: Calls) => [...new Set([...(a?.fields ?? []), ...b.fields])];

export const estimate = (document: Document, prices: Prices): Estimate =>
  createEstimator(document, prices).ofOperation();

export type Estimator = ReturnType<typeof createEstimator>;

export function createEstimator(document: Document, { isAskable, pageMax, first, atWorst }: Prices) {
  const { schema, operation, variableValues } = document;
  const { argsOf, rowsOf, representedOf } = createCounts(variableValues, first);
  const { isCut, deferredAt, streamed } = createCuts(document);

  /** Of `count` objects that stand at each of these places, told by `held`: what is wanted of them anywhere is bought together. */
  const ofObjects = (standings: readonly Standing[], count: number, held: Held): Estimate => {
    if (count === 0) return nothing;
    const lists = new Map<string, Calls>();
    const below: Estimate[] = [];
    for (const { path, type } of standings) {
      const place = placeOf(document, path, type);
      // Parts are counted wherever they are.
      for (const use of isCut ? place.fields.values() : costlyAt(document, place).fields) {
        const asked = askedBy(use);
        if (asked) {
          const list = listOf(asked.endpoint, use);
          lists.set(list, wider(lists.get(list), asked));
        }
        below.push(ofField(use, count, held));
      }
      if (isCut) below.push(partsAlone(count * deferredAt(path)));
    }
    const places = standings.map(({ path }) => path);
    const { path: at, type } = standings[0]!;
    const asked = [...lists.values()].map((list) => times(list, count));
    const { alike, bought } = purchasesOf(type, wantedAt(standings), count, held);
    const nodeSets = bought.length > 0 ? [{ type, at, alike }] : [];
    return sum([toEstimate([...asked, ...bought], places, count, nodeSets), ...below]);
  };

  const wantedAt = (standings: readonly Standing[]): Wanted => {
    const all = standings.map(({ path, type }) =>
      eachOnce(toWants(placeOf(document, path, type).fields, variableValues)),
    );
    return { wants: all.length === 1 ? all[0]! : byKey(all.flat()), name: all.map(nameOf).join('') };
  };

  const toEstimate = (
    calls: readonly Calls[],
    places: readonly Path[],
    count: number,
    nodeSets: readonly NodeSet[] = [],
  ): Estimate => {
    if (calls.length === 0) return nothing;
    const steps = calls.map((each) => ({ ...each, places, count }));
    return { ...nothing, credits: steps.reduce((total, { credits }) => total + credits, 0), steps, nodeSets };
  };

  /** Of what stands below a field that `count` objects have. */
  const ofField = (use: FieldUse, count: number, heldHere: Held): Estimate => {
    const { path } = use;
    const type = getNamedType(use.field.type);
    const endpoint = use.field.extensions.asks as Endpoint | undefined;
    const held = endpoint ? new Set([endpoint]) : use.field.extensions.facts ? new Set<Endpoint>() : heldHere;
    const rows = rowsOf(use);
    if (endpoint?.pages && isObjectType(type)) {
      const nodes = nodePathsBelow(document, path, type.name);
      const lists = isCut ? [...placeOf(document, path, type.name).fields.values()] : [];
      const parts = lists.reduce((total, list) => total + streamed(list, rows), 0);
      const itself = { ...partsAlone(count * parts), rows: count * rows };
      return sum([itself, nodes.length > 0 ? ofObjects(nodes, count * rows, held) : nothing]);
    }
    if (isObjectType(type)) {
      return sum([partsAlone(count * streamed(use)), ofObjects([{ path, type: type.name }], count * rows, held)]);
    }
    if (!isAbstractType(type)) return nothing;
    const represented = representedOf(use);
    const possible = schema.getPossibleTypes(type).map(({ name }) => {
      const many = represented ? (represented.get(name) ?? 0) : rows;
      return ofObjects([{ path, type: name }], count * many, held);
    });
    // Representations name their types; elsewhere each object may be of any.
    return represented || atWorst ? sum(possible) : possible.reduce(dearer, nothing);
  };

  /** What a field asks by itself, for one object; null: nothing. */
  const askedBy = (use: FieldUse): Calls | null => {
    const endpoint = use.field.extensions.asks as Endpoint | undefined;
    if (!endpoint || !isAskable(endpoint)) return null;
    return { ...callsOf(endpoint, pagesOf(endpoint, use)), fields: [use.field.name] };
  };

  /** Equal for windows that share their pages: those that begin at the same row, unless they come in turn at worst. */
  const listOf = (endpoint: Endpoint, use: FieldUse): string => {
    const isPart = (name: string) => atWorst !== undefined || name !== 'first';
    const args = Object.entries(argsOf(use)).filter(([name, value]) => value != null && isPart(name));
    return `${endpoint.name} ${JSON.stringify(args)}`;
  };

  const pagesOf = (endpoint: Endpoint, use: FieldUse): number => {
    // Without a window of its own, a field is about what the first page says besides.
    if (!endpoint.pages || !use.field.args.some(({ name }) => name === 'first')) return 1;
    if (atWorst) return atWorst.pagesOf(endpoint, rowsOf(use), argsOf(use).after == null);
    const pageRows = endpoint.pages === 'cursor' ? LINKED_PAGE_ROWS : pageMax(endpoint);
    return Math.max(1, Math.ceil(rowsOf(use) / pageRows));
  };

  /** Of so many purchases. */
  const callsOf = (endpoint: Endpoint, count: number) => {
    const polls = count * (atWorst?.pollsFor(endpoint) ?? 0);
    const credits = count * endpoint.credits + polls * (atWorst?.pollCredits ?? 0);
    return { endpoint, calls: count + polls, credits };
  };
  const times = (list: Calls, count: number): Calls => ({
    ...list,
    calls: count * list.calls,
    credits: count * list.credits,
  });

  /** The same fragment at many places is chosen for once. */
  const chosen = new Map<string, Chosen>();
  const purchasesOf = (type: string, { wants, name: all }: Wanted, count: number, held: Held): Chosen => {
    if (wants.length === 0) return nothingChosen;
    let key = `${type} ${count}`;
    for (const { name } of held) key += ` ${name}`;
    key += all;
    let purchases = chosen.get(key);
    if (!purchases) chosen.set(key, (purchases = choose(wants, count, held)));
    return purchases;
  };

  const choose = (all: readonly Want[], count: number, held: Held): Chosen => {
    const isTold = ({ rows }: Want) => !atWorst && rows.some(({ list }) => held.has(list));
    const wants = all
      .filter((want) => !isTold(want))
      .map((want) => ({ ...want, offers: want.offers.filter(({ source }) => isAskable(source.asking.endpoint)) }));
    const offers = new Map(wants.flatMap((want) => want.offers).map((offer) => [offer.id, offer]));
    const isFree = ({ source }: Offer) => held.has(source.asking.endpoint);
    const free = new Set([...offers.values()].filter(isFree).map(({ id }) => id));
    const alike = { count, wants, free };
    const bought = (atWorst ? [...offers.values()] : purchasesFor(alike))
      .filter(({ id }) => !free.has(id))
      .map(({ id, source: { asking } }) => ({
        ...callsOf(asking.endpoint, atWorst ? count : Math.ceil(count / (asking.endpoint.bulk?.max ?? 1))),
        fields: wants.filter((want) => want.offers.some((offer) => offer.id === id)).map(({ field }) => field),
      }));
    return { alike, bought };
  };

  return {
    ofOperation: (): Estimate => {
      const root = schema.getRootType(operation.operation);
      return root ? ofObjects([{ path: undefined, type: root.name }], 1, new Set()) : nothing;
    },
    ofObjects,
    ofField,
    /** Of a field, and of what stands below it. */
    ofWhole: (use: FieldUse, count: number, held: Held): Estimate => {
      const asked = askedBy(use);
      return sum([
        asked ? toEstimate([times(asked, count)], [use.path.prev], count) : nothing,
        ofField(use, count, held),
      ]);
    },
    asked: askedBy,
  };
}

/** The different facts that are wanted somewhere. */
interface Wanted {
  readonly wants: readonly Want[];
  /** Equal where they are. */
  readonly name: string;
}

/** Of the wants of a place, as long as that is known. */
const names = new WeakMap<readonly Want[], string>();

function nameOf(wants: readonly Want[]): string {
  let name = names.get(wants);
  if (name === undefined) names.set(wants, (name = wants.map(({ key }) => `\n${key}`).join('')));
  return name;
}

interface Chosen {
  readonly alike: Alike;
  readonly bought: readonly Calls[];
}

const nothingChosen: Chosen = { alike: { count: 0, wants: [], free: noneFree }, bought: [] };
