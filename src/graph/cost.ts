/** What the operation costs, as fields: gateways drop what stands beside the data. */
import type { Receipt } from '../plan/receipt.ts';
import type { ProviderName } from '../providers/provider.ts';
import { builder } from './builder.ts';
import { Provider } from './credits.ts';

const ProviderCost = builder.objectRef<{ provider: ProviderName; credits: number }>('ProviderCost').implement({
  description: 'What an operation costs at one provider.',
  fields: (t) => ({
    provider: t.expose('provider', { type: Provider, nullable: false, description: 'The provider.' }),
    credits: t.expose('credits', {
      type: 'SafeInt',
      nullable: false,
      description: 'Credits charged; for calls still under way, what they may be charged.',
    }),
  }),
});

const AvoidedCalls = builder.objectRef<Receipt['avoided']>('AvoidedCalls').implement({
  description: 'Calls that the operation did not have to make.',
  fields: (t) => ({
    cache: t.expose('cache', {
      type: 'SafeInt',
      nullable: false,
      description: 'Answered from a fresh earlier answer.',
    }),
    coalesced: t.expose('coalesced', {
      type: 'SafeInt',
      nullable: false,
      description: 'Shared with the same question, asked at the same time.',
    }),
    row: t.expose('row', { type: 'SafeInt', nullable: false, description: 'Not needed, since a list had said it.' }),
  }),
});

const OperationBudget = builder.objectRef<Receipt['budget']>('OperationBudget').implement({
  description: 'What the operation may spend: the smaller of `x-max-credits` and what the server allows.',
  fields: (t) => ({
    limit: t.expose('limit', { type: 'SafeInt', nullable: false, description: 'In credits.' }),
    remaining: t.expose('remaining', { type: 'SafeInt', nullable: false, description: 'Credits not spent.' }),
    missing: t.expose('missing', {
      type: 'SafeInt',
      nullable: false,
      description: 'Credits of the calls that did not fit: completing the answer takes at least these, too.',
    }),
  }),
});

const OperationCost = builder.objectRef<Receipt>('OperationCost').implement({
  description: 'What an operation costs. The same as `extensions.cost`.',
  fields: (t) => ({
    calls: t.expose('calls', { type: 'SafeInt', nullable: false, description: 'Sent to providers, each attempt.' }),
    credits: t.field({
      type: [ProviderCost],
      nullable: false,
      description: 'For each provider that was called.',
      resolve: ({ credits }) =>
        Object.entries(credits).map(([provider, spent]) => ({ provider: provider as ProviderName, credits: spent })),
    }),
    avoided: t.expose('avoided', { type: AvoidedCalls, nullable: false, description: 'Calls not made, by reason.' }),
    stale: t.expose('stale', {
      type: 'SafeInt',
      nullable: false,
      description: 'Answers past their time that were given, since asking anew failed or is under way.',
    }),
    retries: t.expose('retries', { type: 'SafeInt', nullable: false, description: 'Attempts beyond the first.' }),
    queuedMs: t.expose('queuedMs', {
      type: 'SafeInt',
      nullable: false,
      description: 'The longest that a call stood in line for the limits of a provider, in ms.',
    }),
    budget: t.expose('budget', { type: OperationBudget, nullable: false, description: 'What it may spend.' }),
  }),
});

builder.queryField('cost', (t) =>
  t.field({
    type: OperationCost,
    nullable: false,
    description: 'What this operation costs. Answered last, when all else has been. Costs nothing.',
    resolve: async (_root, _args, { quiet, receipt }) => {
      await quiet();
      return receipt();
    },
  }),
);
