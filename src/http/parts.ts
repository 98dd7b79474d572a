/** Where `@defer` and `@stream` cut an answer into parts. */
import {
  Kind,
  valueFromASTUntyped,
  visit,
  type DirectiveNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
} from 'graphql';
import { ShopgraphError } from '../errors.ts';
import type { Asked, Objection } from './admission.ts';

/** Asked before anything is bought, since it is executed only then. */
export const miscounted: Objection = (asked) => {
  const counts = cutsIn(asked).map((cut) => said(cut, 'initialCount', asked));
  const isWrong = counts.some((count) => count === null || (typeof count === 'number' && count < 0));
  return isWrong ? { error: new ShopgraphError('BAD_INPUT', { says: '`initialCount` must be 0 or more.' }) } : null;
};

/** Whether the answer comes in several, as far as the operation and its variables say. */
export const comesInParts = (asked: Asked) => cutsIn(asked).some((cut) => said(cut, 'if', asked) !== false);

/** Undefined: nothing. */
function said({ arguments: args }: DirectiveNode, argument: string, { operation, variables }: Asked): unknown {
  const value = args?.find(({ name }) => name.value === argument)?.value;
  if (value?.kind !== Kind.VARIABLE) return value && valueFromASTUntyped(value);
  const defined = operation.variableDefinitions?.find(({ variable }) => variable.name.value === value.name.value);
  const given = variables[value.name.value];
  return given === undefined && defined?.defaultValue ? valueFromASTUntyped(defined.defaultValue) : given;
}

const cuts = new WeakMap<OperationDefinitionNode, readonly DirectiveNode[]>();

/** Each `@defer` and `@stream`, wherever it stands in the operation or in a fragment that it leads to. */
function cutsIn({ operation, document }: Asked): readonly DirectiveNode[] {
  const known = cuts.get(operation);
  if (known) return known;
  const found: DirectiveNode[] = [];
  const fragments = document.definitions.filter((each) => each.kind === Kind.FRAGMENT_DEFINITION);
  const looked = new Set<OperationDefinitionNode | FragmentDefinitionNode>();
  const look = (at: OperationDefinitionNode | FragmentDefinitionNode): void => {
    if (looked.has(at)) return;
    looked.add(at);
    visit(at, {
      Directive: (directive) => {
        if (directive.name.value === 'defer' || directive.name.value === 'stream') found.push(directive);
      },
      FragmentSpread: ({ name }) => {
        fragments.filter((each) => each.name.value === name.value).forEach(look);
      },
    });
  };
  look(operation);
  cuts.set(operation, found);
  return found;
}
