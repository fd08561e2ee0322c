/** A budget that stands by itself and binds whatever refers to it. */
export interface BudgetTable {
  budget_id: string;
  max_budget_nano_usd: number | null;
  soft_budget_nano_usd: number | null;
  max_parallel_requests: number | null;
  tpm_limit: number | null;
  rpm_limit: number | null;
  /** JSON object, as it was sent. */
  model_max_budget: string | null;
  budget_duration: string | null;
  /** End of the window: so long after it began, whatever the calendar says. */
  budget_reset_at: number | null;
  created_at: number;
  created_by: string;
  updated_at: number;
  updated_by: string;
}

declare module '../../storage/database.ts' {
  interface Database {
    budgets: BudgetTable;
  }
}
