import type { Kysely } from 'kysely';
import type * as z from 'zod/mini';
import { ApiError } from '../../http/api-error.ts';
import type { Database } from '../../storage/database.ts';
import type { Parts } from '../parts.ts';
import type { getBudgetSettings as endpoint } from './budgets.contract.ts';
import './budgets.table.ts';
import { type PresentedBudget, presentBudget } from './present-budget.ts';
import { budgetNotFound } from './update-budget.ts';

/**
 * Budgets by their ids; ids that nobody has are missing.
 * @throws ApiError 400 when no id is given.
 */
export async function getBudgets({ storage }: Parts, budgetIds: readonly string[]): Promise<PresentedBudget[]> {
  if (budgetIds.length === 0) throw new ApiError(400, "Specify list of budget id's to query. Passed in=[]");
  const rows = await storage.db.selectFrom('budgets').selectAll().where('budget_id', 'in', budgetIds).execute();
  return rows.map(presentBudget);
}

/** One budget; null for none and for one that does not exist. */
export async function findBudget(db: Kysely<Database>, budgetId: string | null): Promise<PresentedBudget | null> {
  if (budgetId === null) return null;
  const row = await db.selectFrom('budgets').selectAll().where('budget_id', '=', budgetId).executeTakeFirst();
  return row ? presentBudget(row) : null;
}

/** All budgets, the newest first. */
export async function listBudgets({ storage }: Parts): Promise<PresentedBudget[]> {
  const rows = await storage.db
    .selectFrom('budgets')
    .selectAll()
    .orderBy('created_at', 'desc')
    .orderBy('budget_id', 'desc')
    .execute();
  return rows.map(presentBudget);
}

const fields = [
  ['max_parallel_requests', 'Integer', 'How many requests may run at the same time.'],
  ['tpm_limit', 'Integer', 'How many tokens may be used in a minute.'],
  ['rpm_limit', 'Integer', 'How many requests may be made in a minute.'],
  ['budget_duration', 'String', 'After which time the budget starts anew, such as 30d.'],
  ['max_budget', 'Float', 'How many dollars may be spent; then requests are refused.'],
  ['soft_budget', 'Float', 'From how many dollars on somebody is told; nothing is refused.'],
] as const;

/**
 * The limits of one budget with what they mean.
 * @throws ApiError 404 for an unknown budget.
 */
export async function getBudgetSettings(
  { storage }: Parts,
  budgetId: string,
): Promise<z.infer<(typeof endpoint)['result']>> {
  const row = await storage.db.selectFrom('budgets').selectAll().where('budget_id', '=', budgetId).executeTakeFirst();
  if (!row) throw budgetNotFound(budgetId);
  const budget = presentBudget(row);
  return fields.map(([name, type, description]) => ({
    field_name: name,
    field_type: type,
    field_description: description,
    field_value: budget[name],
    stored_in_db: budget[name] !== null,
    field_default_value: null,
  }));
}
