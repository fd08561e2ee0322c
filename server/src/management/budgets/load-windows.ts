import type { Kysely } from 'kysely';
import { never, type WindowSubject } from '../../ledger/spend-subjects.ts';
import type { Database } from '../../storage/database.ts';
import './budget-windows.table.ts';
import type { BudgetWindowTable } from './budget-windows.table.ts';
import type { WindowBudget } from './detailed-limits.ts';
import { type BudgetCalendar, nextWindowAt } from './next-budget-reset.ts';

/** A budget with the window that runs, and what was spent in it. */
export interface WindowRecord {
  readonly subject: WindowSubject;
  readonly maxBudgetNanoUsd: number;
  readonly spendNanoUsd: number;
}

/**
 * Finds the windows that run now. A window begins with its first spending and then keeps its end; until then it ends
 * where the calendar says.
 * @param nowMs epoch milliseconds.
 */
export async function loadWindows(
  db: Kysely<Database>,
  budgets: readonly WindowBudget[],
  nowMs: number,
  calendar: BudgetCalendar,
): Promise<readonly WindowRecord[]> {
  if (budgets.length === 0) return [];
  const owners = Map.groupBy(budgets, ({ owner }) => owner);
  const rows = await db
    .selectFrom('budget_windows')
    .selectAll()
    .where((is) =>
      is.or(
        [...owners].map(([owner, own]) =>
          is.and([is('owner_kind', '=', owner), is('owner_id', 'in', [...new Set(own.map(({ ownerId }) => ownerId))])]),
        ),
      ),
    )
    .execute();
  return budgets.map((budget) => windowOf(budget, rows, nowMs, calendar));
}

function windowOf(
  { owner, ownerId, model, duration, maxNanoUsd }: WindowBudget,
  rows: readonly BudgetWindowTable[],
  nowMs: number,
  calendar: BudgetCalendar,
): WindowRecord {
  const running = rows.find(
    (row) =>
      row.owner_kind === owner &&
      row.owner_id === ownerId &&
      row.model === model &&
      row.budget_duration === duration &&
      row.ends_at > nowMs,
  );
  const endsAt = running?.ends_at ?? (duration === '' ? never : nextWindowAt(duration, nowMs, calendar));
  return {
    subject: { kind: 'window', owner, ownerId, model, duration, endsAt },
    maxBudgetNanoUsd: maxNanoUsd,
    spendNanoUsd: running?.spend_nano_usd ?? 0,
  };
}
