// The world's videos: who posted what about which product, and how often it was watched.

import { captions } from './catalogue.ts';
import type { Creator } from './creators.ts';
import { dates, daysKept } from './history.ts';
import { documented, notable } from './ids.ts';
import { type Random, longId, randomOf } from './random.ts';

export interface Metrics {
  views: number;
  likes: number;
  comments: number;
  shares: number;
}

export interface Video {
  id: string;
  caption: string;
  creatorId: string;
  productId: string;
  country: string;
  postedAt: string;
  metrics: Record<1 | 7 | 30, Metrics>;
}

function metricsFrom(views30: number, postedDay: number, random: Random): Record<1 | 7 | 30, Metrics> {
  const likes = random.between(0.02, 0.09);
  const comments = random.between(0.0008, 0.004);
  const shares = random.between(0.001, 0.008);
  const of = (views: number): Metrics => ({
    views,
    likes: Math.floor(views * likes),
    comments: Math.floor(views * comments),
    shares: Math.floor(views * shares),
  });
  // Whatever was posted this week was watched this week.
  const views7 = postedDay >= daysKept - 7 ? views30 : Math.floor(views30 * random.between(0.08, 0.35));
  return { 1: of(Math.floor(views7 * random.between(0.05, 0.2))), 7: of(views7), 30: of(views30) };
}

function makeVideo(id: string, creator: Creator, first: boolean): Video {
  const random = randomOf(`video ${id}`);
  const { product } = first ? creator.promotions[0]! : random.pick(creator.promotions);
  const postedDay = random.whole(0, daysKept - 2);
  return {
    id,
    caption: random.pick(captions),
    creatorId: creator.id,
    productId: product.id,
    country: creator.country,
    postedAt: dates[postedDay]!,
    metrics: metricsFrom(Math.floor(10 ** random.between(3, 6.6)), postedDay, random),
  };
}

export function makeVideos(creators: Creator[]): Video[] {
  const videos = creators.flatMap((creator) =>
    Array.from({ length: creator.videosCount }, (_, index) => {
      const isDocumented = creator.id === documented.creatorId && index === 0;
      const isMostViewed = creator.id === documented.creatorId && index === 1;
      const id = isDocumented
        ? documented.videoId
        : isMostViewed
          ? notable.mostViewedVideoId
          : longId('7381', `video ${creator.id} ${index}`);
      return makeVideo(id, creator, index === 0);
    }),
  );
  const [example, mostViewed] = videos as [Video, Video];
  example.caption = 'This serum changed my skin';
  example.postedAt = '2024-05-28';
  example.metrics = metricsFrom(1_840_000, dates.indexOf(example.postedAt), randomOf(example.id));
  example.metrics[30] = { views: 1_840_000, likes: 92_400, comments: 3120, shares: 8800 };
  // More views than 32 bits can count.
  mostViewed.postedAt = '2024-06-03';
  mostViewed.metrics = metricsFrom(3_184_000_000, dates.indexOf(mostViewed.postedAt), randomOf(mostViewed.id));
  return videos;
}
