import type { Kysely } from 'kysely';
import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import '../customers/customers.table.ts';
import '../keys/keys.table.ts';
import '../organizations/organizations.table.ts';
import type { Database } from '../../storage/database.ts';
import type { Parts } from '../parts.ts';
import './budgets.table.ts';
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

/** What a budget binds, in words; null: nothing. */
async function findBound(tx: Kysely<Database>, budgetId: string): Promise<string | null> {
  const customer = await tx
    .selectFrom('customers')
    .select('user_id')
    .where('budget_id', '=', budgetId)
    .limit(1)
    .executeTakeFirst();
  if (customer) return `customer ${customer.user_id}`;
  const key = await tx
    .selectFrom('keys')
    .select('key_name')
    .where('budget_id', '=', budgetId)
    .where('deleted_at', 'is', null)
    .limit(1)
    .executeTakeFirst();
  if (key) return `key ${key.key_name}`;
  const organization = await tx
    .selectFrom('organizations')
    .select('organization_id')
    .where('budget_id', '=', budgetId)
    .limit(1)
    .executeTakeFirst();
  return organization ? `organization ${organization.organization_id}` : null;
}
