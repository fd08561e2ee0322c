import type { Kysely } from 'kysely';
import type * as z from 'zod/mini';
import type { Access } from '../../access/principal.ts';
import type { Call } from '../../http/call.ts';
import type { Database } from '../../storage/database.ts';
import type { Parts } from '../parts.ts';
import {
  accessToTeam,
  type BucketRange,
  labelIds,
  noUsage,
  readBucketRange,
  readUsageFilter,
  sumByBucket,
  sumTopGroups,
  type UsageDimension,
  type UsageFilter,
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
 * side and never mixed. Totals, buckets and groups are added up from the same rows. Narrowed to a team, it is all of
 * the team's for those who see that in `/team/daily/activity` too.
 * @throws ApiError 400 for a range that makes no sense, 403 for somebody else's usage.
 */
export async function getCacheAnalytics(parts: Parts, call: Call, query: CacheAnalyticsQuery): Promise<CacheAnalytics> {
  const { db } = parts.storage;
  const { cache } = parts.settings;
  const timeZone = query.timezone || parts.settings.timezone;
  const range = readBucketRange(query.start_date, query.end_date, timeZone, query.granularity ?? 'day');
  const dimension = dimensionOf[query.group_by ?? 'model'];
  const filter = readUsageFilter(query);
  const { access } = filter.teamId === null ? call : await accessToTeam(db, call.access, filter.teamId);
  const usage = await sumTopGroups(db, access, filter, range, dimension, {
    by: 'saved_nano_usd',
    count: mostGroups,
    inEachBucket: false,
  });
  const ids = usage.groups.map((group) => group.id);
  const labels = await labelIds(db, dimension, ids);
  const isAllReported = usage.totals.unreported_input_tokens === 0;
  return {
    enabled: cache.enabled,
    mode: cache.mode,
    timezone: timeZone,
    totals: presentSums(usage.totals),
    buckets: range.buckets.map((bucket, index) => ({
      starts_at: new Date(bucket.startsAt).toISOString(),
      label: bucket.label,
      totals: presentSums(usage.buckets[index] ?? noUsage()),
    })),
    groups: usage.groups.map(({ id, totals }) => ({ id, label: labels.get(id) ?? id, totals: presentSums(totals) })),
    rest: usage.rest && presentSums(usage.rest.totals),
    not_reported_by: isAllReported ? [] : await findSilentProviders(db, access, filter, range),
  };
}

async function findSilentProviders(
  db: Kysely<Database>,
  access: Access,
  filter: UsageFilter,
  { startsAt, endsAt }: BucketRange,
): Promise<string[]> {
  const whole = { startsAt, endsAt, buckets: [{ startsAt, endsAt, label: '' }] };
  const rows = await sumByBucket(db, access, filter, whole, ['provider']);
  return rows
    .filter((row) => row.unreported_input_tokens > 0 && row.provider !== '')
    .sort((one, other) => other.unreported_input_tokens - one.unreported_input_tokens)
    .map((row) => row.provider);
}

function presentSums(sums: UsageSums): CacheMetrics {
  return {
    requests: sums.requests,
    spend_nano_usd: sums.spend_nano_usd,
    response_cache: presentResponseCache(sums),
    prompt_cache: presentPromptCache(sums),
  };
}

function presentResponseCache(sums: UsageSums): CacheMetrics['response_cache'] {
  const eligible = sums.cache_hits + sums.cache_misses;
  return {
    eligible,
    hits: sums.cache_hits,
    misses: sums.cache_misses,
    stale: sums.stale_cache_misses,
    bypassed: sums.cache_bypasses,
    not_cacheable: sums.uncacheable_requests,
    off: sums.requests - eligible - sums.cache_bypasses - sums.uncacheable_requests,
    hit_rate: eligible === 0 ? null : sums.cache_hits / eligible,
    prompt_tokens_saved: sums.cached_prompt_tokens,
    completion_tokens_saved: sums.cached_completion_tokens,
    saved_nano_usd: sums.saved_nano_usd,
    saved_ms: sums.saved_ms,
  };
}

function presentPromptCache(sums: UsageSums): CacheMetrics['prompt_cache'] {
  // Answers from the response cache never reached a provider, so its prompt cache had no part in their tokens.
  const input = sums.prompt_tokens - sums.cached_prompt_tokens;
  const reported = input - sums.unreported_input_tokens;
  return {
    input_tokens: input,
    uncached_input_tokens: reported - sums.cache_read_input_tokens - sums.cache_creation_input_tokens,
    cache_creation_input_tokens: sums.cache_creation_input_tokens,
    cache_read_input_tokens: sums.cache_read_input_tokens,
    not_reported_input_tokens: sums.unreported_input_tokens,
    read_share: reported <= 0 ? null : sums.cache_read_input_tokens / reported,
    read_saving_nano_usd: sums.prompt_cache_saved_nano_usd,
    write_premium_nano_usd: sums.prompt_cache_premium_nano_usd,
    net_saved_nano_usd: sums.prompt_cache_saved_nano_usd - sums.prompt_cache_premium_nano_usd,
  };
}
