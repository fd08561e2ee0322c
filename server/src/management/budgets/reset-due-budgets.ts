import type { Transaction } from 'kysely';
import type { ChangedObject } from '../../audit/change.ts';
import { systemContext } from '../../audit/change.ts';
import { lockBooks } from '../../ledger/lock-books.ts';
import { nanoUsdToUsd } from '../../money/money.ts';
import type { Database } from '../../storage/database.ts';
import '../keys/keys.table.ts';
import '../organizations/organizations.table.ts';
import type { Parts } from '../parts.ts';
import '../teams/teams.table.ts';
import '../users/users.table.ts';
import '../customers/customers.table.ts';
import './budgets.table.ts';
import { type BudgetCalendar, nextWindowAt } from './next-budget-reset.ts';
import { addDuration } from './parse-duration.ts';

/** A budget whose window is over. */
interface DueBudget {
  readonly object: ChangedObject;
  readonly spendNanoUsd: number;
  readonly duration: string | null;
  readonly dueAt: number;
  /** The next window begins where this one ends, whatever the calendar says. */
  readonly isRolling?: boolean;
  /** Starts the next window; says how many rows that changed: none when somebody else was faster. */
  readonly reset: (tx: Transaction<Database>, nextAt: number | null) => Promise<bigint>;
}

/** How many rows are read at a time, so that the first of the month does not load every budget at once. */
const batchSize = 500;

/**
 * Starts a new window for every budget of users, keys, teams and team members whose window is over: the spend
 * becomes zero and the next date follows from now, so that a gateway that was down catches up in one step.
 * Any number of instances may run this at the same time; each window is reset exactly once. Each row is its own
 * transaction, so that a reset never holds more than one lock against the settlement of answers.
 * @param nowMs epoch milliseconds.
 * @returns how many budgets this call has reset.
 */
export async function resetDueBudgets(parts: Parts, nowMs: number = parts.now()): Promise<number> {
  let count = 0;
  for (const findDue of [dueUsers, dueKeys, dueTeams, dueTeamMembers, dueBudgets]) {
    for (;;) {
      const due = await findDue(parts, nowMs);
      for (const budget of due) if (await resetBudget(parts, budget, nowMs)) count += 1;
      if (due.length < batchSize) break;
    }
  }
  return count;
}

async function resetBudget(parts: Parts, budget: DueBudget, nowMs: number): Promise<boolean> {
  const nextAt = nextWindowOf(budget, nowMs, parts.settings);
  try {
    await parts.changes.change(systemContext, async (tx) => {
      if ((await budget.reset(tx, nextAt)) === 0n) throw alreadyReset;
      return {
        result: undefined,
        audit: {
          action: 'reset',
          object: budget.object,
          before: { spend: nanoUsdToUsd(budget.spendNanoUsd), budget_reset_at: instantText(budget.dueAt) },
          after: { spend: 0, budget_reset_at: instantText(nextAt) },
        },
      };
    });
    return true;
  } catch (error) {
    if (error === alreadyReset) return false;
    throw error;
  }
}

/** Leaves the transaction of a reset that another instance has made in the meantime. */
const alreadyReset = new Error('The budget was reset by another instance.');

function nextWindowOf(budget: DueBudget, nowMs: number, calendar: BudgetCalendar): number | null {
  if (budget.duration === null) return null;
  if (!budget.isRolling) return nextWindowAt(budget.duration, nowMs, calendar);
  const next = addDuration(budget.duration, budget.dueAt);
  // After a long downtime the windows begin anew, instead of being counted up one by one.
  return next > nowMs ? next : addDuration(budget.duration, nowMs);
}

function instantText(instantMs: number | null): string | null {
  return instantMs === null ? null : new Date(instantMs).toISOString();
}

async function dueUsers({ storage }: Parts, nowMs: number): Promise<DueBudget[]> {
  const rows = await storage.db
    .selectFrom('users')
    .select(['user_id', 'spend_nano_usd', 'budget_duration', 'budget_reset_at'])
    .where('budget_reset_at', '<=', nowMs)
    .orderBy('budget_reset_at')
    .limit(batchSize)
    .execute();
  return rows.map((row) => ({
    ...windowOf(row),
    object: { type: 'user', id: row.user_id },
    reset: async (tx, nextAt) => {
      const { numUpdatedRows } = await tx
        .updateTable('users')
        .set({ spend_nano_usd: 0, budget_reset_at: nextAt })
        .where('user_id', '=', row.user_id)
        .where('budget_reset_at', '=', row.budget_reset_at)
        .executeTakeFirst();
      return numUpdatedRows;
    },
  }));
}

async function dueKeys({ storage }: Parts, nowMs: number): Promise<DueBudget[]> {
  const rows = await storage.db
    .selectFrom('keys')
    .select(['key_hash', 'spend_nano_usd', 'budget_duration', 'budget_reset_at'])
    .where('budget_reset_at', '<=', nowMs)
    .where('deleted_at', 'is', null)
    .orderBy('budget_reset_at')
    .limit(batchSize)
    .execute();
  return rows.map((row) => ({
    ...windowOf(row),
    object: { type: 'key', id: row.key_hash },
    reset: async (tx, nextAt) => {
      const { numUpdatedRows } = await tx
        .updateTable('keys')
        .set({ spend_nano_usd: 0, budget_reset_at: nextAt })
        .where('key_hash', '=', row.key_hash)
        .where('deleted_at', 'is', null)
        .where('budget_reset_at', '=', row.budget_reset_at)
        .executeTakeFirst();
      return numUpdatedRows;
    },
  }));
}

async function dueTeams({ storage }: Parts, nowMs: number): Promise<DueBudget[]> {
  const rows = await storage.db
    .selectFrom('teams')
    .select(['team_id', 'spend_nano_usd', 'budget_duration', 'budget_reset_at'])
    .where('budget_reset_at', '<=', nowMs)
    .orderBy('budget_reset_at')
    .limit(batchSize)
    .execute();
  return rows.map((row) => ({
    ...windowOf(row),
    object: { type: 'team', id: row.team_id },
    reset: async (tx, nextAt) => {
      const { numUpdatedRows } = await tx
        .updateTable('teams')
        .set({ spend_nano_usd: 0, budget_reset_at: nextAt })
        .where('team_id', '=', row.team_id)
        .where('budget_reset_at', '=', row.budget_reset_at)
        .executeTakeFirst();
      return numUpdatedRows;
    },
  }));
}

async function dueTeamMembers({ storage }: Parts, nowMs: number): Promise<DueBudget[]> {
  const rows = await storage.db
    .selectFrom('team_members')
    .select(['team_id', 'user_id', 'spend_nano_usd', 'budget_duration', 'budget_reset_at'])
    .where('budget_reset_at', '<=', nowMs)
    .orderBy('budget_reset_at')
    .limit(batchSize)
    .execute();
  return rows.map((row) => ({
    ...windowOf(row),
    object: { type: 'team-member', id: `${row.team_id}/${row.user_id}` },
    reset: async (tx, nextAt) => {
      const { numUpdatedRows } = await tx
        .updateTable('team_members')
        .set({ spend_nano_usd: 0, budget_reset_at: nextAt })
        .where('team_id', '=', row.team_id)
        .where('user_id', '=', row.user_id)
        .where('budget_reset_at', '=', row.budget_reset_at)
        .executeTakeFirst();
      return numUpdatedRows;
    },
  }));
}

/**
 * Budgets that stand by themselves; with a window ends what the customers, the keys and the organizations of the
 * budget, and the members of these, have spent in it.
 */
async function dueBudgets({ storage, settings }: Parts, nowMs: number): Promise<DueBudget[]> {
  const rows = await storage.db
    .selectFrom('budgets')
    .select(['budget_id', 'budget_duration', 'budget_reset_at'])
    .where('budget_reset_at', '<=', nowMs)
    .orderBy('budget_reset_at')
    .limit(batchSize)
    .execute();
  return rows.map((row) => ({
    ...windowOf({ ...row, spend_nano_usd: 0 }),
    object: { type: 'budget', id: row.budget_id },
    isRolling: true,
    reset: async (tx, nextAt) => {
      // Whoever comes too late for the budget takes this back.
      await lockBooks(tx, 'alone');
      await tx.updateTable('customers').set({ spend_nano_usd: 0 }).where('budget_id', '=', row.budget_id).execute();
      if (row.budget_id === settings.customerDefaults.budgetId) {
        const customers = tx.updateTable('customers').set({ spend_nano_usd: 0 });
        await customers.where('budget_id', 'is', null).where('spend_nano_usd', '<>', 0).execute();
      }
      await tx
        .updateTable('keys')
        .set({ spend_nano_usd: 0 })
        .where('budget_id', '=', row.budget_id)
        .where('budget_duration', 'is', null)
        .execute();
      const organizations = tx
        .selectFrom('organizations')
        .select('organization_id')
        .where('budget_id', '=', row.budget_id);
      await tx
        .updateTable('organization_members')
        .set({ spend_nano_usd: 0 })
        .where('organization_id', 'in', organizations)
        .execute();
      await tx.updateTable('organizations').set({ spend_nano_usd: 0 }).where('budget_id', '=', row.budget_id).execute();
      const { numUpdatedRows } = await tx
        .updateTable('budgets')
        .set({ budget_reset_at: nextAt })
        .where('budget_id', '=', row.budget_id)
        .where('budget_reset_at', '=', row.budget_reset_at)
        .executeTakeFirst();
      return numUpdatedRows;
    },
  }));
}

function windowOf(row: { spend_nano_usd: number; budget_duration: string | null; budget_reset_at: number | null }) {
  return { spendNanoUsd: row.spend_nano_usd, duration: row.budget_duration, dueAt: row.budget_reset_at ?? 0 };
}
