import { type Kysely, sql } from 'kysely';
import type { Access } from '../../access/principal.ts';
import { quarterHourMs } from '../../ledger/add-rollups.ts';
import '../../ledger/running-totals.table.ts';
import { smallestKind } from '../../ledger/usage-series.ts';
import type { Database } from '../../storage/database.ts';
import { atOneMoment, findSeries, readClosedUntil } from '../usage/series-queries.ts';
import { conditionOf, type UsageScope } from '../usage/usage-filter.ts';
import { matchesOf, scopesOf } from './count-spend-logs.ts';
import type { SpendLogFilter } from './spend-log-filter.ts';

/** A stretch of time. Epoch milliseconds; the end is not part of it. */
export interface Stretch {
  readonly startsAt: number;
  readonly endsAt: number;
}

/** More series than this are not looked at one by one. */
const mostSeries = 50;

/**
 * When there were requests that a filter wants, as the running totals tell: for filters that no index serves, such as
 * a model that is rarely asked. Stretches in order, as many as hold so many requests for certain.
 * @returns null: there are too many series to tell.
 */
export async function findActiveStretches(
  db: Kysely<Database>,
  access: Access,
  filter: SpendLogFilter,
  order: { isAscending: boolean; count: number },
): Promise<Stretch[] | null> {
  return atOneMoment(db, async (moment) => {
    const { scopes } = await scopesOf(moment, access, filter);
    const byQuarter = new Map<number, number>();
    for (const scope of scopes) {
      const found = await countByQuarter(moment, filter, scope, order);
      if (found === null) return null;
      // What two scopes have in common is counted once at least.
      for (const [quarter, count] of found) byQuarter.set(quarter, Math.max(count, byQuarter.get(quarter) ?? 0));
    }
    return stretchesOf(filter, byQuarter, order);
  });
}

function stretchesOf(
  filter: SpendLogFilter,
  byQuarter: ReadonlyMap<number, number>,
  { isAscending, count }: { isAscending: boolean; count: number },
): Stretch[] {
  const direction = isAscending ? 1 : -1;
  const stretches: Stretch[] = [];
  let found = 0;
  for (const [quarter, matches] of [...byQuarter].sort(([one], [other]) => (one - other) * direction)) {
    const end = quarter + quarterHourMs;
    const last = stretches.at(-1);
    if (last && last.endsAt === quarter) stretches[stretches.length - 1] = { ...last, endsAt: end };
    else if (last && last.startsAt === end) stretches[stretches.length - 1] = { ...last, startsAt: quarter };
    else stretches.push({ startsAt: quarter, endsAt: end });
    // Of a quarter that the range cuts, all of its requests may lie outside.
    if (quarter >= filter.startsAt && end <= filter.lastAt + 1) found += matches;
    if (found >= count) break;
  }
  return stretches;
}

/** How many requests each quarter of an hour has, going through time until there are enough of them. */
async function countByQuarter(
  db: Kysely<Database>,
  filter: SpendLogFilter,
  scope: UsageScope,
  order: { isAscending: boolean; count: number },
): Promise<Map<number, number> | null> {
  const kind = smallestKind(scope.source, scope.narrowed.keys());
  const series = kind === null ? [] : await findSeries(db, kind, scope, []);
  if (kind === null || series.length > mostSeries) return null;
  const closedUntil = await readClosedUntil(db);
  const startsAt = Math.floor(filter.startsAt / quarterHourMs) * quarterHourMs;
  const byQuarter = new Map<number, number>();
  const add = (quarter: number, sums: { requests: number; failed_requests: number }) => {
    const matches = matchesOf(filter, sums);
    if (matches > 0) byQuarter.set(quarter, (byQuarter.get(quarter) ?? 0) + matches);
  };
  const lastAt = Math.min(filter.lastAt, closedUntil - 1);
  for (const { series_id } of lastAt < startsAt ? [] : series) {
    const walk = { seriesId: series_id, startsAt, lastAt, ...order };
    for (const step of await walkSeries(db, filter, walk)) add(step.quarter_hour_at, step);
  }
  const open = await sql<Step>`
    select quarter_hour_at, cast(sum(requests) as bigint) as requests, cast(sum(failed_requests) as bigint) as failed_requests
    from ${sql.table(scope.source)} where ${conditionOf(scope, scope.source)}
      and quarter_hour_at >= ${Math.max(startsAt, closedUntil)} and quarter_hour_at <= ${filter.lastAt}
    group by quarter_hour_at`.execute(db);
  for (const row of open.rows) add(row.quarter_hour_at, row);
  return byQuarter;
}

/** What one series added in a quarter of an hour. */
interface Step {
  readonly quarter_hour_at: number;
  readonly requests: number;
  readonly failed_requests: number;
}

/** Which way to go along a series, from where to where, and until so many requests are found. */
interface Walk {
  readonly seriesId: number;
  readonly startsAt: number;
  /** Included. */
  readonly lastAt: number;
  readonly isAscending: boolean;
  readonly count: number;
}

/** Goes along a series until it has added enough requests. */
async function walkSeries(db: Kysely<Database>, filter: SpendLogFilter, walk: Walk): Promise<Step[]> {
  const steps: Step[] = [];
  let { startsAt, lastAt } = walk;
  let limit = Math.max(100, 2 * walk.count);
  for (let found = 0; found < walk.count; limit *= 4) {
    const { before, totals, isAll } = await readTotals(db, { ...walk, startsAt, lastAt }, limit);
    const fresh = totals.map((total, index) => difference(total, totals[index - 1] ?? before));
    steps.push(...fresh);
    if (isAll) break;
    found += fresh.reduce((sum, step) => sum + matchesOf(filter, step), 0);
    if (walk.isAscending) startsAt = (totals.at(-1)?.quarter_hour_at ?? lastAt) + 1;
    else lastAt = (totals[0]?.quarter_hour_at ?? startsAt) - 1;
  }
  return steps;
}

/** Totals of a series in the order of time, and the one before them. */
async function readTotals(
  db: Kysely<Database>,
  { seriesId, startsAt, lastAt, isAscending }: Walk,
  limit: number,
): Promise<{ before: Step | undefined; totals: Step[]; isAll: boolean }> {
  const ofSeries = db
    .selectFrom('running_totals')
    .select(['quarter_hour_at', 'requests', 'failed_requests'])
    .where('series_id', '=', seriesId);
  const totals = await ofSeries
    .where('quarter_hour_at', '>=', startsAt)
    .where('quarter_hour_at', '<=', lastAt)
    .orderBy('quarter_hour_at', isAscending ? 'asc' : 'desc')
    .limit(limit)
    .execute();
  if (!isAscending) totals.reverse();
  const before = await ofSeries
    .where('quarter_hour_at', '<', totals[0]?.quarter_hour_at ?? startsAt)
    .orderBy('quarter_hour_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  return { before, totals, isAll: totals.length < limit };
}

function difference(total: Step, before: Step | undefined): Step {
  return {
    quarter_hour_at: total.quarter_hour_at,
    requests: total.requests - (before?.requests ?? 0),
    failed_requests: total.failed_requests - (before?.failed_requests ?? 0),
  };
}
