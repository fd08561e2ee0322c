import { expect, test } from 'vitest';
import { formatDate, formatDateTime, formatDateTimeFull } from './format-date-time.ts';

const options = { timeZone: 'Europe/Berlin', now: new Date('2026-11-24T12:00:00Z'), locale: 'en-GB' };

test('leaves the current year out', () => {
  expect(formatDateTime('2026-11-23T13:05:00Z', options)).toBe('23 Nov, 14:05');
  expect(formatDate('2026-11-23T13:05:00Z', options)).toBe('23 Nov');
});

test('names any other year', () => {
  expect(formatDateTime('2025-11-23T13:05:00Z', options)).toBe('23 Nov 2025, 14:05');
});

test('takes day and year from the zone, not from UTC', () => {
  expect(formatDate('2025-12-31T23:30:00Z', options)).toBe('1 Jan');
  expect(formatDate('2025-12-31T23:30:00Z', { ...options, timeZone: 'UTC' })).toBe('31 Dec 2025');
});

test('writes the zone where the whole instant is meant', () => {
  expect(formatDateTimeFull('2026-11-23T13:05:10Z', options)).toBe('Mon, 23 November 2026 at 14:05:10 CET');
});
