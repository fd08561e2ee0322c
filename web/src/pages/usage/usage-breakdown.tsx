import type { Reach } from '@latchkey/server/contract';
import { ChartSkeleton, countValues, SeriesKey, StackedBars, tokenValues, usdValues } from '../../charts/index.ts';
import { Button } from '../../components/button.tsx';
import { Select } from '../../components/field.tsx';
import { Section } from '../../components/page.tsx';
import { Skeleton } from '../../components/states.tsx';
import { type DayRange, dayIn, weekEnding } from '../../components/time-range.ts';
import { formatRelative, readerLocale } from '../../format/index.ts';
import { groupHeads, RankingTable } from './ranking-table.tsx';
import { Segments } from './segments.tsx';
import { chartBuckets, type Usage, type UsageGroupRow, usageSentence, usageSeries } from './usage-series.ts';
import { type UsageFilters, type UsageGroup, type UsageMetric, type UsageView, withoutFilter } from './usage-view.ts';

/** Props of `UsageBreakdown`. */
export interface UsageBreakdownProps {
  /** `undefined` while the first answer is on its way. */
  usage: Usage | undefined;
  view: UsageView;
  days: DayRange;
  reach: Exclude<Reach, 'none'> | undefined;
  /** True while the answer on the screen belongs to the view before. */
  refreshing: boolean;
  onViewChange: (change: Partial<UsageView>) => void;
}

const metricLabels: Readonly<Record<UsageMetric, string>> = { spend: 'Spend', requests: 'Requests', tokens: 'Tokens' };
const metricFormats = { spend: usdValues, requests: countValues, tokens: tokenValues } as const;

/** The filter that narrows the page to one row of the ranking, and what the page is broken down by then. */
export const openings: Readonly<Partial<Record<UsageGroup, { filter: keyof UsageFilters; next: UsageGroup }>>> = {
  model: { filter: 'model', next: 'key' },
  key: { filter: 'api_key', next: 'model' },
  user: { filter: 'user_id', next: 'model' },
  team: { filter: 'team_id', next: 'model' },
};

/** The bars and the ranking below them. */
export function UsageBreakdown({ usage, view, days, reach, refreshing, onViewChange }: UsageBreakdownProps) {
  const { metric, groupBy } = view;
  const title = `${metricLabels[metric]}${groupBy === 'none' || metric === 'tokens' ? '' : ` by ${groupHeads[groupBy].toLowerCase()}`}`;
  const opening = openings[groupBy];
  const open = (group: UsageGroupRow): void => {
    if (opening === undefined) return;
    onViewChange({
      filters: { ...withoutFilter(view.filters, opening.filter), [opening.filter]: group.id },
      groupBy: opening.next,
      sort: null,
    });
  };
  return (
    <>
      <Section
        title={title}
        className="border-t-0 pt-0"
        actions={
          <div className="flex flex-wrap items-center gap-2">
            <Segments
              label="Metric"
              value={metric}
              options={(['spend', 'requests', 'tokens'] as const).map((value) => ({
                value,
                label: metricLabels[value],
              }))}
              onValueChange={(next) => onViewChange({ metric: next, sort: null })}
            />
            <Select
              aria-label="Group by"
              className="w-36"
              value={groupBy}
              options={groupsFor(reach).map((group) => ({
                value: group,
                label: group === 'none' ? 'Not grouped' : `By ${groupHeads[group].toLowerCase()}`,
              }))}
              onChange={(event) =>
                onViewChange({
                  groupBy: groupsFor(reach).find((group) => group === event.target.value) ?? 'model',
                  sort: null,
                })
              }
            />
          </div>
        }
      >
        {usage === undefined ? (
          <ChartSkeleton />
        ) : (
          <UsageChart usage={usage} view={view} days={days} title={title} onViewChange={onViewChange} />
        )}
      </Section>
      {groupBy !== 'none' && (
        <Section title={`Ranking by ${groupHeads[groupBy].toLowerCase()}`}>
          {usage === undefined ? (
            <RankingSkeleton />
          ) : usage.groups.length === 0 ? (
            <p className="py-2 text-body text-ink-2">Nothing to rank in these days.</p>
          ) : (
            <RankingTable
              usage={usage}
              metric={metric}
              groupBy={groupBy}
              series={metric === 'tokens' ? [] : usageSeries(usage, metric, groupBy)}
              sort={view.sort}
              onSortChange={(sort) => onViewChange({ sort })}
              refreshing={refreshing}
              onOpen={opening === undefined ? undefined : open}
            />
          )}
        </Section>
      )}
    </>
  );
}

interface UsageChartProps extends Pick<UsageBreakdownProps, 'view' | 'days' | 'onViewChange'> {
  usage: Usage;
  title: string;
}

function UsageChart({ usage, view, days, title, onViewChange }: UsageChartProps) {
  const { metric, groupBy } = view;
  const series = usageSeries(usage, metric, groupBy);
  return (
    <StackedBars
      title={title}
      summary={usageSentence(usage, metric, groupBy, view.compares)}
      buckets={chartBuckets(usage.buckets, {
        granularity: days.granularity,
        timeZone: usage.timezone,
        locale: readerLocale(),
        now: new Date(),
      })}
      series={series}
      format={metricFormats[metric]}
      granularity={days.granularity}
      timeZone={usage.timezone}
      emptyReason={<EmptyReason usage={usage} view={view} onViewChange={onViewChange} />}
      {...(metric === 'tokens' ? { seriesKey: <SeriesKey series={series} /> } : {})}
    />
  );
}

function EmptyReason({ usage, view, onViewChange }: Pick<UsageChartProps, 'usage' | 'view' | 'onViewChange'>) {
  const last = usage.last_activity_at;
  if (usage.totals.requests > 0) return <p>Requests were made in these days, but none of them counts here.</p>;
  if (Object.keys(view.filters).length > 0) {
    return (
      <div className="flex flex-col items-center gap-2">
        <p>No requests in these days match the filters.</p>
        <Button onClick={() => onViewChange({ filters: {} })}>Clear filters</Button>
      </div>
    );
  }
  if (last === null) return <p>No requests yet. They show up here within seconds.</p>;
  return (
    <div className="flex flex-col items-center gap-2">
      <p>No requests in these days. Last activity {formatRelative(last)}.</p>
      <Button onClick={() => onViewChange({ range: weekEnding(dayIn(new Date(last), usage.timezone)) })}>
        Show that week
      </Button>
    </div>
  );
}

function RankingSkeleton() {
  return (
    <div aria-hidden>
      {[0, 1, 2, 3].map((row) => (
        <div key={row} className="flex h-10 items-center justify-between border-line border-b">
          <Skeleton className="w-40" />
          <Skeleton className="w-64 max-w-[40%]" />
        </div>
      ))}
    </div>
  );
}

/** Those who see only themselves are not offered a breakdown by person. */
function groupsFor(reach: Exclude<Reach, 'none'> | undefined): readonly UsageGroup[] {
  return reach === 'all'
    ? ['model', 'provider', 'key', 'user', 'team', 'endpoint', 'none']
    : ['model', 'provider', 'key', 'team', 'endpoint', 'none'];
}
