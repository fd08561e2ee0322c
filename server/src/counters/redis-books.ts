import type { Redis, RedisScript } from '../storage/open-redis.ts';
import type { Demand, RateDemand } from './counters.ts';
import type { MemoryCounters } from './memory-counters.ts';
import { adjustScript, admitScript, leaseScript, lookScript, resetScript } from './redis-scripts.ts';

/** What Redis is told of what this instance holds: what the counters in memory say, a moment later. */
export interface RedisBooks {
  /** True while Redis decides; otherwise this instance counts alone. */
  readonly isShared: boolean;
  /** Whether Redis knows what this instance holds of a budget. */
  knows(subject: string): boolean;
  /**
   * Asks Redis to let a call in.
   * @param budgets those of the call that have a limit, or that Redis knows.
   * @param rates those of the call that have a limit.
   * @returns the answer of `admitScript`, and whether what was taken stands in the books of now.
   * @throws when Redis does not answer; the books are closed then.
   */
  ask(
    demand: Demand,
    budgets: readonly string[],
    rates: readonly RateDemand[],
  ): Promise<{ answer: readonly number[]; isBooked: boolean }>;
  /**
   * Asks Redis how things stand for a call.
   * @param budgets those that Redis knows all about.
   * @returns the answer of `lookScript`.
   * @throws when Redis does not answer; the books are closed then.
   */
  look(demand: Demand, budgets: readonly string[], rates: readonly RateDemand[]): Promise<readonly number[]>;
  /** Tells that more of a budget is reserved, or less. */
  reserve(subject: string, nanoUsd: number): void;
  /** Tells that more is settled that is not folded, or less. */
  settle(subject: string, nanoUsd: number): void;
  /** Tells what the database says of a budget after a fold. */
  total(subject: string, nanoUsd: number): void;
  /** Tells of tokens, and of calls that begin (1) or end (-1). */
  count(subject: string, tokens: number, calls: number): void;
  /** Tells that the database was changed, so that totals from before count no more. */
  reset(): void;
  close(): void;
}

/** Names and times. */
export interface RedisBooksOptions {
  /** Of every key. What stands in braces keeps them together on one node of a cluster. */
  readonly prefix: string;
  readonly instanceId: string;
  readonly now: () => number;
  /** How long what an instance holds counts after the instance was last heard of. */
  readonly leaseMs?: number;
  readonly renewEveryMs?: number;
  /** Called when Redis begins to decide, and when it ceases to, with the reason. */
  readonly onChange?: (isShared: boolean, reason: unknown) => void;
}

/** Long enough for every other instance to hear of a fold, or to read what it has done. */
const totalCountsForMs = 15_000;
const changesPerScript = 200;
const budgetsRemembered = 10_000;

/** What is to be added, in nano-dollars; `total`: what the database says now, when that is known. */
interface BudgetChange {
  reserved: number;
  settled: number;
  total: number | null;
}

interface RateChange {
  tokens: number;
  calls: number;
}

/**
 * Keeps Redis' books of this instance. Each time a connection is there, all that the instance holds is told anew under
 * a new name, its holder, so that whatever was lost or doubled before counts no more. From then on every change is sent,
 * in order; a command that fails closes the books until they are told anew.
 */
export function openRedisBooks(memory: MemoryCounters, redis: Redis, options: RedisBooksOptions): RedisBooks {
  const { prefix, leaseMs = 10_000, renewEveryMs = 2_000 } = options;
  const leasesKey = `${prefix}leases`;
  const resetKey = `${prefix}reset`;
  let epoch = 0;
  let holder = '';
  let isShared = false;
  let isReset = false;
  let flushing: NodeJS.Immediate | undefined;
  /** Budgets of which Redis knows all that this instance holds, each with the number of calls being decided. */
  const known = new Map<string, number>();
  const budgetChanges = new Map<string, BudgetChange>();
  const rateChanges = new Map<string, RateChange>();

  function share(): void {
    const before = holder;
    const isNews = !isShared;
    epoch += 1;
    holder = `${options.instanceId}.${epoch}`;
    isShared = true;
    known.clear();
    budgetChanges.clear();
    rateChanges.clear();
    // Should this fail, the next renewal finds that the lease is gone and shares anew.
    send(leaseScript, [leasesKey], [holder, whole(leaseMs), before]).catch(() => undefined);
    for (const [subject, { reservedNanoUsd, pendingNanoUsd }] of memory.budgets()) {
      if (reservedNanoUsd === 0 && pendingNanoUsd === 0) continue;
      known.set(subject, 0);
      reserve(subject, reservedNanoUsd);
      settle(subject, pendingNanoUsd);
    }
    for (const [subject, calls] of memory.inFlight()) count(subject, 0, calls);
    // All of it in one turn, so that it stands before everything that comes after.
    flush();
    if (isNews && isShared) options.onChange?.(true, null);
  }

  function close(reason: unknown, of: number): void {
    if (of !== epoch || !isShared) return;
    isShared = false;
    options.onChange?.(false, reason);
  }

  function send(script: RedisScript, keys: readonly string[], values: readonly string[]): Promise<unknown> {
    const of = epoch;
    const sent = redis.run(script, keys, values);
    sent.catch((error: unknown) => close(error, of));
    return sent;
  }

  function budgetChange(subject: string): BudgetChange {
    const change = budgetChanges.get(subject) ?? { reserved: 0, settled: 0, total: null };
    budgetChanges.set(subject, change);
    flushSoon();
    return change;
  }

  function reserve(subject: string, nanoUsd: number): void {
    if (isShared && known.has(subject) && nanoUsd !== 0) budgetChange(subject).reserved += nanoUsd;
  }

  function settle(subject: string, nanoUsd: number): void {
    if (isShared && known.has(subject) && nanoUsd !== 0) budgetChange(subject).settled += nanoUsd;
  }

  function count(subject: string, tokens: number, calls: number): void {
    if (!isShared) return;
    const change: RateChange = rateChanges.get(subject) ?? { tokens: 0, calls: 0 };
    change.tokens += tokens;
    change.calls += calls;
    rateChanges.set(subject, change);
    flushSoon();
  }

  /** What changes in one turn of the event loop is sent together. */
  function flushSoon(): void {
    flushing ??= setImmediate(flush);
  }

  function flush(): void {
    clearImmediate(flushing);
    flushing = undefined;
    const budgets = [...budgetChanges];
    const rates = [...rateChanges];
    budgetChanges.clear();
    rateChanges.clear();
    while (budgets.length > 0 || rates.length > 0) {
      adjust(budgets.splice(0, changesPerScript), rates.splice(0, changesPerScript));
    }
    // Last, so that no total from before the reset comes after it.
    if (isReset) send(resetScript, [resetKey], []).catch(() => undefined);
    isReset = false;
  }

  function adjust(budgets: readonly [string, BudgetChange][], rates: readonly [string, RateChange][]): void {
    const keys = [...budgets.map(([subject]) => budgetKey(subject)), ...rates.map(([subject]) => rateKey(subject))];
    const values = [holder, whole(options.now()), String(budgets.length)];
    for (const [, { reserved, settled, total }] of budgets) values.push(whole(reserved), whole(settled), orNone(total));
    for (const [, { tokens, calls }] of rates) values.push(whole(tokens), whole(calls));
    send(adjustScript, keys, values).catch(() => undefined);
  }

  function budgetKey(subject: string): string {
    return `${prefix}b:${subject}`;
  }

  function rateKey(subject: string): string {
    return `${prefix}r:${subject}`;
  }

  async function ask(demand: Demand, budgets: readonly string[], rates: readonly RateDemand[]) {
    // What ended before this call was made counts before it.
    flush();
    const of = epoch;
    const keys = [leasesKey, resetKey, ...budgets.map(budgetKey), ...rates.map(({ subject }) => rateKey(subject))];
    const values = [holder, whole(demand.now), whole(demand.reserveNanoUsd), String(budgets.length)];
    values.push(whole(totalCountsForMs));
    for (const subject of budgets) {
      const budget = memory.budgetOf(subject);
      const unknown = known.has(subject) ? undefined : budget;
      known.set(subject, (known.get(subject) ?? 0) + 1);
      values.push(whole(budget?.recordedNanoUsd ?? 0), orNone(budget?.maxNanoUsd ?? null));
      values.push(whole(unknown?.reservedNanoUsd ?? 0), whole(unknown?.pendingNanoUsd ?? 0));
    }
    for (const { limits } of rates) {
      values.push(orNone(limits.requestsPerMinute), orNone(limits.tokensPerMinute), orNone(limits.maxParallelRequests));
    }
    const answer = await send(admitScript, keys, values);
    if (of === epoch) for (const subject of budgets) known.set(subject, (known.get(subject) ?? 1) - 1);
    return { answer: Array.isArray(answer) ? answer.map(Number) : [], isBooked: of === epoch };
  }

  async function look(demand: Demand, budgets: readonly string[], rates: readonly RateDemand[]) {
    flush();
    const keys = [leasesKey, resetKey, ...budgets.map(budgetKey), ...rates.map(({ subject }) => rateKey(subject))];
    const values = [holder, whole(demand.now), String(budgets.length), whole(totalCountsForMs)];
    for (const subject of budgets) values.push(whole(memory.budgetOf(subject)?.recordedNanoUsd ?? 0));
    const answer = await send(lookScript, keys, values);
    return Array.isArray(answer) ? answer.map(Number) : [];
  }

  async function renew(): Promise<void> {
    if (!redis.isReady) return;
    if (!isShared) return share();
    const of = epoch;
    const wasAlive = await send(leaseScript, [leasesKey], [holder, whole(leaseMs), '']);
    // Redis has forgotten this instance: it was emptied, or was not heard from for too long.
    if (wasAlive !== 1 && of === epoch && isShared) share();
    if (known.size > budgetsRemembered) forgetIdle();
  }

  function forgetIdle(): void {
    for (const [subject, deciding] of known) {
      const budget = memory.budgetOf(subject);
      const isIdle = !budget || (budget.reservedNanoUsd === 0 && budget.pendingNanoUsd === 0);
      if (isIdle && deciding === 0 && !budgetChanges.has(subject)) known.delete(subject);
    }
  }

  redis.onReady(share);
  redis.onLost(() => close(new Error('Redis is away'), epoch));
  const renewing = setInterval(() => {
    renew().catch(() => undefined);
  }, renewEveryMs);
  renewing.unref();

  return {
    get isShared() {
      return isShared;
    },
    knows: (subject) => known.has(subject),
    ask,
    look,
    reserve,
    settle,
    total(subject, nanoUsd) {
      if (isShared) budgetChange(subject).total = nanoUsd;
    },
    count,
    reset() {
      if (!isShared) return;
      isReset = true;
      flushSoon();
    },
    close() {
      clearInterval(renewing);
      if (isShared) flush();
      isShared = false;
    },
  };
}

function orNone(value: number | null): string {
  return value === null ? '' : whole(value);
}

/** A whole number as Redis reads it. */
function whole(value: number): string {
  return value.toFixed(0);
}
