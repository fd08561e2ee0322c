import { expect, test } from 'vitest';
import { formatDelta } from './format-delta.ts';

test('has nothing to say without an earlier amount', () => {
  expect(formatDelta(5, null)).toBeNull();
  expect(formatDelta(5, 0)).toBeNull();
});

test.each([
  [118, 100, '+18 %', 'up', 'up 18 per cent'],
  [95.8, 100, '−4.2 %', 'down', 'down 4.2 per cent'],
  [100, 100, '±0 %', 'level', 'unchanged'],
  [1_000_001, 1_000_000, '<0.1 %', 'up', 'up by less than 0.1 per cent'],
  [1_400, 100, '+1,300 %', 'up', 'up 1,300 per cent'],
])('compares %d with %d', (current, previous, text, direction, words) => {
  const delta = formatDelta(current, previous);
  expect(delta?.text.replace('\u202f', ' ')).toBe(text);
  expect(delta?.direction).toBe(direction);
  expect(delta?.words).toBe(words);
});
