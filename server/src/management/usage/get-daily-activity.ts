import type { Kysely } from 'kysely';
import type { Access } from '../../access/principal.ts';
import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import { nanoUsdToUsd } from '../../money/money.ts';
import type { Database } from '../../storage/database.ts';
import type { Parts } from '../parts.ts';
import { readUsageFilter } from './get-usage.ts';
import { addUsage, type BucketSums, noUsage, sumByBucket, type UsageFilter, type UsageSums } from './rollup-queries.ts';
import { type BucketRange, readBucketRange } from './time-buckets.ts';
import type { DailyActivity, DailyActivityDates, DailyActivityQuery } from './usage.contract.ts';

type Day = DailyActivity['results'][number];
type Breakdown = Day['breakdown'];
type Part = Breakdown['models'][string];
type Metrics = Day['metrics'];
type Entity = 'user_id' | 'team_id' | 'tag' | 'end_user';
type Row = BucketSums<(typeof subjects)[number]> & { readonly entity: string };

const subjects = ['model', 'model_group', 'provider', 'endpoint', 'key_hash'] as const;

/** The breakdowns of a day, and what stands in each of them for an id that is missing. */
const breakdowns = [
  { name: 'models', dimension: 'model', missing: 'unknown' },
  { name: 'model_groups', dimension: 'model_group', missing: 'unknown' },
  { name: 'providers', dimension: 'provider', missing: 'unknown' },
  { name: 'endpoints', dimension: 'endpoint', missing: 'unknown' },
  { name: 'entities', dimension: 'entity', missing: 'Unassigned' },
] as const;

/** Whose activity is added up: usage that a caller may see, and how it is narrowed. */
export interface ActivitySource {
  readonly access: Access;
  readonly filter: UsageFilter;
}

/**
 * Days with activity of users, newest first, in LiteLLM's shape.
 * @throws ApiError 400 without dates, 403 for somebody else's activity.
 */
export async function getDailyActivity(parts: Parts, call: Call, query: DailyActivityQuery): Promise<DailyActivity> {
  return sumDailyActivity(parts, query, 'user_id', [{ access: call.access, filter: readUsageFilter(query) }]);
}

/**
 * Days with activity, newest first. One answer holds the whole range, so the totals are those of the range and there
 * is one page; further pages are empty, so that a client that adds up pages stays right.
 * @param entity what the breakdown `entities` goes by.
 * @param sources must not overlap: what stands in two of them counts twice.
 * @throws ApiError 400 without dates.
 */
export async function sumDailyActivity(
  parts: Parts,
  query: DailyActivityDates,
  entity: Entity,
  sources: readonly ActivitySource[],
): Promise<DailyActivity> {
  if (!query.start_date || !query.end_date) throw new ApiError(400, 'Please provide start_date and end_date');
  const { db } = parts.storage;
  const range = readBucketRange(query.start_date, query.end_date, readZone(query.timezone), 'day');
  const isFirstPage = (query.page ?? 1) <= 1;
  const rows: Row[] = [];
  for (const { access, filter } of isFirstPage ? sources : []) {
    const sums = await sumByBucket(db, access, filter, range, [...subjects, entity]);
    for (const row of sums) rows.push({ ...row, entity: row[entity] });
  }
  const keys = await describeKeys(db, new Set(rows.map((row) => row.key_hash)));
  const totals = noUsage();
  for (const row of rows) addUsage(totals, row);
  return {
    results: presentDays(range, rows, keys),
    metadata: { ...presentTotals(presentSums(totals)), page: query.page ?? 1, total_pages: 1, has_more: false },
  };
}

/** LiteLLM sends how many minutes UTC is ahead (480 in California), as browsers count; we also take IANA names. */
function readZone(timezone: string | undefined): string {
  if (!timezone) return 'UTC';
  if (!/^-?\d{1,3}$/.test(timezone)) return timezone;
  const minutes = -Number(timezone);
  return `${minutes < 0 ? '-' : '+'}${new Date(Math.abs(minutes) * 60_000).toISOString().slice(11, 16)}`;
}

interface KeyMetadata {
  readonly [name: string]: unknown;
  readonly key_alias: string | null;
  readonly team_id: string | null;
}

async function describeKeys(
  db: Kysely<Database>,
  hashes: ReadonlySet<string>,
): Promise<ReadonlyMap<string, KeyMetadata>> {
  const all = [...hashes];
  const described = new Map<string, KeyMetadata>();
  for (let start = 0; start < all.length; start += 500) {
    const keys = await db
      .selectFrom('keys')
      .select(['key_hash', 'key_alias', 'team_id'])
      .where('key_hash', 'in', all.slice(start, start + 500))
      .execute();
    for (const key of keys) described.set(key.key_hash, { key_alias: key.key_alias, team_id: key.team_id });
  }
  return described;
}

function presentDays(range: BucketRange, rows: readonly Row[], keys: ReadonlyMap<string, KeyMetadata>): Day[] {
  const byDay = Map.groupBy(rows, (row) => row.bucket);
  return [...byDay]
    .sort(([dayA], [dayB]) => dayB - dayA)
    .map(([day, rowsOfDay]) => ({
      date: range.buckets[day]?.label ?? '',
      metrics: presentSums(totalOf(rowsOfDay)),
      breakdown: breakDown(rowsOfDay, keys),
    }));
}

function breakDown(rows: readonly Row[], keys: ReadonlyMap<string, KeyMetadata>): Breakdown {
  const breakdown: Breakdown = {
    mcp_servers: {},
    models: {},
    model_groups: {},
    providers: {},
    endpoints: {},
    api_keys: byKey(rows, keys),
    entities: {},
  };
  for (const { name, dimension, missing } of breakdowns) {
    const parts = new Map<string, Part>();
    for (const [id, rowsOfPart] of Map.groupBy(rows, (row) => row[dimension] || missing)) {
      parts.set(id, {
        metrics: presentSums(totalOf(rowsOfPart)),
        metadata: {},
        api_key_breakdown: byKey(rowsOfPart, keys),
      });
    }
    breakdown[name] = Object.fromEntries(parts);
  }
  return breakdown;
}

function byKey(rows: readonly Row[], keys: ReadonlyMap<string, KeyMetadata>) {
  return Object.fromEntries(
    [...Map.groupBy(rows, (row) => row.key_hash)].map(([hash, rowsOfKey]) => [
      hash,
      { metrics: presentSums(totalOf(rowsOfKey)), metadata: keys.get(hash) ?? { key_alias: null, team_id: null } },
    ]),
  );
}

function totalOf(rows: readonly UsageSums[]): UsageSums {
  const total = noUsage();
  for (const row of rows) addUsage(total, row);
  return total;
}

function presentSums(sums: UsageSums): Metrics {
  return {
    spend: nanoUsdToUsd(sums.spend_nano_usd),
    prompt_tokens: sums.prompt_tokens,
    completion_tokens: sums.completion_tokens,
    cache_read_input_tokens: sums.cache_read_input_tokens,
    cache_creation_input_tokens: sums.cache_creation_input_tokens,
    total_tokens: sums.prompt_tokens + sums.completion_tokens,
    successful_requests: sums.requests - sums.failed_requests,
    failed_requests: sums.failed_requests,
    api_requests: sums.requests,
  };
}

function presentTotals(metrics: Metrics): Omit<DailyActivity['metadata'], 'page' | 'total_pages' | 'has_more'> {
  return {
    total_spend: metrics.spend,
    total_prompt_tokens: metrics.prompt_tokens,
    total_completion_tokens: metrics.completion_tokens,
    total_tokens: metrics.total_tokens,
    total_api_requests: metrics.api_requests,
    total_successful_requests: metrics.successful_requests,
    total_failed_requests: metrics.failed_requests,
    total_cache_read_input_tokens: metrics.cache_read_input_tokens,
    total_cache_creation_input_tokens: metrics.cache_creation_input_tokens,
  };
}
