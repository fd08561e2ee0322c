import { type Kysely, type RawBuilder, sql } from 'kysely';
import { rollupSums } from '../../ledger/add-rollups.ts';
import { type SeriesKind, type SeriesLabel, smallestKind } from '../../ledger/usage-series.ts';
import type { Database } from '../../storage/database.ts';
import { engineOf } from '../../storage/engine-of.ts';
import { listedNumbers } from '../../storage/listed-values.ts';
import { earlierHashes } from './replaced-keys.ts';
import { countRollups, sumScope } from './rollup-queries.ts';
import { countSeries, lastTotalBefore, readClosedUntil } from './series-queries.ts';
import type { BucketRange } from './time-buckets.ts';
import { conditionOf, type UsageScope } from './usage-filter.ts';
import { addUsage, noUsage, type UsageSums } from './usage-sums.ts';

/** What the largest are the largest by. With equal amounts, those with more requests come first. */
export type RankedBy = 'spend_nano_usd' | 'saved_nano_usd';

/** An id with its sums over a whole range. */
export interface RankedId {
  readonly id: string;
  readonly totals: UsageSums;
}

/** How many of the largest are wanted, by what. */
interface Ranking {
  readonly by: RankedBy;
  readonly count: number;
}

/** Up to so many series are added up one by one. */
const fewSeries = 1_000;
/** Fewer rollups than series are rather added up; more than this are not counted to find out. */
const mostCounted = 20_000;
/** With so many to look at the search ends, although somebody who used as much in every month could be missing. */
const mostCandidates = 1_500;

/**
 * The largest ids of a dimension in a range, the largest first: one more than `count`, where there are as many. All of
 * them are added up where there are few. Of everybody in a large house, the largest of each month are: whoever is in
 * no month's list has used at most the last of each list together, so when that is less than what the last of the ranking
 * has used, nobody is missing (Fagin's threshold algorithm).
 */
export async function rankIds(
  db: Kysely<Database>,
  scope: UsageScope,
  range: BucketRange,
  dimension: SeriesLabel,
  ranking: Ranking,
): Promise<RankedId[]> {
  const { startsAt, endsAt } = range;
  const kind = smallestKind(scope.source, [...scope.narrowed.keys(), dimension]);
  const closedUntil = Math.min(await readClosedUntil(db), endsAt);
  if (kind === null || closedUntil <= startsAt) return addUp(db, scope, range, dimension, ranking);
  const question: Question = { kind, scope, dimension, startsAt, closedUntil, endsAt, ranking };
  const series = await countSeries(db, kind, scope, mostCounted);
  if (series >= fewSeries && kind.isRanked && isRankedWithin(scope)) return searchMonths(db, question);
  if ((await countRollups(db, scope, startsAt, closedUntil, series)) < series) {
    return addUp(db, scope, range, dimension, ranking);
  }
  return rankSeries(db, question, null);
}

/** What is ranked, and up to where it is closed. */
interface Question {
  readonly kind: SeriesKind;
  readonly scope: UsageScope;
  readonly dimension: SeriesLabel;
  readonly startsAt: number;
  readonly closedUntil: number;
  readonly endsAt: number;
  readonly ranking: Ranking;
}

/** The lists of the months are of everybody, and of everybody by the name of the model. */
function isRankedWithin(scope: UsageScope): boolean {
  return [...scope.narrowed].every(([label, values]) => label === 'model_group' && values.length === 1);
}

async function searchMonths(db: Kysely<Database>, question: Question): Promise<RankedId[]> {
  const { kind, scope, ranking } = question;
  const modelGroup = scope.narrowed.get('model_group')?.[0] ?? '';
  const months = monthsOf(question.startsAt, question.closedUntil);
  const perId = await seriesPerId(db, kind, modelGroup);
  for (let depth = ranking.count * 2; ; depth *= 4) {
    const lists = await readLists(db, kind, modelGroup, months, ranking.by, depth);
    const candidates = [...new Set(lists.flatMap(({ seriesIds }) => seriesIds))];
    const ranked = await rankSeries(db, question, candidates);
    const last = ranked[ranking.count - 1]?.totals;
    const most = { amount: 0, requests: 0 };
    for (const list of lists) {
      most.amount += list.lastAmount * perId;
      most.requests += list.lastRequests * perId;
    }
    const isComplete =
      lists.every((list) => list.seriesIds.length < depth) ||
      (last !== undefined &&
        (last[ranking.by] > most.amount || (last[ranking.by] === most.amount && last.requests >= most.requests)));
    if (isComplete || candidates.length >= mostCandidates) return ranked;
  }
}

interface MonthList {
  readonly seriesIds: readonly number[];
  /** Of the last in the list; 0 when the list holds everybody. */
  readonly lastAmount: number;
  readonly lastRequests: number;
}

async function readLists(
  db: Kysely<Database>,
  kind: SeriesKind,
  modelGroup: string,
  months: readonly number[],
  by: RankedBy,
  depth: number,
): Promise<MonthList[]> {
  const lists = months.map(
    (month) => sql`select * from (
      select month_at, series_id, ${sql.ref(by)} as amount, requests from month_totals
      where kind = ${kind.name} and model_group = ${modelGroup} and month_at = ${month}
      order by ${sql.ref(by)} desc, requests desc limit ${depth}) as ${sql.ref(`list_${month}`)}`,
  );
  const { rows } = await sql<{ month_at: number; series_id: number; amount: number; requests: number }>`
    ${sql.join(lists, sql` union all `)}`.execute(db);
  const byMonth = Map.groupBy(rows, (row) => row.month_at);
  return months.map((month) => {
    const list = byMonth.get(month) ?? [];
    const last = list.length < depth ? undefined : list.at(-1);
    return {
      seriesIds: list.map((row) => row.series_id),
      lastAmount: last?.amount ?? 0,
      lastRequests: last?.requests ?? 0,
    };
  });
}

/** The beginnings of the UTC months that a range touches. */
function monthsOf(startsAt: number, endsAt: number): number[] {
  const months: number[] = [];
  const first = new Date(startsAt);
  for (let month = first.getUTCMonth(); ; month += 1) {
    const at = Date.UTC(first.getUTCFullYear(), month);
    if (at >= endsAt) return months;
    months.push(at);
  }
}

/** How many series of a kind one id can have in a month: one for each way to reach a model under the same name. */
async function seriesPerId(db: Kysely<Database>, kind: SeriesKind, modelGroup: string): Promise<number> {
  const ways = smallestKind(kind.from, ['model', 'model_group']);
  if (modelGroup === '' || ways === null) return 1;
  const scope = { source: kind.from, narrowed: new Map([['model_group', [modelGroup]] as const]) };
  return Math.max(1, await countSeries(db, ways, scope, fewSeries));
}

/**
 * Adds series up by id, in the database: the largest first, one more than wanted. What is not closed yet is added from
 * the rollups, and everybody in it is looked at.
 * @param candidates only ids that one of these series is of, whatever other series they have; null: all in the scope.
 */
async function rankSeries(
  db: Kysely<Database>,
  { kind, scope, dimension, startsAt, closedUntil, endsAt, ranking }: Question,
  candidates: readonly number[] | null,
): Promise<RankedId[]> {
  const label = (table: string) => sql.ref(`${table}.${dimension}`);
  const isOpen = sql`${conditionOf(scope, scope.source)} and quarter_hour_at >= ${closedUntil} and quarter_hour_at < ${endsAt}`;
  const listed = candidates ?? [];
  const sums = (of: (sum: string) => RawBuilder<unknown>) =>
    sql.join(rollupSums.map((sum) => sql`${of(sum)} as ${sql.ref(sum)}`));
  const { rows } = await sql<UsageSums & { id: string }>`
    with listed as materialized (${listedNumbers(db, listed)}),
    ids as materialized (
      select ${currentId(dimension, label('usage_series'))} as id from listed
        join usage_series on usage_series.series_id = listed.listed
      union select ${currentId(dimension, label(scope.source))} from ${sql.table(scope.source)} where ${isOpen}
    ),
    series as materialized (
      select series_id, ${currentId(dimension, label('usage_series'))} as id from usage_series
      where kind = ${kind.name} and ${conditionOf(scope, 'usage_series')}
        ${candidates === null ? sql`` : sql`and ${label('usage_series')} in (${namesOf(dimension)})`}
    ),
    limits(limit_at, sign) as (values (cast(${closedUntil} as bigint), 1), (cast(${startsAt} as bigint), -1)),
    parts as (
      select series.id, ${sums((sum) => sql`limits.sign * ${sql.ref(`totals.${sum}`)}`)}
      from series cross join limits ${lastTotalBefore(db, 'series.series_id', 'limits.limit_at')}
      union all
      select ${currentId(dimension, label(scope.source))} as id, ${sql.join(rollupSums.map((sum) => sql.ref(sum)))}
      from ${sql.table(scope.source)} where ${isOpen}
    )
    select id, ${sums((sum) => sql`cast(sum(${sql.ref(sum)}) as bigint)`)} from parts group by id
    having ${sql.join(
      rollupSums.map((sum) => sql`sum(${sql.ref(sum)}) <> 0`),
      sql` or `,
    )}
    order by ${sql.ref(ranking.by)} desc, requests desc, ${engineOf(db) === 'postgres' ? sql`id collate "C"` : sql`id`}
    limit ${ranking.count + 1}`.execute(db);
  return rows.map(({ id, ...totals }) => ({ id, totals }));
}

/** What an id is today: keys are kept under the hash that was used. */
function currentId(dimension: SeriesLabel, id: RawBuilder<unknown>): RawBuilder<unknown> {
  if (dimension !== 'key_hash') return id;
  return sql`coalesce((select previous.key_hash from previous_key_hashes as previous where previous.previous_hash = ${id}), ${id})`;
}

/** The ids in `ids`, keys also by the hashes that they had earlier. */
function namesOf(dimension: SeriesLabel): RawBuilder<unknown> {
  if (dimension !== 'key_hash') return sql`select id from ids`;
  return sql`select id from ids union all
    select previous.previous_hash from ids join previous_key_hashes as previous on previous.key_hash = ids.id`;
}

/** Ids as usage is kept under them: keys also by the hashes that they had earlier. */
export async function withEarlierHashes(
  db: Kysely<Database>,
  dimension: SeriesLabel,
  ids: readonly string[],
): Promise<readonly string[]> {
  return dimension === 'key_hash' ? [...ids, ...(await earlierHashes(db, ids)).keys()] : ids;
}

/** Ranks what nothing is closed of, or what has few rollups. */
async function addUp(
  db: Kysely<Database>,
  scope: UsageScope,
  { startsAt, endsAt }: BucketRange,
  dimension: SeriesLabel,
  { by, count }: Ranking,
): Promise<RankedId[]> {
  const byId = new Map<string, UsageSums>();
  const whole = { startsAt, endsAt, buckets: [{ startsAt, endsAt, label: '' }] };
  for (const row of await sumScope(db, scope, whole, [dimension])) {
    const sums = byId.get(row[dimension]) ?? noUsage();
    byId.set(row[dimension], sums);
    addUsage(sums, row);
  }
  return [...byId]
    .map(([id, totals]) => ({ id, totals }))
    .sort(
      (one, other) =>
        other.totals[by] - one.totals[by] ||
        other.totals.requests - one.totals.requests ||
        (one.id < other.id ? -1 : 1),
    )
    .slice(0, count + 1);
}
