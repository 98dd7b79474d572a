/** The windows that figures are asked for, and what is summed up over them. */
import type { ArgBuilder } from '@pothos/core';
import { builder } from './builder.ts';
import { Money, money } from './values.ts';

export const Period = builder.enumType('Period', {
  description:
    'How far back sales figures reach, in whole days up to the last complete one. Other windows do not exist upstream.',
  values: {
    LAST_1_DAY: { value: 1, description: 'Yesterday.' },
    LAST_7_DAYS: { value: 7, description: 'The last 7 days.' },
    LAST_30_DAYS: { value: 30, description: 'The last 30 days.' },
    LAST_90_DAYS: { value: 90, description: 'The last 90 days.' },
  } as const,
});

export const VideoPeriod = builder.enumType('VideoPeriod', {
  description: 'How far back video metrics reach, in whole days. They know no 90 days.',
  values: {
    LAST_1_DAY: { value: 1, description: 'Yesterday.' },
    LAST_7_DAYS: { value: 7, description: 'The last 7 days.' },
    LAST_30_DAYS: { value: 30, description: 'The last 30 days.' },
  } as const,
});

export interface ByPeriod {
  readonly period: typeof Period.$inferType;
}

/** The `period` argument; `what` says what the days are for. */
export const periodArg = (arg: ArgBuilder<typeof builder.$inferSchemaTypes>, what: string) =>
  arg({ type: Period, required: true, defaultValue: 30, description: `The days ${what}.` });

interface Totals extends ByPeriod {
  readonly revenue?: string | null | undefined;
  readonly sales?: number | null | undefined;
}

export const SalesTotals = builder.interfaceRef<Totals>('SalesTotals').implement({
  description: 'What was sold in a period.',
  fields: (t) => ({
    period: t.expose('period', { type: Period, nullable: false, description: 'The days covered.' }),
    revenue: t.field({ type: Money, description: 'Revenue in the period.', resolve: (said) => money(said.revenue) }),
    sales: t.field({ type: 'SafeInt', description: 'Units sold in the period.', resolve: (said) => said.sales }),
  }),
});
