// The stand-in for Just One API: TikTok Shop's raw product pages, and JD's raw items, one of whose routes takes its time.

import { jdItems } from './jd-items.ts';
import { jdPage } from './justoneapi-jd.ts';
import { coded, envelope, faulty, turnAway } from './justoneapi-manners.ts';
import { pageReply } from './justoneapi-page.ts';
import { type Outcome, type Params, type Route, charged, free, standIn } from './manners.ts';
import type { Question, Scene, Task } from './provider.ts';
import { randomOf } from './random.ts';
import { html } from './reply.ts';

export { token } from './justoneapi-manners.ts';

const regionsOf: Record<string, readonly string[]> = {
  v1: ['US', 'GB', 'FR', 'SG', 'MY', 'PH', 'TH', 'VN', 'ID'],
  v2: ['FR'],
};

const routes: readonly Route[] = [
  {
    endpoint: 'productDetail',
    path: /^\/api\/tiktok-shop\/get-product-detail\/v[12]$/,
    about: { param: 'productId', ids: (world) => world.products.keys() },
    answer: productDetail,
  },
  {
    endpoint: 'jdItem',
    path: /^\/api\/jd\/get-item-detail\/v[123]$/,
    about: { param: 'itemId', ids: () => jdItems.keys() },
    answer: jdItem,
  },
  { endpoint: 'ping', path: /^\/ping$/, answer: (_params, _scene, question) => free(envelope(0, 'pong', question)) },
];

export const player = standIn({
  name: 'justoneapi',
  prefix: '/justoneapi',
  routes,
  secret: 'token',
  unknownPath: () => html(404, '404 Not Found'),
  turnAway,
  faulty,
});

const isId = (text: string) => /^\d{1,20}$/.test(text);

function productDetail({ productId = '', region }: Params, scene: Scene, question: Question): Outcome {
  const regions = regionsOf[question.path.slice(-2)]!;
  if (!isId(productId) || !regions.includes(region ?? regions[0]!)) return coded(400, question);
  // What a product's id answers in another region than its own is not documented. Here: the same page.
  const product = scene.world.products.get(productId);
  if (!product) return coded(201, question);
  const isCodeText = randomOf(`code ${productId}`).next() < 0.2;
  const { numericIds } = scene.behaviour;
  return charged(envelope(0, pageReply(product, scene.world, question.at), question, { isCodeText, numericIds }));
}

function jdItem({ itemId = '' }: Params, scene: Scene, question: Question): Outcome {
  if (!isId(itemId)) return coded(400, question);
  return question.path.endsWith('v2') ? jdItemByTask(itemId, scene, question) : jdItemNow(itemId, question);
}

function jdItemNow(itemId: string, question: Question): Outcome {
  const item = jdItems.get(itemId);
  return item ? charged(envelope(0, jdPage(item), question)) : coded(201, question);
}

/** How long a finished task's result is kept is not documented. */
const taskKeptMs = 3_600_000;

/** The first call buys a task; it and those that follow are told to wait, until the task is done. */
function jdItemByTask(itemId: string, { tasks, behaviour }: Scene, question: Question): Outcome {
  if (behaviour.jdInstructs) return charged(envelope(0, null, question, { message: instruction }));
  const kept = tasks.get(itemId);
  const isUnderWay = kept !== undefined && question.at - kept.submittedAt < taskKeptMs;
  const task: Task = isUnderWay ? kept : { submittedAt: question.at, pendingAnswers: 0 };
  tasks.set(itemId, task);
  const isDone = task.pendingAnswers >= behaviour.jdPendingPolls;
  if (!isDone) task.pendingAnswers++;
  const { reply } = isDone ? jdItemNow(itemId, question) : { reply: envelope(202, { status: 'pending' }, question) };
  return isUnderWay ? free(reply) : charged(reply);
}

const instruction =
  'Direct calls do not return data. Submit and download tasks on the Task Management page of the dashboard.';
