import { expect, test } from 'vitest';
import { exportFileName, rankingCsv, usageCsv } from './export-usage.ts';
import type { Usage, UsageTotals } from './usage-series.ts';
import { usageViewFromSearch } from './usage-view.ts';

function totals(spend: number, requests: number): UsageTotals {
  return {
    spend_nano_usd: spend,
    requests,
    failed_requests: 0,
    prompt_tokens: 7,
    completion_tokens: 3,
    cache_read_input_tokens: 2,
    cache_creation_input_tokens: 1,
    cache_hits: 4,
    saved_nano_usd: 5,
  };
}

const usage: Usage = {
  timezone: 'Europe/Berlin',
  totals: totals(3_000_000_001, 3),
  previous_totals: null,
  buckets: [{ starts_at: '2026-11-22T23:00:00.000Z', label: '2026-11-23', totals: totals(3_000_000_001, 3) }],
  groups: [
    {
      id: '=evil',
      label: '=evil',
      totals: totals(3_000_000_000, 2),
      series_spend_nano_usd: [3_000_000_000],
      series_requests: [2],
    },
    { id: '', label: '', totals: totals(1, 1), series_spend_nano_usd: [1], series_requests: [1] },
  ],
  rest: null,
  last_activity_at: null,
};

const facts = {
  view: usageViewFromSearch({ range: 'today', user_id: 'u_1' }),
  days: { startDate: '2026-11-23', endDate: '2026-11-23', dayCount: 1, granularity: 'hour' },
  scope: 'Everyone',
  generatedAt: new Date('2026-11-23T12:00:00Z'),
} as const;

test('exports what the chart shows, unrounded, with range, zone and filters', () => {
  expect(usageCsv(usage, facts).split('\r\n')).toEqual([
    '# Latchkey usage',
    '# Range: 2026-11-23 to 2026-11-23, both included, by hour',
    '# Time zone: Europe/Berlin',
    '# Scope: Everyone',
    '# Filters: user_id=u_1',
    '# Generated: 2026-11-23T12:00:00.000Z',
    'period,starts_at_utc,model_id,model,spend_usd,requests',
    "2026-11-23,2026-11-22T23:00:00.000Z,'=evil,'=evil,3,2",
    '2026-11-23,2026-11-22T23:00:00.000Z,,Unknown model,0.000000001,1',
    '',
  ]);
});

test('exports the ranking', () => {
  expect(rankingCsv(usage, facts).split('\r\n').at(-2)).toBe(',Unknown model,0.000000001,1,0,7,3,2,1,4,0.000000005');
});

test('exports whole buckets where there are no groups', () => {
  const csv = usageCsv(usage, { ...facts, view: { ...facts.view, groupBy: 'none' } });
  expect(csv).toContain('2026-11-23,2026-11-22T23:00:00.000Z,3.000000001,3,0,7,3,2,1,4,0.000000005');
});

test('names the file after the view', () => {
  expect(exportFileName('usage', facts)).toBe('usage-2026-11-23-to-2026-11-23-by-model.csv');
});
