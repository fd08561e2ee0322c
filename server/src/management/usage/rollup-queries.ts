import { type Expression, expressionBuilder, type Kysely, type SqlBool, sql } from 'kysely';
import type { Access } from '../../access/principal.ts';
import { ApiError } from '../../http/api-error.ts';
import { rollupSums } from '../../ledger/add-rollups.ts';
import '../../ledger/ledger.table.ts';
import type { Database } from '../../storage/database.ts';
import { planByDay, savesReading } from './plan-by-day.ts';
import { type BucketRange, evenRuns } from './time-buckets.ts';

/** All sums of some usage. */
export type UsageSums = Record<(typeof rollupSums)[number], number>;

/** What usage can be told apart by; a missing id is the empty string. */
export type UsageDimension =
  | 'key_hash'
  | 'user_id'
  | 'team_id'
  | 'model'
  | 'model_group'
  | 'provider'
  | 'endpoint'
  | SparseDimension;

/** Known of some answers only. An answer with two tags counts once in each, so sums by tag are no parts of a whole. */
type SparseDimension = 'tag' | 'end_user';

/** Narrows usage to one of each; null: not narrowed. */
export interface UsageFilter {
  readonly userId: string | null;
  readonly teamId: string | null;
  readonly keyHash: string | null;
  readonly modelGroup: string | null;
  /** Only together with the dimension `tag`: any of these. */
  readonly tags?: readonly string[];
  /** Only together with the dimension `end_user`: any of these. */
  readonly endUsers?: readonly string[];
}

/** No narrowing beyond the reach. */
export const everythingWithinReach: UsageFilter = { userId: null, teamId: null, keyHash: null, modelGroup: null };

/** The sums of one combination of dimensions in one bucket. */
export type BucketSums<Dimension extends UsageDimension> = UsageSums & { bucket: number } & Record<Dimension, string>;

/** A sum of nothing. */
export function noUsage(): UsageSums {
  return Object.fromEntries(rollupSums.map((name) => [name, 0])) as UsageSums;
}

/** Adds one sum to another, in place. Exact: every part is an integer. */
export function addUsage(total: UsageSums, part: UsageSums): void {
  for (const name of rollupSums) total[name] += part[name];
}

/**
 * Sums the rollups within the caller's reach by bucket and by the given dimensions. Everything that a page shows is
 * added up from these rows, so that its parts agree. Long ranges are read by the day, and only where the days of the
 * zone are not those of UTC, by the quarter of an hour; the result is the same.
 * @returns rows in no order; `bucket` is the place in `range.buckets`.
 */
export async function sumByBucket<Dimension extends UsageDimension>(
  db: Kysely<Database>,
  access: Access,
  filter: UsageFilter,
  range: BucketRange,
  dimensions: readonly Dimension[],
): Promise<BucketSums<Dimension>[]> {
  const grains = grainsFor(access, filter, dimensions);
  if (grains.byDay === null || !savesReading(range))
    return readSums(db, access, filter, range, dimensions, grains.byQuarterHour);
  const plan = planByDay(range);
  const sums = new Map<string, BucketSums<Dimension>>();
  const add = (row: BucketSums<Dimension>, bucket: number, sign: 1 | -1) => {
    if (range.buckets[bucket] === undefined) return;
    const place = JSON.stringify([bucket, ...dimensions.map((dimension) => row[dimension])]);
    const sum = sums.get(place) ?? { ...row, ...noUsage(), bucket };
    sums.set(place, sum);
    for (const name of rollupSums) sum[name] += sign * row[name];
  };
  const days = await readSums(db, access, filter, plan.days, dimensions, grains.byDay);
  for (const row of days) add(row, row.bucket, 1);
  if (plan.edges) {
    const { range: edges, quarterHours, isAfterMidnight } = plan.edges;
    const rows = await readSums(db, access, filter, edges, dimensions, grains.byQuarterHour, quarterHours);
    for (const row of rows) {
      // What lies between the midnight of UTC and that of the zone belongs to the day on the other side.
      const sign = isAfterMidnight[row.bucket] ? 1 : -1;
      add(row, row.bucket - 1, sign);
      add(row, row.bucket, sign === 1 ? -1 : 1);
    }
  }
  return [...sums.values()].filter((row) => rollupSums.some((name) => row[name] !== 0));
}

/** Sums the rollups within the caller's reach between two instants, the second not included. */
export async function sumBetween(
  db: Kysely<Database>,
  access: Access,
  filter: UsageFilter,
  startsAt: number,
  endsAt: number,
): Promise<UsageSums> {
  const total = noUsage();
  if (endsAt <= startsAt) return total;
  const buckets = [{ startsAt, endsAt, label: '' }];
  for (const row of await sumByBucket(db, access, filter, { startsAt, endsAt, buckets }, [])) addUsage(total, row);
  return total;
}

interface Grain {
  readonly table: string;
  readonly time: 'quarter_hour_at' | 'day_at';
}

interface Grains {
  readonly byQuarterHour: Grain;
  readonly byDay: Grain | null;
}

/** The smallest tables that know the answer. */
function grainsFor(access: Access, filter: UsageFilter, dimensions: readonly UsageDimension[]): Grains {
  const grains = (quarters: string, days: string | null): Grains => ({
    byQuarterHour: { table: quarters, time: 'quarter_hour_at' },
    byDay: days === null ? null : { table: days, time: 'day_at' },
  });
  if (dimensions.includes('tag')) return grains('tag_rollups', null);
  if (dimensions.includes('end_user')) return grains('customer_rollups', null);
  const byOwner =
    visibleUserId(access, filter.userId) !== null ||
    filter.teamId !== null ||
    filter.keyHash !== null ||
    dimensions.some((dimension) => dimension === 'key_hash' || dimension === 'user_id' || dimension === 'team_id');
  return byOwner
    ? grains('usage_rollups', 'usage_rollups_by_day')
    : grains('overall_rollups', 'overall_rollups_by_day');
}

/** @param instants narrows the range to the rows of exactly these times. */
async function readSums<Dimension extends UsageDimension>(
  db: Kysely<Database>,
  access: Access,
  filter: UsageFilter,
  range: BucketRange,
  dimensions: readonly Dimension[],
  grain: Grain,
  instants: readonly number[] | null = null,
): Promise<BucketSums<Dimension>[]> {
  const time = sql.ref<number>(grain.time);
  const when =
    instants === null
      ? sql<SqlBool>`${time} >= ${sql.lit(range.startsAt)} and ${time} < ${sql.lit(range.endsAt)}`
      : // Thousands of numbers: a text is made faster than as many parts of a query.
        sql<SqlBool>`${time} in (${sql.raw(instants.join())})`;
  const columns = dimensions.map((dimension) => sql.ref(dimension));
  const { rows } = await sql<BucketSums<Dimension>>`
    select ${sql.join([
      sql`${bucketOf(range, time)} as bucket`,
      ...columns,
      ...rollupSums.map((name) => sql`${sumOf(name)} as ${sql.ref(name)}`),
    ])}
    from ${sql.table(grain.table)}
    where ${within(access, filter)} and ${when}
    group by ${sql.join([sql.lit(1), ...columns])}`.execute(db);
  return rows;
}

/** The start of the last quarter of an hour in which something was recorded; null: never. Epoch milliseconds. */
export async function lastActiveQuarterHour(
  db: Kysely<Database>,
  access: Access,
  filter: UsageFilter,
): Promise<number | null> {
  const { table } = grainsFor(access, filter, []).byQuarterHour;
  const row = await db
    .selectFrom(table as 'usage_rollups')
    .select('quarter_hour_at')
    .where(within(access, filter))
    .orderBy('quarter_hour_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.quarter_hour_at ?? null;
}

/**
 * The user whose usage a caller may see; null: everybody's. Filters narrow this, and never widen it.
 * @throws ApiError 403 for keys that belong to no user, and for other people's usage.
 */
export function visibleUserId(access: Access, wantedUserId: string | null): string | null {
  switch (access.reach) {
    case 'all':
      return wantedUserId;
    case 'organization':
    case 'team':
    case 'own': {
      const own = access.principal.userId;
      if (!own) {
        throw refuse(
          'Service-account keys cannot query user analytics. Use a key that belongs to a user, or ask an admin.',
        );
      }
      if (wantedUserId !== null && wantedUserId !== own) {
        throw refuse('Non-admin users can only view their own spend data.');
      }
      return own;
    }
    case 'none':
      throw refuse('This role cannot see usage. Ask an admin for another role.');
  }
}

function refuse(message: string): ApiError {
  return new ApiError(403, message, { type: 'auth_error', param: 'user_id' });
}

function within(access: Access, filter: UsageFilter): Expression<SqlBool> {
  const is = expressionBuilder<Database, 'usage_rollups'>();
  const userId = visibleUserId(access, filter.userId);
  const conditions: Expression<SqlBool>[] = [];
  if (userId !== null) conditions.push(is('user_id', '=', userId));
  if (filter.teamId !== null) conditions.push(is('team_id', '=', filter.teamId));
  if (filter.keyHash !== null) conditions.push(is('key_hash', '=', filter.keyHash));
  if (filter.modelGroup !== null) conditions.push(is('model_group', '=', filter.modelGroup));
  if (filter.tags) conditions.push(isAnyOf('tag', filter.tags));
  if (filter.endUsers) conditions.push(isAnyOf('end_user', filter.endUsers));
  return conditions.length === 0 ? sql<SqlBool>`1 = 1` : is.and(conditions);
}

function isAnyOf(column: SparseDimension, values: readonly string[]): Expression<SqlBool> {
  return values.length === 0 ? sql<SqlBool>`1 = 0` : sql<SqlBool>`${sql.ref(column)} in (${sql.join(values)})`;
}

/** Sums of 64-bit integers are decimals in Postgres unless they are cast back. */
function sumOf(name: (typeof rollupSums)[number]) {
  return sql<number>`cast(coalesce(sum(${sql.ref(name)}), 0) as bigint)`;
}

/**
 * The place of a row's bucket. Literals, not parameters: a number that a driver sends as a floating-point value
 * would turn the integer division into another one.
 */
function bucketOf(range: BucketRange, time: Expression<number>) {
  const branches = evenRuns(range.buckets).map(
    (run) =>
      sql`when ${time} < ${sql.lit(run.endsAt)} then ${sql.lit(run.firstIndex)} + (${time} - ${sql.lit(run.startsAt)}) / ${sql.lit(run.bucketMs)}`,
  );
  // A range of nothing but a day that its zone left out has no instants.
  return branches.length === 0 ? sql<number>`0` : sql<number>`case ${sql.join(branches, sql` `)} end`;
}
