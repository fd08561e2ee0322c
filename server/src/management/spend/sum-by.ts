import type { Kysely } from 'kysely';
import type { Access } from '../../access/principal.ts';
import { ApiError } from '../../http/api-error.ts';
import type { Database } from '../../storage/database.ts';
import { sumTopGroups } from '../usage/sum-top-groups.ts';
import { type BucketRange, readBucketRange } from '../usage/time-buckets.ts';
import type { UsageDimension, UsageFilter } from '../usage/usage-filter.ts';
import type { UsageSums } from '../usage/usage-sums.ts';

const dayMs = 86_400_000;

/** Everything that was ever recorded, as one bucket. */
export const allTime: BucketRange = oneBucket(0, 8_640_000_000_000_000);

/** A range as one bucket. Epoch milliseconds; the end is not part of it. */
export function oneBucket(startsAt: number, endsAt: number): BucketRange {
  return { startsAt, endsAt, buckets: [{ startsAt, endsAt, label: '' }] };
}

/** Today and the 30 days before it, by UTC days. */
export function recentDays(nowMs: number): BucketRange {
  const dayOf = (at: number) => new Date(at).toISOString().slice(0, 10);
  return readBucketRange(dayOf(nowMs - 30 * dayMs), dayOf(nowMs), 'UTC', 'day');
}

/**
 * The days that a query names, both included, in UTC; null when it names none.
 * @throws ApiError 400 for one date without the other, and for dates that are none.
 */
export function namedDays(query: {
  start_date?: string | undefined;
  end_date?: string | undefined;
}): BucketRange | null {
  if (!query.start_date && !query.end_date) return null;
  return requiredDays(query);
}

/** As `namedDays`, where the days must be named. @throws ApiError 400. */
export function requiredDays(query: { start_date?: string | undefined; end_date?: string | undefined }): BucketRange {
  if (!query.start_date || !query.end_date) throw new ApiError(400, 'Please provide start_date and end_date');
  return readBucketRange(query.start_date, query.end_date, 'UTC', 'day');
}

/** What one id of a dimension stands for. */
export interface SumsOfId {
  readonly id: string;
  readonly sums: UsageSums;
  /** For each bucket with anything in it. */
  readonly byBucket: ReadonlyMap<number, UsageSums>;
}

/** Ids that are listed without a bound of their own are at most this many. */
const mostIds = 1_000;

/** Sums a range within reach by one dimension, largest spend first, up to the first thousand. */
export async function sumBy(
  db: Kysely<Database>,
  access: Access,
  filter: UsageFilter,
  range: BucketRange,
  dimension: UsageDimension,
  count: number = mostIds,
): Promise<SumsOfId[]> {
  const { groups } = await sumTopGroups(db, access, filter, range, dimension, { count });
  return groups.map(({ id, totals, byBucket }) => ({ id, sums: totals, byBucket }));
}
