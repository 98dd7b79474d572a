/** Who asks, and what is left of the caller's and the providers' credits. */
import type { Standing } from '../context.ts';
import { ShopgraphError } from '../errors.ts';
import { builder } from './builder.ts';
import { ValueBasis } from './values.ts';

export const Provider = builder.enumType('Provider', {
  description: 'A third party that is asked.',
  values: {
    WINNING_HUNTER: { description: 'WinningHunter: shops, products, creators and videos of TikTok Shop.' },
    JUST_ONE_API: { description: 'Just One API: product pages of TikTok Shop and of JD.com.' },
    SOCIAL_FETCH: { description: 'SocialFetch: public store pages of TikTok Shop.' },
    ECHOTIK: { description: 'EchoTik: products, creators and videos of TikTok Shop, ten in one call.' },
  },
});

const ProviderHealth = builder.enumType('ProviderHealth', {
  description: 'Whether a provider is asked.',
  values: {
    UP: { description: 'It is asked.' },
    OPEN_CIRCUIT: { description: 'It has been failing and is left alone for a while.' },
    EXHAUSTED: { description: 'It says that our credits are used up: not asked until they return.' },
    REFUSED: { description: 'It refused our key: not asked until the server starts anew.' },
  } as const,
});

const healthOf = { closed: 'UP', failing: 'OPEN_CIRCUIT', exhausted: 'EXHAUSTED', refused: 'REFUSED' } as const;

const CreditWindow = builder.enumType('CreditWindow', {
  description: 'When used credits return.',
  values: { MONTH: { description: 'With each calendar month, UTC.' } },
});

type Balance = Standing['balance'];
/** Null: without limit. */
const finite = (credits: number) => (Number.isFinite(credits) ? credits : null);
const remainingOf = ({ limit, used }: Balance) => finite(Math.max(0, limit - used));

const Credits = builder.interfaceRef<{ balance: Balance }>('Credits').implement({
  description: 'An account of credits, as the ledger has it.',
  fields: (t) => ({
    limit: t.field({
      type: 'SafeInt',
      description: 'Credits per window; null: without limit.',
      resolve: ({ balance }) => finite(balance.limit),
    }),
    used: t.field({
      type: 'SafeInt',
      nullable: false,
      description: 'Charged in this window, and what may be charged for calls that have been sent.',
      resolve: ({ balance }) => balance.used,
    }),
    reserved: t.field({
      type: 'SafeInt',
      nullable: false,
      description: 'Of the used: sent and not settled yet, or lost with a process that was killed.',
      resolve: ({ balance }) => balance.unsettled,
    }),
    remaining: t.field({
      type: 'SafeInt',
      description: 'What is left; null: without limit.',
      resolve: ({ balance }) => remainingOf(balance),
    }),
    resetsAt: t.field({
      type: 'DateTime',
      nullable: false,
      description: 'When the window ends.',
      resolve: ({ balance }) => new Date(balance.resetsAt),
    }),
  }),
});

const CallerCredits = builder.objectRef<{ balance: Balance }>('CallerCredits').implement({
  description: "A caller's credits in this calendar month, UTC.",
  interfaces: [Credits],
});

const Viewer = builder.objectRef<{ name: string; scopes: readonly string[]; balance: Balance }>('Viewer').implement({
  description: 'Who asks.',
  fields: (t) => ({
    name: t.exposeString('name', { nullable: false, description: 'The name that the key belongs to.' }),
    scopes: t.exposeStringList('scopes', { nullable: false, description: 'What the key allows.' }),
    credits: t.field({
      type: CallerCredits,
      nullable: false,
      description: 'What the caller may spend.',
      resolve: ({ balance }) => ({ balance }),
    }),
  }),
});

const ProviderCredits = builder.objectRef<Standing>('ProviderCredits').implement({
  description: 'Our account with a provider, and whether the provider is asked.',
  interfaces: [Credits],
  fields: (t) => ({
    provider: t.expose('provider', { type: Provider, nullable: false, description: 'The provider.' }),
    window: t.field({
      type: CreditWindow,
      nullable: false,
      description: 'When used credits return.',
      resolve: () => 'MONTH' as const,
    }),
    remainingBasis: t.field({
      type: ValueBasis,
      nullable: false,
      description: 'REPORTED where the provider has told its own count since the server started, else INFERRED.',
      resolve: ({ isReported }) => (isReported ? ('REPORTED' as const) : ('INFERRED' as const)),
    }),
    health: t.field({
      type: ProviderHealth,
      nullable: false,
      description: 'Whether it is asked.',
      resolve: ({ state }) => healthOf[state],
    }),
  }),
});

builder.queryField('viewer', (t) =>
  t.field({
    type: Viewer,
    nullable: false,
    description: 'Who asks, and what they may still spend. Costs nothing.',
    resolve: async (_root, _args, { asking: { caller }, balance }) => ({
      name: caller.name,
      scopes: [...caller.scopes],
      balance: await balance(),
    }),
  }),
);

builder.queryField('providerCredits', (t) =>
  t.field({
    type: [ProviderCredits],
    description: "The providers' accounts. Takes the scope `credits`; costs nothing and asks no provider.",
    resolve: (_root, _args, { asking: { caller }, standings }) => {
      if (caller.scopes.has('credits')) return standings();
      throw new ShopgraphError('FORBIDDEN', { says: 'This key does not have the scope `credits`.' });
    },
  }),
);
