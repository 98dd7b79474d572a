/** A video that promotes a product. */
import { facts, from, link } from '../plan/sources.ts';
import type { GraphNode } from '../plan/node.ts';
import type { DataOf } from '../providers/provider.ts';
import * as et from '../providers/echotik/contract.ts';
import * as wh from '../providers/winninghunter/contract.ts';
import { builder } from './builder.ts';
import { Creator } from './creator.ts';
import { localId, readId } from './ids.ts';
import { provenance } from './provenance.ts';
import { Product } from './product.ts';
import { VideoPeriod } from './period.ts';

type VideoNode = GraphNode<'Video'>;
interface ByPeriod {
  readonly period: 1 | 7 | 30;
}

export const Video = builder.objectRef<VideoNode>('Video');

const detail = from(wh.video, ({ id }: VideoNode) => ({ id }));
const collected = from(et.videos, ({ id }: VideoNode) => (et.isAskable(id) ? { video_id: id } : null));
const metrics = from(wh.videoMetrics, ({ id }: VideoNode, { period }: ByPeriod) => ({ id, period }));

/** Of several products nobody says which one it is about. */
const onlyOf = (ids: readonly string[] | null | undefined): string | null | undefined =>
  ids?.length === 1 ? ids[0] : ids && undefined;

type Metrics = DataOf<typeof wh.videoMetrics> & ByPeriod;
const VideoMetrics = builder.objectRef<Metrics>('VideoMetrics').implement({
  description: 'How a video was received in a period.',
  fields: (t) => ({
    period: t.expose('period', { type: VideoPeriod, nullable: false, description: 'The days covered.' }),
    views: t.field({ type: 'SafeInt', description: 'Views.', resolve: (said) => said.views }),
    likes: t.field({ type: 'SafeInt', description: 'Likes.', resolve: (said) => said.likes }),
    comments: t.field({ type: 'SafeInt', description: 'Comments.', resolve: (said) => said.comments }),
    shares: t.field({ type: 'SafeInt', description: 'Shares.', resolve: (said) => said.shares }),
  }),
});

builder.node(Video, {
  description: 'A video on TikTok that promotes a product.',
  id: { resolve: localId },
  fields: (t) => ({
    videoId: t.exposeID('id', {
      nullable: false,
      description: "TikTok's own id, as digits. A string: 19 digits outgrow a double.",
    }),
    caption: t.string({
      description: 'The text beside the video.',
      ...facts(detail('caption'), collected('video_desc')),
    }),
    postedOn: t.field({
      type: 'Date',
      description: 'The day it was posted.',
      ...facts(detail('posted_at'), collected('create_time')),
    }),
    creator: t.field({
      type: Creator,
      description: 'Who made it.',
      ...link('Creator', null, detail('creator_id'), collected('user_id')),
    }),
    product: t.field({
      type: Product,
      description: 'What it promotes.',
      ...link(
        'Product',
        null,
        detail('product_id'),
        collected(({ video_products }) => onlyOf(video_products)),
      ),
    }),
    metrics: t.field({
      type: VideoMetrics,
      description: 'How it was received in a period. One call per video and period.',
      args: {
        period: t.arg({ type: VideoPeriod, required: true, defaultValue: 30, description: 'The days to sum up.' }),
      },
      ...facts(metrics((said, { period }) => ({ ...said, period }))),
    }),
    provenance: provenance(t),
  }),
});

builder.queryField('video', (t) =>
  t.field({
    type: Video,
    description: 'A video by its id.',
    args: { id: t.arg.id({ required: true, description: "The global id, or TikTok's digits." }) },
    resolve: (_, args, { operation }) => operation.node('Video', readId('Video', args.id).id),
  }),
);
