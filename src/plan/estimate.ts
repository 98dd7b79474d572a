/**
 * What an operation would cost if nothing were kept from before, every list were full, every row said what its list can
 * say, and nobody failed: by the declarations that resolve its fields, before anything is asked.
 */
import {
  getNamedType,
  isAbstractType,
  isObjectType,
  Kind,
  valueFromASTUntyped,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import type { Endpoint } from '../providers/provider.ts';
import { nodePathsBelow, pathKeys, placeOf, type Document, type FieldUse, type Path } from './analysis.ts';
import { purchasesFor } from './group.ts';
import { argumentsOf, toWants, type Want } from './wants.ts';

export interface Estimate {
  readonly credits: number;
  /** Into which `@defer` and `@stream` cut the answer, besides the first. */
  readonly parts: number;
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
  readonly onStep?: (step: Step) => void;
}

/** Where pages hang together by cursors, the provider decides how long they are. */
const LINKED_PAGE_ROWS = 10;
/** Of a list that is no connection: the longest has a point for each of 90 days. */
const LIST_ROWS = 100;

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
interface List extends Calls {
  readonly name: string;
}

const wider = (a: List | undefined, b: List): List =>
  a ? { ...b, calls: Math.max(a.calls, b.calls), fields: [...new Set([...a.fields, ...b.fields])] } : b;

const nothing: Estimate = { credits: 0, parts: 0 };
const sum = (each: readonly Estimate[]): Estimate => ({
  credits: each.reduce((total, { credits }) => total + credits, 0),
  parts: each.reduce((total, { parts }) => total + parts, 0),
});

export function estimate(document: Document, { isAskable, pageMax, first, onStep }: Prices): Estimate {
  const { schema, operation, fragments, variableValues } = document;

  /** Of `count` objects that stand at each of these places, told by `held`: what is wanted of them anywhere is bought together. */
  const ofObjects = (standings: readonly Standing[], count: number, held: ReadonlySet<Endpoint>): Estimate => {
    const wants = new Map<string, Want>();
    /** By list, however wide the window. */
    const lists = new Map<string, List>();
    const below: Estimate[] = [];
    for (const { path, type } of standings) {
      const { fields } = placeOf(document, path, type);
      for (const want of toWants(fields, variableValues).values()) wants.set(want.key, want);
      for (const [key, use] of fields) {
        const list = listOf(use);
        if (list) lists.set(list.name, wider(lists.get(list.name), list));
        below.push(ofField(use, { prev: path, key, typename: type }, count, held));
      }
      below.push({ credits: 0, parts: count * deferred(selectionsAt(path)) });
    }
    const [standing] = standings;
    const bought = standing ? purchasesOf(standing.type, [...wants.values()], count, held) : [];
    const steps = [...[...lists.values()].map((list) => ({ ...list, calls: count * list.calls })), ...bought];
    const credits = steps.reduce((total, { endpoint, calls }) => total + calls * endpoint.credits, 0);
    for (const { endpoint, fields, calls } of onStep ? steps : []) {
      const path = pathKeys(standing?.path).join('.');
      onStep?.({ endpoint, path, fields, count, calls, credits: calls * endpoint.credits });
    }
    return sum([{ credits, parts: 0 }, ...below]);
  };

  /** Of what stands below a field. */
  const ofField = (use: FieldUse, path: Path, count: number, heldHere: ReadonlySet<Endpoint>): Estimate => {
    const type = getNamedType(use.field.type);
    const endpoint = use.field.extensions.asks as Endpoint | undefined;
    const held = endpoint ? new Set([endpoint]) : use.field.extensions.facts ? new Set<Endpoint>() : heldHere;
    const rows = rowsOf(use);
    const streamed = isStreamed(use) ? { credits: 0, parts: count * LIST_ROWS } : nothing;
    if (endpoint?.pages && isObjectType(type)) {
      const nodes = nodePathsBelow(document, path, type.name);
      const [node] = nodes;
      const lists = [...placeOf(document, path, type.name).fields.values()].filter(isStreamed).length;
      const parts = { credits: 0, parts: count * lists * rows };
      return node ? sum([parts, ofObjects(nodes, count * rows, held)]) : parts;
    }
    if (isObjectType(type)) return sum([streamed, ofObjects([{ path, type: type.name }], count * rows, held)]);
    if (!isAbstractType(type)) return nothing;
    const represented = representedOf(use);
    const possible = schema.getPossibleTypes(type).map(({ name }) => {
      const many = represented ? (represented.get(name) ?? 0) : rows;
      return many === 0 ? nothing : ofObjects([{ path, type: name }], count * many, held);
    });
    // Representations name their types; elsewhere each object may be of any.
    return represented
      ? sum(possible)
      : possible.reduce((dearest, each) => (each.credits > dearest.credits ? each : dearest), nothing);
  };

  /** The same fragment at many places is chosen for once. */
  const chosen = new Map<string, readonly Calls[]>();
  const purchasesOf = (
    type: string,
    wants: readonly Want[],
    count: number,
    held: ReadonlySet<Endpoint>,
  ): readonly Calls[] => {
    if (wants.length === 0) return [];
    const lists = [...held].map(({ name }) => name);
    const key = JSON.stringify([type, count, lists, wants.map((want) => want.key)]);
    const known = chosen.get(key);
    if (known !== undefined) return known;
    const purchases = cheapest(wants, count, held);
    chosen.set(key, purchases);
    return purchases;
  };

  const cheapest = (wants: readonly Want[], count: number, held: ReadonlySet<Endpoint>): Calls[] => {
    const untold = wants
      .filter(({ rows }) => !rows.some(({ list }) => held.has(list)))
      .map((want) => ({ ...want, offers: want.offers.filter(({ source }) => isAskable(source.asking.endpoint)) }));
    const endpoints = untold.flatMap(({ offers }) => offers);
    const free = new Set(endpoints.filter(({ source }) => held.has(source.asking.endpoint)).map(({ id }) => id));
    return purchasesFor(count, untold, free)
      .filter(({ id }) => !free.has(id))
      .map(
        ({
          id,
          source: {
            asking: { endpoint },
          },
        }) => ({
          endpoint,
          calls: Math.ceil(count / (endpoint.bulk?.max ?? 1)),
          fields: untold.filter(({ offers }) => offers.some((offer) => offer.id === id)).map(({ field }) => field),
        }),
      );
  };

  /** What a field asks by itself; null: nothing. Windows that begin at the same row share their pages. */
  const listOf = (use: FieldUse): List | null => {
    const endpoint = use.field.extensions.asks as Endpoint | undefined;
    if (!endpoint || !isAskable(endpoint)) return null;
    const list = Object.entries(argsOf(use)).filter(([name, value]) => name !== 'first' && value != null);
    const pageRows = endpoint.pages === 'cursor' ? LINKED_PAGE_ROWS : pageMax(endpoint);
    const calls = endpoint.pages ? Math.max(1, Math.ceil(rowsOf(use) / pageRows)) : 1;
    return { name: `${endpoint.name} ${JSON.stringify(list)}`, endpoint, calls, fields: [use.field.name] };
  };

  const args = new Map<FieldUse, Record<string, unknown>>();
  const argsOf = (use: FieldUse): Record<string, unknown> => {
    let known = args.get(use);
    if (!known) args.set(use, (known = { ...argumentsOf(use.field, use.nodes[0]!, variableValues) }));
    return known;
  };

  /** How many objects a field answers with at most, as far as its arguments say. */
  const rowsOf = (use: FieldUse): number => {
    const { first: given, ids } = argsOf(use);
    if (typeof given === 'number') return Math.max(0, first ?? given);
    return Array.isArray(ids) ? new Set(ids).size : 1;
  };

  /** How many different entities of each type a router asks for; null: it is not what the field is about. */
  const representedOf = (use: FieldUse): ReadonlyMap<unknown, number> | null => {
    const { representations } = argsOf(use);
    if (!Array.isArray(representations)) return null;
    const counts = new Map<unknown, number>();
    const seen = new Set<string>();
    for (const each of representations as ({ __typename?: unknown } | null)[]) {
      if (typeof each?.__typename !== 'string' || seen.size === seen.add(JSON.stringify(each)).size) continue;
      counts.set(each.__typename, (counts.get(each.__typename) ?? 0) + 1);
    }
    return counts;
  };

  const selectionsAt = (path: Path): readonly SelectionSetNode[] => {
    if (!path) return [operation.selectionSet];
    const use = placeOf(document, path.prev, path.typename!).fields.get(String(path.key));
    return (use?.nodes ?? []).flatMap(({ selectionSet }) => selectionSet ?? []);
  };

  /** How many fragments of these selections come later, each by itself. */
  const deferred = (selections: readonly SelectionSetNode[], seen = new Set<string>()): number => {
    let found = 0;
    for (const selection of selections.flatMap((each) => each.selections)) {
      if (selection.kind === Kind.FIELD) continue;
      if (applies('defer', selection)) found++;
      if (selection.kind === Kind.INLINE_FRAGMENT) found += deferred([selection.selectionSet], seen);
      else if (!seen.has(selection.name.value)) {
        const fragment = fragments[selection.name.value];
        found += fragment ? deferred([fragment.selectionSet], seen.add(selection.name.value)) : 0;
      }
    }
    return found;
  };

  const isStreamed = ({ nodes }: FieldUse) => nodes.some((node) => applies('stream', node));

  /** Whether the directive stands there, and its condition holds. */
  const applies = (directive: 'defer' | 'stream', node: SelectionNode): boolean => {
    const there = node.directives?.find(({ name }) => name.value === directive);
    const condition = there?.arguments?.find(({ name }) => name.value === 'if')?.value;
    return there !== undefined && (!condition || valueFromASTUntyped(condition, variableValues) !== false);
  };

  const root = schema.getRootType(operation.operation);
  return root ? ofObjects([{ path: undefined, type: root.name }], 1, new Set()) : nothing;
}
