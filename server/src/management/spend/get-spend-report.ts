import type { Kysely } from 'kysely';
import type { Call } from '../../http/call.ts';
import { nanoUsdToUsd } from '../../money/money.ts';
import type { Database } from '../../storage/database.ts';
import { toKeyHash } from '../keys/index.ts';
import type { Parts } from '../parts.ts';
import { labelIds } from '../usage/label-groups.ts';
import {
  addUsage,
  type BucketSums,
  everythingWithinReach,
  noUsage,
  sumByBucket,
  type UsageFilter,
  type UsageSums,
} from '../usage/rollup-queries.ts';
import type { BucketRange } from '../usage/time-buckets.ts';
import type { ReportQuery, SpendReport } from './global-spend.contract.ts';
import { requiredDays } from './sum-by.ts';

/**
 * Spend by day and team or customer, or by key, over UTC days. A filter by customer reads the books of customers.
 * @throws ApiError 400 without dates, 403 for somebody else's spend.
 */
export async function getSpendReport(parts: Parts, call: Call, query: ReportQuery): Promise<SpendReport> {
  const { db } = parts.storage;
  const range = requiredDays(query);
  const filter: UsageFilter = {
    ...everythingWithinReach,
    userId: query.internal_user_id || null,
    teamId: query.team_id || null,
    keyHash: query.api_key ? toKeyHash(query.api_key) : null,
    ...(query.customer_id ? { endUsers: [query.customer_id] } : {}),
  };
  const groupBy = query.group_by ?? (query.customer_id ? 'customer' : query.api_key ? 'api_key' : 'team');
  const dimension = ({ team: 'team_id', customer: 'end_user', api_key: 'key_hash' } as const)[groupBy];
  // The customer stands only in the books of customers, so a filter by one needs its dimension too.
  const dimensions = [...new Set([dimension, 'key_hash', 'model_group', ...(query.customer_id ? ['end_user'] : [])])];
  const rows = (await sumByBucket(db, call.access, filter, range, dimensions as ReportDimension[])) as ReportRow[];
  switch (groupBy) {
    case 'team':
      return byDay(range, await byTeamName(db, rows)).map(({ day, groups }) => ({
        group_by_day: day,
        teams: groups.map((group) => ({ team_name: group.name, ...partsOf(group.rows) })),
      }));
    case 'customer':
      return byDay(
        range,
        Map.groupBy(rows, (row) => row.end_user),
      ).map(({ day, groups }) => ({
        group_by_day: day,
        customers: groups.map((group) => ({ customer: group.name, ...partsOf(group.rows) })),
      }));
    case 'api_key':
      return [...Map.groupBy(rows, (row) => row.key_hash)]
        .map(([key, rowsOfKey]) => ({
          api_key: key,
          ...costsOf(totalOf(rowsOfKey)),
          model_details: [...Map.groupBy(rowsOfKey, (row) => row.model_group)]
            .map(([model, rowsOfModel]) => ({ model, ...costsOf(totalOf(rowsOfModel)) }))
            .sort((one, other) => other.total_cost - one.total_cost),
        }))
        .sort((one, other) => other.total_cost - one.total_cost);
  }
}

type ReportDimension = 'team_id' | 'end_user' | 'key_hash' | 'model_group';
type ReportRow = BucketSums<ReportDimension>;

async function byTeamName(db: Kysely<Database>, rows: readonly ReportRow[]): Promise<Map<string, ReportRow[]>> {
  const names = await labelIds(db, 'team_id', [...new Set(rows.map((row) => row.team_id))]);
  return Map.groupBy(rows, (row) => (row.team_id === '' ? 'Unassigned' : (names.get(row.team_id) ?? row.team_id)));
}

interface Group {
  readonly name: string;
  readonly rows: readonly ReportRow[];
}

/** Days with anything in them, oldest first. */
function byDay(
  range: BucketRange,
  byName: ReadonlyMap<string, readonly ReportRow[]>,
): { day: string; groups: Group[] }[] {
  return range.buckets.flatMap((bucket, index) => {
    const groups = [...byName]
      .map(([name, rows]) => ({ name, rows: rows.filter((row) => row.bucket === index) }))
      .filter((group) => group.rows.length > 0);
    return groups.length === 0 ? [] : [{ day: `${bucket.label}T00:00:00`, groups }];
  });
}

function partsOf(rows: readonly ReportRow[]) {
  return {
    total_spend: nanoUsdToUsd(totalOf(rows).spend_nano_usd),
    metadata: rows.map((row) => ({
      model: row.model_group,
      spend: nanoUsdToUsd(row.spend_nano_usd),
      total_tokens: row.prompt_tokens + row.completion_tokens,
      api_key: row.key_hash,
    })),
  };
}

function costsOf(sums: UsageSums) {
  return {
    total_cost: nanoUsdToUsd(sums.spend_nano_usd),
    total_input_tokens: sums.prompt_tokens,
    total_output_tokens: sums.completion_tokens,
  };
}

function totalOf(rows: readonly UsageSums[]): UsageSums {
  const total = noUsage();
  for (const row of rows) addUsage(total, row);
  return total;
}
