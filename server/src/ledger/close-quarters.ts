import { type Kysely, type RawBuilder, sql, type Transaction } from 'kysely';
import type { Database } from '../storage/database.ts';
import { engineOf } from '../storage/engine-of.ts';
import { quarterHourMs, rollupSums } from './add-rollups.ts';
import './ledger.table.ts';
import './running-totals.table.ts';
import { type SeriesKind, seriesKinds, seriesLabels } from './usage-series.ts';

/** Answers are in the books long before: what comes later opens its quarter again, which costs doing it twice. */
const graceMs = 5 * 60_000;
/**
 * How many rollups are closed at once, unless a single quarter of an hour has more. Few for SQLite, which works on this
 * thread; more for Postgres, where making the plans costs most.
 */
const rollupsInStep = { sqlite: 500, postgres: 3_000 } as const;

/**
 * Closes the next few quarters of an hour that are over: carries their rollups into the running totals. One instance
 * of many does it at a time; doing a quarter again changes nothing.
 * @returns whether there are more to close.
 */
export async function closeNextQuarters(db: Kysely<Database>, nowMs: number): Promise<boolean> {
  const end = Math.floor((nowMs - graceMs) / quarterHourMs) * quarterHourMs;
  return db.transaction().execute(async (tx) => {
    const { closed_until: closedUntil } = await lockClosing(tx, null);
    if (closedUntil >= end) return false;
    const step = await nextStep(tx, closedUntil, end);
    if (step !== null) await closeStep(tx, step);
    const closedNow = step?.end ?? end;
    await tx.updateTable('usage_closing').set({ closed_until: closedNow }).execute();
    return closedNow < end;
  });
}

/**
 * Called by whoever adds to the rollups, as the last thing before the commit: quarters that are closed already are
 * open again from the oldest of these on. The lock makes a closing wait for the commit, so that it misses nothing.
 */
export async function reopenQuarters(tx: Transaction<Database>, quarters: readonly number[]): Promise<void> {
  if (quarters.length > 0) await lockClosing(tx, Math.min(...quarters));
}

/** @param openFrom what is closed from there on is open again. */
async function lockClosing(tx: Transaction<Database>, openFrom: number | null): Promise<{ closed_until: number }> {
  const earlier = sql<number>`case when closed_until > ${openFrom} then ${openFrom} else closed_until end`;
  return (
    tx
      .updateTable('usage_closing')
      // An update that changes nothing takes the row's lock on both engines.
      .set(({ ref }) => ({ closed_until: openFrom === null ? ref('closed_until') : earlier }))
      .returning('closed_until')
      .executeTakeFirstOrThrow()
  );
}

/** Quarters that are closed together, all in one month. Epoch milliseconds; the end is not part of it. */
interface Step {
  readonly start: number;
  readonly end: number;
  /** The beginning of the UTC month. */
  readonly month: number;
}

async function nextStep(tx: Transaction<Database>, closedUntil: number, end: number): Promise<Step | null> {
  const open = tx
    .selectFrom('usage_rollups')
    .select('quarter_hour_at')
    .where('quarter_hour_at', '>=', closedUntil)
    .where('quarter_hour_at', '<', end)
    .orderBy('quarter_hour_at')
    .limit(1);
  const first = await open.executeTakeFirst();
  if (!first) return null;
  const start = first.quarter_hour_at;
  const beyond = await open.offset(rollupsInStep[engineOf(tx)]).executeTakeFirst();
  const month = new Date(start);
  const monthStart = Date.UTC(month.getUTCFullYear(), month.getUTCMonth());
  const monthEnd = Date.UTC(month.getUTCFullYear(), month.getUTCMonth() + 1);
  const endOfRows = Math.max(start + quarterHourMs, beyond?.quarter_hour_at ?? end);
  return { start, end: Math.min(endOfRows, monthEnd, end), month: monthStart };
}

async function closeStep(tx: Transaction<Database>, step: Step): Promise<void> {
  for (const kind of seriesKinds) {
    await closeKind(tx, kind, step);
    // SQLite works on this thread: let requests pass between the kinds.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function closeKind(tx: Transaction<Database>, kind: SeriesKind, step: Step): Promise<void> {
  const labels = kind.by.map((label) => sql.ref(label));
  const rollups = sql`${sql.table(kind.from)} where quarter_hour_at >= ${step.start} and quarter_hour_at < ${step.end}`;
  const touched = sql`(select ${labels.length === 0 ? sql`1 as one` : sql`distinct ${sql.join(labels)}`} from ${rollups}
    ${labels.length === 0 ? sql`limit 1` : sql``}) as touched`;
  await addSeries(tx, kind, touched);
  await addTotals(tx, kind, rollups, step);
  if (kind.isRanked) await addMonth(tx, kind, touched, step);
}

/** Series are made known with the first thing that happens to them. */
async function addSeries(tx: Transaction<Database>, kind: SeriesKind, touched: RawBuilder<unknown>): Promise<void> {
  const columns = sql.join(seriesLabels.map((label) => sql.ref(label)));
  const values = seriesLabels.map((label) => (kind.by.includes(label) ? sql.ref(`touched.${label}`) : sql`''`));
  await sql`insert into usage_series (series_id, kind, ${columns})
    select (select coalesce(max(series_id), 0) from usage_series) + row_number() over (), ${kind.name}, ${sql.join(values)}
    from ${touched} where not exists (select 1 from usage_series where ${hasLabelsOf(kind, 'touched')})`.execute(tx);
}

/** Total before the step, and what was added since: set, not added, so that a quarter can be closed again. */
async function addTotals(
  tx: Transaction<Database>,
  kind: SeriesKind,
  rollups: RawBuilder<unknown>,
  step: Step,
): Promise<void> {
  const place = [sql.ref('quarter_hour_at'), ...kind.by.map((label) => sql.ref(label))];
  const added = rollupSums.map((sum) => sql`sum(${sql.ref(sum)}) as ${sql.ref(sum)}`);
  const sums = rollupSums.map((sum) => sql.ref(sum));
  const totals = rollupSums.map((sum) => {
    const soFar = sql`sum(${sql.ref(`named.${sum}`)}) over (partition by named.series_id order by named.quarter_hour_at)`;
    return sql`cast(coalesce(${sql.ref(`before.${sum}`)}, 0) + ${soFar} as bigint)`;
  });
  await sql`with added as (select ${sql.join([...place, ...added])} from ${rollups} group by ${sql.join(place)}),
    named as materialized (select ${seriesOf(kind, 'added')} as series_id, quarter_hour_at, ${sql.join(sums)} from added)
    insert into running_totals (series_id, quarter_hour_at, ${sql.join(sums)})
    select named.series_id, named.quarter_hour_at, ${sql.join(totals)}
    from named left join running_totals as before on ${isLastBefore('before', step.start)}
    where true
    on conflict (series_id, quarter_hour_at) do update set ${sql.join(replaced(rollupSums))}`.execute(tx);
}

async function addMonth(
  tx: Transaction<Database>,
  kind: SeriesKind,
  touched: RawBuilder<unknown>,
  step: Step,
): Promise<void> {
  const sums = ['spend_nano_usd', 'saved_nano_usd', 'requests'] as const;
  const columns = sql.join(sums.map((sum) => sql.ref(sum)));
  const values = sums.map((sum) => sql`${sql.ref(`latest.${sum}`)} - coalesce(${sql.ref(`before.${sum}`)}, 0)`);
  const modelGroup = kind.by.includes('model_group') ? sql.ref('model_group') : sql`''`;
  await sql`with named as materialized (select ${seriesOf(kind, 'touched')} as series_id, ${modelGroup} as model_group from ${touched})
    insert into month_totals (series_id, month_at, kind, model_group, ${columns})
    select named.series_id, cast(${step.month} as bigint), ${kind.name}, named.model_group, ${sql.join(values)}
    from named join running_totals as latest on ${isLastBefore('latest', step.end)}
    left join running_totals as before on ${isLastBefore('before', step.month)}
    where true
    on conflict (series_id, month_at) do update set ${sql.join(replaced(sums))}`.execute(tx);
}

/**
 * The series of this kind with the labels of a row. One search for each row, and no join: an engine that does not know
 * how the labels hang together would rather go through all series of the kind.
 */
function seriesOf(kind: SeriesKind, row: string): RawBuilder<unknown> {
  return sql`(select series_id from usage_series where ${hasLabelsOf(kind, row)})`;
}

function hasLabelsOf(kind: SeriesKind, row: string): RawBuilder<unknown> {
  const labels = seriesLabels.map((label) => {
    const value = kind.by.includes(label) ? sql.ref(`${row}.${label}`) : sql`''`;
    return sql`${sql.ref(`usage_series.${label}`)} = ${value}`;
  });
  return sql`usage_series.kind = ${kind.name} and ${sql.join(labels, sql` and `)}`;
}

/** That a row of `running_totals` is the last of a series in `named` that ends before an instant. */
function isLastBefore(row: string, instant: number): RawBuilder<unknown> {
  return sql`${sql.ref(`${row}.series_id`)} = named.series_id and ${sql.ref(`${row}.quarter_hour_at`)} = (
    select max(earlier.quarter_hour_at) from running_totals as earlier
    where earlier.series_id = named.series_id and earlier.quarter_hour_at < ${instant})`;
}

function replaced(sums: readonly string[]): RawBuilder<unknown>[] {
  return sums.map((sum) => sql`${sql.ref(sum)} = ${sql.ref(`excluded.${sum}`)}`);
}
