import { expect, test } from 'vitest';
import { valueAxis } from './value-axis.ts';
import { countValues, usdValues } from './value-format.ts';

test('has a few hairlines at round values', () => {
  expect(valueAxis(1_204)).toEqual({ max: 1_500, ticks: [500, 1_000, 1_500] });
  for (const highest of [1, 7, 95, 1_000, 87_431, 3_200_000, 12_840_000_000]) {
    const { max, ticks } = valueAxis(highest);
    expect(max).toBeGreaterThanOrEqual(highest);
    expect(ticks.length).toBeGreaterThan(0);
    expect(ticks.length).toBeLessThanOrEqual(5);
  }
});

test('does not divide single requests', () => {
  expect(valueAxis(1).ticks).toEqual([1]);
  expect(valueAxis(2).ticks).toEqual([1, 2]);
});

test('keeps an empty axis', () => {
  expect(valueAxis(0)).toEqual({ max: 1, ticks: [] });
});

test('writes the ticks of an axis with one precision', () => {
  expect(usdValues.ticks([500_000_000, 1_000_000_000])).toEqual(['$0.50', '$1.00']);
  expect(usdValues.ticks([500_000_000_000, 1_000_000_000_000])).toEqual(['$500', '$1,000']);
  expect(usdValues.ticks([200_000, 400_000])).toEqual(['$0.0002', '$0.0004']);
  expect(countValues.ticks([5_000, 10_000, 1_500_000])).toEqual(['5,000', '10k', '1.5M']);
});
