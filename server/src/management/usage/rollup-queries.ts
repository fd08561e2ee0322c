import { type Expression, type Kysely, type SqlBool, sql } from 'kysely';
import type { Access } from '../../access/principal.ts';
import { rollupSums } from '../../ledger/add-rollups.ts';
import '../../ledger/ledger.table.ts';
import { type SeriesKind, smallestKind } from '../../ledger/usage-series.ts';
import type { Database } from '../../storage/database.ts';
import { currentHashes } from './replaced-keys.ts';
import {
  atOneMoment,
  countSeries,
  findSeries,
  limitsOf,
  readClosedUntil,
  readTotalsAt,
  type TotalAtLimit,
} from './series-queries.ts';
import { type BucketRange, evenRuns } from './time-buckets.ts';
import { conditionOf, scopeOf, type UsageDimension, type UsageFilter, type UsageScope } from './usage-filter.ts';
import { addUsage, noUsage, type UsageSums } from './usage-sums.ts';

/** The sums of one combination of dimensions in one bucket. */
export type BucketSums<Dimension extends UsageDimension> = UsageSums & { bucket: number } & Record<Dimension, string>;

/**
 * Sums usage within the caller's reach by bucket and by the given dimensions. Everything that a page shows is added up
 * from these rows, so that its parts agree.
 * @returns rows in no order; `bucket` is the place in `range.buckets`.
 */
export async function sumByBucket<Dimension extends UsageDimension>(
  db: Kysely<Database>,
  access: Access,
  filter: UsageFilter,
  range: BucketRange,
  dimensions: readonly Dimension[],
): Promise<BucketSums<Dimension>[]> {
  return atOneMoment(db, async (moment) =>
    sumScope(moment, await scopeOf(moment, access, filter, dimensions), range, dimensions),
  );
}

/** Sums usage within the caller's reach between two instants, the second not included. */
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

/** As `sumRows`, with the usage of earlier secrets of a key under its hash of today. */
export async function sumScope<Dimension extends UsageDimension>(
  db: Kysely<Database>,
  scope: UsageScope,
  range: BucketRange,
  dimensions: readonly Dimension[],
): Promise<BucketSums<Dimension>[]> {
  const rows = await sumRows(db, scope, range, dimensions);
  if (!dimensions.includes('key_hash' as Dimension)) return rows;
  const hashOf = (row: BucketSums<Dimension>) => (row as BucketSums<'key_hash'>).key_hash;
  const current = await currentHashes(db, [...new Set(rows.map(hashOf))]);
  if (current.size === 0) return rows;
  return merge(
    rows.map((row) => ({ ...row, key_hash: current.get(hashOf(row)) ?? hashOf(row) })),
    dimensions,
  );
}

/**
 * Sums a scope: what is closed from running totals, what is not from the rollups themselves; or all of it from the
 * rollups where those are fewer. The result is the same.
 * @param db what is read belongs together only inside `atOneMoment`.
 */
async function sumRows<Dimension extends UsageDimension>(
  db: Kysely<Database>,
  scope: UsageScope,
  range: BucketRange,
  dimensions: readonly Dimension[],
): Promise<BucketSums<Dimension>[]> {
  const closedUntil = Math.min(await readClosedUntil(db), range.endsAt);
  const kind = smallestKind(scope.source, [...scope.narrowed.keys(), ...dimensions]);
  if (kind === null || closedUntil <= range.startsAt) return sumRollups(db, scope, range, dimensions, range.startsAt);
  const searches = (await countSeries(db, kind, scope, mostSeries)) * limitsOf(range, closedUntil).length;
  // Adding up a rollup costs about as much as one search.
  const bound = Math.min(searches, mostCounted);
  if ((await countRollups(db, scope, range.startsAt, closedUntil, bound)) < bound) {
    return sumRollups(db, scope, range, dimensions, range.startsAt);
  }
  const closed = await sumSeries(db, kind, scope, range, dimensions, closedUntil);
  const open = closedUntil < range.endsAt ? await sumRollups(db, scope, range, dimensions, closedUntil) : [];
  return open.length === 0 ? closed : merge([...closed, ...open], dimensions);
}

const mostSeries = 100_000;
/** More rollups than this are never counted to find out whether there are fewer. */
const mostCounted = 20_000;

const indexedLabels = ['key_hash', 'user_id', 'tag', 'end_user', 'organization_id', 'team_id'] as const;

/** How many rollups a scope has between two instants, counted up to a bound. */
export async function countRollups(
  db: Kysely<Database>,
  scope: UsageScope,
  startsAt: number,
  endsAt: number,
  bound: number,
): Promise<number> {
  // By the one label that has an index: what the others leave out would be read all the same.
  const indexed = indexedLabels.find((label) => scope.narrowed.has(label));
  const read = { ...scope, narrowed: new Map([...scope.narrowed].filter(([label]) => label === indexed)) };
  // Of all of them in the order of time, so that no engine reads a table from its beginning to find those of a range.
  const order = indexed === undefined ? sql`order by quarter_hour_at` : sql``;
  const { rows } = await sql<{ found: number }>`select count(*) as found from (
    select 1 from ${sql.table(scope.source)} where ${conditionOf(read, scope.source)} and ${isWithin(startsAt, endsAt)}
    ${order} limit ${sql.lit(bound)}) as counted`.execute(db);
  return Number(rows[0]?.found ?? 0);
}

/** Sums what is closed of a scope from its running totals. Usage of earlier secrets stands under their own hashes. */
export async function sumSeries<Dimension extends UsageDimension>(
  db: Kysely<Database>,
  kind: SeriesKind,
  scope: UsageScope,
  range: BucketRange,
  dimensions: readonly Dimension[],
  closedUntil: number,
): Promise<BucketSums<Dimension>[]> {
  const limits = limitsOf(range, closedUntil);
  const series = await findSeries(db, kind, scope, dimensions);
  const totals = Map.groupBy(
    await readTotalsAt(
      db,
      series.map((one) => one.series_id),
      limits,
    ),
    (row) => row.series_id,
  );
  const rows: BucketSums<Dimension>[] = [];
  for (const { series_id, ...labels } of series) {
    const byLimit = new Map((totals.get(series_id) ?? []).map((total) => [total.limit_at, total]));
    for (let bucket = 0; bucket < range.buckets.length; bucket += 1) {
      const sums = difference(byLimit.get(limits[bucket + 1] ?? 0), byLimit.get(limits[bucket] ?? 0));
      if (sums) rows.push(Object.assign(sums, labels, { bucket }) as unknown as BucketSums<Dimension>);
    }
  }
  const combinations = new Set(series.map((one) => placeOf(one as Record<Dimension, string>, dimensions)));
  return combinations.size === series.length ? rows : merge(rows, dimensions);
}

function placeOf<Dimension extends UsageDimension>(
  labels: Readonly<Record<Dimension, string>>,
  dimensions: readonly Dimension[],
): string {
  return JSON.stringify(dimensions.map((dimension) => labels[dimension]));
}

/** Null where nothing happened between the two. */
function difference(after: TotalAtLimit | undefined, before: TotalAtLimit | undefined): UsageSums | null {
  if (!after) return null;
  const sums = noUsage();
  let isSome = false;
  for (const name of rollupSums) {
    const sum = after[name] - (before?.[name] ?? 0);
    sums[name] = sum;
    isSome ||= sum !== 0;
  }
  return isSome ? sums : null;
}

/** One row for each bucket and combination: several series may be told apart by what was not asked for. */
function merge<Dimension extends UsageDimension>(
  rows: readonly BucketSums<Dimension>[],
  dimensions: readonly Dimension[],
): BucketSums<Dimension>[] {
  const sums = new Map<string, BucketSums<Dimension>>();
  for (const row of rows) {
    const place = `${row.bucket} ${placeOf(row, dimensions)}`;
    const known = sums.get(place);
    if (known) addUsage(known, row);
    else sums.set(place, row);
  }
  return [...sums.values()];
}

/** @param since the first instant that is read; what is before it stands in the running totals. */
async function sumRollups<Dimension extends UsageDimension>(
  db: Kysely<Database>,
  scope: UsageScope,
  range: BucketRange,
  dimensions: readonly Dimension[],
  since: number,
): Promise<BucketSums<Dimension>[]> {
  const columns = dimensions.map((dimension) => sql.ref(dimension));
  const { rows } = await sql<BucketSums<Dimension>>`
    select ${sql.join([
      sql`${bucketOf(range, sql.ref<number>('quarter_hour_at'))} as bucket`,
      ...columns,
      ...rollupSums.map((name) => sql`${sumOf(name)} as ${sql.ref(name)}`),
    ])}
    from ${sql.table(scope.source)}
    where ${conditionOf(scope, scope.source)} and ${isWithin(since, range.endsAt)}
    group by ${sql.join([sql.lit(1), ...columns])}`.execute(db);
  return rows.filter((row) => rollupSums.some((name) => row[name] !== 0));
}

function isWithin(startsAt: number, endsAt: number) {
  return sql<SqlBool>`quarter_hour_at >= ${sql.lit(startsAt)} and quarter_hour_at < ${sql.lit(endsAt)}`;
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

/** The start of the last quarter of an hour in which something was recorded; null: never. Epoch milliseconds. */
export async function lastActiveQuarterHour(
  db: Kysely<Database>,
  access: Access,
  filter: UsageFilter,
): Promise<number | null> {
  return atOneMoment(db, async (moment) => {
    const scope = await scopeOf(moment, access, filter, []);
    const kind = smallestKind(scope.source, scope.narrowed.keys());
    if (kind === null) return null;
    const closedUntil = await readClosedUntil(moment);
    const { rows } = await sql<{ last: number | null }>`
      select max(last) as last from (
        select max(quarter_hour_at) as last from ${sql.table(scope.source)}
        where ${conditionOf(scope, scope.source)} and quarter_hour_at >= ${closedUntil}
        union all
        select (select max(quarter_hour_at) from running_totals where running_totals.series_id = usage_series.series_id) as last
        from usage_series where kind = ${kind.name} and ${conditionOf(scope, 'usage_series')}
      ) as found`.execute(moment);
    return rows[0]?.last ?? null;
  });
}
