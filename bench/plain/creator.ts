/** A creator, what they promote, and their videos. */
import type { DataOf, RowOf } from '../../src/providers/provider.ts';
import * as et from '../../src/providers/echotik/contract.ts';
import * as wh from '../../src/providers/winninghunter/contract.ts';
import { builder, Money, money, type Context } from './builder.ts';
import { listOfProducts, pageOf, periodArg, toConnection, windowArgs } from './connection.ts';
import { Node, refOf, type Ref } from './node.ts';
import { Product } from './product.ts';

type CreatorRef = Ref<'Creator'>;
type VideoRef = Ref<'Video'>;

const Creator = builder.objectRef<CreatorRef>('Creator');
const Video = builder.objectRef<VideoRef>('Video');

const collected = ({ id }: CreatorRef, { load }: Context) => load(et.creators, { user_id: id });
const detail = ({ id }: VideoRef, { load }: Context) => load(wh.video, { id });

const CreatorTotals = builder.objectRef<DataOf<typeof wh.creatorTotals>>('CreatorTotals').implement({
  fields: (t) => ({
    revenue: t.field({ type: Money, resolve: ({ revenue }) => money(revenue) }),
    sales: t.field({ type: 'SafeInt', resolve: ({ sales }) => sales }),
    videoCount: t.field({ type: 'SafeInt', resolve: ({ videos }) => videos }),
    followerCount: t.field({ type: 'SafeInt', resolve: ({ followers }) => followers }),
  }),
});

const CreatorProducts = listOfProducts<RowOf<typeof wh.creatorProducts>>('CreatorProduct', {
  isCounted: true,
  edgeFields: (t) => ({
    attributedRevenue: t.field({ type: Money, resolve: ({ row }) => money(row.revenue) }),
    attributedSales: t.field({ type: 'SafeInt', resolve: ({ row }) => row.sales }),
  }),
});

builder.objectType(Creator, {
  interfaces: [Node],
  fields: (t) => ({
    creatorId: t.exposeID('id', { nullable: false }),
    name: t.string({ resolve: async (creator, _args, context) => (await collected(creator, context))?.nick_name }),
    handle: t.string({ resolve: async (creator, _args, context) => (await collected(creator, context))?.unique_id }),
    totals: t.field({
      type: CreatorTotals,
      args: { period: periodArg(t.arg) },
      resolve: ({ id }, { period }, { load }) => load(wh.creatorTotals, { id, period }),
    }),
    products: t.field({
      type: CreatorProducts,
      args: { ...windowArgs(t.arg), period: periodArg(t.arg) },
      resolve: async ({ id }, { period, ...window }, { load }) =>
        toConnection(await load(wh.creatorProducts, { id, period, ...pageOf(window) }), window),
    }),
  }),
});

const VideoPeriod = builder.enumType('VideoPeriod', {
  values: { LAST_1_DAY: { value: 1 }, LAST_7_DAYS: { value: 7 }, LAST_30_DAYS: { value: 30 } } as const,
});

const VideoMetrics = builder.objectRef<DataOf<typeof wh.videoMetrics>>('VideoMetrics').implement({
  fields: (t) => ({
    views: t.field({ type: 'SafeInt', resolve: ({ views }) => views }),
    likes: t.field({ type: 'SafeInt', resolve: ({ likes }) => likes }),
    comments: t.field({ type: 'SafeInt', resolve: ({ comments }) => comments }),
    shares: t.field({ type: 'SafeInt', resolve: ({ shares }) => shares }),
  }),
});

builder.objectType(Video, {
  interfaces: [Node],
  fields: (t) => ({
    videoId: t.exposeID('id', { nullable: false }),
    caption: t.string({ resolve: async (video, _args, context) => (await detail(video, context))?.caption }),
    postedOn: t.field({
      type: 'Date',
      resolve: async (video, _args, context) => (await detail(video, context))?.posted_at,
    }),
    creator: t.field({
      type: Creator,
      resolve: async (video, _args, context) => {
        const id = (await detail(video, context))?.creator_id;
        return id == null ? null : { type: 'Creator' as const, id };
      },
    }),
    product: t.field({
      type: Product,
      resolve: async (video, _args, context) => {
        const id = (await detail(video, context))?.product_id;
        return id == null ? null : { type: 'Product' as const, id };
      },
    }),
    metrics: t.field({
      type: VideoMetrics,
      args: { period: t.arg({ type: VideoPeriod, required: true, defaultValue: 30 }) },
      resolve: ({ id }, { period }, { load }) => load(wh.videoMetrics, { id, period }),
    }),
  }),
});

builder.queryFields((t) => ({
  creator: t.field({
    type: Creator,
    args: { id: t.arg.id({ required: true }) },
    resolve: (_, { id }) => refOf('Creator', id),
  }),
  video: t.field({
    type: Video,
    args: { id: t.arg.id({ required: true }) },
    resolve: (_, { id }) => refOf('Video', id),
  }),
}));
