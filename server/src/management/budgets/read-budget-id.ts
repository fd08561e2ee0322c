import type { Kysely } from 'kysely';
import { ApiError } from '../../http/api-error.ts';
import type { Database } from '../../storage/database.ts';
import './budgets.table.ts';

/**
 * Reads which budget something is to refer to; an empty id is none.
 * @throws ApiError 400 for a budget that does not exist.
 */
export async function readBudgetId(tx: Kysely<Database>, budgetId: string | null | undefined): Promise<string | null> {
  if (!budgetId) return null;
  const budget = await tx
    .selectFrom('budgets')
    .select('budget_id')
    .where('budget_id', '=', budgetId)
    .executeTakeFirst();
  if (budget) return budget.budget_id;
  throw new ApiError(400, `Budget not found, passed budget_id=${budgetId.slice(0, 200)}. Create it with /budget/new.`, {
    type: 'bad_request',
    param: 'budget_id',
  });
}
