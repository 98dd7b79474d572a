/**
 * What an operation would cost by the declarations that resolve its fields, before anything is asked and whatever is kept
 * from before: in the regular course of things, where every list is full, every row says what its list can say and whoever
 * is asked tells; or at worst, where rows say nothing and the last who can be asked is the first who tells.
 */
import { getNamedType, isAbstractType, isObjectType } from 'graphql';
import type { Endpoint } from '../../providers/provider.ts';
import { nodePathsBelow, placeOf, type Document, type FieldUse, type Path } from '../analysis.ts';
import type { Via } from '../node.ts';
import { byKey, eachOnce, toWants } from '../wants.ts';
import { costlyAt } from './costing-types.ts';
import { createCounts } from './counts.ts';
import { createCuts } from './cuts.ts';
import { createChooser, wantedOf, type Wanted } from './estimated-purchases.ts';
import {
  addTo,
  dearer,
  emptyEstimate,
  nothing,
  type Calls,
  type Draft,
  type Estimate,
  type Subject,
} from './estimated.ts';

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

  /** Of `count` objects that stand at each of these places, led to by `via`: what is wanted of them anywhere is bought together. */
  const addObjects = (to: Draft, standings: readonly Standing[], count: number, via: Via): void => {
    const here = standings[0];
    if (!here || count === 0) return;
    const places = standings.map(({ path }) => path);
    for (const list of askedAt(standings)) addStep(to, times(list, count), { places, count, chosen: null });
    const { alike, bought } = purchasesOf(here.type, wantedAt(standings), count, via);
    const nodeSet = { type: here.type, at: here.path, alike };
    for (const { offer, ...calls } of bought) addStep(to, calls, { places, count, chosen: { offer, nodeSet } });
    for (const { path, type } of standings) {
      for (const use of fieldsAt(path, type)) addField(to, use, count, via);
      if (isCut) to.parts += count * deferredAt(path);
    }
  };

  /** Parts are counted wherever they are. */
  const fieldsAt = (path: Path, type: string): Iterable<FieldUse> => {
    const place = placeOf(document, path, type);
    return isCut ? place.fields.values() : costlyAt(document, place).fields;
  };

  /** What fields ask by themselves, each list once, for one object. */
  const askedAt = (standings: readonly Standing[]): Iterable<Calls> => {
    let lists: Map<string, Calls> | undefined;
    for (const { path, type } of standings) {
      for (const use of fieldsAt(path, type)) {
        const asked = askedBy(use);
        if (!asked) continue;
        lists ??= new Map<string, Calls>();
        const list = listOf(asked.endpoint, use);
        lists.set(list, wider(lists.get(list), asked));
      }
    }
    return lists?.values() ?? [];
  };

  const wantedAt = (standings: readonly Standing[]): Wanted => {
    const all = standings.map(({ path, type }) =>
      eachOnce(toWants(placeOf(document, path, type).fields, variableValues)),
    );
    return wantedOf(all.length === 1 ? all[0]! : byKey(all.flat()));
  };

  const addStep = (to: Draft, calls: Calls, subject: Subject): void => {
    to.credits += calls.credits;
    to.steps.push({ ...calls, ...subject });
  };

  /** Of what stands below a field that `count` objects have. */
  const addField = (to: Draft, use: FieldUse, count: number, viaHere: Via): void => {
    const { path } = use;
    const { asks, facts } = use.field.extensions;
    const type = getNamedType(use.field.type);
    const endpoint = asks as Endpoint | undefined;
    const via = endpoint ?? (facts ? null : viaHere);
    const rows = rowsOf(use);
    if (endpoint?.pages && isObjectType(type)) {
      to.rows += count * rows;
      if (isCut) for (const list of fieldsAt(path, type.name)) to.parts += count * streamed(list, rows);
      addObjects(to, nodePathsBelow(document, path, type.name), count * rows, via);
    } else if (isObjectType(type)) {
      to.parts += count * streamed(use);
      addObjects(to, [{ path, type: type.name }], count * rows, via);
    } else if (isAbstractType(type)) {
      const represented = representedOf(use);
      const possible = schema.getPossibleTypes(type).map(({ name }) => {
        const many = represented ? (represented.get(name) ?? 0) : rows;
        return drafted((each) => {
          addObjects(each, [{ path, type: name }], count * many, via);
        });
      });
      // Representations name their types; elsewhere each object may be of any.
      for (const each of represented || atWorst ? possible : [possible.reduce(dearer, nothing)]) addTo(to, each);
    }
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

  const purchasesOf = createChooser({ isAskable, isAtWorst: atWorst !== undefined, callsOf });

  return {
    ofOperation: (): Estimate => {
      const root = schema.getRootType(operation.operation);
      return drafted((to) => {
        if (root) addObjects(to, [{ path: undefined, type: root.name }], 1, null);
      });
    },
    ofObjects: (standing: Standing, count: number, via: Via): Estimate =>
      drafted((to) => {
        addObjects(to, [standing], count, via);
      }),
    ofField: (use: FieldUse, count: number, via: Via): Estimate =>
      drafted((to) => {
        addField(to, use, count, via);
      }),
    /** Of a field, and of what stands below it. */
    ofWhole: (use: FieldUse, count: number, via: Via): Estimate =>
      drafted((to) => {
        const asked = askedBy(use);
        if (asked) addStep(to, times(asked, count), { places: [use.path.prev], count, chosen: null });
        addField(to, use, count, via);
      }),
    asked: askedBy,
  };
}

function drafted(add: (to: Draft) => void): Estimate {
  const draft = emptyEstimate();
  add(draft);
  return draft;
}
