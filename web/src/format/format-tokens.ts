import { formatCount } from './format-count.ts';

const scales = [
  { from: 1_000_000_000, unit: 'B' },
  { from: 1_000_000, unit: 'M' },
  { from: 1_000, unit: 'k' },
] as const;

/** Tokens: exact with separators below 10,000, then one decimal with k, M or B. The exact count belongs in a title. */
export function formatTokens(tokens: number): string {
  if (tokens < 10_000) return formatCount(tokens);
  // 999,950 rounds to 1,000.0k, so it already reads 1.0M.
  const scale = scales.find(({ from }) => tokens >= from * 0.99995) ?? scales[2];
  return `${(tokens / scale.from).toFixed(1)}${scale.unit}`;
}
