/** What an operation selects but for what is under `@defer`: the first part of its answer. */
import {
  Kind,
  visit,
  type FragmentDefinitionNode,
  type FragmentSpreadNode,
  type InlineFragmentNode,
  type OperationDefinitionNode,
} from 'graphql';

export interface Selections {
  readonly operation: OperationDefinitionNode;
  readonly fragments: Record<string, FragmentDefinitionNode>;
}

/** What is deferred is skipped, on the same condition. Null: nothing is. */
export function withoutDeferred({ operation, fragments }: Selections): Selections | null {
  const skipDeferred = (node: FragmentSpreadNode | InlineFragmentNode): InlineFragmentNode | undefined => {
    const defer = node.directives?.find(({ name }) => name.value === 'defer');
    if (!defer) return undefined;
    const condition = defer.arguments?.find(({ name }) => name.value === 'if')?.value;
    const skip = { kind: Kind.NAME, value: 'skip' } as const;
    const value = condition ?? ({ kind: Kind.BOOLEAN, value: true } as const);
    const argument = { kind: Kind.ARGUMENT, name: { kind: Kind.NAME, value: 'if' }, value } as const;
    const others = node.directives?.filter((directive) => directive !== defer) ?? [];
    return {
      kind: Kind.INLINE_FRAGMENT,
      directives: [{ kind: Kind.DIRECTIVE, name: skip, arguments: [argument] }],
      selectionSet: { kind: Kind.SELECTION_SET, selections: [{ ...node, directives: others }] },
    };
  };
  // On leaving, so that what stands inside has been seen to.
  const find = { FragmentSpread: { leave: skipDeferred }, InlineFragment: { leave: skipDeferred } };
  const prompt = Object.entries(fragments).map(([name, each]) => [name, visit(each, find)] as const);
  const found = { operation: visit(operation, find), fragments: Object.fromEntries(prompt) };
  const isSame = found.operation === operation && prompt.every(([name, each]) => each === fragments[name]);
  return isSame ? null : found;
}
