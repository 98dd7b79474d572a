/** Into how many parts `@defer` and `@stream` cut what stands at a place. */
import {
  Kind,
  valueFromASTUntyped,
  visit,
  type DirectiveNode,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { placeOf, type Document, type FieldUse, type Path } from '../analysis.ts';
import type { Selections } from '../deferral.ts';

/** Of a list that is no connection: the longest has a point for each of 90 days. */
const LIST_ROWS = 100;

interface Cuts {
  /** Whether there are any. */
  readonly isCut: boolean;
  /** Fragments that come later, each by itself, of one object at the path. */
  readonly deferredAt: (path: Path) => number;
  /** Items that come later, each by itself, of one list that has so many. */
  readonly streamed: (use: FieldUse, rows?: number) => number;
}

/** By operation, since most have none. */
const known = new WeakMap<OperationDefinitionNode, boolean>();

export function isCut({ operation, fragments }: Selections): boolean {
  let found = known.get(operation);
  if (found !== undefined) return found;
  found = false;
  const find = {
    Directive: ({ name }: DirectiveNode) => {
      if (name.value === 'defer' || name.value === 'stream') found = true;
    },
  };
  for (const each of [operation, ...Object.values(fragments)]) visit(each, find);
  known.set(operation, found);
  return found;
}

const uncut = { isCut: false, deferredAt: () => 0, streamed: () => 0 };

export function createCuts(document: Document): Cuts {
  if (!isCut(document)) return uncut;
  const { operation, fragments, variableValues } = document;

  /** Whether the directive stands there, and its condition holds. */
  const applies = (directive: 'defer' | 'stream', node: SelectionNode): boolean => {
    const there = node.directives?.find(({ name }) => name.value === directive);
    const condition = there?.arguments?.find(({ name }) => name.value === 'if')?.value;
    return there !== undefined && (!condition || valueFromASTUntyped(condition, variableValues) !== false);
  };

  const selectionsAt = (path: Path): readonly SelectionSetNode[] => {
    if (!path) return [operation.selectionSet];
    const use = placeOf(document, path.prev, path.typename!).fields.get(String(path.key));
    return (use?.nodes ?? []).flatMap(({ selectionSet }) => selectionSet ?? []);
  };

  const deferred = (selections: readonly SelectionSetNode[], seen: Set<string>): number => {
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

  return {
    isCut: true,
    deferredAt: (path) => deferred(selectionsAt(path), new Set()),

    streamed: ({ nodes }, rows = LIST_ROWS) => (nodes.some((node) => applies('stream', node)) ? rows : 0),
  };
}
