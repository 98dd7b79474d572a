/** Days and months of credits, in UTC; all in ms since the epoch. */

const dateOf = (ms: number) => {
  const date = new Date(ms);
  return [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()] as const;
};

export function startOfMonth(ms: number): number {
  const [year, month] = dateOf(ms);
  return Date.UTC(year, month);
}

export function startOfNextMonth(ms: number): number {
  const [year, month] = dateOf(ms);
  return Date.UTC(year, month + 1);
}

export function startOfDay(ms: number): number {
  const [year, month, day] = dateOf(ms);
  return Date.UTC(year, month, day);
}

export function startOfNextDay(ms: number): number {
  const [year, month, day] = dateOf(ms);
  return Date.UTC(year, month, day + 1);
}

/** As `2026-11`. */
export const monthOf = (ms: number): string => new Date(ms).toISOString().slice(0, 7);
