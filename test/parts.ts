/** Reads an answer that comes in parts, or as events; and puts its parts together as clients do. */
import type { GraphError, Served } from './serve.ts';

export interface Part {
  readonly data?: unknown;
  readonly errors?: readonly GraphError[];
  readonly hasNext?: boolean;
  readonly incremental?: readonly Patch[];
  readonly extensions?: { readonly cost: { readonly calls: number; readonly credits: Record<string, number> } };
}

interface Patch {
  readonly data?: object | null;
  readonly items?: readonly unknown[] | null;
  readonly path?: readonly (string | number)[];
  readonly label?: string;
  readonly errors?: readonly GraphError[];
}

interface Asking {
  readonly variables?: object;
  readonly headers?: Readonly<Record<string, string>>;
  /** By it the server chooses between the two. */
  readonly accept?: 'multipart/mixed' | 'text/event-stream';
  readonly signal?: AbortSignal;
}

/** Each as it arrives. */
export async function* partsOf(
  { origin }: Pick<Served, 'origin'>,
  document: unknown,
  { variables, headers, accept = 'multipart/mixed', signal }: Asking = {},
): AsyncGenerator<Part> {
  const response = await fetch(`${origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept, ...headers },
    body: JSON.stringify({ query: String(document), variables }),
    ...(signal && { signal }),
  });
  const type = response.headers.get('content-type') ?? '';
  if (type.includes('json')) {
    yield (await response.json()) as Part;
    return;
  }
  // A part of the one begins at a JSON object and ends with its line; so does the data of an event.
  const wanted = type.startsWith('multipart/') ? /^(\{.*\})\r$/ : /^data: (\{.*\})$/;
  let rest = '';
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop()!;
    for (const line of lines) {
      const text = wanted.exec(line)?.[1];
      if (text !== undefined) yield JSON.parse(text) as Part;
    }
  }
}

/** The whole answer that the parts make. */
export function together(parts: readonly Part[]): { data: unknown; errors: GraphError[] } {
  const errors: GraphError[] = [];
  const whole: { data: unknown } = { data: undefined };
  for (const part of parts) {
    if ('data' in part) whole.data = structuredClone(part.data);
    errors.push(...(part.errors ?? []));
    for (const patch of part.incremental ?? []) {
      errors.push(...(patch.errors ?? []));
      apply(whole, structuredClone(patch));
    }
  }
  return { data: whole.data, errors };
}

function apply(whole: { data: unknown }, { path = [], data, items }: Patch): void {
  const at = (keys: readonly (string | number)[]) =>
    keys.reduce<unknown>((below, key) => (below as Record<string | number, unknown>)[key], whole.data);
  if (items) {
    const list = at(path.slice(0, -1)) as unknown[];
    items.forEach((item, index) => (list[Number(path.at(-1)) + index] = item));
  } else if (data) {
    merge(at(path) as Record<string, unknown>, data as Record<string, unknown>);
  }
}

function merge(into: Record<string, unknown>, from: Record<string, unknown>): void {
  for (const [key, value] of Object.entries(from)) {
    const there = into[key];
    if (isObject(there) && isObject(value)) merge(there, value);
    else into[key] = value;
  }
}

/** Lists are merged item by item, as objects are key by key. */
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
