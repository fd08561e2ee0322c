import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ApiError } from '../../http/api-error.ts';
import { evenRuns, readBucketRange, startOfRangeBefore } from './time-buckets.ts';

const hourMs = 3_600_000;

function starts(startDate: string, endDate: string, timeZone: string, granularity: 'hour' | 'day' = 'day'): string[] {
  return readBucketRange(startDate, endDate, timeZone, granularity).buckets.map(({ startsAt }) =>
    new Date(startsAt).toISOString().replace(':00.000Z', ''),
  );
}

describe('The hours and days of a time zone', () => {
  test('days begin at the zone’s midnight, before and after a clock change', () => {
    expect(starts('2026-03-28', '2026-03-30', 'Europe/Berlin')).toEqual([
      '2026-03-27T23:00',
      '2026-03-28T23:00',
      '2026-03-29T22:00',
    ]);
    expect(starts('2026-10-24', '2026-10-26', 'Europe/Berlin')).toEqual([
      '2026-10-23T22:00',
      '2026-10-24T22:00',
      '2026-10-25T23:00',
    ]);
  });

  test('a day has 23, 24 or 25 hours, and an hour that comes twice is told apart', () => {
    expect(starts('2026-03-29', '2026-03-29', 'Europe/Berlin', 'hour')).toHaveLength(23);
    const { buckets } = readBucketRange('2026-10-25', '2026-10-25', 'Europe/Berlin', 'hour');
    expect(buckets).toHaveLength(25);
    expect(buckets.slice(2, 4).map((bucket) => bucket.label)).toEqual([
      '2026-10-25T02:00+02:00',
      '2026-10-25T02:00+01:00',
    ]);
  });

  test('a zone half an hour off has its own midnights and hours', () => {
    expect(starts('2026-11-25', '2026-11-25', 'Asia/Kolkata')).toEqual(['2026-11-24T18:30']);
    expect(starts('2026-11-25', '2026-11-25', 'Asia/Kolkata', 'hour').slice(0, 2)).toEqual([
      '2026-11-24T18:30',
      '2026-11-24T19:30',
    ]);
    expect(starts('2026-11-25', '2026-11-25', '+05:30')).toEqual(['2026-11-24T18:30']);
  });

  test('a clock that moves by half an hour makes one hour shorter', () => {
    const { buckets } = readBucketRange('2026-10-04', '2026-10-04', 'Australia/Lord_Howe', 'hour');
    expect(buckets.filter((bucket) => bucket.endsAt - bucket.startsAt !== hourMs)).toHaveLength(1);
    expect(buckets.reduce((sum, bucket) => sum + bucket.endsAt - bucket.startsAt, 0)).toBe(23.5 * hourMs);
  });

  test('a day whose midnight is jumped over begins when the clocks jump', () => {
    // In Santiago the clocks go from 24:00 on 5 September to 01:00 on the 6th.
    expect(starts('2026-09-06', '2026-09-07', 'America/Santiago')).toEqual(['2026-09-06T04:00', '2026-09-07T03:00']);
  });

  test('a day that a zone left out has no time in it', () => {
    const { buckets } = readBucketRange('2011-12-29', '2011-12-31', 'Pacific/Apia', 'day');
    expect(buckets.map((bucket) => (bucket.endsAt - bucket.startsAt) / hourMs)).toEqual([24, 0, 24]);
    expect(evenRuns(buckets).map((run) => run.firstIndex)).toEqual([0, 2]);
  });

  test('a year of days has few runs of even length', () => {
    expect(evenRuns(readBucketRange('2026-01-01', '2026-12-31', 'Europe/Berlin', 'day').buckets)).toHaveLength(5);
    expect(evenRuns(readBucketRange('2026-01-01', '2026-12-31', 'UTC', 'day').buckets)).toHaveLength(1);
  });

  test('the range before has as many days', () => {
    expect(new Date(startOfRangeBefore('2026-10-24', '2026-10-26', 'Europe/Berlin')).toISOString()).toBe(
      '2026-10-20T22:00:00.000Z',
    );
  });

  test.each([
    ['2026-02-30', '2026-03-01', 'UTC', 'start_date'],
    ['2026-03-02', '2026-03-01', 'UTC', 'end_date'],
    ['2026-01-01', '2027-01-02', 'UTC', 'end_date'],
    ['2026-01-01', '2026-01-02', 'Mars/Olympus', 'timezone'],
    ['yesterday', '2026-01-02', 'UTC', 'start_date'],
  ])('from %s to %s in %s is refused, with the field that is wrong', (from, to, zone, param) => {
    expect(() => readBucketRange(from, to, zone, 'day')).toThrow(expect.objectContaining({ status: 400, param }));
    expect(() => readBucketRange(from, to, zone, 'day')).toThrow(ApiError);
  });

  test('buckets follow each other without a gap, each carries the day it lies in, and arithmetic finds it', () => {
    const zones = [
      'UTC',
      'Europe/Berlin',
      'Asia/Kolkata',
      'America/New_York',
      'Australia/Lord_Howe',
      'Asia/Kathmandu',
      'America/Santiago',
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: 0, max: 730 }),
        fc.integer({ min: 0, max: 30 }),
        fc.constantFrom('hour' as const, 'day' as const),
        fc.integer({ min: 0, max: 30 * 24 * 4 }),
        (zone, offset, length, granularity, quarter) => {
          const day = (index: number) => new Date(Date.UTC(2025, 0, 1 + index)).toISOString().slice(0, 10);
          const range = readBucketRange(day(offset), day(offset + length), zone, granularity);
          for (const [index, bucket] of range.buckets.entries()) {
            expect(bucket.endsAt).toBe(range.buckets[index + 1]?.startsAt ?? range.endsAt);
            const local = new Intl.DateTimeFormat('en-CA', { timeZone: zone }).format(bucket.startsAt);
            expect(bucket.label.slice(0, 10)).toBe(local);
          }
          const instant = Math.min(range.startsAt + quarter * 900_000, range.endsAt - 1);
          const run = evenRuns(range.buckets).find((candidate) => instant < candidate.endsAt);
          const found = run && range.buckets[run.firstIndex + Math.floor((instant - run.startsAt) / run.bucketMs)];
          expect(found && found.startsAt <= instant && instant < found.endsAt).toBe(true);
        },
      ),
      { numRuns: 150 },
    );
  });
});
