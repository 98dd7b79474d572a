/** Cuts an operation into parts at random: which selections are deferred, which lists are streamed, and what is left for the first part. */
import fc from 'fast-check';
import {
  Kind,
  parse,
  print,
  visit,
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { documented, makeWorld } from '../../src/sandbox/world.ts';

/** Of one selection set: which of its selections are deferred together. */
interface Cut {
  /** Which selection set, counted around. */
  readonly at: number;
  /** Which of its selections, a bit each. */
  readonly which: number;
}

interface Cutting {
  readonly cuts: readonly Cut[];
  /** Likewise, of each selection set: counted around. */
  readonly everywhere: readonly number[];
  /** By the name of the list: what comes at once. Fields that merge must be streamed alike. */
  readonly streamed: Readonly<Record<string, number | undefined>>;
}

const count = fc.option(fc.constantFrom(0, 0, 1, 2), { nil: undefined, freq: 1 });
const which = fc.integer({ min: 0, max: 255 });

export const cuttings: fc.Arbitrary<Cutting> = fc.record({
  cuts: fc.array(fc.record({ at: fc.nat(200), which }), { maxLength: 4 }),
  everywhere: fc.array(which, { maxLength: 7 }),
  streamed: fc.record({ nodes: count, edges: count, points: count }),
});

const directive = (name: string, args = ''): DirectiveNode[] => {
  const [made] = parse(`{ f @${name}${args} }`, { noLocation: true }).definitions;
  return made?.kind === Kind.OPERATION_DEFINITION ? [...(made.selectionSet.selections[0]?.directives ?? [])] : [];
};

/** Each root field a second time, by another name: the same nodes stand at two places, and are cut differently. */
export const twice = (query: string): string =>
  print(
    visit(parse(query, { noLocation: true }), {
      OperationDefinition: ({ selectionSet, ...operation }) => {
        const again = selectionSet.selections
          .filter((selection) => selection.kind === Kind.FIELD)
          .map((field) => ({ ...field, alias: nameOf(`again_${(field.alias ?? field.name).value}`) }));
        return { ...operation, selectionSet: { ...selectionSet, selections: [...selectionSet.selections, ...again] } };
      },
    }),
  );
const nameOf = (value: string) => ({ kind: Kind.NAME, value }) as const;

const { id: shopId, products } = makeWorld().shops.get(documented.shopId)!;
const meeting = fc.record({
  by: fc.constantFrom('product', 'list', 'list'),
  first: fc.constantFrom(1, 3, 60),
  facts: fc.subarray(['title', 'price { amount }', 'rating', 'image { url }', 'totals { sales }'], { minLength: 1 }),
});

/** Small operations in which one product stands at several places, and one list in several windows. */
export const meetings: fc.Arbitrary<string> = fc
  .array(meeting, { minLength: 2, maxLength: 4 })
  .map((places) =>
    places.map(({ by, first, facts }, nth) => {
      const node = `{ __typename id ${facts.join(' ')} }`;
      return by === 'product'
        ? `p${nth}: product(id: "${products[0]!.id}") ${node}`
        : `s${nth}: shop(id: "${shopId}") { __typename id products(first: ${first}) { nodes ${node} } }`;
    }),
  )
  .map((roots) => `{ ${roots.join(' ')} }`);

/** By these the answers are told apart; they cost nothing, and stay. */
const isNamed = (selection: SelectionNode) =>
  selection.kind === Kind.FIELD && (selection.name.value === '__typename' || selection.name.value === 'id');

/** What is deferred stands first: where it stands says nothing. */
function deferredOf(set: SelectionSetNode, bits: number): SelectionSetNode | undefined {
  const isLater = (selection: SelectionNode, index: number) => !isNamed(selection) && (bits >> (index % 8)) % 2 === 1;
  const selections = set.selections.filter(isLater);
  if (selections.length === 0) return undefined;
  const selectionSet: SelectionSetNode = { kind: Kind.SELECTION_SET, selections };
  const deferred = { kind: Kind.INLINE_FRAGMENT, directives: directive('defer'), selectionSet } as const;
  const prompt = set.selections.filter((selection, index) => !isLater(selection, index));
  return { ...set, selections: [deferred, ...prompt] };
}

/** Each selection set as `cutOf` has it, told which it is; undefined: as it was. What stands inside is seen to first. */
function eachSet(
  document: DocumentNode,
  cutOf: (set: SelectionSetNode, nth: number) => SelectionSetNode | undefined,
): DocumentNode {
  let nth = 0;
  return visit(document, { SelectionSet: { leave: (set: SelectionSetNode) => cutOf(set, nth++) } });
}

export function cut(query: string, { cuts, everywhere, streamed }: Cutting): string {
  let document = eachSet(parse(query, { noLocation: true }), (set, nth) =>
    deferredOf(set, everywhere[nth % everywhere.length] ?? 0),
  );
  for (const { at, which: bits } of cuts) {
    let sets = 0;
    eachSet(document, () => {
      sets++;
      return undefined;
    });
    document = eachSet(document, (set, nth) => (nth === at % sets ? deferredOf(set, bits) : undefined));
  }
  return print(
    visit(document, {
      Field: (field): FieldNode | undefined => {
        const initialCount = streamed[field.name.value];
        if (initialCount === undefined) return undefined;
        const stream = directive('stream', `(initialCount: ${initialCount})`);
        return { ...field, directives: [...(field.directives ?? []), ...stream] };
      },
    }),
  );
}

const SKIP = directive('skip', '(if: true)');
const TYPENAME: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } };

/** What the first part has of an operation that was cut, as an operation; what is streamed from the second item on is asked whole. */
export function promptOf(query: string): string {
  const without = (name: string, directives: readonly DirectiveNode[] = []) =>
    directives.filter((each) => each.name.value !== name);
  const valueOf = (stream: DirectiveNode | undefined) => stream?.arguments?.[0]?.value;
  return print(
    visit(parse(query, { noLocation: true }), {
      InlineFragment: ({ directives = [], ...fragment }) => {
        const others = without('defer', directives);
        return others.length < directives.length ? { ...fragment, directives: [...others, ...SKIP] } : undefined;
      },
      Field: ({ directives = [], selectionSet, ...field }): FieldNode | undefined => {
        const value = valueOf(directives.find(({ name }) => name.value === 'stream'));
        if (value?.kind !== Kind.INT || !selectionSet) return undefined;
        const others = without('stream', directives);
        if (value.value !== '0') return { ...field, directives: others, selectionSet };
        const skipped = { kind: Kind.INLINE_FRAGMENT, directives: SKIP, selectionSet } as const;
        const nothing: SelectionSetNode = { kind: Kind.SELECTION_SET, selections: [TYPENAME, skipped] };
        return { ...field, directives: others, selectionSet: nothing };
      },
    }),
  );
}
