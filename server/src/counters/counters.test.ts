import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { subjectNamesOf } from '../ledger/spend-subjects.ts';
import { openRedis, type Redis } from '../storage/open-redis.ts';
import { eventually } from '../testing/start-instances.ts';
import type { Counters, Decision, Demand, RateLimits, Refusal } from './counters.ts';
import { createMemoryCounters } from './memory-counters.ts';
import { createRedisCounters } from './redis-counters.ts';
import { redisScripts } from './redis-scripts.ts';

const minute = 60_000;
const start = 1_700_000_040_000 - (1_700_000_040_000 % minute);
const none: RateLimits = { requestsPerMinute: null, tokensPerMinute: null, maxParallelRequests: null };
const budget = 'key:a';
const owners = { key_hash: 'a', user_id: '', team_id: '', organization_id: '', end_user: '' };
const entry = (spend_nano_usd: number) => ({ ...owners, spend_nano_usd });

const refusalIn = (decision: Decision): Refusal | null => (decision.reason === null ? null : decision);

let now = start;
beforeEach(() => {
  now = start;
});

function demandOf(fields: {
  reserve?: number;
  subjects?: readonly string[];
  rates?: Readonly<Record<string, Partial<RateLimits>>>;
}): Demand {
  const rates = Object.entries(fields.rates ?? {}).map(([subject, limits]) => ({
    subject,
    limits: { ...none, ...limits },
  }));
  return { subjects: fields.subjects ?? [budget], reserveNanoUsd: fields.reserve ?? 0, rates, now };
}

/** The kinds of counters there are, each with a way to create fresh ones. */
const kinds = inject('redisUrl') === null ? (['memory'] as const) : (['memory', 'redis'] as const);

describe.each(kinds)('Counters in %s', (kind) => {
  let redis: Redis | null = null;
  const opened: { close(): void }[] = [];
  beforeAll(async () => {
    const url = inject('redisUrl');
    if (kind === 'memory' || url === null) return;
    redis = openRedis({ url }, { scripts: redisScripts, onOutage: () => undefined });
    await eventually(async () => redis?.isReady === true);
  });
  afterAll(async () => {
    for (const counters of opened) counters.close();
    await redis?.close();
  });

  function create(): Counters {
    const memory = createMemoryCounters(subjectNamesOf);
    if (redis === null) return memory;
    const options = { prefix: `test:{${randomUUID()}}:`, instanceId: randomUUID(), now: () => now };
    const counters = createRedisCounters(memory, redis, subjectNamesOf, options);
    opened.push(counters);
    expect(counters.isShared).toBe(true);
    return counters;
  }

  let counters: Counters;
  beforeEach(() => {
    counters = create();
  });
  const observe = (maxBudgetNanoUsd: number | null, spendNanoUsd: number, subject = budget) =>
    counters.observe(subject, { maxBudgetNanoUsd, spendNanoUsd }, counters.generation);
  const decide = async (demand: Demand): Promise<Decision> => counters.admit(demand);
  const admit = async (demand: Demand): Promise<Refusal | null> => refusalIn(await decide(demand));

  test('refuse from the moment when nothing is left, with what is spent, set aside and allowed', async () => {
    observe(100, 40);
    const call = demandOf({ reserve: 60 });
    expect(await admit(call)).toBe(null);
    expect(await admit(call)).toEqual({
      reason: 'budget',
      exhausted: { subject: budget, spentNanoUsd: 40, reservedNanoUsd: 60, maxNanoUsd: 100 },
    });
    counters.charge([budget], 30);
    counters.end(call, 0, now);
    expect(await admit(demandOf({ reserve: 30 }))).toBe(null);
    expect(await admit(demandOf({}))).toMatchObject({ reason: 'budget' });
  });

  test('count a settled cost once, before, while and after it is folded', async () => {
    observe(100, 0);
    const call = demandOf({ reserve: 10 });
    await admit(call);
    counters.charge([budget], 99);
    counters.end(call, 0, now);
    expect(await admit(demandOf({ reserve: 0 }))).toBe(null);
    counters.foldBegins();
    counters.folded([entry(99)], [{ subject: budget, spendNanoUsd: 99 }]);
    counters.foldEnds();
    expect(await admit(demandOf({ reserve: 1 }))).toBe(null);
    expect(await admit(demandOf({}))).toMatchObject({ exhausted: { spentNanoUsd: 99, reservedNanoUsd: 1 } });
  });

  test('tell a call that is let in how its rates stand with it, and nothing of those that limit nothing', async () => {
    const rates = {
      'team:t': none,
      'api_key:a': { requestsPerMinute: 4, tokensPerMinute: 100, maxParallelRequests: 5 },
    };
    const call = () => demandOf({ rates });
    const standing = { subject: 'api_key:a', limits: rates['api_key:a'], resetsAt: start + minute };
    const first = call();
    expect(await decide(first)).toEqual({
      reason: null,
      rates: [{ ...standing, requests: 1, tokens: 0, inFlight: 1 }],
    });
    counters.end(first, 30, now);
    expect(await decide(call())).toEqual({
      reason: null,
      rates: [{ ...standing, requests: 2, tokens: 30, inFlight: 1 }],
    });
    now = start + 1.5 * minute;
    expect(await decide(call())).toEqual({
      reason: null,
      rates: [{ ...standing, requests: 2, tokens: 15, inFlight: 2, resetsAt: start + 2 * minute }],
    });
    expect(await decide(demandOf({}))).toEqual({ reason: null, rates: [] });
  });

  test('say how things stand without taking anything, by the numbers that decide', async () => {
    observe(100, 40);
    const rates = { 'api_key:a': { requestsPerMinute: 5, tokensPerMinute: 100 }, 'team:t': { maxParallelRequests: 3 } };
    const call = demandOf({ reserve: 30, rates, subjects: [budget, 'team:unlimited'] });
    expect(await admit(call)).toBe(null);
    counters.charge([budget], 7);
    for (let n = 0; n < 3; n += 1) {
      expect(await counters.look(call)).toEqual({
        budgets: [
          { subject: budget, spentNanoUsd: 47, reservedNanoUsd: 30, maxNanoUsd: 100 },
          { subject: 'team:unlimited', spentNanoUsd: 0, reservedNanoUsd: 30, maxNanoUsd: null },
        ],
        rates: [
          { ...call.rates[0], requests: 1, tokens: 0, inFlight: 1, resetsAt: start + minute },
          { ...call.rates[1], requests: 1, tokens: 0, inFlight: 1, resetsAt: start + minute },
        ],
      });
    }
    counters.end(call, 60, now);
    expect(await counters.look(call)).toMatchObject({ rates: [{ requests: 1, tokens: 60 }, {}] });
    now = start + minute + 30_000;
    expect(await counters.look({ ...call, now })).toMatchObject({
      budgets: [{ spentNanoUsd: 47, reservedNanoUsd: 0 }, { reservedNanoUsd: 0 }],
      rates: [{ requests: 0.5, tokens: 30, inFlight: 0, resetsAt: start + 2 * minute }, { inFlight: 0 }],
    });
  });

  test('let nothing through at zero, and everything without a limit', async () => {
    observe(0, 0);
    expect(await admit(demandOf({}))).toMatchObject({ reason: 'budget' });
    observe(null, 1e15);
    expect(await admit(demandOf({ reserve: 1e15 }))).toBe(null);
  });

  test('hold a limit that is set while calls are in flight, and forget one that is taken away', async () => {
    const before = demandOf({ reserve: 70 });
    expect(await admit(before)).toBe(null);
    observe(100, 0);
    const after = demandOf({ reserve: 30 });
    expect(await admit(after)).toBe(null);
    expect(await admit(demandOf({}))).toMatchObject({ reason: 'budget' });
    observe(null, 0);
    const unlimited = demandOf({ reserve: 500 });
    expect(await admit(unlimited)).toBe(null);
    for (const call of [before, after, unlimited]) counters.end(call, 0, now);
    observe(100, 0);
    expect(await admit(demandOf({ reserve: 99 }))).toBe(null);
    expect(await admit(demandOf({ reserve: 1 }))).toBe(null);
    expect(await admit(demandOf({}))).toMatchObject({ reason: 'budget' });
  });

  test('take everything that a call demands, or nothing', async () => {
    observe(100, 0);
    observe(100, 100, 'team:t');
    const rates = { key: { requestsPerMinute: 2, maxParallelRequests: 2 }, team: { requestsPerMinute: 1 } };
    for (let n = 0; n < 5; n += 1) {
      expect(await admit(demandOf({ reserve: 60, subjects: [budget, 'team:t'], rates }))).toMatchObject({
        exhausted: { subject: 'team:t' },
      });
    }
    expect(await admit(demandOf({ reserve: 60, rates }))).toBe(null);
    for (let n = 0; n < 5; n += 1) {
      expect(await admit(demandOf({ reserve: 60, rates }))).toEqual({
        reason: 'rate',
        exceeded: { subject: 'team', limitType: 'requests', limit: 1, resetsAt: start + minute },
      });
    }
    expect(await admit(demandOf({ reserve: 40, rates: { key: rates.key } }))).toBe(null);
    expect(await admit(demandOf({}))).toMatchObject({ reason: 'budget' });
  });

  test('count requests, tokens and calls in flight within sixty seconds', async () => {
    const requests = demandOf({ rates: { a: { requestsPerMinute: 2 } } });
    for (let n = 0; n < 2; n += 1) {
      expect(await admit(requests)).toBe(null);
      counters.end(requests, 0, now);
    }
    expect(await admit(requests)).toMatchObject({ exceeded: { subject: 'a', limitType: 'requests', limit: 2 } });
    const tokens = demandOf({ rates: { b: { tokensPerMinute: 100 } } });
    expect(await admit(tokens)).toBe(null);
    counters.end(tokens, 100, now);
    expect(await admit(tokens)).toMatchObject({ exceeded: { limitType: 'tokens', limit: 100 } });
    const parallel = demandOf({ rates: { c: { maxParallelRequests: 1 } } });
    expect(await admit(parallel)).toBe(null);
    expect(await admit(parallel)).toEqual({
      reason: 'rate',
      exceeded: { subject: 'c', limitType: 'max_parallel_requests', limit: 1, resetsAt: now + 1_000 },
    });
    counters.end(parallel, 0, now);
    expect(await admit(parallel)).toBe(null);
    now = start + minute + minute / 2;
    // Half of the window before is still within the last sixty seconds.
    const later = demandOf({ rates: { a: { requestsPerMinute: 2 } } });
    expect([await admit(later), (await admit(later)) === null]).toEqual([null, false]);
    now = start + 4 * minute;
    expect(await admit(demandOf({ rates: { a: { requestsPerMinute: 2 } } }))).toBe(null);
  });

  test('let exactly so many of many calls at once in as the limits allow', async () => {
    observe(1_000, 0);
    const call = demandOf({ reserve: 100, rates: { a: { maxParallelRequests: 7 } } });
    const decided = await Promise.all(Array.from({ length: 50 }, () => admit(call)));
    expect(decided.filter((refusal) => refusal === null)).toHaveLength(7);
    const bounded = demandOf({ reserve: 100 });
    const more = await Promise.all(Array.from({ length: 50 }, () => admit(bounded)));
    expect(more.filter((refusal) => refusal === null)).toHaveLength(3);
  });

  test('decide as counters in memory do, whatever happens in whatever order', async () => {
    const call = fc.record({
      kind: fc.constant('call' as const),
      subjects: fc.subarray(['key:a', 'user:b', 'team:c'], { minLength: 1 }),
      reserve: fc.nat(40),
      requests: fc.option(fc.nat(6)),
      tokens: fc.option(fc.nat(200)),
      parallel: fc.option(fc.nat(4)),
    });
    const step = fc.oneof(
      { weight: 4, arbitrary: call },
      fc.record({ kind: fc.constant('end' as const), index: fc.nat(20), cost: fc.nat(50), tokens: fc.nat(100) }),
      fc.record({ kind: fc.constant('limit' as const), index: fc.nat(2), max: fc.option(fc.nat(150)) }),
      fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(50_000) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        now = start;
        counters = create();
        const model = createMemoryCounters(subjectNamesOf);
        const running: Demand[] = [];
        for (const one of steps) {
          if (one.kind === 'wait') {
            // No time passes within a turn of the event loop, at whose end Redis is told what happened in it.
            await new Promise((resolve) => setImmediate(resolve));
            now += one.ms;
          } else if (one.kind === 'limit') {
            const subject = ['key:a', 'user:b', 'team:c'][one.index] ?? '';
            for (const each of [counters, model])
              each.observe(subject, { maxBudgetNanoUsd: one.max, spendNanoUsd: 0 }, each.generation);
          } else if (one.kind === 'end') {
            const [ended] = running.splice(one.index, 1);
            if (!ended) continue;
            for (const each of [counters, model]) {
              each.charge(ended.subjects, one.cost);
              each.end(ended, one.tokens, now);
            }
          } else {
            const limits = {
              requestsPerMinute: one.requests,
              tokensPerMinute: one.tokens,
              maxParallelRequests: one.parallel,
            };
            const demand = demandOf({ ...one, rates: { key: limits, team: { maxParallelRequests: 5 } } });
            const expected = model.admit(demand);
            const decided = await decide(demand);
            expect(decided.reason).toBe(expected.reason);
            if (decided.reason === 'rate') expect(decided).toEqual(expected);
            if (decided.reason === null) running.push(demand);
          }
        }
      }),
      { numRuns: 150 },
    );
  });
});
