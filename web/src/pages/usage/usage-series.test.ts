import { expect, test } from 'vitest';
import { sumOf, totalsOf } from '../../charts/series.ts';
import {
  chartBuckets,
  groupLabel,
  groupsWithRest,
  type Usage,
  type UsageTotals,
  usageSentence,
  usageSeries,
} from './usage-series.ts';

function totals(spend: number, requests: number): UsageTotals {
  return {
    spend_nano_usd: spend,
    requests,
    failed_requests: 1,
    prompt_tokens: requests * 10,
    completion_tokens: requests * 2,
    cache_read_input_tokens: requests * 3,
    cache_creation_input_tokens: requests,
    cache_hits: 0,
    saved_nano_usd: 0,
  };
}

const usage: Usage = {
  timezone: 'UTC',
  totals: totals(1_180, 30),
  previous_totals: totals(1_000, 30),
  buckets: [
    { starts_at: '2026-11-22T00:00:00.000Z', label: '2026-11-22', totals: totals(1_000, 20) },
    { starts_at: '2026-11-23T00:00:00.000Z', label: '2026-11-23', totals: totals(180, 10) },
  ],
  groups: [
    {
      id: 'gpt-5.5',
      label: 'gpt-5.5',
      totals: totals(900, 10),
      series_spend_nano_usd: [800, 100],
      series_requests: [5, 5],
    },
    { id: '', label: '', totals: totals(280, 20), series_spend_nano_usd: [200, 80], series_requests: [15, 5] },
  ],
  rest: null,
  last_activity_at: null,
};

test.each(['spend', 'requests', 'tokens'] as const)('stacks %s up to the bucket totals', (metric) => {
  const stacked = totalsOf(usageSeries(usage, metric, 'model'), 2);
  const expected = usage.buckets.map((bucket) =>
    metric === 'spend'
      ? bucket.totals.spend_nano_usd
      : metric === 'requests'
        ? bucket.totals.requests
        : bucket.totals.requests * 12,
  );
  expect(stacked).toEqual(expected);
  expect(sumOf(stacked)).toBe(sumOf(expected));
});

test('lists what the answer does not tell apart as one more group', () => {
  const [, ...others] = usage.groups;
  const [rest] = others;
  if (!rest) throw new Error();
  expect(groupsWithRest({ ...usage, groups: usage.groups.slice(0, 1), rest }).map(({ label }) => label)).toEqual([
    'gpt-5.5',
    'All others',
  ]);
  expect(groupsWithRest(usage)).toBe(usage.groups);
});

test('calls the rest "Other" when the answer lists only some groups', () => {
  const some = { ...usage, groups: usage.groups.slice(0, 1) };
  expect(usageSeries(some, 'spend', 'model').map(({ id, values }) => [id, values])).toEqual([
    ['gpt-5.5', [800, 100]],
    ['other', [200, 80]],
  ]);
});

test('says in words what belongs to no group', () => {
  expect(groupLabel({ id: '', label: '' }, 'team')).toBe('No team');
  expect(groupLabel({ id: 'x', label: '' }, 'key')).toBe('x');
});

test('says in one sentence what the chart shows', () => {
  const spaced = (text: string): string => text.replaceAll('\u202f', ' ');
  expect(spaced(usageSentence(usage, 'spend', 'model', true))).toBe(
    'Spend rose 18 % to $0.000001; gpt-5.5 is 76 % of it.',
  );
  expect(spaced(usageSentence(usage, 'requests', 'model', true))).toBe(
    'Requests stayed at 30; Unknown model is 67 % of them.',
  );
  expect(usageSentence({ ...usage, previous_totals: null }, 'requests', 'none', true)).toBe('Requests: 30.');
});

test('marks the bucket that is still filling up', () => {
  const options = {
    granularity: 'day',
    timeZone: 'UTC',
    locale: 'en-GB',
    now: new Date('2026-11-23T09:00:00Z'),
  } as const;
  expect(chartBuckets(usage.buckets, options).map(({ label, isPartial }) => [label, isPartial])).toEqual([
    ['Sun 22 Nov', false],
    ['Mon 23 Nov', true],
  ]);
  const dayAfter = { ...options, now: new Date('2026-11-24T00:30:00Z') };
  expect(chartBuckets(usage.buckets, dayAfter).map(({ isPartial }) => isPartial)).toEqual([false, false]);
});
