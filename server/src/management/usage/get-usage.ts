import type * as z from 'zod/mini';
import type { Call } from '../../http/call.ts';
import { toKeyHash } from '../keys/index.ts';
import type { Parts } from '../parts.ts';
import { labelIds } from './label-groups.ts';
import {
  addUsage,
  noUsage,
  sumBetween,
  sumByBucket,
  type UsageDimension,
  type UsageFilter,
  type UsageSums,
} from './rollup-queries.ts';
import { readBucketRange, startOfRangeBefore } from './time-buckets.ts';
import type { getUsage as endpoint, UsageQuery, usageGroups } from './usage.contract.ts';
import { lastActivityAt } from './usage.store.ts';

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

interface Group {
  readonly totals: UsageSums;
  readonly spend: number[];
  readonly requests: number[];
}

/**
 * Usage in a range of days. Totals, buckets and groups are added up from the same rows, so they always agree.
 * @throws ApiError 400 for a range that makes no sense, 403 for somebody else's usage.
 */
export async function getUsage(parts: Parts, call: Call, query: UsageQuery): Promise<Usage> {
  const { db } = parts.storage;
  const timeZone = query.timezone || parts.settings.timezone;
  const range = readBucketRange(query.start_date, query.end_date, timeZone, query.granularity ?? 'day');
  const filter = readUsageFilter(query);
  const dimension = dimensionOf[query.group_by ?? 'none'];
  const rows = await sumByBucket(db, call.access, filter, range, dimension === null ? [] : [dimension]);
  const totals = noUsage();
  const buckets = range.buckets.map(noUsage);
  const groups = new Map<string, Group>();
  for (const row of rows) {
    addUsage(totals, row);
    const bucket = buckets[row.bucket];
    if (bucket) addUsage(bucket, row);
    if (dimension === null) continue;
    const group = groups.get(row[dimension]) ?? newGroup(range.buckets.length);
    groups.set(row[dimension], group);
    addUsage(group.totals, row);
    group.spend[row.bucket] = row.spend_nano_usd;
    group.requests[row.bucket] = row.requests;
  }
  const previousStart = startOfRangeBefore(query.start_date, query.end_date, timeZone);
  const previous = await sumBetween(db, call.access, filter, previousStart, range.startsAt);
  const labels = dimension === null ? new Map<string, string>() : await labelIds(db, dimension, [...groups.keys()]);
  const lastActivity = await lastActivityAt(db, call.access, filter);
  return {
    timezone: timeZone,
    totals: presentSums(totals),
    previous_totals: previous.requests === 0 ? null : presentSums(previous),
    buckets: range.buckets.map((bucket, index) => ({
      starts_at: new Date(bucket.startsAt).toISOString(),
      label: bucket.label,
      totals: presentSums(buckets[index] ?? noUsage()),
    })),
    groups: [...groups]
      .sort(([idA, a], [idB, b]) => bySize(a.totals, b.totals) || (idA < idB ? -1 : 1))
      .map(([id, group]) => ({
        id,
        label: labels.get(id) ?? id,
        totals: presentSums(group.totals),
        series_spend_nano_usd: group.spend,
        series_requests: group.requests,
      })),
    last_activity_at: lastActivity === null ? null : new Date(lastActivity).toISOString(),
  };
}

/** Reads the filters of a query; a key may be named by its secret, its hash, or the alias of the master key. */
export function readUsageFilter(query: {
  user_id?: string | undefined;
  team_id?: string | undefined;
  api_key?: string | undefined;
  model?: string | undefined;
}): UsageFilter {
  return {
    userId: query.user_id || null,
    teamId: query.team_id || null,
    keyHash: query.api_key ? toKeyHash(query.api_key) : null,
    modelGroup: query.model || null,
  };
}

/** Largest spend first, then most requests. */
function bySize(a: UsageSums, b: UsageSums): number {
  return b.spend_nano_usd - a.spend_nano_usd || b.requests - a.requests;
}

function newGroup(bucketCount: number): Group {
  return {
    totals: noUsage(),
    spend: Array.from({ length: bucketCount }, () => 0),
    requests: Array.from({ length: bucketCount }, () => 0),
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
