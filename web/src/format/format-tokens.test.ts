import { expect, test } from 'vitest';
import { formatTokens } from './format-tokens.ts';

test.each([
  [0, '0'],
  [9_412, '9,412'],
  [9_999, '9,999'],
  [10_000, '10.0k'],
  [12_400, '12.4k'],
  [999_949, '999.9k'],
  [999_950, '1.0M'],
  [3_200_000, '3.2M'],
  [1_250_000_000, '1.3B'],
])('writes %i tokens as %s', (tokens, text) => {
  expect(formatTokens(tokens)).toBe(text);
});
