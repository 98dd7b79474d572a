/** Looking for a product of JD.com, which its provider collects by a task: it is there, pending, or cannot be had. */
import type { RequestContext } from '../context.ts';
import { ShopgraphError } from '../errors.ts';
import type { Path } from '../plan/analysis.ts';
import { telling } from '../plan/explanation.ts';
import type { GraphNode } from '../plan/node.ts';
import { asks } from '../plan/sources.ts';
import * as jo from '../providers/justoneapi/contract.ts';
import { builder } from './builder.ts';
import { readId } from './ids.ts';
import { JdProduct } from './jd-product.ts';

/** How long a client may wait, in ms. */
const WAIT_MS_MAX = 60_000;
const WAIT_MS = 5000;

interface Pending {
  readonly type: 'LookupPending';
  readonly id: string;
  readonly submittedAt: number;
  readonly retryAfterMs: number;
}

const LookupPending = builder.objectRef<Pending>('LookupPending').implement({
  description: 'It is being collected. Ask again with the same id: the wait is shared, nothing is bought twice.',
  fields: (t) => ({
    productId: t.exposeID('id', { nullable: false, description: 'The id that was asked about, as digits.' }),
    submittedAt: t.field({
      type: 'DateTime',
      nullable: false,
      description: 'Since when it is being collected.',
      resolve: ({ submittedAt }) => new Date(submittedAt),
    }),
    retryAfterMs: t.exposeInt('retryAfterMs', {
      nullable: false,
      description: 'When asking again may find it, in ms from now.',
    }),
  }),
});

interface Failed {
  readonly type: 'LookupFailed';
  readonly id: string;
  readonly error: ShopgraphError;
}

const LookupFailed = builder.objectRef<Failed>('LookupFailed').implement({
  description: 'It could not be had.',
  fields: (t) => ({
    productId: t.exposeID('id', { nullable: false, description: 'The id that was asked about, as digits.' }),
    code: t.string({
      nullable: false,
      description: 'Why, as in the `extensions.code` of an error: `NOT_FOUND` where nobody knows the id.',
      resolve: ({ error }) => error.code,
    }),
    message: t.string({ nullable: false, description: 'Why, for people.', resolve: ({ error }) => error.message }),
    retryable: t.boolean({
      nullable: false,
      description: 'Whether the same question may succeed later without anything else changing.',
      resolve: ({ error }) => error.retryable,
    }),
  }),
});

const JdProductLookup = builder.unionType('JdProductLookup', {
  description: 'What became of looking for a product of JD.com. Pending is a state, not an error.',
  types: [JdProduct, LookupPending, LookupFailed],
  resolveType: ({ type }) => type,
});

builder.queryField('jdProduct', (t) =>
  t.field({
    type: JdProductLookup,
    description: 'A product of JD.com by its id, as soon as it has been collected. One call for all who wait for it.',
    ...asks(jo.jdItem),
    args: {
      id: t.arg.id({ required: true, description: "The global id, or JD's digits." }),
      waitMs: t.arg.int({
        required: true,
        defaultValue: WAIT_MS,
        description: 'How long to wait for it, 0 to 60000 ms: 0 has it collected and waits for nothing.',
      }),
    },
    resolve: (_, args, context, info) => {
      const { id } = readId('JdProduct', args.id);
      if (args.waitMs < 0 || args.waitMs > WAIT_MS_MAX) {
        throw new ShopgraphError('BAD_INPUT', { says: `\`waitMs\` must be between 0 and ${WAIT_MS_MAX}.` });
      }
      return lookUp(id, args.waitMs, context, info.path);
    },
  }),
);

builder.subscriptionType({ description: 'What is told as it happens, over server-sent events.' });

builder.subscriptionField('jdProduct', (t) =>
  t.field({
    type: JdProductLookup,
    nullable: false,
    description:
      'A product of JD.com by its id: an event while it is pending, and the last when it is there, or cannot be had in the time that the request gives.',
    ...asks(jo.jdItem),
    args: { id: t.arg.id({ required: true, description: "The global id, or JD's digits." }) },
    subscribe: (_, args, context, info) => collecting(readId('JdProduct', args.id).id, context, info.path),
    resolve: (lookup) => lookup,
  }),
);

type Lookup = GraphNode<'JdProduct'> | Pending | Failed;

async function* collecting(id: string, context: RequestContext, path: Path): AsyncGenerator<Lookup> {
  let lookup = await lookUp(id, 0, context, path);
  yield lookup;
  if (!isPending(lookup)) return;
  while (isPending(lookup)) lookup = await lookUp(id, WAIT_MS_MAX, context, path);
  yield lookup;
}

const isPending = ({ type }: Lookup): boolean => type === 'LookupPending';

async function lookUp(
  id: string,
  waitMs: number,
  { load, operation, told }: RequestContext,
  path: Path,
): Promise<Lookup> {
  try {
    const answer = await telling(told, path, jo.jdItem, load.within(jo.jdItem, { itemId: id }, waitMs));
    return answer.data ? operation.node('JdProduct', id) : failed(id, new ShopgraphError('NOT_FOUND'));
  } catch (error) {
    if (!(error instanceof ShopgraphError)) throw error;
    return pending(id, error) ?? failed(id, error);
  }
}

const failed = (id: string, error: ShopgraphError): Failed => ({ type: 'LookupFailed', id, error });

function pending(id: string, { code, details: { submittedAt, retryAfterMs } }: ShopgraphError): Pending | null {
  if (code !== 'PENDING' || submittedAt === undefined || retryAfterMs === undefined) return null;
  return { type: 'LookupPending', id, submittedAt, retryAfterMs };
}
