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

/** Some 600 bytes each: prices are free, and those who ask for them choose the words. */
const REMEMBERED_MAX = 10_000;
const KEY_LENGTH_MAX = 200;
/** Of one endpoint, with the same first parameter, which is nearly always an id. */
const ALIKE_MAX = 8;

interface Remembered extends Question {
  readonly names: readonly string[];
  /** Beside their names. */
  readonly values: readonly unknown[];
}

type Asked = Readonly<Record<string, unknown>>;

/** `rememberedMax`: beyond it, all are forgotten, and come to be known anew. */
export function createQuestions(rememberedMax = REMEMBERED_MAX): QuestionOf {
  const remembered = new Map<Endpoint, Map<unknown, Remembered[]>>();
  let count = 0;

  const remember = (endpoint: Endpoint, first: unknown, question: Remembered): void => {
    if (++count > rememberedMax) {
      remembered.clear();
      count = 1;
    }
    let ofEndpoint = remembered.get(endpoint);
    if (!ofEndpoint) remembered.set(endpoint, (ofEndpoint = new Map<unknown, Remembered[]>()));
    const alike = ofEndpoint.get(first);
    if (!alike) ofEndpoint.set(first, [question]);
    else if (alike.push(question) > ALIKE_MAX) alike.shift();
  };

  return (endpoint, question) => {
    const asked = question as Asked;
    // A loop over names as they stand (`for in`) is compiled anew each time that it meets other names.
    const names = Object.keys(asked);
    const first = asked[names[0]!];
    const alike = remembered.get(endpoint)?.get(first);
    if (alike) for (const each of alike) if (isSame(each, names, asked)) return each;
    const params = Object.freeze(endpoint.params.parse(asked) as object);
    const key = `${endpoint.provider} ${endpoint.name} ${JSON.stringify(params)}`;
    const known = { names, values: names.map((name) => asked[name]), params, key };
    if (key.length <= KEY_LENGTH_MAX && known.values.every(isPlain)) remember(endpoint, first, known);
    return known;
  };
}

/** What is equal as it stands, and stays as it is. */
const isPlain = (value: unknown): boolean => typeof value !== 'object' && typeof value !== 'function';

/** In the same words: in other order they are remembered apart, with the same key. */
function isSame(known: Remembered, names: readonly string[], asked: Asked): boolean {
  if (known.names.length !== names.length) return false;
  for (let index = 0; index < names.length; index++) {
    const name = names[index]!;
    if (known.names[index] !== name || known.values[index] !== asked[name]) return false;
  }
  return true;
}
