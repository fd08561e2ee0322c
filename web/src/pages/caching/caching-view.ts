import type { Sort } from '../../components/data-table.tsx';
import { type ChosenRange, rangeFromSearch, searchFromRange } from '../../components/time-range.ts';
import {
  filtersFromSearch,
  searchFromSort,
  sortFromSearch,
  type UsageFilters,
  zoneFromSearch,
} from '../usage/usage-view.ts';

/** The dimensions that caching can be broken down by. */
export const cachingGroups = ['model', 'key', 'user', 'team'] as const;

/** The dimension that caching is broken down by. */
export type CachingGroup = (typeof cachingGroups)[number];

/** Everything that decides what the page shows. It lives in the address and nowhere else. */
export interface CachingView {
  readonly range: ChosenRange;
  readonly groupBy: CachingGroup;
  readonly filters: UsageFilters;
  /** Order of the response-cache table; null: most saved first. */
  readonly sort: Sort | null;
  /** Order of the prompt-cache table; null: most saved, net, first. */
  readonly promptSort: Sort | null;
  /** An IANA zone that is not the browser's. */
  readonly timeZone: string | null;
}

/** Reads the view out of the address; what makes no sense is the default. */
export function cachingViewFromSearch(search: Readonly<Record<string, unknown>>): CachingView {
  return {
    range: rangeFromSearch(search),
    groupBy: cachingGroups.find((group) => group === search['group']) ?? 'model',
    filters: filtersFromSearch(search),
    sort: sortFromSearch(search['sort']),
    promptSort: sortFromSearch(search['prompt_sort']),
    timeZone: zoneFromSearch(search['tz']),
  };
}

/** The address of a view, without defaults. */
export function searchFromCachingView(view: CachingView): Record<string, string> {
  return {
    ...searchFromRange(view.range),
    ...(view.groupBy === 'model' ? {} : { group: view.groupBy }),
    ...view.filters,
    ...(view.sort === null ? {} : { sort: searchFromSort(view.sort) }),
    ...(view.promptSort === null ? {} : { prompt_sort: searchFromSort(view.promptSort) }),
    ...(view.timeZone === null ? {} : { tz: view.timeZone }),
  };
}
