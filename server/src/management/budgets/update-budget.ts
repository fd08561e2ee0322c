import type { Kysely } from 'kysely';
import type * as z from 'zod/mini';
import type { AuditEntry } from '../../audit/change.ts';
import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import type { Database } from '../../storage/database.ts';
import type { Parts } from '../parts.ts';
import type { updateBudget as endpoint } from './budgets.contract.ts';
import type { BudgetTable } from './budgets.table.ts';
import { type PresentedBudget, presentBudget } from './present-budget.ts';
import { readBudgetFields, rollingResetAt, type SentBudgetFields } from './read-budget-fields.ts';

type Input = z.infer<NonNullable<(typeof endpoint)['input']>>;

/**
 * Changes a budget: absent fields stay, null removes a limit. A new period does not move the end of the window that
 * runs; a first period begins one, and without a period there is none.
 * @throws ApiError 400 without an id and for limits that make no sense, 404 for an unknown budget.
 */
export async function updateBudget(parts: Parts, call: Call, input: Input): Promise<PresentedBudget> {
  const budgetId = input.budget_id;
  if (!budgetId) throw new ApiError(400, 'budget_id is required');
  return parts.changes.change(call.context, async (tx) => {
    const { row, audit } = await changeBudget(tx, {
      budgetId,
      fields: input,
      changedBy: call.principal.userId ?? '',
      now: parts.now(),
    });
    return { result: presentBudget(row), audit };
  });
}

/**
 * Changes a budget within a write, as `updateBudget`.
 * @throws ApiError 400 for limits that make no sense, 404 for an unknown budget.
 */
export async function changeBudget(
  tx: Kysely<Database>,
  change: { budgetId: string; fields: SentBudgetFields; changedBy: string; now: number },
): Promise<{ row: BudgetTable; audit: AuditEntry }> {
  const { budgetId, now } = change;
  const limits = readBudgetFields(change.fields, now);
  const before = await tx
    .updateTable('budgets')
    // Takes the row's lock on both engines, so that two changes at once keep each other's fields.
    .set({ updated_at: now, updated_by: change.changedBy })
    .where('budget_id', '=', budgetId)
    .returningAll()
    .executeTakeFirst();
  if (!before) throw budgetNotFound(budgetId);
  const merged = { ...before, ...limits };
  const { budget_duration: duration, budget_reset_at: resetAt } = merged;
  const budget_reset_at = duration === null ? null : (resetAt ?? rollingResetAt(duration, now));
  const row = await tx
    .updateTable('budgets')
    .set({ ...limits, budget_reset_at })
    .where('budget_id', '=', budgetId)
    .returningAll()
    .executeTakeFirstOrThrow();
  return {
    row,
    audit: {
      action: 'updated',
      object: { type: 'budget', id: budgetId },
      before: presentBudget(before),
      after: presentBudget(row),
    },
  };
}

/** 404 for a budget that nobody has. */
export function budgetNotFound(budgetId: string): ApiError {
  return new ApiError(404, `Budget not found, passed budget_id=${budgetId.slice(0, 200)}. Create it with /budget/new.`);
}
