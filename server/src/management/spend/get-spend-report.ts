import type { Kysely } from 'kysely';
import type { Access } from '../../access/principal.ts';
import type { Call } from '../../http/call.ts';
import { nanoUsdToUsd } from '../../money/money.ts';
import type { Database } from '../../storage/database.ts';
import { toKeyHash } from '../keys/index.ts';
import type { Parts } from '../parts.ts';
import { labelIds } from '../usage/label-groups.ts';
import { otherId } from '../usage/read-activity.ts';
import { countRollups, sumScope } from '../usage/rollup-queries.ts';
import { atOneMoment } from '../usage/series-queries.ts';
import { sumTopGroups } from '../usage/sum-top-groups.ts';
import { sumWithTopKeys } from '../usage/sum-with-top-keys.ts';
import type { BucketRange } from '../usage/time-buckets.ts';
import { everythingWithinReach, scopeOf, type UsageFilter } from '../usage/usage-filter.ts';
import { addUsage, noUsage, type UsageSums } from '../usage/usage-sums.ts';
import type { ReportQuery, SpendReport } from './global-spend.contract.ts';
import { oneBucket, requiredDays } from './sum-by.ts';

/** Up to so many rollups are told apart by model and key on each day. */
const rollupsInDetail = 3_000;
const keysToldApart = 200;

/**
 * Spend by day and team or customer, or by key, over UTC days. A filter by customer reads the books of customers.
 * Of much spend, the largest teams, customers or keys are told apart, and all others are one, which is named `other`.
 * @throws ApiError 400 without dates, 403 for somebody else's spend.
 */
export async function getSpendReport(parts: Parts, call: Call, query: ReportQuery): Promise<SpendReport> {
  const { db } = parts.storage;
  const range = requiredDays(query);
  const filter: UsageFilter = {
    ...everythingWithinReach,
    userId: query.internal_user_id || null,
    teamId: query.team_id || null,
    keyHashes: query.api_key ? [toKeyHash(query.api_key)] : null,
    ...(query.customer_id ? { endUsers: [query.customer_id] } : {}),
  };
  switch (query.group_by ?? (query.customer_id ? 'customer' : query.api_key ? 'api_key' : 'team')) {
    case 'team':
      return byDay(range, await byTeamName(db, await readRows(db, call.access, filter, range, 'team_id'))).map(
        ({ day, groups }) => ({
          group_by_day: day,
          teams: groups.map((group) => ({ team_name: group.name, ...partsOf(group.rows) })),
        }),
      );
    case 'customer': {
      const rows = await readRows(db, call.access, filter, range, 'end_user');
      return byDay(
        range,
        Map.groupBy(rows, (row) => row.id),
      ).map(({ day, groups }) => ({
        group_by_day: day,
        customers: groups.map((group) => ({ customer: group.name, ...partsOf(group.rows) })),
      }));
    }
    case 'api_key': {
      const whole = oneBucket(range.startsAt, range.endsAt);
      const rows = await sumWithTopKeys(db, call.access, filter, whole, ['model_group'], keysToldApart);
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
}

/** What a team or customer spent on a day; on which model and with which key is told where there is little of it. */
interface ReportRow extends UsageSums {
  readonly bucket: number;
  readonly id: string;
  readonly model_group: string;
  readonly key_hash: string;
}

async function readRows(
  db: Kysely<Database>,
  access: Access,
  filter: UsageFilter,
  range: BucketRange,
  dimension: 'team_id' | 'end_user',
): Promise<ReportRow[]> {
  return atOneMoment(db, async (moment) => {
    const scope = await scopeOf(moment, access, filter, [dimension]);
    if ((await countRollups(moment, scope, range.startsAt, range.endsAt, rollupsInDetail)) < rollupsInDetail) {
      const rows = await sumScope(moment, scope, range, [dimension, 'key_hash', 'model_group']);
      return rows.map((row) => ({ ...row, id: row[dimension] }));
    }
    const { groups, rest } = await sumTopGroups(moment, access, filter, range, dimension);
    return [...groups, ...(rest === null ? [] : [{ ...rest, id: otherId }])].flatMap(({ id, byBucket }) =>
      [...byBucket].map(([bucket, sums]) => ({ ...sums, bucket, id, model_group: otherId, key_hash: otherId })),
    );
  });
}

async function byTeamName(db: Kysely<Database>, rows: readonly ReportRow[]): Promise<Map<string, ReportRow[]>> {
  const names = await labelIds(db, 'team_id', [...new Set(rows.map((row) => row.id))]);
  return Map.groupBy(rows, (row) => (row.id === '' ? 'Unassigned' : (names.get(row.id) ?? row.id)));
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
