import { setImmediate as nextTurn } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import type { SpendTotal } from '../../counters/counters.ts';
import '../../ledger/ledger.table.ts';
import { subjectNamesOf, subjectOfName } from '../../ledger/spend-subjects.ts';
import type { Parts } from '../parts.ts';
import type { BudgetOwner } from './load-budget-states.ts';
import { forgetAlerts } from './raise-once.ts';
import { warnOfBudget } from './warn-of-budget.ts';
import { warnOfExpiringKeys } from './warn-of-expiring-keys.ts';

/** Watches what is spent, and the days of keys, and warns who should know. */
export interface Watch {
  /** Told of what was charged, when it is in the database. Costs a look into memory for each; never throws. */
  saw(totals: readonly SpendTotal[]): void;
  /** Looks at everything that is to be looked at, now. */
  check(): Promise<void>;
  /** Stops, after a last look. */
  close(): Promise<void>;
}

const checkEveryMs = 1_000;
const keysEveryMs = 10 * 60_000;
const forgetAfterMs = 800 * 86_400_000;
/** So long it is believed where the next line of a budget is; then somebody may have moved it. */
const lineHoldsMs = 60_000;
const linesInMemory = 20_000;
/** At start, what was charged last is looked at again: an earlier process may have died before it did. */
const callsLookedBackAt = 20_000;
const namesAtATime = 20;

/**
 * Starts watching. It stands beside the books, not in them: requests and their settlement know nothing of it.
 * @param onFailure told of what could not be looked at; it is tried again.
 */
export function watchBudgets(parts: Parts, onFailure: (error: unknown) => void): Watch {
  const { now } = parts;
  const nextLines = new LRUCache<string, { nanoUsd: number; untilMs: number }>({ max: linesInMemory });
  let touched = new Set<string>();
  let keysCheckedAt = Number.NEGATIVE_INFINITY;
  let hasLookedBack = false;
  let checking: Promise<void> = Promise.resolve();
  let isChecking = false;

  function saw(totals: readonly SpendTotal[]): void {
    for (const { subject, spendNanoUsd } of totals) {
      const next = nextLines.get(subject);
      if (next && spendNanoUsd < next.nanoUsd && now() < next.untilMs) continue;
      touched.add(subject);
    }
  }

  // A budget that was changed may have been crossed by that.
  parts.changes.onChange(({ type, id }) => {
    if (type === 'team-member' || type === 'organization-member' || type === 'budget') nextLines.clear();
    if (type !== 'key' && type !== 'user' && type !== 'team' && type !== 'organization') return;
    nextLines.delete(`${type}:${id}`);
    touched.add(`${type}:${id}`);
  });

  async function look(): Promise<void> {
    if (!hasLookedBack) {
      for (const name of await chargedLast(parts)) touched.add(name);
      hasLookedBack = true;
    }
    const names = touched;
    touched = new Set();
    const failures: unknown[] = [];
    let count = 0;
    for (const name of names) {
      try {
        nextLines.set(name, await lineAhead(name));
      } catch (error) {
        // One that cannot be looked at keeps nobody from being warned.
        touched.add(name);
        failures.push(error);
      }
      count += 1;
      // SQLite works on this thread: requests come first.
      if (count % namesAtATime === 0) await nextTurn();
    }
    if (failures.length > 0) throw failures[0];
    if (now() - keysCheckedAt >= keysEveryMs) {
      await warnOfExpiringKeys(parts);
      await forgetAlerts(parts.storage.db, now() - forgetAfterMs);
      keysCheckedAt = now();
    }
  }

  async function lineAhead(name: string): Promise<{ nanoUsd: number; untilMs: number }> {
    const owner = ownerOf(name);
    if (owner === null) return { nanoUsd: Number.POSITIVE_INFINITY, untilMs: Number.POSITIVE_INFINITY };
    const { nextLineNanoUsd: nanoUsd } = await warnOfBudget(parts, owner, now());
    return { nanoUsd, untilMs: now() + lineHoldsMs };
  }

  function check(): Promise<void> {
    isChecking = true;
    const done = checking
      .catch(() => undefined)
      .then(look)
      .finally(() => {
        if (checking === done) isChecking = false;
      });
    checking = done;
    return done;
  }

  const timer = setInterval(() => {
    if (!isChecking) check().catch(onFailure);
  }, checkEveryMs);

  return {
    saw,
    check,
    async close() {
      clearInterval(timer);
      await check().catch(onFailure);
    },
  };
}

/** Customers and windows have nobody who could be told. */
function ownerOf(name: string): BudgetOwner | null {
  const subject = subjectOfName(name);
  return subject === null || subject.kind === 'customer' ? null : subject;
}

async function chargedLast({ storage }: Parts): Promise<Set<string>> {
  const calls = await storage.db
    .selectFrom('request_logs')
    .select(['key_hash', 'user_id', 'team_id', 'organization_id'])
    .orderBy('started_at', 'desc')
    .orderBy('request_id', 'desc')
    .limit(callsLookedBackAt)
    .execute();
  return new Set(calls.flatMap((call) => subjectNamesOf({ ...call, end_user: '' })));
}
