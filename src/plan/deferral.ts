/** What an operation selects but for what is under `@defer` or `@stream`: the first part of its answer. */
import {
  Kind,
  visit,
  type DirectiveNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type FragmentSpreadNode,
  type InlineFragmentNode,
  type OperationDefinitionNode,
  type SelectionNode,
  type ValueNode,
} from 'graphql';

export interface Selections {
  readonly operation: OperationDefinitionNode;
  readonly fragments: Record<string, FragmentDefinitionNode>;
}

/**
 * What is deferred is skipped, on the same condition; and so is what is selected of the items of a list that is streamed from its first.
 * Null: nothing is.
 */
export function withoutDeferred({ operation, fragments }: Selections): Selections | null {
  const skipDeferred = (node: FragmentSpreadNode | InlineFragmentNode): InlineFragmentNode | undefined => {
    const defer = directiveOf(node, 'defer');
    if (!defer) return undefined;
    const others = node.directives?.filter((directive) => directive !== defer) ?? [];
    return skippedIf(argumentOf(defer, 'if'), [{ ...node, directives: others }]);
  };
  const skipStreamed = (node: FieldNode): FieldNode | undefined => {
    const stream = directiveOf(node, 'stream');
    if (!stream || !node.selectionSet) return undefined;
    const first = argumentOf(stream, 'initialCount');
    if (first && !(first.kind === Kind.INT && Number(first.value) === 0)) return undefined;
    const skipped = skippedIf(argumentOf(stream, 'if'), node.selectionSet.selections);
    return { ...node, selectionSet: { kind: Kind.SELECTION_SET, selections: [skipped] } };
  };
  // On leaving, so that what stands inside has been seen to.
  const find = {
    FragmentSpread: { leave: skipDeferred },
    InlineFragment: { leave: skipDeferred },
    Field: { leave: skipStreamed },
  };
  const prompt = Object.entries(fragments).map(([name, each]) => [name, visit(each, find)] as const);
  const found = { operation: visit(operation, find), fragments: Object.fromEntries(prompt) };
  const isSame = found.operation === operation && prompt.every(([name, each]) => each === fragments[name]);
  return isSame ? null : found;
}

const directiveOf = ({ directives }: SelectionNode, named: string): DirectiveNode | undefined =>
  directives?.find(({ name }) => name.value === named);

const argumentOf = ({ arguments: args }: DirectiveNode, named: string): ValueNode | undefined =>
  args?.find(({ name }) => name.value === named)?.value;

/** Absent: always. */
function skippedIf(condition: ValueNode | undefined, selections: readonly SelectionNode[]): InlineFragmentNode {
  const value = condition ?? ({ kind: Kind.BOOLEAN, value: true } as const);
  const argument = { kind: Kind.ARGUMENT, name: { kind: Kind.NAME, value: 'if' }, value } as const;
  return {
    kind: Kind.INLINE_FRAGMENT,
    directives: [{ kind: Kind.DIRECTIVE, name: { kind: Kind.NAME, value: 'skip' }, arguments: [argument] }],
    selectionSet: { kind: Kind.SELECTION_SET, selections },
  };
}
