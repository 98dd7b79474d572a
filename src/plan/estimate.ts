/**
 * What an operation would cost if nothing were kept from before, every list were full, every row said what its list can
 * say, and nobody failed: by the declarations that resolve its fields, before anything is asked.
 */
import { getNamedType, isAbstractType, isObjectType } from 'graphql';
import type { Endpoint } from '../providers/provider.ts';
import { nodePathsBelow, pathKeys, placeOf, type Document, type FieldUse, type Path } from './analysis.ts';
import { createCounts } from './counts.ts';
import { createCuts } from './cuts.ts';
import { purchasesFor } from './group.ts';
import { toWants, type Want } from './wants.ts';

export interface Estimate {
  readonly credits: number;
  /** Into which `@defer` and `@stream` cut the answer, besides the first. */
  readonly parts: number;
  /** From the operation down. */
  readonly steps: readonly Step[];
}

/** Calls that are made together, for all objects at one place. */
export interface Step {
  readonly endpoint: Endpoint;
  /** Where the objects stand: response names, joined by dots; empty for the operation itself. */
  readonly path: string;
  /** The fields there that the calls are made for. */
  readonly fields: readonly string[];
  /** Of objects. */
  readonly count: number;
  readonly calls: number;
  readonly credits: number;
}

export interface Prices {
  readonly isAskable: (endpoint: Endpoint) => boolean;
  /** Rows of the largest page. */
  readonly pageMax: (endpoint: Endpoint) => number;
  /** In place of each `first`. */
  readonly first?: number;
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
  readonly fields: readonly string[];
}

/** What a field asks by itself. */
interface List {
  readonly name: string;
  readonly asked: Calls;
}

const nothing: Estimate = { credits: 0, parts: 0, steps: [] };
const partsAlone = (parts: number): Estimate => ({ ...nothing, parts });
const sum = (each: readonly Estimate[]): Estimate => ({
  credits: each.reduce((total, { credits }) => total + credits, 0),
  parts: each.reduce((total, { parts }) => total + parts, 0),
  steps: each.flatMap(({ steps }) => steps),
});
const dearer = (a: Estimate, b: Estimate): Estimate => (b.credits > a.credits ? b : a);
const wider = (a: Calls | undefined, b: Calls): Calls =>
  a ? { ...b, calls: Math.max(a.calls, b.calls), fields: [...new Set([...a.fields, ...b.fields])] } : b;

export function estimate(document: Document, { isAskable, pageMax, first }: Prices): Estimate {
  const { schema, operation, variableValues } = document;
  const { argsOf, rowsOf, representedOf } = createCounts(variableValues, first);
  const { deferredAt, streamed } = createCuts(document);

  /** Of `count` objects that stand at each of these places, told by `held`: what is wanted of them anywhere is bought together. */
  const ofObjects = (standings: readonly Standing[], count: number, held: ReadonlySet<Endpoint>): Estimate => {
    const wants = new Map<string, Want>();
    /** By list, however wide the window. */
    const lists = new Map<string, Calls>();
    const below: Estimate[] = [];
    for (const { path, type } of standings) {
      const { fields } = placeOf(document, path, type);
      for (const want of toWants(fields, variableValues).values()) wants.set(want.key, want);
      for (const [key, use] of fields) {
        const list = listOf(use);
        if (list) lists.set(list.name, wider(lists.get(list.name), list.asked));
        below.push(ofField(use, { prev: path, key, typename: type }, count, held));
      }
      below.push(partsAlone(count * deferredAt(path)));
    }
    const { path, type } = standings[0]!;
    const asked = [...lists.values()].map((list) => ({ ...list, calls: count * list.calls }));
    const bought = purchasesOf(type, [...wants.values()], count, held);
    return sum([toEstimate([...asked, ...bought], path, count), ...below]);
  };

  const toEstimate = (calls: readonly Calls[], path: Path, count: number): Estimate => {
    if (calls.length === 0) return nothing;
    const at = pathKeys(path).join('.');
    const steps = calls.map((each) => ({ ...each, path: at, count, credits: each.calls * each.endpoint.credits }));
    return { credits: steps.reduce((total, { credits }) => total + credits, 0), parts: 0, steps };
  };

  /** Of what stands below a field. */
  const ofField = (use: FieldUse, path: Path, count: number, heldHere: ReadonlySet<Endpoint>): Estimate => {
    const type = getNamedType(use.field.type);
    const endpoint = use.field.extensions.asks as Endpoint | undefined;
    const held = endpoint ? new Set([endpoint]) : use.field.extensions.facts ? new Set<Endpoint>() : heldHere;
    const rows = rowsOf(use);
    if (endpoint?.pages && isObjectType(type)) {
      const nodes = nodePathsBelow(document, path, type.name);
      const lists = [...placeOf(document, path, type.name).fields.values()];
      const parts = lists.reduce((total, list) => total + streamed(list, rows), 0);
      return sum([partsAlone(count * parts), nodes.length > 0 ? ofObjects(nodes, count * rows, held) : nothing]);
    }
    if (isObjectType(type)) {
      return sum([partsAlone(count * streamed(use)), ofObjects([{ path, type: type.name }], count * rows, held)]);
    }
    if (!isAbstractType(type)) return nothing;
    const represented = representedOf(use);
    const possible = schema.getPossibleTypes(type).map(({ name }) => {
      const many = represented ? (represented.get(name) ?? 0) : rows;
      return many === 0 ? nothing : ofObjects([{ path, type: name }], count * many, held);
    });
    // Representations name their types; elsewhere each object may be of any.
    return represented ? sum(possible) : possible.reduce(dearer, nothing);
  };

  /** What a field asks by itself; null: nothing. Windows that begin at the same row share their pages. */
  const listOf = (use: FieldUse): List | null => {
    const endpoint = use.field.extensions.asks as Endpoint | undefined;
    if (!endpoint || !isAskable(endpoint)) return null;
    const list = Object.entries(argsOf(use)).filter(([name, value]) => name !== 'first' && value != null);
    const pageRows = endpoint.pages === 'cursor' ? LINKED_PAGE_ROWS : pageMax(endpoint);
    const calls = endpoint.pages ? Math.max(1, Math.ceil(rowsOf(use) / pageRows)) : 1;
    return { name: `${endpoint.name} ${JSON.stringify(list)}`, asked: { endpoint, calls, fields: [use.field.name] } };
  };

  /** The same fragment at many places is chosen for once. */
  const chosen = new Map<string, readonly Calls[]>();
  const purchasesOf = (type: string, wants: readonly Want[], count: number, held: ReadonlySet<Endpoint>) => {
    if (wants.length === 0) return [];
    const key = JSON.stringify([type, count, [...held].map(({ name }) => name), wants.map((want) => want.key)]);
    let purchases = chosen.get(key);
    if (!purchases) chosen.set(key, (purchases = cheapest(wants, count, held)));
    return purchases;
  };

  const cheapest = (wants: readonly Want[], count: number, held: ReadonlySet<Endpoint>): Calls[] => {
    const untold = wants
      .filter(({ rows }) => !rows.some(({ list }) => held.has(list)))
      .map((want) => ({ ...want, offers: want.offers.filter(({ source }) => isAskable(source.asking.endpoint)) }));
    const offers = untold.flatMap((want) => want.offers);
    const free = new Set(offers.filter(({ source }) => held.has(source.asking.endpoint)).map(({ id }) => id));
    return purchasesFor(count, untold, free)
      .filter(({ id }) => !free.has(id))
      .map(({ id, source }) => ({
        endpoint: source.asking.endpoint,
        calls: Math.ceil(count / (source.asking.endpoint.bulk?.max ?? 1)),
        fields: untold.filter((want) => want.offers.some((offer) => offer.id === id)).map(({ field }) => field),
      }));
  };

  const root = schema.getRootType(operation.operation);
  return root ? ofObjects([{ path: undefined, type: root.name }], 1, new Set()) : nothing;
}
