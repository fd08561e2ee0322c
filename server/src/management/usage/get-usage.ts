import type * as z from 'zod/mini';
import type { Access } from '../../access/principal.ts';
import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import { toKeyHash } from '../keys/index.ts';
import type { Parts } from '../parts.ts';
import { accessToTeam } from './access-team.ts';
import { labelIds } from './label-groups.ts';
import { sumBetween, sumByBucket } from './rollup-queries.ts';
import { sumTopGroups, type TopGroups, type UsageGroup } from './sum-top-groups.ts';
import { type BucketRange, readBucketRange, startOfRangeBefore } from './time-buckets.ts';
import type { getUsage as endpoint, UsageQuery, usageGroups } from './usage.contract.ts';
import { lastActivityAt } from './usage.store.ts';
import type { UsageDimension, UsageFilter } from './usage-filter.ts';
import { addUsage, noUsage, type UsageSums } from './usage-sums.ts';

type Usage = z.infer<(typeof endpoint)['result']>;
type Metrics = Usage['totals'];

/** What each way of breaking down goes by. Models are told apart by the name that people call them by. */
const dimensionOf: Record<(typeof usageGroups)[number], UsageDimension | null> = {
  model: 'model_group',
  provider: 'provider',
  key: 'key_hash',
  user: 'user_id',
  team: 'team_id',
  endpoint: 'endpoint',
  none: null,
};

/**
 * Usage in a range of days. Totals, buckets, groups and the rest always agree. Narrowed to a team, it is all of the
 * team's for those who see that in `/team/daily/activity` too.
 * @throws ApiError 400 for a range that makes no sense, 403 for somebody else's usage.
 */
export async function getUsage(parts: Parts, call: Call, query: UsageQuery): Promise<Usage> {
  const { db } = parts.storage;
  const timeZone = query.timezone || parts.settings.timezone;
  const range = readBucketRange(query.start_date, query.end_date, timeZone, query.granularity ?? 'day');
  const filter = readUsageFilter(query);
  const dimension = dimensionOf[query.group_by ?? 'none'];
  const { access } = filter.teamId === null ? call : await accessToTeam(db, call.access, filter.teamId);
  const usage =
    dimension === null
      ? await sumWhole(parts, access, filter, range)
      : await sumTopGroups(db, access, filter, range, dimension);
  const previousStart = startOfRangeBefore(query.start_date, query.end_date, timeZone);
  const previous = await sumBetween(db, access, filter, previousStart, range.startsAt);
  const ids = usage.groups.map((group) => group.id);
  const labels = dimension === null ? new Map<string, string>() : await labelIds(db, dimension, ids);
  const lastActivity = await lastActivityAt(db, access, filter);
  return {
    timezone: timeZone,
    totals: presentSums(usage.totals),
    previous_totals: previous.requests === 0 ? null : presentSums(previous),
    buckets: range.buckets.map((bucket, index) => ({
      starts_at: new Date(bucket.startsAt).toISOString(),
      label: bucket.label,
      totals: presentSums(usage.buckets[index] ?? noUsage()),
    })),
    groups: usage.groups.map((group) => ({
      id: group.id,
      label: labels.get(group.id) ?? group.id,
      ...presentGroup(group, range),
    })),
    rest: usage.rest && presentGroup(usage.rest, range),
    last_activity_at: lastActivity === null ? null : new Date(lastActivity).toISOString(),
  };
}

/** Not broken down. */
async function sumWhole(parts: Parts, access: Access, filter: UsageFilter, range: BucketRange): Promise<TopGroups> {
  const totals = noUsage();
  const buckets = range.buckets.map(noUsage);
  for (const row of await sumByBucket(parts.storage.db, access, filter, range, [])) {
    addUsage(totals, row);
    const bucket = buckets[row.bucket];
    if (bucket) addUsage(bucket, row);
  }
  return { totals, buckets, groups: [], rest: null };
}

const mostKeys = 100;

/**
 * The hashes of keys, which are named by their secrets, hashes, or the alias of the master key.
 * @throws ApiError 400 for too many.
 */
function readKeyNames(names: string): string[] {
  const hashes = names.split(',').map((name) => toKeyHash(name.trim()));
  if (hashes.length <= mostKeys) return hashes;
  throw new ApiError(400, `api_key names ${hashes.length} keys, and at most ${mostKeys} can be asked for at once.`, {
    type: 'bad_request_error',
    param: 'api_key',
  });
}

/** Reads the filters of a query. @throws ApiError 400 for too many keys. */
export function readUsageFilter(query: {
  user_id?: string | undefined;
  team_id?: string | undefined;
  api_key?: string | undefined;
  model?: string | undefined;
}): UsageFilter {
  return {
    userId: query.user_id || null,
    teamId: query.team_id || null,
    keyHashes: query.api_key ? readKeyNames(query.api_key) : null,
    modelGroup: query.model || null,
  };
}

function presentGroup({ totals, byBucket }: UsageGroup, range: BucketRange) {
  return {
    totals: presentSums(totals),
    series_spend_nano_usd: range.buckets.map((_, index) => byBucket.get(index)?.spend_nano_usd ?? 0),
    series_requests: range.buckets.map((_, index) => byBucket.get(index)?.requests ?? 0),
  };
}

function presentSums(sums: UsageSums): Metrics {
  return {
    spend_nano_usd: sums.spend_nano_usd,
    requests: sums.requests,
    failed_requests: sums.failed_requests,
    prompt_tokens: sums.prompt_tokens,
    completion_tokens: sums.completion_tokens,
    cache_read_input_tokens: sums.cache_read_input_tokens,
    cache_creation_input_tokens: sums.cache_creation_input_tokens,
    cache_hits: sums.cache_hits,
    saved_nano_usd: sums.saved_nano_usd,
  };
}
