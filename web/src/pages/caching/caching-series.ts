import type { getCacheAnalytics } from '@latchkey/server/contract';
import type { ResultOf } from '../../api/call.ts';
import type { ChartSeries, RateLine } from '../../charts/index.ts';
import { formatCount, formatCountOf, formatPercent, formatTokens } from '../../format/index.ts';

/** The one answer that the whole page is made from. */
export type Caching = ResultOf<typeof getCacheAnalytics>;

/** The sums of a range, a bucket or a group. */
export type CachingTotals = Caching['totals'];

/** One row of the tables. */
export type CachingGroupRow = Caching['groups'][number];

/** The groups of an answer, with all that it does not list as the last one. */
export function groupsWithRest({ groups, rest }: Caching): readonly CachingGroupRow[] {
  return rest === null ? groups : [...groups, { id: '\u0000rest', label: 'All others', totals: rest }];
}

/** Requests that the response cache was not asked about: switched off, or not cacheable. */
export function bypassed(totals: CachingTotals): number {
  return Math.max(0, totals.requests - totals.eligible);
}

/** Input tokens that the provider charged in full. */
export function uncachedInput(totals: CachingTotals): number {
  return Math.max(0, totals.input_tokens - totals.cache_read_input_tokens - totals.cache_creation_input_tokens);
}

/** True while the response cache has nothing to show: it is off, and it was off in the whole range. */
export function isResponseCacheSilent(caching: Caching): boolean {
  return !caching.enabled && caching.totals.eligible === 0;
}

/** Requests by what the response cache did with them. */
export function responseSeries(caching: Caching): readonly ChartSeries[] {
  const values = (of: (totals: CachingTotals) => number): number[] => caching.buckets.map(({ totals }) => of(totals));
  return present([
    { id: 'hits', label: 'Hit', values: values(({ hits }) => hits), hue: 1, texture: 'dotted' },
    { id: 'misses', label: 'Miss', values: values(({ misses }) => misses), hue: 1, texture: 'solid' },
    { id: 'bypassed', label: 'Bypassed', values: values(bypassed), hue: 'other', texture: 'hatched' },
  ]);
}

/** The hit rate of each bucket; null where no request could have been answered from the cache. */
export function hitRate(caching: Caching): RateLine {
  return {
    label: 'Hit rate',
    values: caching.buckets.map(({ totals }) => (totals.eligible === 0 ? null : totals.hits / totals.eligible)),
  };
}

/** Input tokens by what the providers' prompt caches did with them. */
export function promptSeries(caching: Caching): readonly ChartSeries[] {
  const values = (of: (totals: CachingTotals) => number): number[] => caching.buckets.map(({ totals }) => of(totals));
  return present([
    {
      id: 'read',
      label: 'Read from cache',
      values: values(({ cache_read_input_tokens }) => cache_read_input_tokens),
      hue: 3,
      texture: 'dotted',
    },
    {
      id: 'write',
      label: 'Written to cache',
      values: values(({ cache_creation_input_tokens }) => cache_creation_input_tokens),
      hue: 2,
      texture: 'solid',
    },
    { id: 'uncached', label: 'Uncached', values: values(uncachedInput), hue: 3, texture: 'solid' },
  ]);
}

/** The share of input read from cache in each bucket; null without input. */
export function promptShare(caching: Caching): RateLine {
  return {
    label: 'Share read from cache',
    values: caching.buckets.map(({ totals }) =>
      totals.input_tokens === 0 ? null : totals.cache_read_input_tokens / totals.input_tokens,
    ),
  };
}

/** The response-cache chart in one sentence. */
export function responseSentence({ totals }: Caching): string {
  if (totals.eligible === 0)
    return `None of ${formatCountOf(totals.requests, 'request')} could be answered from the cache.`;
  return `${formatCount(totals.hits)} of ${formatCountOf(totals.eligible, 'eligible request')} answered from the cache, ${formatPercent(totals.hits, totals.eligible)}.`;
}

/** The prompt-cache chart in one sentence. */
export function promptSentence({ totals }: Caching): string {
  if (totals.cache_read_input_tokens === 0 && totals.cache_creation_input_tokens === 0) {
    return `No provider reported cached input among ${formatTokens(totals.input_tokens)} input tokens.`;
  }
  return `${formatTokens(totals.cache_read_input_tokens)} of ${formatTokens(totals.input_tokens)} input tokens read from the providers’ caches, ${formatPercent(totals.cache_read_input_tokens, totals.input_tokens)}.`;
}

function present(series: readonly ChartSeries[]): readonly ChartSeries[] {
  return series.filter(({ values }) => values.some((value) => value > 0));
}
