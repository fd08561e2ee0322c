import { expect, test } from 'vitest';
import { formatCount, formatCountOf } from './format-count.ts';

test('writes counts exactly', () => {
  expect(formatCount(0)).toBe('0');
  expect(formatCount(1_204_331)).toBe('1,204,331');
});

test('agrees with its noun', () => {
  expect(formatCountOf(1, 'request')).toBe('1 request');
  expect(formatCountOf(0, 'request')).toBe('0 requests');
  expect(formatCountOf(2, 'person', 'people')).toBe('2 people');
});
