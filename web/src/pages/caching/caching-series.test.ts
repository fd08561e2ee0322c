import { expect, test } from 'vitest';
import { totalsOf } from '../../charts/series.ts';
import {
  type Caching,
  type CachingTotals,
  hitRate,
  isResponseCacheSilent,
  promptSentence,
  promptSeries,
  promptShare,
  responseSentence,
  responseSeries,
} from './caching-series.ts';

const nothing: CachingTotals = {
  requests: 0,
  eligible: 0,
  hits: 0,
  misses: 0,
  cached_prompt_tokens: 0,
  cached_completion_tokens: 0,
  saved_nano_usd: 0,
  input_tokens: 0,
  cache_read_input_tokens: 0,
  cache_creation_input_tokens: 0,
};

const busy: CachingTotals = {
  ...nothing,
  requests: 100,
  eligible: 80,
  hits: 20,
  misses: 60,
  input_tokens: 1_000,
  cache_read_input_tokens: 400,
  cache_creation_input_tokens: 100,
};

function caching(enabled: boolean, totals: CachingTotals): Caching {
  return {
    enabled,
    timezone: 'UTC',
    totals,
    buckets: [
      { starts_at: '2026-11-22T00:00:00.000Z', label: '2026-11-22', totals },
      { starts_at: '2026-11-23T00:00:00.000Z', label: '2026-11-23', totals: nothing },
    ],
    groups: [],
    rest: null,
  };
}

const spaced = (text: string): string => text.replaceAll('\u202f', ' ');

test('counts every request once: hit, miss or bypassed', () => {
  expect(totalsOf(responseSeries(caching(true, busy)), 2)).toEqual([100, 0]);
});

test('counts every input token once: read, written or uncached', () => {
  expect(totalsOf(promptSeries(caching(true, busy)), 2)).toEqual([1_000, 0]);
});

test('has no rate where there is nothing to measure', () => {
  expect(hitRate(caching(true, busy)).values).toEqual([0.25, null]);
  expect(promptShare(caching(true, busy)).values).toEqual([0.4, null]);
});

test('is silent only when the cache is off and was off', () => {
  expect(isResponseCacheSilent(caching(false, { ...busy, eligible: 0, hits: 0, misses: 0 }))).toBe(true);
  expect(isResponseCacheSilent(caching(false, busy))).toBe(false);
  expect(isResponseCacheSilent(caching(true, nothing))).toBe(false);
});

test('says in one sentence what each chart shows', () => {
  expect(spaced(responseSentence(caching(true, busy)))).toBe(
    '20 of 80 eligible requests answered from the cache, 25 %.',
  );
  expect(spaced(promptSentence(caching(true, busy)))).toBe(
    '400 of 1,000 input tokens read from the providers’ caches, 40 %.',
  );
  const unreported = caching(true, { ...busy, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 });
  expect(promptSentence(unreported)).toBe('No provider reported cached input among 1,000 input tokens.');
});
