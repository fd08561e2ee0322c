import { expect, test } from 'vitest';
import {
  dayIn,
  instantsOf,
  previousDays,
  problemOfDays,
  rangeFromSearch,
  rangeWords,
  resolveRange,
  searchFromRange,
  weekEnding,
} from './time-range.ts';

test('shows seven days unless the address says otherwise, and never writes the default down', () => {
  expect(rangeFromSearch({})).toEqual({ name: '7d' });
  expect(rangeFromSearch({ range: 'for ever' })).toEqual({ name: '7d' });
  expect(searchFromRange({ name: '7d' })).toEqual({});
});

test('survives the way through the address', () => {
  for (const range of [
    { name: 'today' },
    { name: 'last-month' },
    { name: 'custom', from: '2026-11-01', to: '2026-11-03' },
  ] as const) {
    expect(rangeFromSearch(searchFromRange(range))).toEqual(range);
  }
});

test('does not trust days in the address', () => {
  expect(rangeFromSearch({ from: '2026-02-30', to: '2026-03-01' })).toEqual({ name: '7d' });
  expect(rangeFromSearch({ from: '2026-03-02', to: '2026-03-01' })).toEqual({ name: '7d' });
  expect(rangeFromSearch({ from: 20260301, to: '2026-03-01' })).toEqual({ name: '7d' });
  expect(rangeFromSearch({ from: '1990-01-01', to: '2026-03-01' })).toEqual({ name: '7d' });
});

test.each([
  [{ name: 'today' }, '2026-03-02', '2026-03-02', 1, 'hour'],
  [{ name: '7d' }, '2026-02-24', '2026-03-02', 7, 'day'],
  [{ name: '30d' }, '2026-02-01', '2026-03-02', 30, 'day'],
  [{ name: 'month' }, '2026-03-01', '2026-03-02', 2, 'hour'],
  [{ name: 'last-month' }, '2026-02-01', '2026-02-28', 28, 'day'],
  [{ name: 'custom', from: '2025-12-30', to: '2026-01-02' }, '2025-12-30', '2026-01-02', 4, 'day'],
] as const)('resolves %j', (range, startDate, endDate, dayCount, granularity) => {
  expect(resolveRange(range, '2026-03-02')).toEqual({ startDate, endDate, dayCount, granularity });
});

test('compares with as many days before', () => {
  expect(previousDays(resolveRange({ name: '7d' }, '2026-03-02'))).toEqual({
    startDate: '2026-02-17',
    endDate: '2026-02-23',
  });
});

test('takes today from the zone', () => {
  const instant = new Date('2026-11-23T23:30:00Z');
  expect(dayIn(instant, 'Europe/Berlin')).toBe('2026-11-24');
  expect(dayIn(instant, 'America/Los_Angeles')).toBe('2026-11-23');
});

test('writes ranges in words', () => {
  expect(rangeWords({ startDate: '2026-11-17', endDate: '2026-11-23' }, 'en-GB').replaceAll(/\s*–\s*/g, '–')).toBe(
    '17–23 Nov 2026',
  );
  expect(rangeWords({ startDate: '2026-11-23', endDate: '2026-11-23' }, 'en-GB')).toBe('23 Nov 2026');
});

test('says what is wrong with two days', () => {
  expect(problemOfDays('2026-11-02', '2026-11-01')).toMatch(/after/);
  expect(problemOfDays('', '2026-11-01')).toMatch(/Choose/);
  expect(problemOfDays('2026-11-01', '2026-11-01')).toBeUndefined();
});

test('jumps to the week of the last activity', () => {
  expect(weekEnding('2026-11-03')).toEqual({ name: 'custom', from: '2026-10-28', to: '2026-11-03' });
});

test.each([
  ['UTC', '2026-11-23', '2026-11-23T00:00:00.000Z', '2026-11-24T00:00:00.000Z'],
  ['Europe/Berlin', '2026-11-23', '2026-11-22T23:00:00.000Z', '2026-11-23T23:00:00.000Z'],
  ['Asia/Kolkata', '2026-11-23', '2026-11-22T18:30:00.000Z', '2026-11-23T18:30:00.000Z'],
  ['America/Los_Angeles', '2026-11-23', '2026-11-23T08:00:00.000Z', '2026-11-24T08:00:00.000Z'],
  // The days on which the clock is put forward and back have 23 and 25 hours.
  ['Europe/Berlin', '2026-03-29', '2026-03-28T23:00:00.000Z', '2026-03-29T22:00:00.000Z'],
  ['America/Los_Angeles', '2026-11-01', '2026-11-01T07:00:00.000Z', '2026-11-02T08:00:00.000Z'],
  // In Cairo a day of spring begins at one o’clock.
  ['Africa/Cairo', '2026-04-24', '2026-04-23T22:00:00.000Z', '2026-04-24T21:00:00.000Z'],
])('knows when a day begins and ends: in %s on %s', (timeZone, day, startsAt, endsAt) => {
  const instants = instantsOf({ startDate: day, endDate: day }, timeZone);
  expect([instants.startsAt.toISOString(), instants.endsAt.toISOString()]).toEqual([startsAt, endsAt]);
});
