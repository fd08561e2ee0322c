import { type Kysely, type RawBuilder, sql } from 'kysely';
import { quarterHourMs, rollupSums } from '../../ledger/add-rollups.ts';
import { type SeriesKind, seriesKinds, seriesLabels } from '../../ledger/usage-series.ts';
import type { Database } from '../../storage/database.ts';

/**
 * Carries all rollups into the running totals and leaves what closing them quarter by quarter would, but in a few
 * large statements: closing is made for a gateway that serves meanwhile, and takes half an hour for the data of a year.
 * Nothing may be closed before.
 * @param endsAt epoch milliseconds; quarters that are over by then are closed.
 */
export async function closeYear(db: Kysely<Database>, endsAt: number): Promise<void> {
  const until = Math.floor(endsAt / quarterHourMs) * quarterHourMs;
  for (const kind of seriesKinds) {
    await addSeries(db, kind, until);
    // Postgres would otherwise take the new series for few, and look each of them up by going through all.
    await sql`analyze usage_series`.execute(db);
    await addTotals(db, kind, until);
    if (kind.isRanked) await addMonths(db, kind, until);
  }
  await db.updateTable('usage_closing').set({ closed_until: until }).execute();
}

async function addSeries(db: Kysely<Database>, kind: SeriesKind, until: number): Promise<void> {
  const columns = sql.join(seriesLabels.map((label) => sql.ref(label)));
  const values = seriesLabels.map((label) => (kind.by.includes(label) ? sql.ref(label) : sql`'' as ${sql.ref(label)}`));
  await sql`insert into usage_series (series_id, kind, ${columns})
    select (select coalesce(max(series_id), 0) from usage_series) + row_number() over (), ${kind.name}, ${columns}
    from (select distinct ${sql.join(values)} from ${sql.table(kind.from)} where quarter_hour_at < ${until}) as found`.execute(
    db,
  );
}

async function addTotals(db: Kysely<Database>, kind: SeriesKind, until: number): Promise<void> {
  const added = rollupSums.map((sum) => sql`sum(${sql.ref(sum)}) as ${sql.ref(sum)}`);
  const totals = rollupSums.map(
    (sum) => sql`cast(sum(${sql.ref(sum)}) over (partition by series_id order by quarter_hour_at) as bigint)`,
  );
  await sql`insert into running_totals (series_id, quarter_hour_at, ${sql.join(rollupSums.map((sum) => sql.ref(sum)))})
    select series_id, quarter_hour_at, ${sql.join(totals)}
    from (select series_id, quarter_hour_at, ${sql.join(added)} ${rollupsOf(kind, until)} group by 1, 2) as added
    order by 1, 2`.execute(db);
}

async function addMonths(db: Kysely<Database>, kind: SeriesKind, until: number): Promise<void> {
  const sums = ['spend_nano_usd', 'saved_nano_usd', 'requests'] as const;
  const added = sums.map((sum) => sql`cast(sum(${sql.ref(sum)}) as bigint)`);
  await sql`insert into month_totals (series_id, month_at, kind, model_group, ${sql.join(sums.map((sum) => sql.ref(sum)))})
    select series_id, ${await monthOf(db, until)}, kind, usage_series.model_group, ${sql.join(added)}
    ${rollupsOf(kind, until)} group by 1, 2, 3, 4`.execute(db);
}

/** The rollups of a kind of series, each beside its series. */
function rollupsOf(kind: SeriesKind, until: number): RawBuilder<unknown> {
  const labels = seriesLabels.map((label) => {
    const value = kind.by.includes(label) ? sql.ref(`rollups.${label}`) : sql`''`;
    return sql`${sql.ref(`usage_series.${label}`)} = ${value}`;
  });
  // A cross join, so that SQLite finds the series of each rollup, and not the rollups of each series.
  return sql`from ${sql.table(kind.from)} as rollups cross join usage_series
    where quarter_hour_at < ${until} and usage_series.kind = ${kind.name} and ${sql.join(labels, sql` and `)}`;
}

/** The beginning of the UTC month of `quarter_hour_at`. */
async function monthOf(db: Kysely<Database>, until: number): Promise<RawBuilder<number>> {
  const { first } = await db
    .selectFrom('usage_rollups')
    .select(({ fn }) => fn.min('quarter_hour_at').as('first'))
    .executeTakeFirstOrThrow();
  const start = new Date(first ?? until);
  const beginning = (month: number) => Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + month);
  const cases: RawBuilder<unknown>[] = [];
  for (let month = 0; beginning(month) < until; month += 1) {
    cases.push(sql`when quarter_hour_at < ${sql.lit(beginning(month + 1))} then ${sql.lit(beginning(month))}`);
  }
  return sql`case ${sql.join(cases, sql` `)} end`;
}
