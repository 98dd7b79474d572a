/** What has a global id: an id is all that a field hands on, and each field loads what it tells. */
import { ShopgraphError } from '../../src/errors.ts';
import { builder } from './builder.ts';

const types = ['Shop', 'Product', 'Creator', 'Video', 'JdProduct'] as const;

export interface Ref<Type extends (typeof types)[number] = (typeof types)[number]> {
  readonly type: Type;
  readonly id: string;
  /** The market that was asked about, if one was. */
  readonly region?: string | null | undefined;
}

const digits = /^\d{1,20}$/;
const decoded = /^([A-Za-z]+):(?:([A-Z]{2})\.)?(\d{1,20})$/;

const globalId = ({ type, id, region }: Ref): string =>
  Buffer.from(`${type}:${region == null ? '' : region + '.'}${id}`).toString('base64url');

function fromGlobalId(given: string): Ref {
  const [, name, region, id] = decoded.exec(Buffer.from(given, 'base64url').toString()) ?? [];
  const type = types.find((each) => each === name);
  if (!type || id === undefined) throw new ShopgraphError('BAD_INPUT');
  return { type, id, region };
}

/** An `id` argument: a global id of that type, or the provider's digits. */
export function refOf<Type extends Ref['type']>(type: Type, given: string): Ref<Type> {
  const ref = digits.test(given) ? { type, id: given } : fromGlobalId(given);
  if (ref.type !== type) throw new ShopgraphError('BAD_INPUT');
  return { ...ref, type };
}

export const Node = builder.interfaceRef<Ref>('Node').implement({
  resolveType: ({ type }) => type,
  fields: (t) => ({ id: t.id({ nullable: false, resolve: globalId }) }),
});

builder.queryFields((t) => ({
  node: t.field({
    type: Node,
    args: { id: t.arg.id({ required: true }) },
    resolve: (_, { id }) => fromGlobalId(id),
  }),
  nodes: t.field({
    type: [Node],
    nullable: { list: false, items: true },
    args: { ids: t.arg.idList({ required: true }) },
    resolve: (_, { ids }) => ids.map(fromGlobalId),
  }),
}));
