import type { Kysely } from 'kysely';
import { type SeriesKind, type SeriesLabel, smallestKind } from '../../ledger/usage-series.ts';
import type { Database } from '../../storage/database.ts';
import { currentHashes, earlierHashes } from './replaced-keys.ts';
import { sumScope, sumSeries } from './rollup-queries.ts';
import { countSeries, readClosedUntil } from './series-queries.ts';
import type { BucketRange } from './time-buckets.ts';
import { narrowedTo, type UsageScope } from './usage-filter.ts';
import { addUsage, noUsage, type UsageSums } from './usage-sums.ts';

/** What the largest are the largest by. With equal amounts, those with more requests come first. */
export type RankedBy = 'spend_nano_usd' | 'saved_nano_usd';

/** An id with its sums over a whole range. */
export interface RankedId {
  readonly id: string;
  readonly totals: UsageSums;
}

/** Up to so many series are added up one by one. */
const fewSeries = 3_000;
/** Beyond this many of each month the search ends, although somebody who used as much in every month could be missing. */
const deepest = 10_000;

/**
 * The largest ids of a dimension in a range, the largest first, at least `count` of them where there are as many.
 * With few series all of them are added up. With many, the largest of each month are: whoever is in no month's list
 * has used at most the last of each list together, so when that is less than what the last of the ranking has used,
 * nobody is missing (Fagin's threshold algorithm).
 */
export async function rankIds(
  db: Kysely<Database>,
  scope: UsageScope,
  range: BucketRange,
  dimension: SeriesLabel,
  ranking: { by: RankedBy; count: number },
): Promise<RankedId[]> {
  const whole = { ...range, buckets: [{ startsAt: range.startsAt, endsAt: range.endsAt, label: '' }] };
  const kind = smallestKind(scope.source, [...scope.narrowed.keys(), dimension]);
  const isLargeRange = range.startsAt < (await readClosedUntil(db));
  if (kind === null || !kind.isRanked || !isLargeRange || !isRankedWithin(scope)) {
    return rank(await sumById(db, scope, whole, dimension), ranking.by);
  }
  if ((await countSeries(db, kind, scope, fewSeries)) < fewSeries) {
    return rank(await sumById(db, scope, whole, dimension), ranking.by);
  }
  return searchMonths(db, kind, scope, whole, dimension, ranking);
}

/** The lists of the months are of everybody, and of everybody by the name of the model. */
function isRankedWithin(scope: UsageScope): boolean {
  return [...scope.narrowed].every(([label, values]) => label === 'model_group' && values.length === 1);
}

async function searchMonths(
  db: Kysely<Database>,
  kind: SeriesKind,
  scope: UsageScope,
  whole: BucketRange,
  dimension: SeriesLabel,
  ranking: { by: RankedBy; count: number },
): Promise<RankedId[]> {
  const closedUntil = Math.min(await readClosedUntil(db), whole.endsAt);
  const modelGroup = scope.narrowed.get('model_group')?.[0] ?? '';
  // What is not closed yet is in no list: everybody in it is looked at.
  const openRange = {
    ...whole,
    startsAt: closedUntil,
    buckets: [{ startsAt: closedUntil, endsAt: whole.endsAt, label: '' }],
  };
  const open =
    closedUntil < whole.endsAt ? await sumById(db, scope, openRange, dimension) : new Map<string, UsageSums>();
  const sumSome = (ids: readonly string[]) => sumIds(db, kind, scope, whole, { dimension, ids, closedUntil, open });
  const known = new Set(open.keys());
  const totals = await sumSome([...known]);
  const perId = await seriesPerId(db, kind, modelGroup);
  for (let depth = ranking.count * 2; ; depth *= 4) {
    const lists = await readLists(db, kind, modelGroup, monthsOf(whole.startsAt, closedUntil), ranking.by, depth);
    const ids = await idsOf(
      db,
      lists.flatMap(({ seriesIds }) => seriesIds),
      dimension,
    );
    const fresh = ids.filter((id) => !known.has(id));
    for (const id of fresh) known.add(id);
    for (const [id, sums] of await sumSome(fresh)) totals.set(id, sums);
    const ranked = rank(totals, ranking.by);
    const last = ranked[ranking.count - 1];
    const most = { amount: 0, requests: 0 };
    for (const list of lists) {
      most.amount += list.lastAmount * perId;
      most.requests += list.lastRequests * perId;
    }
    const isComplete =
      lists.every((list) => list.seriesIds.length < depth) ||
      (last !== undefined &&
        (last.totals[ranking.by] > most.amount ||
          (last.totals[ranking.by] === most.amount && last.totals.requests >= most.requests)));
    if (isComplete || depth >= deepest) return ranked;
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
  const lists: MonthList[] = [];
  for (const month of months) {
    const rows = await db
      .selectFrom('month_totals')
      .select(['series_id', by, 'requests'])
      .where('kind', '=', kind.name)
      .where('model_group', '=', modelGroup)
      .where('month_at', '=', month)
      .orderBy(by, 'desc')
      .orderBy('requests', 'desc')
      .limit(depth)
      .execute();
    const last = rows.length < depth ? undefined : rows.at(-1);
    lists.push({
      seriesIds: rows.map((row) => row.series_id),
      lastAmount: last?.[by] ?? 0,
      lastRequests: last?.requests ?? 0,
    });
  }
  return lists;
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

const idsAtATime = 500;

/** What the series stand for; keys by their hashes of today. */
async function idsOf(db: Kysely<Database>, seriesIds: readonly number[], dimension: SeriesLabel): Promise<string[]> {
  const ids = new Set<string>();
  const all = [...new Set(seriesIds)];
  // In slices, since both engines bound the number of parameters of a statement.
  for (let start = 0; start < all.length; start += idsAtATime) {
    const rows = await db
      .selectFrom('usage_series')
      .select(dimension)
      .where('series_id', 'in', all.slice(start, start + idsAtATime))
      .execute();
    for (const row of rows) ids.add(row[dimension]);
  }
  if (dimension !== 'key_hash') return [...ids];
  const current = await currentHashes(db, [...ids]);
  return [...new Set([...ids].map((id) => current.get(id) ?? id))];
}

/** The sums of some ids over the whole range: what is closed, and the open part, which is known of everybody. */
async function sumIds(
  db: Kysely<Database>,
  kind: SeriesKind,
  scope: UsageScope,
  whole: BucketRange,
  wanted: {
    dimension: SeriesLabel;
    ids: readonly string[];
    closedUntil: number;
    open: ReadonlyMap<string, UsageSums>;
  },
): Promise<Map<string, UsageSums>> {
  const { dimension, ids, closedUntil, open } = wanted;
  const totals = new Map<string, UsageSums>();
  const add = (id: string, part: UsageSums) => {
    const sums = totals.get(id) ?? noUsage();
    totals.set(id, sums);
    addUsage(sums, part);
  };
  for (let start = 0; start < ids.length; start += idsAtATime) {
    const slice = ids.slice(start, start + idsAtATime);
    const earlier = dimension === 'key_hash' ? await earlierHashes(db, slice) : new Map<string, string>();
    const narrowed = narrowedTo(scope, dimension, [...slice, ...earlier.keys()]);
    for (const row of await sumSeries(db, kind, narrowed, whole, [dimension], closedUntil)) {
      add(earlier.get(row[dimension]) ?? row[dimension], row);
    }
    for (const id of slice) {
      const part = open.get(id);
      if (part) add(id, part);
    }
  }
  return totals;
}

/** Ids as usage is kept under them: keys also by the hashes that they had earlier. */
export async function withEarlierHashes(
  db: Kysely<Database>,
  dimension: SeriesLabel,
  ids: readonly string[],
): Promise<readonly string[]> {
  return dimension === 'key_hash' ? [...ids, ...(await earlierHashes(db, ids)).keys()] : ids;
}

async function sumById(
  db: Kysely<Database>,
  scope: UsageScope,
  range: BucketRange,
  dimension: SeriesLabel,
): Promise<Map<string, UsageSums>> {
  const byId = new Map<string, UsageSums>();
  for (const row of await sumScope(db, scope, range, [dimension])) {
    const sums = byId.get(row[dimension]) ?? noUsage();
    byId.set(row[dimension], sums);
    addUsage(sums, row);
  }
  return byId;
}

function rank(totals: ReadonlyMap<string, UsageSums>, by: RankedBy): RankedId[] {
  return [...totals]
    .map(([id, sums]) => ({ id, totals: sums }))
    .sort(
      (one, other) =>
        other.totals[by] - one.totals[by] ||
        other.totals.requests - one.totals.requests ||
        (one.id < other.id ? -1 : 1),
    );
}
