import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import type { Parts } from '../parts.ts';
import './budgets.table.ts';
import { findBound } from './find-bound.ts';
import { type PresentedBudget, presentBudget } from './present-budget.ts';
import { budgetNotFound } from './update-budget.ts';

/**
 * Deletes a budget.
 * @returns the budget as it was.
 * @throws ApiError 404 for an unknown budget, 400 for one that still binds anything: nobody loses a limit unseen.
 */
export async function deleteBudget(parts: Parts, call: Call, budgetId: string): Promise<PresentedBudget> {
  if (budgetId === parts.settings.customerDefaults.budgetId) {
    throw new ApiError(
      400,
      `Budget ${budgetId} is in use: max_end_user_budget_id of the config file gives it to customers without one. Change that first.`,
    );
  }
  return parts.changes.change(call.context, async (tx) => {
    const bound = await findBound(tx, budgetId);
    if (bound !== null) {
      throw new ApiError(
        400,
        `Budget ${budgetId} is in use, by ${bound} among others. Give them another budget first.`,
      );
    }
    await tx.updateTable('keys').set({ budget_id: null }).where('budget_id', '=', budgetId).execute();
    const row = await tx.deleteFrom('budgets').where('budget_id', '=', budgetId).returningAll().executeTakeFirst();
    if (!row) throw budgetNotFound(budgetId);
    const before = presentBudget(row);
    return { result: before, audit: { action: 'deleted', object: { type: 'budget', id: budgetId }, before } };
  });
}
