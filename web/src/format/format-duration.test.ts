import { expect, test } from 'vitest';
import { formatDuration } from './format-duration.ts';

test.each([
  [0, '0 ms'],
  [-0.4, '0 ms'],
  [-7_500_000, '−2 h 5 m'],
  [842.4, '842 ms'],
  [999.6, '1.00 s'],
  [1_840, '1.84 s'],
  [59_994, '59.99 s'],
  [59_996, '1 m 0 s'],
  [72_000, '1 m 12 s'],
  [7_500_000, '2 h 5 m'],
])('writes %d ms as %s', (durationMs, text) => {
  expect(formatDuration(durationMs).replaceAll('\u202f', ' ')).toBe(text);
});
