/** What an operation would cost, and why, as types. */
import type { Verdict } from '../dry-run.ts';
import { builder } from './builder.ts';
import { Provider } from './credits.ts';

const CostRange = builder.objectRef<Verdict['calls']>('CostRange').implement({
  description: 'From the least to the most. The most holds while nobody fails.',
  fields: (t) => ({
    min: t.expose('min', { type: 'SafeInt', nullable: false, description: 'At least.' }),
    max: t.expose('max', { type: 'SafeInt', nullable: false, description: 'At most.' }),
  }),
});

const CostSum = builder.objectRef<Verdict['likely']>('CostSum').implement({
  description: 'Calls and what they cost.',
  fields: (t) => ({
    calls: t.expose('calls', { type: 'SafeInt', nullable: false, description: 'Sent to providers.' }),
    credits: t.expose('credits', { type: 'SafeInt', nullable: false, description: 'What they cost.' }),
  }),
});

const ProviderCostRange = builder.objectRef<Verdict['providers'][number]>('ProviderCostRange').implement({
  description: 'What an operation would cost at one provider.',
  fields: (t) => ({
    provider: t.expose('provider', { type: Provider, nullable: false, description: 'The provider.' }),
    calls: t.expose('calls', { type: CostRange, nullable: false, description: 'Sent to it.' }),
    credits: t.expose('credits', { type: CostRange, nullable: false, description: 'What they cost.' }),
  }),
});

const CacheState = builder.objectRef<Step['cache']>('CostStepCache').implement({
  description: 'How it stands now with the questions of a step that are known already.',
  fields: (t) => ({
    held: t.expose('held', { type: 'SafeInt', nullable: false, description: 'Answered from a fresh earlier answer.' }),
    coming: t.expose('coming', { type: 'SafeInt', nullable: false, description: 'Being asked just now by others.' }),
    absent: t.expose('absent', { type: 'SafeInt', nullable: false, description: 'To be asked if they are needed.' }),
  }),
});

type Step = Verdict['steps'][number];
const CostStep = builder.objectRef<Step>('CostStep').implement({
  description: 'Calls of one endpoint for the same fields, wherever these stand, that wait for the same steps.',
  fields: (t) => ({
    number: t.exposeInt('number', { nullable: false, description: 'From 1.' }),
    provider: t.expose('provider', { type: Provider, nullable: false, description: 'Who is asked.' }),
    endpoint: t.exposeString('endpoint', { nullable: false, description: 'On which of its routes.' }),
    paths: t.exposeStringList('paths', {
      nullable: { list: false, items: false },
      description: 'Where the objects stand that it is asked about: response names; empty for the operation itself.',
    }),
    fields: t.exposeStringList('fields', {
      nullable: { list: false, items: false },
      description: 'The fields there that it could tell.',
    }),
    dependsOn: t.exposeIntList('dependsOn', {
      nullable: { list: false, items: false },
      description: 'The numbers of the steps that say which objects there are.',
    }),
    calls: t.expose('calls', { type: CostRange, nullable: false, description: 'Sent to it.' }),
    credits: t.expose('credits', { type: CostRange, nullable: false, description: 'What they cost.' }),
    likely: t.expose('likely', { type: CostSum, nullable: false, description: 'In the regular course of things.' }),
    cache: t.expose('cache', { type: CacheState, nullable: false, description: 'What is held now.' }),
  }),
});

type FanOut = Verdict['fanOuts'][number];
const FanOutField = builder.objectRef<FanOut['fields'][number]>('FanOutField').implement({
  description: 'A field that causes a fan-out.',
  fields: (t) => ({
    name: t.exposeString('name', { nullable: false, description: 'Its name.' }),
    credits: t.expose('credits', {
      type: 'SafeInt',
      nullable: false,
      description: 'What leaving out this one alone would save: 0 where another field needs the same calls.',
    }),
  }),
});

const CostFanOut = builder.objectRef<FanOut>('CostFanOut').implement({
  description: 'Calls about each of several objects at one place, often called N+1. In the regular course of things.',
  fields: (t) => ({
    paths: t.exposeStringList('paths', {
      nullable: { list: false, items: false },
      description: 'Where the objects stand.',
    }),
    provider: t.expose('provider', { type: Provider, nullable: false, description: 'Who is asked.' }),
    endpoint: t.exposeString('endpoint', { nullable: false, description: 'On which of its routes.' }),
    objects: t.expose('objects', { type: 'SafeInt', nullable: false, description: 'How many there are.' }),
    calls: t.expose('calls', { type: 'SafeInt', nullable: false, description: 'Sent to it.' }),
    credits: t.expose('credits', { type: 'SafeInt', nullable: false, description: 'What they cost.' }),
    fields: t.expose('fields', {
      type: [FanOutField],
      nullable: { list: false, items: false },
      description: 'The fields that cause it, each with its price.',
    }),
  }),
});

type Choice = Verdict['choices'][number];
type Source = Choice['sets'][number]['sources'][number];
const CostSource = builder.objectRef<Source>('CostSource').implement({
  description: "One of a provider's routes.",
  fields: (t) => ({
    provider: t.expose('provider', { type: Provider, nullable: false, description: 'The provider.' }),
    endpoint: t.exposeString('endpoint', { nullable: false, description: 'The route.' }),
  }),
});

const CostFact = builder.objectRef<Choice['facts'][number]>('CostFact').implement({
  description: 'A fact that has to be bought.',
  fields: (t) => ({
    field: t.exposeString('field', { nullable: false, description: "The field's name." }),
    toldBy: t.expose('toldBy', {
      type: [CostSource],
      nullable: { list: false, items: false },
      description: 'Who could tell it.',
    }),
  }),
});

const CallSet = builder.objectRef<Choice['sets'][number]>('CostCallSet').implement({
  description: 'Calls that together tell all the facts, and none of which can be left out.',
  fields: (t) => ({
    sources: t.expose('sources', {
      type: [CostSource],
      nullable: { list: false, items: false },
      description: 'Who is asked.',
    }),
    calls: t.expose('calls', { type: 'SafeInt', nullable: false, description: 'About all the nodes.' }),
    credits: t.expose('credits', { type: 'SafeInt', nullable: false, description: 'What they cost.' }),
  }),
});

const CostChoice = builder.objectRef<Choice>('CostChoice').implement({
  description: 'Nodes that want the same, and who could tell it: the proof that nothing cheaper would do.',
  fields: (t) => ({
    type: t.exposeString('type', { nullable: false, description: 'What kind of nodes.' }),
    paths: t.exposeStringList('paths', {
      nullable: { list: false, items: false },
      description: 'Where they stand.',
    }),
    nodes: t.expose('nodes', { type: 'SafeInt', nullable: false, description: 'How many.' }),
    facts: t.expose('facts', {
      type: [CostFact],
      nullable: { list: false, items: false },
      description: 'What is wanted of them.',
    }),
    sets: t.expose('sets', {
      type: [CallSet],
      nullable: { list: false, items: false },
      description: 'Every set of calls that tells it, the cheapest first: that one is chosen.',
    }),
  }),
});

const CostBudget = builder.objectRef<Verdict['budget']>('CostBudget').implement({
  description: 'Whether an operation would be stopped, for want of credits or because it is refused.',
  fields: (t) => ({
    limit: t.expose('limit', { type: 'SafeInt', nullable: false, description: 'Credits that it may spend.' }),
    stops: t.exposeStringList('stops', {
      nullable: { list: false, items: false },
      description: 'Why it surely would be stopped. Empty: it may run.',
    }),
    mayStop: t.exposeStringList('mayStop', {
      nullable: { list: false, items: false },
      description: 'Why it might be stopped, if it comes to more than the least.',
    }),
  }),
});

export const CostPreview = builder.objectRef<Verdict>('CostPreview').implement({
  description:
    'What an operation would cost if it were run now, given what is held. The same as `extensions.cost.estimated` of a request with `x-shopgraph-dry-run: 1`. Retries of calls that fail are not in it.',
  fields: (t) => ({
    calls: t.expose('calls', { type: CostRange, nullable: false, description: 'Sent to providers.' }),
    credits: t.expose('credits', { type: CostRange, nullable: false, description: 'What they cost.' }),
    likely: t.expose('likely', {
      type: CostSum,
      nullable: false,
      description:
        'In the regular course of things: lists are full, rows say what their list can say, and whoever is asked tells.',
    }),
    providers: t.expose('providers', {
      type: [ProviderCostRange],
      nullable: { list: false, items: false },
      description: 'For each provider that may be called.',
    }),
    budget: t.expose('budget', { type: CostBudget, nullable: false, description: 'Whether it would be stopped.' }),
    steps: t.expose('steps', {
      type: [CostStep],
      nullable: { list: false, items: false },
      description: 'Who is asked for what.',
    }),
    fanOuts: t.expose('fanOuts', {
      type: [CostFanOut],
      nullable: { list: false, items: false },
      description: 'The steps that ask about each of several objects.',
    }),
    choices: t.expose('choices', {
      type: [CostChoice],
      nullable: { list: false, items: false },
      description: 'Why nothing cheaper would do.',
    }),
  }),
});
