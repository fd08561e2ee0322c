import { expect, test } from 'vitest';
import { formatPercent } from './format-percent.ts';

test.each([
  [0, 0, 'n/a'],
  [0, 10, '0 %'],
  [42, 1_000, '4.2 %'],
  [1, 100, '1.0 %'],
  [61, 100, '61 %'],
  [996, 10_000, '10 %'],
  [1, 10_000, '<0.1 %'],
  [100, 100, '100 %'],
])('writes %i of %i as %s', (part, whole, text) => {
  expect(formatPercent(part, whole).replace('\u202f', ' ')).toBe(text);
});
