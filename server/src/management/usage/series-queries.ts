import { type Kysely, type RawBuilder, sql } from 'kysely';
import { rollupSums } from '../../ledger/add-rollups.ts';
import '../../ledger/running-totals.table.ts';
import type { UsageSeriesTable } from '../../ledger/running-totals.table.ts';
import type { SeriesKind, SeriesLabel } from '../../ledger/usage-series.ts';
import type { Database } from '../../storage/database.ts';
import { engineOf } from '../../storage/engine-of.ts';
import { listedNumbers } from '../../storage/listed-values.ts';
import type { BucketRange } from './time-buckets.ts';
import { conditionOf, type UsageScope } from './usage-filter.ts';
import type { UsageSums } from './usage-sums.ts';

/** A series with the labels that were asked for. */
export type LabelledSeries = Pick<UsageSeriesTable, 'series_id'> & Partial<Record<SeriesLabel, string>>;

/**
 * Reads at one moment: everything that the action reads belongs together, whatever is folded or closed meanwhile.
 */
export async function atOneMoment<Result>(
  db: Kysely<Database>,
  action: (moment: Kysely<Database>) => Promise<Result>,
): Promise<Result> {
  if (db.isTransaction) return action(db);
  // SQLite, which knows no other, takes no notice of the isolation level.
  return db.transaction().setIsolationLevel('repeatable read').execute(action);
}

/** Up to where the running totals are complete. Epoch milliseconds. */
export async function readClosedUntil(db: Kysely<Database>): Promise<number> {
  const { closed_until } = await db.selectFrom('usage_closing').select('closed_until').executeTakeFirstOrThrow();
  return closed_until;
}

/** How many series of a kind a scope has, counted up to a bound. */
export async function countSeries(
  db: Kysely<Database>,
  kind: SeriesKind,
  scope: UsageScope,
  bound: number,
): Promise<number> {
  const { rows } = await sql<{ found: number }>`select count(*) as found from (
    select 1 from usage_series where kind = ${kind.name} and ${conditionOf(scope, 'usage_series')} limit ${sql.lit(bound)}
  ) as counted`.execute(db);
  return Number(rows[0]?.found ?? 0);
}

/** The series of a kind in a scope. */
export async function findSeries(
  db: Kysely<Database>,
  kind: SeriesKind,
  scope: UsageScope,
  labels: readonly SeriesLabel[],
): Promise<LabelledSeries[]> {
  const columns = [sql.ref('series_id'), ...labels.map((label) => sql.ref(label))];
  const { rows } = await sql<LabelledSeries>`select ${sql.join(columns)} from usage_series
    where kind = ${kind.name} and ${conditionOf(scope, 'usage_series')}`.execute(db);
  return rows;
}

/** What a series had added up to when the bucket with this number began; the last one: when the range ended. */
export interface TotalAtLimit extends UsageSums {
  readonly series_id: number;
  readonly limit_at: number;
}

/**
 * What series had added up to before each of some instants. Series that had not begun are missing. However long the
 * time between two instants: one search of an index each.
 */
export async function readTotalsAt(
  db: Kysely<Database>,
  seriesIds: readonly number[],
  instants: readonly number[],
): Promise<TotalAtLimit[]> {
  if (seriesIds.length === 0) return [];
  const sums = sql.join(rollupSums.map((sum) => sql.ref(`totals.${sum}`)));
  const { rows } = await sql<TotalAtLimit>`
    with wanted as materialized (${listedNumbers(db, seriesIds)}), limits as materialized (${listedNumbers(db, [...new Set(instants)])})
    select wanted.listed as series_id, limits.listed as limit_at, ${sums}
    from wanted cross join limits ${lastTotalBefore(db, 'wanted.listed', 'limits.listed')}`.execute(db);
  return rows;
}

/**
 * Joins the last running total of a series before an instant. Each engine finds it in its own way; the other's would cost
 * twice as much, or not run.
 */
export function lastTotalBefore(db: Kysely<Database>, seriesId: string, instant: string): RawBuilder<unknown> {
  return engineOf(db) === 'postgres'
    ? sql`cross join lateral (
        select * from running_totals as earlier
        where earlier.series_id = ${sql.ref(seriesId)} and earlier.quarter_hour_at < ${sql.ref(instant)}
        order by earlier.quarter_hour_at desc limit 1
      ) as totals`
    : sql`join running_totals as totals on totals.series_id = ${sql.ref(seriesId)} and totals.quarter_hour_at = (
        select max(earlier.quarter_hour_at) from running_totals as earlier
        where earlier.series_id = ${sql.ref(seriesId)} and earlier.quarter_hour_at < ${sql.ref(instant)}
      )`;
}

/** The limits of a range's buckets, one more than there are buckets, none of them beyond an instant. */
export function limitsOf(range: BucketRange, until: number): number[] {
  return [range.startsAt, ...range.buckets.map((bucket) => bucket.endsAt)].map((limit) => Math.min(limit, until));
}
