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
import { nodePathsBelow, placeOf, type Document, type FieldUse, type Path } from './analysis.ts';
import { purchasesFor } from './group.ts';
import { argumentsOf, toWants, type Want } from './wants.ts';

export interface Estimate {
  readonly credits: number;
  /** Into which `@defer` and `@stream` cut the answer, besides the first. */
  readonly parts: number;
}

export interface Prices {
  readonly isAskable: (endpoint: Endpoint) => boolean;
  /** Rows of the largest page. */
  readonly pageMax: (endpoint: Endpoint) => number;
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

const nothing: Estimate = { credits: 0, parts: 0 };
const sum = (each: readonly Estimate[]): Estimate => ({
  credits: each.reduce((total, { credits }) => total + credits, 0),
  parts: each.reduce((total, { parts }) => total + parts, 0),
});

export function estimate(document: Document, { isAskable, pageMax }: Prices): Estimate {
  const { schema, operation, fragments, variableValues } = document;

  /** Of `count` objects that stand at each of these places, told by `held`: what is wanted of them anywhere is bought together. */
  const ofObjects = (standings: readonly Standing[], count: number, held: ReadonlySet<Endpoint>): Estimate => {
    const wants = new Map<string, Want>();
    /** By list, however wide the window: the credits of its pages. */
    const lists = new Map<string, number>();
    const below: Estimate[] = [];
    for (const { path, type } of standings) {
      const { fields } = placeOf(document, path, type);
      for (const want of toWants(fields, variableValues).values()) wants.set(want.key, want);
      for (const [key, use] of fields) {
        const list = listOf(use);
        if (list) lists.set(list.name, Math.max(lists.get(list.name) ?? 0, list.credits));
        below.push(ofField(use, { prev: path, key, typename: type }, count, held));
      }
      below.push({ credits: 0, parts: count * deferred(selectionsAt(path)) });
    }
    const each = [...lists.values()].reduce((total, credits) => total + credits, 0);
    const credits = count * each + creditsOf(standings[0]?.type ?? '', [...wants.values()], count, held);
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
  const chosen = new Map<string, number>();
  const creditsOf = (type: string, wants: readonly Want[], count: number, held: ReadonlySet<Endpoint>): number => {
    if (wants.length === 0) return 0;
    const lists = [...held].map(({ name }) => name);
    const key = JSON.stringify([type, count, lists, wants.map((want) => want.key)]);
    const known = chosen.get(key);
    if (known !== undefined) return known;
    const credits = cheapest(wants, count, held);
    chosen.set(key, credits);
    return credits;
  };

  const cheapest = (wants: readonly Want[], count: number, held: ReadonlySet<Endpoint>): number => {
    const untold = wants
      .filter(({ rows }) => !rows.some(({ list }) => held.has(list)))
      .map((want) => ({ ...want, offers: want.offers.filter(({ source }) => isAskable(source.asking.endpoint)) }));
    const endpoints = untold.flatMap(({ offers }) => offers);
    const free = new Set(endpoints.filter(({ source }) => held.has(source.asking.endpoint)).map(({ id }) => id));
    return purchasesFor(count, untold, free)
      .filter(({ id }) => !free.has(id))
      .map(({ source: { asking } }) => Math.ceil(count / (asking.endpoint.bulk?.max ?? 1)) * asking.endpoint.credits)
      .reduce((total, each) => total + each, 0);
  };

  /** What a field asks by itself; null: nothing. Windows that begin at the same row share their pages. */
  const listOf = (use: FieldUse): { readonly name: string; readonly credits: number } | null => {
    const endpoint = use.field.extensions.asks as Endpoint | undefined;
    if (!endpoint || !isAskable(endpoint)) return null;
    const list = Object.entries(argsOf(use)).filter(([name, value]) => name !== 'first' && value != null);
    const pageRows = endpoint.pages === 'cursor' ? LINKED_PAGE_ROWS : pageMax(endpoint);
    const calls = endpoint.pages ? Math.max(1, Math.ceil(rowsOf(use) / pageRows)) : 1;
    return { name: `${endpoint.name} ${JSON.stringify(list)}`, credits: calls * endpoint.credits };
  };

  const args = new Map<FieldUse, Record<string, unknown>>();
  const argsOf = (use: FieldUse): Record<string, unknown> => {
    let known = args.get(use);
    if (!known) args.set(use, (known = { ...argumentsOf(use.field, use.nodes[0]!, variableValues) }));
    return known;
  };

  /** How many objects a field answers with at most, as far as its arguments say. */
  const rowsOf = (use: FieldUse): number => {
    const { first, ids } = argsOf(use);
    return typeof first === 'number' ? Math.max(0, first) : Array.isArray(ids) ? new Set(ids).size : 1;
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
