/** What JD's task-backed route says where it has no item; none of it is documented by more than a word. */
import { isItem } from './jd-item.ts';
import { isNode, shallowest, unwrapped } from './raw.ts';

interface Said {
  readonly data?: unknown;
  readonly message?: unknown;
}

/** How to have it collected by hand: as the message, the data, or a text in small data. */
export function isInstruction({ data, message }: Said): boolean {
  const parts = partsOf(data);
  return parts !== null && [message, ...parts.map(([, said]) => said)].some((said) => isText(said, instruction));
}

/** That it is being collected: as the state of a task, or as the message where there are no data. */
export function isPending({ data, message }: Said): boolean {
  const parts = partsOf(data);
  if (parts === null) return false;
  if (parts.some(([key, said]) => state.test(key) && isText(said, underWay))) return true;
  return parts.every(([, said]) => said === null || said === '') && isText(message, underWay);
}

/** The values of small data, two levels deep. Null: more than that, which has another meaning. */
function partsOf(sent: unknown): [key: string, said: unknown][] | null {
  const data = unwrapped(sent);
  if (!isNode(data)) return [['', data]];
  const parts = Object.entries(data).flatMap(([key, said]): [string, unknown][] =>
    isNode(said) ? Object.entries(said) : [[key, said]],
  );
  return parts.length > PARTS_MAX || shallowest(data, isItem).length > 0 ? null : parts;
}

const isText = (said: unknown, wording: RegExp): boolean => typeof said === 'string' && wording.test(said);

const PARTS_MAX = 16;
const instruction = /task.?management|task-records|dashboard|任务管理|控制台/i;
const state = /^(?:task_?)?(?:status|state)$/i;
const underWay = /pending|processing|in.?progress|collecting|running|queued|submitted|waiting|处理中|采集中|排队|等待/i;
