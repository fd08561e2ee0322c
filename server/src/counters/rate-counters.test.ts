import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import type { RateExceeded, RateLimits } from './counters.ts';
import { createMemoryRateCounters, type RateCounters } from './rate-counters.ts';

let counters: RateCounters;
beforeEach(() => {
  counters = createMemoryRateCounters();
});

const none: RateLimits = { requestsPerMinute: null, tokensPerMinute: null, maxParallelRequests: null };
const minute = 60_000;
const start = 1_700_000_040_000 - (1_700_000_040_000 % minute);

const demandOf = (subject: string, limits: Partial<RateLimits>) => [{ subject, limits: { ...none, ...limits } }];

/** Takes one request, unless a limit is reached. */
function take(subject: string, limits: Partial<RateLimits>, now: number): RateExceeded | null {
  const demands = demandOf(subject, limits);
  const exceeded = counters.findExceeded(demands, now);
  if (!exceeded) counters.take(demands, now);
  return exceeded;
}

/** Takes and ends one request; says whether it was let in. */
function pass(limits: Partial<RateLimits>, now: number, tokens = 0, subject = 'a'): boolean {
  if (take(subject, limits, now)) return false;
  counters.finish(demandOf(subject, limits), tokens, now);
  return true;
}

describe('Limits of rate', () => {
  test('let through what they allow, tell which one is reached, and when it ends', () => {
    for (let n = 0; n < 3; n += 1) expect(pass({ requestsPerMinute: 3 }, start + 1_000)).toBe(true);
    expect(take('a', { requestsPerMinute: 3 }, start + 2_000)).toEqual({
      subject: 'a',
      limitType: 'requests',
      limit: 3,
      resetsAt: start + minute,
    });
    expect(pass({ requestsPerMinute: 3 }, start + 2_000, 0, 'b')).toBe(true);
  });

  test('never let more through in any sixty seconds than about the limit, least of all twice as many at an edge', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 0, max: minute - 1 }), (limit, offset) => {
        counters = createMemoryRateCounters();
        let passed = 0;
        for (let n = 0; n < limit; n += 1) if (pass({ requestsPerMinute: limit }, start + minute - 1)) passed += 1;
        for (let n = 0; n < 2 * limit; n += 1)
          if (pass({ requestsPerMinute: limit }, start + minute + offset)) passed += 1;
        const stillCounts = limit * (1 - offset / minute);
        expect(passed - limit).toBeLessThanOrEqual(Math.ceil(limit - stillCounts) + 1);
      }),
    );
  });

  test('forget what is more than two minutes old', () => {
    for (let n = 0; n < 5; n += 1) pass({ requestsPerMinute: 5 }, start);
    expect(pass({ requestsPerMinute: 5 }, start + 2 * minute)).toBe(true);
  });

  test('count tokens when a request ends, also when that is in a later minute', () => {
    expect(pass({ tokensPerMinute: 100 }, start, 100)).toBe(true);
    expect(pass({ tokensPerMinute: 100 }, start + 1)).toBe(false);
    expect(take('b', { tokensPerMinute: 100 }, start)).toBe(null);
    counters.finish(demandOf('b', { tokensPerMinute: 100 }), 100, start + minute);
    expect(pass({ tokensPerMinute: 100 }, start + minute + 1, 0, 'b')).toBe(false);
  });

  test('give a place back for every request that ends, and count no refused one', () => {
    const limits = { maxParallelRequests: 2 };
    expect([take('a', limits, start), take('a', limits, start)]).toEqual([null, null]);
    for (let n = 0; n < 5; n += 1) expect(take('a', limits, start)?.limitType).toBe('max_parallel_requests');
    counters.finish(demandOf('a', limits), 0, start);
    expect(take('a', limits, start)).toBe(null);
    expect(take('a', limits, start)).not.toBe(null);
  });

  test('of zero let nothing through', () => {
    for (const limits of [{ requestsPerMinute: 0 }, { tokensPerMinute: 0 }, { maxParallelRequests: 0 }])
      expect(pass(limits, start)).toBe(false);
  });

  test('are not confused by a clock that is set back', () => {
    for (let n = 0; n < 3; n += 1) pass({ requestsPerMinute: 3 }, start + minute);
    expect(pass({ requestsPerMinute: 3 }, start)).toBe(false);
    expect(pass({ requestsPerMinute: 3 }, start + 3 * minute)).toBe(true);
  });
});
