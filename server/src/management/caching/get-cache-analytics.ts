import type * as z from 'zod/mini';
import type { Call } from '../../http/call.ts';
import type { Parts } from '../parts.ts';
import {
  labelIds,
  noUsage,
  readBucketRange,
  readUsageFilter,
  sumTopGroups,
  type UsageDimension,
  type UsageSums,
} from '../usage/index.ts';
import type { CacheAnalyticsQuery, getCacheAnalytics as endpoint } from './caching.contract.ts';

type CacheAnalytics = z.infer<(typeof endpoint)['result']>;
type CacheMetrics = CacheAnalytics['totals'];

const dimensionOf: Record<NonNullable<CacheAnalyticsQuery['group_by']>, UsageDimension> = {
  model: 'model_group',
  key: 'key_hash',
  user: 'user_id',
  team: 'team_id',
};

const mostGroups = 100;

/**
 * What caching saved in a range of days: the gateway's response cache and the providers' prompt caches, side by
 * side and never mixed. Totals, buckets and groups are added up from the same rows.
 * @throws ApiError 400 for a range that makes no sense, 403 for somebody else's usage.
 */
export async function getCacheAnalytics(parts: Parts, call: Call, query: CacheAnalyticsQuery): Promise<CacheAnalytics> {
  const { db } = parts.storage;
  const timeZone = query.timezone || parts.settings.timezone;
  const range = readBucketRange(query.start_date, query.end_date, timeZone, query.granularity ?? 'day');
  const dimension = dimensionOf[query.group_by ?? 'model'];
  const filter = readUsageFilter(query);
  const usage = await sumTopGroups(db, call.access, filter, range, dimension, {
    by: 'saved_nano_usd',
    count: mostGroups,
    inEachBucket: false,
  });
  const ids = usage.groups.map((group) => group.id);
  const labels = await labelIds(db, dimension, ids);
  return {
    enabled: parts.settings.cache.enabled,
    timezone: timeZone,
    totals: presentSums(usage.totals),
    buckets: range.buckets.map((bucket, index) => ({
      starts_at: new Date(bucket.startsAt).toISOString(),
      label: bucket.label,
      totals: presentSums(usage.buckets[index] ?? noUsage()),
    })),
    groups: usage.groups.map(({ id, totals }) => ({ id, label: labels.get(id) ?? id, totals: presentSums(totals) })),
    rest: usage.rest && presentSums(usage.rest.totals),
  };
}

function presentSums(sums: UsageSums): CacheMetrics {
  return {
    requests: sums.requests,
    eligible: sums.cache_hits + sums.cache_misses,
    hits: sums.cache_hits,
    misses: sums.cache_misses,
    cached_prompt_tokens: sums.cached_prompt_tokens,
    cached_completion_tokens: sums.cached_completion_tokens,
    saved_nano_usd: sums.saved_nano_usd,
    // Answers from the response cache never reached a provider, so its prompt cache had no part in their tokens.
    input_tokens: sums.prompt_tokens - sums.cached_prompt_tokens,
    cache_read_input_tokens: sums.cache_read_input_tokens,
    cache_creation_input_tokens: sums.cache_creation_input_tokens,
  };
}
