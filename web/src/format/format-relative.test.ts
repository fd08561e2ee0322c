import { expect, test } from 'vitest';
import { formatRelative } from './format-relative.ts';

const now = new Date('2026-11-23T12:00:00Z');

test.each([
  ['2026-11-23T11:59:30Z', 'just now'],
  ['2026-11-23T12:00:30Z', 'in less than a minute'],
  ['2026-11-23T11:57:00Z', '3 min ago'],
  ['2026-11-23T09:00:00Z', '3 h ago'],
  ['2026-11-22T06:00:00Z', '30 h ago'],
  ['2026-12-01T13:00:00Z', 'in 8 d'],
  ['2026-11-30T11:59:58Z', 'in 7 d'],
  ['2026-11-23T12:59:45Z', 'in 1 h'],
  ['2026-06-01T12:00:00Z', '6 mo ago'],
  ['2023-06-01T12:00:00Z', '3 y ago'],
])('writes %s as %s', (iso, text) => {
  expect(formatRelative(iso, now).replace('\u202f', ' ')).toBe(text);
});
