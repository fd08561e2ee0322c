import type { Kysely } from 'kysely';
import type { Access } from '../../access/principal.ts';
import type { Database } from '../../storage/database.ts';
import { rankIds, withEarlierHashes } from './rank-ids.ts';
import { otherId } from './read-activity.ts';
import { type BucketSums, sumScope } from './rollup-queries.ts';
import { atOneMoment } from './series-queries.ts';
import type { BucketRange } from './time-buckets.ts';
import { narrowedTo, scopeOf, type UsageDimension, type UsageFilter } from './usage-filter.ts';
import { isNoUsage, subtractUsage } from './usage-sums.ts';

/**
 * Sums usage within the caller's reach by bucket, dimensions and key. The keys with the largest spend are told apart;
 * all others together have the key `other`, so that the rows add up to the whole.
 */
export async function sumWithTopKeys<Dimension extends Exclude<UsageDimension, 'key_hash'>>(
  db: Kysely<Database>,
  access: Access,
  filter: UsageFilter,
  range: BucketRange,
  dimensions: readonly Dimension[],
  count: number,
): Promise<BucketSums<Dimension | 'key_hash'>[]> {
  return atOneMoment(db, async (moment) => {
    const scope = await scopeOf(moment, access, filter, [...dimensions, 'key_hash']);
    const ranked = await rankIds(moment, scope, range, 'key_hash', { by: 'spend_nano_usd', count });
    const top = ranked.slice(0, count).map(({ id }) => id);
    const hashes = await withEarlierHashes(moment, 'key_hash', top);
    const rows = await sumScope(moment, narrowedTo(scope, 'key_hash', hashes), range, [...dimensions, 'key_hash']);
    if (ranked.length <= count) return rows;
    const placeOf = (row: BucketSums<Dimension>) =>
      JSON.stringify([row.bucket, ...dimensions.map((dimension) => row[dimension])]);
    const others = new Map((await sumScope(moment, scope, range, dimensions)).map((row) => [placeOf(row), row]));
    for (const row of rows) {
      const rest = others.get(placeOf(row));
      if (rest) subtractUsage(rest, row);
    }
    const rest = [...others.values()].filter((row) => !isNoUsage(row));
    return [...rows, ...rest.map((row) => ({ ...row, key_hash: otherId }))];
  });
}
