import type { Kysely } from 'kysely';
import type * as z from 'zod/mini';
import { ApiError } from '../../http/api-error.ts';
import { nanoUsdToUsd } from '../../money/money.ts';
import type { Database } from '../../storage/database.ts';
import '../budgets/budgets.table.ts';
import type { BudgetTable } from '../budgets/budgets.table.ts';
import { presentBudget } from '../budgets/present-budget.ts';
import type { customerRow } from './customers.contract.ts';
import type { CustomerTable } from './customers.table.ts';

/** A customer as the API shows one. */
export type PresentedCustomer = z.infer<typeof customerRow>;

/** Customers with their budgets, by id; without ids, all of them. */
export async function findCustomers(
  db: Kysely<Database>,
  customerIds: readonly string[] | null,
): Promise<PresentedCustomer[]> {
  let query = db.selectFrom('customers').selectAll().orderBy('user_id');
  if (customerIds !== null) query = query.where('user_id', 'in', customerIds);
  const rows = await query.execute();
  let budgetQuery = db.selectFrom('budgets').selectAll();
  if (customerIds === null) {
    // One question for all of them: a list of ids would be too long for either engine.
    budgetQuery = budgetQuery.where('budget_id', 'in', (of) =>
      of.selectFrom('customers').select('budget_id').where('budget_id', 'is not', null),
    );
  } else {
    const ids = [...new Set(rows.map((row) => row.budget_id ?? ''))];
    if (ids.length === 0) return [];
    budgetQuery = budgetQuery.where('budget_id', 'in', ids);
  }
  const budgets = new Map((await budgetQuery.execute()).map((budget) => [budget.budget_id, budget]));
  return rows.map((row) => presentCustomer(row, budgets.get(row.budget_id ?? '') ?? null));
}

/**
 * One customer.
 * @throws ApiError 404 for an unknown one.
 */
export async function findCustomer(db: Kysely<Database>, customerId: string): Promise<PresentedCustomer> {
  const [customer] = await findCustomers(db, [customerId]);
  if (!customer) throw customerNotFound(customerId);
  return customer;
}

/** 404 in the contract's words. */
export function customerNotFound(customerId: string): ApiError {
  return new ApiError(404, `End User Id=${customerId} does not exist in db`, {
    type: 'not_found',
    param: 'end_user_id',
  });
}

function presentCustomer(row: CustomerTable, budget: BudgetTable | null): PresentedCustomer {
  return {
    user_id: row.user_id,
    blocked: row.blocked_at !== null,
    alias: row.alias,
    spend: nanoUsdToUsd(row.spend_nano_usd),
    allowed_model_region: row.allowed_model_region,
    default_model: row.default_model,
    budget_id: row.budget_id,
    litellm_budget_table: budget && presentBudget(budget),
    object_permission_id: null,
    object_permission: null,
  };
}
