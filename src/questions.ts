/** What endpoints are asked. The same questions come over and over, from all requests: each is checked and given its key once. */
import type { Endpoint } from './providers/provider.ts';

export interface Question {
  /** As the provider is asked: parsed by the endpoint's schema, with its defaults. Frozen, since all who ask it share it. */
  readonly params: object;
  /** Equal for equal questions, whoever asks. */
  readonly key: string;
}

/** Throws what the endpoint's schema finds wrong. */
export type QuestionOf = (endpoint: Endpoint, asked: object) => Question;

/** Some 300 bytes each. */
const REMEMBERED_MAX = 20_000;
/** Of one endpoint, with the same first parameter, which is nearly always an id. */
const ALIKE_MAX = 8;

interface Remembered extends Question {
  readonly asked: object;
}

/** `rememberedMax`: beyond it, all are forgotten, and come to be known anew. */
export function createQuestions(rememberedMax = REMEMBERED_MAX): QuestionOf {
  const remembered = new Map<Endpoint, Map<unknown, Remembered[]>>();
  let count = 0;

  const remember = (endpoint: Endpoint, question: Remembered): void => {
    if (++count > rememberedMax) {
      remembered.clear();
      count = 1;
    }
    let ofEndpoint = remembered.get(endpoint);
    if (!ofEndpoint) remembered.set(endpoint, (ofEndpoint = new Map<unknown, Remembered[]>()));
    const first = firstOf(question.asked);
    const alike = ofEndpoint.get(first);
    if (!alike) ofEndpoint.set(first, [question]);
    else if (alike.push(question) > ALIKE_MAX) alike.shift();
  };

  return (endpoint, asked) => {
    const alike = remembered.get(endpoint)?.get(firstOf(asked));
    if (alike) for (const question of alike) if (isSame(question.asked, asked)) return question;
    const params = Object.freeze(endpoint.params.parse(asked) as object);
    const key = `${endpoint.provider} ${endpoint.name} ${JSON.stringify(params)}`;
    const question = { asked: { ...asked }, params, key };
    if (Object.values(asked).every(isPlain)) remember(endpoint, question);
    return question;
  };
}

/** What is equal as it stands, and stays as it is. */
const isPlain = (value: unknown): boolean => typeof value !== 'object' && typeof value !== 'function';

function firstOf(asked: object): unknown {
  for (const name in asked) return (asked as Record<string, unknown>)[name];
  return undefined;
}

function isSame(one: object, other: object): boolean {
  const ours = one as Record<string, unknown>;
  const theirs = other as Record<string, unknown>;
  for (const name in ours) if (ours[name] !== theirs[name]) return false;
  for (const name in theirs) if (!(name in ours)) return false;
  return true;
}
