/** A product of JD.com, which its provider collects by a task. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ShopgraphError } from '../../src/errors.ts';
import type { DataOf } from '../../src/providers/provider.ts';
import * as jo from '../../src/providers/justoneapi/contract.ts';
import { builder, Money, money } from './builder.ts';
import { Node, refOf, type Ref } from './node.ts';

type Item = DataOf<typeof jo.jdItem>;
type Found = Ref<'JdProduct'> & { readonly item: Item };

interface Pending {
  readonly type: 'LookupPending';
  readonly submittedAt: Date;
}

interface Failed {
  readonly type: 'LookupFailed';
  readonly error: ShopgraphError;
}

const RETRY_AFTER_MS = 2000;

const JdShop = builder.objectRef<Item>('JdShop').implement({
  fields: (t) => ({ name: t.string({ resolve: ({ shopName }) => shopName }) }),
});

const JdProduct = builder.objectRef<Found>('JdProduct').implement({
  interfaces: [Node],
  fields: (t) => ({
    title: t.string({ resolve: ({ item }) => item.title }),
    brand: t.string({ resolve: ({ item }) => item.brand }),
    price: t.field({ type: Money, resolve: ({ item }) => money(item.price, 'CNY') }),
    priceMasked: t.boolean({ resolve: ({ item }) => item.priceMasked }),
    originalPrice: t.field({ type: Money, resolve: ({ item }) => money(item.listPrice, 'CNY') }),
    seller: t.field({ type: JdShop, resolve: ({ item }) => item }),
  }),
});

const LookupPending = builder.objectRef<Pending>('LookupPending').implement({
  fields: (t) => ({
    submittedAt: t.expose('submittedAt', { type: 'DateTime', nullable: false }),
    retryAfterMs: t.int({ nullable: false, resolve: () => RETRY_AFTER_MS }),
  }),
});

const LookupFailed = builder.objectRef<Failed>('LookupFailed').implement({
  fields: (t) => ({
    code: t.string({ nullable: false, resolve: ({ error }) => error.code }),
    message: t.string({ nullable: false, resolve: ({ error }) => error.message }),
    retryable: t.boolean({ nullable: false, resolve: ({ error }) => error.retryable }),
  }),
});

const JdProductLookup = builder.unionType('JdProductLookup', {
  types: [JdProduct, LookupPending, LookupFailed],
  resolveType: ({ type }) => type,
});

builder.queryField('jdProduct', (t) =>
  t.field({
    type: JdProductLookup,
    args: { id: t.arg.id({ required: true }), waitMs: t.arg.int({ required: true, defaultValue: 5000 }) },
    resolve: async (_, args, { load }): Promise<Found | Pending | Failed> => {
      const ref = refOf('JdProduct', args.id);
      const pending: Pending = { type: 'LookupPending', submittedAt: new Date() };
      const lookedUp = load(jo.jdItem, { itemId: ref.id });
      const item = await Promise.race([lookedUp, sleep(args.waitMs, pending, { ref: false })]);
      if (item === pending) return pending;
      if (item === null) return { type: 'LookupFailed', error: new ShopgraphError('NOT_FOUND') };
      return { ...ref, item: item as Item };
    },
  }),
);
