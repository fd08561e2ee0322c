import type { Kysely } from 'kysely';
import type { Database } from '../../storage/database.ts';
import '../budgets/budgets.table.ts';
import './customers.table.ts';

/** What decides whether somebody may send requests on behalf of a customer. */
export interface CustomerRecord {
  readonly customerId: string;
  readonly blockedAt: number | null;
  readonly budgetId: string | null;
  readonly budget: {
    readonly maxBudgetNanoUsd: number | null;
    readonly spendNanoUsd: number;
    readonly budgetResetAt: number | null;
  };
}

/** Reads a customer with the budget; null for one whom nobody knows. */
export async function loadCustomer(db: Kysely<Database>, customerId: string): Promise<CustomerRecord | null> {
  const row = await db
    .selectFrom('customers')
    .leftJoin('budgets', 'budgets.budget_id', 'customers.budget_id')
    .select([
      'customers.blocked_at',
      'customers.budget_id',
      'customers.spend_nano_usd',
      'budgets.max_budget_nano_usd',
      'budgets.budget_reset_at',
    ])
    .where('customers.user_id', '=', customerId)
    .executeTakeFirst();
  if (!row) return null;
  return {
    customerId,
    blockedAt: row.blocked_at,
    budgetId: row.budget_id,
    budget: {
      maxBudgetNanoUsd: row.max_budget_nano_usd,
      spendNanoUsd: row.spend_nano_usd,
      budgetResetAt: row.budget_reset_at,
    },
  };
}
