/** Resolving without asking: what a request would cost, told by its own resolvers over what is held. */
import type { RequestContext } from './context.ts';
import { limits as sizes } from './limits.ts';
import type { Load } from './loaders.ts';
import type { Document } from './plan/analysis.ts';
import { createConnect } from './plan/connection.ts';
import { nobody } from './plan/explanation.ts';
import { createListing } from './plan/listing.ts';
import { createNodes } from './plan/node.ts';
import type { PageSizes } from './plan/page-sizes.ts';
import { createAtWorst } from './plan/price/at-worst.ts';
import type { DryWorld } from './plan/price/dry-resolve.ts';
import { createEstimator, type Prices } from './plan/price/estimate.ts';
import type { Preview } from './plan/price/preview-report.ts';
import { preview } from './plan/price/preview.ts';
import { createWalk } from './plan/walk-connection.ts';
import type { Endpoint } from './providers/provider.ts';
import type { Balance } from './upstream/accounts.ts';

export interface Verdict extends Omit<Preview, 'refusal'> {
  readonly budget: Budget;
}

/** Whether it would be stopped, for want of credits or because it is refused. */
export interface Budget {
  /** Credits that the operation may spend. */
  readonly limit: number;
  /** Why it surely would: sentences. */
  readonly stops: readonly string[];
  /** Why it might, if it comes to more than the least. */
  readonly mayStop: readonly string[];
}

interface Options {
  readonly document: Document;
  /** Of the request that wants to know. */
  readonly context: RequestContext;
  readonly prices: Prices;
  readonly pageSizes: (endpoint: Endpoint) => PageSizes;
  readonly pollCredits: number;
}

/** What fails is not held, and one error says so of everything. */
const missing = new Error('not held');

export async function dryRun({ document, context, prices, pageSizes, pollCredits }: Options): Promise<Verdict> {
  const { load } = context;
  const node = createNodes();

  // What pages in hand teach of their sizes is for those who have asked for them.
  const copies = new Map<Endpoint, PageSizes>();
  const sizesOf = (endpoint: Endpoint) => {
    const known = copies.get(endpoint) ?? pageSizes(endpoint).copy();
    copies.set(endpoint, known);
    return known;
  };

  const operation = { ...context.operation, ...dryOperation, node };
  const listing = createListing(operation);
  const contextOf: DryWorld['contextOf'] = (looked) => {
    const dryLoad = dry(load, looked);
    // Few fields are lists. (A getter would give each context a hidden class of its own, which outlives it by far.)
    const connect = () => createConnect(dryLoad, sizesOf, listing);
    const walk = () => createWalk(dryLoad, listing);
    return {
      ...context,
      told: nobody,
      load: dryLoad,
      operation,
      connect: (list, forward, info) => connect()(list, forward, info),
      walk: {
        connect: (list, forward, info) => walk().connect(list, forward, info),
        firstPage: (list, path) => walk().firstPage(list, path),
      },
    } satisfies RequestContext;
  };
  const unheard = contextOf(() => undefined);
  const contextOfFact: DryWorld['contextOfFact'] = (fact) => ({ ...unheard, operation: { ...operation, fact } });
  const atWorst = createAtWorst(pageSizes, pollCredits);
  const regular = createEstimator(document, prices);
  const worst = createEstimator(document, { ...prices, atWorst });
  const previewed = await preview(document, {
    load,
    world: { contextOf, contextOfFact, missing },
    regular,
    worst,
    atWorst,
  });
  const { refusal, ...verdict } = previewed;
  const budget = await budgetOf(previewed, document, context);
  return { ...verdict, budget: refusal === null ? budget : { ...budget, stops: [refusal, ...budget.stops] } };
}

async function budgetOf({ credits, providers }: Preview, document: Document, context: RequestContext): Promise<Budget> {
  const { limits, asking } = context;
  const maySee = asking.caller.scopes.has('credits');
  const [balance, standings] = await Promise.all([context.balance(), context.standings()]);
  const ofKey = left(balance);
  const budgets = [
    { left: asking.maxCredits, of: credits, says: `This request may spend ${asking.maxCredits} credits.` },
    { left: ofKey, of: credits, says: `Of its month the key has ${ofKey} credits left.` },
    ...standings.map(({ provider, balance }) => ({
      // Whoever may not see what is left could find it by asking about dearer and dearer operations.
      left: maySee || left(balance) === 0 ? left(balance) : Infinity,
      of: providers.find((each) => each.provider === provider)?.credits ?? { min: 0, max: 0 },
      says: `This server has too few credits left with ${provider}.`,
    })),
  ];
  const { credits: estimated, parts } = context.coldPrice(document);
  const tooDear = `It is estimated at ${estimated} credits whatever is held, and one operation may take ${limits.creditsMax}.`;

  return {
    limit: asking.maxCredits,
    stops: [
      ...(estimated > limits.creditsMax ? [tooDear] : []),
      ...(parts > sizes.parts ? [`The answer would come in ${parts} parts, and may in ${sizes.parts}.`] : []),
      ...budgets.filter((each) => each.of.min > each.left).map(({ says }) => says),
    ],
    mayStop: budgets.filter((each) => each.of.min <= each.left && each.of.max > each.left).map(({ says }) => says),
  };
}

const left = ({ limit, used }: Balance): number => Math.max(0, limit - used);

/** Nobody stands anywhere, and nobody is waited for. */
const dryOperation = {
  stand: () => undefined,
  fact: () => undefined,
  listing: <Answer>(_list: unknown, _info: unknown, asked: () => Promise<Answer>) => asked(),
  once: <Answer>(asked: Promise<Answer>) => asked,
  provenance: () => Promise.resolve([]),
};

/** Answers what is held, as the loader would that it stands for. */
function dry(load: Load, looked: Parameters<DryWorld['contextOf']>[0]): Load {
  const answer = async (endpoint: Endpoint, params: object) => {
    const refusal = load.refusal(endpoint);
    if (refusal) throw refusal;
    const looks = load.look(endpoint, [params]);
    const [look] = looks instanceof Promise ? await looks : looks;
    looked(look!, endpoint);
    if (!look!.held) throw missing;
    return look!.held;
  };
  return Object.assign(answer, load, { within: answer });
}
