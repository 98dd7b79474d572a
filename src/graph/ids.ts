/** Ids as clients give them: the global id, or the provider's digits. Neither is ever mistaken for the other. */
import { ShopgraphError } from '../errors.ts';

/** The types that a global id can name. */
export const nodeTypes = ['Shop', 'Product', 'Creator', 'Video', 'JdProduct'] as const;
export type NodeType = (typeof nodeTypes)[number];

/** The key that others hold, beside the global `id`. */
export const nativeKeys: Readonly<Record<NodeType, string>> = {
  ...{ Shop: 'shopId', Product: 'productId', Creator: 'creatorId', Video: 'videoId', JdProduct: 'productId' },
};

export interface NodeId {
  readonly type: NodeType;
  /** The provider's digits. */
  readonly id: string;
  /** The market, where it is part of the identity. */
  readonly region: string | null;
}

/** TikTok Shop's markets, as ISO 3166-1 alpha-2 codes. */
export const regions = {
  US: 'the United States',
  GB: 'the United Kingdom',
  DE: 'Germany',
  FR: 'France',
  IT: 'Italy',
  ID: 'Indonesia',
  MY: 'Malaysia',
  MX: 'Mexico',
  PH: 'the Philippines',
  SG: 'Singapore',
  ES: 'Spain',
  TH: 'Thailand',
  VN: 'Viet Nam',
  BR: 'Brazil',
  JP: 'Japan',
  IE: 'Ireland',
} as const;

/** The types of which a market is part of the identity. */
const regional: readonly NodeType[] = ['Shop', 'Product'];

const digits = /^\d{1,20}$/;
const decoded = /^([A-Z][A-Za-z]+):(?:([A-Z]{2})\.)?(\d{1,20})$/;

/** Whether these are the digits of a node. */
export const isNodeId = (given: string): boolean => digits.test(given);

/** The part of a global id after the type. */
export const localId = ({ id, region }: { id: string; region: string | null }): string =>
  region === null ? id : `${region}.${id}`;

export const encodeGlobalId = (type: string, local: string): string =>
  Buffer.from(`${type}:${local}`).toString('base64url');

/** Throws `BAD_INPUT` for anything that is not a global id of ours. */
export function decodeGlobalId(given: string): NodeId {
  const [, name, region = null, id] = decoded.exec(Buffer.from(given, 'base64url').toString('latin1')) ?? [];
  const type = nodeTypes.find((each) => each === name);
  const isRegionRight = region === null || (regional.includes(type!) && Object.hasOwn(regions, region));
  if (type && isRegionRight && id !== undefined && encodeGlobalId(type, localId({ id, region })) === given)
    return { type, id, region };
  throw badId(`"${shown(given)}" is not a global id. Take one from an \`id\` field.`);
}

/** An `id` argument of a field that answers one type: a global id of that type, or digits. */
export function readId(type: NodeType, given: string, region: string | null = null): NodeId {
  if (digits.test(given)) return { type, id: given, region };
  const node = decodeGlobalId(given);
  if (node.type !== type) throw badId(`"${shown(given)}" is the id of a ${node.type}, not of a ${type}.`);
  if (region !== null && node.region !== region) {
    throw badId(`"${shown(given)}" does not belong to region ${region}. Leave \`region\` out, or give the digits.`);
  }
  return node;
}

const badId = (says: string) => new ShopgraphError('BAD_INPUT', { says });
const shown = (given: string) => (given.length > 60 ? `${given.slice(0, 60)}...` : given);
