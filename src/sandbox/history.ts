// Daily sales and revenue of a product: 90 days that end on the world's fixed last day, and their sums over a period.

import { apportion, randomOf } from './random.ts';

export const daysKept = 90;
export const lastDay = '2024-06-30';

/** The 90 dates, oldest first: 2024-04-02 .. 2024-06-30. */
export const dates: readonly string[] = Array.from({ length: daysKept }, (_, day) =>
  new Date(Date.parse(lastDay) - (daysKept - 1 - day) * 86_400_000).toISOString().slice(0, 10),
);

export interface History {
  /** The first day with figures, counted from the oldest: above 0 for a product that was launched later. */
  firstDay: number;
  sales: number[];
  /** Whole cents, so that sums are exact. */
  revenueCents: number[];
}

export interface Figures {
  sales: number;
  revenueCents: number;
}

/** Days of a product that sells about `unitsPerDay`: a weekly rhythm, a slow trend, and a discount now and then. */
export function historyOf(id: string, unitsPerDay: number, priceCents: number, firstDay = 0): History {
  const random = randomOf(`history ${id}`);
  const trend = random.between(-0.35, 0.35);
  const history: History = { firstDay, sales: [], revenueCents: [] };
  for (let day = 0; day < daysKept; day++) {
    const rhythm = day % 7 >= 4 ? 1.2 : 0.9;
    const level = unitsPerDay * rhythm * (1 + trend * (day / daysKept - 0.66)) * random.between(0.7, 1.3);
    const discount = random.next() < 0.25 ? random.between(0.85, 0.97) : 1;
    // A slow seller has days without a sale, rather than a fraction of one each day.
    const sales = day < firstDay ? 0 : Math.floor(level + random.next());
    history.sales.push(sales);
    history.revenueCents.push(sales * Math.round(priceCents * discount));
  }
  return history;
}

/**
 * Makes the last 30 days begin with the given points and sum to the given totals, the rest shared in whole currency
 * units in proportion to what was there. This is how the documented example becomes part of a living history.
 */
export function anchor(history: History, points: readonly Figures[], total30: Figures): History {
  const start = daysKept - 30;
  const rest = start + points.length;
  const left = points.reduce(
    (sum, point) => ({ sales: sum.sales - point.sales, revenueCents: sum.revenueCents - point.revenueCents }),
    total30,
  );
  const sales = apportion(left.sales, history.sales.slice(rest));
  const units = apportion(left.revenueCents / 100, sales);
  return {
    firstDay: history.firstDay,
    sales: [...history.sales.slice(0, start), ...points.map((point) => point.sales), ...sales],
    revenueCents: [
      ...history.revenueCents.slice(0, start).map((cents) => Math.round(cents / 100) * 100),
      ...points.map((point) => point.revenueCents),
      ...units.map((unit) => unit * 100),
    ],
  };
}

export function figuresOver(history: History, periodDays: number): Figures {
  let sales = 0;
  let revenueCents = 0;
  for (let day = daysKept - periodDays; day < daysKept; day++) {
    sales += history.sales[day] ?? 0;
    revenueCents += history.revenueCents[day] ?? 0;
  }
  return { sales, revenueCents };
}

export function sumOf(figures: readonly Figures[]): Figures {
  return figures.reduce((a, b) => ({ sales: a.sales + b.sales, revenueCents: a.revenueCents + b.revenueCents }), {
    sales: 0,
    revenueCents: 0,
  });
}
