// What WinningHunter's routes accept: which parameters, their defaults, and the sentence for each that is wrong.

export interface Takes {
  id?: true;
  /** The periods in days that the route supports. */
  periods?: readonly number[];
  paging?: true;
  sorting?: true;
  suggesting?: true;
}

export type SortKey = 'revenue' | 'sales' | 'price';
export type SuggestionType = (typeof suggestionTypes)[number];

export interface Asked {
  id: string;
  period: number;
  page: number;
  limit: number;
  sort: SortKey;
  order: string;
  type: SuggestionType;
  q: string;
  country: string;
}

const sortKeys: readonly SortKey[] = ['revenue', 'sales', 'price'];
const suggestionTypes = ['categories', 'shops', 'creators', 'products', 'videos'] as const;

type Params = Record<string, unknown>;

const isGiven = (value: unknown) => value !== undefined && value !== null && value !== '';

// Whole numbers come as numbers in a body and as digits in a query.
function wholeNumber(value: unknown): number {
  if (typeof value === 'string') return /^\d+$/.test(value) ? Number(value) : NaN;
  return Number.isSafeInteger(value) ? (value as number) : NaN;
}

/** The parameters in order, or the sentence of the first mistake. Defaults on these routes are not documented. */
export function readAsked(takes: Takes, params: Params): Asked | string {
  const { id, period = 30, page = 1, limit, sort = 'revenue', order = 'desc', type, q = '', country } = params;
  const asked: Asked = {
    id: String(id),
    period: wholeNumber(period),
    page: wholeNumber(page),
    limit: wholeNumber(limit ?? (takes.suggesting ? 10 : 20)),
    sort: sort as SortKey,
    order: order as string,
    type: type as SuggestionType,
    q: String(q),
    country: isGiven(country) ? String(country).toUpperCase() : 'US',
  };
  return mistake(takes, params, asked) ?? asked;
}

function mistake(takes: Takes, params: Params, asked: Asked): string | undefined {
  if (takes.id && !isGiven(params.id)) return 'id is required';
  // An id of 19 digits that travels as a number has already lost its last digits: never be kind about it.
  if (takes.id && typeof params.id !== 'string') return 'id must be a string';
  if (takes.periods && !takes.periods.includes(asked.period))
    return `period must be one of ${takes.periods.join(', ')}`;
  if (takes.paging && !(asked.page >= 1)) return 'page must be a positive integer';
  if ((takes.paging || takes.suggesting) && !(asked.limit >= 1)) return 'limit must be a positive integer';
  if (takes.sorting && !sortKeys.includes(asked.sort)) return `sort must be one of ${sortKeys.join(', ')}`;
  if (takes.sorting && asked.order !== 'asc' && asked.order !== 'desc') return 'order must be one of desc, asc';
  if (takes.suggesting && !suggestionTypes.includes(asked.type)) return 'Invalid entity type';
  return undefined;
}
