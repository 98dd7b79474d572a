/** What operations cost cold and warm, before they are run: for people and for tests. */
import { executableOf, mistakesIn, readDocument } from './documents.ts';
import { schema } from './graph/schema.ts';
import { pathName } from './plan/analysis.ts';
import { estimate } from './plan/price/estimate.ts';
import type { Endpoint } from './providers/provider.ts';

/** Rows of a page, as configured unless somebody says otherwise. */
const PAGE_ROWS = 50;

export interface Price {
  readonly calls: number;
  readonly credits: number;
  /** Asked again while the answers are fresh. */
  readonly warm: { readonly calls: number; readonly credits: number };
  readonly steps: readonly PricedStep[];
}

/** Calls of one endpoint for the objects at one place. */
export interface PricedStep {
  /** Response names, joined by dots; empty for the operation itself. */
  readonly path: string;
  /** Its provider and its name. */
  readonly endpoint: string;
  /** The fields that the calls are made for. */
  readonly fields: readonly string[];
  /** Of objects there. */
  readonly count: number;
  readonly calls: number;
  readonly credits: number;
}

/** By the operation's name; throws what is wrong with the document. `first`: in place of each that it has. */
export function priceOf(text: string, options: { readonly first?: number } = {}): readonly [string, Price] {
  const document = readDocument(text);
  const [wrong] = mistakesIn(schema, document);
  if (wrong) throw wrong;
  const asked = executableOf(schema, document);
  if ('errors' in asked) throw new Error(asked.errors.map(({ message }) => message).join('\n'));
  const { credits, steps } = estimate(asked.executable, {
    ...options,
    isAskable: () => true,
    pageMax: () => PAGE_ROWS,
  });
  const told = steps.map(({ places, endpoint, fields, count, ...price }): PricedStep => ({
    path: pathName(places[0]),
    endpoint: `${endpoint.provider} ${endpoint.name}`,
    fields,
    count,
    calls: price.calls,
    credits: price.credits,
  }));
  const again = steps.filter(({ endpoint }) => !isKept(endpoint));
  const calls = (some: typeof steps) => some.reduce((sum, step) => sum + step.calls, 0);
  const warm = { calls: calls(again), credits: again.reduce((sum, step) => sum + step.credits, 0) };
  const name = asked.executable.operation.name?.value ?? 'anonymous';
  return [name, { calls: calls(steps), credits, warm, steps: told }];
}

/** Whether its answers are reused at all. */
const isKept = ({ ttlMs }: Endpoint): boolean => ttlMs !== 0;

/** A call for each of several objects: what is often called N+1. */
export const isFanOut = ({ count, calls }: PricedStep): boolean => count > 1 && calls > 1;

/** One sentence for each endpoint that is asked for more at a place than before, with the fields to blame. */
export function rises(pinned: Price, now: Price): string[] {
  const before = byPlace(pinned.steps);
  return [...byPlace(now.steps)].flatMap(([place, step]) => {
    const known = before.get(place);
    const more = step.credits - (known?.credits ?? 0);
    if (more <= 0) return [];
    const added = step.fields.filter((field) => !known?.fields.includes(field));
    const blamed = (added.length > 0 ? added : step.fields).map((field) =>
      [step.path, field].filter(Boolean).join('.'),
    );
    const each = isFanOut(step) ? `, a call for each of ${step.count}` : '';
    return [`${blamed.join(' and ')} costs ${more} credits more: ${step.calls} calls of ${step.endpoint}${each}`];
  });
}

/** Several questions of one endpoint at a place, as two periods are, as one. */
function byPlace(steps: readonly PricedStep[]): Map<string, PricedStep> {
  const places = new Map<string, PricedStep>();
  for (const step of steps) {
    const place = `${step.path} ${step.endpoint}`;
    const { fields = [], calls = 0, credits = 0 } = places.get(place) ?? {};
    const together = { fields: [...new Set([...fields, ...step.fields])], calls: calls + step.calls };
    places.set(place, { ...step, ...together, credits: credits + step.credits });
  }
  return places;
}
