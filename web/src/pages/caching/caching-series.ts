import type { getCacheAnalytics } from '@latchkey/server/contract';
import type { ResultOf } from '../../api/call.ts';
import type { ChartSeries, RateLine } from '../../charts/index.ts';
import { restId } from '../usage/usage-series.ts';

/** The one answer that the whole page is made from. */
export type Caching = ResultOf<typeof getCacheAnalytics>;

/** The sums of a range, a bucket or a group. */
export type CachingTotals = Caching['totals'];

/** One row of the tables. */
export type CachingGroupRow = Caching['groups'][number];

/** The groups of an answer, with all that it does not list as the last one. */
export function groupsWithRest({ groups, rest }: Caching): readonly CachingGroupRow[] {
  return rest === null ? groups : [...groups, { id: restId, label: 'All others', totals: rest }];
}

/** True while the response cache has nothing to show: it is off, and it was off in the whole range. */
export function isResponseCacheSilent({ enabled, totals: { requests, response_cache } }: Caching): boolean {
  return !enabled && response_cache.off === requests;
}

/** True where input was sent, and no provider said what became of it in its cache. */
export function isPromptCacheSilent({ prompt_cache }: CachingTotals): boolean {
  return prompt_cache.read_share === null && prompt_cache.input_tokens > 0;
}

/** Input tokens that the providers reported on. */
export function reportedInput({ prompt_cache }: CachingTotals): number {
  return prompt_cache.input_tokens - prompt_cache.not_reported_input_tokens;
}

/** What both caches saved together, net of what writing to the prompt caches cost; negative: a loss. Nano-dollars. */
export function savedNanoUsd({ response_cache, prompt_cache }: CachingTotals): number {
  return response_cache.saved_nano_usd + prompt_cache.net_saved_nano_usd;
}

/** Requests by what the response cache did with them. */
export function responseSeries(caching: Caching): readonly ChartSeries[] {
  const values = (of: (cache: CachingTotals['response_cache']) => number): number[] =>
    caching.buckets.map(({ totals }) => of(totals.response_cache));
  return present([
    { id: 'hits', label: 'Hit', values: values(({ hits }) => hits), hue: 1, texture: 'dotted' },
    { id: 'misses', label: 'Miss', values: values(({ misses }) => misses), hue: 1, texture: 'solid' },
    { id: 'bypassed', label: 'Bypassed', values: values(({ bypassed }) => bypassed), hue: 2, texture: 'solid' },
    {
      id: 'not-cacheable',
      label: 'Not cacheable',
      values: values(({ not_cacheable }) => not_cacheable),
      hue: 'other',
      texture: 'solid',
    },
    { id: 'off', label: offWords(caching), values: values(({ off }) => off), hue: 'other', texture: 'hatched' },
  ]);
}

/** What requests are called that the cache had no part in. */
function offWords({ enabled, mode }: Caching): string {
  return enabled && mode === 'default_off' ? 'Off or not asked for' : 'Off';
}

/** The hit rate of each bucket, null where no request could have been answered; undefined where none could at all. */
export function hitRate({ totals, buckets }: Caching): RateLine | undefined {
  if (totals.response_cache.hit_rate === null) return undefined;
  return { label: 'Hit rate', values: buckets.map((bucket) => bucket.totals.response_cache.hit_rate) };
}

/** Input tokens by what the providers' prompt caches did with them. */
export function promptSeries(caching: Caching): readonly ChartSeries[] {
  const values = (of: (cache: CachingTotals['prompt_cache']) => number): number[] =>
    // A provider may have reported more cached tokens than tokens.
    caching.buckets.map(({ totals }) => Math.max(0, of(totals.prompt_cache)));
  return present([
    {
      id: 'read',
      label: 'Read from cache',
      values: values((cache) => cache.cache_read_input_tokens),
      hue: 3,
      texture: 'dotted',
    },
    {
      id: 'write',
      label: 'Written to cache',
      values: values((cache) => cache.cache_creation_input_tokens),
      hue: 2,
      texture: 'solid',
    },
    {
      id: 'uncached',
      label: 'Uncached',
      values: values((cache) => cache.uncached_input_tokens),
      hue: 3,
      texture: 'solid',
    },
    {
      id: 'not-reported',
      label: 'Not reported',
      values: values((cache) => cache.not_reported_input_tokens),
      hue: 'other',
      texture: 'hatched',
    },
  ]);
}

/** The share of reported input that was read from cache in each bucket; undefined where nothing was reported. */
export function promptShare({ totals, buckets }: Caching): RateLine | undefined {
  if (totals.prompt_cache.read_share === null) return undefined;
  return { label: 'Share read from cache', values: buckets.map((bucket) => bucket.totals.prompt_cache.read_share) };
}

/** Why requests were not answered from the response cache. */
export interface UnansweredReason {
  readonly id: 'first' | 'stale' | 'bypassed' | 'not-cacheable' | 'off';
  readonly label: string;
  readonly explanation: string;
  readonly requests: number;
}

/** The reasons that apply, the most frequent first. Together with the hits they are all requests. */
export function unansweredReasons(caching: Caching): readonly UnansweredReason[] {
  const { misses, stale, bypassed, not_cacheable, off } = caching.totals.response_cache;
  const isAskedFor = caching.enabled && caching.mode === 'default_off';
  const reasons: readonly UnansweredReason[] = [
    {
      id: 'first',
      label: 'No answer kept',
      explanation: 'Asked for the first time in this form, or the answer had made room for newer ones.',
      requests: misses - stale,
    },
    {
      id: 'stale',
      label: 'Answer too old',
      explanation: 'An answer was kept, but its ttl was over, or it was older than the request’s s-maxage.',
      requests: stale,
    },
    {
      id: 'bypassed',
      label: 'Fresh answer wanted',
      explanation: 'The request said no-cache.',
      requests: bypassed,
    },
    {
      id: 'not-cacheable',
      label: 'Not cacheable',
      explanation: 'Answers to this kind of call are not kept; supported_call_types lists those that are.',
      requests: not_cacheable,
    },
    {
      id: 'off',
      label: isAskedFor ? 'Not asked for' : 'Switched off',
      explanation: isAskedFor
        ? 'The cache answers only requests that say use-cache, and these did not; or it was off then.'
        : 'Response caching was off when these requests came.',
      requests: off,
    },
  ];
  return reasons.filter(({ requests }) => requests > 0).toSorted((one, other) => other.requests - one.requests);
}

function present(series: readonly ChartSeries[]): readonly ChartSeries[] {
  return series.filter(({ values }) => values.some((value) => value > 0));
}
