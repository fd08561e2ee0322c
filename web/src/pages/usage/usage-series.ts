import type { getUsage } from '@latchkey/server/contract';
import type { ResultOf } from '../../api/call.ts';
import { type ChartBucket, type ChartSeries, type RankedSeries, topSeries } from '../../charts/series.ts';
import { dayIn } from '../../components/time-range.ts';
import { formatCount, formatDelta, formatPercent, formatTokens, formatUsd } from '../../format/index.ts';
import type { UsageGroup, UsageMetric } from './usage-view.ts';

/** The one answer that tiles, chart and table are made from. */
export type Usage = ResultOf<typeof getUsage>;

/** The sums of a range, a bucket or a group. */
export type UsageTotals = Usage['totals'];

/** One row of the ranking. */
export type UsageGroupRow = Usage['groups'][number];

/** The id of the row that stands for all groups that the answer does not list. */
export const restId = '\u0000rest';

/** The groups of an answer, with all that it does not list as the last one. */
export function groupsWithRest({ groups, rest }: Usage): readonly UsageGroupRow[] {
  return rest === null ? groups : [...groups, { ...rest, id: restId, label: 'All others' }];
}

/** Tokens in and out. Cached input is part of the input. */
export function tokensOf(totals: UsageTotals): number {
  return totals.prompt_tokens + totals.completion_tokens;
}

/** What the chosen metric makes of sums. */
export function metricOf(totals: UsageTotals, metric: UsageMetric): number {
  switch (metric) {
    case 'spend':
      return totals.spend_nano_usd;
    case 'requests':
      return totals.requests;
    case 'tokens':
      return tokensOf(totals);
  }
}

/** Input tokens that the provider charged in full. */
export function uncachedTokens(
  totals: Pick<UsageTotals, 'prompt_tokens' | 'cache_read_input_tokens' | 'cache_creation_input_tokens'>,
): number {
  return Math.max(0, totals.prompt_tokens - totals.cache_read_input_tokens - totals.cache_creation_input_tokens);
}

/**
 * The stacks of the chart: the largest groups and "Other", or, for tokens, the kinds of tokens.
 * They add up to the bucket totals.
 */
export function usageSeries(usage: Usage, metric: UsageMetric, groupBy: UsageGroup): readonly ChartSeries[] {
  if (metric === 'tokens') return tokenSeries(usage);
  const totals = usage.buckets.map((bucket) => metricOf(bucket.totals, metric));
  if (groupBy === 'none') {
    return [{ id: 'all', label: metric === 'spend' ? 'Spend' : 'Requests', values: totals, hue: 1, texture: 'solid' }];
  }
  const ranked = usage.groups.map(
    (group): RankedSeries => ({
      id: group.id,
      label: groupLabel(group, groupBy),
      values: metric === 'spend' ? group.series_spend_nano_usd : group.series_requests,
    }),
  );
  return topSeries(ranked, totals, groupBy);
}

function tokenSeries(usage: Usage): readonly ChartSeries[] {
  const values = (of: (totals: UsageTotals) => number): number[] => usage.buckets.map((bucket) => of(bucket.totals));
  const all: readonly ChartSeries[] = [
    { id: 'input', label: 'Input', values: values(uncachedTokens), hue: 1, texture: 'solid' },
    {
      id: 'cache-read',
      label: 'Input, from prompt cache',
      values: values((totals) => totals.cache_read_input_tokens),
      hue: 1,
      texture: 'dotted',
    },
    {
      id: 'cache-write',
      label: 'Input, into prompt cache',
      values: values((totals) => totals.cache_creation_input_tokens),
      hue: 2,
      texture: 'solid',
    },
    { id: 'output', label: 'Output', values: values((totals) => totals.completion_tokens), hue: 3, texture: 'solid' },
  ];
  return all.filter((series) => series.values.some((value) => value > 0));
}

/** The buckets of an answer as a chart names them, in the zone of the answer. */
export function chartBuckets(
  buckets: readonly { starts_at: string }[],
  options: { granularity: 'hour' | 'day'; timeZone: string; locale: string; now: Date },
): readonly ChartBucket[] {
  const { granularity, timeZone, locale, now } = options;
  const format = new Intl.DateTimeFormat(locale, {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    ...(granularity === 'hour' ? { hour: '2-digit', minute: '2-digit' } : {}),
    timeZone,
  });
  const today = dayIn(now, timeZone);
  return buckets.map(({ starts_at }): ChartBucket => {
    const start = new Date(starts_at);
    const elapsedMs = now.getTime() - start.getTime();
    return {
      startsAt: starts_at,
      label: format.format(start),
      // Days have 23 to 25 hours, so the calendar decides; an hour is an hour.
      isPartial: granularity === 'day' ? dayIn(start, timeZone) === today : elapsedMs >= 0 && elapsedMs < hourMs,
    };
  });
}

const hourMs = 3_600_000;

const withoutGroup: Readonly<Record<UsageGroup, string>> = {
  model: 'Unknown model',
  provider: 'Unknown provider',
  key: 'Unknown key',
  user: 'Nobody',
  team: 'No team',
  endpoint: 'Other endpoint',
  none: 'Everything',
};

/** The name of a group; traffic that belongs to none is said in words. */
export function groupLabel(group: Pick<UsageGroupRow, 'id' | 'label'>, groupBy: UsageGroup): string {
  return group.label || group.id || withoutGroup[groupBy];
}

const metricWords: Readonly<Record<UsageMetric, { noun: string; format: (value: number) => string }>> = {
  spend: { noun: 'Spend', format: formatUsd },
  requests: { noun: 'Requests', format: formatCount },
  tokens: { noun: 'Tokens', format: formatTokens },
};

/** The chart in one sentence: `Spend rose 18 % to $212.40; gpt-5.5 is 61 %.` */
export function usageSentence(usage: Usage, metric: UsageMetric, groupBy: UsageGroup, compares: boolean): string {
  const { noun, format } = metricWords[metric];
  const value = metricOf(usage.totals, metric);
  const delta =
    compares && usage.previous_totals !== null ? formatDelta(value, metricOf(usage.previous_totals, metric)) : null;
  const start =
    delta === null ? `${noun}: ${format(value)}` : changeWords(noun, delta.direction, delta.text, format(value));
  const leader =
    groupBy === 'none'
      ? undefined
      : usage.groups.toSorted((a, b) => metricOf(b.totals, metric) - metricOf(a.totals, metric))[0];
  if (leader === undefined || value === 0 || usage.groups.length < 2) return `${start}.`;
  return `${start}; ${groupLabel(leader, groupBy)} is ${formatPercent(metricOf(leader.totals, metric), value)} of ${metric === 'spend' ? 'it' : 'them'}.`;
}

function changeWords(noun: string, direction: 'up' | 'down' | 'level', change: string, value: string): string {
  if (direction === 'level') return `${noun} stayed at ${value}`;
  const verb = direction === 'up' ? 'rose' : 'fell';
  return `${noun} ${verb} ${change.replace(/^[+\u2212]/, '')} to ${value}`;
}
