import { getKey, getUsage, listKeys, listTeams } from '@latchkey/server/contract';
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { call, type InputOf, type ResultOf } from '../../api/call.ts';
import { lastDays } from '../../api/last-days.ts';
import { browserTimeZone } from '../../format/index.ts';

/** A key as lists show it. */
export type ListedKey = Exclude<ResultOf<typeof listKeys>['keys'][number], string>;

/** A key as its own page shows it, without its hash. */
export type KeyInfo = ResultOf<typeof getKey>['info'];

/** What a list of keys is narrowed to and sorted by. */
export type KeyFilter = Pick<InputOf<typeof listKeys>, 'search' | 'status' | 'sort_by' | 'sort_order' | 'user_id'>;

const pageSize = 50;

/** Keys within reach, with those of the teams one administers. */
export function keysQuery(filter: KeyFilter) {
  return infiniteQueryOptions({
    queryKey: ['keys', 'list', filter],
    queryFn: async ({ pageParam, signal }) => {
      const answer = await call(
        listKeys,
        { ...filter, page: pageParam, size: pageSize, return_full_object: true, include_team_keys: true },
        { signal },
      );
      return { ...answer, keys: answer.keys.filter((key): key is ListedKey => typeof key !== 'string') };
    },
    initialPageParam: 1,
    getNextPageParam: (last) => (last.current_page < last.total_pages ? last.current_page + 1 : undefined),
  });
}

/** One key by its hash. */
export function keyQuery(hash: string) {
  return queryOptions({
    queryKey: ['keys', 'one', hash],
    queryFn: ({ signal }) => call(getKey, { key: hash }, { signal }),
  });
}

/** Spend by key and day over the last 14 days, in one answer for all keys of a page of the list. */
export function keySpendQuery(hashes: readonly string[]) {
  const timezone = browserTimeZone();
  const range = lastDays(14);
  return queryOptions({
    queryKey: ['keys', 'spend', range, timezone, hashes],
    queryFn: async ({ signal }): Promise<ReadonlyMap<string, readonly number[]>> => {
      const query = { ...range, timezone, granularity: 'day', group_by: 'key', api_key: hashes.join() } as const;
      const { groups } = await call(getUsage, query, { signal });
      return new Map(groups.map((group) => [group.id, group.series_spend_nano_usd]));
    },
    staleTime: 60_000,
  });
}

/** The teams within reach, with budgets and permissions. */
export const teamsQuery = queryOptions({
  queryKey: ['teams'],
  queryFn: ({ signal }) => call(listTeams, {}, { signal }),
  staleTime: 60_000,
});
