import { quarterHourMs, utcDayMs } from '../../ledger/add-rollups.ts';
import type { BucketRange } from './time-buckets.ts';

/** How a range is read from sums of UTC days, corrected by the quarters of an hour where its own days begin elsewhere. */
export interface PlanByDay {
  /** The same buckets, each limit moved to the nearest midnight of UTC. */
  readonly days: BucketRange;
  /** Null: every limit is a midnight of UTC. */
  readonly edges: {
    /** One bucket for each limit of the range, in order: bucket `n` lies between the buckets `n - 1` and `n` of the range. */
    readonly range: BucketRange;
    /** What lies between each limit and its nearest midnight, in whole quarters of an hour. */
    readonly quarterHours: readonly number[];
    /** For each limit, whether it comes after its nearest midnight. */
    readonly isAfterMidnight: readonly boolean[];
  } | null;
}

const fewestDays = 3;

/** Whether reading by the day is worth it: the buckets are days, and there are some. */
export function savesReading(range: BucketRange): boolean {
  const isLong = range.endsAt - range.startsAt >= fewestDays * utcDayMs;
  // The shortest day has 22 hours or more; hours, and a day that its zone left out, are far shorter.
  return isLong && range.buckets.every((bucket) => bucket.endsAt - bucket.startsAt > utcDayMs / 2);
}

/**
 * Plans it. For a bucket from `s` to `e` and their nearest midnights `S` and `E`, the sum from `s` to `e` is the sum
 * of the days from `S` to `E`, and what lies from `E` to `e`, without what lies from `S` to `s`.
 */
export function planByDay(range: BucketRange): PlanByDay {
  const limits = [...range.buckets.map((bucket) => bucket.startsAt), range.endsAt];
  const midnights = limits.map((limit) => Math.round(limit / utcDayMs) * utcDayMs);
  const buckets = range.buckets.map((bucket, index) => ({
    startsAt: midnights[index] ?? 0,
    endsAt: midnights[index + 1] ?? 0,
    label: bucket.label,
  }));
  const days = { startsAt: midnights[0] ?? 0, endsAt: midnights.at(-1) ?? 0, buckets };
  const starts = limits.map((limit, index) => Math.min(limit, midnights[index] ?? limit));
  const ends = limits.map((limit, index) => Math.max(limit, midnights[index] ?? limit));
  const quarterHours = starts.flatMap((start, index) => quartersBetween(start, ends[index] ?? start));
  if (quarterHours.length === 0) return { days, edges: null };
  // Up to where the next edge begins, so that runs of days stay runs.
  const edgeBuckets = starts.map((startsAt, index) => ({
    startsAt,
    endsAt: starts[index + 1] ?? ends[index] ?? startsAt,
    label: '',
  }));
  return {
    days,
    edges: {
      range: { startsAt: starts[0] ?? 0, endsAt: ends.at(-1) ?? 0, buckets: edgeBuckets },
      quarterHours,
      isAfterMidnight: limits.map((limit, index) => limit > (midnights[index] ?? limit)),
    },
  };
}

function quartersBetween(startsAt: number, endsAt: number): number[] {
  const first = Math.ceil(startsAt / quarterHourMs);
  const count = Math.max(0, Math.ceil(endsAt / quarterHourMs) - first);
  return Array.from({ length: count }, (_, index) => (first + index) * quarterHourMs);
}
