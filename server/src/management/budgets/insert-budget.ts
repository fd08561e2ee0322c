import type { Transaction } from 'kysely';
import type { AuditEntry } from '../../audit/change.ts';
import type { Database } from '../../storage/database.ts';
import './budgets.table.ts';
import type { BudgetTable } from './budgets.table.ts';
import { presentBudget } from './present-budget.ts';
import { readBudgetFields, rollingResetAt, type SentBudgetFields } from './read-budget-fields.ts';

/**
 * Adds a budget within a write.
 * @throws ApiError 400 for limits that make no sense; a violation of uniqueness when the id is taken.
 */
export async function insertBudget(
  tx: Transaction<Database>,
  budget: { budgetId: string; fields: SentBudgetFields; createdBy: string; now: number },
): Promise<{ row: BudgetTable; audit: AuditEntry }> {
  const { now, createdBy } = budget;
  const limits = readBudgetFields(budget.fields, now);
  const duration = limits.budget_duration ?? null;
  const row: BudgetTable = {
    budget_id: budget.budgetId,
    max_budget_nano_usd: null,
    soft_budget_nano_usd: null,
    max_parallel_requests: null,
    tpm_limit: null,
    rpm_limit: null,
    model_max_budget: null,
    ...limits,
    budget_duration: duration,
    budget_reset_at: limits.budget_reset_at ?? (duration === null ? null : rollingResetAt(duration, now)),
    created_at: now,
    created_by: createdBy,
    updated_at: now,
    updated_by: createdBy,
  };
  await tx.insertInto('budgets').values(row).execute();
  return {
    row,
    audit: { action: 'created', object: { type: 'budget', id: row.budget_id }, after: presentBudget(row) },
  };
}
