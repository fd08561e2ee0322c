import type { Kysely } from 'kysely';
import type { Access } from '../../access/principal.ts';
import type { Database } from '../../storage/database.ts';
import { type RankedBy, rankIds, withEarlierHashes } from './rank-ids.ts';
import { sumScope } from './rollup-queries.ts';
import { atOneMoment } from './series-queries.ts';
import type { BucketRange } from './time-buckets.ts';
import { narrowedTo, scopeOf, type UsageDimension, type UsageFilter } from './usage-filter.ts';
import { addUsage, isNoUsage, noUsage, subtractUsage, type UsageSums } from './usage-sums.ts';

/** Usage of one id, or of all that are not told apart, over a range and in each of its buckets. */
export interface UsageGroup {
  readonly totals: UsageSums;
  /** For each bucket with anything in it. */
  readonly byBucket: ReadonlyMap<number, UsageSums>;
}

/** Usage broken down by one dimension. */
export interface TopGroups {
  /** The whole. */
  readonly totals: UsageSums;
  /** The whole in each bucket. */
  readonly buckets: readonly UsageSums[];
  /** The largest first. */
  readonly groups: readonly (UsageGroup & { readonly id: string })[];
  /** What the groups leave of the whole; null: nothing. */
  readonly rest: UsageGroup | null;
}

const mostGroups = 100;
const fewestGroups = 10;
const mostCells = 8_000;

/**
 * Breaks usage within the caller's reach down by one dimension: the largest groups, and the rest as one, so that an
 * answer has a bounded size however many keys there are. The groups and the rest always add up to the whole.
 * @param options.count how many groups; without it as many as make a readable answer, 10 to 100 by the number of buckets.
 * @param options.inEachBucket false: groups and the rest are summed over the range only.
 */
export async function sumTopGroups(
  db: Kysely<Database>,
  access: Access,
  filter: UsageFilter,
  range: BucketRange,
  dimension: UsageDimension,
  options: { by?: RankedBy; count?: number; inEachBucket?: boolean } = {},
): Promise<TopGroups> {
  const count =
    options.count ?? Math.max(fewestGroups, Math.min(mostGroups, Math.floor(mostCells / range.buckets.length)));
  return atOneMoment(db, async (moment) => {
    const scope = await scopeOf(moment, access, filter, [dimension]);
    const totals = noUsage();
    const buckets = range.buckets.map(noUsage);
    for (const row of await sumScope(moment, scope, range, [])) {
      addUsage(totals, row);
      const bucket = buckets[row.bucket];
      if (bucket) addUsage(bucket, row);
    }
    const ranked = await rankIds(moment, scope, range, dimension, { by: options.by ?? 'spend_nano_usd', count });
    const top = ranked.slice(0, count);
    const byId = new Map(
      top.map(({ id, totals: sums }) => [id, { id, totals: sums, byBucket: new Map<number, UsageSums>() }]),
    );
    const groups = [...byId.values()];
    if (options.inEachBucket === false || groups.length === 0)
      return { totals, buckets, groups, rest: restOf(totals, [], groups) };
    const ids = await withEarlierHashes(moment, dimension, [...byId.keys()]);
    for (const row of await sumScope(moment, narrowedTo(scope, dimension, ids), range, [dimension])) {
      byId.get(row[dimension])?.byBucket.set(row.bucket, row);
    }
    return { totals, buckets, groups, rest: restOf(totals, buckets, groups) };
  });
}

function restOf(totals: UsageSums, buckets: readonly UsageSums[], groups: readonly UsageGroup[]): UsageGroup | null {
  const rest = { ...totals };
  const byBucket = new Map(buckets.map((sums, bucket) => [bucket, { ...sums }]));
  for (const group of groups) {
    subtractUsage(rest, group.totals);
    for (const [bucket, sums] of group.byBucket) {
      const left = byBucket.get(bucket);
      if (left) subtractUsage(left, sums);
    }
  }
  if (isNoUsage(rest)) return null;
  for (const [bucket, sums] of byBucket) if (isNoUsage(sums)) byBucket.delete(bucket);
  return { totals: rest, byBucket };
}
