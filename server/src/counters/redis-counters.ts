import type { Redis } from '../storage/open-redis.ts';
import type {
  Counters,
  Decision,
  Demand,
  RateDemand,
  RateStanding,
  Refusal,
  Standing,
  SubjectNamesOf,
} from './counters.ts';
import type { MemoryCounters } from './memory-counters.ts';
import { isLimited } from './rate-counters.ts';
import { openRedisBooks, type RedisBooksOptions } from './redis-books.ts';

/** Counters that are shared with the other instances while Redis is there. */
export interface RedisCounters extends Counters {
  /** True while Redis decides; false while this instance counts alone, as if there were no other. */
  readonly isShared: boolean;
  /** Tells that the database was changed here: what it said before counts no more. */
  reset(): void;
  close(): void;
}

/**
 * Counters in Redis, for any number of instances. One script decides about a call, in one step for all of its budgets
 * and rates. The counters in memory keep the same books of this instance: they hold what the database says, and they
 * take over while Redis is away, so that there is never a call without a limit.
 * @param subjectNamesOf whose budgets a call spends from.
 */
export function createRedisCounters(
  memory: MemoryCounters,
  redis: Redis,
  subjectNamesOf: SubjectNamesOf,
  options: RedisBooksOptions,
): RedisCounters {
  const books = openRedisBooks(memory, redis, options);

  async function decide(demand: Demand, budgets: readonly string[], rates: readonly RateDemand[]): Promise<Decision> {
    let decided: Awaited<ReturnType<typeof books.ask>>;
    try {
      decided = await books.ask(demand, budgets, rates);
    } catch {
      return memory.admit(demand);
    }
    const refusal = refusalIn(decided.answer, budgets, rates, memory);
    if (refusal) return refusal;
    const alone = memory.take(demand);
    if (!decided.isBooked) book(demand, 1, 0);
    return rates.length === 0 ? alone : { reason: null, rates: standingsIn(decided.answer, 1, rates) };
  }

  async function lookInRedis(demand: Demand): Promise<Standing> {
    const rates = demand.rates.filter(isLimited);
    const alone = memory.look(demand);
    let answer: readonly number[];
    try {
      answer = await books.look(demand, demand.subjects, rates);
    } catch {
      return alone;
    }
    return {
      budgets: alone.budgets.map((budget, index) => {
        // What this instance holds of a budget of which Redis was never asked is not in Redis.
        const own = books.knows(budget.subject) ? undefined : memory.budgetOf(budget.subject);
        return {
          ...budget,
          spentNanoUsd: (answer[2 * index] ?? 0) + (own?.pendingNanoUsd ?? 0),
          reservedNanoUsd: (answer[2 * index + 1] ?? 0) + (own?.reservedNanoUsd ?? 0),
        };
      }),
      rates: standingsIn(answer, 2 * demand.subjects.length, rates),
    };
  }

  /** Tells that a call begins (1) or ends (-1). */
  function book(demand: Demand, calls: 1 | -1, tokens: number): void {
    for (const subject of demand.subjects) books.reserve(subject, calls * demand.reserveNanoUsd);
    for (const rate of demand.rates) if (isLimited(rate)) books.count(rate.subject, tokens, calls);
  }

  return {
    get isShared() {
      return books.isShared;
    },
    admit(demand) {
      if (!books.isShared) return memory.admit(demand);
      const budgets = demand.subjects.filter(
        (subject) => books.knows(subject) || typeof memory.budgetOf(subject)?.maxNanoUsd === 'number',
      );
      const rates = demand.rates.filter(isLimited);
      if (budgets.length > 0 || rates.length > 0) return decide(demand, budgets, rates);
      return memory.take(demand);
    },
    look: (demand) => (books.isShared ? lookInRedis(demand) : memory.look(demand)),
    end(demand, tokens, now) {
      memory.end(demand, tokens, now);
      book(demand, -1, tokens);
    },
    charge(subjects, nanoUsd) {
      memory.charge(subjects, nanoUsd);
      for (const subject of subjects) books.settle(subject, nanoUsd);
    },
    folded(entries, totals) {
      const pending = new Map<string, number>();
      for (const entry of entries) {
        for (const subject of subjectNamesOf(entry))
          pending.set(subject, memory.budgetOf(subject)?.pendingNanoUsd ?? 0);
      }
      memory.folded(entries, totals);
      for (const [subject, before] of pending) {
        books.settle(subject, (memory.budgetOf(subject)?.pendingNanoUsd ?? 0) - before);
      }
      for (const { subject } of totals) {
        const budget = memory.budgetOf(subject);
        if (budget && budget.maxNanoUsd !== null) books.total(subject, budget.recordedNanoUsd);
      }
    },
    get generation() {
      return memory.generation;
    },
    observe: memory.observe,
    spendOf: memory.spendOf,
    foldBegins: memory.foldBegins,
    foldEnds: memory.foldEnds,
    learn: memory.learn,
    reset: books.reset,
    close: books.close,
  };
}

/** Reads how rates stand, four numbers for each. @param from where in the answer they begin. */
function standingsIn(answer: readonly number[], from: number, rates: readonly RateDemand[]): RateStanding[] {
  return rates.map(({ subject, limits }, index) => {
    const [requests = 0, tokens = 0, inFlight = 0, resetsAt = 0] = answer.slice(from + 4 * index);
    return { subject, limits, requests, tokens, inFlight, resetsAt };
  });
}

const limitTypes = ['requests', 'tokens', 'max_parallel_requests'] as const;

/** Reads the answer of `admitScript`. */
function refusalIn(
  [kind, place = 0, third = 0, fourth = 0]: readonly number[],
  budgets: readonly string[],
  rates: readonly RateDemand[],
  memory: MemoryCounters,
): Refusal | null {
  if (kind === 0) return null;
  if (kind === 1) {
    const subject = budgets[place - 1] ?? '';
    const maxNanoUsd = memory.budgetOf(subject)?.maxNanoUsd ?? 0;
    return { reason: 'budget', exhausted: { subject, spentNanoUsd: third, reservedNanoUsd: fourth, maxNanoUsd } };
  }
  const rate = rates[place - 1];
  const limitType = limitTypes[third - 1];
  if (kind !== 2 || !rate || !limitType) throw new Error('Redis answered an admission in a way that is not known.');
  const { requestsPerMinute, tokensPerMinute, maxParallelRequests } = rate.limits;
  const limit = [requestsPerMinute, tokensPerMinute, maxParallelRequests][third - 1] ?? 0;
  return { reason: 'rate', exceeded: { subject: rate.subject, limitType, limit, resetsAt: fourth } };
}
