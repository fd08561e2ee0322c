import { expect, test } from 'vitest';
import { type RankedSeries, sumOf, topSeries, totalsOf } from './series.ts';

const ranked: RankedSeries[] = Array.from({ length: 9 }, (_, index) => ({
  id: `m${index}`,
  label: `Model ${index}`,
  values: [100 - index * 10, 10],
}));

test('shows six series and sums up the rest, so that the stack equals the totals', () => {
  const totals = [sumOf(ranked.map(({ values }) => values[0] ?? 0)) + 5, 90];
  const series = topSeries(ranked, totals, 'model');
  expect(series.map(({ id }) => id)).toEqual(['m0', 'm1', 'm2', 'm3', 'm4', 'm5', 'other']);
  expect(series.at(-1)).toMatchObject({ label: 'Other', hue: 'other', texture: 'hatched', values: [95, 30] });
  expect(totalsOf(series, 2)).toEqual(totals);
});

test('has no "Other" when nothing is left, and no empty series', () => {
  const series = topSeries([...ranked.slice(0, 2), { id: 'idle', label: 'Idle', values: [0, 0] }], [190, 20], 'model');
  expect(series.map(({ id }) => id)).toEqual(['m0', 'm1']);
});

test('ranks by the metric that is shown', () => {
  const series = topSeries(
    [
      { id: 'a', label: 'A', values: [1, 1] },
      { id: 'b', label: 'B', values: [5, 5] },
    ],
    [6, 6],
    'model',
  );
  expect(series.map(({ id }) => id)).toEqual(['b', 'a']);
});
