import { getCacheAnalytics } from '@latchkey/server/contract';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useMemo } from 'react';
import { call } from '../../api/call.ts';
import { ChartSkeleton } from '../../charts/index.ts';
import { Select } from '../../components/field.tsx';
import { FilterChips } from '../../components/filter-chips.tsx';
import { Page, Section } from '../../components/page.tsx';
import { PersonFilter } from '../../components/person-filter.tsx';
import { RangeControl } from '../../components/range-control.tsx';
import { ErrorState } from '../../components/states.tsx';
import { rangeWords } from '../../components/time-range.ts';
import { useDayRange } from '../../components/use-day-range.ts';
import { formatDateTime, readerLocale } from '../../format/index.ts';
import { useCan } from '../../session/use-session.ts';
import { groupHeads } from '../usage/ranking-table.tsx';
import { openings } from '../usage/usage-breakdown.tsx';
import { filterHeads, withoutFilter } from '../usage/usage-view.ts';
import type { CachingGroupRow } from './caching-series.ts';
import { CachingTiles } from './caching-tiles.tsx';
import { type CachingView, cachingGroups, cachingViewFromSearch, searchFromCachingView } from './caching-view.ts';
import { PromptCacheSection } from './prompt-cache-section.tsx';
import { ResponseCacheSection } from './response-cache-section.tsx';
import { UnansweredSection } from './unanswered-section.tsx';

const route = getRouteApi('/console/caching');

/** Caching: what the gateway's response cache and the providers' prompt caches did. Two measures, never mixed. */
export function CachingPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const reach = useCan('caching:read');
  const view = useMemo(() => cachingViewFromSearch(search), [search]);
  const { days, today, timeZone } = useDayRange(view.range, view.timeZone);
  const question = {
    start_date: days.startDate,
    end_date: days.endDate,
    timezone: timeZone,
    granularity: days.granularity,
    group_by: view.groupBy,
    ...view.filters,
  };
  const caching = useQuery({
    queryKey: ['caching', question],
    queryFn: ({ signal }) => call(getCacheAnalytics, question, { signal }),
    placeholderData: keepPreviousData,
  });
  const change = (next: Partial<CachingView>): void => {
    void navigate({ search: searchFromCachingView({ ...view, ...next }), replace: true, resetScroll: false });
  };
  // Those who see only themselves are not offered a breakdown by person.
  const groups = reach === 'all' ? cachingGroups : (['model', 'key', 'team'] as const);
  const { data } = caching;
  const opening = openings[view.groupBy];
  const open = (group: CachingGroupRow): void => {
    if (opening === undefined) return;
    change({
      filters: { ...withoutFilter(view.filters, opening.filter), [opening.filter]: group.id },
      groupBy: opening.next === 'key' ? 'key' : 'model',
      sort: null,
      promptSort: null,
    });
  };
  // A key is filtered by its hash; its name is known when the groups are keys.
  const filtered = opening && data?.groups.find(({ id }) => id === view.filters[opening.filter]);
  const mine = view.filters.team_id === undefined ? 'Yours' : 'What you may see of the team';

  return (
    <Page
      title="Caching"
      description={
        <>
          {reach === 'all' ? 'Everyone' : mine} · {rangeWords(days, readerLocale())} · {timeZone}
        </>
      }
    >
      <div className="mb-6 flex flex-wrap items-start gap-x-3 gap-y-2">
        <RangeControl range={view.range} days={days} today={today} onRangeChange={(range) => change({ range })} />
        {reach === 'all' && (
          <PersonFilter
            userId={view.filters.user_id}
            onUserChange={(userId) =>
              change({
                filters: {
                  ...withoutFilter(view.filters, 'user_id'),
                  ...(userId === undefined ? {} : { user_id: userId }),
                },
              })
            }
          />
        )}
        <Select
          aria-label="Group by"
          className="w-36"
          value={view.groupBy}
          options={groups.map((group) => ({ value: group, label: `By ${groupHeads[group].toLowerCase()}` }))}
          onChange={(event) =>
            change({
              groupBy: groups.find((group) => group === event.target.value) ?? 'model',
              sort: null,
              promptSort: null,
            })
          }
        />
        <FilterChips
          heads={filterHeads}
          filters={view.filters}
          labels={opening && filtered?.label ? { [opening.filter]: filtered.label } : {}}
          hidden={reach === 'all' ? ['user_id'] : []}
          onRemove={(name) => change({ filters: withoutFilter(view.filters, name) })}
        />
      </div>
      {caching.error && data === undefined ? (
        <ErrorState what="Caching analytics" error={caching.error} onRetry={() => void caching.refetch()} />
      ) : (
        <div
          aria-busy={caching.isFetching}
          className={caching.isPlaceholderData ? 'opacity-60 transition-opacity duration-120' : undefined}
        >
          {caching.error && (
            <ErrorState what="Newer numbers" error={caching.error} onRetry={() => void caching.refetch()} />
          )}
          <CachingTiles caching={data} />
          {data === undefined ? (
            <>
              <Section title="Response cache" className="border-t-0 pt-0">
                <ChartSkeleton />
              </Section>
              <Section title="Prompt cache">
                <ChartSkeleton />
              </Section>
            </>
          ) : (
            <>
              <ResponseCacheSection
                caching={data}
                days={days}
                groupBy={view.groupBy}
                sort={view.sort}
                onSortChange={(sort) => change({ sort })}
                refreshing={caching.isPlaceholderData}
                onOpen={open}
              />
              <UnansweredSection caching={data} />
              <PromptCacheSection
                caching={data}
                days={days}
                groupBy={view.groupBy}
                sort={view.promptSort}
                onSortChange={(promptSort) => change({ promptSort })}
                refreshing={caching.isPlaceholderData}
                onOpen={open}
              />
              <p className="text-ink-3 text-meta">
                Totals as of {formatDateTime(new Date(caching.dataUpdatedAt).toISOString(), { timeZone })}
              </p>
            </>
          )}
        </div>
      )}
    </Page>
  );
}
