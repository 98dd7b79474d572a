/** Whose word each fact of a node is: the same for all types of nodes. */
import type { Testimony } from '../plan/provenance.ts';
import type { GraphNode } from '../plan/node.ts';
import { cacheStates } from '../plan/explanation.ts';
import { builder } from './builder.ts';
import { Provider } from './credits.ts';
import { ValueBasis } from './values.ts';
import { isSame, shown } from './comparing.ts';

const CacheState = builder.enumType('CacheState', {
  description: 'How an answer came to this operation.',
  values: {
    MISS: { description: 'It was bought for it.' },
    FRESH: { description: 'It was bought earlier, and is good still.' },
    STALE: { description: 'It is past its time: asking anew failed, or is under way.' },
    COALESCED: { description: 'Another operation was buying it at the same time.' },
    LIST_SEEDED: { description: "It came with a list's row." },
  } as const,
});

type Other = Testimony['others'][number];
const Conflict = builder.objectRef<Other>('ProvenanceConflict').implement({
  description: 'Another provider says otherwise. Told where its answer is at hand anyway; never bought for this.',
  fields: (t) => ({
    provider: t.field({
      type: Provider,
      nullable: false,
      description: 'Who.',
      resolve: ({ endpoint }) => endpoint.provider,
    }),
    value: t.string({ nullable: false, description: 'What it says, as text.', resolve: ({ value }) => shown(value) }),
    fetchedAt: t.field({
      type: 'DateTime',
      nullable: false,
      description: 'When it said so.',
      resolve: ({ fetchedAt }) => new Date(fetchedAt),
    }),
  }),
});

type Failure = Testimony['failed'][number];
const FailedSource = builder.objectRef<Failure>('FailedSource').implement({
  description: 'A provider that was asked for the field in vain.',
  fields: (t) => ({
    provider: t.field({
      type: Provider,
      nullable: false,
      description: 'Who.',
      resolve: ({ endpoint }) => endpoint.provider,
    }),
    endpoint: t.string({
      nullable: false,
      description: 'Which of its routes.',
      resolve: ({ endpoint }) => endpoint.name,
    }),
    code: t.string({
      nullable: false,
      description: 'Why, as in `errors[].extensions.code`.',
      resolve: ({ failure }) => failure.code,
    }),
  }),
});

const FieldProvenance = builder.objectRef<Testimony>('FieldProvenance').implement({
  description: "Whose word a field's value is.",
  fields: (t) => ({
    field: t.exposeString('field', { nullable: false, description: "The field's name." }),
    provider: t.field({
      type: Provider,
      nullable: false,
      description: 'Who said it.',
      resolve: ({ said }) => said.endpoint.provider,
    }),
    endpoint: t.string({
      nullable: false,
      description: 'On which of its routes.',
      resolve: ({ said }) => said.endpoint.name,
    }),
    fetchedAt: t.field({
      type: 'DateTime',
      nullable: false,
      description: 'When it said so.',
      resolve: ({ said }) => new Date(said.fetchedAt),
    }),
    ageSeconds: t.field({
      type: 'SafeInt',
      nullable: false,
      description: 'How long ago that was.',
      resolve: ({ said }, _args, { now }) => Math.max(0, Math.floor((now() - said.fetchedAt) / 1000)),
    }),
    cache: t.field({
      type: CacheState,
      nullable: false,
      description: 'How the answer came to this operation.',
      resolve: ({ said }) => cacheStates[said.from],
    }),
    basis: t.field({
      type: ValueBasis,
      nullable: false,
      description: 'INFERRED where a part of it is derived, as a currency may be.',
      resolve: ({ value }) => (isInferred(value) ? 'INFERRED' : 'REPORTED'),
    }),
    conflicts: t.field({
      type: [Conflict],
      nullable: { list: false, items: false },
      description: 'Other providers that say otherwise.',
      resolve: ({ value, others }) => others.filter((other) => !isSame(value, other.value)),
    }),
    failed: t.field({
      type: [FailedSource],
      nullable: { list: false, items: false },
      description: 'Who was asked for it in vain.',
      resolve: ({ failed }) => failed,
    }),
  }),
});

const isInferred = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'currencyBasis' in value && value.currencyBasis === 'INFERRED';

type NodeFields<Node extends GraphNode> = PothosSchemaTypes.ObjectFieldBuilder<typeof builder.$inferSchemaTypes, Node>;

/** The `provenance` field of a node. */
export const provenance = <Node extends GraphNode>(t: NodeFields<Node>) =>
  t.field({
    type: [FieldProvenance],
    nullable: { list: false, items: false },
    description:
      'Whose word the facts are that are selected beside it. A field that nobody has told is absent. Costs nothing.',
    resolve: (node, _args, { operation }, info) => operation.provenance(node, info),
  });
