import type { Kysely } from 'kysely';
import { nanoUsdToUsd } from '../../money/money.ts';
import type { Database } from '../../storage/database.ts';
import '../keys/keys.table.ts';
import type { Activity, ActivityPart, ActivityRow } from './read-activity.ts';
import type { BucketRange } from './time-buckets.ts';
import type { DailyActivity } from './usage.contract.ts';
import { addUsage, noUsage, type UsageSums } from './usage-sums.ts';

type Day = DailyActivity['results'][number];
type Breakdown = Day['breakdown'];
type Part = Breakdown['models'][string];
type Metrics = Day['metrics'];
type Totals = Omit<DailyActivity['metadata'], 'page' | 'total_pages' | 'has_more'>;

/** The breakdowns by what was called. */
const breakdowns = [
  { name: 'models', dimension: 'model' },
  { name: 'model_groups', dimension: 'model_group' },
  { name: 'providers', dimension: 'provider' },
  { name: 'endpoints', dimension: 'endpoint' },
] as const;

/** Shows the days with activity, the newest first, and the totals of the range. */
export async function presentActivity(
  db: Kysely<Database>,
  activity: Activity,
  range: BucketRange,
): Promise<{ results: Day[]; totals: Totals }> {
  const keys = await describeKeys(db, new Set(activity.keys.map((part) => part.id)));
  const keysByDay = Map.groupBy(activity.keys, (part) => part.bucket);
  const entitiesByDay = Map.groupBy(activity.entities, (part) => part.bucket);
  const totals = noUsage();
  const results = [...Map.groupBy(activity.rows, (row) => row.bucket)]
    .sort(([dayA], [dayB]) => dayB - dayA)
    .map(([day, rows]) => {
      const sums = totalOf(rows);
      addUsage(totals, sums);
      return {
        date: range.buckets[day]?.label ?? '',
        metrics: presentSums(sums),
        breakdown: {
          mcp_servers: {},
          models: {},
          model_groups: {},
          providers: {},
          endpoints: {},
          ...Object.fromEntries(breakdowns.map(({ name, dimension }) => [name, bySubject(rows, dimension, keys)])),
          api_keys: byKey(keysByDay.get(day) ?? [], keys),
          entities: byEntity(entitiesByDay.get(day) ?? [], rows, keys),
        },
      };
    });
  return { results, totals: presentTotals(presentSums(totals)) };
}

interface KeyMetadata {
  readonly [name: string]: unknown;
  readonly key_alias: string | null;
  readonly team_id: string | null;
}

type Keys = ReadonlyMap<string, KeyMetadata>;

async function describeKeys(db: Kysely<Database>, hashes: ReadonlySet<string>): Promise<Keys> {
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

function bySubject(
  rows: readonly ActivityRow[],
  dimension: (typeof breakdowns)[number]['dimension'],
  keys: Keys,
): Record<string, Part> {
  return Object.fromEntries(
    [...Map.groupBy(rows, (row) => row[dimension] || 'unknown')].map(([id, rowsOfPart]) => [
      id,
      { metrics: presentSums(totalOf(rowsOfPart)), metadata: {}, ...keysBehind(rowsOfPart, keys) },
    ]),
  );
}

function byEntity(parts: readonly ActivityPart[], rows: readonly ActivityRow[], keys: Keys): Record<string, Part> {
  const rowsOf = Map.groupBy(rows, (row) => row.caller?.entity);
  return Object.fromEntries(
    [...Map.groupBy(parts, (part) => part.id)].map(([id, partsOfEntity]) => [
      id || 'Unassigned',
      {
        metrics: presentSums(totalOf(partsOfEntity.map(({ sums }) => sums))),
        metadata: {},
        ...keysBehind(rowsOf.get(id) ?? [], keys),
      },
    ]),
  );
}

/** The keys behind a part, where they are known. */
function keysBehind(rows: readonly ActivityRow[], keys: Keys): Pick<Part, 'api_key_breakdown'> {
  const parts: ActivityPart[] = [];
  for (const row of rows) {
    if (row.caller === null) return {};
    parts.push({ bucket: row.bucket, id: row.caller.keyHash, sums: row });
  }
  return parts.length === 0 ? {} : { api_key_breakdown: byKey(parts, keys) };
}

function byKey(parts: readonly ActivityPart[], keys: Keys): Breakdown['api_keys'] {
  return Object.fromEntries(
    [...Map.groupBy(parts, (part) => part.id)].map(([hash, partsOfKey]) => [
      hash,
      {
        metrics: presentSums(totalOf(partsOfKey.map(({ sums }) => sums))),
        metadata: keys.get(hash) ?? { key_alias: null, team_id: null },
      },
    ]),
  );
}

function totalOf(rows: readonly UsageSums[]): UsageSums {
  const [first] = rows;
  if (first && rows.length === 1) return first;
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

function presentTotals(metrics: Metrics): Totals {
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
