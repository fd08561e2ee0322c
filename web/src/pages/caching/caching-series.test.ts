import { expect, test } from 'vitest';
import { totalsOf } from '../../charts/series.ts';
import {
  type Caching,
  type CachingTotals,
  hitRate,
  isPromptCacheSilent,
  isResponseCacheSilent,
  promptSeries,
  promptShare,
  responseSeries,
  savedNanoUsd,
  unansweredReasons,
} from './caching-series.ts';
import { notReportedWords, promptSentence, responseSentence } from './caching-words.ts';

const noResponses: CachingTotals['response_cache'] = {
  eligible: 0,
  hits: 0,
  misses: 0,
  stale: 0,
  bypassed: 0,
  not_cacheable: 0,
  off: 0,
  hit_rate: null,
  prompt_tokens_saved: 0,
  completion_tokens_saved: 0,
  saved_nano_usd: 0,
  saved_ms: 0,
};
const noPrompts: CachingTotals['prompt_cache'] = {
  input_tokens: 0,
  uncached_input_tokens: 0,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 0,
  not_reported_input_tokens: 0,
  read_share: null,
  read_saving_nano_usd: 0,
  write_premium_nano_usd: 0,
  net_saved_nano_usd: 0,
};
const nothing: CachingTotals = {
  requests: 0,
  spend_nano_usd: 0,
  response_cache: noResponses,
  prompt_cache: noPrompts,
};
const busy: CachingTotals = {
  ...nothing,
  requests: 100,
  response_cache: {
    ...noResponses,
    eligible: 80,
    hits: 20,
    misses: 60,
    stale: 5,
    bypassed: 7,
    not_cacheable: 3,
    off: 10,
    hit_rate: 0.25,
    saved_nano_usd: 50_000_000,
  },
  prompt_cache: {
    ...noPrompts,
    input_tokens: 1_000,
    uncached_input_tokens: 300,
    cache_read_input_tokens: 400,
    cache_creation_input_tokens: 100,
    not_reported_input_tokens: 200,
    read_share: 0.5,
    read_saving_nano_usd: 20_000_000,
    write_premium_nano_usd: 90_000_000,
    net_saved_nano_usd: -70_000_000,
  },
};
const unreported: CachingTotals = {
  ...busy,
  prompt_cache: { ...noPrompts, input_tokens: 1_000, not_reported_input_tokens: 1_000 },
};

function caching(enabled: boolean, totals: CachingTotals, more: Partial<Caching> = {}): Caching {
  return {
    enabled,
    mode: 'default_on',
    timezone: 'UTC',
    totals,
    buckets: [
      { starts_at: '2026-11-22T00:00:00.000Z', label: '2026-11-22', totals },
      { starts_at: '2026-11-23T00:00:00.000Z', label: '2026-11-23', totals: nothing },
    ],
    groups: [],
    rest: null,
    not_reported_by: [],
    ...more,
  };
}

const spaced = (text: string): string => text.replaceAll('\u202f', ' ');

test('counts every request once: hit, miss, bypassed, not cacheable or off', () => {
  expect(totalsOf(responseSeries(caching(true, busy)), 2)).toEqual([100, 0]);
  expect(responseSeries(caching(true, busy)).map(({ label }) => label)).toEqual([
    ...['Hit', 'Miss', 'Bypassed', 'Not cacheable', 'Off'],
  ]);
  expect(responseSeries(caching(true, busy, { mode: 'default_off' })).at(-1)?.label).toBe('Off or not asked for');
});

test('counts every input token once: read, written, uncached or not reported', () => {
  expect(totalsOf(promptSeries(caching(true, busy)), 2)).toEqual([1_000, 0]);
  expect(promptSeries(caching(true, unreported)).map(({ label }) => label)).toEqual(['Not reported']);
});

test('has no rate where there is nothing to measure', () => {
  expect(hitRate(caching(true, busy))?.values).toEqual([0.25, null]);
  expect(hitRate(caching(true, nothing))).toBeUndefined();
  expect(promptShare(caching(true, busy))?.values).toEqual([0.5, null]);
  expect(promptShare(caching(true, unreported))).toBeUndefined();
});

test('is silent about the response cache only when it is off and was off', () => {
  const off = { ...busy, response_cache: { ...noResponses, off: 100 } };
  expect(isResponseCacheSilent(caching(false, off))).toBe(true);
  expect(isResponseCacheSilent(caching(true, off))).toBe(false);
  expect(isResponseCacheSilent(caching(false, busy))).toBe(false);
  expect(isResponseCacheSilent(caching(true, nothing))).toBe(false);
});

test('tells what is not reported from nothing, and from input that is', () => {
  expect([unreported, nothing, busy].map(isPromptCacheSilent)).toEqual([true, false, false]);
});

test('adds the savings of both caches up, net: they can be a loss', () => {
  expect(savedNanoUsd(busy)).toBe(-20_000_000);
});

test('names every reason why the response cache did not answer, the most frequent first', () => {
  const reasons = unansweredReasons(caching(true, busy));
  expect(reasons.map(({ id, requests }) => [id, requests])).toEqual([
    ['first', 55],
    ['off', 10],
    ['bypassed', 7],
    ['stale', 5],
    ['not-cacheable', 3],
  ]);
  expect(reasons.reduce((sum, { requests }) => sum + requests, busy.response_cache.hits)).toBe(busy.requests);
  expect(unansweredReasons(caching(true, nothing))).toEqual([]);
});

test('says in a sentence what each chart shows, losses included', () => {
  expect(spaced(responseSentence(caching(true, busy)))).toBe(
    '20 of 80 eligible requests answered from the cache, 25 %.',
  );
  expect(spaced(promptSentence(caching(true, busy)))).toBe(
    '400 of 800 reported input tokens read from the providers’ caches, 50 %. Reading saved $0.02, writing cost $0.09 more than plain input: −$0.07 net.',
  );
  expect(responseSentence(caching(true, nothing))).toBe('No requests were made.');
  expect(promptSentence(caching(true, nothing))).toBe('No input tokens reached a provider.');
  expect(promptSentence(caching(true, unreported, { not_reported_by: ['groq'] }))).toBe(
    'Whether any of 1,000 input tokens were cached is not reported by groq.',
  );
});

test.each([
  [[], 'not reported'],
  [['groq'], 'not reported by groq'],
  [['groq', 'mistral'], 'not reported by groq and mistral'],
  [['a', 'b', 'c', 'd', 'e'], 'not reported by a, b, c and 2 others'],
])('names the providers that report nothing: %j', (providers, words) => {
  expect(notReportedWords(caching(true, unreported, { not_reported_by: providers }))).toBe(words);
});
