import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { subjectNamesOf } from '../ledger/spend-subjects.ts';
import { newRedisClient, openRedis } from '../storage/open-redis.ts';
import { eventually } from '../testing/start-instances.ts';
import { startProxy, type TestProxy } from '../testing/start-proxy.ts';
import { startRedis, type TestRedis } from '../testing/start-redis.ts';
import type { Decision, Demand, RateLimits, Refusal } from './counters.ts';
import { createMemoryCounters } from './memory-counters.ts';
import { createRedisCounters, type RedisCounters } from './redis-counters.ts';
import { redisScripts } from './redis-scripts.ts';

const none: RateLimits = { requestsPerMinute: null, tokensPerMinute: null, maxParallelRequests: null };
const budget = 'key:a';
const owners = { key_hash: 'a', user_id: '', team_id: '', organization_id: '', end_user: '' };
const entry = (spend_nano_usd: number) => ({ ...owners, spend_nano_usd });
const refusalIn = (decision: Decision): Refusal | null => (decision.reason === null ? null : decision);
const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

let prefix: string;
beforeEach(() => {
  prefix = `test:{${randomUUID()}}:`;
});

interface Instance {
  readonly counters: RedisCounters;
  admit(demand: Demand): Promise<Refusal | null>;
  /** Dies without a word. */
  kill(): Promise<void>;
}

/** An instance that counts in Redis. */
async function start(url = inject('redisUrl') ?? ''): Promise<Instance> {
  const redis = openRedis({ url }, { scripts: redisScripts, onOutage: () => undefined });
  const counters = createRedisCounters(createMemoryCounters(subjectNamesOf), redis, subjectNamesOf, {
    prefix,
    instanceId: randomUUID(),
    now: Date.now,
    leaseMs: 1_500,
    renewEveryMs: 300,
  });
  cleanUps.push(async () => {
    counters.close();
    await redis.close();
  });
  await eventually(async () => counters.isShared);
  counters.observe(budget, { maxBudgetNanoUsd: 1_000, spendNanoUsd: 0 }, counters.generation);
  return {
    counters,
    admit: async (demand) => refusalIn(await counters.admit(demand)),
    async kill() {
      await redis.close();
    },
  };
}

const spending = (reserveNanoUsd: number): Demand => ({
  subjects: [budget],
  reserveNanoUsd,
  rates: [],
  now: Date.now(),
});
const limited = (limits: Partial<RateLimits>): Demand => ({
  subjects: [],
  reserveNanoUsd: 0,
  rates: [{ subject: 'key', limits: { ...none, ...limits } }],
  now: Date.now(),
});

/** Settles a call, as the ledger does, and folds it. */
function settle({ counters }: Instance, call: Demand, costNanoUsd: number, total: number): void {
  counters.charge([budget], costNanoUsd);
  counters.end(call, 0, Date.now());
  counters.foldBegins();
  counters.folded([entry(costNanoUsd)], [{ subject: budget, spendNanoUsd: total }]);
  counters.foldEnds();
}

test('of many calls at once on several instances exactly as many are let in as one would let in', async () => {
  const instances = await Promise.all([start(), start(), start()]);
  const all = async (demand: Demand) => {
    const decided = await Promise.all(Array.from({ length: 120 }, (_, index) => instances[index % 3]?.admit(demand)));
    return decided.filter((refusal) => refusal === null).length;
  };
  expect(await all(spending(100))).toBe(10);
  expect(await all(limited({ maxParallelRequests: 7 }))).toBe(7);
  expect(await all(limited({ requestsPerMinute: 20 }))).toBe(13);
});

test('what one instance has settled counts on the others, before and after it is folded', async () => {
  const [one, other] = [await start(), await start()];
  const call = spending(10);
  expect(await one.admit(call)).toBe(null);
  one.counters.charge([budget], 1_000);
  one.counters.end(call, 0, Date.now());
  await eventually(async () => (await other.admit(spending(1))) !== null, 2_000);
  one.counters.foldBegins();
  one.counters.folded([entry(1_000)], [{ subject: budget, spendNanoUsd: 1_000 }]);
  one.counters.foldEnds();
  // The other one has not heard of the fold: it goes by what Redis says.
  for (let n = 0; n < 20; n += 1) {
    expect(await other.admit(spending(1))).toMatchObject({ reason: 'budget' });
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  // A reset in the database, told by whoever made it.
  one.counters.observe(budget, { maxBudgetNanoUsd: 1_000, spendNanoUsd: 0 }, one.counters.generation);
  one.counters.reset();
  await eventually(async () => (await other.admit(spending(1))) === null, 2_000);
});

test('what an instance held is free again soon after it has died', async () => {
  const [one, other] = [await start(), await start()];
  const rates = limited({ maxParallelRequests: 1 });
  expect([await one.admit(spending(1_000)), await one.admit(rates)]).toEqual([null, null]);
  expect(await other.admit(spending(1))).not.toBe(null);
  expect(await other.admit(rates)).not.toBe(null);
  await one.kill();
  await eventually(async () => (await other.admit(spending(1))) === null, 5_000);
  expect(await other.admit(rates)).toBe(null);
});

test('an instance that is idle for longer than its lease keeps what it holds', async () => {
  const [one, other] = [await start(), await start()];
  expect(await one.admit(spending(1_000))).toBe(null);
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  expect(await other.admit(spending(1))).not.toBe(null);
});

test('when Redis has lost everything, it is told anew what every instance holds', async () => {
  const redis: TestRedis = await startRedis();
  cleanUps.push(() => redis.stop());
  const [one, other] = [await start(redis.url), await start(redis.url)];
  const call = spending(1_000);
  const place = limited({ maxParallelRequests: 1 });
  expect([await one.admit(call), await one.admit(place)]).toEqual([null, null]);
  const client = newRedisClient({ url: redis.url });
  client.on('error', () => undefined);
  await client.connect();
  await client.sendCommand(['FLUSHALL']);
  await client.sendCommand(['SCRIPT', 'FLUSH']);
  client.destroy();
  await eventually(async () => (await tryPlace(other, place)) !== null, 5_000);
  expect(await other.admit(spending(1))).not.toBe(null);
  settle(one, call, 5, 5);
  one.counters.end(place, 0, Date.now());
  await eventually(async () => (await other.admit(place)) === null, 2_000);
  expect(await other.admit(spending(1))).toBe(null);
});

/** Tries to take a place, and gives it back at once. */
async function tryPlace({ counters, admit }: Instance, place: Demand): Promise<Refusal | null> {
  const refusal = await admit(place);
  if (refusal === null) counters.end(place, 0, Date.now());
  return refusal;
}

test.each(['cut', 'frozen'] as const)(
  'while Redis is away (%s) each instance counts alone, at once and never without limits; afterwards they count together',
  async (how) => {
    const proxy: TestProxy = await startProxy(inject('redisUrl') ?? '');
    cleanUps.push(() => proxy.close());
    const [one, other] = [await start(proxy.url), await start()];
    const before = spending(400);
    expect(await one.admit(before)).toBe(null);
    expect(await one.admit(limited({ requestsPerMinute: 3 }))).toBe(null);
    if (how === 'cut') proxy.cut();
    else proxy.freeze();
    const startedAt = performance.now();
    expect(await one.admit(spending(600))).toBe(null);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    await eventually(async () => !one.counters.isShared, 2_000);
    const aloneAt = performance.now();
    for (let n = 0; n < 100; n += 1) expect(await one.admit(spending(1))).toMatchObject({ reason: 'budget' });
    const decided = await Promise.all(Array.from({ length: 10 }, () => one.admit(limited({ requestsPerMinute: 3 }))));
    expect(decided.filter((refusal) => refusal === null)).toHaveLength(2);
    expect(performance.now() - aloneAt).toBeLessThan(500);
    expect(other.counters.isShared).toBe(true);
    proxy.cut();
    proxy.mend();
    await eventually(async () => one.counters.isShared);
    // The other instance sees what was taken before and during the outage, once.
    expect(await other.admit(spending(1))).toMatchObject({ exhausted: { reservedNanoUsd: 1_000 } });
    settle(one, before, 400, 400);
    await eventually(async () => {
      const refusal = await other.admit(spending(1));
      return refusal?.reason === 'budget' && refusal.exhausted.spentNanoUsd === 400;
    }, 2_000);
    expect(await other.admit(spending(1))).toMatchObject({ exhausted: { spentNanoUsd: 400, reservedNanoUsd: 600 } });
  },
);

test('a Redis that was never there is no reason to wait, or to let anybody through', async () => {
  const redis = openRedis({ url: 'redis://127.0.0.1:9' }, { scripts: redisScripts, onOutage: () => undefined });
  cleanUps.push(() => redis.close());
  const memory = createMemoryCounters(subjectNamesOf);
  const options = { prefix, instanceId: 'alone', now: Date.now };
  const counters = createRedisCounters(memory, redis, subjectNamesOf, options);
  cleanUps.push(() => counters.close());
  counters.observe(budget, { maxBudgetNanoUsd: 10, spendNanoUsd: 0 }, counters.generation);
  expect(counters.admit(spending(10))).toEqual({ reason: null, rates: [] });
  expect(counters.admit(spending(10))).toMatchObject({ reason: 'budget' });
});
