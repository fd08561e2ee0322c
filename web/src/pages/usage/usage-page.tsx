import { getUsage } from '@latchkey/server/contract';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { Download } from 'lucide-react';
import { useMemo } from 'react';
import { call } from '../../api/call.ts';
import { Button } from '../../components/button.tsx';
import { Checkbox } from '../../components/field.tsx';
import { FilterChips } from '../../components/filter-chips.tsx';
import { Menu } from '../../components/menu.tsx';
import { Page } from '../../components/page.tsx';
import { PersonFilter } from '../../components/person-filter.tsx';
import { RangeControl } from '../../components/range-control.tsx';
import { ErrorState } from '../../components/states.tsx';
import { previousDays, rangeWords, searchFromRange } from '../../components/time-range.ts';
import { useDayRange } from '../../components/use-day-range.ts';
import { formatDateTime, readerLocale } from '../../format/index.ts';
import { useCan } from '../../session/use-session.ts';
import { downloadCsv } from './csv.ts';
import { exportFileName, rankingCsv, usageCsv } from './export-usage.ts';
import { openings, UsageBreakdown } from './usage-breakdown.tsx';
import { UsageTiles } from './usage-tiles.tsx';
import {
  filterHeads,
  searchFromUsageView,
  type UsageFilters,
  type UsageView,
  usageViewFromSearch,
  withoutFilter,
} from './usage-view.ts';

const route = getRouteApi('/console/usage');

/** Usage: what was spent, by whom and on what. Tiles, chart and table come from one answer and add up. */
export function UsagePage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const reach = useCan('usage:read');
  const view = useMemo(() => usageViewFromSearch(search), [search]);
  const { days, today, timeZone } = useDayRange(view.range, view.timeZone);
  const question = {
    start_date: days.startDate,
    end_date: days.endDate,
    timezone: timeZone,
    granularity: days.granularity,
    group_by: view.groupBy,
    ...view.filters,
  };
  const usage = useQuery({
    queryKey: ['usage', question],
    queryFn: ({ signal }) => call(getUsage, question, { signal }),
    placeholderData: keepPreviousData,
  });

  const change = (next: Partial<UsageView>): void => {
    void navigate({ search: searchFromUsageView({ ...view, ...next }), replace: true, resetScroll: false });
  };
  const locale = readerLocale();
  // A team's admins see all of the team, which the page need not know.
  const mine = view.filters.team_id === undefined ? 'Yours' : 'What you may see of the team';
  const scope = reach === 'all' ? 'Everyone' : mine;
  const against = view.compares ? `vs ${rangeWords(previousDays(days), locale)}` : undefined;
  const facts = { view, days, scope, generatedAt: new Date() };

  return (
    <Page
      title="Usage"
      description={
        <>
          {scope} · {rangeWords(days, locale)} · {timeZone}
        </>
      }
      actions={
        <Menu
          trigger={
            <Button disabled={usage.data === undefined || usage.isPlaceholderData}>
              <Download aria-hidden className="size-4" strokeWidth={1.5} />
              Export CSV
            </Button>
          }
          items={[
            {
              label: `Chart, by ${days.granularity}`,
              onSelect: () => usage.data && downloadCsv(exportFileName('usage', facts), usageCsv(usage.data, facts)),
            },
            {
              label: 'Ranking',
              onSelect: () =>
                usage.data && downloadCsv(exportFileName('usage-ranking', facts), rankingCsv(usage.data, facts)),
            },
          ]}
        />
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
        <Checkbox
          label="Compare with previous period"
          checked={view.compares}
          onChange={(event) => change({ compares: event.target.checked })}
          className="py-1.5"
        />
        <FilterChips
          heads={filterHeads}
          filters={view.filters}
          labels={labelsOf(view, usage.data)}
          hidden={reach === 'all' ? ['user_id'] : []}
          onRemove={(name) => change({ filters: withoutFilter(view.filters, name) })}
        />
      </div>
      {usage.error && usage.data === undefined ? (
        <ErrorState what="Usage" error={usage.error} onRetry={() => void usage.refetch()} />
      ) : (
        <div
          aria-busy={usage.isFetching}
          className={usage.isPlaceholderData ? 'opacity-60 transition-opacity duration-120' : undefined}
        >
          {usage.error && <ErrorState what="Newer usage" error={usage.error} onRetry={() => void usage.refetch()} />}
          <UsageTiles
            usage={usage.data}
            metric={view.metric}
            onMetricChange={(metric) => change({ metric })}
            against={against}
            rangeSearch={searchFromRange(view.range)}
          />
          <UsageBreakdown
            usage={usage.data}
            view={view}
            days={days}
            reach={reach}
            refreshing={usage.isPlaceholderData}
            onViewChange={change}
          />
          {usage.data !== undefined && (
            <p className="text-ink-3 text-meta">
              Totals as of {formatDateTime(new Date(usage.dataUpdatedAt).toISOString(), { timeZone })}
            </p>
          )}
        </div>
      )}
    </Page>
  );
}

/** A key is filtered by its hash; its name is known when the groups are keys. */
function labelsOf(
  view: UsageView,
  usage: { groups: readonly { id: string; label: string }[] } | undefined,
): Partial<Record<keyof UsageFilters, string>> {
  const filter = openings[view.groupBy]?.filter;
  if (filter === undefined) return {};
  const label = usage?.groups.find(({ id }) => id === view.filters[filter])?.label;
  return label ? { [filter]: label } : {};
}
