/** A field of an object in a dry run: its own resolver is asked, and answers from what is held. */
import { defaultFieldResolver, getNamedType, type GraphQLResolveInfo } from 'graphql';
import { ShopgraphError } from '../../errors.ts';
import type { Endpoint } from '../../providers/provider.ts';
import type { FieldUse } from '../analysis.ts';
import type { Look } from '../look.ts';
import type { GraphNode } from '../node.ts';
import type { Want } from '../wants.ts';
import type { Item, Notes } from './dry-nodes.ts';
import { nameOf, objectsIn, type Typed } from './dry-objects.ts';
import type { Reason } from './dry-reasons.ts';

export interface DryWorld {
  /** What a resolver works with, for one object: whatever it asks for is told, and fails with `missing` unless it is held. */
  readonly contextOf: (looked: (look: Look, endpoint: Endpoint) => void) => object;
  /** What the resolver of a fact works with, which asks for nothing else, and at once. `fact`: its value. */
  readonly contextOfFact: (fact: () => unknown) => object;
  readonly missing: Error;
}

/** What a resolver works with, and what it has looked at. */
interface Desk {
  readonly context: object;
  readonly looks: readonly Looked[];
}

export interface Looked extends Look {
  readonly endpoint: Endpoint;
}

export interface Field {
  readonly use: FieldUse;
  readonly args: object;
  readonly info: GraphQLResolveInfo;
  /** The fact that it is about. */
  readonly fact: Fact | null;
}

/** Its resolver works at one desk for all nodes. */
interface Fact extends Desk {
  readonly want: Want;
  /** What it is for the node that the resolver is about to ask it of. */
  value: unknown;
}

export interface Resolved {
  readonly looks: readonly Looked[];
  /** What the field leads to; null: that is not known. */
  readonly objects: readonly Typed[] | null;
}

/** `onRefused`: told of a field that fails for another reason than that something is not held. */
export function createResolver(
  world: DryWorld,
  notes: Notes,
  onRefused: (field: Field, error: ShopgraphError) => void,
) {
  /** Left by a resolver that was done at once, without a look. */
  let free: Desk | undefined;
  const openDesk = (): Desk => {
    const looks: Looked[] = [];
    return { looks, context: world.contextOf((look, endpoint) => looks.push({ ...look, endpoint })) };
  };

  const later = async (value: Promise<unknown>, item: Item, field: Field, desk: Desk): Promise<Resolved> => {
    try {
      return toResolved(await value, item, field, desk);
    } catch (error) {
      return failed(error, field, desk);
    }
  };

  const toResolved = (value: unknown, item: Item, { use, info, fact }: Field, { context, looks }: Desk): Resolved => {
    const before: Reason = fact
      ? [{ node: item.source as GraphNode, want: fact.want, before: item.reason }]
      : item.reason;
    const open = looks.length > 0 ? looks.filter(({ held }) => !held) : looks;
    const reason: Reason = open.length > 0 ? [{ keys: open.map(({ key }) => key), before }] : before;
    const type = getNamedType(use.field.type);
    const toTyped = (source: unknown): Typed => ({
      type: nameOf(type, source, context, info) as string,
      source,
      reason,
    });
    return { looks, objects: objectsIn(value).map(toTyped) };
  };

  const failed = (error: unknown, field: Field, { looks }: Desk): Resolved => {
    if (error === world.missing) return { looks, objects: null };
    if (error instanceof ShopgraphError) onRefused(field, error);
    return { looks, objects: [] };
  };

  return {
    factOf: (want: Want): Fact => {
      const fact: Fact = { want, looks: noLooks, value: null, context: world.contextOfFact(() => fact.value) };
      return fact;
    },

    /** At once, if its resolver answers at once. */
    resolve: (item: Item, field: Field): Resolved | Promise<Resolved> => {
      const { use, args, info, fact } = field;
      const source = item.source as GraphNode;
      if (fact) {
        const found = notes.valueOf(source, fact.want);
        if (!found) return notTold;
        fact.value = found.value;
      }
      const desk = fact ?? free ?? openDesk();
      free = undefined;
      try {
        const value: unknown = (use.field.resolve ?? defaultFieldResolver)(source, args, desk.context, info);
        if (value instanceof Promise) return later(value, item, field, desk);
        const resolved = toResolved(value, item, field, desk);
        if (!fact && desk.looks.length === 0) free = desk;
        return resolved;
      } catch (error) {
        return failed(error, field, desk);
      }
    },
  };
}

const noLooks: readonly never[] = [];
/** What the field leads to depends on a fact that is not known. */
const notTold: Resolved = { looks: noLooks, objects: null };
