import { expect, test } from 'vitest';
import { axisLabels } from './axis-labels.ts';

function days(first: string, count: number) {
  return Array.from({ length: count }, (_, index) => ({
    startsAt: new Date(Date.parse(first) + index * 86_400_000).toISOString(),
  }));
}

function hours(first: string, count: number) {
  return Array.from({ length: count }, (_, index) => ({
    startsAt: new Date(Date.parse(first) + index * 3_600_000).toISOString(),
  }));
}

test('names every day of a week', () => {
  const labels = axisLabels(days('2026-11-17T00:00:00Z', 7), { granularity: 'day', timeZone: 'UTC', widthPx: 900 });
  expect(labels.map(({ text }) => text)).toEqual([
    'Tue 17',
    'Wed 18',
    'Thu 19',
    'Fri 20',
    'Sat 21',
    'Sun 22',
    'Mon 23',
  ]);
});

test('falls back to Mondays when days do not fit', () => {
  const labels = axisLabels(days('2026-11-01T00:00:00Z', 30), { granularity: 'day', timeZone: 'UTC', widthPx: 400 });
  expect(labels.map(({ text }) => text)).toEqual(['1 Nov', '9 Nov', '16 Nov', '23 Nov', '30 Nov']);
});

test('falls back to months when Mondays do not fit either', () => {
  const labels = axisLabels(days('2026-01-01T00:00:00Z', 365), { granularity: 'day', timeZone: 'UTC', widthPx: 900 });
  expect(labels.map(({ text }) => text).slice(0, 3)).toEqual(['Jan', 'Feb', 'Mar']);
});

test('puts the hours of a day at the hours of the zone', () => {
  const buckets = hours('2026-11-22T23:00:00Z', 24);
  const labels = axisLabels(buckets, { granularity: 'hour', timeZone: 'Europe/Berlin', widthPx: 320 });
  expect(labels).toEqual([
    { index: 0, text: '23 Nov' },
    { index: 6, text: '06:00' },
    { index: 12, text: '12:00' },
    { index: 18, text: '18:00' },
  ]);
});

test('keeps labels apart at any width', () => {
  for (const widthPx of [80, 200, 390, 700, 1400]) {
    for (const count of [1, 7, 30, 92, 400]) {
      const labels = axisLabels(days('2025-10-05T00:00:00Z', count), { granularity: 'day', timeZone: 'UTC', widthPx });
      for (const [position, label] of labels.entries()) {
        const next = labels[position + 1];
        if (next !== undefined) expect((next.index - label.index) * (widthPx / count)).toBeGreaterThanOrEqual(50);
      }
    }
  }
});
