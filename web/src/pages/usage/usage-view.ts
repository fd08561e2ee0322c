import { usageGroups } from '@latchkey/server/contract';
import type { Sort } from '../../components/data-table.tsx';
import { type ChosenRange, rangeFromSearch, searchFromRange } from '../../components/time-range.ts';

/** What the bars measure. */
export const usageMetrics = ['spend', 'requests', 'tokens'] as const;

/** What the bars measure. */
export type UsageMetric = (typeof usageMetrics)[number];

/** The dimension that usage is broken down by. */
export type UsageGroup = (typeof usageGroups)[number];

/** Narrows the page to one person, team, key or model; the names are those of the API. */
export interface UsageFilters {
  readonly user_id?: string;
  readonly team_id?: string;
  readonly api_key?: string;
  readonly model?: string;
}

/** The names of the filters. */
export const filterNames = ['user_id', 'team_id', 'api_key', 'model'] as const;

/** What people call the filters. */
export const filterHeads: Readonly<Record<keyof UsageFilters, string>> = {
  user_id: 'User',
  team_id: 'Team',
  api_key: 'Key',
  model: 'Model',
};

/** Everything that decides what the page shows. It lives in the address and nowhere else. */
export interface UsageView {
  readonly range: ChosenRange;
  readonly metric: UsageMetric;
  readonly groupBy: UsageGroup;
  readonly compares: boolean;
  readonly filters: UsageFilters;
  /** Order of the ranking; null: by what the bars measure. */
  readonly sort: Sort | null;
  /** An IANA zone that is not the browser's. */
  readonly timeZone: string | null;
}

/** Reads the view out of the address; what makes no sense is the default. */
export function usageViewFromSearch(search: Readonly<Record<string, unknown>>): UsageView {
  return {
    range: rangeFromSearch(search),
    metric: usageMetrics.find((metric) => metric === search['metric']) ?? 'spend',
    groupBy: usageGroups.find((group) => group === search['group']) ?? 'model',
    compares: search['compare'] !== 'off',
    filters: filtersFromSearch(search),
    sort: sortFromSearch(search['sort']),
    timeZone: zoneFromSearch(search['tz']),
  };
}

/** The address of a view, without defaults. */
export function searchFromUsageView(view: UsageView): Record<string, string> {
  return {
    ...searchFromRange(view.range),
    ...(view.metric === 'spend' ? {} : { metric: view.metric }),
    ...(view.groupBy === 'model' ? {} : { group: view.groupBy }),
    ...(view.compares ? {} : { compare: 'off' }),
    ...view.filters,
    ...(view.sort === null ? {} : { sort: searchFromSort(view.sort) }),
    ...(view.timeZone === null ? {} : { tz: view.timeZone }),
  };
}

/** Reads the filters out of the address. Ids that look like numbers arrive as numbers. */
export function filtersFromSearch(search: Readonly<Record<string, unknown>>): UsageFilters {
  const filters: { -readonly [Name in keyof UsageFilters]: string } = {};
  for (const name of filterNames) {
    const value = search[name];
    if ((typeof value === 'string' && value !== '') || typeof value === 'number') filters[name] = String(value);
  }
  return filters;
}

/** The filters without one of them. */
export function withoutFilter(filters: UsageFilters, dropped: keyof UsageFilters): UsageFilters {
  const { [dropped]: _dropped, ...rest } = filters;
  return rest;
}

/** `-spend` is the largest spend first. */
export function sortFromSearch(value: unknown): Sort | null {
  if (typeof value !== 'string' || value === '' || value === '-') return null;
  return value.startsWith('-') ? { key: value.slice(1), descending: true } : { key: value, descending: false };
}

/** The address of an order. */
export function searchFromSort(sort: Sort): string {
  return `${sort.descending ? '-' : ''}${sort.key}`;
}

/** A zone out of the address; null unless the browser knows it. */
export function zoneFromSearch(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: value }).resolvedOptions().timeZone;
  } catch {
    return null;
  }
}
