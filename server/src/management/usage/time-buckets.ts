import { LRUCache } from 'lru-cache';
import { ApiError } from '../../http/api-error.ts';
import { instantOfWallTime, wallTimeAt } from '../budgets/index.ts';

/** An hour or a day of a time zone. Instants in epoch milliseconds; the end is not part of it. */
export interface Bucket {
  readonly startsAt: number;
  readonly endsAt: number;
  /** `2026-11-23`, or with the hour and the offset from UTC: `2026-10-25T02:00+01:00`. */
  readonly label: string;
}

/** Consecutive buckets without gaps, at least one. */
export interface BucketRange {
  readonly startsAt: number;
  readonly endsAt: number;
  readonly buckets: readonly Bucket[];
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const maxDays = 366;
const maxDaysByTheHour = 31;

/**
 * The hours or days of a range in a time zone, exact across clock changes: a day has 23, 24 or 25 hours.
 * @param startDate first day, `YYYY-MM-DD`; the last is included.
 * @param timeZone IANA name, or an offset such as `+05:30`.
 * @throws ApiError 400 for days and zones that do not exist, and for ranges that are too long or end before they start.
 */
export function readBucketRange(
  startDate: string,
  endDate: string,
  timeZone: string,
  granularity: 'hour' | 'day',
): BucketRange {
  assertTimeZone(timeZone);
  const firstDay = readDay('start_date', startDate);
  const lastDay = readDay('end_date', endDate);
  const dayCount = (lastDay - firstDay) / dayMs + 1;
  if (dayCount < 1) throw badRange('end_date', `end_date ${endDate} is before start_date ${startDate}. Swap the two.`);
  const most = granularity === 'hour' ? maxDaysByTheHour : maxDays;
  if (dayCount > most) {
    throw badRange(
      'end_date',
      `The range has ${dayCount} days, and at most ${most} can be shown by the ${granularity}. Choose a shorter one.`,
    );
  }
  const starts = Array.from({ length: dayCount + 1 }, (_, index) => startOfDay(firstDay + index * dayMs, timeZone));
  const days = starts.slice(0, -1).map((startsAt, index) => ({
    startsAt,
    endsAt: starts[index + 1] ?? startsAt,
    label: dayLabel(firstDay + index * dayMs),
  }));
  const buckets = granularity === 'day' ? days : days.flatMap((day) => hoursOf(day, timeZone));
  return { startsAt: starts[0] ?? 0, endsAt: starts.at(-1) ?? 0, buckets };
}

/** Where the range of as many days begins that ends where this one starts. Epoch milliseconds. */
export function startOfRangeBefore(startDate: string, endDate: string, timeZone: string): number {
  const firstDay = readDay('start_date', startDate);
  const dayCount = (readDay('end_date', endDate) - firstDay) / dayMs + 1;
  return startOfDay(firstDay - dayCount * dayMs, timeZone);
}

/** Consecutive buckets of one length, so that arithmetic finds the bucket of an instant. */
export interface EvenRun {
  readonly startsAt: number;
  readonly endsAt: number;
  readonly bucketMs: number;
  readonly firstIndex: number;
}

/** Cuts a range into runs of even buckets: a year of days has a run for each side of each clock change. */
export function evenRuns(buckets: readonly Bucket[]): EvenRun[] {
  const runs: EvenRun[] = [];
  for (const [index, { startsAt, endsAt }] of buckets.entries()) {
    const bucketMs = endsAt - startsAt;
    // A day that a zone left out when it moved across the date line.
    if (bucketMs === 0) continue;
    const last = runs.at(-1);
    const follows = last !== undefined && index === last.firstIndex + (last.endsAt - last.startsAt) / last.bucketMs;
    if (follows && last.bucketMs === bucketMs) runs[runs.length - 1] = { ...last, endsAt };
    else runs.push({ startsAt, endsAt, bucketMs, firstIndex: index });
  }
  return runs;
}

/** @throws ApiError 400 for a zone that does not exist. */
function assertTimeZone(timeZone: string): void {
  try {
    wallTimeAt(0, timeZone);
  } catch {
    throw badRange(
      'timezone',
      `There is no time zone '${timeZone.slice(0, 60)}'. Write an IANA name such as Europe/Berlin or UTC.`,
    );
  }
}

/** A day as the epoch milliseconds of its midnight in UTC: a number to count days with, not an instant. */
function readDay(name: string, text: string): number {
  const day = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(day) || dayLabel(day) !== text) {
    throw badRange(name, `${name} '${text.slice(0, 40)}' is not a day. Write it as YYYY-MM-DD, such as 2026-11-23.`);
  }
  return day;
}

function dayLabel(day: number): string {
  return new Date(day).toISOString().slice(0, 10);
}

/** A year of days is asked for again and again, and a zone's clock takes 30 microseconds to tell when one begins. */
const startsOfDays = new LRUCache<string, number>({ max: 20_000 });

/** The first instant of a day: midnight, the first of two, or the moment when the clocks jump over it. */
function startOfDay(day: number, timeZone: string): number {
  if (timeZone === 'UTC') return day;
  const place = `${day} ${timeZone}`;
  const known = startsOfDays.get(place);
  if (known !== undefined) return known;
  const startsAt = findStartOfDay(day, timeZone);
  startsOfDays.set(place, startsAt);
  return startsAt;
}

function findStartOfDay(day: number, timeZone: string): number {
  const date = new Date(day);
  const midnight = {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    secondOfDay: 0,
  };
  return instantOfWallTime(midnight, timeZone, Number.NEGATIVE_INFINITY);
}

function hoursOf(day: Bucket, timeZone: string): Bucket[] {
  const hours: Bucket[] = [];
  for (let startsAt = day.startsAt; startsAt < day.endsAt; ) {
    const { secondOfDay } = wallTimeAt(startsAt, timeZone);
    // Up to the next full hour on the wall: a clock that moves by half an hour makes one hour shorter.
    const endsAt = Math.min(day.endsAt, startsAt + hourMs - (secondOfDay % 3_600) * 1_000);
    hours.push({ startsAt, endsAt, label: hourLabel(startsAt, timeZone) });
    startsAt = endsAt;
  }
  return hours;
}

function hourLabel(instant: number, timeZone: string): string {
  const { year, month, day, secondOfDay } = wallTimeAt(instant, timeZone);
  const asUtc = Date.UTC(year, month - 1, day, 0, 0, secondOfDay);
  const offsetMinutes = Math.round((asUtc - instant) / 60_000);
  const sign = offsetMinutes < 0 ? '-' : '+';
  const offset = new Date(Math.abs(offsetMinutes) * 60_000).toISOString().slice(11, 16);
  return `${new Date(asUtc).toISOString().slice(0, 16)}${sign}${offset}`;
}

function badRange(param: string, message: string): ApiError {
  return new ApiError(400, message, { type: 'bad_request_error', param });
}
