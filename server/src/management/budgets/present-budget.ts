import type * as z from 'zod/mini';
import { optionalNanoUsdToUsd } from '../../money/money.ts';
import type { budgetRow } from './budgets.contract.ts';
import type { BudgetTable } from './budgets.table.ts';

/** A budget as the API shows it. */
export type PresentedBudget = z.infer<typeof budgetRow>;

/** Shows a budget, amounts in dollars. */
export function presentBudget(row: BudgetTable): PresentedBudget {
  return {
    budget_id: row.budget_id,
    max_budget: optionalNanoUsdToUsd(row.max_budget_nano_usd),
    soft_budget: optionalNanoUsdToUsd(row.soft_budget_nano_usd),
    max_parallel_requests: row.max_parallel_requests,
    tpm_limit: row.tpm_limit,
    rpm_limit: row.rpm_limit,
    model_max_budget:
      row.model_max_budget === null ? null : (JSON.parse(row.model_max_budget) as Record<string, unknown>),
    budget_duration: row.budget_duration,
    budget_reset_at: row.budget_reset_at === null ? null : new Date(row.budget_reset_at).toISOString(),
    created_at: new Date(row.created_at).toISOString(),
    created_by: row.created_by,
    updated_at: new Date(row.updated_at).toISOString(),
    updated_by: row.updated_by,
  };
}
